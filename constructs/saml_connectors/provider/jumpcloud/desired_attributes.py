"""What the properties of group attributes ask for, typed: which group carries which attribute with which value.

Not here: the other resources' properties (`desired.py`), and what the groups carry now (`group_plan.py`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from . import contract
from .desired import DirectoryRef, directory_ref
from .properties import Properties

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

RESERVED = frozenset({"ldapGroups", "posixGroups", "radius", "sambaEnabled", "sudo"})
"""Attributes with a meaning of their own in the directory, as JumpCloud's API describes them."""


class GroupAttributes(NamedTuple):
    """Which group carries which attributes: by name of the group, then by name of the attribute."""

    directory: DirectoryRef
    groups: Mapping[str, Mapping[str, str]] = MappingProxyType({})


def group_attributes(values: Mapping[str, Any], *, logical_id: str) -> GroupAttributes:
    """Read the properties of group attributes.

    Raises:
        PropertyError: With everything that is wrong.
    """
    read = Properties(values, contract.GROUP_ATTRIBUTES, logical_id)
    rows = read.rows(contract.ATTRIBUTES, contract.GROUP, contract.NAME, contract.VALUE)
    if values.get(contract.ATTRIBUTES) is None:
        read.wrong(contract.ATTRIBUTES, "is missing")
    groups: dict[str, dict[str, str]] = {}
    for position, (group, name, value) in enumerate(rows or ()):
        if name in RESERVED:
            rule = f"must not be {name!r}, which has a meaning of its own in the directory"
            read.wrong(f"{contract.ATTRIBUTES}[{position}].{contract.NAME}", rule)
        if groups.setdefault(group, {}).setdefault(name, value) != value:
            rule = f"gives group {group!r} the attribute {name!r} with a second value"
            read.wrong(f"{contract.ATTRIBUTES}[{position}]", rule)
    made = GroupAttributes(directory_ref(read), groups)
    read.raise_if_wrong()
    return made
