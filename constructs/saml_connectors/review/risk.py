"""How grave a change is for people who sign in, in the order in which a review tells changes.

Not here: what changes.
"""

from __future__ import annotations

from enum import IntEnum


class Risk(IntEnum):
    """The gravest first."""

    BREAKS = 0
    """The deployment, or sign-in after it, fails."""

    WIDENED = 1
    """Somebody may do what he might not before, or something learns what it did not."""

    REPLACED = 2
    """Something is made anew: other addresses, other ids, people signed out."""

    REMOVED = 3
    """Somebody may no longer do what he might."""

    TRUST = 4
    """AWS believes somebody else, or under another condition."""

    CHANGED = 5
    """All else."""

    @property
    def told(self) -> str:
        """In words."""
        return _TOLD[self]


_TOLD = {
    Risk.BREAKS: "breaks",
    Risk.WIDENED: "access widened",
    Risk.REPLACED: "replaced",
    Risk.REMOVED: "access removed",
    Risk.TRUST: "trust changed",
    Risk.CHANGED: "changed",
}
