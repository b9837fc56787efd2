"""The last resort against a call that hangs: a signal that raises `DeadlineExceeded` wherever the work is.

Every call has its own time-out; this is for what has none, such as a slow name server.  Only the main thread of a
process can have it; elsewhere the time-outs alone must do.
"""

from __future__ import annotations

import signal
import threading

from .errors import DeadlineExceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any, Self

SHORTEST_SECONDS = 0.01


class Alarm:
    """Raises `DeadlineExceeded` in the `with` block when the time that was set is over."""

    def __init__(self) -> None:
        self._works = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
        self._on = False
        self._before: Any = None

    def __enter__(self) -> Self:
        if self._works:
            self._on = True
            self._before = signal.signal(signal.SIGALRM, self._ring)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._on = False
        if self._works:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)

    def set(self, seconds: float) -> None:
        """Ring in so many seconds, and not at any time set before."""
        if self._works and self._on:
            signal.setitimer(signal.ITIMER_REAL, max(SHORTEST_SECONDS, seconds))

    def _ring(self, _number: int, _frame: FrameType | None) -> None:
        if self._on:
            raise DeadlineExceeded("waiting for a call that hangs")
