"""AssumeRoleWithSAML on the local AWS: who gets which credentials, and what these may do."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from sandbox.aws.forged_idp import ForgedIdp
from sandbox.aws.process import LocalAws
from sandbox.aws.role_site import OTHER_ACCOUNT, SIGN_IN, RoleSite

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e
WITH_TAGS = ["sts:AssumeRoleWithSAML", "sts:TagSession"]


@pytest.fixture(scope="module")
def site() -> Iterator[RoleSite]:
    """A SAML provider with one role for everybody, on a local AWS."""
    with LocalAws() as aws:
        made = RoleSite(aws=aws)
        made.create_provider()
        made.create_role("Viewer")
        yield made


@pytest.fixture
def viewer() -> str:
    """ARN of the role for everybody, which may list buckets."""
    return "arn:aws:iam::000000000000:role/Viewer"


@contextmanager
def refused(code: str, says: str) -> Iterator[None]:
    """Within it, a call has to be refused with *code*, in a sentence that holds *says*."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert (error["Code"], says in error["Message"]) == (code, True), error


def test_an_assertion_gives_credentials_without_any_before(site: RoleSite, viewer: str) -> None:
    """The answer has all that STS's has, and boto3 reads it."""
    answer = site.assume(viewer, DurationSeconds=900)
    assert answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::000000000000:assumed-role/Viewer/ada@example.com"
    assert answer["Audience"] == SIGN_IN
    assert answer["Issuer"] == site.idp.entity_id
    assert answer["Subject"] == "ada@example.com"
    assert answer["SubjectType"].endswith("unspecified")
    assert answer["NameQualifier"]
    left = answer["Credentials"]["Expiration"] - datetime.now(UTC)
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)
    identity = site.as_session("sts", answer["Credentials"]).get_caller_identity()
    assert identity["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert identity["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]


def test_the_credentials_are_limited_to_the_role(site: RoleSite, viewer: str) -> None:
    """What the role's policies do not allow is denied, and nothing works without the session's token."""
    credentials = site.assume(viewer)["Credentials"]
    assert site.as_session("s3", credentials).list_buckets()["Buckets"] == []
    with refused("AccessDenied", "iam:ListRoles"):
        site.as_session("iam", credentials).list_roles()
    with refused("AccessDenied", "s3:CreateBucket"):
        site.as_session("s3", credentials).create_bucket(Bucket="not-mine")
    with refused("InvalidClientTokenId", "token"):
        site.as_session("iam", {**credentials, "SessionToken": None}).list_roles()


def test_a_session_policy_limits_further(site: RoleSite, viewer: str) -> None:
    """The credentials may do what both the role and the policy allow."""
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}'
    answer = site.assume(viewer, Policy=policy)
    assert answer["PackedPolicySize"] > 0
    with refused("AccessDenied", "s3:ListAllMyBuckets"):
        site.as_session("s3", answer["Credentials"]).list_buckets()
    with refused("MalformedPolicyDocument", "JSON"):
        site.assume(viewer, Policy="{")


def test_session_tags_decide_where_a_policy_asks_for_them(site: RoleSite) -> None:
    """Conditions on aws:PrincipalTag, and tags as variables in a resource, see what the assertion says."""
    site.client("s3").create_bucket(Bucket="team-blue")
    site.client("s3").create_bucket(Bucket="team-red")
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::team-${aws:PrincipalTag/Team}"}
    counted = {**listing, "Condition": {"StringEquals": {"aws:PrincipalTag/Level": "high"}}}
    tagged = site.create_role("Tagged", allowed=listing, Action=WITH_TAGS)
    leveled = site.create_role("Leveled", allowed=counted, Action=WITH_TAGS)

    def client(role: str, **tags: str) -> Any:
        attributes = {f"PrincipalTag:{key}": [value] for key, value in tags.items()}
        return site.as_session("s3", site.assume(role, site.encoded([role], **attributes))["Credentials"])

    assert client(tagged, Team="blue").list_objects_v2(Bucket="team-blue")["KeyCount"] == 0
    with refused("AccessDenied", "s3:ListBucket"):
        client(tagged, Team="blue").list_objects_v2(Bucket="team-red")
    with refused("AccessDenied", "s3:ListBucket"):
        client(tagged, Other="blue").list_objects_v2(Bucket="team-blue")
    assert client(leveled, Team="red", Level="high").list_objects_v2(Bucket="team-red")["KeyCount"] == 0
    with refused("AccessDenied", "s3:ListBucket"):
        client(leveled, Team="red", Level="low").list_objects_v2(Bucket="team-red")


def test_tags_and_a_source_identity_need_their_own_actions(site: RoleSite, viewer: str) -> None:
    """A role that does not allow them is not to be had with them."""
    with refused("AccessDenied", "sts:TagSession"):
        site.assume(viewer, site.encoded([viewer], **{"PrincipalTag:Team": ["blue"]}))
    with refused("AccessDenied", "sts:SetSourceIdentity"):
        site.assume(viewer, site.encoded([viewer], SourceIdentity=["ada"]))
    role = site.create_role("Sourced", Action=["sts:AssumeRoleWithSAML", "sts:SetSourceIdentity"])
    assert site.assume(role, site.encoded([role], SourceIdentity=["ada"]))["SourceIdentity"] == "ada"


@pytest.mark.parametrize(
    ("name", "condition", "good", "bad"),
    [
        (
            "Aud",
            {"StringEquals": {"SAML:aud": SIGN_IN}},
            {},
            {"acs_url": "https://eu-west-1.signin.aws.amazon.com/saml"},
        ),
        ("Sub", {"StringLike": {"SAML:sub": "*@example.com"}}, {}, {"name_id": "ada@evil.test"}),
        (
            "SubType",
            {"StringEquals": {"saml:sub_type": "persistent"}},
            {"name_id_format": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"},
            {},
        ),
        ("Name", {"StringLike": {"sts:RoleSessionName": "ada@*"}}, {}, {"RoleSessionName": ["bob"]}),
        (
            "Tags",
            {"StringEquals": {"aws:RequestTag/Team": ["blue", "red"]}},
            {"PrincipalTag:Team": ["red"]},
            {"PrincipalTag:Team": ["green"]},
        ),
        (
            "Source",
            {"StringLike": {"sts:SourceIdentity": "ada"}},
            {"SourceIdentity": ["ada"]},
            {"SourceIdentity": ["bob"]},
        ),
        (
            "Keys",
            {"ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]}},
            {"PrincipalTag:Team": ["blue"]},
            {"PrincipalTag:Other": ["blue"]},
        ),
    ],
)
def test_conditions_of_the_trust_policy_see_the_assertion(
    site: RoleSite, name: str, condition: dict[str, Any], good: dict[str, Any], bad: dict[str, Any]
) -> None:
    """The same role, the same person: what the assertion says decides."""
    actions = [*WITH_TAGS, "sts:SetSourceIdentity"]
    role = site.create_role(f"If{name}", Action=actions, Condition=condition)
    assert site.assume(role, site.encoded([role], **good))["Credentials"]
    with refused("AccessDenied", "a condition in the trust policy"):
        site.assume(role, site.encoded([role], **bad))


def test_a_wrong_audience_in_the_trust_policy_keeps_everybody_out(site: RoleSite) -> None:
    """SAML:aud is the sign-in endpoint, not the audience of the assertion: a common mistake."""
    role = site.create_role("Mistaken", Condition={"StringEquals": {"SAML:aud": "urn:amazon:webservices"}})
    with refused("AccessDenied", f"SAML:aud being {SIGN_IN}"):
        site.assume(role)


def test_a_role_that_trusts_another_provider_is_not_to_be_had(site: RoleSite) -> None:
    """The assertion may say what it likes."""
    other = "arn:aws:iam::000000000000:saml-provider/other"
    role = site.create_role("Foreign", Principal={"Federated": other})
    with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML: the trust policy"):
        site.assume(role)


def test_a_role_that_the_assertion_does_not_offer_is_not_to_be_had(site: RoleSite, viewer: str) -> None:
    """Nor one that there is not, nor by another path."""
    role = site.create_role("Unoffered")
    with refused("AccessDenied", "does not offer"):
        site.assume(role, site.encoded([viewer]))
    by_another = [f"{viewer},arn:aws:iam::000000000000:saml-provider/other"]
    with refused("AccessDenied", f"does not offer {viewer} by {site.provider}"):
        site.assume(viewer, site.encoded([], Role=by_another))
    for missing in ("arn:aws:iam::000000000000:role/Nobody", "arn:aws:iam::000000000000:role/ops/Viewer"):
        with refused("AccessDenied", "there is no role"):
            site.assume(missing)


def test_a_provider_that_does_not_exist_proves_nothing(site: RoleSite, viewer: str) -> None:
    """PrincipalArn has to name a provider of its account."""
    with refused("InvalidIdentityToken", "Specified provider doesn't exist"):
        site.assume(viewer, PrincipalArn="arn:aws:iam::000000000000:saml-provider/nobody")
    with refused("InvalidIdentityToken", "Specified provider doesn't exist"):
        site.assume(viewer, PrincipalArn=f"arn:aws:iam::{OTHER_ACCOUNT}:saml-provider/directory")


def test_a_forged_signature_gives_no_credentials(site: RoleSite, viewer: str) -> None:
    """The IdP's name alone is not enough."""
    liar = RoleSite(aws=site.aws, idp=ForgedIdp())
    with refused("InvalidIdentityToken", "Response signature invalid"):
        site.assume(viewer, liar.encoded([viewer]))


def test_an_old_assertion_gives_no_credentials(site: RoleSite, viewer: str) -> None:
    """Five minutes after it was issued it is worth nothing."""
    with refused("ExpiredTokenException", "5 minutes"):
        site.assume(viewer, site.encoded([viewer], issued_ago=timedelta(minutes=6)))


def test_no_session_is_longer_than_the_role_and_the_idp_allow(site: RoleSite, viewer: str) -> None:
    """The role refuses a longer one, the IdP's end cuts it."""
    with refused("ValidationError", "exceeds the MaxSessionDuration"):
        site.assume(viewer, DurationSeconds=3601)
    site.client("iam").update_role(RoleName="Viewer", MaxSessionDuration=7200)
    with refused("ValidationError", "durationSeconds"):
        site.assume(viewer, DurationSeconds=43_201)
    ends = datetime.now(UTC) + timedelta(minutes=20)
    answer = site.assume(viewer, site.encoded([viewer], session_ends=ends), DurationSeconds=7200)
    assert abs(answer["Credentials"]["Expiration"] - ends) < timedelta(seconds=2)


def test_each_account_has_its_own_provider_and_roles(site: RoleSite) -> None:
    """Credentials are of the account whose role it is; a role of one by the provider of another is nobody's."""
    other = RoleSite(aws=site.aws, account=OTHER_ACCOUNT, idp=site.idp, name="elsewhere")
    other.create_provider()
    role = other.create_role("Viewer")
    credentials = other.assume(role)["Credentials"]
    assert other.as_session("sts", credentials).get_caller_identity()["Account"] == OTHER_ACCOUNT
    with refused("AccessDenied", "another account"):
        site.assume(role)
    with refused("AccessDenied", "does not offer"):
        site.assume("arn:aws:iam::000000000000:role/Viewer", other.encoded([role]))


def test_what_saml_said_is_seen_by_the_policies_of_the_role(site: RoleSite) -> None:
    """A role may allow more to some of those who have it."""
    allowed = {
        "Effect": "Allow",
        "Action": "s3:ListAllMyBuckets",
        "Resource": "*",
        "Condition": {"StringEquals": {"saml:sub": "ada@example.com"}},
    }
    role = site.create_role("Personal", allowed=allowed)
    site.as_session("s3", site.assume(role)["Credentials"]).list_buckets()
    stranger = site.assume(role, site.encoded([role], name_id="bob@example.com"))["Credentials"]
    with refused("AccessDenied", "s3:ListAllMyBuckets"):
        site.as_session("s3", stranger).list_buckets()


def test_a_bare_form_is_answered_with_an_error_not_a_traceback(site: RoleSite) -> None:
    """Without boto3's checks, what is missing is named."""
    form = {"Action": "AssumeRoleWithSAML", "Version": "2011-06-15"}
    answer = httpx.post(site.aws.endpoint_url, data=form, trust_env=False)
    assert answer.status_code == 400
    assert "invalid for RoleArn" in answer.text
