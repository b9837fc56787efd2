"""AWS's sign-in site on the local AWS: the choice of a role, the session, refusals; and a person on the way there."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from sandbox.aws.process import LocalAws
from sandbox.aws.role_site import OTHER_ACCOUNT, SIGN_IN, RoleSite
from sandbox.aws_session import SignInPage
from sandbox.person import Person, PersonError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e
VIEWER, ADMIN = (f"arn:aws:iam::000000000000:role/{name}" for name in ("Viewer", "ops/Admin"))
ELSEWHERE = f"arn:aws:iam::{OTHER_ACCOUNT}:role/Viewer"
CONSOLE = "https://eu-central-1.console.aws.amazon.com/s3/home?region=eu-central-1"


@pytest.fixture(scope="module")
def site() -> Iterator[RoleSite]:
    """Two accounts with the same directory: two roles in one, one in the other."""
    with LocalAws() as aws:
        made = RoleSite(aws=aws)
        made.create_provider()
        made.create_role("Viewer")
        made.client("iam").create_role(
            RoleName="Admin", Path="/ops/", AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}'
        )
        other = RoleSite(aws=aws, account=OTHER_ACCOUNT, idp=made.idp)
        other.create_provider()
        other.create_role("Viewer")
        yield made


def response_for_both(site: RoleSite) -> str:
    """A response that offers the roles of both accounts."""
    other = RoleSite(aws=site.aws, account=OTHER_ACCOUNT, idp=site.idp)
    pairs = [other.pair(ELSEWHERE), site.pair(ADMIN), site.pair(VIEWER)]
    return site.encoded([], Role=pairs)


def test_one_role_signs_in_at_once(site: RoleSite) -> None:
    """The page shows whose the session is, and where the console would open."""
    answer = site.post(SAMLResponse=site.encoded([VIEWER]), RelayState=CONSOLE)
    assert answer.status_code == 200, answer.text
    fields = SignInPage(answer.text).fields
    assert fields["account"] == "000000000000"
    assert fields["role-arn"] == VIEWER
    assert fields["session-name"] == fields["subject"] == "ada@example.com"
    assert fields["session-tags"] == "none"
    assert fields["destination"] == CONSOLE
    assert "emulator" in answer.text


def test_the_page_is_kept_nowhere_and_runs_nothing(site: RoleSite) -> None:
    """It holds credentials, so no cache may have it, no script run in it, and no page frame it."""
    headers = site.post(SAMLResponse=site.encoded([VIEWER])).headers
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"


def test_what_the_idp_says_is_never_html(site: RoleSite) -> None:
    """Neither in the session nor in a refusal."""
    page = site.post(SAMLResponse=site.encoded([VIEWER], name_id="<b>ada</b>"), RelayState='"><script>').text
    assert "<b>" not in page
    assert "<script" not in page
    assert SignInPage(page).fields["subject"] == "<b>ada</b>"
    refusal = site.post(SAMLResponse=site.encoded([VIEWER], RoleSessionName=["<script>alert(1)</script>"])).text
    assert "<script" not in refusal
    assert "&lt;script&gt;" in refusal


@pytest.mark.parametrize(
    ("endpoint", "relay_state", "destination"),
    [
        (SIGN_IN, "", "https://console.aws.amazon.com/"),
        (SIGN_IN, "https://evil.test/", "https://console.aws.amazon.com/"),
        (SIGN_IN, "https://console.aws.amazon.com.evil.test/", "https://console.aws.amazon.com/"),
        (SIGN_IN, "javascript:alert(1)", "https://console.aws.amazon.com/"),
        (SIGN_IN, "https://[", "https://console.aws.amazon.com/"),
        (
            "https://eu-west-1.signin.aws.amazon.com/saml",
            "",
            "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1",
        ),
    ],
)
def test_nobody_is_sent_anywhere_but_to_the_console(
    site: RoleSite, endpoint: str, relay_state: str, destination: str
) -> None:
    """A RelayState that is no page of the console leads to its home."""
    site.client("iam").update_assume_role_policy(
        RoleName="Viewer",
        PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRoleWithSAML",'
        f'"Principal":{{"Federated":"{site.provider}"}}}}]}}',
    )
    answer = site.post(SAMLResponse=site.encoded([VIEWER], acs_url=endpoint), RelayState=relay_state)
    assert SignInPage(answer.text).fields["destination"] == destination
    assert ("The RelayState is no" in answer.text) == bool(relay_state)


def test_several_roles_are_offered_by_account(site: RoleSite) -> None:
    """In the order of accounts and names; none is chosen beforehand."""
    answer = site.post(SAMLResponse=response_for_both(site), RelayState=CONSOLE)
    page = SignInPage(answer.text)
    assert page.roles == [ADMIN, VIEWER, ELSEWHERE]
    assert answer.text.count("<legend>") == 2
    assert "checked" not in answer.text
    assert "AWS_ACCESS_KEY_ID" not in answer.text


def test_the_chosen_role_is_signed_in_to_if_it_trusts_the_provider(site: RoleSite) -> None:
    """The chooser is an offer, the trust policy decides; and only what was offered can be chosen."""
    encoded = response_for_both(site)
    chosen = SignInPage(site.post(SAMLResponse=encoded, RelayState=CONSOLE, roleIndex=ELSEWHERE).text)
    assert chosen.fields["account"] == OTHER_ACCOUNT
    assert chosen.fields["destination"] == CONSOLE
    distrusting = site.post(SAMLResponse=encoded, roleIndex=ADMIN)
    assert distrusting.status_code == 403
    assert "Not authorized to perform sts:AssumeRoleWithSAML" in SignInPage(distrusting.text).fields["refusal"]
    invented = site.post(SAMLResponse=encoded, roleIndex=VIEWER.replace("Viewer", "Root"))
    assert "does not offer" in SignInPage(invented.text).fields["refusal"]


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"Role": []}, 400, "Your request included an invalid SAML response. Cause: the assertion offers no role."),
        ({"audience": "urn:other"}, 400, "required audience"),
        ({"acs_url": "https://evil.test/saml"}, 400, "not a sign-in endpoint"),
        ({"acs_url": f"{SIGN_IN}/acs/SAMLSPABCDEFGH12345678"}, 400, "was posted to /saml"),
        ({"signed": "nothing"}, 400, "Response signature invalid"),
        ({"SessionDuration": ["43200"]}, 400, "exceeds the MaxSessionDuration"),
        ({"PrincipalTag:Team": ["blue"]}, 403, "sts:TagSession"),
    ],
)
def test_a_refusal_names_its_cause(site: RoleSite, changes: dict[str, Any], status: int, says: str) -> None:
    """AWS's sentence where it has one, and what is wrong in every case."""
    answer = site.post(SAMLResponse=site.encoded([VIEWER], **changes))
    page = SignInPage(answer.text)
    assert (answer.status_code, says in page.fields["refusal"]) == (status, True), page.fields
    assert "AWS_ACCESS_KEY_ID" not in answer.text


def test_a_provider_has_a_sign_in_endpoint_of_its_own(site: RoleSite) -> None:
    """By its unique id, which stays when its metadata changes."""
    iam = site.client("iam")
    identifier = iam.get_saml_provider(SAMLProviderArn=site.provider)["SAMLProviderUUID"]
    encoded = site.encoded([VIEWER], acs_url=f"{SIGN_IN}/acs/{identifier}")
    assert "AWS_ACCESS_KEY_ID" in site.post(f"/saml/acs/{identifier}", SAMLResponse=encoded).text
    assert "was posted to /saml" in site.post("/saml", SAMLResponse=encoded).text
    iam.update_saml_provider(SAMLProviderArn=site.provider, SAMLMetadataDocument=site.idp.metadata())
    assert iam.get_saml_provider(SAMLProviderArn=site.provider)["SAMLProviderUUID"] == identifier


def test_a_form_without_a_response_is_refused(site: RoleSite) -> None:
    """As is noise."""
    assert site.post(RelayState="x").status_code == 400
    assert site.post(SAMLResponse="%%%%").status_code == 400


def test_a_bucket_named_saml_is_still_a_bucket(site: RoleSite) -> None:
    """Only a browser's form is for the sign-in site."""
    s3 = site.client("s3")
    s3.create_bucket(Bucket="saml")
    s3.put_object(Bucket="saml", Key="a", Body=b"a")
    assert s3.delete_objects(Bucket="saml", Delete={"Objects": [{"Key": "a"}]})["Deleted"] == [{"Key": "a"}]
    s3.delete_bucket(Bucket="saml")


# --- a person -------------------------------------------------------------------------------------------------------


@contextmanager
def tile(site: RoleSite, encoded: str) -> Iterator[str]:
    """A link that leads to a page which posts the response to AWS, as a directory's does."""
    page = (
        f'<form method="post" action="{site.aws.endpoint_url}/saml">'
        f'<input name="SAMLResponse" value="{escape(encoded)}">'
        f'<input name="RelayState" value="{escape(CONSOLE)}"></form>'
    ).encode()

    class Directory(BaseHTTPRequestHandler):
        """Answers everything with the page."""

        def do_GET(self) -> None:
            """Serve the page."""
            self.send_response(200)
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Directory) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/launch/aws"
        finally:
            server.shutdown()
            thread.join()


def test_a_person_with_one_role_has_its_credentials(site: RoleSite) -> None:
    """They work, as far as the role goes, and are not shown by accident."""
    with tile(site, site.encoded([VIEWER])) as url, closing(Person("ada@example.com", "none")) as person:
        session = person.sign_in_to_aws(url)
        assert person.sign_in_to_aws(url, role="Viewer").role_arn == VIEWER
        with pytest.raises(PersonError, match="0 of the roles offered are Admin"):
            person.sign_in_to_aws(url, role="Admin")
    assert (session.roles, session.role_arn, session.account) == ((VIEWER,), VIEWER, "000000000000")
    assert (session.session_name, session.destination) == ("ada@example.com", CONSOLE)
    assert session.secret_access_key not in repr(session)
    assert session.session_token not in repr(session)
    arguments = (site.aws.endpoint_url, "us-east-1")
    assert "Buckets" in session.client("s3", *arguments).list_buckets()
    with pytest.raises(ClientError, match="AccessDenied"):
        session.client("iam", *arguments).list_roles()


def test_a_person_with_several_roles_has_to_choose(site: RoleSite) -> None:
    """The chooser is never sent by itself; a name that two accounts have is not enough."""
    with tile(site, response_for_both(site)) as url, closing(Person("ada@example.com", "none")) as person:
        session = person.sign_in_to_aws(url, role=ELSEWHERE)
        assert session.roles == (ADMIN, VIEWER, ELSEWHERE)
        assert (session.role_arn, session.account) == (ELSEWHERE, OTHER_ACCOUNT)
        for role, says in (
            (None, "several roles are offered"),
            ("Viewer", "2 of the roles"),
            ("Root", "0 of the roles"),
        ):
            with pytest.raises(PersonError, match=says):
                person.sign_in_to_aws(url, role=role)
        with pytest.raises(PersonError, match="got stuck"):
            person.open(url, until="https://app.example.com/")


def test_a_person_who_is_turned_away_hears_why(site: RoleSite) -> None:
    """The sentence of the page is that of the error."""
    for encoded, says in (
        (site.encoded([]), "Your request included an invalid SAML response"),
        (site.encoded([ADMIN]), "Not authorized to perform sts:AssumeRoleWithSAML"),
    ):
        with (
            tile(site, encoded) as url,
            closing(Person("ada@example.com", "none")) as person,
            pytest.raises(PersonError, match=says),
        ):
            person.sign_in_to_aws(url)
