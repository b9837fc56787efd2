"""Claims about what rules leave alone: what is right, and what nobody can be certain of before the deployment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import pytest

from saml_connectors.checks import judge
from saml_connectors.cloudformation import Assembly

pytest_plugins = ["tests.rule_examples_fixtures"]

POOL = "Resources.UserPool.Properties"
DOMAIN = "Resources.Domain.Properties"
IDP = "Resources.IdentityProvider.Properties"
CLIENT = "Resources.WebClient.Properties"
ADDED, GONE = "(added)", "(gone)"
"""In place of a value: the resource of that name in more_resources.yaml; nothing, so that what is there is removed."""

Changes = Mapping[str, str]
GOV_ARN = "arn:aws-us-gov:acm:us-gov-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
ARN = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
WAITS = {"Resources.Maker": ADDED, "Resources.WebClient.DependsOn": "[Orders, IdentityProvider, Maker]"}
NO_FLOWS = {
    f"{CLIENT}.{name}": GONE for name in ("AllowedOAuthFlows", "AllowedOAuthFlowsUserPoolClient", "AllowedOAuthScopes")
}
OTHER = {f"{CLIENT}.SupportedIdentityProviders": "[Other, !Ref IdentityProvider]"}
TO_WRITE = {f"{CLIENT}.AllowedOAuthScopes": '[openid, "https://api.acme.example/write"]'}
EXPORTED = {"Outputs": '{ Pool: { Value: !Sub "${UserPool}", Export: { Name: !Sub "${AWS::StackName}-pool" } } }'}
NESTED = {"Resources.Child": ADDED}
MACRO = {"Transform": "[AWS::LanguageExtensions, AcmeMacro]"}
FOR_EACH = {"Resources.Fn::ForEach::Providers": "[Name, [A, B], {}]"}
FOREIGN = {"Resources.UserPool": GONE} | {
    f"Resources.{name}.Properties.UserPoolId": "eu-west-1_AbCdEfGhI"
    for name in ("Domain", "IdentityProvider", "Orders", "WebClient")
}
OKTA_TOO = {"Resources.Okta": ADDED, f"{CLIENT}.SupportedIdentityProviders": "[!Ref IdentityProvider, !Ref Okta]"}
MANAGED = {f"{DOMAIN}.ManagedLoginVersion": "2"}
INIT = {f"{IDP}.ProviderDetails.IDPInit": '"true"'}

UNCERTAIN: dict[str, Changes] = {
    "nothing is changed": {},
    "a provider told by a parameter": {f"{CLIENT}.SupportedIdentityProviders": "[!Ref Word, !Ref IdentityProvider]"},
    "a dynamic reference": {
        f"{CLIENT}.SupportedIdentityProviders": '["{{resolve:ssm:/idp}}", !Ref IdentityProvider]',
        f"{CLIENT}.CallbackURLs": '["{{resolve:ssm:/callback}}"]',
        f"{CLIENT}.AllowedOAuthScopes": '[openid, "{{resolve:ssm:/scope}}"]',
        f"{IDP}.ProviderName": '"{{resolve:ssm:/name}}"',
        f"{DOMAIN}.Domain": '"{{resolve:ssm:/aws}}"',
        f"{IDP}.ProviderDetails.MetadataURL": '"{{resolve:ssm:/url}}"',
    },
    "a condition decides": {
        f"{CLIENT}.SupportedIdentityProviders": "[!If [C, Other, !Ref IdentityProvider]]",
        f"{CLIENT}.CallbackURLs": '!If [C, ["http://a.example/"], ["https://a.example/"]]',
        f"{CLIENT}.AllowedOAuthFlowsUserPoolClient": "!If [C, true, false]",
        f"{IDP}.AttributeMapping": "!If [C, { email: email }, { name: name }]",
    },
    "all providers of the app client are a parameter": {f"{CLIENT}.SupportedIdentityProviders": "!Ref Word"},
    "the provider's own name is not known": {
        "Resources.Okta": ADDED,
        "Resources.Okta.Properties.ProviderName": "!Ref Word",
    }
    | OTHER,
    "two names by conditions": {
        "Resources.Okta": ADDED,
        "Resources.Okta.Properties.ProviderName": "!If [C, A, B]",
        f"{IDP}.ProviderName": "!If [C, B, A]",
    },
    "no names": {
        "Resources.Okta": ADDED,
        "Resources.Okta.Properties.ProviderName": GONE,
        f"{IDP}.ProviderName": GONE,
    },
    "either provider, never both": {
        "Resources.Okta": ADDED,
        "Resources.Okta.Properties.ProviderName": "JumpCloud",
        "Resources.Okta.Properties.IdpIdentifiers": "[acme.example]",
        "Resources.Okta.Condition": "C",
        "Resources.IdentityProvider.Condition": "D",
    },
    "an exported pool": OTHER | TO_WRITE | EXPORTED | {"Resources.Domain": GONE},
    "an exported pool whose app client is for its own people": EXPORTED
    | {f"{CLIENT}.SupportedIdentityProviders": "[COGNITO]"},
    "a pool that a nested stack is given": OTHER | TO_WRITE | NESTED | {"Resources.Domain": GONE},
    "a macro": OTHER | TO_WRITE | MACRO | {"Resources.Domain": GONE},
    "a transform of AWS's own": OTHER | {"Transform": "AWS::Serverless-2016-10-31"},
    "a style that another stack may make": MANAGED | EXPORTED,
    "an alias that nobody verifies": {
        f"{POOL}.AliasAttributes": "[preferred_username]",
        f"{IDP}.AttributeMapping.preferred_username": "username",
    },
    "a schema that names a custom attribute in full": {
        f"{POOL}.Schema": "[{ Name: email, Mutable: true }, { Name: 'custom:groups', Mutable: true }]"
    },
    "an attribute of developers in the schema": {
        f"{POOL}.Schema": "[{ Name: groups, Mutable: true }, { Name: rank, DeveloperOnlyAttribute: true }]",
        f"{IDP}.AttributeMapping.dev:custom:rank": "rank",
        f"{IDP}.AttributeMapping.email": GONE,
    },
    "an app client that waits by way of another resource": {
        "Resources.Domain.DependsOn": "[IdentityProvider, Orders]",
        "Resources.WebClient.DependsOn": "Domain",
        f"{CLIENT}.SupportedIdentityProviders": "[JumpCloud]",
    },
    "a loop": OTHER | TO_WRITE | FOR_EACH | {"Resources.Domain": GONE},
    "an imported pool": FOREIGN | OTHER | TO_WRITE | {"Resources.Domain": GONE} | MANAGED,
    "a custom resource that may make it": OTHER | TO_WRITE | WAITS,
    "an older custom resource that may make it": OTHER
    | WAITS
    | {"Resources.Maker.Type": "AWS::CloudFormation::CustomResource"},
    "a custom resource that the provider waits for": {
        "Resources.Maker": ADDED,
        "Resources.IdentityProvider.DependsOn": "Maker",
        f"{IDP}.AttributeMapping.custom:department": "department",
        "Resources.Domain": GONE,
    },
    "another app client offers the provider": {
        "Resources.SecondClient": ADDED,
        "Resources.SecondClient.Properties.SupportedIdentityProviders": "[COGNITO]",
    },
    "another app client offers who knows what": {
        f"{CLIENT}.SupportedIdentityProviders": "[COGNITO]",
        "Resources.SecondClient": ADDED,
        "Resources.SecondClient.Properties.SupportedIdentityProviders": "[!Ref Word]",
    },
    "another app client offers an unknown list": {
        f"{CLIENT}.SupportedIdentityProviders": "[COGNITO]",
        "Resources.SecondClient": ADDED,
        "Resources.SecondClient.Properties.SupportedIdentityProviders": "!Ref Word",
    },
    "an app client of people of the pool, without pages": {f"{CLIENT}.SupportedIdentityProviders": "[COGNITO]"}
    | NO_FLOWS,
    "an app client whose properties a macro adds": {
        f"{CLIENT}.Fn::Transform": "{ Name: AcmeMacro }",
        f"{CLIENT}.AllowedOAuthFlowsUserPoolClient": GONE,
        f"{CLIENT}.SupportedIdentityProviders": GONE,
    },
    "an app client for machines": {"Resources.BatchClient": ADDED} | MANAGED | {"Resources.Branding": ADDED},
    "a provider of unknown kind beside one with IDPInit": INIT
    | {
        "Resources.Google": ADDED,
        "Resources.Google.Properties.ProviderType": "!Ref Word",
        f"{CLIENT}.SupportedIdentityProviders": "[!Ref IdentityProvider, !Ref Google]",
    },
    "two SAML providers with IDPInit": INIT | OKTA_TOO | {"Resources.Okta.Properties.IdpIdentifiers": "[a.example]"},
    "identifiers that are no domains": OKTA_TOO | {f"{IDP}.IdpIdentifiers": "[staff]"},
    "identifiers that are not known": OKTA_TOO | {"Resources.Okta.Properties.IdpIdentifiers": "!Ref Word"},
    "an unknown schema": {f"{POOL}.Schema": "!Ref Word", f"{IDP}.AttributeMapping.custom:department": "department"},
    "an unknown attribute of the schema": {
        f"{POOL}.Schema": "[{ Name: email, Mutable: true }, { Name: !Ref Word, Mutable: true }]"
    },
    "an unknown mutability": {
        f"{POOL}.Schema": "[{ Name: email, Mutable: !Ref Word }, { Name: groups, Mutable: !Ref Word }]"
    },
    "a standard attribute whose mutability is unsaid": {
        f"{POOL}.Schema": "[{ Name: email, Required: true }, { Name: groups, Mutable: true }]"
    },
    "an attribute of developers": {f"{IDP}.AttributeMapping.dev:custom:rank": "rank"},
    "a mapping that a macro adds to": {
        f"{IDP}.AttributeMapping": '{ "Fn::Transform": { Name: AcmeMacro }, name: name }'
    },
    "a provider that a macro adds to": {
        f"{IDP}.AttributeMapping": GONE,
        f"{IDP}.ProviderDetails": GONE,
        f"{IDP}.Fn::Transform": "{ Name: AcmeMacro }",
    },
    "details that a macro adds to": {f"{IDP}.ProviderDetails": '{ "Fn::Transform": { Name: AcmeMacro } }'},
    "details that are not known": {f"{IDP}.ProviderDetails": "!Ref Word"},
    "triggers that read what no app client reads": {
        f"{CLIENT}.ReadAttributes": "[email]",
        f"{POOL}.LambdaConfig": "{ PreTokenGeneration: x }",
    },
    "attributes that may be read or written are not known": {
        f"{CLIENT}.ReadAttributes": "!Ref Word",
        f"{CLIENT}.WriteAttributes": "[email, !Ref Word]",
    },
    "what no app client writes": {
        f"{IDP}.AttributeMapping.email_verified": "verified",
        f"{CLIENT}.WriteAttributes": '[email, "custom:groups"]',
    },
    "an app client of another pool": {
        f"{CLIENT}.UserPoolId": "!Ref Word",
        f"{CLIENT}.SupportedIdentityProviders": "[Okta]",
    },
    "app clients of pools that nobody knows": {
        f"{IDP}.UserPoolId": "!If [C, !Ref UserPool, x]",
        f"{CLIENT}.UserPoolId": "!If [C, y, !Ref UserPool]",
        f"{CLIENT}.SupportedIdentityProviders": "[Other]",
    },
    "no pool is named": {f"{IDP}.UserPoolId": GONE, f"{CLIENT}.UserPoolId": GONE} | OTHER,
    "a resource server whose scopes are not known": {"Resources.Orders.Properties.Scopes": "!Ref Word"} | TO_WRITE,
    "a scope whose name is not known": {
        "Resources.Orders.Properties.Scopes": "[{ ScopeName: !Ref Word }, { ScopeName: read }]"
    }
    | TO_WRITE,
    "a resource server whose identifier is not known": {"Resources.Orders.Properties.Identifier": "!Ref Word"}
    | TO_WRITE,
    "openid alone": {f"{CLIENT}.AllowedOAuthScopes": "[openid]"},
    "lives that are not known": {f"{CLIENT}.AccessTokenValidity": "!Ref Word", f"{CLIENT}.RefreshTokenValidity": "0"},
    "lives in units that are not known": {
        f"{CLIENT}.AccessTokenValidity": "60",
        f"{CLIENT}.TokenValidityUnits": "{ AccessToken: !Ref Word }",
    },
    "lives that are no numbers": {f"{CLIENT}.AccessTokenValidity": '"1²"', f"{CLIENT}.IdTokenValidity": '"-1"'},
    "lives that are as long as the refresh token's": {
        f"{CLIENT}.AccessTokenValidity": "24",
        f"{CLIENT}.RefreshTokenValidity": "1",
    },
    "rotation with another flow": {
        f"{CLIENT}.RefreshTokenRotation": "{ Feature: DISABLED }",
        f"{CLIENT}.ExplicitAuthFlows": "[ALLOW_REFRESH_TOKEN_AUTH]",
    },
    "a sign-out URL at example.com": {f"{CLIENT}.LogoutURLs": '["https://example.com"]'},
    "a default among callback URLs that are not known": {
        f"{CLIENT}.CallbackURLs": '["https://a.acme.example/", !Ref Word]',
        f"{CLIENT}.DefaultRedirectURI": "https://b.acme.example/",
    },
    "a domain of one's own": {
        f"{DOMAIN}.Domain": "aws-portal.acme.example",
        f"{DOMAIN}.CustomDomainConfig": f'{{ CertificateArn: "{ARN}" }}',
    },
    "a certificate that is not known": {
        f"{DOMAIN}.Domain": "auth.acme.example",
        f"{DOMAIN}.CustomDomainConfig": "{ CertificateArn: !Ref Word }",
    },
    "a certificate in another partition": {
        f"{DOMAIN}.Domain": "auth.acme.example",
        f"{DOMAIN}.CustomDomainConfig": f'{{ CertificateArn: "{GOV_ARN}" }}',
    },
    "two domains of which one is there": {
        "Resources.Domain.Condition": "C",
        "Resources.SecondDomain": ADDED,
        "Resources.SecondDomain.Condition": "D",
    },
    "a domain that a macro adds to": {
        f"{DOMAIN}.Domain": "auth.acme.example",
        f"{DOMAIN}.Fn::Transform": "{ Name: AcmeMacro }",
    },
    "a style of who knows which app client": MANAGED
    | {"Resources.Branding": ADDED, "Resources.Branding.Properties.ClientId": "!Ref Word"},
    "metadata on this machine": {f"{IDP}.ProviderDetails.MetadataURL": '"http://127.0.0.1:8443/metadata"'},
    "metadata at an address that is not known": {
        f"{IDP}.ProviderDetails.MetadataURL": '!Sub "https://${Word}:8443/metadata"'
    },
    "metadata at no known address": {f"{IDP}.ProviderDetails.MetadataURL": "!Ref Word"},
    "a provider of OpenID Connect": {
        f"{IDP}.ProviderType": "OIDC",
        f"{IDP}.ProviderName": "_x",
        f"{IDP}.ProviderDetails": "{ client_id: a, MetadataFile: no-xml }",
    },
    "a SAML provider of IAM that a macro adds to": {
        "Resources.Iam": '{ Type: "AWS::IAM::SAMLProvider", Properties: { "Fn::Transform": { Name: M }, Name: A } }'
    },
}


@pytest.mark.parametrize("changes", UNCERTAIN.values(), ids=UNCERTAIN.keys())
def test_what_is_not_certain_is_not_judged(
    changes: Changes, user_pool_template: Callable[[Changes], Assembly], rule_time: datetime
) -> None:
    """What the deployment decides, or another stack, or what is right, is no finding."""
    assert [str(finding) for finding in judge(user_pool_template(changes), now=rule_time)] == []
