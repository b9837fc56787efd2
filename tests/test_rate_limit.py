"""Many functions at once under the directory's limit of requests: at its pace, fairly, and without a failure."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks import rate_limit
from benchmarks.invocations import Clock
from benchmarks.limited_directory import FUNCTION_SECONDS, Limit

APPLICATIONS, CALLS_A_SECOND = 40, 0.8
"""As many seconds of calls as five hundred applications are under ten calls a second: that is `python -m benchmarks
rate-limit`."""


@pytest.mark.parametrize("retry_after", [True, False], ids=["with-retry-after", "without"])
def test_many_applications_deploy_at_the_limits_pace_without_a_failure(*, retry_after: bool) -> None:
    """All functions start at once; each has its own time, and nobody waits until it is over."""
    outcome = rate_limit.deploy(APPLICATIONS, calls_a_second=CALLS_A_SECOND, retry_after=retry_after)
    assert outcome.failed == []
    assert len(outcome.events) == 3 * APPLICATIONS
    assert outcome.applications == APPLICATIONS
    assert 0.99 < outcome.ratio < 1.35
    assert outcome.refused > outcome.taken
    assert max(event.seconds for event in outcome.events) < 0.9 * FUNCTION_SECONDS


def test_a_limit_that_nobody_could_keep_fails_with_what_to_do() -> None:
    """A tenth of the pace: the time of the functions is over, and the sentence says why; nothing is left behind."""
    outcome = rate_limit.deploy(20, calls_a_second=0.05, retry_after=True)
    assert outcome.failed
    assert all("too many requests" in event.reason or "nearly up" in event.reason for event in outcome.failed)
    assert all(event.seconds < FUNCTION_SECONDS for event in outcome.events)


def test_a_limit_takes_as_many_calls_as_it_says() -> None:
    """A burst of one second's worth, and then its pace."""
    clock = Clock(0.0)
    limit = Limit(10.0, clock)
    taken = Counter[int]()
    for tenth in range(100):
        clock.now = tenth / 10 + 1e-9
        while limit.wait() == 0.0:
            taken[int(clock.now)] += 1
    assert taken[0] == pytest.approx(19, abs=1)
    assert {taken[second] for second in range(1, 10)} <= {9, 10, 11}


def test_on_the_clock_of_the_functions_one_goes_on_at_a_time_in_the_order_of_its_time() -> None:
    """And nobody really waits."""
    clock, order = Clock(0.0), list[tuple[float, str]]()

    def worker(name: str, *waits: float) -> None:
        for wait in waits:
            clock.sleep(wait)
            order.append((clock.now, name))

    clock.start(lambda: worker("a", 10.0, 10.0))
    clock.start(lambda: worker("b", 4.0, 4.0, 4.0))
    clock.run()
    assert order == [(4.0, "b"), (8.0, "b"), (10.0, "a"), (12.0, "b"), (20.0, "a")]


def test_what_a_function_fails_with_ends_the_run() -> None:
    """A broken measurement is no result."""
    clock = Clock(0.0)
    clock.start(lambda: 1 / 0)  # type: ignore[arg-type] # it never returns
    with pytest.raises(ZeroDivisionError):
        clock.run()
