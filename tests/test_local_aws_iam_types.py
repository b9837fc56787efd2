"""The CloudFormation types of IAM on the local AWS, and IAM's own calls for SAML providers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox.aws.forged_idp import ForgedIdp
from sandbox.aws.process import LocalAws
from sandbox.aws.stacks import deploy, failures, outputs, remove

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e
AWS_POLICY = "arn:aws:iam::aws:policy/"
ASKED = {"Ref": {"Ref": "Made"}, "Arn": {"Fn::GetAtt": ["Made", "Arn"]}}


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    """A local AWS."""
    with LocalAws() as running:
        yield running


@pytest.fixture(scope="module")
def idp() -> ForgedIdp:
    """An IdP whose metadata is good."""
    return ForgedIdp()


def private_key() -> str:
    """A new one, in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def provider(document: str, **more: Any) -> dict[str, Any]:
    """A stack's resources: one SAML provider."""
    properties = {"Name": "directory", "SamlMetadataDocument": document, **more}
    return {"Made": {"Type": "AWS::IAM::SAMLProvider", "Properties": properties}}


def role(**properties: Any) -> dict[str, Any]:
    """A stack's resources: one role, and a policy to bound it by."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRoleWithSAML",
                "Principal": {"Federated": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:saml-provider/directory"}},
            }
        ],
    }
    allow_all = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    return {
        "Made": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, **properties}},
        "Bound": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": allow_all}},
    }


def test_a_saml_provider_is_made_changed_and_removed(aws: LocalAws, idp: ForgedIdp) -> None:
    """Ref is the ARN, and neither it nor the unique id changes with the metadata."""
    asked = {**ASKED, "Id": {"Fn::GetAtt": ["Made", "SamlProviderUUID"]}}
    made = outputs(deploy(aws, "federation", provider(idp.metadata(), AssertionEncryptionMode="Allowed"), asked))
    assert made["Ref"] == made["Arn"] == "arn:aws:iam::000000000000:saml-provider/directory"
    assert made["Id"].startswith("SAMLSP")
    assert len(made["Id"]) == 22
    document = ForgedIdp().metadata()
    tags = [{"Key": "team", "Value": "blue"}]
    changed = deploy(aws, "federation", provider(document, AssertionEncryptionMode="Required", Tags=tags), asked)
    assert changed["StackStatus"] == "UPDATE_COMPLETE", failures(aws, "federation")
    assert outputs(changed) == made
    iam = aws.client("iam")
    described = iam.get_saml_provider(SAMLProviderArn=made["Ref"])
    assert described["SAMLMetadataDocument"] == document
    assert described["SAMLProviderUUID"] == made["Id"]
    assert described["AssertionEncryptionMode"] == "Required"
    assert described["Tags"] == tags
    assert remove(aws, "federation") == "DELETE_COMPLETE"
    assert iam.list_saml_providers()["SAMLProviderList"] == []


def test_a_changed_name_or_key_makes_another_saml_provider(aws: LocalAws, idp: ForgedIdp) -> None:
    """Both are create-only: the old one goes, and with it its unique id."""
    asked = {**ASKED, "Id": {"Fn::GetAtt": ["Made", "SamlProviderUUID"]}}
    made = outputs(deploy(aws, "renamed", provider(idp.metadata(), Name="before"), asked))
    later = outputs(deploy(aws, "renamed", provider(idp.metadata(), Name="after", AddPrivateKey=private_key()), asked))
    assert later["Ref"].endswith("/after")
    assert later["Id"] != made["Id"]
    assert [one["Arn"] for one in aws.client("iam").list_saml_providers()["SAMLProviderList"]] == [later["Ref"]]
    assert remove(aws, "renamed") == "DELETE_COMPLETE"


def test_a_private_key_is_taken_and_never_told(aws: LocalAws, idp: ForgedIdp) -> None:
    """Only its id can be seen, and by it it is removed; what is no key is refused without being repeated."""
    iam, key = aws.client("iam"), private_key()
    arn = iam.create_saml_provider(Name="keys", SAMLMetadataDocument=idp.metadata(), AddPrivateKey=key)[
        "SAMLProviderArn"
    ]
    described = iam.get_saml_provider(SAMLProviderArn=arn)
    assert key.splitlines()[1] not in str(described)
    assert [set(one) for one in described["PrivateKeyList"]] == [{"KeyId", "Timestamp"}]
    iam.update_saml_provider(SAMLProviderArn=arn, AddPrivateKey=private_key())
    with pytest.raises(ClientError, match="at most 2"):
        iam.update_saml_provider(SAMLProviderArn=arn, AddPrivateKey=private_key())
    with pytest.raises(ClientError, match="no private key"):
        iam.update_saml_provider(SAMLProviderArn=arn, RemovePrivateKey="A" * 22)
    identifier = described["PrivateKeyList"][0]["KeyId"]
    iam.update_saml_provider(SAMLProviderArn=arn, RemovePrivateKey=identifier)
    left = iam.get_saml_provider(SAMLProviderArn=arn)
    assert identifier not in str(left["PrivateKeyList"])
    assert left["SAMLMetadataDocument"] == idp.metadata()
    with pytest.raises(ClientError) as caught:
        iam.update_saml_provider(SAMLProviderArn=arn, AddPrivateKey="not-a-key-but-secret")
    assert "but-secret" not in str(caught.value)
    iam.delete_saml_provider(SAMLProviderArn=arn)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"SamlMetadataDocument": "<a/>"}, "1000 to 10000000"),
        ({"SamlMetadataDocument": "x" * 1000}, "Unable to parse metadata"),
        ({"Name": "a directory"}, "the name a directory"),
        ({"AssertionEncryptionMode": "Sometimes"}, "Required or Allowed"),
    ],
)
def test_a_saml_provider_that_iam_would_refuse_is_not_made(
    aws: LocalAws, idp: ForgedIdp, change: dict[str, str], says: str
) -> None:
    """The stack rolls back, and its events say why."""
    stack = deploy(aws, "refused-provider", provider(idp.metadata(), **change))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert says in failures(aws, "refused-provider")
    remove(aws, "refused-provider")


def test_a_role_keeps_everything_through_create_and_update(aws: LocalAws) -> None:
    """Length of sessions, path, boundary, tags and both kinds of policies are as in the template."""
    inline = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    properties = {
        "RoleName": "Operator",
        "Path": "/ops/",
        "Description": "of the directory",
        "MaxSessionDuration": 7200,
        "PermissionsBoundary": {"Ref": "Bound"},
        "ManagedPolicyArns": [f"{AWS_POLICY}ReadOnlyAccess"],
        "Policies": [{"PolicyName": "inline", "PolicyDocument": inline}],
        "Tags": [{"Key": "team", "Value": "blue"}],
    }
    made = deploy(aws, "roles", role(**properties), ASKED)
    assert outputs(made) == {"Ref": "Operator", "Arn": "arn:aws:iam::000000000000:role/ops/Operator"}
    iam = aws.client("iam")
    described = iam.get_role(RoleName="Operator")["Role"]
    assert (described["Path"], described["MaxSessionDuration"]) == ("/ops/", 7200)
    assert described["PermissionsBoundary"]["PermissionsBoundaryArn"].startswith("arn:aws:iam::000000000000:policy/")
    assert {"Key": "team", "Value": "blue"} in described["Tags"]
    statement = described["AssumeRolePolicyDocument"]["Statement"][0]
    assert statement["Principal"]["Federated"] == "arn:aws:iam::000000000000:saml-provider/directory"

    changes = {
        "MaxSessionDuration": 3600,
        "ManagedPolicyArns": [f"{AWS_POLICY}SecurityAudit", {"Ref": "Bound"}],
        "Policies": [{"PolicyName": "other", "PolicyDocument": inline}],
        "Tags": [{"Key": "team", "Value": "red"}],
    }
    kept = {key: value for key, value in properties.items() if key != "PermissionsBoundary"}
    changed = deploy(aws, "roles", role(**{**kept, **changes}), ASKED)
    assert changed["StackStatus"] == "UPDATE_COMPLETE", failures(aws, "roles")
    later = iam.get_role(RoleName="Operator")["Role"]
    assert later["RoleId"] == described["RoleId"]
    assert later["MaxSessionDuration"] == 3600
    assert "PermissionsBoundary" not in later
    assert [one["Value"] for one in later["Tags"] if one["Key"] == "team"] == ["red"]
    attached = iam.list_attached_role_policies(RoleName="Operator")["AttachedPolicies"]
    assert len(attached) == 2
    assert iam.list_role_policies(RoleName="Operator")["PolicyNames"] == ["other"]
    assert remove(aws, "roles") == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"ManagedPolicyArns": [f"{AWS_POLICY}ReadEverything"]}, "ReadEverything does not exist or is not attachable"),
        ({"ManagedPolicyArns": ["arn:aws:iam::000000000000:policy/mine"]}, "policy/mine does not exist"),
        ({"PermissionsBoundary": "arn:aws:iam::000000000000:policy/bound"}, "policy/bound does not exist"),
        ({"MaxSessionDuration": 1800}, "MaxSessionDuration 1800"),
        ({"MaxSessionDuration": 43_201}, "MaxSessionDuration 43201"),
        ({"RoleName": "a role"}, "the name a role"),
        ({"Path": "ops"}, "the path ops"),
    ],
)
def test_a_role_that_iam_would_refuse_is_not_made(aws: LocalAws, change: dict[str, Any], says: str) -> None:
    """The stack rolls back, and its events say why."""
    assert deploy(aws, "refused-role", role(**change))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert says in failures(aws, "refused-role")
    remove(aws, "refused-role")


def test_an_update_to_what_iam_would_refuse_is_rolled_back(aws: LocalAws) -> None:
    """The role stays as it was."""
    deploy(aws, "kept-role", role(RoleName="Kept"))
    changed = deploy(aws, "kept-role", role(RoleName="Kept", ManagedPolicyArns=[f"{AWS_POLICY}ReadEverything"]))
    assert changed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert aws.client("iam").list_attached_role_policies(RoleName="Kept")["AttachedPolicies"] == []
    remove(aws, "kept-role")


def test_a_role_that_is_there_already_is_not_taken_over(aws: LocalAws) -> None:
    """A name belongs to whoever made it first."""
    iam = aws.client("iam")
    trust = {"Version": "2012-10-17", "Statement": []}
    before = iam.create_role(RoleName="Taken", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["RoleId"]
    assert deploy(aws, "taken-role", role(RoleName="Taken"))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Role with name Taken already exists" in failures(aws, "taken-role")
    assert iam.get_role(RoleName="Taken")["Role"]["RoleId"] == before
    remove(aws, "taken-role")
