"""One run of a function: its tools, how long it may take, and the alarm that ends what hangs.

Not here: what is done in it, and what is answered (`handler.py`; for CloudFormation's registry, `registry_type/`).
"""

from __future__ import annotations

from .alarm import Alarm
from .deadline import Deadline
from .exchange import margin_of
from .retry import Caller
from .session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from .handler import World
    from .journal import Journal

RESERVE_SHARE, ALARM_SHARE = 0.5, 0.1
"""Shares of the time kept back: for cleaning up, and until the alarm rings after a deadline has passed."""


class Invocation:
    """Gives the session in its `with` block, which is interrupted where it goes on for too long.

    Args:
        world: What is outside the function.
        seconds: How long it has.
        journal: The log.
    """

    def __init__(self, world: World, seconds: float, journal: Journal) -> None:
        margin = margin_of(seconds)
        self._alarm = Alarm()
        self._rings_after = seconds - margin + margin * ALARM_SHARE
        deadline = Deadline(
            seconds - margin,
            reserve=margin * RESERVE_SHARE,
            clock=world.clock,
            on_extend=lambda left: self._alarm.set(left + margin * ALARM_SHARE),
        )
        caller = Caller(
            world.transport, journal, sleep=world.sleep, chance=world.chance, now=world.now, clock=world.clock
        )
        self.session = Session(caller, world.read_secret, deadline, journal, keys=world.keys, now=world.now)

    def __enter__(self) -> Session:
        self._alarm.__enter__()
        self._alarm.set(self._rings_after)
        return self.session

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._alarm.__exit__(kind, error, at)
