"""From the one map of groups: which applications there are, which roles each offers, and who sees it.

Pure.  Not here: the map itself (`iam.py`), and the resources (the constructs').
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_ATTRIBUTE_NAME = 31
"""Characters of a custom attribute's name in JumpCloud, letters and digits only (JumpCloud support, "Create Custom User
Attributes": fewer than 32)."""

_READABLE = 18
_HASH = 8


@dataclass(frozen=True, slots=True)
class RoleSet:
    """Roles that go together because the same groups may assume them: one application."""

    roles: tuple[str, ...]
    """In the order of the map."""

    groups: tuple[str, ...]
    """In the order in which they are first named."""

    @property
    def key(self) -> str:
        """What tells it from the others: its first group, which neither a further role nor a further group changes."""
        return self.groups[0]


def role_sets(groups: Mapping[str, Sequence[str]]) -> tuple[RoleSet, ...]:
    """Groups with the same roles put together, each with exactly its roles: nobody is offered another group's.

    Args:
        groups: Role to the groups that may assume it.
    """
    roles_of: dict[str, list[str]] = {}
    for role, names in groups.items():
        for name in names:
            roles_of.setdefault(name, []).append(role)
    together: dict[tuple[str, ...], list[str]] = {}
    for name, roles in roles_of.items():
        together.setdefault(tuple(roles), []).append(name)
    return tuple(RoleSet(roles, tuple(names)) for roles, names in together.items())


def one_for_all(groups: Mapping[str, Sequence[str]]) -> tuple[RoleSet, ...]:
    """All roles and all groups as one: for a directory in which the groups themselves carry their roles."""
    names = tuple(dict.fromkeys(name for each in groups.values() for name in each))
    roles = tuple(role for role, each in groups.items() if each)
    return (RoleSet(roles, names),) if names else ()


def attribute_name(connector: str, role: str, account: str) -> str:
    """Name of the directory attribute with which groups carry *role*: `awsEngineer1a2b3c4d`.

    Letters and digits only, at most 31.  The end of it tells apart roles of different connectors and accounts.

    Args:
        connector: The connector's name.
        role: The role's name.
        account: The role's account id, empty for the connector's own.
    """
    digest = hashlib.sha256(f"{connector}/{account}/{role}".encode()).hexdigest()[:_HASH]
    return f"aws{re.sub(r'[^A-Za-z0-9]', '', role)[:_READABLE]}{digest}"
