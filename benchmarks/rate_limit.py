"""Many applications under the directory's limit of requests: calls, virtual time, and how near to the ideal pace.

The ideal pace is that of the limit itself: the calls that were taken, divided by the limit.  All functions start at
once, which is the worst that CloudFormation can do, and none may fail.
Not here: the functions and the directory (`invocations.py`, `limited_directory.py`).
"""

from __future__ import annotations

from statistics import median
from typing import NamedTuple

from benchmarks.invocations import Clock
from benchmarks.limited_directory import BEGAN, FUNCTION_SECONDS, Deployment, Event
from benchmarks.results import Result, at_most

APPLICATIONS, CALLS_A_SECOND = 500, 10.0
MAX_RATIO = 1.10
MAX_SECONDS_OF_ONE = FUNCTION_SECONDS


class Outcome(NamedTuple):
    """How a deployment of many went."""

    events: list[Event]
    taken: int
    refused: int
    seconds: float
    applications: int
    calls_a_second: float

    @property
    def failed(self) -> list[Event]:
        """The events that failed."""
        return [event for event in self.events if event.status != "SUCCESS"]

    @property
    def ratio(self) -> float:
        """The time that it took, to that of the calls alone at the limit's pace."""
        return self.seconds / (self.taken / self.calls_a_second)


def deploy(applications: int, *, calls_a_second: float, retry_after: bool, seed: int = 0) -> Outcome:
    """Deploy so many connectors at once."""
    clock = Clock(BEGAN)
    deployment = Deployment(clock, calls_a_second=calls_a_second, retry_after=retry_after, seed=seed)
    try:
        for number in range(applications):
            clock.start(lambda number=number: deployment.connector(number))  # type: ignore[misc] # the default binds it
        clock.run()
    finally:
        deployment.close()
    return Outcome(
        deployment.events,
        deployment.calls["taken"],
        deployment.calls["429"],
        clock.now - BEGAN,
        len(deployment.directory.applications),
        calls_a_second,
    )


def results(*, applications: int = APPLICATIONS) -> list[Result]:
    """Measure with Retry-After and without; takes a few minutes of this machine's time, and waits for none.

    Args:
        applications: How many.
    """
    found = []
    for retry_after in (True, False):
        outcome = deploy(applications, calls_a_second=CALLS_A_SECOND, retry_after=retry_after)
        found += _told(outcome, "429 with Retry-After" if retry_after else "429 without Retry-After")
    return found


def _told(outcome: Outcome, how: str) -> list[Result]:
    failed = len(outcome.failed)
    longest = max(event.seconds for event in outcome.events)
    middle = median(event.seconds for event in outcome.events)
    calls = f"{outcome.taken:,} calls taken, {outcome.refused:,} refused"
    return [
        Result(
            what=f"{how}: failures among {len(outcome.events):,} events",
            target="0",
            found=f"{failed}" + (f" ({outcome.failed[0].reason[:120]})" if failed else ""),
            met=failed == 0,
        ),
        at_most(
            f"{how}: time, to the ideal pace",
            outcome.ratio,
            MAX_RATIO,
            "x",
            note=f"{outcome.seconds:,.0f} s; {calls}",
        ),
        at_most(
            f"{how}: the longest event",
            longest,
            MAX_SECONDS_OF_ONE,
            "s",
            digits=0,
            note=f"the median one {middle:.0f} s",
        ),
        Result(
            what=f"{how}: calls a connector",
            found=f"{outcome.taken / max(1, outcome.applications):.1f} taken, "
            f"{outcome.refused / max(1, outcome.applications):.1f} refused",
        ),
    ]
