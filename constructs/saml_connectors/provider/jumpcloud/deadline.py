"""How long the work may take, with a reserve for cleaning up, on a clock that tests can replace.

Not here: the signal that ends even a hung call (`handler.py` arms it through `on_extend`).
"""

from __future__ import annotations

from time import monotonic

from .errors import DeadlineExceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Deadline:
    """A point in time, and once, on failure, a later one.

    Args:
        seconds: How long the work may take from now.
        reserve: How many seconds more there are for cleaning up after a failure.
        clock: Seconds that only ever go up.
        on_extend: Told the seconds left when the reserve is opened.
    """

    def __init__(
        self,
        seconds: float,
        *,
        reserve: float = 0.0,
        clock: Callable[[], float] = monotonic,
        on_extend: Callable[[float], None] | None = None,
    ) -> None:
        self._clock = clock
        self._seconds = seconds
        self._at = clock() + seconds
        self._reserve = reserve
        self._on_extend = on_extend

    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self._at - self._clock())

    def share_left(self) -> float:
        """How much of the whole time is left, from 1 down to 0."""
        return min(1.0, self.remaining() / self._seconds) if self._seconds > 0 else 0.0

    def require(self, doing: str) -> None:
        """Raise `DeadlineExceeded` when no time is left for *doing*."""
        if self.remaining() <= 0:
            raise DeadlineExceeded(doing)

    def open_reserve(self) -> None:
        """Add the reserve: something failed, and has to be cleaned up.  The second time it does nothing."""
        self._at += self._reserve
        self._reserve = 0.0
        if self._on_extend:
            self._on_extend(self.remaining())
