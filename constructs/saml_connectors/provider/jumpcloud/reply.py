"""The answer to CloudFormation: within 4,096 bytes whatever it says, and delivered with retries.

Not here: what it says (`handler.py`).  Its address is a credential: it is in no log and in no error.
"""

from __future__ import annotations

import json

from .errors import AnswerLost, DeadlineExceeded, Unreachable
from .transport import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .deadline import Deadline
    from .journal import Journal
    from .session import Event
    from .transport import Transport

MAX_BYTES = 4096
"""CloudFormation's own limit, for the whole answer."""

MAX_PHYSICAL_ID_CHARACTERS = 1024
MAX_ECHOED_CHARACTERS = 255
"""Of each id that is repeated from the event; CloudFormation's own are shorter."""

TRIES = 5
FIRST_WAIT_SECONDS = 0.5
SUCCESS, FAILED = "SUCCESS", "FAILED"
GAP = " […] "
_SERVER_ERROR = 500
_AGAIN = frozenset({400, 408, 429})
"""Statuses below that which may be others in a moment: Amazon S3 answers 400 where a request came in too slowly."""


class AnswerUndelivered(Exception):  # noqa: N818 - what Lambda's own retry is told
    """No try reached CloudFormation: Lambda runs the event again, which finds what was made and answers."""


def encode(
    event: Event, status: str, physical_id: str, *, reason: str = "", data: Mapping[str, Any] | None = None
) -> bytes:
    """The answer as it is sent.  Where *data* makes it too long it fails, and says so."""
    answer: dict[str, Any] = {
        "Status": status,
        "PhysicalResourceId": physical_id[:MAX_PHYSICAL_ID_CHARACTERS] or "unknown",
        "StackId": event.stack_id[:MAX_ECHOED_CHARACTERS],
        "RequestId": event.request_id[:MAX_ECHOED_CHARACTERS],
        "LogicalResourceId": event.logical_id[:MAX_ECHOED_CHARACTERS],
    }
    if status == SUCCESS:
        whole = _bytes(answer | {"Data": dict(data or {})})
        if len(whole) <= MAX_BYTES:
            return whole
        answer["Status"] = FAILED
        reason = (
            f"answering CloudFormation: the attributes make an answer of {len(whole)} bytes, and CloudFormation takes "
            f"{MAX_BYTES}; use a smaller IdP certificate, or shorter URLs and entity IDs"
        )
    answer["Reason"] = reason
    whole = _bytes(answer)
    if len(whole) <= MAX_BYTES:
        return whole
    fits, too_many = 0, len(reason)  # a character takes one to twelve bytes, so how many fit is found by trying
    while too_many - fits > 1:
        kept = (fits + too_many) // 2
        long = len(_bytes(answer | {"Reason": shortened(reason, kept)})) > MAX_BYTES
        fits, too_many = (fits, kept) if long else (kept, too_many)
    return _bytes(answer | {"Reason": shortened(reason, fits)})


def shortened(reason: str, characters: int) -> str:
    """*reason* with its middle left out: it begins with what was done, and ends with the way out."""
    if len(reason) <= characters:
        return reason
    kept = max(0, characters - len(GAP))
    end = kept // 3
    return reason[: kept - end] + GAP + (reason[-end:] if end else "")


def deliver(
    body: bytes,
    url: str,
    transport: Transport,
    deadline: Deadline,
    journal: Journal,
    *,
    sleep: Callable[[float], None],
    chance: Callable[[], float],
) -> None:
    """Put *body* where CloudFormation waits for it.

    Raises:
        AnswerUndelivered: It could not be, and trying again later may help.
    """
    # No content type: the address is signed without one.
    request = Request("PUT", url, {"Content-Type": "", "Content-Length": str(len(body))}, body)
    for attempt in range(1, TRIES + 1):
        try:
            status = transport.exchange(request, deadline).status
        except (AnswerLost, Unreachable, DeadlineExceeded) as error:
            outcome, final = type(error).__name__, isinstance(error, DeadlineExceeded)
        else:
            outcome, final = str(status), status < _SERVER_ERROR and status not in _AGAIN
            if status // 100 == 2:  # noqa: PLR2004 - 2xx
                journal.note("INFO", "answered", attempt=attempt, bytes=len(body))
                return
        journal.note("ERROR", "answer not taken", attempt=attempt, outcome=outcome)
        if final:
            break
        wait = chance() * FIRST_WAIT_SECONDS * 2**attempt
        if attempt < TRIES and wait < deadline.remaining():
            sleep(wait)
    raise AnswerUndelivered("the answer to CloudFormation could not be delivered; see the log for what it was")


def _bytes(answer: Mapping[str, Any]) -> bytes:
    return json.dumps(answer, separators=(",", ":")).encode("ascii")
