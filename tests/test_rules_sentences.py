"""Claims about what findings of user pools say, and what the region of a stack lets rules know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import pytest

from saml_connectors.checks import judge
from saml_connectors.cloudformation import Assembly

pytest_plugins = ["tests.rule_examples_fixtures"]

DOMAIN = "Resources.Domain.Properties"
IDP = "Resources.IdentityProvider.Properties"
CLIENT = "Resources.WebClient.Properties"

Changes = Mapping[str, str]


@pytest.mark.parametrize(
    "url", ["https://me:secret-word@portal.acme.example/", "https://me:secret-word@portal.acme.example/#x"]
)
def test_password_in_a_url_is_not_shown(
    url: str, user_pool_template: Callable[[Changes], Assembly], rule_time: datetime
) -> None:
    """A finding goes to logs and pull requests, where nobody expects a secret."""
    (finding,) = judge(user_pool_template({f"{CLIENT}.CallbackURLs": f"['{url}']"}), now=rule_time)
    assert "secret-word" not in str(finding.to_json())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({f"{IDP}.AttributeMapping": "{ email: email, 'custom:group': g }"}, "did you mean custom:groups?"),
        ({f"{IDP}.AttributeMapping": "{ email: email, given: g }"}, "custom:given"),
        ({f"{CLIENT}.CallbackURLs": "['https://a.acme.example/#x']"}, "write https://a.acme.example/"),
        ({f"{CLIENT}.SupportedIdentityProviders": "[JumpCloud]"}, "Ref: IdentityProvider"),
        ({f"{CLIENT}.SupportedIdentityProviders": "[Jumpcloud, !Ref IdentityProvider]"}, "only JumpCloud"),
        ({f"{CLIENT}.AllowedOAuthScopes": "['https://api.acme.example/reed']"}, "https://api.acme.example/read"),
        ({f"{CLIENT}.AccessTokenValidity": "60"}, "60 hours"),
        ({f"{DOMAIN}.Domain": "auth.acme.example"}, "add CustomDomainConfig"),
        ({f"{IDP}.ProviderDetails": "{ MetadataUrl: x }"}, "'MetadataUrl' is no name that Cognito knows"),
    ],
)
def test_finding_says_what_to_write(
    changes: Changes, said: str, user_pool_template: Callable[[Changes], Assembly], rule_time: datetime
) -> None:
    """Where the right value can be told, it is."""
    (finding,) = judge(user_pool_template(changes), now=rule_time)
    assert said in str(finding)


CERTIFICATE = "{ Type: 'AWS::CertificateManager::Certificate', Properties: { DomainName: auth.acme.example } }"
OWN_DOMAIN = {
    "Resources.Certificate": CERTIFICATE,
    f"{DOMAIN}.Domain": "auth.acme.example",
    f"{DOMAIN}.CustomDomainConfig": "{ CertificateArn: !Ref Certificate }",
}


@pytest.mark.parametrize(
    ("region", "codes"),
    [("eu-central-1", ["domain-certificate"]), ("us-east-1", []), ("us-gov-west-1", []), (None, [])],
)
def test_certificate_of_the_same_stack_is_where_the_stack_is(
    region: str | None, codes: list[str], user_pool_template: Callable[..., Assembly], rule_time: datetime
) -> None:
    """Where the stack's region is known, so is that of the certificate that it makes."""
    found = judge(user_pool_template(OWN_DOMAIN, region=region), now=rule_time)
    assert [finding.code for finding in found] == codes


def test_arn_that_another_resource_gives_is_not_judged(
    user_pool_template: Callable[..., Assembly], rule_time: datetime
) -> None:
    """A custom resource makes certificates in other regions, and answers with their ARNs."""
    changes = OWN_DOMAIN | {"Resources.Certificate.Type": "'Custom::Certificate'"}
    assert judge(user_pool_template(changes, region="eu-central-1"), now=rule_time) == []
