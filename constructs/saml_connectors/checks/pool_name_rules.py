"""Rules over names in a user pool: those of its SAML providers, and the identifiers that people find them by.

Not here: domains (`pool_domain_rules.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_type_hints

from saml_connectors.checks.known_values import each_known, identity, text_of
from saml_connectors.checks.rule import Hit, Rule
from saml_connectors.checks.spec_values import SpecValue
from saml_connectors.checks.user_pools import PROVIDER, federated
from saml_connectors.spec.user_pool import _RESERVED_PROVIDERS, MAX_IDENTIFIERS, UserPool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.checks.rule import Context
    from saml_connectors.cloudformation import Resource, Template

_HINTS = get_type_hints(UserPool, include_extras=True)
_NAME = SpecValue(_HINTS["provider_name"])
_IDENTIFIER_LIST = SpecValue(_HINTS["identifiers"])
_API = "Amazon Cognito API reference, CreateIdentityProvider"
_NAME_PATH, _IDENTIFIERS = "Properties.ProviderName", "IdpIdentifiers"
_IDENTIFIERS_PATH = f"Properties.{_IDENTIFIERS}"


def _named(template: Template) -> Iterator[tuple[Resource, str]]:
    for pool in federated(template):
        for provider in pool.saml:
            name = text_of(provider, "ProviderName")
            if name is not None:
                yield provider, name


def _name(template: Template, _: Context) -> Iterator[Hit]:
    for provider, name in _named(template):
        broken = None if name in _RESERVED_PROVIDERS else _NAME.broken(name)
        if broken is not None:
            message = f"the provider's name {broken}, got {name[:80]!r}"
            yield Hit(resource=provider, path=_NAME_PATH, message=message)


def _reserved(template: Template, _: Context) -> Iterator[Hit]:
    for provider, name in _named(template):
        if name in _RESERVED_PROVIDERS:
            message = f"{name} is the name of a provider that Cognito has itself"
            yield Hit(resource=provider, path=_NAME_PATH, message=message)


def _name_twice(template: Template, _: Context) -> Iterator[Hit]:
    for pool in federated(template):
        seen: dict[object, Resource] = {}
        for provider in pool.of(PROVIDER):
            name = identity(provider.get("ProviderName"))
            if name is None:
                continue
            first = seen.setdefault(name, provider)
            if first is not provider and not (first.is_conditional and provider.is_conditional):
                told = text_of(provider, "ProviderName")
                given = f": {told[:80]!r}" if told else ""
                message = f"{first.logical_id} has the same name in the pool{given}"
                yield Hit(resource=provider, path=_NAME_PATH, message=message)


def _identifier(template: Template, _: Context) -> Iterator[Hit]:
    for pool in federated(template):
        for provider in pool.saml:
            for index, identifier in each_known(provider, _IDENTIFIERS):
                broken = _IDENTIFIER_LIST.broken([identifier])
                if broken is not None:
                    message = f"the identifier {broken}, got {identifier[:80]!r}"
                    yield Hit(resource=provider, path=f"{_IDENTIFIERS_PATH}[{index}]", message=message)


def _count(template: Template, _: Context) -> Iterator[Hit]:
    for pool in federated(template):
        for provider in pool.saml:
            count = len(provider.items(_IDENTIFIERS) or ())
            if count > MAX_IDENTIFIERS:
                message = f"the provider has {count} identifiers, and Cognito takes at most {MAX_IDENTIFIERS}"
                yield Hit(resource=provider, path=_IDENTIFIERS_PATH, message=message)


def _identifier_twice(template: Template, _: Context) -> Iterator[Hit]:
    for pool in federated(template):
        seen: dict[str, Resource] = {}
        for provider in pool.of(PROVIDER):
            own: set[str] = set()
            for index, identifier in each_known(provider, _IDENTIFIERS):
                first = seen.setdefault(identifier, provider)
                both = not (first.is_conditional and provider.is_conditional)
                if (first is not provider and both) or identifier in own:
                    where = "it has" if first is provider else f"{first.logical_id} has"
                    message = f"{where} the identifier already: {identifier[:80]!r}"
                    yield Hit(resource=provider, path=f"{_IDENTIFIERS_PATH}[{index}]", message=message)
                own.add(identifier)


def _partly(template: Template, _: Context) -> Iterator[Hit]:
    for pool in federated(template):
        told: set[Resource] = set()
        for providers in pool.saml_by_client.values():
            with_domain = [each for each in providers if any("." in name for _, name in each_known(each, _IDENTIFIERS))]
            for provider in providers if with_domain else ():
                if provider.items(_IDENTIFIERS) == [] and provider not in told:
                    told.add(provider)
                    message = f"it has no identifier, while {with_domain[0].logical_id} is found by one"
                    yield Hit(resource=provider, path=_IDENTIFIERS_PATH, message=message)


RULES: tuple[Rule, ...] = (
    Rule(
        code="provider-name",
        level="error",
        what="A provider's name is 3 to 32 visible characters without white space; only the second one may be an "
        "underscore.",
        why="Cognito refuses others, and the deployment fails.",
        fix="choose another name; people's user names begin with it",
        source=_API,
        find=_name,
    ),
    Rule(
        code="provider-name-reserved",
        level="error",
        what="A SAML provider does not have the name of a provider that Cognito has itself.",
        why="App clients that name it mean Cognito's own.",
        fix="choose another name",
        source=_API,
        find=_reserved,
    ),
    Rule(
        code="provider-name-twice",
        level="error",
        what="Providers of one pool have different names.",
        why="Cognito refuses the second one, and the deployment fails.",
        fix="choose another name for one of them",
        source=_API,
        find=_name_twice,
    ),
    Rule(
        code="identifier-invalid",
        level="error",
        what="An identifier is 1 to 40 letters, digits, spaces or _+=.@-.",
        why="Cognito refuses others, and the deployment fails.",
        fix="write the domain of people's e-mail addresses, as in acme.example, not a URL",
        source=_API,
        find=_identifier,
    ),
    Rule(
        code="identifier-count",
        level="error",
        what="A provider has at most 50 identifiers.",
        why="Cognito refuses more, and the deployment fails.",
        fix="leave some out",
        source=_API,
        find=_count,
    ),
    Rule(
        code="identifier-twice",
        level="error",
        what="An identifier stands once in a pool.",
        why="Cognito could not tell which provider is meant, and refuses it.",
        fix="leave it with one provider",
        source="Amazon Cognito developer guide, Choosing SAML identity provider names and identifiers",
        find=_identifier_twice,
    ),
    Rule(
        code="identifier-partly",
        level="note",
        what="All SAML providers of an app client are found by e-mail domain, or none is.",
        why="Cognito asks for people's e-mail address only where every SAML provider of the app client has an "
        "identifier; otherwise it shows a list.",
        fix="give each of them the domain of its people as an identifier",
        source="Amazon Cognito developer guide, Choosing SAML identity provider names and identifiers",
        find=_partly,
    ),
)
