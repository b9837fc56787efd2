"""Claims about the rules of user pools beside their examples: further forms of the same mistakes."""

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
ARN = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
WAITS = {"Resources.Maker": ADDED, "Resources.WebClient.DependsOn": "[Orders, IdentityProvider, Maker]"}
OTHER = {f"{CLIENT}.SupportedIdentityProviders": "[Other, !Ref IdentityProvider]"}
NOT_SHARED = {"Outputs": "{ Pool: { Value: !Ref UserPool } }"}
OTHER_EXPORT = {"Outputs": "{ Client: { Value: !Ref WebClient, Export: { Name: client } } }"}
FOREIGN = {"Resources.UserPool": GONE} | {
    f"Resources.{name}.Properties.UserPoolId": "eu-west-1_AbCdEfGhI"
    for name in ("Domain", "IdentityProvider", "Orders", "WebClient")
}
MANAGED = {f"{DOMAIN}.ManagedLoginVersion": "2"}
INIT = {f"{IDP}.ProviderDetails.IDPInit": '"true"'}

MISTAKES: dict[str, tuple[Changes, set[str]]] = {
    "the provider is told by a parameter on both sides": (
        {f"{IDP}.ProviderName": "!Ref Word", f"{CLIENT}.SupportedIdentityProviders": "[!Ref Word]"},
        {"client-provider-no-dependency"},
    ),
    "the missing provider is Google": (
        {f"{CLIENT}.SupportedIdentityProviders": "[Google, !Ref IdentityProvider]"},
        {"client-provider-missing"},
    ),
    "an output that nobody imports": (OTHER | NOT_SHARED, {"client-provider-missing"}),
    "an export of something else": (OTHER | OTHER_EXPORT, {"client-provider-missing"}),
    "a custom resource that does not know the pool": (
        OTHER | WAITS | {"Resources.Maker.Properties.Pool": "nothing"},
        {"client-provider-missing"},
    ),
    "a custom resource that the app client does not wait for": (
        OTHER | {"Resources.Maker": ADDED},
        {"client-provider-missing"},
    ),
    "an application in the directory makes no providers": (
        OTHER | WAITS | {"Resources.Maker.Type": "'Custom::JumpCloudApplicationLookup'"},
        {"client-provider-missing"},
    ),
    "no provider is offered at all": ({f"{CLIENT}.SupportedIdentityProviders": GONE}, {"client-saml-unused"}),
    "an imported pool's app client offers COGNITO only": (
        FOREIGN | {f"{CLIENT}.SupportedIdentityProviders": "[COGNITO]"},
        {"client-saml-unused"},
    ),
    "Google beside a provider with IDPInit": (
        INIT
        | {"Resources.Google": ADDED, f"{CLIENT}.SupportedIdentityProviders": "[!Ref IdentityProvider, !Ref Google]"},
        {"client-idp-initiated-mixed"},
    ),
    "the pool is told by its attribute": (
        {f"{CLIENT}.UserPoolId": "!GetAtt UserPool.UserPoolId"} | OTHER,
        {"client-provider-missing"},
    ),
    "flows that are switched off": (
        {f"{CLIENT}.AllowedOAuthFlowsUserPoolClient": "false"},
        {"client-flows-off"},
    ),
    "no flows though they are on": (
        {f"{CLIENT}.AllowedOAuthFlows": GONE},
        {"client-flows-missing"},
    ),
    "the implicit flow with a secret said to be false": (
        {f"{CLIENT}.AllowedOAuthFlows": "[implicit]", f"{CLIENT}.GenerateSecret": "false"},
        {"client-implicit-public"},
    ),
    "an access token for too short": ({f"{CLIENT}.AccessTokenValidity": '"0.5"'}, set()),
    "an ID token of a minute": (
        {f"{CLIENT}.IdTokenValidity": "1", f"{CLIENT}.TokenValidityUnits": "{ IdToken: minutes }"},
        {"client-token-lifetime"},
    ),
    "an access token that outlives the refresh token": (
        {
            f"{CLIENT}.AccessTokenValidity": "24",
            f"{CLIENT}.RefreshTokenValidity": "2",
            f"{CLIENT}.TokenValidityUnits": "{ RefreshToken: hours }",
        },
        {"client-token-lifetime"},
    ),
    "a scope of no kind": ({f"{CLIENT}.AllowedOAuthScopes": "[openid, groups]"}, {"client-scope-unknown"}),
    "a scope of no kind in an imported pool": (
        FOREIGN | {f"{CLIENT}.AllowedOAuthScopes": "[openid, groups]"},
        {"client-scope-unknown"},
    ),
    "a sign-out URL over http": ({f"{CLIENT}.LogoutURLs": '["http://portal.acme.example/"]'}, {"client-url-http"}),
    "a callback URL with a password": (
        {f"{CLIENT}.CallbackURLs": '["https://me:secret-word@portal.acme.example/"]'},
        {"client-url-invalid"},
    ),
    "a fragment after what is not known": (
        {f"{CLIENT}.CallbackURLs": '[!Sub "https://${Word}/#/callback"]'},
        {"client-url-fragment"},
    ),
    "a fragment and http": ({f"{CLIENT}.CallbackURLs": '["http://portal.acme.example/#x"]'}, {"client-url-fragment"}),
    "a custom attribute with an impossible name": (
        FOREIGN | {f"{IDP}.AttributeMapping": '{ email: email, "custom:a name with spaces": x }'},
        {"attribute-unknown"},
    ),
    "a standard attribute that is immutable": (
        {
            f"{POOL}.Schema": "[{ Name: email, Required: true, Mutable: false }]",
            f"{IDP}.AttributeMapping.custom:groups": GONE,
        },
        {"attribute-immutable"},
    ),
    "no mapping though an attribute is required": ({f"{IDP}.AttributeMapping": GONE}, {"attribute-required-unmapped"}),
    "a custom attribute that may not be written": (
        {f"{CLIENT}.WriteAttributes": "[email]"},
        {"attribute-not-writable"},
    ),
    "a custom attribute that nobody reads": ({f"{CLIENT}.ReadAttributes": "[email]"}, {"attribute-not-readable"}),
    "the provider of another kind has the name": (
        {"Resources.Google": ADDED, "Resources.Google.Properties.ProviderName": "JumpCloud"},
        {"provider-name-twice"},
    ),
    "two names by one parameter": (
        {
            "Resources.Okta": ADDED,
            "Resources.Okta.Properties.ProviderName": "!Ref Word",
            f"{IDP}.ProviderName": "!Ref Word",
        },
        {"provider-name-twice"},
    ),
    "one of the two is certain to be there": (
        {
            "Resources.Okta": ADDED,
            "Resources.Okta.Properties.ProviderName": "JumpCloud",
            "Resources.Okta.Condition": "C",
        },
        {"provider-name-twice"},
    ),
    "an identifier twice with one provider": (
        {f"{IDP}.IdpIdentifiers": "[acme.example, acme.example]"},
        {"identifier-twice"},
    ),
    "a conditional provider with an identifier twice": (
        {f"{IDP}.IdpIdentifiers": "[acme.example, acme.example]", "Resources.IdentityProvider.Condition": "C"},
        {"identifier-twice"},
    ),
    "an identifier of another provider that is conditional": (
        {
            "Resources.Okta": ADDED,
            "Resources.Okta.Properties.IdpIdentifiers": "[acme.example]",
            "Resources.Okta.Condition": "C",
        },
        {"identifier-twice"},
    ),
    "a switch that is spelt otherwise": ({f"{IDP}.ProviderDetails.IDPSignout": "enabled"}, {"provider-switch"}),
    "a domain of one's own without a certificate": ({f"{DOMAIN}.Domain": "auth.acme.example"}, {"domain-prefix"}),
    "a reserved word before what is not known": ({f"{DOMAIN}.Domain": '!Sub "aws-${Word}"'}, {"domain-reserved-word"}),
    "a certificate elsewhere in an unknown account": (
        {
            f"{DOMAIN}.Domain": "auth.acme.example",
            f"{DOMAIN}.CustomDomainConfig": '{ CertificateArn: !Sub "arn:aws:acm:eu-west-1:${Word}:certificate/1" }',
        },
        {"domain-certificate"},
    ),
    "a certificate that is no ARN": (
        {f"{DOMAIN}.Domain": "auth.acme.example", f"{DOMAIN}.CustomDomainConfig": "{ CertificateArn: auth }"},
        {"domain-certificate"},
    ),
    "a second domain of one's own": (
        {
            "Resources.First": "{ Type: AWS::Cognito::UserPoolDomain, Properties: { UserPoolId: !Ref UserPool, "
            f'Domain: sign-in.acme.example, CustomDomainConfig: {{ CertificateArn: "{ARN}" }} }} }}',
            f"{DOMAIN}.Domain": "auth.acme.example",
            f"{DOMAIN}.CustomDomainConfig": f'{{ CertificateArn: "{ARN}" }}',
        },
        {"domain-several"},
    ),
    "one of two app clients has a style": (
        MANAGED
        | {
            "Resources.Branding": ADDED,
            "Resources.SecondClient": ADDED,
        },
        {"domain-no-branding"},
    ),
    "metadata at an address that is none": (
        {f"{IDP}.ProviderDetails.MetadataURL": '"https:///metadata"'},
        {"metadata-url-invalid"},
    ),
    "metadata at an address with a space": (
        {f"{IDP}.ProviderDetails.MetadataURL": '"https://idp.example.com/meta data"'},
        {"metadata-url-invalid"},
    ),
    "metadata in a file": (
        {f"{IDP}.ProviderDetails.MetadataURL": '"file:///metadata.xml"'},
        {"metadata-url-invalid"},
    ),
    "metadata at a host that cannot be": (
        {f"{IDP}.ProviderDetails.MetadataURL": '"https://[::1/metadata"'},
        {"metadata-url-invalid"},
    ),
    "metadata over http from who knows where": (
        {f"{IDP}.ProviderDetails.MetadataURL": '!Sub "http://${Word}/metadata"'},
        {"metadata-url-http"},
    ),
    "a SAML provider of IAM without a document": (
        {"Resources.Iam": '{ Type: "AWS::IAM::SAMLProvider", Properties: { Name: A } }'},
        {"metadata-missing"},
    ),
    "a prefix that is too long": ({f"{DOMAIN}.Domain": "a" * 64}, {"domain-prefix"}),
    "a life of more digits than a number may have": (
        {f"{CLIENT}.AccessTokenValidity": f"'{'9' * 5000}'"},
        {"client-token-lifetime"},
    ),
    "the other one is certain to be there": (
        {
            "Resources.Okta": ADDED,
            "Resources.Okta.Properties.ProviderName": "JumpCloud",
            "Resources.IdentityProvider.Condition": "C",
        },
        {"provider-name-twice"},
    ),
    "an identifier of a conditional provider with another": (
        {
            "Resources.Okta": ADDED,
            "Resources.Okta.Properties.IdpIdentifiers": "[acme.example]",
            "Resources.IdentityProvider.Condition": "C",
        },
        {"identifier-twice"},
    ),
    "an impossible name in a pool that is known": (
        {f"{IDP}.AttributeMapping.custom:a name": "name"},
        {"attribute-unknown"},
    ),
    "a fragment after a dynamic reference": (
        {f"{CLIENT}.CallbackURLs": '["https://{{resolve:ssm:/host}}/#/callback"]'},
        {"client-url-fragment"},
    ),
    "http before a dynamic reference": (
        {f"{IDP}.ProviderDetails.MetadataURL": '"http://{{resolve:ssm:/host}}/metadata"'},
        {"metadata-url-http"},
    ),
    "a provider without identifiers for two app clients": (
        {
            "Resources.Okta": ADDED,
            "Resources.SecondClient": ADDED,
            f"{CLIENT}.SupportedIdentityProviders": "[!Ref IdentityProvider, !Ref Okta]",
            "Resources.SecondClient.Properties.SupportedIdentityProviders": "[!Ref IdentityProvider, !Ref Okta]",
        },
        {"identifier-partly"},
    ),
    "neither document nor details": ({f"{IDP}.ProviderDetails": GONE}, {"metadata-missing"}),
}


@pytest.mark.parametrize(("changes", "codes"), MISTAKES.values(), ids=MISTAKES.keys())
def test_further_mistake_is_found(
    changes: Changes, codes: set[str], user_pool_template: Callable[[Changes], Assembly], rule_time: datetime
) -> None:
    """A rule knows more forms of its mistake than its example shows."""
    found = [finding.code for finding in judge(user_pool_template(changes), now=rule_time)]
    assert sorted(found) == sorted(codes)
