"""Which connector, and which part of it, is which on the other side of a comparison.

Not here: what is different about them (`comparing.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review.grouping import POOL

if TYPE_CHECKING:
    from saml_connectors.review.model import Connector, Part, Place

SINGLE = {contract.APPLICATION, POOL, "AWS::Cognito::UserPoolDomain"}
"""Types of which a connector's only one takes the place of its former only one, whatever they are called."""


class Pairs(NamedTuple):
    """Parts of two sides."""

    same: list[tuple[Part, Part]]
    """One resource, before and after."""

    instead: list[tuple[Part, Part]]
    """Another resource in the place of one that goes."""

    added: list[Part]
    removed: list[Part]


def connectors(
    base: Sequence[Connector], new: Sequence[Connector]
) -> tuple[list[tuple[Connector, Connector]], list[Connector], list[Connector]]:
    """Those that are on both sides, then those that are added and those that are removed.

    Two are the same where they share anchors, those that share most first; or where kind, name and stacks are the same.
    """
    found: dict[int, int] = {}
    shared = _shared(base, new)
    for first, second in sorted(shared, key=lambda pair: (-shared[pair], sorted(pair), pair)):
        if first not in found and second not in found.values():
            found[first] = second
    left = {_known_by(each): index for index, each in enumerate(new) if index not in found.values()}
    for index, each in enumerate(base):
        if index not in found and _known_by(each) in left:
            found[index] = left.pop(_known_by(each))
    pairs = [(base[first], new[second]) for first, second in sorted(found.items(), key=lambda pair: pair[1])]
    taken = set(found.values())
    return (
        pairs,
        [each for index, each in enumerate(new) if index not in taken],
        [each for index, each in enumerate(base) if index not in found],
    )


def _shared(base: Sequence[Connector], new: Sequence[Connector]) -> Counter[tuple[int, int]]:
    """How many anchors each two have in common."""
    holders: dict[Place, list[int]] = {}
    for index, each in enumerate(base):
        for anchor in each.anchors:
            holders.setdefault(anchor, []).append(index)
    return Counter(
        (other, index) for index, each in enumerate(new) for anchor in each.anchors for other in holders.get(anchor, ())
    )


def _known_by(connector: Connector) -> tuple[str, str, tuple[str, ...]]:
    return connector.kind, connector.name, connector.templates


def parts(base: Connector, new: Connector) -> Pairs:
    """The parts of one connector on both sides."""
    same = [(base.by_place[part.place], part) for part in new.parts if part.place in base.by_place]
    same = [(before, after) for before, after in same if before.type == after.type]
    known = {part.place for _, part in same}
    added = [part for part in new.parts if part.place not in known]
    removed = [part for part in base.parts if part.place not in known]
    instead = _instead(removed, added)
    for before, after in instead:
        removed.remove(before)
        added.remove(after)
    return Pairs(same, instead, added, removed)


def _instead(removed: Sequence[Part], added: Sequence[Part]) -> list[tuple[Part, Part]]:
    """Parts of one type that have one name, or that are the only ones of a type of which there is but one."""
    found: list[tuple[Part, Part]] = []
    left = list(added)
    for before in removed:
        alike = [part for part in left if part.type == before.type and part.name == before.name]
        if not alike and before.type in SINGLE:
            alike = [part for part in left if part.type == before.type]
            alone = sum(part.type == before.type for part in removed) == 1
            alike = alike if alone and len(alike) == 1 else []
        if alike:
            found.append((before, alike[0]))
            left.remove(alike[0])
    return found
