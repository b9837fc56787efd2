"""Rules of trust policies: which SAML provider a role trusts, and which actions it lets people do.

Not here: audiences (`trust_audience_rules.py`), and what the directory sends (`session_rules.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from saml_connectors.checks.known_values import known, text_of
from saml_connectors.checks.known_values import parts as parts_of
from saml_connectors.checks.rule import Context, Hit, Rule
from saml_connectors.checks.saml_trusts import (
    ASSUME_WITH_SAML,
    PROVIDER,
    TRUST_POLICY,
    Statement,
    own_provider,
    provider_made,
    saml_trusts,
    says_all,
    trusts,
)
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.spec.findings import shown
from saml_connectors.spec.iam_size_rules import MAX_TRUST_POLICY, USUAL_TRUST_POLICY
from saml_connectors.spec.shape import nearest

_NEAR = 0.75
"""How alike two names must be for one to be meant by the other."""

_MOST_NAMES = 100
"""Names among which one is looked for: comparing hundreds with hundreds would take seconds."""


def meant(name: str, made: list[str]) -> str | None:
    """The one of *made* that *name* was probably meant to be: a slip of the pen apart, not merely like it."""
    if len(made) > _MOST_NAMES:
        return None
    by_lower = {each.lower(): each for each in made}
    near = nearest(name.lower(), list(by_lower), _NEAR)
    return by_lower[near] if near is not None else None


def provider_names(template: Template, context: Context) -> list[str] | None:
    """Names of the SAML providers that the templates may make in the account of *template*; None: one is not known."""
    found: list[str] = []
    for other in context.assembly.templates:
        if other is template or None in {other.account, template.account} or other.account == template.account:
            for provider in other.of_type(PROVIDER):
                name = text_of(provider, "Name")
                if name is None:
                    return None
                found.append(name)
    return found


def _foreign(template: Template, context: Context) -> Iterator[tuple[Resource, Statement, str]]:
    """Each provider of the template's own account that a role trusts and no template is known to make."""
    made = provider_names(template, context)
    for trust in saml_trusts(template) if made is not None else ():
        for statement in trust.federated:
            for value in statement.saml_providers:
                name = own_provider(value, template)
                if made is not None and name is not None and "*" not in name and name not in made:
                    yield trust.role, statement, name


def _own(template: Template) -> list[str]:
    return [name for each in template.of_type(PROVIDER) if (name := text_of(each, "Name")) is not None]


def _misspelt(template: Template, context: Context) -> Iterator[Hit]:
    for role, statement, name in _foreign(template, context):
        close = meant(name, _own(template))
        if close is not None:
            message = f"trusts the SAML provider {shown(name)}, and the template makes {shown(close)}"
            yield Hit(resource=role, path=f"{statement.path}.Principal", message=message, fix=f"write {close}")


def _missing(template: Template, context: Context) -> Iterator[Hit]:
    for role, statement, name in _foreign(template, context) if says_all(template) else ():
        own = _own(template)
        if own and meant(name, own) is None:
            there = ", ".join(shown(each) for each in sorted(set(own)))
            message = f"trusts the SAML provider {shown(name)} of this account, and the template makes only {there}"
            yield Hit(resource=role, path=f"{statement.path}.Principal", message=message)


def _unseen(template: Template, context: Context) -> Iterator[Hit]:
    for role, statement, name in _foreign(template, context) if says_all(template) else ():
        if not _own(template):
            message = f"cannot be known: no template makes the SAML provider {shown(name)} of this account"
            yield Hit(resource=role, path=f"{statement.path}.Principal", message=message)


def _wildcards(template: Template, _: Context) -> Iterator[Hit]:
    for trust in trusts(template):
        for statement in trust.statements:
            federated = [value for value in statement.principals.get("Federated", ()) if _has_wildcard(value)]
            everybody = [kind for kind in ("*", "AWS") if _is_everybody(statement.principals.get(kind, ()))]
            if federated or (everybody and _names_saml(statement)):
                message = "trusts every identity provider" if federated else "lets everybody assume it with SAML"
                yield Hit(resource=trust.role, path=f"{statement.path}.Principal", message=message)


def _has_wildcard(value: Any) -> bool:
    return any(isinstance(part, str) and "*" in part for part in parts_of(value))


def _is_everybody(values: tuple[Any, ...]) -> bool:
    return any(known(value) == "*" for value in values)


def _names_saml(statement: Statement) -> bool:
    return ASSUME_WITH_SAML.lower() in (statement.actions or ())


def _wrong_actions(template: Template, _: Context) -> Iterator[Hit]:
    for trust in saml_trusts(template):
        if not trust.lets(ASSUME_WITH_SAML):
            statement = trust.federated[0]
            given = ", ".join(statement.actions or ())
            message = f"lets people of a SAML provider do {given}, and not {ASSUME_WITH_SAML}"
            yield Hit(resource=trust.role, path=f"{statement.path}.Action", message=message)


def _wrong_principals(template: Template, _: Context) -> Iterator[Hit]:
    for trust in trusts(template):
        for statement in trust.statements:
            if statement.actions != (ASSUME_WITH_SAML.lower(),) or not statement.principals:
                continue
            others = [each for kind, values in statement.principals.items() for each in values if kind != "Federated"]
            federated = statement.principals.get("Federated", ())
            if others and not federated and not _is_everybody(tuple(others)):
                message = (
                    f"lets {' and '.join(statement.principals)} principals assume it with SAML, which only people "
                )
                yield Hit(
                    resource=trust.role, path=f"{statement.path}.Principal", message=f"{message}of a provider can"
                )
            elif any(_is_of_another_kind(value, template) for value in federated):
                message = "lets an identity provider assume it with SAML that is not a SAML provider"
                yield Hit(resource=trust.role, path=f"{statement.path}.Principal", message=message)


def _is_of_another_kind(value: Any, template: Template) -> bool:
    """Whether a federated principal is certain to be no SAML provider: OIDC, or a service such as Cognito."""
    plain = known(value)
    if plain is not None:
        return not plain.startswith("arn:") and "*" not in plain
    return provider_made(value, template) is None and any(
        isinstance(part, str) and ":oidc-provider/" in part for part in parts_of(value)
    )


def trust_policy_characters(role: Resource) -> int:
    """Characters of a role's trust policy that are known: of all but white space, which IAM does not count."""
    document = role.get(TRUST_POLICY)
    if isinstance(document, str):
        return sum(not one.isspace() for one in document)
    text = json.dumps(_known(document), separators=(",", ":"), ensure_ascii=False)
    return sum(not one.isspace() for one in text)


def _known(value: Any) -> Any:
    """*value* without what is not known in it."""
    if isinstance(value, dict):
        return {key: _known(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_known(each) for each in value]
    return "".join(part for part in parts_of(value) if isinstance(part, str))


def _long(template: Template, _: Context) -> Iterator[Hit]:
    yield from _longer_than(template, USUAL_TRUST_POLICY, MAX_TRUST_POLICY)


def _too_long(template: Template, _: Context) -> Iterator[Hit]:
    yield from _longer_than(template, MAX_TRUST_POLICY, None)


def _longer_than(template: Template, limit: int, end: int | None) -> Iterator[Hit]:
    for trust in saml_trusts(template):
        size = trust_policy_characters(trust.role)
        if size > limit and (end is None or size <= end):
            message = f"the trust policy has at least {size:,} characters, more than {limit:,}"
            yield Hit(resource=trust.role, path=f"Properties.{TRUST_POLICY}", message=message)


_GUIDE = "IAM User Guide, Create a role for SAML 2.0 federation"
_NAME_IT = "refer to the provider: Principal: {Federated: !Ref <provider>}"

RULES: tuple[Rule, ...] = (
    Rule(
        code="trust-provider-misspelt",
        level="error",
        what="A role trusts the SAML provider that its template makes, by exactly its name.",
        why="No provider of the other name is made, so nobody can assume the role.",
        fix=_NAME_IT,
        source=_GUIDE,
        find=_misspelt,
    ),
    Rule(
        code="trust-provider-missing",
        level="warning",
        what="A role in the template of a SAML provider trusts that one, or another that a template makes.",
        why="IAM takes the ARN of a provider that is not there, and nobody can assume the role.",
        fix=f"{_NAME_IT}; or say that it is there already, by suppressing this with the reason",
        source=_GUIDE,
        find=_missing,
    ),
    Rule(
        code="trust-provider-unseen",
        level="note",
        what="The SAML provider that a role trusts is made by a template, or is there already.",
        why="IAM takes the ARN of a provider that is not there, and nobody can assume the role.",
        fix="see that the account has the provider before anybody signs in",
        source=_GUIDE,
        find=_unseen,
    ),
    Rule(
        code="trust-federated-wildcard",
        level="error",
        what="A trust policy names the SAML provider that it trusts.",
        why="Whoever can add an identity provider to the account could assume the role, if IAM took it at all.",
        fix=_NAME_IT,
        source="IAM User Guide, Principal element",
        find=_wildcards,
    ),
    Rule(
        code="trust-action",
        level="error",
        what=f"A role that trusts a SAML provider allows {ASSUME_WITH_SAML}.",
        why="The other actions are for AWS principals and for OpenID Connect: nobody of the provider can sign in.",
        fix=f"write Action: {ASSUME_WITH_SAML}",
        source=_GUIDE,
        find=_wrong_actions,
    ),
    Rule(
        code="trust-action-principal",
        level="error",
        what=f"{ASSUME_WITH_SAML} is allowed to a SAML provider.",
        why="Accounts, services and other identity providers cannot use this action, so nobody can assume the role.",
        fix=f"{_NAME_IT}; AWS principals need sts:AssumeRole",
        source="STS API, AssumeRoleWithSAML",
        find=_wrong_principals,
    ),
    Rule(
        code="trust-policy-quota",
        level="warning",
        what=f"A trust policy has at most {USUAL_TRUST_POLICY:,} characters.",
        why="This is the quota that accounts begin with: the deployment fails unless AWS raised it.",
        fix="name fewer audiences and providers, or have the quota raised first",
        source="IAM quotas, role trust policy length",
        find=_long,
    ),
    Rule(
        code="trust-policy-size",
        level="error",
        what=f"A trust policy has at most {MAX_TRUST_POLICY:,} characters.",
        why="The quota cannot be raised further, and the deployment fails.",
        fix="name fewer audiences and providers",
        source="IAM quotas, role trust policy length",
        find=_too_long,
    ),
)
