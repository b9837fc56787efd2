"""Permissions of a template's roles and permission sets: their policy documents, wherever these stand.

Not here: judging them; and managed policies that the template does not make.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from saml_connectors.checks.known_values import known, text_of
from saml_connectors.checks.known_values import parts as parts_of
from saml_connectors.checks.saml_trusts import ROLE, Comparison, saml_trusts, statements_of, tests_of, texts
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.cloudformation.intrinsics import Reference, Text, Unknown

PERMISSION_SET = "AWS::SSO::PermissionSet"
_DEEPEST = 64
_ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy")


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy document, and whose permissions it tells."""

    owner: Resource
    """The role, or the permission set."""

    resource: Resource
    """Where it stands: the owner itself, or a policy of its own."""

    path: str
    document: Any
    """Evaluated; of a text, what it says as JSON."""

    @property
    def statements(self) -> list[Allowed]:
        """What it allows, where that is known."""
        return [
            Allowed(f"{self.path}.{place}", texts(each.get("Action")), texts(each.get("Resource")), each)
            for place, each in statements_of(self.document)
            if known(each.get("Effect")) == "Allow"
        ]


@dataclass(frozen=True, slots=True)
class Allowed:
    """One statement that allows something."""

    path: str
    actions: tuple[str, ...] | None
    """In lower case; None where they are not known, or told by what they are not."""

    resources: tuple[str, ...] | None
    """Likewise."""

    statement: dict[str, Any]

    @property
    def is_conditional(self) -> bool:
        """Whether a condition narrows it."""
        return self.statement.get("Condition") is not None

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Its condition, as far as that is known."""
        return tests_of(self.statement.get("Condition")) or ()


def federated_roles(template: Template) -> list[Resource]:
    """The roles that people of a SAML provider assume."""
    return [trust.role for trust in saml_trusts(template)]


def policies(template: Template) -> list[Policy]:
    """The policy documents of federated roles and of permission sets, as far as the template has them."""
    return template.keep(_policies)


def managed_policies(owner: Resource) -> list[tuple[str, Any]]:
    """The managed policies of a role or a permission set: place and evaluated value."""
    name = "ManagedPolicyArns" if owner.type == ROLE else "ManagedPolicies"
    return [(f"Properties.{name}[{index}]", each) for index, each in enumerate(owner.items(name) or ())]


def with_stand_ins(document: Any, depth: int = 0) -> Any:
    """*document* with something right in place of what is not known; None where that cannot be told."""
    if isinstance(document, Unknown) or depth > _DEEPEST or (isinstance(document, str) and known(document) is None):
        return None
    if isinstance(document, Text):
        begins = isinstance(document.parts[0], str)
        text = "".join(part if isinstance(part, str) else "unknown" for part in document.parts)
        return text if begins else f"arn:aws:unknown:::{text}"
    if isinstance(document, dict):
        found = {key: with_stand_ins(each, depth + 1) for key, each in document.items()}
        return None if None in found.values() else found
    if isinstance(document, list):
        listed = [with_stand_ins(each, depth + 1) for each in document]
        return None if None in listed else listed
    return document


def _policies(template: Template) -> list[Policy]:
    return [each for owner in federated_roles(template) for each in _of_role(owner)] + [
        Policy(each, each, "Properties.InlinePolicy", _read(each.get("InlinePolicy")))
        for each in template.of_type(PERMISSION_SET)
        if each.has("InlinePolicy")
    ]


def _of_role(role: Resource) -> Iterator[Policy]:
    for index, each in enumerate(role.items("Policies") or ()):
        if isinstance(each, dict):
            path = f"Properties.Policies[{index}].PolicyDocument"
            yield Policy(role, role, path, _read(each.get("PolicyDocument")))
    attached = role.template.keep(_by_role)
    keys = [role.logical_id, *(part.logical_id for _, value in managed_policies(role) for part in _references(value))]
    name = text_of(role, "RoleName")
    for policy in dict.fromkeys(each for key in (*keys, ("named", name)) for each in attached.get(key, ())):
        yield Policy(role, policy, "Properties.PolicyDocument", _read(policy.get("PolicyDocument")))


def _by_role(template: Template) -> dict[Any, list[Resource]]:
    """Policies that are resources: by their own logical id, by those of their roles, and by their roles' names."""
    found: dict[Any, list[Resource]] = {}
    for policy in template.of_type(*_ATTACHED):
        found.setdefault(policy.logical_id, []).append(policy)
        for value in [policy.get("RoleName")] if policy.has("RoleName") else policy.items("Roles") or ():
            for part in _references(value):
                found.setdefault(part.logical_id, []).append(policy)
            name = known(value)
            if name is not None:
                found.setdefault(("named", name), []).append(policy)
    return found


def _references(value: Any) -> list[Reference]:
    return [part for part in parts_of(value) if isinstance(part, Reference)]


def _read(document: Any) -> Any:
    """A policy document as data; a text that is known and no JSON stays what it is."""
    if not isinstance(document, str | Text):
        return document
    try:
        return json.loads(document if isinstance(document, str) else with_stand_ins(document))
    except (ValueError, RecursionError):
        return document if isinstance(document, str) else Unknown("a policy put together")
