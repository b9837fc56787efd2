"""Identity pools that trust a SAML provider, as a review tells them: who gets which role by which rule.

Not here: the SAML provider and the roles (`reading_iam.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from saml_connectors.review import facts
from saml_connectors.review.held import Held, value, values
from saml_connectors.review.model import Link, Node, Part, Place
from saml_connectors.review.role_values import read_arn
from saml_connectors.review.values import fields_of, text, unnamed

if TYPE_CHECKING:
    from saml_connectors.cloudformation import Resource
    from saml_connectors.review.facts import Fact

IDENTITY_POOL = "AWS::Cognito::IdentityPool"
ATTACHMENT, PRINCIPAL_TAG = "AWS::Cognito::IdentityPoolRoleAttachment", "AWS::Cognito::IdentityPoolPrincipalTag"
_WORDS = {ATTACHMENT: "role mapping", PRINCIPAL_TAG: "session tags"}


def read_identity_pool(held: Held, pool: Resource) -> tuple[list[Part], dict[Fact, Place], set[Link]]:
    """An identity pool with its rules."""
    name = value(pool, "IdentityPoolName") or unnamed(pool)
    parts = [Part(held.place(pool), pool.type, "identity pool", name, partial(fields_of, pool), pool)]
    found: dict[Fact, Place] = {}
    for provider in values(pool, "SamlProviderARNs"):
        arn = read_arn(provider)
        told = f"SAML provider {arn.name}" if arn else provider
        found[facts.of("pool-token", pool=name, provider=told)] = held.place(pool)
    for each in held.used_by(pool, ATTACHMENT, PRINCIPAL_TAG):
        parts.append(Part(held.place(each), each.type, _WORDS[each.type], name, partial(fields_of, each), each))
        if each.type == ATTACHMENT:
            found.update(dict.fromkeys(_rules(each, name), held.place(each)))
    links = {
        Link(Node("aws", f"identity pool {name}"), Node("aws", f"role {fact.names[2]}"))
        for fact in found
        if fact.kind == "pool-rule"
    }
    return parts, found, links


def _rules(attachment: Resource, pool: str) -> Iterator[Fact]:
    mappings = attachment.get("RoleMappings")
    template = attachment.template
    for mapping in mappings.values() if isinstance(mappings, dict) else ():
        configuration = mapping.get("RulesConfiguration") if isinstance(mapping, dict) else None
        rules = configuration.get("Rules") if isinstance(configuration, dict) else None
        for rule in rules if isinstance(rules, list) else ():
            if isinstance(rule, dict):
                claim, match, given = (text(rule.get(name), template) for name in ("Claim", "MatchType", "Value"))
                arn = read_arn(text(rule.get("RoleARN"), template))
                role = arn.name if arn else text(rule.get("RoleARN"), template)
                yield facts.of("pool-rule", pool=pool, rule=f"{claim} {match} {given}", role=role)
