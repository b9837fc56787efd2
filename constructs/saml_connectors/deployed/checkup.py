"""What a check-up found: steps with their state, what was seen, what to do; as a table, and for programs.

Not here: the steps themselves (`doctor.py` and its parts).
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Literal

from saml_connectors.problems import Problem, SpecError
from saml_connectors.provisioning.trouble import Trouble, telling_of_the_directory
from saml_connectors.spec.findings import visible

State = Literal["ok", "wrong", "cannot be known", "skipped"]
OK: State = "ok"
WRONG: State = "wrong"
UNKNOWN: State = "cannot be known"
SKIPPED: State = "skipped"

NOT_FOUND_OUT = frozenset({"aws-refused", "aws-unreachable", "aws-throttled", "aws-credentials"})
"""Problems of whoever asks: they say nothing of what was asked about."""

_HEAD = ("step", "state", "what was seen", "what to do")
_NARROWEST = 24
_GAPS = 6
WIDTH = 160
"""Characters of a line of the table, where the terminal does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One link of the chain."""

    step: str
    """Stable, for programs: as in `certificate`."""

    of: str
    """What it is about: a resource's logical id, or a name."""

    state: State
    seen: str
    advice: str = ""

    def to_json(self) -> dict[str, str]:
        """For programs; every key is always there."""
        return {"step": self.step, "of": self.of, "state": self.state, "seen": self.seen, "advice": self.advice}


@dataclass(slots=True)
class Checkup:
    """The steps that were made, in order."""

    stack: str
    steps: list[Step] = field(default_factory=list)

    def ok(self, step: str, of: str, seen: str, advice: str = "") -> None:
        """It is as it should be; *advice* is what will have to be done some day."""
        self.steps.append(Step(step=step, of=of, state=OK, seen=seen, advice=advice))

    def wrong(self, step: str, of: str, seen: str, advice: str) -> None:
        """It is not as it should be."""
        self.steps.append(Step(step=step, of=of, state=WRONG, seen=seen, advice=advice))

    def unknown(self, step: str, of: str, seen: str, advice: str = "") -> None:
        """Nobody can say; *seen* is why."""
        self.steps.append(Step(step=step, of=of, state=UNKNOWN, seen=seen, advice=advice))

    def skipped(self, step: str, of: str, because: str) -> None:
        """It was not tried."""
        self.steps.append(Step(step=step, of=of, state=SKIPPED, seen=f"because {because}"))

    def judge(self, step: str, of: str, seen: str, wrong: str | None, advice: str) -> None:
        """As it should be where nothing is *wrong*, which is seen otherwise."""
        if wrong is None:
            self.ok(step, of, seen)
        else:
            self.wrong(step, of, wrong, advice)

    @contextmanager
    def step(self, step: str, of: str) -> Iterator[None]:
        """What keeps a step from being made is its outcome."""
        try:
            with telling_of_the_directory():
                yield
        except Trouble as trouble:
            self._troubled(step, of, trouble.problem)
        except SpecError as error:
            first = error.problems[0]
            self.wrong(step, of, first.message, first.fix or "correct it, and deploy")

    def _troubled(self, step: str, of: str, problem: Problem) -> None:
        seen, advice = problem.rule.partition(", but ")[2] or problem.rule, problem.fix or ""
        if problem.code in NOT_FOUND_OUT:
            self.unknown(step, of, seen, advice)
        else:
            self.wrong(step, of, seen, advice)

    @property
    def failed(self) -> bool:
        """Whether something is wrong."""
        return any(each.state == WRONG for each in self.steps)

    def to_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        return {"stack": self.stack, "steps": [each.to_json() for each in self.steps]}

    def lines(self, width: int = WIDTH) -> Iterator[str]:
        """The table, for a terminal of that many characters."""
        rows = [(f"{each.step} ({each.of})", each.state, each.seen, each.advice) for each in self.steps]
        plain = [tuple(visible(cell) for cell in row) for row in rows]
        first = min(max(len(row[0]) for row in [_HEAD, *plain]), max(_NARROWEST, width // 4))
        second = max(len(row[1]) for row in [_HEAD, *plain])
        rest = max(_NARROWEST, (width - first - second - _GAPS) // 2)
        widths = (first, second, rest, rest)
        for row in [_HEAD, tuple("-" * each for each in widths), *plain]:
            cells = [_wrapped(cell, each) for cell, each in zip(row, widths, strict=True)]
            for parts in zip_longest(*cells, fillvalue=""):
                yield "  ".join(part.ljust(each) for part, each in zip(parts, widths, strict=True)).rstrip()

    def summary(self) -> str:
        """One line."""
        states = Counter(each.state for each in self.steps)
        counted = ", ".join(f"{states[each]} {each}" for each in (OK, WRONG, UNKNOWN, SKIPPED) if states[each])
        return f"{self.stack}: {counted}"


def _wrapped(cell: str, width: int) -> list[str]:
    return textwrap.wrap(cell, width, break_on_hyphens=False) or [""]
