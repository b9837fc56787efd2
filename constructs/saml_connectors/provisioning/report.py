"""Findings in order, and cut to what a person reads where there are thousands; counts of what was looked at.

Not here: printing, which is the command line's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from saml_connectors.problems import Level, Problem

SHOWN = 20
"""Findings of one code that a terminal gets to see; `--format json` has all."""

LEVELS: tuple[Level, ...] = ("error", "warning", "note")


@dataclass(slots=True)
class Report:
    """What a command found out."""

    problems: list[Problem] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=dict)
    """How much was looked at: people, groups, calls."""

    @property
    def failed(self) -> bool:
        """Whether one of the findings is an error."""
        return any(problem.level == "error" for problem in self.problems)

    def to_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        levels = Counter(problem.level for problem in self.problems)
        return {
            "findings": [problem.to_json() for problem in self.problems],
            "counts": {f"{level}s": levels[level] for level in LEVELS} | self.read,
        }

    def excerpt(self) -> Iterator[Problem | str]:
        """For a terminal: errors first, by code, at most 20 of each; after more, a line that counts the rest."""
        by_code: dict[tuple[int, str], list[Problem]] = {}
        for problem in self.problems:
            by_code.setdefault((LEVELS.index(problem.level), problem.code), []).append(problem)
        for (_, code), found in sorted(by_code.items(), key=lambda item: item[0][0]):
            yield from found[:SHOWN]
            if len(found) > SHOWN:
                yield f"… and {len(found) - SHOWN:,} more; --format json has all [{code}]"

    def summary(self) -> str:
        """One line: what was looked at, and how many findings of each level there are."""
        levels = Counter(problem.level for problem in self.problems)
        looked_at = ", ".join(_count(number, name) for name, number in self.read.items())
        found = ", ".join(_count(levels[level], f"{level}s") for level in LEVELS if levels[level] or level == "error")
        return f"{looked_at}: {found}" if looked_at else found


def collect(problems: Iterable[Problem], into: Report) -> None:
    """Add *problems* as they come, so that what was found before a failure is not lost."""
    for problem in problems:
        into.problems.append(problem)


def _count(number: int, plural: str) -> str:
    """As in `1 person`, `5,000 people`, `250 directory calls`."""
    singular = _SINGULAR.get(plural, plural.removesuffix("s"))
    return f"{number:,} {singular if number == 1 else plural}".replace("_", " ").replace("aws", "AWS")


_SINGULAR = {"people": "person"}
