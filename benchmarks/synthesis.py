"""Construct and synth of many connectors, against the same resources written by hand.

Each measurement is a process of its own: that is what `cdk synth` starts, and the CDK's Node process never frees an
object, so a second app in it would find it slower than the first did.  The clock starts after imports.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.clock import Reading
from benchmarks.processes import in_turns, middle, middle_ratio, python, run
from benchmarks.results import Result, at_most
from benchmarks.templates import differences, read_templates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LIBRARY, BY_HAND = "library", "by-hand"
SIDES = (LIBRARY, BY_HAND)
COGNITO, IAM = "cognito-user-pool", "iam"
ROUNDS = {1: 7, 50: 9, 500: 3}
"""How often each number of connectors is measured."""

IAM_ROUNDS = {1: 7, 50: 9}
"""The same for kind `iam`.  That cost does not grow with the number is measured on the kind with more resources."""

MAX_RATIO = 1.10
MAX_GROWTH = 1.2


def results(rounds: dict[int, int] | None = None) -> list[Result]:
    """Measure kind `cognito-user-pool`; takes about six minutes on two cores.

    Args:
        rounds: How often each number of connectors is measured.  Default: `ROUNDS`.
    """
    return _of_kind(COGNITO, rounds or ROUNDS)


def iam_results(rounds: dict[int, int] | None = None) -> list[Result]:
    """Measure kind `iam`; takes about two minutes on two cores.

    Args:
        rounds: How often each number of connectors is measured.  Default: `IAM_ROUNDS`.
    """
    return _of_kind(IAM, rounds or IAM_ROUNDS)


def synthesize(kind: str, side: str, connectors: int, outdir: str, *more: str) -> dict[str, Any]:
    """What a process of its own measured for *side*."""
    command = python("-m", "benchmarks.synthesize", kind, side, str(connectors), outdir, *more)
    measured: dict[str, Any] = json.loads(run(command).output)
    return measured


def template_differences(kind: str, connectors: int) -> list[str]:
    """Where the templates of both sides differ but for logical ids."""
    with TemporaryDirectory() as folder:
        made = []
        for side in SIDES:
            outdir = Path(folder, side)
            synthesize(kind, side, connectors, str(outdir))
            made.append(read_templates(outdir))
        library, by_hand = made
        return [
            difference
            for stack in sorted({*library, *by_hand})
            for difference in differences(library.get(stack, {}), by_hand.get(stack, {}))
        ]


def _of_kind(kind: str, rounds: dict[int, int]) -> list[Result]:
    found = [_same_templates(kind, min(rounds))]
    of_library: dict[int, Reading] = {}
    for connectors, times in rounds.items():
        readings = in_turns(
            times,
            {side: _reading(kind, side, connectors) for side in SIDES},
            progress=f"{kind}, synth of {connectors} connectors",
        )
        of_library[connectors] = middle(readings[LIBRARY])
        found.append(_against_by_hand(connectors, readings[LIBRARY], readings[BY_HAND]))
    found.extend(_growth(of_library))
    found.append(_calls(kind))
    return found


def _reading(kind: str, side: str, connectors: int) -> Callable[[], Reading]:
    def take() -> Reading:
        with TemporaryDirectory() as folder:
            measured = synthesize(kind, side, connectors, folder)
            return Reading(measured["wall"], measured["processor"])

    return take


def _same_templates(kind: str, connectors: int) -> Result:
    found = template_differences(kind, connectors)
    if found:
        raise RuntimeError(f"{kind} written by hand is no longer the library's template:\n" + "\n".join(found[:10]))
    return Result(what="both sides make the same template", found="equal but for logical ids", target="equal", met=True)


def _against_by_hand(connectors: int, library: Sequence[Reading], by_hand: Sequence[Reading]) -> Result:
    ratio, ours, theirs = middle_ratio(library, by_hand), middle(library), middle(by_hand)
    what = f"construct and synth, {connectors} connector{'' if connectors == 1 else 's'}, to by hand"
    note = f"{ours.processor:.2f} s to {theirs.processor:.2f} s; on the wall {ratio.wall:.2f} x, {ours.wall:.2f} s"
    if connectors == 50:  # noqa: PLR2004 - the number that has a target
        return at_most(what, ratio.processor, MAX_RATIO, "x", note=note)
    return Result(what=what, found=f"{ratio.processor:.2f} x ({note})")


def _growth(seconds: dict[int, Reading]) -> list[Result]:
    if not {1, 50, 500} <= seconds.keys():
        return []
    one, fifty, many = (seconds[connectors].processor for connectors in (1, 50, 500))
    at_50, at_500 = fifty / 50 * 1000, many / 500 * 1000
    next_50, next_500 = (fifty - one) / 49 * 1000, (many - fifty) / 450 * 1000
    return [
        at_most(
            "cost of a connector at 500, to that at 50",
            at_500 / at_50,
            MAX_GROWTH,
            "x",
            note=f"{at_500:.1f} ms to {at_50:.1f} ms",
        ),
        Result(
            what="cost of one more connector at 500, to at 50",
            found=f"{next_500 / next_50:.2f} x ({next_500:.1f} ms to {next_50:.1f} ms)",
        ),
    ]


def _calls(kind: str) -> Result:
    """Calls to the CDK's Node process for one more connector in a stack: they are most of the cost."""
    few, more = 5, 15
    each = {}
    with TemporaryDirectory() as folder:
        for side in SIDES:
            counts = [
                sum(synthesize(kind, side, number, f"{folder}/{side}", "--count")["calls"].values())
                for number in (few, more)
            ]
            each[side] = (counts[1] - counts[0]) / (more - few)
    return Result(
        what="calls to the CDK's Node for a connector",
        found=f"{each[LIBRARY]:.0f} ({each[BY_HAND]:.0f} by hand)",
    )
