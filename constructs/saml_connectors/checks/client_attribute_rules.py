"""Rules over what app clients may do with the attributes that a SAML provider maps.

Not here: the mapping itself (`attribute_rules.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saml_connectors.checks.attribute_rules import GUIDE
from saml_connectors.checks.known_values import listed
from saml_connectors.checks.rule import Hit, Rule
from saml_connectors.checks.user_pools import CLIENT, federated, mapping
from saml_connectors.spec.attribute import CUSTOM_PREFIX, STANDARD_ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.checks.rule import Context
    from saml_connectors.checks.user_pools import Pool
    from saml_connectors.cloudformation import Resource, Template

_NEVER_WRITTEN = frozenset(name for name in STANDARD_ATTRIBUTES if name.endswith("_verified"))
"""Attributes that Cognito lets no app client write."""


def _attributes(provider: Resource) -> list[str]:
    names = mapping(provider)
    return [name for name in names if name in STANDARD_ATTRIBUTES or name.startswith(CUSTOM_PREFIX)]


def _not_writable(template: Template, _: Context) -> Iterator[Hit]:
    for pool in federated(template):
        for client, providers in pool.saml_by_client.items():
            writable = listed(client, "WriteAttributes")
            names = {name for provider in providers for name in _attributes(provider)}
            missing = sorted(names - _NEVER_WRITTEN - set(writable or ()))
            if writable and missing:
                message = f"the app client may not write {', '.join(missing)}, which its SAML provider maps"
                path = "Properties.WriteAttributes"
                yield Hit(resource=client, path=path, message=message, fix=f"add {', '.join(missing)}")


def _not_readable(template: Template, _: Context) -> Iterator[Hit]:
    for pool in federated(template):
        readable = {client: listed(client, "ReadAttributes") for client in pool.of(CLIENT)}
        for provider, clients in pool.clients_by_saml.items():
            if _has_triggers(pool) or not all(readable[client] for client in clients):
                continue
            told = {name for client in clients for name in readable[client] or ()}
            missing = sorted(set(_attributes(provider)) - told)
            if clients and missing:
                message = f"none of its app clients may read {', '.join(missing)}"
                yield Hit(resource=provider, path="Properties.AttributeMapping", message=message)


def _has_triggers(pool: Pool) -> bool:
    """Whether functions of the pool may use attributes that no app client reads."""
    return pool.resource is None or pool.resource.has("LambdaConfig")


RULES: tuple[Rule, ...] = (
    Rule(
        code="attribute-not-writable",
        level="warning",
        what="An app client may write each attribute that its SAML provider maps.",
        why="Cognito writes them in the app client's name at each sign-in: what it may not write stays empty, or the "
        "sign-in fails.",
        fix="add them to WriteAttributes",
        source=GUIDE,
        find=_not_writable,
    ),
    Rule(
        code="attribute-not-readable",
        level="note",
        what="Some app client may read each attribute that its SAML provider maps.",
        why="An attribute that nobody reads is in no token: it is released by the directory for nothing.",
        fix="add them to ReadAttributes of the app client that needs them, or leave them out of the mapping",
        source=GUIDE,
        find=_not_readable,
    ),
)
