"""Many Lambda functions at the same time on one clock that nobody waits for: as CloudFormation starts them.

Each runs the provider as it is, in a thread of its own; only one goes on at a time, the one whose time has come, so a
run is the same each time and takes no longer than the work itself.
Not here: the directory's limit (`limited_directory.py`), and what is deployed (`rate_limit.py`).
"""

from __future__ import annotations

import heapq
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

STACK_BYTES = 512 * 1024


class Clock:
    """Seconds that pass when everybody waits.

    A worker is a function in a thread; it calls `sleep`, and goes on when its time has come.
    """

    def __init__(self, now: float) -> None:
        self.now = now
        self._waiting: list[tuple[float, int, threading.Semaphore]] = []
        self._number = 0
        self._idle = threading.Semaphore(0)
        self._failure: BaseException | None = None
        threading.stack_size(STACK_BYTES)

    def __call__(self) -> float:
        """The time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let others go on until *seconds* have passed."""
        mine = threading.Semaphore(0)
        self._number += 1
        heapq.heappush(self._waiting, (self.now + seconds, self._number, mine))
        self._idle.release()
        mine.acquire()

    def start(self, work: Callable[[], None], *, after: float = 0.0) -> None:
        """Begin *work* in a thread of its own, *after* so many seconds; called before `run`, or by a worker."""
        mine = threading.Semaphore(0)

        def begin() -> None:
            mine.acquire()
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - raised again where everybody waits
                self._failure = error
            finally:
                self._idle.release()

        self._number += 1
        heapq.heappush(self._waiting, (self.now + after, self._number, mine))
        threading.Thread(target=begin, daemon=True).start()

    def run(self) -> None:
        """Let everybody go on, one after another, until nobody waits any more.

        Raises:
            BaseException: What a worker has failed with.
        """
        while self._waiting:
            at, _, next_one = heapq.heappop(self._waiting)
            self.now = max(self.now, at)
            next_one.release()
            self._idle.acquire()
            if self._failure is not None:
                raise self._failure
