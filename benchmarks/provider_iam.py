"""What the provider asks of the directory for kind `iam`, and what many groups cost it.

Not here: how it is counted (`provider_calls_iam.py`).
"""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import provider_calls_iam
from benchmarks.processes import in_turns
from benchmarks.results import Result, at_most, of_changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.provider_calls_iam import GroupCost

FEW, MANY = 10, 50
GROUPS = (1, FEW, MANY)
MAX_GROWTH = 1.2


def results(rounds: int) -> list[Result]:
    """Measure; takes a few seconds.

    Args:
        rounds: How often the attributes of each number of groups are made.
    """
    costs = in_turns(
        rounds,
        {str(groups): partial(provider_calls_iam.count_groups, groups) for groups in GROUPS},
        progress="provider, group attributes",
    )
    changes = provider_calls_iam.count()
    for groups in GROUPS:
        changes += costs[str(groups)][0].changes
    return [*of_changes(changes), *_seconds(costs[str(FEW)], costs[str(MANY)])]


def _seconds(few: Sequence[GroupCost], many: Sequence[GroupCost]) -> list[Result]:
    """What the create costs the provider itself, and how it grows; each round's ratio, as everywhere."""
    of_few, of_many = ([each.seconds / each.groups for each in costs] for costs in (few, many))
    ratio = median(one / other for one, other in zip(of_many, of_few, strict=True))
    return [
        at_most(
            f"create, cost of a group at {MANY}, to that at {FEW}",
            ratio,
            MAX_GROWTH,
            "x",
            note=f"{median(of_many) * 1000:.2f} ms to {median(of_few) * 1000:.2f} ms of the provider alone",
        ),
        Result(
            what=f"create, what it waits before it reads {MANY} groups back",
            found=f"{median(cost.waited for cost in many):.1f} s, with jitter",
        ),
    ]
