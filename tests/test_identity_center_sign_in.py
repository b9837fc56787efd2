"""Signing in to Identity Center on the local AWS: responses, the access portal, and what sessions may do."""

from __future__ import annotations

import base64
import json
import zlib
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from lxml import etree

from sandbox.access_portal import PortalPage
from sandbox.aws.forged_idp import ForgedIdp, form_field
from sandbox.aws.identity_center.access_attributes import SAML
from sandbox.aws.identity_center.center_site import CenterSite
from sandbox.aws.process import LocalAws
from sandbox.aws.xml_parsing import HTTP_POST
from sandbox.aws_session import SignInPage
from sandbox.directory.destinations import routed
from sandbox.identity_center_console import ConsoleError
from sandbox.session import ACCESS_PORTAL_HOSTS, AWS_SIGN_IN_HOSTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from sandbox.aws_session import AwsSession

pytestmark = pytest.mark.e2e
OTHER_ACCOUNT = "111111111111"
BY_COST_CENTER = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "s3:CreateBucket",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalTag/CostCenter": "blue"}},
        },
    ],
}


@pytest.fixture(scope="module")
def site() -> Iterator[CenterSite]:
    """Ada, an engineer in two accounts, and Bob, who is disabled."""
    with LocalAws() as aws, closing(CenterSite(aws)) as made:
        group = made.add_group("engineers", made.add_user("ada@example.com"))
        made.add_user("bob@example.com", active=False)
        engineer = made.permission_set(
            "Engineer", json.dumps(BY_COST_CENTER), SessionDuration="PT2H", Description="<b>"
        )
        made.assign(engineer, group)
        made.assign(engineer, group, account=OTHER_ACCOUNT)
        yield made


@contextmanager
def access_attributes(site: CenterSite, **sources: str) -> Iterator[None]:
    """Within it, attributes for access control are enabled, with these sources."""
    sso, named = site.client("sso-admin"), {"InstanceArn": site.instance.arn}
    listed = [{"Key": key, "Value": {"Source": [source]}} for key, source in sources.items()]
    told = {"AccessControlAttributes": listed}
    sso.create_instance_access_control_attribute_configuration(
        **named, InstanceAccessControlAttributeConfiguration=told
    )
    try:
        yield
    finally:
        sso.delete_instance_access_control_attribute_configuration(**named)


def portal(answer: httpx.Response) -> PortalPage:
    """The portal's page, which has to be there."""
    assert answer.status_code == 200, answer.text
    return PortalPage(answer.text)


def choose(site: CenterSite, page: PortalPage, account: str) -> SignInPage:
    """What follows on choosing the permission set in *account*."""
    offer = next(one for one in page.offers if one.account == account)
    return SignInPage(site.http.post(f"{site.aws.endpoint_url}{offer.action}", data=offer.form).text)


def session(site: CenterSite, account: str = "000000000000", **attributes: str) -> AwsSession:
    """Ada's session as engineer, with these attributes in the assertion."""
    said = {f"{SAML}{key}": [value] for key, value in attributes.items()}
    page = choose(site, portal(site.respond(site.statement(attributes=said))), account)
    found = page.session([])
    assert found is not None, page.fields
    return found


def may_create_a_bucket(site: CenterSite, given: AwsSession, name: str) -> bool:
    """Whether the session may do what asks for the cost center."""
    s3 = given.client("s3", site.aws.endpoint_url, site.aws.region)
    try:
        s3.create_bucket(Bucket=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


# --- responses -------------------------------------------------------------------------------------------------------


def test_the_portal_offers_what_is_assigned_through_groups(site: CenterSite) -> None:
    """Both accounts, each with its permission set; what people wrote is escaped."""
    answer = site.respond(site.statement())
    page = portal(answer)
    assert page.fields["user-name"] == "ada@example.com"
    assert [(one.account, one.permission_set) for one in page.offers] == [
        ("000000000000", "Engineer"),
        (OTHER_ACCOUNT, "Engineer"),
    ]
    assert "&lt;b&gt;" in answer.text
    assert "<b>" not in answer.text
    assert "script" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"signed": "nothing"}, "not-signed"),
        ({"audience": "https://us-east-1.signin.aws.amazon.com/platform/saml/d-0000000000"}, "wrong-audience"),
        ({"recipient": "https://us-east-1.signin.aws.amazon.com/platform/saml/acs/other"}, "wrong-recipient"),
        ({"issuer": "https://elsewhere.example.com"}, "wrong-issuer"),
        ({"confirmed_for": timedelta(seconds=-1)}, "expired"),
        ({"valid_for": timedelta(seconds=-1)}, "expired"),
        ({"request_id": "_never-asked"}, "wrong-in-response-to"),
        ({"name_id": "carol@example.com"}, "unknown-user"),
        ({"name_id": "bob@example.com"}, "disabled-user"),
    ],
)
def test_a_response_that_signs_nobody_in(site: CenterSite, changes: dict[str, Any], code: str) -> None:
    """Each with its own code, and no offer."""
    answer = site.respond(site.statement(**changes))
    page = PortalPage(answer.text)
    assert (answer.status_code, page.fields.get("code"), page.offers) == (403, code, [])


def test_a_response_of_another_key_signs_nobody_in(site: CenterSite) -> None:
    """Whatever it says of itself."""
    answer = site.respond(site.statement(), idp=ForgedIdp())
    assert PortalPage(answer.text).fields["code"] == "signature-invalid"


def test_a_response_is_used_once(site: CenterSite) -> None:
    """The second time it signs nobody in."""
    encoded = form_field(site.idp.response(site.statement()))
    assert site.post_response(encoded).status_code == 200
    assert PortalPage(site.post_response(encoded).text).fields["code"] == "replayed"


def test_an_acs_that_is_nobodys(site: CenterSite) -> None:
    """There is no instance with this address."""
    url = f"{site.aws.endpoint_url}/platform/saml/acs/00000000-0000-0000-0000-000000000000"
    answer = site.http.post(url, data={"SAMLResponse": "x"})
    assert (answer.status_code, PortalPage(answer.text).fields["code"]) == (404, "not-found")


def test_the_portal_sends_people_to_the_idp_and_takes_the_answer_once(site: CenterSite) -> None:
    """The request names Identity Center and its ACS; its answer works for this request, and not again."""
    sent = site.http.get(site.instance.local_portal_url)
    assert sent.status_code == 302
    assert sent.headers["location"].startswith(f"{site.idp.sso_url}?")
    query = parse_qs(urlsplit(sent.headers["location"]).query)
    request = etree.fromstring(zlib.decompress(base64.b64decode(query["SAMLRequest"][0]), -15))
    assert request.get("AssertionConsumerServiceURL") == site.instance.acs_url
    assert request.findtext("{urn:oasis:names:tc:SAML:2.0:assertion}Issuer") == site.instance.sp_entity_id
    statement = site.statement(request_id=request.get("ID"))
    assert portal(site.respond(statement)).offers
    again = site.respond(site.statement(request_id=request.get("ID")))
    assert PortalPage(again.text).fields["code"] == "wrong-in-response-to"


def test_an_idp_that_takes_requests_by_post_only_gets_a_form(site: CenterSite) -> None:
    """The page may send it there, and nowhere else."""
    with closing(CenterSite(site.aws, "333333333333")) as other:
        other.console.use_external_idp(other.idp.metadata(binding=HTTP_POST))
        answer = other.http.get(other.instance.local_portal_url)
    assert answer.status_code == 200
    assert f'action="{other.idp.sso_url}"' in answer.text
    assert 'name="SAMLRequest"' in answer.text
    assert "form-action 'self' https://sso.example.com;" in answer.headers["content-security-policy"]


def test_real_addresses_lead_to_this_machine(site: CenterSite) -> None:
    """Those of the portal keep its name; those of the ACS are the sign-in site's."""
    local = site.aws.endpoint_url
    routes = [(AWS_SIGN_IN_HOSTS, local), (ACCESS_PORTAL_HOSTS, rf"{local}/_sandbox/access-portal/\1")]
    assert routed(site.instance.portal_url, routes) == site.instance.local_portal_url
    assert routed(site.instance.acs_url, routes).startswith(f"{local}/platform/saml/acs/")
    evil = "https://d-0123456789.awsapps.com.evil.test/start"
    assert routed(evil, routes) == evil


# --- sessions --------------------------------------------------------------------------------------------------------


def test_a_session_is_the_permission_sets_and_nothing_more(site: CenterSite) -> None:
    """In the account that was chosen, for as long as the permission set says."""
    given = session(site, OTHER_ACCOUNT)
    assert given.role_arn.startswith(
        f"arn:aws:iam::{OTHER_ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_"
    )
    assert given.role_arn.rpartition("_")[0].endswith("AWSReservedSSO_Engineer")
    who = given.client("sts", site.aws.endpoint_url, site.aws.region).get_caller_identity()
    assert (who["Account"], who["Arn"].rpartition("/")[2]) == (OTHER_ACCOUNT, "ada@example.com")
    assert given.client("s3", site.aws.endpoint_url, site.aws.region).list_buckets()["Buckets"] == []
    with pytest.raises(ClientError, match="iam:ListRoles"):
        given.client("iam", site.aws.endpoint_url, site.aws.region).list_roles()


def test_attributes_of_the_assertion_are_session_tags_once_the_feature_is_on(site: CenterSite) -> None:
    """With it, the right cost center may, another may not; without it, the attribute is nothing."""
    assert not may_create_a_bucket(site, session(site, CostCenter="blue"), "no-feature")
    with access_attributes(site):
        assert may_create_a_bucket(site, session(site, CostCenter="blue"), "right-center")
        assert not may_create_a_bucket(site, session(site, CostCenter="red"), "wrong-center")
        assert not may_create_a_bucket(site, session(site), "no-center")


def test_attributes_of_the_store_are_session_tags_too(site: CenterSite) -> None:
    """SCIM brought the cost center, so the assertion need not; from both places, nobody gets in."""
    with access_attributes(site, CostCenter="${path:enterprise.costCenter}"):
        assert may_create_a_bucket(site, session(site), "from-the-store")
        said = {f"{SAML}CostCenter": ["blue"]}
        page = choose(site, portal(site.respond(site.statement(attributes=said))), "000000000000")
        assert (page.fields["code"], "CostCenter" in page.fields["refusal"]) == ("session-refused", True)


@pytest.mark.parametrize("value", ["x" * 257, "a;b"])
def test_a_value_that_is_no_session_tag_is_refused(site: CenterSite, value: str) -> None:
    """Too long, or with characters that tags do not have."""
    with access_attributes(site):
        said = {f"{SAML}CostCenter": [value]}
        page = choose(site, portal(site.respond(site.statement(attributes=said))), "000000000000")
        assert page.fields["code"] == "session-refused"


def test_the_portal_opens_only_what_is_assigned(site: CenterSite) -> None:
    """Neither another account, nor without a session in this portal."""
    page = portal(site.respond(site.statement()))
    offer = page.offers[0]
    url = f"{site.aws.endpoint_url}{offer.action}"
    elsewhere = site.http.post(url, data={**offer.form, "account": "999999999999"})
    assert (elsewhere.status_code, PortalPage(elsewhere.text).fields["code"]) == (403, "no-access")
    nobody = site.http.post(url, data={**offer.form, "session": "made-up"})
    assert PortalPage(nobody.text).fields["code"] == "signed-out"
    with closing(CenterSite(site.aws, "444444444444")) as other:
        theirs = url.replace(site.instance.identity_store_id, other.instance.identity_store_id)
        assert PortalPage(other.http.post(theirs, data=offer.form).text).fields["code"] == "signed-out"


def test_a_user_who_is_disabled_meanwhile_gets_nothing_more(site: CenterSite) -> None:
    """The portal is still open, but opens nothing."""
    user = site.add_user("eve@example.com")
    group = next(one.id for one in site.console.groups() if one.display_name == "engineers")
    site.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": user}]})
    page = portal(site.respond(site.statement("eve@example.com")))
    site.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": False})
    assert choose(site, page, OTHER_ACCOUNT).fields["code"] == "disabled-user"
    assert PortalPage(site.respond(site.statement("eve@example.com")).text).fields["code"] == "disabled-user"


# --- the external IdP ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metadata", ["no xml", "<a/>"])
def test_metadata_that_is_not_an_idps_is_not_taken(site: CenterSite, metadata: str) -> None:
    """Neither no metadata at all, nor a service provider's own."""
    with pytest.raises(ConsoleError, match="not an IdP's"):
        site.console.use_external_idp(metadata)
    with pytest.raises(ConsoleError, match="not an IdP's"):
        site.console.use_external_idp(site.console.sp_metadata())


def test_an_expired_certificate_is_not_taken(site: CenterSite) -> None:
    """The console says until when it was good."""
    with pytest.raises(ConsoleError, match="renew it at the IdP"):
        site.console.use_external_idp(ForgedIdp(valid_for=timedelta(hours=1)).metadata())


def test_identity_centers_own_metadata_is_a_service_providers(site: CenterSite) -> None:
    """Entity ID and ACS are those that the console shows."""
    root = etree.fromstring(site.console.sp_metadata().encode())
    service = root.find(".//{urn:oasis:names:tc:SAML:2.0:metadata}AssertionConsumerService")
    assert service is not None
    assert (root.get("entityID"), service.get("Location")) == (site.instance.sp_entity_id, site.instance.acs_url)
