"""Rules over app clients: which identity providers they offer, and that those are there when the client is made.

Not here: their flows and scopes (`client_flow_rules.py`), and where people are sent back to (`client_url_rules.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saml_connectors.checks.known_values import known, text_of
from saml_connectors.checks.rule import Hit, Rule
from saml_connectors.checks.user_pools import CLIENT, OWN_PEOPLE, PROVIDER, federated, interactive, is_saml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.checks.rule import Context
    from saml_connectors.checks.user_pools import Pool
    from saml_connectors.cloudformation import Resource, Template

API = "Amazon Cognito API reference, CreateUserPoolClient"
_PROVIDERS = "SupportedIdentityProviders"
_PATH = f"Properties.{_PROVIDERS}"


def clients(template: Template) -> Iterator[tuple[Pool, Resource]]:
    """The app clients of pools with a SAML provider."""
    for pool in federated(template):
        for client in pool.of(CLIENT):
            yield pool, client


def _offered(template: Template) -> Iterator[tuple[Pool, Resource, int, Any]]:
    for pool, client in clients(template):
        for index, item in enumerate(client.items(_PROVIDERS) or ()):
            yield pool, client, index, item


def _missing(template: Template, _: Context) -> Iterator[Hit]:
    for pool, client, index, item in _offered(template):
        name = known(item)
        if name is None or name == OWN_PEOPLE or not pool.is_whole or pool.provider(item) is not None:
            continue
        names = [text_of(provider, "ProviderName") for provider in pool.of(PROVIDER)]
        if None not in names and not pool.made_otherwise(client):
            message = f"the pool has no identity provider {name!r}, only {', '.join(sorted(filter(None, names)))}"
            yield Hit(resource=client, path=f"{_PATH}[{index}]", message=message)


def _no_dependency(template: Template, _: Context) -> Iterator[Hit]:
    for pool, client, index, item in _offered(template):
        provider = pool.provider(item)
        if provider is None or provider.logical_id in client.references or client.comes_after(provider):
            continue
        message = f"the app client names {known(item) or 'a provider'}, but does not wait for {provider.logical_id}"
        fix = f"write Ref: {provider.logical_id} instead, or DependsOn: {provider.logical_id}"
        yield Hit(resource=client, path=f"{_PATH}[{index}]", message=message, fix=fix)


def _unused(template: Template, _: Context) -> Iterator[Hit]:
    for pool in federated(template):
        elsewhere = pool.resource is not None and not pool.is_whole
        if elsewhere or not all(map(_is_for_own_people, pool.of(CLIENT))):
            continue  # another app client offers the provider, or may
        for client in pool.of(CLIENT):
            if interactive(client):
                what = f"offers only {OWN_PEOPLE}" if client.items(_PROVIDERS) else "offers no identity provider"
                others = ", ".join(provider.logical_id for provider in pool.saml)
                message = f"the app client {what}, though its pool has the SAML provider {others}"
                yield Hit(resource=client, path=_PATH, message=message, fix=f"add Ref: {pool.saml[0].logical_id}")


def _is_for_own_people(client: Resource) -> bool:
    """Whether an app client is certain to offer no provider but the pool itself."""
    items = client.items(_PROVIDERS)
    return items is not None and all(known(item) == OWN_PEOPLE for item in items)


def _idp_initiated(template: Template, _: Context) -> Iterator[Hit]:
    for pool, client in clients(template):
        started = [each for each in pool.saml_by_client[client] if each.flag("ProviderDetails", "IDPInit")]
        if not started:
            continue
        for index, item in enumerate(client.items(_PROVIDERS) or ()):
            other = _not_saml(pool, item)
            if other is not None:
                message = f"the app client offers {other} beside {started[0].logical_id}, which has IDPInit"
                yield Hit(resource=client, path=f"{_PATH}[{index}]", message=message)


def _not_saml(pool: Pool, item: Any) -> str | None:
    """How an offered provider is told that is certain not to be one of SAML."""
    name = known(item)
    if name == OWN_PEOPLE:
        return OWN_PEOPLE
    provider = pool.provider(item)
    if provider is not None and not is_saml(provider) and text_of(provider, "ProviderType") is not None:
        return provider.logical_id
    return None


RULES: tuple[Rule, ...] = (
    Rule(
        code="client-provider-missing",
        level="error",
        what="Each identity provider that an app client offers is one of its pool.",
        why="Cognito answers that the provider does not exist for the user pool, and the deployment fails.",
        fix="write Ref with the provider's logical id, or correct the name",
        source=API,
        find=_missing,
    ),
    Rule(
        code="client-provider-no-dependency",
        level="error",
        what="An app client that names an identity provider of the template waits for it.",
        why="CloudFormation makes both at once, Cognito does not know the provider yet, and the deployment fails.",
        fix="write Ref with the provider's logical id instead of its name, or DependsOn",
        source="https://github.com/aws/aws-cdk/issues/15850",
        find=_no_dependency,
    ),
    Rule(
        code="client-saml-unused",
        level="warning",
        what="Some app client of a pool with a SAML provider offers it.",
        why="Nobody can sign in with the SAML provider; in the CDK, add_client before the provider gives COGNITO only.",
        fix="offer the SAML provider; in the CDK, name it in supported_identity_providers, and make it first",
        source="https://github.com/aws/aws-cdk/issues/15850",
        find=_unused,
    ),
    Rule(
        code="client-idp-initiated-mixed",
        level="error",
        what="An app client with a SAML provider that has IDPInit offers SAML providers only.",
        why="Cognito refuses COGNITO and OpenID Connect or social providers beside it.",
        fix="make another app client for them, or leave IDPInit out",
        source="Amazon Cognito developer guide, SAML session initiation in Amazon Cognito user pools",
        find=_idp_initiated,
    ),
)
