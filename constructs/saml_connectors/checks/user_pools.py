"""The user pools that a template connects to a SAML IdP: each with its providers, app clients, domains and schema.

Not here: judging them, and user pools that have nothing to do with SAML.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from saml_connectors.checks.known_values import identity, known, listed, parts, text_of
from saml_connectors.cloudformation.intrinsics import Reference, Unknown
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.spec.attribute import CUSTOM_PREFIX, STANDARD_ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from saml_connectors.cloudformation import Resource, Template
    from saml_connectors.cloudformation.intrinsics import Part

POOL = "AWS::Cognito::UserPool"
PROVIDER = "AWS::Cognito::UserPoolIdentityProvider"
CLIENT = "AWS::Cognito::UserPoolClient"
DOMAIN = "AWS::Cognito::UserPoolDomain"
BRANDING = "AWS::Cognito::ManagedLoginBranding"
RESOURCE_SERVER = "AWS::Cognito::UserPoolResourceServer"
OWN_PEOPLE = "COGNITO"
"""What stands among an app client's providers for the people of the pool itself."""

DEVELOPERS_PREFIX = "dev:"
"""What stands before `custom:` in the name of an attribute that only developers write."""

_MEMBERS = (PROVIDER, CLIENT, DOMAIN, BRANDING, RESOURCE_SERVER)
_NESTED = "AWS::CloudFormation::Stack"
_FROM_ELSEWHERE = ("parameter ", "export ", "dynamic reference ")
"""How the origins of values begin that are never a pool of the template itself."""

_OF_A_POOL = frozenset({"Ref", "UserPoolId"})


@dataclass(frozen=True, eq=False)
class SchemaAttribute:
    """One attribute that a pool's schema declares."""

    name: str
    """As in an attribute mapping: `email`, `custom:groups`."""

    index: int
    mutable: bool | Unknown | None
    """None: the template does not say."""

    required: bool


@dataclass(frozen=True, eq=False)
class Pool:
    """One user pool with a SAML provider, as far as its template tells."""

    resource: Resource | None
    """The pool; None: it is no resource of the template."""

    members: Mapping[str, tuple[Resource, ...]]
    """What the template adds to the pool, by type."""

    is_whole: bool
    """Whether nothing but this template adds to the pool, as far as can be seen."""

    @cached_property
    def saml(self) -> tuple[Resource, ...]:
        """Its SAML providers."""
        return tuple(each for each in self.of(PROVIDER) if is_saml(each))

    def of(self, resource_type: str) -> tuple[Resource, ...]:
        """The resources of a type that belong to it."""
        return self.members.get(resource_type, ())

    @cached_property
    def _by_id(self) -> dict[str, Resource]:
        return {each.logical_id: each for each in self.of(PROVIDER)}

    @cached_property
    def _by_name(self) -> dict[tuple[Part, ...] | None, Resource]:
        named = {identity(each.get("ProviderName")): each for each in reversed(self.of(PROVIDER))}
        return {name: each for name, each in named.items() if name is not None}

    def provider(self, item: Any) -> Resource | None:
        """The provider of the template that *item*, one of an app client's providers, stands for."""
        found = parts(item)
        first = found[0] if len(found) == 1 else None
        if isinstance(first, Reference) and first.logical_id in self._by_id:
            return self._by_id[first.logical_id]
        return self._by_name.get(found)

    @cached_property
    def saml_by_client(self) -> dict[Resource, tuple[Resource, ...]]:
        """The SAML providers that people of each app client sign in with."""
        found = {}
        for client in self.of(CLIENT):
            offered = {self.provider(item) for item in client.items("SupportedIdentityProviders") or ()}
            found[client] = tuple(each for each in self.saml if each in offered)
        return found

    @cached_property
    def clients_by_saml(self) -> dict[Resource, tuple[Resource, ...]]:
        """The app clients that offer each SAML provider."""
        found: dict[Resource, list[Resource]] = {each: [] for each in self.saml}
        for client, providers in self.saml_by_client.items():
            for provider in providers:
                found[provider].append(client)
        return {provider: tuple(offering) for provider, offering in found.items()}

    def made_otherwise(self, resource: Resource) -> bool:
        """Whether a custom resource that *resource* waits for may have added something to the pool."""
        pool = self.resource
        if pool is None:
            return True
        return any(
            pool.logical_id in each.references and resource.comes_after(each)
            for each in pool.template.resources.values()
            if _is_custom(each.type)
        )

    @cached_property
    def schema(self) -> dict[str, SchemaAttribute] | None:
        """What the pool's schema declares, by name; None where not all of that is known."""
        if self.resource is None:
            return None
        items = self.resource.items("Schema")
        found = [] if items is None else [_attribute(index, each) for index, each in enumerate(items)]
        if items is None or None in found:
            return None
        return {each.name: each for each in found if each is not None}


def is_saml(provider: Resource) -> bool:
    """Whether a pool's identity provider is certain to be one of SAML."""
    return text_of(provider, "ProviderType") == "SAML"


def federated(template: Template) -> list[Pool]:
    """The user pools that the template gives a SAML provider."""
    return template.keep(_federated)


def interactive(client: Resource) -> bool:
    """Whether people sign in with an app client, by pages of Cognito's; unknown counts as not."""
    flows = listed(client, "AllowedOAuthFlows")
    return flows is not None and any(flow in {"code", "implicit"} for flow in flows)


def mapping(provider: Resource) -> dict[str, Any]:
    """A provider's attribute mapping: pool attribute to SAML attribute; empty where it is not known."""
    found = provider.get("AttributeMapping")
    return found if isinstance(found, dict) else {}


def _federated(template: Template) -> list[Pool]:
    grouped: dict[Any, dict[str, list[Resource]]] = {}
    for member in template.of_type(*_MEMBERS):
        grouped.setdefault(_pool_key(member), {}).setdefault(member.type, []).append(member)
    is_closed = not template.has_more and not any(_is_astray(each) for each in template.of_type(*_MEMBERS))
    found = []
    for key, members in grouped.items():
        pool = template.resources.get(key) if isinstance(key, str) else None
        by_type = {name: tuple(each) for name, each in members.items()}
        found.append(Pool(pool, by_type, is_closed and pool is not None and not _is_shared(pool)))
    return [each for each in found if each.saml]


def _pool_key(member: Resource) -> Any:
    """What members of the same pool have in common: its logical id where it is one of the template."""
    value = member.get("UserPoolId")
    found = parts(value)
    if len(found) == 1 and isinstance(found[0], Reference) and found[0].attribute in _OF_A_POOL:
        target = member.template.resources.get(found[0].logical_id)
        if target is not None and target.type == POOL:
            return target.logical_id
    return (identity(value) or member.logical_id,)


def _is_astray(member: Resource) -> bool:
    """Whether nobody can tell to which pool a resource belongs: it may be any."""
    unknown = (part for part in parts(member.get("UserPoolId")) if isinstance(part, Unknown))
    return any(not part.why.startswith(_FROM_ELSEWHERE) for part in unknown)


def _is_shared(pool: Resource) -> bool:
    """Whether another stack is given the pool, and may add to it."""
    template = pool.template
    outputs = template.data.get("Outputs")
    exported = [
        template.outputs.get(name)
        for name, output in (outputs.items() if isinstance(outputs, dict) else ())
        if isinstance(output, dict) and "Export" in output
    ]
    told = any(
        isinstance(part, Reference) and part.logical_id == pool.logical_id for each in exported for part in parts(each)
    )
    return told or any(pool.logical_id in nested.references for nested in template.of_type(_NESTED))


def _is_custom(resource_type: str) -> bool:
    given = resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource"
    return given and resource_type not in contract.TYPES


def _attribute(index: int, item: Any) -> SchemaAttribute | None:
    name = known(item.get("Name")) if isinstance(item, dict) else None
    if name is None:
        return None
    mutable, required, developers = (_flag(item.get(key)) for key in ("Mutable", "Required", "DeveloperOnlyAttribute"))
    if name not in STANDARD_ATTRIBUTES and ":" not in name:
        name = f"{DEVELOPERS_PREFIX if developers is True else ''}{CUSTOM_PREFIX}{name}"
    return SchemaAttribute(name, index, mutable, required is True)


def _flag(value: Any) -> bool | Unknown | None:
    if value is None:
        return None
    flags: dict[str | None, bool] = {"true": True, "false": False}
    text = known(value)
    return flags.get(text.lower() if text else None, Unknown("no truth value"))
