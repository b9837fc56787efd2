"""The examples on the sandbox: deployed by the stock CDK command line, used by people, changed, and taken away.

What these tests prove, they prove of our configuration and of an emulator with our own checks; not of AWS or JumpCloud.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml

from sandbox.deployment import DeploymentError
from sandbox.directory.state import EXAMPLE_PASSWORD
from sandbox.person import Person, PersonError
from sandbox.relying_party.oidc import begin, complete
from sandbox.session import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.relying_party.oidc import Person as SignedIn

pytestmark = pytest.mark.e2e

STACK = "saml-connector-portal"
CALLBACK = "http://localhost:8400/callback"

IDP_INITIATED = """
kind: cognito-user-pool
name: first
directory: {credentials: jumpcloud/api-key}
application: {display_label: From the directory, groups: [portal-users], sign: both}
user_pool:
  domain: {prefix: acme-first}
  idp_initiated: true
  removal_policy: destroy
app_clients:
  - {name: web, callback_urls: ["http://localhost:8400/callback"], secret: true}
"""

Edit = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def connectors(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A copy of the examples for Cognito, to be changed."""
    folder: Path = tmp_path_factory.mktemp("specs") / "connectors"
    folder.mkdir()
    for name in ("portal.yaml", "portal-bookmark.yaml"):
        shutil.copy(request.config.rootpath / "connectors" / name, folder / name)
    (folder / "first.yaml").write_text(IDP_INITIATED)
    return folder


@pytest.fixture(scope="module")
def sandbox(connectors: Path) -> Iterator[Sandbox]:
    """The sandbox with the examples deployed; the tests below follow one after the other."""
    with Sandbox(key_size=2048, connectors=str(connectors)) as started:
        started.synth()
        started.cdk.bootstrap()
        started.deploy()
        yield started


@pytest.fixture
def redeploy(sandbox: Sandbox, connectors: Path, request: pytest.FixtureRequest) -> Callable[[Edit], Counter[str]]:
    """Deploys the example portal with one edit, and counts the directory's requests by method."""
    example = request.config.rootpath / "connectors" / "portal.yaml"

    def change(edit: Edit) -> Counter[str]:
        spec = yaml.safe_load(example.read_text())
        edit(spec)
        (connectors / "portal.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
        sandbox.synth()
        seen = len(sandbox.directory.requests)
        sandbox.deploy()
        return Counter(each.method for each in sandbox.directory.requests[seen:])

    return change


def sign_in(sandbox: Sandbox, login: str) -> SignedIn:
    """Tokens for *login*, verified."""
    settings = sandbox.settings(STACK, "Web", CALLBACK)
    request = begin(settings)
    with closing(Person(login, EXAMPLE_PASSWORD)) as person, httpx.Client(timeout=30, trust_env=False) as http:
        return complete(settings, http, request, person.open(request.url, until=CALLBACK))


def portal_application(sandbox: Sandbox) -> dict[str, Any]:
    """The portal's application, as the directory's API tells it."""
    found = [each for each in sandbox.directory.applications.values() if each.display_label == "Acme portal"]
    assert len(found) == 1
    return found[0].document()


def test_one_deployment_signs_people_in(sandbox: Sandbox) -> None:
    """Ada signs in through the directory; attributes and groups are in the tokens."""
    ada = sign_in(sandbox, "ada@example.com")
    assert ada.email == "ada@example.com"
    assert sorted(ada.groups) == ["portal-admins", "portal-users"]
    assert ada.id_claims["custom:department"] == "Engineering"
    assert ada.id_claims["given_name"] == "Ada"
    assert sorted(ada.access_claims["cognito:groups"]) == ["portal-admins", "portal-users"]


def test_each_person_has_own_groups(sandbox: Sandbox) -> None:
    """Grace is no administrator; the provider's automatic group is in nobody's token."""
    grace = sign_in(sandbox, "grace@example.com")
    assert grace.groups == ["portal-users"]


def test_person_without_a_group_is_refused(sandbox: Sandbox) -> None:
    """Access is denied by default: the directory says so, and sends no assertion."""
    with pytest.raises(PersonError, match="403"):
        sign_in(sandbox, "mallory@example.com")


def test_tiles_open_the_application_for_those_who_may(sandbox: Sandbox) -> None:
    """The portal's tiles begin sign-in at Cognito, without a further password; strangers see none."""
    for login, tiles in (("ada@example.com", 3), ("grace@example.com", 2), ("mallory@example.com", 0)):
        with closing(Person(login, EXAMPLE_PASSWORD)) as person:
            links = person.tiles(sandbox.directory_url)
            assert len(links) == tiles
            for link in links:
                assert "code" in person.open(link, until=CALLBACK)


def test_sign_in_can_begin_at_the_directory(sandbox: Sandbox) -> None:
    """Where the spec says so, the tile posts an assertion that nobody asked for; a server with a secret gets tokens."""
    outputs = sandbox.outputs["saml-connector-first"]
    with closing(Person("grace@example.com", EXAMPLE_PASSWORD)) as person:
        application = next(
            each for each in sandbox.directory.applications.values() if each.display_label == "From the directory"
        )
        answer = person.open(f"{sandbox.directory_url}/launch/{application.id}", until=CALLBACK)
    client = sandbox.aws.client("cognito-idp").describe_user_pool_client(
        UserPoolId=outputs["UserPoolId"], ClientId=outputs["WebClientId"]
    )["UserPoolClient"]
    asked = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": CALLBACK}
    url = f"{sandbox.aws.endpoint_url}/oauth2/token"
    with httpx.Client(trust_env=False) as http:
        refused = http.post(url, data={**asked, "client_id": client["ClientId"]})
        assert refused.status_code == 400
        tokens = http.post(url, data=asked, auth=(client["ClientId"], client["ClientSecret"]))
    assert tokens.status_code == 200
    assert tokens.json()["id_token"]


def test_deploying_again_writes_nothing(sandbox: Sandbox) -> None:
    """A no-op deployment makes no request to the directory that could change anything."""
    seen = len(sandbox.directory.requests)
    sandbox.deploy()
    assert not [each for each in sandbox.directory.requests[seen:] if each.method != "GET"]


def test_one_changed_field_is_one_write(sandbox: Sandbox, redeploy: Callable[[Edit], Counter[str]]) -> None:
    """A new description is one PUT, and the certificate stays."""
    certificate = portal_application(sandbox)["config"]["idpCertificate"]["value"]
    methods = redeploy(lambda spec: spec["application"].update(description="Invoices and orders"))
    assert methods["PUT"] == 1
    assert not methods["POST"]
    application = portal_application(sandbox)
    assert application["description"] == "Invoices and orders"
    assert application["config"]["idpCertificate"]["value"] == certificate
    assert sign_in(sandbox, "ada@example.com").email == "ada@example.com"


def test_group_taken_from_the_spec_loses_the_tile(sandbox: Sandbox, redeploy: Callable[[Edit], Counter[str]]) -> None:
    """Only that group is unbound; its members cannot sign in any more."""
    redeploy(lambda spec: spec["application"].update(groups=["portal-admins"]))
    with pytest.raises(PersonError, match="403"):
        sign_in(sandbox, "grace@example.com")
    assert sign_in(sandbox, "ada@example.com").groups == ["portal-admins"]


def test_new_slug_replaces_the_application_and_people_still_sign_in(
    sandbox: Sandbox, redeploy: Callable[[Edit], Counter[str]]
) -> None:
    """The new application takes over before the old one goes: new URL, new certificate, one application left."""
    old = portal_application(sandbox)
    redeploy(lambda spec: spec["application"].update(slug="acme-portal"))
    new = portal_application(sandbox)
    assert new["id"] != old["id"]
    assert new["ssoUrl"].endswith("/saml2/acme-portal")
    assert sign_in(sandbox, "ada@example.com").email == "ada@example.com"


def test_group_that_does_not_exist_stops_the_deployment_and_changes_nothing(
    sandbox: Sandbox, redeploy: Callable[[Edit], Counter[str]]
) -> None:
    """The failure names the group and what there is; the application is as it was."""
    before = portal_application(sandbox)
    with pytest.raises(DeploymentError, match="portal-usrs") as caught:
        redeploy(lambda spec: spec["application"].update(groups=["portal-usrs"], description="never"))
    assert "portal-users" in str(caught.value)
    assert portal_application(sandbox) == before


def test_removal_leaves_nothing_in_the_directory(sandbox: Sandbox) -> None:
    """Deleting the stacks deletes applications and bindings; people and groups stay."""
    sandbox.cdk.destroy()
    assert sandbox.directory.applications == {}
    assert sandbox.directory.associations == {}
    assert len(sandbox.directory.groups) == 3
