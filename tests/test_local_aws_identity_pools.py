"""Identity pools of the local AWS with an IAM SAML provider: which role a SAML response gives, and which gives none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from sandbox.aws.federation_refusal import FederationRefusedError
from sandbox.aws.forged_idp import ForgedIdp
from sandbox.aws.identity_pool_roles import role_for
from sandbox.aws.process import LocalAws
from sandbox.aws.role_site import LIST_BUCKETS, RoleSite
from sandbox.aws.saml_claims import PREFIX, ROLE
from sandbox.aws.stacks import deploy, failures, outputs, remove

if TYPE_CHECKING:
    from collections.abc import Iterator

PROVIDER = "arn:aws:iam::000000000000:saml-provider/directory"
BLUE, RED, DEFAULT = (f"arn:aws:iam::000000000000:role/{name}" for name in ("Blue", "Red", "Default"))


# --- the choice of a role, without a server ---------------------------------------------------------------------------


def rules(*given: tuple[str, str, str, str], ambiguous: str = "Deny") -> dict[str, Any]:
    """A pool whose provider has rules: claim, match type, value, role."""
    listed = [
        {"Claim": claim, "MatchType": match, "Value": value, "RoleARN": role} for claim, match, value, role in given
    ]
    mapping = {"Type": "Rules", "AmbiguousRoleResolution": ambiguous, "RulesConfiguration": {"Rules": listed}}
    return {"_role_mappings": {PROVIDER: mapping}, "_roles": {"authenticated": DEFAULT}}


@pytest.mark.parametrize(
    ("match", "value"), [("Equals", "blue"), ("Contains", "lu"), ("StartsWith", "bl"), ("NotEqual", "green")]
)
def test_the_first_rule_that_fits_gives_the_role(match: str, value: str) -> None:
    """Rules are tried in their order, and one of a claim's values is enough."""
    pool = rules(("team", "Equals", "nobody", RED), ("team", match, value, BLUE), ("team", "NotEqual", "x", RED))
    assert role_for({"team": ("green", "blue")}, PROVIDER, "", pool) == BLUE


def test_no_rule_that_fits_gives_the_default_or_nothing() -> None:
    """As the pool says."""
    told = (("team", "Equals", "blue", BLUE),)
    assert role_for({"team": ("red",)}, PROVIDER, "", rules(*told, ambiguous="AuthenticatedRole")) == DEFAULT
    with pytest.raises(FederationRefusedError, match="none of the roles fit"):
        role_for({"team": ("red",)}, PROVIDER, "", rules(*told))


def test_a_mapping_may_name_its_provider_inside() -> None:
    """A template's keys cannot hold an ARN that is known only later."""
    mappings = {"any": {**rules(("team", "Equals", "blue", BLUE))["_role_mappings"][PROVIDER]}}
    mappings["any"]["IdentityProvider"] = PROVIDER
    assert role_for({"team": ("blue",)}, PROVIDER, "", {"_role_mappings": mappings}) == BLUE


def test_the_assertions_role_counts_where_there_are_no_rules() -> None:
    """Several need a choice, and only those by this provider can be chosen."""
    one = {ROLE: (f"{BLUE},{PROVIDER}", f"{RED},{PROVIDER}-other")}
    two = {ROLE: (f"{BLUE},{PROVIDER}", f"{PROVIDER},{RED}")}
    assert role_for(one, PROVIDER, "", {}) == BLUE
    assert role_for(two, PROVIDER, RED, {}) == RED
    with pytest.raises(FederationRefusedError, match="2 of the roles fit"):
        role_for(two, PROVIDER, "", {})
    with pytest.raises(FederationRefusedError, match="not among those"):
        role_for(one, PROVIDER, RED, {})


# --- a pool in a stack ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site() -> Iterator[RoleSite]:
    """A SAML provider on a local AWS."""
    with LocalAws() as aws:
        made = RoleSite(aws=aws)
        made.create_provider()
        yield made


def trusting(*, amr: str = "authenticated") -> dict[str, Any]:
    """A role for people of the pool."""
    condition = {
        "StringEquals": {"cognito-identity.amazonaws.com:aud": {"Ref": "Pool"}},
        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr},
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
        "Condition": condition,
    }
    tagged = {**LIST_BUCKETS, "Condition": {"StringEquals": {"aws:PrincipalTag/mail": "ada@example.com"}}}
    return {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}} | {
        "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [tagged]}}]
    }


def resources(**mapping: Any) -> dict[str, Any]:
    """A pool with its roles, mappings and tags."""
    given = {"Type": "Token", "AmbiguousRoleResolution": "Deny", "IdentityProvider": PROVIDER, **mapping}
    pool = {"AllowUnauthenticatedIdentities": False, "SamlProviderARNs": [PROVIDER]}
    tags = {
        "IdentityPoolId": {"Ref": "Pool"},
        "IdentityProviderName": PROVIDER,
        "PrincipalTags": {"mail": f"{PREFIX}Mail"},
    }
    attachment = {"IdentityPoolId": {"Ref": "Pool"}, "RoleMappings": {"saml": given}, "Roles": {}}
    return {
        "Pool": {"Type": "AWS::Cognito::IdentityPool", "Properties": pool},
        "Blue": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "Blue", **trusting()}},
        "Red": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "Red", **trusting(amr="unauthenticated")}},
        "Tags": {"Type": "AWS::Cognito::IdentityPoolPrincipalTag", "Properties": tags},
        "Roles": {"Type": "AWS::Cognito::IdentityPoolRoleAttachment", "Properties": attachment},
    }


def credentials(site: RoleSite, pool: str, encoded: str, **more: Any) -> dict[str, Any]:
    """What the enhanced flow gives for a response."""
    cognito = site.client("cognito-identity")
    logins = {PROVIDER: encoded}
    identity = cognito.get_id(IdentityPoolId=pool, Logins=logins)["IdentityId"]
    answer = cognito.get_credentials_for_identity(IdentityId=identity, Logins=logins, **more)
    return {**answer["Credentials"], "SecretAccessKey": answer["Credentials"]["SecretKey"], "Identity": identity}


@pytest.mark.e2e
def test_a_pool_in_a_stack_gives_the_role_that_the_assertion_names(site: RoleSite) -> None:
    """The same person is the same identity each time, with the role's rights and the tags of the mapping."""
    asked = {"Pool": {"Ref": "Pool"}}
    made = deploy(site.aws, "pool", resources(), asked)
    assert made["StackStatus"] == "CREATE_COMPLETE", failures(site.aws, "pool")
    pool = outputs(made)["Pool"]
    found = [credentials(site, pool, site.encoded([BLUE], Mail=[mail])) for mail in ("x", "ada@example.com")]
    assert found[0]["Identity"] == found[1]["Identity"]
    identity = site.as_session("sts", found[0]).get_caller_identity()
    assert identity["Arn"].endswith("assumed-role/Blue/CognitoIdentityCredentials")
    assert "Buckets" in site.as_session("s3", found[1]).list_buckets()
    with pytest.raises(ClientError, match="AccessDenied"):
        site.as_session("s3", found[0]).list_buckets()
    with pytest.raises(ClientError, match=f"trust policy of {RED}"):
        credentials(site, pool, site.encoded([BLUE, RED]), CustomRoleArn=RED)
    with pytest.raises(ClientError, match="2 of the roles fit"):
        credentials(site, pool, site.encoded([BLUE, RED]))
    with pytest.raises(ClientError, match="signature invalid"):
        credentials(site, pool, RoleSite(aws=site.aws, idp=ForgedIdp()).encoded([BLUE]))
    with pytest.raises(ClientError, match="NotAuthorized"):
        credentials(site, pool, "anything")

    by_rules = {
        "Rules": [{"Claim": ROLE, "MatchType": "Contains", "Value": "role/Red", "RoleARN": BLUE}],
    }
    changed = deploy(site.aws, "pool", resources(Type="Rules", RulesConfiguration=by_rules), asked)
    assert changed["StackStatus"] == "UPDATE_COMPLETE", failures(site.aws, "pool")
    ruled = credentials(site, pool, site.encoded([RED]))
    assert "role/Blue" in site.as_session("sts", ruled).get_caller_identity()["Arn"]
    with pytest.raises(ClientError, match="none of the roles fit"):
        credentials(site, pool, site.encoded([BLUE]))
    assert remove(site.aws, "pool") == "DELETE_COMPLETE"


@pytest.mark.e2e
def test_a_pool_with_a_provider_that_is_not_there_is_not_made(site: RoleSite) -> None:
    """Neither in a stack nor by a call."""
    missing = "arn:aws:iam::000000000000:saml-provider/nobody"
    properties = {"AllowUnauthenticatedIdentities": False, "SamlProviderARNs": [missing]}
    stack = deploy(site.aws, "bad-pool", {"Pool": {"Type": "AWS::Cognito::IdentityPool", "Properties": properties}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "is not valid for account" in failures(site.aws, "bad-pool")
    with pytest.raises(ClientError, match="is not valid for account"):
        site.client("cognito-identity").create_identity_pool(IdentityPoolName="bad", **properties)
