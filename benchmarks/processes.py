"""Whole processes, run one after another and in turns, with what each took.

Not here: what is measured inside a process (`synthesize.py`).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from benchmarks.clock import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Outcome = TypeVar("Outcome")

PROJECT = Path(__file__).parent.parent

ENVIRONMENT = {"CDK_VALIDATION": "false", "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1"}
"""The CDK's own validation costs the same seconds on both sides, and would hide what differs."""


class Ended(NamedTuple):
    """A process that has ended well."""

    seconds: Reading
    output: str


def run(command: Sequence[str]) -> Ended:
    """Run *command* to its end, in the project's folder.

    Raises:
        RuntimeError: It failed; the message is what it said.
    """
    with TemporaryFile("w+") as output, TemporaryFile("w+") as errors:
        began = perf_counter()
        process = subprocess.Popen(  # noqa: S603 - commands of this package only
            command, stdout=output, stderr=errors, env={**os.environ, **ENVIRONMENT}, cwd=PROJECT
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            raise RuntimeError(f"running {' '.join(command)[:200]}: exit {process.returncode}\n{errors.read()[-4000:]}")
        return Ended(Reading(wall, used.ru_utime + used.ru_stime), output.read())


def python(*arguments: str) -> list[str]:
    """A command for the Python that runs this."""
    return [sys.executable, *arguments]


def in_turns(
    rounds: int, measurements: Mapping[str, Callable[[], Outcome]], *, progress: str = ""
) -> dict[str, list[Outcome]]:
    """Take each of *measurements* once a round, in turns: what slows the machine down slows all of them down.

    Args:
        rounds: How often each is taken.
        measurements: What to do, by name.
        progress: What is measured, for a person who waits.  Default: nothing is told.
    """
    outcomes: dict[str, list[Outcome]] = {name: [] for name in measurements}
    for number in range(rounds):
        if progress:
            print(f"  {progress}: round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        # Every other round the other way about, so that none always comes after the same one.
        order = list(measurements)
        if number % 2:
            order.reverse()
        for name in order:
            outcomes[name].append(measurements[name]())
    return outcomes


def middle(readings: Sequence[Reading]) -> Reading:
    """The medians."""
    return Reading(median(each.wall for each in readings), median(each.processor for each in readings))


def middle_ratio(these: Sequence[Reading], those: Sequence[Reading]) -> Reading:
    """The median of the ratios of each round: a slow minute counts on both sides of one ratio, and of no other."""
    pairs = list(zip(these, those, strict=True))
    return Reading(
        median(one.wall / other.wall for one, other in pairs),
        median(one.processor / other.processor for one, other in pairs),
    )
