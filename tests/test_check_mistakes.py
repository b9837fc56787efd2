"""The list of mistakes that docs/check.md counts: in a template that is right, each of them is made, and is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from saml_connectors.checks.report import check_assembly
from saml_connectors.cloudformation import Assembly

pytest_plugins = ["tests.rule_examples_fixtures"]

Make = Callable[..., Assembly]

RIGHT = """\
Resources:
  Pool:
    Type: AWS::Cognito::UserPool
    Properties:
      Schema:
        - {Name: email, AttributeDataType: String, Required: true, Mutable: true}
        - {Name: team, AttributeDataType: String, Mutable: true}
  Domain:
    Type: AWS::Cognito::UserPoolDomain
    Properties: {UserPoolId: !Ref Pool, Domain: acme-portal}
  Idp:
    Type: AWS::Cognito::UserPoolIdentityProvider
    Properties:
      UserPoolId: !Ref Pool
      ProviderName: JumpCloud
      ProviderType: SAML
      ProviderDetails: {MetadataFile: "@metadata(valid)@", RequestSigningAlgorithm: rsa-sha256}
      AttributeMapping: {email: mail, "custom:team": team}
      IdpIdentifiers: [acme.example]
  Client:
    Type: AWS::Cognito::UserPoolClient
    DependsOn: Idp
    Properties:
      UserPoolId: !Ref Pool
      SupportedIdentityProviders: [JumpCloud]
      AllowedOAuthFlowsUserPoolClient: true
      AllowedOAuthFlows: [code]
      AllowedOAuthScopes: [openid, email]
      CallbackURLs: ["https://app.acme.example/callback"]
  Provider:
    Type: AWS::IAM::SAMLProvider
    Properties: {Name: Console, SamlMetadataDocument: "@metadata(other-issuer)@"}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Action: sts:AssumeRoleWithSAML
            Principal: {Federated: !GetAtt Provider.Arn}
            Condition: {StringEquals: {"SAML:aud": https://signin.aws.amazon.com/saml}}
"""
SECOND = """\
  Second:
    Type: AWS::Cognito::UserPoolIdentityProvider
    Properties:
      UserPoolId: !Ref Pool
      ProviderName: Other
      ProviderType: SAML
      ProviderDetails: {MetadataFile: "@metadata(other-issuer)@", RequestSigningAlgorithm: rsa-sha256}
      AttributeMapping: {email: mail}
      IdpIdentifiers: [acme.example]
  Client:
"""
ABSENT = '!Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:saml-provider/Absent"'

SIGNED = "@metadata(valid)@"
MISTAKES: dict[str, tuple[str, str, str]] = {
    # Seventeen that no other checker finds.
    "metadata that is not XML": ("metadata-not-xml", SIGNED, "@metadata(not-xml)@"),
    "metadata of a service provider": ("metadata-is-sp", SIGNED, "@metadata(sp-only)@"),
    "a certificate that has expired": ("metadata-expired", SIGNED, "@metadata(expired)@"),
    "a certificate that expires soon": ("metadata-expiring", SIGNED, "@metadata(soon)@"),
    "a certificate that is too weak": ("metadata-key-weak", SIGNED, "@metadata(weak)@"),
    "an attribute that Cognito does not have": ("attribute-unknown", "{email: mail", "{mail: mail"),
    "an attribute that the pool does not declare": ("attribute-undeclared", "custom:team", "custom:unit"),
    "a required attribute that is not mapped": ("attribute-required-unmapped", "{email: mail, ", "{"),
    "a mapped attribute that cannot change": (
        "attribute-immutable",
        "Name: team, AttributeDataType: String, Mutable: true",
        "Name: team, AttributeDataType: String, Mutable: false",
    ),
    "a client that does not wait for its provider": ("client-provider-no-dependency", "    DependsOn: Idp\n", ""),
    "a name of a Cognito provider that it does not take": ("provider-name", "[JumpCloud]", "[Jump_Cloud]"),
    "a name of an IAM provider that it does not take": ("saml-provider-name", "Name: Console", "Name: The console!"),
    "trust in a provider that is not there": ("trust-provider-missing", "!GetAtt Provider.Arn", ABSENT),
    "trust without an audience": (
        "trust-no-audience",
        '            Condition: {StringEquals: {"SAML:aud": https://signin.aws.amazon.com/saml}}\n',
        "",
    ),
    "one identifier for two providers": ("identifier-twice", "  Client:\n", SECOND),
    "requests signed weakly": ("provider-signing-algorithm", "rsa-sha256", "rsa-sha1"),
    "metadata at an http URL": (
        "metadata-url-http",
        f'MetadataFile: "{SIGNED}"',
        'MetadataURL: "http://idp.example.com/metadata"',
    ),
    # Seven that one or the other finds.
    "metadata too short for IAM": ("metadata-too-short", "@metadata(other-issuer)@", "@metadata(short)@"),
    "a client of a provider that is not there": ("client-provider-missing", "[JumpCloud]", "[Okta]"),
    "a callback URL without https": ("client-url-http", "https://app.acme", "http://app.acme"),
    "a callback URL with a fragment": ("client-url-fragment", "example/callback", "example/callback#x"),
    "a domain with a word that is kept": ("domain-reserved-word", "acme-portal", "acme-aws-portal"),
    "an action that SAML does not use": ("trust-action", "sts:AssumeRoleWithSAML", "sts:AssumeRole"),
    "metadata without HTTP-Redirect": ("metadata-no-redirect", SIGNED, "@metadata(no-redirect)@"),
}
"""Each mistake: the rule that finds it, and what stands in the right template in whose place."""


def found(make: Make, text: str, now: datetime) -> dict[str, str]:
    """Levels of what is found, by code."""
    return {each.code: each.level for each in check_assembly(make(text), now=now).findings}


def test_the_template_is_right(example_template: Make, rule_time: datetime) -> None:
    """Before any mistake is made, not even a note is told."""
    assert found(example_template, RIGHT, rule_time) == {}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found(mistake: str, example_template: Make, rule_time: datetime) -> None:
    """Made alone, as an error or a warning, by the rule that says what it is."""
    code, right, wrong = MISTAKES[mistake]
    assert RIGHT.count(right) >= 1
    text = RIGHT.replace(right, wrong, 1)
    if code == "provider-name":
        text = text.replace("ProviderName: JumpCloud", "ProviderName: Jump_Cloud")
    told = found(example_template, text, rule_time)
    assert told.get(code) in {"error", "warning"}, told


def test_all_of_them_are_on_the_list() -> None:
    """Twenty-four, each found by a rule of its own."""
    assert (len(MISTAKES), len({code for code, _, _ in MISTAKES.values()})) == (24, 24)
