"""Create, update and delete of a launch: what an application opens, known only after the app client exists.

Not here: the application's other settings (`lifecycle.py`).
"""

from __future__ import annotations

from . import bodies, desired, plan
from .errors import ApplicationError, PropertyError
from .live import APPLICATION_ID
from .merge_write import write_changes
from .session import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .desired import Launch
    from .session import Event, Session

SUFFIX = "/launch"


def apply(event: Event, session: Session) -> Outcome:
    """Create and update: write the fields that differ; clear those that the old properties set, and these do not."""
    wanted = desired.launch(event.properties, logical_id=event.logical_id)
    directory = session.open(wanted.directory)
    doing = f"setting what application {wanted.application_id} opens"
    live = directory.application(wanted.application_id)
    if live is None:
        fix = "if it was removed in the console, deploy a change to the application itself: it is then made anew"
        raise ApplicationError(doing, "there is no such application", fix)
    fields: dict[str, str] = {plan.CONFIG + key: value for key, value in wanted.config.items()}
    for key in _no_longer(wanted, event):
        fields.setdefault(plan.CONFIG + key, "")
    changes = plan.differences(fields, live)
    physical_id = wanted.application_id + SUFFIX
    if not changes:
        return Outcome(physical_id, plan.NONE)
    bodies.merged(live, changes, doing)  # raises for an unknown setting before anything counts as written
    session.made = physical_id
    write_changes(directory, live, changes, f"setting what {live} opens")
    return Outcome(physical_id, plan.UPDATE, tuple(sorted(changes)))


def delete(event: Event, session: Session) -> Outcome:
    """Clear what this resource set, where the application is still there."""
    application_id = event.physical_id.removesuffix(SUFFIX)
    if not APPLICATION_ID.fullmatch(application_id) or application_id == event.physical_id:
        return Outcome(event.physical_id, plan.NONE)
    set_here = desired.launch(event.properties, logical_id=event.logical_id)
    directory = session.open(set_here.directory)
    live = directory.application(application_id)
    changes = plan.differences({plan.CONFIG + key: "" for key in set_here.config}, live) if live else {}
    if live is None or not changes:
        return Outcome(event.physical_id, plan.NONE)
    write_changes(directory, live, changes, f"clearing what {live} opens")
    return Outcome(event.physical_id, plan.UPDATE, tuple(sorted(changes)))


def _no_longer(wanted: Launch, event: Event) -> set[str]:
    """Settings that the old properties managed for the same application, and the new ones do not."""
    try:
        old = desired.launch(event.old_properties, logical_id=event.logical_id)
    except PropertyError:
        return set()
    return set(old.config) - set(wanted.config) if old.application_id == wanted.application_id else set()
