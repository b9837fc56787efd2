"""Claims about the rules of sign-in to AWS beside their examples: further forms of the same mistakes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from saml_connectors.checks import judge
from saml_connectors.cloudformation import Assembly

pytest_plugins = ["tests.rule_examples_fixtures"]

Change = tuple[str, str]
"""A text in an example, and what stands there instead."""

TRUST, TAGGED, LONG = "trust-no-audience", "trust-no-tag-session", "session-duration"
AUDIENCE = "StringEquals: {SAML:aud: https://signin.aws.amazon.com/saml}"
PRINCIPAL = "{Federated: !Ref Provider}"
BY_NAME = '!Sub "arn:aws:iam::${AWS::AccountId}:saml-provider/JumpCloud"'
ROLE_VALUE = '"arn:aws:iam::${AWS::AccountId}:role/Engineer,arn:aws:iam::${AWS::AccountId}:saml-provider/JumpCloud"'
PROVIDER_NAME = "      Name: JumpCloud\n"
SESSION_NAME = "https://aws.amazon.com/SAML/Attributes/RoleSessionName"
NOTHING = ""

MISTAKES: dict[str, tuple[str, list[Change], set[str]]] = {
    "several audiences, none of them AWS's": (
        TRUST,
        [(AUDIENCE, "StringEquals: {SAML:aud: [https://signin.aws.amazon.com, urn:amazon:webservices]}")],
        {"trust-audience-wrong"},
    ),
    "an audience with a slash too many": (
        TRUST,
        [("amazon.com/saml}", "amazon.com/saml/}")],
        {"trust-audience-wrong"},
    ),
    "no audience at all is taken": (
        TRUST,
        [(AUDIENCE, "ForAnyValue:StringEquals: {SAML:aud: []}")],
        {"trust-audience-wrong"},
    ),
    "the audience that the CDK writes where it knows none": (
        TRUST,
        [(AUDIENCE, 'StringEquals: {SAML:aud: ""}')],
        {"trust-audience-wrong"},
    ),
    "a region that is in another partition": (
        TRUST,
        [("https://signin.aws", "https://us-gov-west-1.signin.aws")],
        {"trust-audience-wrong"},
    ),
    "keys and operators in other cases": (
        TRUST,
        [(AUDIENCE, "stringnotequals: {saml:AUD: https://signin.aws.amazon.com/saml}")],
        {"trust-audience-negated"},
    ),
    "an audience that must not be there": (TRUST, [(AUDIENCE, "'Null': {SAML:aud: true}")], {"trust-audience-negated"}),
    "a wildcard for the host alone": (
        TRUST,
        [(AUDIENCE, 'StringLike: {SAML:aud: "https://*/saml"}')],
        {"trust-audience-wildcard"},
    ),
    "the audience of all values": (
        TRUST,
        [("StringEquals", "ForAllValues:StringEquals")],
        {"trust-audience-optional"},
    ),
    "an action for OpenID Connect": (
        TRUST,
        [("sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")],
        {"trust-action"},
    ),
    "everybody may assume it with SAML": (TRUST, [(PRINCIPAL, '"*"')], {"trust-federated-wildcard"}),
    "every provider of the account": (
        TRUST,
        [(PRINCIPAL, '{Federated: !Sub "arn:aws:iam::${AWS::AccountId}:saml-provider/*"}')],
        {"trust-federated-wildcard"},
    ),
    "a provider of OpenID Connect": (
        TRUST,
        [(PRINCIPAL, '{Federated: !Sub "arn:aws:iam::${AWS::AccountId}:oidc-provider/idp.acme.example"}')],
        {"trust-action-principal"},
    ),
    "a service as provider": (
        TRUST,
        [(PRINCIPAL, "{Federated: cognito-identity.amazonaws.com}")],
        {"trust-action-principal"},
    ),
    "its own condition asks for tags": (
        TRUST,
        [(AUDIENCE, f"{AUDIENCE}\n              StringLike: {{aws:RequestTag/Team: '*'}}")],
        {"trust-no-tag-session"},
    ),
    "its own condition asks for a source identity": (
        TRUST,
        [(AUDIENCE, f"{AUDIENCE}\n              StringLike: {{sts:SourceIdentity: '*'}}")],
        {"trust-no-source-identity"},
    ),
    "the role does not say how long": (
        LONG,
        [("      MaxSessionDuration: 28800\n", NOTHING)],
        {"session-duration-above-role"},
    ),
    "a session that is too short": (LONG, [('Value: "28800"', 'Value: "600"')], {"session-duration"}),
    "everybody has the same session name": (
        LONG,
        [
            ("SAML/Attributes/RoleSessionName, Source: email", "SAML/Attributes/Other, Source: email"),
            (
                'Value: "28800"}',
                f'Value: "28800"}}\n        - {{Name: {SESSION_NAME}, Value: SSO-User}}',
            ),
        ],
        {"session-name-source"},
    ),
    "a constant tag that is too long": (
        LONG,
        [
            ('SessionDuration, Value: "28800"', f"PrincipalTag:Team, Value: {'x' * 257}"),
            ("Action: sts:AssumeRoleWithSAML", "Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession']"),
        ],
        {"session-tag"},
    ),
    "a key in the default of a parameter": (
        "saml-provider-key-shown",
        [("    NoEcho: true\n", "    NoEcho: true\n    Default: BEGIN PRIVATE KEY\n")],
        {"saml-provider-private-key"},
    ),
    "a key in Base64 without its header": (
        "saml-provider-private-key",
        [('"{{resolve:secretsmanager:saml/decryption-key}}"', "MIIEvQIBADANBgkq")],
        {"saml-provider-private-key"},
    ),
    "two keys in one text": (
        "saml-provider-private-key",
        [
            (
                '"{{resolve:secretsmanager:saml/decryption-key}}"',
                (
                    '"-----BEGIN PRIVATE KEY----- -----END PRIVATE KEY----- '
                    '-----BEGIN PRIVATE KEY----- -----END PRIVATE KEY-----"'
                ),
            )
        ],
        {"saml-provider-private-key", "saml-provider-keys"},
    ),
    "a key in a parameter of Systems Manager": (
        "saml-provider-private-key",
        [("resolve:secretsmanager", "resolve:ssm")],
        {"saml-provider-key-shown"},
    ),
    "an ARN of something else": (
        "identity-pool-provider",
        [("[!Ref Provider]", "['arn:aws:iam::111122223333:oidc-provider/idp.acme.example']")],
        {"identity-pool-provider"},
    ),
    "a provider's UUID": (
        "identity-pool-provider",
        [("[!Ref Provider]", "[!GetAtt Provider.SamlProviderUUID]")],
        {"identity-pool-provider"},
    ),
    "administrators by a policy of the template": (
        "role-pass-role",
        [
            ("Action: iam:PassRole", 'Action: "*"'),
            ("Resource: arn:aws:iam::111122223333:role/build", 'Resource: ["*"]'),
        ],
        {"role-administrator"},
    ),
    "all actions of IAM": (
        "role-pass-role",
        [
            ("Action: iam:PassRole", "Action: iam:*"),
            ("Resource: arn:aws:iam::111122223333:role/build", 'Resource: "*"'),
        ],
        {"role-pass-role"},
    ),
    "a policy without a version": (
        "policy-version",
        [('            Version: "2012-10-17"\n            Statement', "            Statement")],
        {"policy-version"},
    ),
    "an inline policy that is no JSON": (
        "permission-set-policy-size",
        [("      InlinePolicy:\n", "      InlinePolicy: 'Version: 2012-10-17'\n      More:\n")],
        {"policy-document"},
    ),
    "a number of seconds as a duration": ("permission-set-duration", [("PT8H", "28800")], {"permission-set-duration"}),
    "a name instead of an ARN": (
        "assignment-permission-set",
        [("!GetAtt Analyst.PermissionSetArn", "Analyst")],
        {"assignment-permission-set"},
    ),
    "an attribute of the store without its form": (
        "access-attribute-source",
        [('"${path:enterprise.costCenter}"', "enterprise.costCenter")],
        {"access-attribute-source-unknown"},
    ),
    "an attribute without a source": (
        "access-attribute-source",
        [('["${path:enterprise.costCenter}"]', "[]")],
        {"access-attribute-source"},
    ),
    "an API key in a property of its own": (
        "directory-http",
        [("      Template: saml2\n", "      Template: saml2\n      ApiKey: jca_0123456789abcdef\n")],
        {"directory-credential"},
    ),
    "a credential as JSON": (
        "directory-http",
        [("CredentialsSecret: jumpcloud/api-key", 'CredentialsSecret: \'{"api_key": "abc"}\'')],
        {"directory-credential"},
    ),
    "a role of the same name with another path": (
        "role-value-misspelt",
        [("role/Engineer,", "role/people/Engineer,")],
        {"role-value-misspelt"},
    ),
    "the provider before the role": (
        "role-value-spelling",
        [
            (
                ROLE_VALUE,
                '"arn:aws:iam::${AWS::AccountId}:saml-provider/JumpCloud,arn:aws:iam::${AWS::AccountId}:role/Engineer"',
            )
        ],
        {"role-value-spelling"},
    ),
    "an ACS URL that is no endpoint of a user pool": (
        "application-acs",
        [("/saml2/idpresponse", "/oauth2/authorize")],
        {"application-acs"},
    ),
    "access before the role is there": ("role-value-form", [("[Provider, Engineer]", "[Provider]")], {"access-early"}),
}


def found(text: str, changes: list[Change], make: Callable[..., Assembly], now: datetime) -> set[str]:
    """Codes of what is found in an example, with *changes*."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return {finding.code for finding in judge(make(text), now=now)}


@pytest.fixture
def passing(project: Path) -> Callable[[str], str]:
    """Reads the example of a rule that passes."""
    return lambda code: (project / "docs" / "rules" / f"{code}.passes.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", MISTAKES)
def test_other_forms_of_a_mistake_are_found(
    case: str, passing: Callable[[str], str], example_template: Callable[..., Assembly], rule_time: datetime
) -> None:
    """A mistake is not only found in the words of its example."""
    code, changes, expected = MISTAKES[case]
    assert found(passing(code), changes, example_template, rule_time) == expected


SECRETS = {
    "saml-provider-private-key": ('"{{resolve:secretsmanager:saml/decryption-key}}"', "BEGIN PRIVATE KEY MIIEabc"),
    "directory-credential": ("jumpcloud/api-key", "jca_0123456789abcdefghij"),
    "directory-http": ("https://console", "http://admin:s3cretword@console"),
}


@pytest.mark.parametrize("code", SECRETS)
def test_no_finding_repeats_a_secret(
    code: str, passing: Callable[[str], str], example_template: Callable[..., Assembly], rule_time: datetime
) -> None:
    """What must not stand in a template must not stand in a report, a log or a pull request either."""
    text = passing(code).replace(*SECRETS[code])
    told = [f"{finding} {finding.to_json()}" for finding in judge(example_template(text), now=rule_time)]
    assert told
    assert not [each for each in told if "MIIEabc" in each or "0123456789" in each or "s3cretword" in each]
