"""Create, update and delete of an access: which groups see an application.

Groups bound by hand beside those that are named stay.  Not here: the groups that must exist before an application is
made (`creation.py`).
"""

from __future__ import annotations

from . import adoption, desired, plan
from .errors import ApplicationError, NotFound, PropertyError, ProviderError
from .groups import GroupIndex
from .live import APPLICATION_ID
from .session import NOTHING_MADE, Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .desired import Access
    from .directory import Directory
    from .session import Event, Session

SUFFIX = "/access"
READ_BACKS = 3
"""How often the associations are read before one that is missing counts as lost: they are a graph, kept elsewhere."""


def apply(event: Event, session: Session) -> Outcome:
    """Create and update: all names first, then bind what is missing, unbind what was named before, read back."""
    wanted = desired.access(event.properties, logical_id=event.logical_id)
    application_id = wanted.application_id
    doing = f"binding groups to application {application_id}"
    directory = session.open(wanted.directory)
    index = GroupIndex(directory)
    _leave_failed_replacement(wanted, event, session)
    groups = index.exactly_one_each(wanted.groups, doing)
    bound = directory.bound_groups(application_id)
    missing = [group for group in groups if group["id"] not in bound]
    leaving = to_unbind(index, _no_longer(wanted, event), bound)
    physical_id = application_id + SUFFIX
    if not missing and not leaving:
        return Outcome(physical_id, plan.NONE)
    if adoption.is_first(physical_id, event, adopted=wanted.adopted):
        names = ", ".join(repr(group["name"]) for group in missing)
        raise ApplicationError(doing, f"it was made by hand, and {names} are not bound to it", adoption.LATER)
    bound_now: list[dict[str, str]] = []
    try:
        for group in missing:
            session.made = physical_id
            bound_now.append(group)
            directory.bind(application_id, group)
        for group in leaving:
            directory.unbind(application_id, group)
        _read_back(directory, application_id, groups, doing, session)
    except Exception as error:
        if not event.physical_id:
            _undo(directory, application_id, bound_now, session, error)
        raise
    fields = [f"+{group['name']}" for group in missing] + [f"-{group['name']}" for group in leaving]
    return Outcome(physical_id, plan.UPDATE, tuple(fields))


def delete(event: Event, session: Session) -> Outcome:
    """Unbind the named groups, unless the application was made by hand.

    An application, a group or an association that is gone is no fault.  Also under an id that CloudFormation made up: a
    create that never answered may have bound groups, and nobody is to see an application by chance.
    """
    if event.physical_id.startswith(NOTHING_MADE):
        return Outcome(event.physical_id, plan.NONE)
    is_named = APPLICATION_ID.fullmatch(event.physical_id.removesuffix(SUFFIX)) and event.physical_id.endswith(SUFFIX)
    try:
        was = desired.access(event.properties, logical_id=event.logical_id)
    except PropertyError as error:
        if is_named:
            raise
        # The create reads the same properties before its first call: nothing can have been made.
        session.journal.note("INFO", "nothing was made", cause=error.cause)
        return Outcome(event.physical_id, plan.NONE)
    if was.adopted:
        return Outcome(event.physical_id, plan.NONE)
    application_id = event.physical_id.removesuffix(SUFFIX) if is_named else was.application_id
    fields = _unbind_all(application_id, was, session.open(was.directory))
    return Outcome(event.physical_id, plan.UPDATE if fields else plan.NONE, fields)


def _unbind_all(application_id: str, was: Access, directory: Directory) -> tuple[str, ...]:
    """Unbind the groups of *was*; gives which, for the log."""
    try:
        bound = directory.bound_groups(application_id)
    except NotFound:
        return ()
    leaving = to_unbind(GroupIndex(directory), was.groups, bound) if bound else []
    for group in leaving:
        directory.unbind(application_id, group)
    return tuple(f"-{group['name']}" for group in leaving)


def _leave_failed_replacement(wanted: Access, event: Event, session: Session) -> None:
    """Unbind what an access that was to move to another application, and could not, has bound there.

    CloudFormation then says that it moves back, with the physical id that it never gave up.
    """
    try:
        old = desired.access(event.old_properties, logical_id=event.logical_id)
    except PropertyError:
        return
    if event.physical_id != wanted.application_id + SUFFIX or old.application_id == wanted.application_id:
        return
    try:
        if not old.adopted:
            _unbind_all(old.application_id, old, session.open(old.directory))
    except ProviderError as error:
        if old.directory == wanted.directory:
            raise
        # The directory that was moved to may be the very one that cannot be reached: the way back must stay open.
        session.journal.note("WARNING", "could not look for what a failed replacement left", cause=str(error))


def _no_longer(wanted: Access, event: Event) -> list[str]:
    """Names that the old properties had for the same application, and the new ones have not."""
    try:
        old = desired.access(event.old_properties, logical_id=event.logical_id)
    except PropertyError:
        return []
    if old.application_id != wanted.application_id:
        return []
    return [name for name in old.groups if name not in wanted.groups]


def to_unbind(index: GroupIndex, names: Iterable[str], bound: set[str]) -> list[dict[str, str]]:
    """The bound groups of these names.

    A name was unique when it was bound.  Where several bound groups have it now, it was the oldest: ids begin with
    the time at which they were given.
    """
    leaving = []
    for name in names:
        found = [group for group in index.named(name) if group["id"] in bound]
        leaving += sorted(found, key=lambda group: group["id"])[:1]
    return leaving


def _read_back(
    directory: Directory, application_id: str, groups: list[dict[str, str]], doing: str, session: Session
) -> None:
    for attempt in range(1, READ_BACKS + 1):
        bound = directory.bound_groups(application_id)
        lost = [group["name"] for group in groups if group["id"] not in bound]
        if not lost:
            return
        if attempt == READ_BACKS or not session.caller.pause(attempt + 1, session.deadline):
            break
    raise ApplicationError(
        doing,
        f"the directory accepted, but does not list {', '.join(map(repr, lost))}",
        "look at the application's user groups in the directory's console, then deploy again",
    )


def _undo(
    directory: Directory, application_id: str, bound_now: list[dict[str, str]], session: Session, error: Exception
) -> None:
    """Unbind what a create has just bound; where that fails, CloudFormation's own delete tries again."""
    session.deadline.open_reserve()
    try:
        for group in bound_now:
            directory.unbind(application_id, group)
    except ProviderError as also:
        session.journal.note("ERROR", "clean-up failed", application=application_id, cause=str(also))
        if isinstance(error, ProviderError):
            error.fix += f"; cleaning up failed too ({also.cause})"
        return
    session.made = None
