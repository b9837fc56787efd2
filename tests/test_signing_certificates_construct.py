"""Certificates of the spec in templates: key pairs, rights on exactly them, the order of a rotation, one phase each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Stack
from aws_cdk.assertions import Template

from saml_connectors.account_template import account_template
from saml_connectors.application import JumpCloudApplication
from saml_connectors.iam_account import IamAccountConnector
from saml_connectors.problems import SpecError
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.spec import IamSpec, parse
from saml_connectors.spec.directory import Directory, SamlApplication
from stacks.assembly import add_stacks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aws_cdk import App

pytestmark = pytest.mark.synth

POOL: dict[str, Any] = {
    "kind": "cognito-user-pool",
    "name": "portal",
    "aws": {"account": "111122223333", "region": "eu-west-1"},
    "directory": {"credentials": "jumpcloud/api-key"},
    "application": {"display_label": "Portal", "groups": ["portal-users"]},
    "user_pool": {"domain": {"prefix": "acme"}},
    "app_clients": [{"name": "web", "callback_urls": ["https://portal.acme.example/callback"]}],
}
ROLES: dict[str, Any] = {
    "kind": "iam",
    "name": "console",
    "aws": {"account": "111122223333", "region": "eu-west-1"},
    "directory": {"credentials": "jumpcloud/api-key"},
    "application": {"display_label": "Console"},
    "roles": {
        "Reader": {"managed_policies": ["ReadOnlyAccess"]},
        "Biller": {"managed_policies": ["job-function/Billing"]},
    },
    "groups": {"Reader": ["everybody"], "Biller": ["finance"]},
}
OWN = {"name": "own", "secret": "jumpcloud/signing"}


@pytest.fixture
def synth(new_app: Callable[..., App]) -> Callable[..., dict[str, Any]]:
    """Gives the template of a connector with these certificates; None leaves them out."""

    def make(spec: dict[str, Any], certificates: Sequence[Any] | None) -> dict[str, Any]:
        listed = {} if certificates is None else {"certificates": list(certificates)}
        full = parse({**spec, "application": {**spec["application"], **listed}})
        return dict(Template.from_stack(add_stacks(new_app(), [full])[0]).to_json())

    return make


def of(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The resources of one type."""
    return {name: each for name, each in template["Resources"].items() if each["Type"] == kind}


def statements(template: dict[str, Any]) -> list[dict[str, Any]]:
    """What the policies allow that have to do with certificates."""
    found = [one for each in of(template, "AWS::IAM::Policy").values() for one in _document(each)["Statement"]]
    return [
        one for one in found if one.get("Sid") in {"KeepCertificate", "EncryptSecret", "MakeKeyPair", "ReadKeyPair"}
    ]


def _document(resource: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = resource["Properties"]["PolicyDocument"]
    return document


def waits_for(template: dict[str, Any], resource: str) -> set[str]:
    """Everything that is deployed before a resource, by logical id."""
    each = template["Resources"][resource]
    first = set(each.get("DependsOn", [])) | _named(each["Properties"])
    return first.union(*(waits_for(template, one) for one in first))


def _named(value: Any) -> set[str]:
    if isinstance(value, dict):
        if "Ref" in value:
            return set() if value["Ref"].startswith("AWS::") else {value["Ref"]}
        if "Fn::GetAtt" in value:
            return {value["Fn::GetAtt"][0]}
        return set[str]().union(*map(_named, value.values()))
    return set[str]().union(*map(_named, value)) if isinstance(value, list) else set()


def test_without_certificates_nothing_is_there(synth: Callable[..., dict[str, Any]]) -> None:
    """No key, no secret, no right, no output: what was deployed before stays as it is."""
    for spec in (POOL, ROLES):
        template = synth(spec, None)
        text = json.dumps(template)
        for kind in ("AWS::KMS::Key", "AWS::SecretsManager::Secret", contract.SIGNING_CERTIFICATE):
            assert of(template, kind) == {}
        assert "TrustedCertificates" not in text
        assert statements(template) == []
        assert not [name for name in template["Outputs"] if "Fingerprint" in name]


def test_rights_are_for_these_secrets_and_this_key(synth: Callable[..., dict[str, Any]]) -> None:
    """Whichever pair there is: no wildcard, no other action; a pair of the author's own is only read."""
    template = synth(POOL, ["original", "2027", OWN])
    (key,) = of(template, "AWS::KMS::Key")
    assert template["Resources"][key]["Properties"]["EnableKeyRotation"] is True
    secrets = of(template, "AWS::SecretsManager::Secret")
    assert len(secrets) == 2
    for each in secrets.values():
        assert set(each["Properties"]) == {"Description", "KmsKeyId"}
        assert each["Properties"]["KmsKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
    found = statements(template)
    kept = [one["Resource"] for one in found if one["Sid"] == "KeepCertificate"]
    assert sorted(map(json.dumps, kept)) == sorted(json.dumps({"Fn::GetAtt": [one, "Id"]}) for one in secrets)
    actions = {one["Sid"]: one["Action"] for one in found}
    assert actions == {
        "KeepCertificate": ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
        "EncryptSecret": ["kms:Decrypt", "kms:GenerateDataKey"],
        "MakeKeyPair": "kms:GenerateDataKeyPair",
        "ReadKeyPair": "secretsmanager:GetSecretValue",
    }
    assert len([one for one in found if one["Sid"] == "MakeKeyPair"]) == 1
    for one in found:
        if one["Sid"] in {"EncryptSecret", "MakeKeyPair"}:
            assert one["Resource"] == {"Fn::GetAtt": [key, "Arn"]}
        if one["Sid"] == "EncryptSecret":
            assert one["Condition"] == {"StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}}
    (read,) = [one["Resource"] for one in found if one["Sid"] == "ReadKeyPair"]
    assert "secret:jumpcloud/signing-??????" in json.dumps(read)


def test_pairs_of_ones_own_need_no_key(synth: Callable[..., dict[str, Any]]) -> None:
    """Nothing is made, and nothing costs anything."""
    template = synth(POOL, [OWN])
    assert of(template, "AWS::KMS::Key") == {}
    assert of(template, "AWS::SecretsManager::Secret") == {}
    (certificate,) = of(template, contract.SIGNING_CERTIFICATE).values()
    told = {name: each for name, each in certificate["Properties"].items() if not name.startswith("Service")}
    assert told == {"Name": "own", "Secret": "jumpcloud/signing"}


@pytest.mark.parametrize("spec", [POOL, ROLES], ids=lambda spec: spec["name"])
def test_the_directory_signs_only_after_aws_trusts(synth: Callable[..., dict[str, Any]], spec: dict[str, Any]) -> None:
    """Certificates, application, what AWS trusts, signing, what else writes the application, who sees it.

    The application knows the names of all that AWS will trust.
    """
    template = synth(spec, ["2027", "original"])
    trust = {*of(template, "AWS::Cognito::UserPoolIdentityProvider"), *of(template, "AWS::IAM::SAMLProvider")}
    assert len(trust) == 1
    for name, each in of(template, contract.APPLICATION_SIGNING).items():
        application = each["Properties"]["ApplicationId"]["Ref"]
        before = waits_for(template, name)
        assert trust <= before
        assert application in before
        assert {one for one in of(template, contract.SIGNING_CERTIFICATE) if "2027" in one} <= before
        told = template["Resources"][application]["Properties"]
        assert [row["Name"] for row in told["TrustedCertificates"]] == ["original", "2027"]
        assert told["TrustedCertificates"][0]["Fingerprint"] == "original"
        assert told["SigningCertificate"] == each["Properties"]["SigningCertificate"] == "2027"
        assert told["SigningSecret"] == each["Properties"]["SigningSecret"]
        assert application in waits_for(template, next(iter(trust)))
    for kind in (contract.LAUNCH, contract.ACCESS):
        for name, each in of(template, kind).items():
            signing = [
                one
                for one, signs in of(template, contract.APPLICATION_SIGNING).items()
                if signs["Properties"]["ApplicationId"] == each["Properties"]["ApplicationId"]
            ]
            assert set(signing) <= waits_for(template, name)
            assert signing


@pytest.mark.parametrize("spec", [POOL, ROLES], ids=lambda spec: spec["name"])
def test_each_phase_changes_one_side(synth: Callable[..., dict[str, Any]], spec: dict[str, Any]) -> None:
    """The second changes nothing in AWS, whose metadata is the same to the byte; the third nothing that signs."""
    none, first, second, third = (
        synth(spec, each) for each in (None, ["original", "2027"], ["2027", "original"], ["2027"])
    )
    assert _metadata(none) != _metadata(first) == _metadata(second) != _metadata(third)
    changed = {
        name
        for name, each in first["Resources"].items()
        if json.dumps(each, sort_keys=True) != json.dumps(second["Resources"][name], sort_keys=True)
    }
    kinds = {first["Resources"][name]["Type"] for name in changed}
    assert kinds == {contract.APPLICATION, contract.APPLICATION_SIGNING}
    assert set(first["Resources"]) == set(second["Resources"])
    assert _metadata(synth(spec, ["2028", "2027"])) == _metadata(synth(spec, ["2027", "2028"]))
    counts = [_metadata(each).count("<ds:X509Certificate>") for each in (none, first, second, third)]
    applications = len(of(none, contract.APPLICATION))
    assert counts == [applications, applications + 1, applications + 1, 1]


def _metadata(template: dict[str, Any]) -> str:
    providers = [*of(template, "AWS::Cognito::UserPoolIdentityProvider").values()]
    providers += of(template, "AWS::IAM::SAMLProvider").values()
    return json.dumps(providers[0]["Properties"])


def test_applications_of_one_connector_share_the_pairs(synth: Callable[..., dict[str, Any]]) -> None:
    """Two role sets: an original certificate each, one pair for both; outputs tell each once."""
    template = synth(ROLES, ["original", "2027"])
    certificates = of(template, contract.SIGNING_CERTIFICATE)
    assert sorted(each["Properties"]["Name"] for each in certificates.values()) == ["2027", "original", "original"]
    assert len(of(template, contract.APPLICATION_SIGNING)) == 2
    told = sorted(name for name in template["Outputs"] if name.startswith("Certificate") and "Fingerprint" in name)
    assert told == [
        "Certificate2027Fingerprint",
        "CertificateOriginal1Fingerprint",
        "CertificateOriginal2Fingerprint",
    ]


def test_a_stack_set_is_told_of_all(new_app: Callable[..., App]) -> None:
    """A parameter for each certificate, and a provider in each account that trusts them."""
    units = {"ids": ["444455556666"], "organizational_units": ["r-ab12"]}
    application = {**ROLES["application"], "certificates": ["original", "2027"]}
    spec = parse({**ROLES, "application": application, "other_accounts": units})
    assert isinstance(spec, IamSpec)
    template = dict(Template.from_stack(add_stacks(new_app(), [spec])[0]).to_json())
    (stack_set,) = of(template, "AWS::CloudFormation::StackSet")
    properties = template["Resources"][stack_set]["Properties"]
    names = [each["ParameterKey"] for each in properties["Parameters"]]
    assert names == ["SsoUrl", "IdpEntityId", "Certificate1", "Certificate2", "Certificate3"]
    assert properties["TemplateBody"] == account_template(spec, 3)
    for name in of(template, contract.APPLICATION_SIGNING):
        assert stack_set in waits_for(template, name)


def test_an_account_that_looks_the_application_up_is_refused(new_app: Callable[..., App]) -> None:
    """It is told of the certificate that signs, and of no other; also where no stack is made for it by the spec."""
    units = {"ids": ["444455556666"], "organizational_units": ["r-ab12"]}
    application = {**ROLES["application"], "slug": "console", "certificates": ["original", "2027"]}
    spec = parse({**ROLES, "application": application, "other_accounts": units})
    assert isinstance(spec, IamSpec)
    with pytest.raises(SpecError, match="certificates-other-accounts"):
        IamAccountConnector(Stack(new_app(), "Other"), "Connector", spec=spec, account="444455556666")


def test_an_application_alone_can_be_rotated(new_app: Callable[..., App]) -> None:
    """For any service provider: what it has to trust is told, and signing waits for whoever trusts."""
    stack = Stack(new_app(), "Wiki")
    application = JumpCloudApplication(
        stack,
        "Application",
        directory=Directory(credentials="jumpcloud/api-key"),
        application=SamlApplication(display_label="Wiki", certificates=("original", "2027")),
        template="saml2",
        sp_entity_id="https://wiki.acme.example/saml",
    )
    assert [each.name for each in application.certificates] == ["original", "2027"]
    assert application.metadata_xml.count("<ds:X509Certificate>") == 2
    application.sign()
    assert len(of(dict(Template.from_stack(stack).to_json()), contract.APPLICATION_SIGNING)) == 1


def test_no_private_key_is_in_a_template(synth: Callable[..., dict[str, Any]]) -> None:
    """Nor a secret's content, or a dynamic reference to one."""
    for spec in (POOL, ROLES):
        text = json.dumps(synth(spec, ["2027", "original", OWN]))
        assert "PRIVATE KEY" not in text
        assert "{{resolve:secretsmanager" not in text
        assert "SecretString" not in text
