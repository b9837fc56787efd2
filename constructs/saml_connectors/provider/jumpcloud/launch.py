"""Create, update and delete of a launch: what an application opens, and where it posts to where that comes late.

Both are known only once the AWS side exists.  Not here: the application's other settings (`lifecycle.py`).
"""

from __future__ import annotations

from . import adoption, bodies, desired, plan
from .errors import ApplicationError, PropertyError, ProviderError
from .live import APPLICATION_ID
from .merge_write import write_changes
from .session import NOTHING_MADE, Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .desired import Launch
    from .directory import Directory
    from .live import Live
    from .session import Event, Session

SUFFIX = "/launch"


def apply(event: Event, session: Session) -> Outcome:
    """Create and update: write the fields that differ; clear those that the old properties set, and these do not."""
    wanted = desired.launch(event.properties, logical_id=event.logical_id)
    directory = session.open(wanted.directory)
    doing = f"setting what application {wanted.application_id} opens"
    _leave_failed_replacement(wanted, event, session)
    live = directory.application(wanted.application_id)
    if live is None:
        fix = "if it was removed in the console, deploy a change to the application itself: it is then made anew"
        raise ApplicationError(doing, "there is no such application", fix)
    fields = _cleared(_no_longer(wanted, event), live, directory, session)
    fields |= {plan.CONFIG + key: value for key, value in wanted.config.items()}
    changes = plan.differences(fields, live)
    physical_id = wanted.application_id + SUFFIX
    if not changes:
        return Outcome(physical_id, plan.NONE)
    if adoption.is_first(physical_id, event, adopted=wanted.adopted):
        raise ApplicationError(doing, f"{live} opens something else: {adoption.told(changes, live)}", adoption.LATER)
    bodies.merged(live, changes, doing)  # raises for an unknown setting before anything counts as written
    session.made = physical_id
    write_changes(directory, live, changes, f"setting what {live} opens")
    return Outcome(physical_id, plan.UPDATE, tuple(sorted(changes)))


def delete(event: Event, session: Session) -> Outcome:
    """Clear what this resource set, where the application is still there and was not made by hand.

    Also under an id that CloudFormation made up: a create that never answered may have written, and what it wrote is
    known by its value.
    """
    if event.physical_id.startswith(NOTHING_MADE):
        return Outcome(event.physical_id, plan.NONE)
    is_named = APPLICATION_ID.fullmatch(event.physical_id.removesuffix(SUFFIX)) and event.physical_id.endswith(SUFFIX)
    try:
        set_here = desired.launch(event.properties, logical_id=event.logical_id)
    except PropertyError as error:
        if is_named:
            raise
        # The create reads the same properties before its first call: nothing can have been made.
        session.journal.note("INFO", "nothing was made", cause=error.cause)
        return Outcome(event.physical_id, plan.NONE)
    if set_here.adopted:
        return Outcome(event.physical_id, plan.NONE)
    directory = session.open(set_here.directory)
    application_id = event.physical_id.removesuffix(SUFFIX) if is_named else set_here.application_id
    fields = _clear(application_id, set_here, directory, session)
    return Outcome(event.physical_id, plan.UPDATE if fields else plan.NONE, fields)


def _clear(application_id: str, set_here: Launch, directory: Directory, session: Session) -> tuple[str, ...]:
    """Clear the settings of *set_here* that still have its values; gives which."""
    live = directory.application(application_id)
    if live is None:
        return ()
    changes = plan.differences(_cleared(set_here.config, live, directory, session), live)
    if changes:
        write_changes(directory, live, changes, f"clearing what {live} opens")
    return tuple(sorted(changes))


def _leave_failed_replacement(wanted: Launch, event: Event, session: Session) -> None:
    """Clear what a launch that was to move to another application, and could not, has set there.

    CloudFormation then says that it moves back, with the physical id that it never gave up.
    """
    try:
        old = desired.launch(event.old_properties, logical_id=event.logical_id)
    except PropertyError:
        return
    if event.physical_id != wanted.application_id + SUFFIX or old.application_id == wanted.application_id:
        return
    try:
        if not old.adopted:
            _clear(old.application_id, old, session.open(old.directory), session)
    except ProviderError as error:
        if old.directory == wanted.directory:
            raise
        # The directory that was moved to may be the very one that cannot be reached: the way back must stay open.
        session.journal.note("WARNING", "could not look for what a failed replacement left", cause=str(error))


def _no_longer(wanted: Launch, event: Event) -> dict[str, str]:
    """Settings that the old properties had for the same application, and the new ones have not."""
    try:
        old = desired.launch(event.old_properties, logical_id=event.logical_id)
    except PropertyError:
        return {}
    if old.application_id != wanted.application_id or (wanted.adopted and not old.adopted):
        return {}
    return {key: value for key, value in old.config.items() if key not in wanted.config}


def _cleared(was: Mapping[str, str], live: Live, directory: Directory, session: Session) -> dict[str, Any]:
    """What the settings of *was* go back to: nothing; the ACS URL, which no application is without, to its default.

    What is another one by now was set by the application's own properties, or by hand: it stays.
    """
    ours = [key for key, value in was.items() if plan.same(plan.CONFIG + key, value, live.value_at(plan.CONFIG + key))]
    fields: dict[str, Any] = {plan.CONFIG + key: "" for key in ours if key != desired.ACS_URL}
    path = plan.CONFIG + desired.ACS_URL
    if desired.ACS_URL not in ours:
        return fields
    template = directory.template(live.template)
    default = template.default(desired.ACS_URL) if template else None
    if default is None:
        why = f"template {live.template!r} tells no default"
        session.journal.note("WARNING", "the ACS URL stays as it is", application=live.id, why=why)
        return fields
    return {**fields, path: default}
