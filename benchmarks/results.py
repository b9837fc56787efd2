"""What was measured, beside its target, as a table.

Not here: measuring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.provider_calls import Change

_HEAD = ("measured", "target", "found", "verdict")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One line of the table."""

    what: str
    """What was measured."""

    found: str
    """The number with its unit, and what explains it."""

    target: str = ""
    """The number to reach, with its unit.  Default: none, the line informs."""

    met: bool | None = None
    """Whether it was reached.  Default: there is no target."""

    @property
    def verdict(self) -> str:
        """One word, or nothing without a target."""
        return {True: "met", False: "MISSED", None: ""}[self.met]


def at_most(what: str, found: float, limit: float, unit: str, *, digits: int = 2, note: str = "") -> Result:
    """A result that is good where *found* is *limit* or less.

    Args:
        what: What was measured.
        found: The number.
        limit: The target.
        unit: Unit of both; `x` is a ratio.
        digits: Decimals that are shown.  What is shown is what is judged.
        note: What explains the number.  Default: nothing.
    """
    shown = f"{found:,.{digits}f}"
    return Result(
        what=what,
        target=f"at most {limit:,.{digits}f} {unit}",
        found=f"{shown} {unit}{f' ({note})' if note else ''}",
        met=float(shown.replace(",", "")) <= limit,
    )


def of_changes(changes: Iterable[Change]) -> list[Result]:
    """One line for each change; one that changes nothing has the target to write nothing."""
    found = []
    for change in changes:
        quiet = change.what == "no-op update"
        found.append(
            Result(
                what=f"{change.resource}: {change.what}",
                target="no write" if quiet else "",
                found=str(change.calls),
                met=change.calls.writes == 0 if quiet else None,
            )
        )
    return found


def table(results: Sequence[Result]) -> str:
    """The results, aligned."""
    rows = [_HEAD, *((each.what, each.target, each.found, each.verdict) for each in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])
