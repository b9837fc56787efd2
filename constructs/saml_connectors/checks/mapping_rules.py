"""Rules between a pool's attribute mapping and what the application of the template sends.

Not here: which pool attributes there are (`attribute_rules.py`), and applications that the template does not register.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saml_connectors.checks.attribute_rules import GUIDE, at, mapped
from saml_connectors.checks.known_values import known, text_of
from saml_connectors.checks.registrations import applications, group_values, sources
from saml_connectors.checks.rule import Hit, Rule
from saml_connectors.checks.user_pools import mapping
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.spec.cognito import COGNITO_TEMPLATE
from saml_connectors.spec.findings import shown
from saml_connectors.spec.shape import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.checks.registrations import Application
    from saml_connectors.checks.rule import Context
    from saml_connectors.cloudformation import Resource, Template

_WITHOUT_CONSTANTS = frozenset({COGNITO_TEMPLATE, "saml2"})
"""Catalogue templates that bring no constant attributes of their own."""

_NAME_ID = ("nameid", "nameidentifier")


def _unsent(template: Template, _: Context) -> Iterator[Hit]:
    for _pool, provider, name in mapped(template):
        claim, sent = known(mapping(provider)[name]), _sent_to(provider)
        if claim is None or sent is None or claim in sent or claim.casefold().endswith(_NAME_ID):
            continue
        close = nearest(claim, sorted(sent))
        message = f"{name} is read from {shown(claim)}, which the application does not send"
        there = f"what it sends is {', '.join(map(shown, sorted(sent)))}"
        yield Hit(
            resource=provider,
            path=at(name),
            message=message,
            fix=f"did you mean {close}?" if close else f"{there}; map one of them, or let it send {shown(claim)}",
        )


def _sent_to(provider: Resource) -> frozenset[str] | None:
    """Names of the SAML attributes that reach *provider*; None where nobody can tell all of them."""
    by_id = {one.resource.logical_id: one for one in applications(provider.template)}
    senders = [by_id[each.logical_id] for each in sources(provider) if each.logical_id in by_id]
    shared = {one.resource.target(contract.IDP_ENTITY_ID) for one in by_id.values()}
    if len(senders) != 1 or senders[0].resource in shared:
        return None  # somebody else's metadata, or that of several applications
    return _sent_by(senders[0])


def _sent_by(application: Application) -> frozenset[str] | None:
    resource = application.resource
    groups = text_of(resource, contract.GROUPS_ATTRIBUTE)
    if application.sent is None or not resource.items(contract.USER_ATTRIBUTES) or resource.has(contract.ADOPT):
        return None
    if not (resource.items(contract.CONSTANT_ATTRIBUTES) or text_of(resource, contract.TEMPLATE) in _WITHOUT_CONSTANTS):
        return None
    if groups is None and resource.has(contract.GROUPS_ATTRIBUTE):
        return None
    carried = {name for _, _, name, _ in group_values(resource.template)}
    if None in carried:
        return None
    names = {one.name for one in application.sent} | {groups} | carried
    return frozenset(name for name in names if name)


RULES: tuple[Rule, ...] = (
    Rule(
        code="mapping-unsent",
        level="warning",
        what="Each SAML attribute that a mapping reads is sent by the application that the template registers.",
        why="The pool attribute stays empty: people lack it, and where the pool requires it they cannot sign in.",
        fix="map an attribute that the application sends, or let it send this one",
        source=GUIDE,
        find=_unsent,
    ),
)
