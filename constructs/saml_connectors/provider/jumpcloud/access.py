"""Create, update and delete of an access: which groups see an application.

Groups bound by hand beside those that are named stay.  Not here: the groups that must exist before an application is
made (`creation.py`).
"""

from __future__ import annotations

from . import desired, plan
from .errors import ApplicationError, NotFound, PropertyError, ProviderError
from .groups import GroupIndex
from .live import APPLICATION_ID
from .session import Outcome

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
    groups = index.exactly_one_each(wanted.groups, doing)
    bound = directory.bound_groups(application_id)
    missing = [group for group in groups if group["id"] not in bound]
    leaving = to_unbind(index, _no_longer(wanted, event), bound)
    physical_id = application_id + SUFFIX
    if not missing and not leaving:
        return Outcome(physical_id, plan.NONE)
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
    """Unbind the named groups; an application, a group or an association that is gone is no fault."""
    application_id = event.physical_id.removesuffix(SUFFIX)
    if not APPLICATION_ID.fullmatch(application_id) or application_id == event.physical_id:
        return Outcome(event.physical_id, plan.NONE)
    was = desired.access(event.properties, logical_id=event.logical_id)
    directory = session.open(was.directory)
    try:
        bound = directory.bound_groups(application_id)
    except NotFound:
        return Outcome(event.physical_id, plan.NONE)
    leaving = to_unbind(GroupIndex(directory), was.groups, bound) if bound else []
    for group in leaving:
        directory.unbind(application_id, group)
    fields = tuple(f"-{group['name']}" for group in leaving)
    return Outcome(event.physical_id, plan.UPDATE if leaving else plan.NONE, fields)


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
