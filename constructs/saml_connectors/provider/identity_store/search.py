"""A group looked for until it is there or the time is over; what is read of the properties, and what is answered.

It never writes.  Not here: the question itself (`store.py`), and the protocol (`handler.py`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from . import contract
from .protocol import RIGHT_WAITS_SECONDS, DeadlineExceeded, Outcome, Properties
from .store import Absent, Busy, Denied, StoreError, group_id, looking_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .protocol import Deadline, Journal, ProviderError
    from .store import Client

POLL_SECONDS = 10.0
LAST_LOOK_SECONDS = 5.0
"""What is kept for the last look of a wait that the function's own time cuts short."""

FIRST_BACK_OFF_SECONDS, LONGEST_BACK_OFF_SECONDS = 1.0, 20.0
BUSY_ATTEMPTS = 6
"""How often in a row the store may be busy, where the wait for the group is over."""

LONGEST_NAME = 1024
_STORE_ID = re.compile(r"d-[0-9a-f]{10}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Wanted(NamedTuple):
    """Which group, and how long to wait for it."""

    store_id: str
    display_name: str
    wait_seconds: int


def wanted(values: Mapping[str, Any], logical_id: str) -> Wanted:
    """The properties, read.

    Raises:
        PropertyError: Something is wrong with them; all of it is told.
    """
    properties = Properties(values, contract.GROUP, logical_id)
    store_id = properties.text(contract.IDENTITY_STORE_ID, needed=True) or ""
    if store_id and not _STORE_ID.fullmatch(store_id):
        properties.wrong(contract.IDENTITY_STORE_ID, f"must be such as d-9067654321, got {store_id[:100]!r}")
    name = properties.text(contract.DISPLAY_NAME, needed=True) or ""
    if len(name) > LONGEST_NAME:
        properties.wrong(contract.DISPLAY_NAME, f"must be at most {LONGEST_NAME} characters")
    seconds = properties.text(contract.WAIT_SECONDS) or str(contract.DEFAULT_WAIT_SECONDS)
    fits = bool(re.fullmatch("[0-9]{1,3}", seconds)) and int(seconds) <= contract.LONGEST_WAIT_SECONDS
    if not fits:
        rule = f"must be 0 to {contract.LONGEST_WAIT_SECONDS} whole seconds, got {seconds[:100]!r}"
        properties.wrong(contract.WAIT_SECONDS, rule)
    properties.raise_if_wrong()
    return Wanted(store_id, name, int(seconds))


class Search:
    """One search.

    Args:
        client: Asks the identity store.
        deadline: Until when, whatever the properties say.
        journal: The log: one line for each look.
        sleep: Waits so many seconds.
        chance: A number from 0 up to 1, for the jitter.
        clock: Seconds that only ever go up.
    """

    def __init__(
        self,
        client: Client,
        deadline: Deadline,
        journal: Journal,
        *,
        sleep: Callable[[float], None],
        chance: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._deadline = deadline
        self._journal = journal
        self._sleep = sleep
        self._chance = chance
        self._clock = clock
        self._looks = 0
        self._busy = 0
        self._rights = iter(RIGHT_WAITS_SECONDS)

    def run(self, group: Wanted) -> Outcome:
        """Look, each time afresh.  Another group is another physical id: a replacement."""
        try:
            found = self._until_found(group)
        except DeadlineExceeded:
            raise StoreError(
                looking_up(group.display_name),
                f"identity store {group.store_id} did not answer before the time of this function was nearly up",
                "deploy again; if it happens again, look in the function's log for slow or repeated looks",
            ) from None
        return Outcome(f"{group.store_id}/{found}", "none", data={contract.GROUP_ID: found})

    def _until_found(self, group: Wanted) -> str:
        began = self._clock()
        last = began + self._deadline.remaining() - LAST_LOOK_SECONDS
        ends = began + group.wait_seconds
        while True:
            self._deadline.require(looking_up(group.display_name))
            trouble = self._look(group)
            if isinstance(trouble, str):
                return trouble
            now = self._clock()
            wait = self._wait_after(trouble, now, min(ends, last), last)
            if wait is not None:
                self._sleep(wait)
                continue
            if isinstance(trouble, Absent):
                trouble.cause += self._told(round(now - began), group.wait_seconds, cut=last < ends)
            elif self._looks > 1:
                trouble.cause += f", {self._looks} times"
            raise trouble

    def _look(self, group: Wanted) -> str | ProviderError:
        """The id, or why there is none and another look may help."""
        self._looks += 1
        outcome = "error"
        try:
            found = group_id(self._client, group.store_id, group.display_name)
        except (Absent, Busy, Denied) as trouble:
            outcome = type(trouble).__name__.lower()
            return trouble
        else:
            outcome = "found"
            return found
        finally:
            self._journal.note("INFO", "look", group=group.display_name, outcome=outcome, look=self._looks)

    def _wait_after(self, trouble: ProviderError, now: float, ends: float, last: float) -> float | None:
        """Seconds until the next look; None where this was the last.

        Args:
            trouble: What came of this look.
            now: The time.
            ends: When the wait for the group is over.
            last: When the function's own time allows no further look.
        """
        if isinstance(trouble, Absent):
            self._busy = 0
            return min(POLL_SECONDS, ends - now) if now < ends else None
        if isinstance(trouble, Busy):
            self._busy += 1
            if self._busy >= BUSY_ATTEMPTS and now >= ends:
                return None
            ceiling = min(LONGEST_BACK_OFF_SECONDS, FIRST_BACK_OFF_SECONDS * 2 ** (self._busy - 1))
            wait = max(trouble.wait, self._chance() * ceiling)
        else:
            given = next(self._rights, None)
            if given is None:
                return None
            wait = given
        return wait if now + wait <= last else None

    def _told(self, waited: int, wanted_seconds: int, *, cut: bool) -> str:
        """How long it was looked for."""
        if self._looks == 1:
            return ""
        limit = f" (the function's time allows no more, though WaitSeconds is {wanted_seconds})" if cut else ""
        return f", looked for {self._looks} times in {waited} seconds{limit}"
