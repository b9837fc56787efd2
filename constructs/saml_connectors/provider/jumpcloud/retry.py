"""When a call to the directory is made again, and how long to wait before it: back-off, jitter, Retry-After.

A limit of requests is no failure: it is waited for as long as there is time, because hundreds of functions share it.
JumpCloud publishes no number and no header that tells how much is left, so what is known of it is learnt from 429.
Not here: what POST of an application does about a lost answer (`creation.py`): it is never simply repeated.
"""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from random import random
from typing import NamedTuple
from urllib.parse import urlsplit

from .errors import AnswerLost, DeadlineExceeded, Unreachable
from .transport import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .deadline import Deadline
    from .journal import Journal
    from .transport import Transport

ATTEMPTS = 6
"""How often a call may fail; being told to wait is no failure."""

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 20.0
LONGEST_LEVEL = 6
"""How often the wait doubles, up to the longest."""

FIRST_SPAN_SECONDS, LATE_SPAN_SECONDS = 2.0, 5.0
"""Of the wait for a limit of requests: at first, and at most where little time is left, because who has waited longest
asks most often."""

TOO_MANY_REQUESTS = 429
TRANSIENT = frozenset({TOO_MANY_REQUESTS, 500, 502, 503, 504})
UNREADABLE = object()
"""The payload of an answer that should hold JSON, and does not."""


class Answer(NamedTuple):
    """What the directory said in the end, and how often it was asked."""

    status: int
    headers: dict[str, str]
    text: str
    payload: Any
    attempts: int = 1
    asked_wait: float | None = None
    """Seconds that Retry-After asked for and that there was no time for."""

    @property
    def readable(self) -> bool:
        """Whether it holds JSON, or nothing at all."""
        return self.payload is not UNREADABLE

    def __repr__(self) -> str:
        """Only the status: a body may hold a token."""
        return f"Answer({self.status})"


class Caller:
    """Makes calls, again where that is safe and sensible.

    Args:
        transport: Carries one request.
        journal: One line for each attempt.
        sleep: Waits so many seconds.
        chance: A number from 0 up to 1, for the jitter.
        now: The time as seconds since 1970, for a Retry-After that is a date.
        clock: Seconds that only ever go up, for measuring.
    """

    def __init__(
        self,
        transport: Transport,
        journal: Journal,
        *,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.journal = journal
        self.outcomes: list[int | str] = []
        """What came of each attempt of the last call: its status, or the name of the error that it met."""
        self._transport = transport
        self._sleep = sleep
        self._chance = chance
        self._now = now
        self._clock = clock
        self._level = 0
        """How far the wait for the limit of requests has grown.  Kept from call to call: who has just got through does
        not push before those who still wait."""

    def call(self, request: Request, deadline: Deadline, doing: str, *, repeatable: bool) -> Answer:
        """Make one call, and again as long as that may help.

        Args:
            request: What to send.
            deadline: Until when; a wait that would pass it is not begun.
            doing: For the sentence of an error.
            repeatable: Whether doing it twice is the same as doing it once.  Where not, only an attempt that was
                certainly not carried out (429, nothing sent) is made again.
        """
        attempt = told_to_wait = 0
        self.outcomes.clear()
        while True:
            attempt += 1
            deadline.require(doing)
            try:
                answer = self._attempt(request, deadline, attempt)
            except DeadlineExceeded as error:
                error.doing = doing
                raise
            except (AnswerLost, Unreachable) as error:
                error.doing = doing
                again = error.transient if isinstance(error, Unreachable) else repeatable
                if not again or not self._wait(attempt - told_to_wait, None, deadline):
                    if attempt > 1:
                        error.cause = f"{error.cause}, {attempt} times"
                    raise
                continue
            if answer.status != TOO_MANY_REQUESTS:
                self._level = max(0, self._level - 1)
            if not self._worth_repeating(answer, repeatable=repeatable):
                return answer
            wanted = self._retry_after(answer)
            if answer.status == TOO_MANY_REQUESTS:
                told_to_wait += 1
                waited = self._wait_for_the_limit(wanted, deadline)
            else:
                waited = self._wait(attempt - told_to_wait, wanted, deadline)
            if not waited:
                short = wanted is not None and wanted >= deadline.remaining()
                return answer._replace(asked_wait=wanted if short else None)

    def pause(self, attempt: int, deadline: Deadline) -> bool:
        """Wait as before another attempt; False, at once, where there is no time for it."""
        return self._wait(attempt, None, deadline)

    def wait(self, seconds: float, deadline: Deadline) -> bool:
        """Wait *seconds*, and up to half as long again; False, at once, where there is no time for it."""
        whole = seconds * (1 + self._chance() / 2)
        if whole >= deadline.remaining():
            return False
        self._sleep(whole)
        return True

    def _attempt(self, request: Request, deadline: Deadline, attempt: int) -> Answer:
        began = self._clock()
        outcome: int | str = "DeadlineExceeded"
        try:
            response = self._transport.exchange(request, deadline)
            outcome = response.status
        except (AnswerLost, Unreachable, DeadlineExceeded) as error:
            outcome = type(error).__name__
            raise
        finally:
            self.outcomes.append(outcome)
            self.journal.note(
                "INFO",
                "directory call",
                method=request.method,
                path=urlsplit(request.url).path,
                status=outcome,
                ms=round((self._clock() - began) * 1000),
                attempt=attempt,
            )
        return _read(response, attempt)

    @staticmethod
    def _worth_repeating(answer: Answer, *, repeatable: bool) -> bool:
        if answer.status == TOO_MANY_REQUESTS:
            return True
        garbled = answer.status // 100 == 2 and not answer.readable  # noqa: PLR2004 - 2xx
        return repeatable and (answer.status in TRANSIENT or garbled)

    def _wait(self, attempt: int, wanted: float | None, deadline: Deadline) -> bool:
        if attempt >= ATTEMPTS:
            return False
        ceiling = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (attempt - 1))
        seconds = self._chance() * ceiling if wanted is None else wanted
        if seconds >= deadline.remaining():
            return False
        self._sleep(seconds)
        return True

    def _wait_for_the_limit(self, wanted: float | None, deadline: Deadline) -> bool:
        """Wait at least as long as was asked for; and a part of a span that grows, so that not all come back at once.

        The longest span gets shorter as the time goes by: hundreds that began earlier are not overtaken by newcomers.
        """
        self._level = min(LONGEST_LEVEL, self._level + 1)
        longest = max(LATE_SPAN_SECONDS, LONGEST_WAIT_SECONDS * deadline.share_left())
        span = min(longest, FIRST_SPAN_SECONDS * 2 ** (self._level - 1))
        seconds = (wanted or 0.0) + self._chance() * span
        if seconds >= deadline.remaining():
            return False
        self._sleep(seconds)
        return True

    def _retry_after(self, answer: Answer) -> float | None:
        """Seconds that the directory asks to wait, from a number or from a date."""
        value = answer.headers.get("retry-after", "").strip()
        if value.isdecimal():
            return float(value)
        until = http_date(value)
        if until is None:
            return None
        said_now = http_date(answer.headers.get("date", ""))
        return max(0.0, until - (self._now() if said_now is None else said_now))


def http_date(value: str) -> float | None:
    """An HTTP date as seconds since 1970; None where it is none."""
    try:
        return parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _read(response: Response, attempt: int) -> Answer:
    text = response.body.decode("utf-8", "replace")
    payload: Any = None
    if text.strip():
        try:
            payload = json.loads(text)
        except (ValueError, RecursionError):
            payload = UNREADABLE
    return Answer(response.status, dict(response.headers), text, payload, attempt)
