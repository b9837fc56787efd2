"""The watch: what EventBridge asks regularly, looked at and measured; nothing is ever written to the directory.

It asks `drift.py` what differs, puts metrics, and tells the fields in the log.  What cannot be looked at makes the
function fail, after all else was measured: that is an alarm of its own.  Not here: when it is asked, and who is told
(the construct `ConnectorWatch`).
"""

from __future__ import annotations

from typing import NamedTuple

from . import contract, drift, shown
from .drift import Resource
from .errors import ProviderError, WatchError
from .exchange import seconds_left
from .invocation import Invocation
from .journal import Journal, Redactor
from .key_pair import Trusted
from .measurements import Measurement
from .verify import certificate_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .drift import Comparison
    from .handler import World
    from .live import Live
    from .session import Session

LONGEST_SECONDS = 300.0
"""A look is over in seconds; where the directory makes it wait for longer, the next one comes soon enough."""

SHOWN_FIELDS = 100
"""Fields that are told one by one; the metric counts them all."""

_SECONDS_A_DAY = 86_400
_DOING = "watching a connector"


class Asked(NamedTuple):
    """What an event asks for."""

    connector: str
    stack_id: str
    resources: tuple[Resource, ...] = ()
    user_pool_id: str = ""
    pinned: str = ""
    """The certificate that the application checks the pool's requests with; with *user_pool_id* or not at all."""


class _Found:
    """What came of looking, so far."""

    def __init__(self, connector: str, now: float) -> None:
        self.measured: list[Measurement] = []
        self.problems: list[str] = []
        self._connector = connector
        self._now = now

    def measure(self, metric: str, value: float, what: str = "") -> None:
        """Take one value."""
        named = {contract.CONNECTOR: self._connector} | ({contract.WHAT: what} if what else {})
        self.measured.append(Measurement(metric, float(value), named))

    def ends(self, what: str, certificate: str) -> None:
        """Measure the whole days that a certificate has left; below zero when it has ended.

        Raises:
            ValueError: It is none.
        """
        seconds = Trusted(certificate).expires.timestamp() - self._now
        self.measure(contract.DAYS_LEFT, seconds // _SECONDS_A_DAY, what)


def is_asked(event: Any) -> bool:
    """Whether an event is one of the watch: CloudFormation's have a place for the answer."""
    return isinstance(event, dict) and contract.WATCH in event and "ResponseURL" not in event


def watch(event: Mapping[str, Any], context: Any, world: World) -> None:
    """Look at what *event* names, and measure it.

    Raises:
        WatchError: Some of it could not be looked at or measured; the rest was.
    """
    journal = Journal(Redactor(), world.write)
    journal.about(request=str(getattr(context, "aws_request_id", "") or ""))
    try:
        asked = read(event)
    except WatchError as error:
        journal.note("ERROR", "not watched", reason=str(error))
        raise
    journal.about(stack=asked.stack_id, connector=asked.connector)
    found = _Found(asked.connector, world.now())
    with Invocation(world, min(seconds_left(context), LONGEST_SECONDS), journal) as session:
        if asked.resources:
            _look(asked, session, found)
        if asked.user_pool_id:
            _compare_pin(asked, session, world, found)
        session.deadline.open_reserve()
        if found.measured:
            _attempt(lambda: world.measurements.put(found.measured, session.deadline), session, found, "the metrics")
    told = [{"metric": each.metric, "value": each.value, **each.dimensions} for each in found.measured]
    journal.note("INFO", "watched", measured=told, failed=len(found.problems))
    if found.problems:
        raise WatchError(
            f"watching connector {asked.connector!r}",
            " | ".join(found.problems),
            "the function's log has it line by line",
        )


def read(event: Mapping[str, Any]) -> Asked:
    """What *event* asks for.

    Raises:
        WatchError: It asks for nothing, or is damaged.
    """
    given = _object(event.get(contract.WATCH))
    texts = {name: given.get(name) for name in (contract.CONNECTOR, contract.STACK_ID)}
    problems = [f"{contract.WATCH}.{name} is missing" for name, text in texts.items() if not _is_text(text)]
    rows = given.get(contract.RESOURCES, [])
    if not isinstance(rows, list):
        rows = [None]
    resources = []
    for position, row in enumerate(rows):
        each = _object(row)
        named = [each.get(name) for name in (contract.RESOURCE_TYPE, contract.LOGICAL_ID, contract.PHYSICAL_ID)]
        properties, trusted, part = (each.get(key) for key in (contract.PROPERTIES, contract.TRUSTED, contract.PART))
        is_good = all(map(_is_text, named)) and _is_text(trusted or "-") and isinstance(part or 0, int)
        if not is_good or not isinstance(properties, dict):
            problems.append(f"{contract.WATCH}.{contract.RESOURCES}[{position}] is damaged")
            continue
        kind, logical_id, physical_id = map(str, named)
        stack_id = str(texts[contract.STACK_ID])
        resources.append(Resource(kind, properties, stack_id, logical_id, physical_id, trusted, part))
    pool = _object(given.get(contract.USER_POOL))
    pinned = [pool.get(name) for name in (contract.USER_POOL_ID, contract.SP_CERTIFICATE)]
    if contract.USER_POOL in given and not all(map(_is_text, pinned)):
        problems.append(f"{contract.WATCH}.{contract.USER_POOL} is damaged")
    if not rows and contract.USER_POOL not in given:
        problems.append("it names nothing to look at")
    if problems:
        raise WatchError(_DOING, "; ".join(problems), "deploy the stack again: it sets what the rule sends")
    connector, stack_id = (str(text) for text in texts.values())
    if contract.USER_POOL not in given:
        return Asked(connector, stack_id, tuple(resources))
    return Asked(connector, stack_id, tuple(resources), *map(str, pinned))


def _look(asked: Asked, session: Session, found: _Found) -> None:
    """Compare each resource; a count of zero is only told where all of them could be compared."""
    differing, failed = 0, 0
    for resource in asked.resources:
        compared = _compared(resource, session, found)
        if compared is None:
            failed += 1
            continue
        differing += len(compared.differences)
        _tell(resource, compared, session)
        if resource.type == contract.APPLICATION and compared.application is not None:
            _certificate(compared.application, session, found)
    if differing or not failed:
        found.measure(contract.DRIFTED_FIELDS, differing)


def _compared(resource: Resource, session: Session, found: _Found) -> Comparison | None:
    compared: list[Comparison] = []
    what = f"{resource.type} {resource.logical_id!r}"
    _attempt(lambda: compared.append(drift.compare(resource, session)), session, found, what)
    return compared[0] if compared else None


def _tell(resource: Resource, compared: Comparison, session: Session) -> None:
    for each in compared.differences[:SHOWN_FIELDS]:
        session.journal.note(
            "WARNING",
            "drift",
            resource=resource.logical_id,
            type=resource.type,
            field=each.field,
            desired=each.desired,
            live=each.live,
        )
    more = len(compared.differences) - SHOWN_FIELDS
    if more > 0:
        session.journal.note("WARNING", "more drift", resource=resource.logical_id, type=resource.type, fields=more)


def _certificate(live: Live, session: Session, found: _Found) -> None:
    """The life of what an application signs with; one that is none is told, and then nothing is measured of it."""
    if live.template == contract.BOOKMARK_TEMPLATE:
        return
    try:
        found.ends(contract.WHAT_IDP, certificate_of(live))
    except ValueError as error:
        _fail(f"the IdP certificate of {live} cannot be used: {error}", session, found)


def _compare_pin(asked: Asked, session: Session, world: World, found: _Found) -> None:
    """Whether the application still checks requests with the certificate that the pool signs them with."""
    told: list[str] = []
    what = f"user pool {asked.user_pool_id!r}"
    _attempt(
        lambda: told.append(world.measurements.signing_certificate(asked.user_pool_id, session.deadline)),
        session,
        found,
        what,
    )
    if not told:
        return
    now, pinned = shown.fingerprint(told[0]), shown.fingerprint(asked.pinned)
    if now != pinned:
        session.journal.note("WARNING", "stale pin", user_pool=asked.user_pool_id, signs_with=now, pinned=pinned)
    found.measure(contract.STALE_PIN, now != pinned)
    try:
        found.ends(contract.WHAT_SP, told[0])
    except ValueError as error:
        _fail(f"the signing certificate of {what} cannot be used: {error}", session, found)


def _attempt(work: Callable[[], object], session: Session, found: _Found, what: str) -> None:
    """Do *work*; what goes wrong is remembered, and the next thing is looked at all the same."""
    try:
        work()
    except ProviderError as error:
        _fail(str(error), session, found)
    except Exception as error:  # noqa: BLE001 - one thing that cannot be looked at hides no other
        import traceback  # noqa: PLC0415 - only needed here

        trace = session.journal.redactor.clean("".join(traceback.format_exception(error)))
        session.journal.note("ERROR", "unexpected", what=what, traceback=trace)
        _fail(f"unexpected {type(error).__name__} at {what}", session, found)


def _fail(reason: str, session: Session, found: _Found) -> None:
    reason = session.journal.redactor.clean(reason)
    session.journal.note("ERROR", "not watched", reason=reason)
    found.problems.append(reason)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
