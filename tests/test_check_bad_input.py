"""Claims about what the rules do with data that makes no sense: a finding or none, never an exception, never a hang."""

from __future__ import annotations

import copy
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saml_connectors.checks import Finding
from saml_connectors.checks.report import check, check_assembly
from saml_connectors.cloudformation import Assembly, Template
from saml_connectors.cloudformation.document import parse
from saml_connectors.provider.jumpcloud import contract

NOW = datetime(2026, 11, 22, tzinfo=UTC)
EXCHANGED = 12
EXAMPLES = sorted((Path(__file__).parents[1] / "docs" / "rules").glob("*.yaml"))

TYPES = [
    "AWS::Cognito::UserPool",
    "AWS::Cognito::UserPoolDomain",
    "AWS::Cognito::UserPoolClient",
    "AWS::Cognito::UserPoolIdentityProvider",
    "AWS::Cognito::UserPoolResourceServer",
    "AWS::Cognito::UserPoolGroup",
    "AWS::Cognito::IdentityPool",
    "AWS::Cognito::IdentityPoolRoleAttachment",
    "AWS::Cognito::IdentityPoolPrincipalTag",
    "AWS::IAM::SAMLProvider",
    "AWS::IAM::Role",
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::ManagedPolicy",
    "AWS::SSO::PermissionSet",
    "AWS::SSO::Assignment",
    "AWS::SSO::InstanceAccessControlAttributeConfiguration",
    "AWS::SSO::Application",
    "AWS::CloudFormation::Stack",
    *contract.TYPES,
]
_NAMES = """
UserPoolId ProviderName ProviderType ProviderDetails MetadataFile MetadataURL AttributeMapping IdpIdentifiers Schema
Name Mutable Required AttributeDataType SupportedIdentityProviders CallbackURLs LogoutURLs AllowedOAuthFlows
AllowedOAuthScopes ReadAttributes WriteAttributes Domain CustomDomainConfig SamlMetadataDocument SamlProviderARNs
AssumeRolePolicyDocument Statement Effect Action NotAction Principal NotPrincipal Federated Condition StringEquals
StringLike SAML:aud SAML:sub Resource Policies PolicyName PolicyDocument ManagedPolicyArns MaxSessionDuration RoleName
Path Tags Key Value PermissionsBoundary InlinePolicy SessionDuration RelayStateType InstanceArn TargetId TargetType
PrincipalId PrincipalType PermissionSetArn AccessControlAttributes Source Attributes Groups Template Slug AcsUrl
SpEntityId UserAttributes ConstantAttributes Directory CredentialsSecret ApiUrl ApplicationId LoginUrl Ref Fn::Sub
Fn::GetAtt Fn::Join Fn::If Fn::Select IDPSignout EncryptedResponses IDPInit RequestSigningAlgorithm AddPrivateKey
AssertionEncryptionMode UsernameAttributes AliasAttributes RoleMappings Roles PrincipalTags UseDefaults
"""
_TEXTS = """
SAML OIDC COGNITO sts:AssumeRoleWithSAML sts:TagSession sts:* * arn:aws:iam::123456789012:saml-provider/Acme
arn:${AWS::Partition}:iam::1:role/x ${Pool} ${Pool.Arn} https://signin.aws.amazon.com/saml http://a https://[ email
custom:team AWS::Region Pool Pool.Arn implicit code openid PT1H 2012-10-17 <a/> {"a":1} \ud800 %
"""
NAMES = st.sampled_from(_NAMES.split())
TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(_TEXTS.split()),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=4),
        st.fixed_dictionaries({"Ref": TEXTS}),
        st.fixed_dictionaries({"Fn::GetAtt": st.lists(TEXTS, max_size=3) | TEXTS}),
        st.fixed_dictionaries({"Fn::Sub": TEXTS}),
        st.fixed_dictionaries({"Fn::Join": st.lists(inner, max_size=3)}),
    ),
    max_leaves=12,
)
RESOURCES = st.dictionaries(
    st.sampled_from(["Pool", "Idp", "Client", "Role", "Other", "Set"]),
    st.fixed_dictionaries(
        {"Type": st.sampled_from(TYPES), "Properties": VALUES | st.dictionaries(NAMES, VALUES, max_size=6)},
        optional={"Metadata": VALUES, "DependsOn": VALUES, "Condition": VALUES},
    ),
    max_size=5,
)
SETTINGS = settings(
    max_examples=60,
    deadline=timedelta(seconds=5),
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def judged(*templates: Any) -> list[dict[str, Any]]:
    """What is found in templates, in the form that is printed."""
    made = tuple(Template(each, name=f"t{n}", file=f"t{n}.json") for n, each in enumerate(templates))
    found = check_assembly(Assembly(made), now=NOW).to_json()["findings"]
    json.dumps(found)
    return [dict(each) for each in found]


@SETTINGS
@given(RESOURCES, st.dictionaries(st.sampled_from(["Parameters", "Outputs", "Mappings", "Transform"]), VALUES))
def test_nothing_of_the_wrong_type_stops_a_rule(resources: dict[str, Any], more: dict[str, Any]) -> None:
    """Whatever stands under the properties of whichever type, every rule ends with findings or without."""
    judged({**more, "Resources": resources}, {"Resources": resources})


@SETTINGS
@given(VALUES)
def test_no_section_of_a_template_needs_to_make_sense(value: Any) -> None:
    """Nor do resources, parameters and outputs as a whole."""
    judged({"Resources": value, "Parameters": value, "Outputs": value, "Mappings": value, "Conditions": value})


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in plain data, from the top."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, each in below for found in places(each, (*path, key)))]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_with_one_value_exchanged_stops_no_rule(example: Path) -> None:
    """A dozen values of a template that means something, in turn, are something else: a list, a number, nothing."""
    good = parse(example.read_text())
    others: list[Any] = [
        None,
        [],
        {},
        3,
        True,
        "",
        "x",
        [3],
        ["x", None],
        {"a": 1},
        [{}],
        {"Ref": "Nobody"},
        {"Fn::If": []},
    ]
    found = places(good["Resources"])[1:]
    for number, path in enumerate(found[:: max(1, len(found) // EXCHANGED)]):
        changed = copy.deepcopy(good)
        inside = changed["Resources"]
        for step in path[:-1]:
            inside = inside[step]
        inside[path[-1]] = others[(number + len(found)) % len(others)]
        judged(changed)


DEEP = 40_000
"""More levels than any parser follows by calling itself."""

HOSTILE = {
    "a bomb of entities": "<!DOCTYPE a [<!ENTITY a 'x'>"
    + "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9))
    + "]><a>&j;</a>",
    "an external entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "an external DTD": '<!DOCTYPE a SYSTEM "https://example.com/a.dtd"><a/>',
    "ten megabytes": "<a>" + "x" * 10_000_000 + "</a>",
    "ten megabytes of elements": "<a>" + "<b/>" * 2_500_000 + "</a>",
    "deep nesting": "<a>" * DEEP + "</a>" * DEEP,
    "an attribute of a megabyte": f'<a b="{"x" * 1_000_000}"/>',
    "a hundred thousand attributes": "<a " + " ".join(f"b{n}='x'" for n in range(100_000)) + "/>",
    "many namespaces": "<a " + " ".join(f"xmlns:n{n}='x{n}'" for n in range(20_000)) + "/>",
    "a lone surrogate": "<a>\ud800</a>",
    "no text": "\0\1\2",
    "an unknown encoding": '<?xml version="1.0" encoding="klingon"?><a/>',
    "UTF-16 that is none": '<?xml version="1.0" encoding="UTF-16"?><a/>',
    "many certificates": '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x">'
    "<IDPSSODescriptor>"
    + "<KeyDescriptor><KeyInfo><X509Data><X509Certificate>AAAA</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
    * 20_000
    + "</IDPSSODescriptor></EntityDescriptor>",
    "a certificate of a megabyte": '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x">'
    f"<IDPSSODescriptor><X509Certificate>{'A' * 1_000_000}</X509Certificate></IDPSSODescriptor></EntityDescriptor>",
}
"""Metadata documents that a parser must survive."""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_metadata_is_a_finding_and_never_a_hang(name: str) -> None:
    """In Cognito and in IAM: it is an error, told soon, and none of it is repeated."""
    document = HOSTILE[name]
    details = {"MetadataFile": document}
    properties = {
        "UserPoolId": "eu-west-1_a",
        "ProviderName": "Idp",
        "ProviderType": "SAML",
        "ProviderDetails": details,
    }
    template = {
        "Resources": {
            "Idp": {"Type": "AWS::Cognito::UserPoolIdentityProvider", "Properties": properties},
            "Saml": {"Type": "AWS::IAM::SAMLProvider", "Properties": {"SamlMetadataDocument": document}},
        }
    }
    began = time.perf_counter()
    found = judged(template)
    assert time.perf_counter() - began < 5
    assert {each["resource"] for each in found if each["level"] == "error"} == {"Idp", "Saml"}
    assert all(len(each["message"]) < 600 for each in found)


def test_a_certificate_s_body_is_never_told() -> None:
    """Neither in the sentence nor anywhere else of a finding."""
    body = "MIIC" + "QUJD" * 300
    document = HOSTILE["many certificates"].replace("AAAA", body, 3)
    text = json.dumps(
        judged({"Resources": {"A": {"Type": TYPES[9], "Properties": {"SamlMetadataDocument": document}}}})
    )
    assert body[:60] not in text


YAML = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          Effect: Allow
          Action: sts:AssumeRoleWithSAML
          Principal: {Federated: !GetAtt Provider.Arn}
  Provider:
    Type: AWS::IAM::SAMLProvider
    Properties: {Name: a b, SamlMetadataDocument: !Sub "<a/>"}
"""


def test_a_template_is_judged_alike_in_both_languages(tmp_path: Path) -> None:
    """Short forms and long ones, and a date that stays a text."""
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithSAML",
        "Principal": {"Federated": {"Fn::GetAtt": ["Provider", "Arn"]}},
    }
    trust = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": statement}}
    provider = {"Name": "a b", "SamlMetadataDocument": {"Fn::Sub": "<a/>"}}
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": trust},
        "Provider": {"Type": "AWS::IAM::SAMLProvider", "Properties": provider},
    }
    (tmp_path / "a").write_text(YAML)
    (tmp_path / "b").write_text(json.dumps({"Resources": resources}))
    one, other = ([(each.code, each.message) for each in _found(tmp_path / name)] for name in ("a", "b"))
    assert one == other
    assert {"saml-provider-name", "trust-no-audience"} <= {code for code, _ in one}


def _found(file: Path) -> tuple[Finding, ...]:
    return check([str(file)], now=NOW).findings


def test_five_hundred_resources_take_less_than_seconds() -> None:
    """Every one with something to say: the time grows with the number, not with its square."""
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [{"Action": "sts:*"}]}}}
    provider = {"Type": "AWS::IAM::SAMLProvider", "Properties": {"Name": "a b", "SamlMetadataDocument": "<a/>"}}
    resources = {f"R{n}": provider if n % 2 else role for n in range(500)}
    began = time.perf_counter()
    assert judged({"Resources": resources})
    assert time.perf_counter() - began < 3
