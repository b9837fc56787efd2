"""Rules of Cognito identity pools that trust a SAML provider.

Not here: the provider itself (`saml_provider_rules.py`), and user pools.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from saml_connectors.checks.arns import SAML_PROVIDER
from saml_connectors.checks.known_values import known, text_of
from saml_connectors.checks.known_values import parts as parts_of
from saml_connectors.checks.rule import Context, Hit, Rule
from saml_connectors.checks.saml_provider_rules import encryption_mode
from saml_connectors.checks.saml_trusts import PROVIDER, provider_made
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.cloudformation.intrinsics import Reference
from saml_connectors.endpoints import partition_of
from saml_connectors.spec.findings import shown
from saml_connectors.spec.identity_pool import MAX_PROVIDER_KEY, MAX_RULES

POOL, ATTACHMENT = "AWS::Cognito::IdentityPool", "AWS::Cognito::IdentityPoolRoleAttachment"
_ARNS = "SamlProviderARNs"
_ACCOUNT_DIGITS = 12


def _providers(template: Template) -> Iterator[tuple[Resource, int, Any]]:
    for pool in template.of_type(POOL):
        for index, value in enumerate(pool.items(_ARNS) or ()):
            yield pool, index, value


def _not_a_provider(template: Template, _: Context) -> Iterator[Hit]:
    for pool, index, value in _providers(template):
        wrong = _what_it_is(value, template)
        if wrong is not None:
            path = f"Properties.{_ARNS}[{index}]"
            yield Hit(resource=pool, path=path, message=f"{wrong} is not the ARN of an IAM SAML provider")


def _what_it_is(value: Any, template: Template) -> str | None:
    """What stands in place of a provider's ARN; None where it is one, or may be."""
    plain = known(value)
    if plain is not None:
        is_arn = plain.startswith("arn:") and f":{SAML_PROVIDER}" in plain
        return None if is_arn else shown(plain)
    parts = parts_of(value)
    if len(parts) != 1 or not isinstance(parts[0], Reference):
        return None
    target = template.resources.get(parts[0].logical_id)
    if target is None:
        return None
    if target.type == PROVIDER:
        wrong = parts[0].attribute not in {"Ref", "Arn"}
        return f"{parts[0].attribute} of {target.logical_id}" if wrong else None
    return f"{target.logical_id}, an {target.type}," if target.type.startswith("AWS::Cognito::") else None


def _long_names(template: Template, _: Context) -> Iterator[Hit]:
    partition = partition_of(template.region) if template.region else "aws"
    longest = MAX_PROVIDER_KEY - len(f"arn:{partition}:iam::{'1' * _ACCOUNT_DIGITS}:{SAML_PROVIDER}")
    for _pool, _index, value in _providers(template):
        provider = provider_made(value, template)
        name = text_of(provider, "Name") if provider is not None else None
        if provider is not None and name is not None and len(name) > longest:
            message = f"the name has {len(name)} characters, and an identity pool takes no more than {longest}"
            yield Hit(resource=provider, path="Properties.Name", message=message)


def _encrypted(template: Template, _: Context) -> Iterator[Hit]:
    for pool, index, value in _providers(template):
        provider = provider_made(value, template)
        if provider is not None and encryption_mode(provider) == "required":
            message = f"{provider.logical_id} requires encrypted assertions, which identity pools cannot read"
            yield Hit(resource=pool, path=f"Properties.{_ARNS}[{index}]", message=message)


def _many_rules(template: Template, _: Context) -> Iterator[Hit]:
    for attachment in template.of_type(ATTACHMENT):
        mappings = attachment.get("RoleMappings")
        for name in mappings if isinstance(mappings, dict) else ():
            path = ("RoleMappings", name, "RulesConfiguration", "Rules")
            count = len(attachment.items(*path) or ())
            if count > MAX_RULES:
                message = f"there are {count} rules for one IdP, and {MAX_RULES} are the most"
                yield Hit(resource=attachment, path=f"Properties.{'.'.join(path)}", message=message)


RULES: tuple[Rule, ...] = (
    Rule(
        code="identity-pool-provider",
        level="error",
        what="An identity pool's SAML providers are ARNs of IAM SAML providers.",
        why="The name of a user pool's IdP is none: the deployment fails with “is not valid for account”.",
        fix="name an AWS::IAM::SAMLProvider; a user pool is named under CognitoIdentityProviders",
        source="Cognito Developer Guide, SAML providers for identity pools; aws-amplify/amplify-backend#766",
        find=_not_a_provider,
    ),
    Rule(
        code="identity-pool-provider-name",
        level="error",
        what=f"The ARN of a SAML provider that an identity pool trusts has at most {MAX_PROVIDER_KEY} characters.",
        why="Sign-in names the provider by its ARN, in a field that takes no more, so nobody gets credentials.",
        fix="give the provider a shorter name",
        source="Cognito identity API, IdentityProviderName",
        find=_long_names,
    ),
    Rule(
        code="identity-pool-encryption",
        level="error",
        what="An identity pool trusts no SAML provider that requires encrypted assertions.",
        why="Only sign-in to AWS itself decrypts assertions; the identity pool gives nobody credentials.",
        fix="allow assertions that are signed only, or have a provider of its own for the identity pool",
        source="IAM User Guide, Create a SAML identity provider",
        find=_encrypted,
    ),
    Rule(
        code="identity-pool-rules",
        level="error",
        what=f"An identity pool has at most {MAX_RULES} rules for one IdP.",
        why="Cognito refuses more, and the deployment fails.",
        fix="put people with the same role together in one rule, or let the assertion name the role",
        source="Amazon Cognito quotas",
        find=_many_rules,
    ),
)
