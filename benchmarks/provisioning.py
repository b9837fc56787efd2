"""`scim preflight` and `scim verify` on 200 groups and 5,000 people: calls, memory, and time as ratios.

Not here: the organization (`provisioning_workload.py`), and what calls cost over a network.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from benchmarks import clock
from benchmarks.processes import in_turns, middle_ratio
from benchmarks.provisioning_workload import Aws, DirectoryApi, Organization, both_sides, spec_of
from benchmarks.results import Result, at_most
from saml_connectors.provisioning.directory_people import DirectoryPeople
from saml_connectors.provisioning.identity_store import IdentityStore
from saml_connectors.provisioning.preflight import preflight
from saml_connectors.provisioning.verify import verify
from saml_connectors.spec.identity_center import IdentityCenterSpec

GROUPS, PEOPLE = 200, 5_000
TENTH = 10
ROUNDS = 5
MAX_GROWTH = 1.2
MAX_READING = 1.5
MAX_MEGABYTES = 8
MEGABYTE = 1024 * 1024

Judgement = Callable[[IdentityCenterSpec, DirectoryPeople, IdentityStore], Iterable[object]]


class Taken(NamedTuple):
    """What one command took."""

    directory_calls: int
    aws_calls: int
    peak_bytes: int


def results(*, rounds: int = ROUNDS, groups: int = GROUPS, people: int = PEOPLE) -> list[Result]:
    """Measure; takes about ten seconds.

    Args:
        rounds: How often each is timed.
        groups: How many there are, all bound.
        people: How many there are, all in one of the groups.
    """
    large, small = Organization.of(people, groups), Organization.of(people // TENTH, groups // TENTH)
    return [
        *_calls_and_memory("preflight", preflight, large, small),
        *_calls_and_memory("verify", verify, large, small),
        *_times(large, small, rounds),
    ]


def measure(judge: Judgement, organization: Organization) -> Taken:
    """One command on *organization*: its calls, and the most memory that it held at once."""
    spec = spec_of(list(organization.groups.values()))
    api, aws = DirectoryApi(organization), Aws(organization)
    directory, store = both_sides(spec, api, aws)
    gc.collect()  # what others left is not counted in
    tracemalloc.start()
    try:
        deque(judge(spec, directory, store), maxlen=0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return Taken(api.calls.total(), aws.calls.total(), peak)


def _calls_and_memory(name: str, judge: Judgement, large: Organization, small: Organization) -> list[Result]:
    taken, less = measure(judge, large), measure(judge, small)
    size = f"{len(large.groups)} groups, {len(large.people):,} people"
    growth = taken.peak_bytes / less.peak_bytes / TENTH
    return [
        Result(what=f"{name}: {size}", found=f"{taken.directory_calls} directory calls, {taken.aws_calls} AWS calls"),
        at_most(f"{name}: memory at its peak", taken.peak_bytes / MEGABYTE, MAX_MEGABYTES, "MB", digits=1),
        at_most(f"{name}: memory for a person, to that at a tenth", growth, MAX_GROWTH, "x"),
    ]


def _times(large: Organization, small: Organization, rounds: int) -> list[Result]:
    taken = in_turns(
        rounds,
        {
            "preflight": lambda: _timed(preflight, large),
            "verify": lambda: _timed(verify, large),
            "small": lambda: _timed(verify, small),
            "reading": lambda: _timed(_read_only, large),
        },
        progress="provisioning",
    )
    growth = middle_ratio(taken["verify"], taken["small"]).processor / TENTH
    reading = middle_ratio(taken["verify"], taken["reading"]).processor
    before = middle_ratio(taken["preflight"], taken["reading"]).processor
    return [
        at_most("verify: time for a person, to that at a tenth", growth, MAX_GROWTH, "x"),
        at_most("verify, to reading both sides alone", reading, MAX_READING, "x"),
        Result(what="preflight, to reading both sides alone", found=f"{before:.2f} x"),
    ]


def _timed(judge: Judgement, organization: Organization) -> clock.Reading:
    spec = spec_of(list(organization.groups.values()))
    directory, store = both_sides(spec, DirectoryApi(organization), Aws(organization))
    began = clock.read([])
    deque(judge(spec, directory, store), maxlen=0)
    return clock.read([]).since(began)


def _read_only(_spec: IdentityCenterSpec, directory: DirectoryPeople, store: IdentityStore) -> Iterable[object]:
    """What `verify` reads, without comparing anything."""
    for group in directory.groups():
        yield from directory.members(group.id)
    yield from directory.people()
    yield from store.users()
    for each in store.groups():
        yield from store.members(each.id)
