"""What a comparison finds: changes with their risk, fields before and after, and how a whole connector fares.

Not here: finding them (`comparing.py`), and telling them (`markdown.py`, `documents.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from saml_connectors.review.phrase import Phrase
from saml_connectors.review.risk import Risk

if TYPE_CHECKING:
    from datetime import datetime

    from saml_connectors.checks import Finding
    from saml_connectors.review.model import Connector, Link, Part

Way = Literal["gains", "loses", "other"]
State = Literal["added", "removed", "changed", "same"]


class Change(NamedTuple):
    """One thing that is different."""

    risk: Risk
    code: str
    """Stable kebab-case id."""

    phrase: Phrase
    way: Way
    """Whether people gain something by it, lose something, or neither."""

    part: Part | None
    """The resource that says so: that of the new side, where there is one."""


class Row(NamedTuple):
    """One field of a part that has another value."""

    part: Part
    field: str
    before: str | None
    """As `values.text` writes it; None where it was not said."""

    after: str | None


@dataclass(frozen=True)
class Compared:
    """One connector, before and after."""

    state: State
    connector: Connector
    """As it is now; one that is removed, as it was."""

    base: Connector | None
    """As it was."""

    changes: tuple[Change, ...] = ()
    """The gravest first."""

    rows: tuple[Row, ...] = ()
    links_before: frozenset[Link] = frozenset()
    """What led to what, by the names that it has now."""

    @property
    def risk(self) -> Risk:
        """The gravest risk among the changes."""
        return min((change.risk for change in self.changes), default=Risk.CHANGED)


@dataclass(frozen=True)
class Findings:
    """What `check` finds."""

    new: tuple[Finding, ...]
    """Without a base: all."""

    old: tuple[Finding, ...] = ()
    gone: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Review:
    """All that a review tells."""

    connectors: tuple[Compared, ...]
    """Those that change first, the gravest first; then by name."""

    has_base: bool
    notes: tuple[Change, ...]
    """What concerns no single connector: code of functions, stacks that are no longer there."""

    findings: Findings
    now: datetime
    """By which time certificates are judged."""

    @cached_property
    def changed(self) -> tuple[Compared, ...]:
        """The connectors that are not the same."""
        return tuple(each for each in self.connectors if each.state != "same")

    @cached_property
    def gravest(self) -> tuple[tuple[Compared, Change], ...]:
        """Every change with its connector, in the order of their risks."""
        found = [(each, change) for each in self.connectors for change in each.changes]
        return tuple(sorted(found, key=lambda pair: (pair[1].risk, pair[1].way == "other")))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is different for people who sign in."""
        return self.has_base and not self.changed
