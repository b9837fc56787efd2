"""The CloudFormation protocol around whatever a function does: an event in, one bounded answer out, in time.

Every function behind a custom resource has it.  Not here: what is done about the event (`handler.py`, and that of the
package beside this one), and how an answer is encoded and delivered (`reply.py`).
"""

from __future__ import annotations

from . import reply
from .deadline import Deadline
from .errors import PropertyError, ProviderError
from .journal import Journal, Redactor
from .session import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Protocol

    from .transport import Transport

    class World(Protocol):
        """What of the world outside a function delivering an answer needs."""

        answer_transport: Transport
        sleep: Callable[[float], None]
        chance: Callable[[], float]
        clock: Callable[[], float]
        write: Callable[[str], object] | None


LONGEST_MARGIN_SECONDS = 20.0
"""What is kept back of the function's time for cleaning up and answering; never more than a third of it."""

ANSWER_SECONDS_KEPT = 0.5
UNKNOWN_SECONDS = 60.0
"""The time that is assumed where no Lambda context tells it."""

CREATE, UPDATE, DELETE = "Create", "Update", "Delete"


def respond(raw: Any, context: Any, world: World, answer: Callable[[Event, str, float, Journal], bytes]) -> bytes:
    """Let *answer* do what the event asks for, and deliver what it gives; returns the answer.

    Args:
        raw: The event.
        context: Lambda's.
        world: What is outside the function.
        answer: Told of the event, Lambda's own id of the request, the seconds left and the log; it never raises.

    Raises:
        AnswerUndelivered: CloudFormation could not be reached: Lambda then runs the event again.
    """
    began = world.clock()
    seconds = seconds_left(context)
    event = Event.read(raw)
    journal = Journal(Redactor(), world.write)
    journal.redactor.hide(event.response_url)
    lambda_id = str(getattr(context, "aws_request_id", "") or event.request_id)
    journal.about(request=lambda_id, stack=event.stack_id, resource=event.logical_id, type=event.resource_type)

    body = answer(event, lambda_id, seconds, journal)
    if not event.response_url:
        journal.note("ERROR", "the event has no ResponseURL, so nobody waits for an answer")
        return body
    left = seconds - (world.clock() - began) - ANSWER_SECONDS_KEPT
    reply.deliver(
        body,
        event.response_url,
        world.answer_transport,
        Deadline(max(left, 1.0), clock=world.clock),
        journal,
        sleep=world.sleep,
        chance=world.chance,
    )
    return body


def margin_of(seconds: float) -> float:
    """How many of the *seconds* left are kept back for cleaning up and answering."""
    return min(LONGEST_MARGIN_SECONDS, seconds / 3)


def reason_for(error: Exception, event: Event, lambda_id: str, journal: Journal) -> str:
    """What CloudFormation is told of *error*; the log has more where nobody expected it."""
    if isinstance(error, ProviderError):
        reason = journal.redactor.clean(str(error))
        journal.note("ERROR", "failed", request_type=event.request_type, kind=type(error).__name__, reason=reason)
        return reason
    import traceback  # noqa: PLC0415 - only needed here

    trace = "".join(traceback.format_exception(error))
    journal.note("ERROR", "unexpected", request_type=event.request_type, traceback=journal.redactor.clean(trace))
    doing = f"{event.request_type or 'handling'} of {event.resource_type} {event.logical_id!r}"
    fix = f"look for {lambda_id} in the function's log, and report it as an issue of this library"
    return f"{doing}: unexpected {type(error).__name__}; {fix}"


def not_known(event: Event, types: Iterable[str], newer: str) -> PropertyError:
    """The error for an event that asks for something else than *types*; what has to be *newer* is named."""
    return PropertyError(
        f"reading the event for {event.logical_id!r}",
        f"its RequestType is {event.request_type!r} and its ResourceType {event.resource_type!r}",
        f"use Create, Update or Delete with {', '.join(types)}; a newer construct needs a newer {newer}",
    )


def seconds_left(context: Any) -> float:
    """How long Lambda lets the function run on, as its context tells."""
    tell = getattr(context, "get_remaining_time_in_millis", None)
    return float(tell()) / 1000 if callable(tell) else UNKNOWN_SECONDS
