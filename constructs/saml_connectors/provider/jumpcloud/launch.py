"""Create, update and delete of a launch: what an application opens, and where it posts to where that comes late.

Both are known only once the AWS side exists.  Not here: the application's other settings (`lifecycle.py`).
"""

from __future__ import annotations

from . import bodies, desired, plan
from .errors import ApplicationError, PropertyError
from .live import APPLICATION_ID
from .merge_write import write_changes
from .session import Outcome

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
    changes = plan.differences(_cleared(set_here.config, live, directory, session), live) if live else {}
    if live is None or not changes:
        return Outcome(event.physical_id, plan.NONE)
    write_changes(directory, live, changes, f"clearing what {live} opens")
    return Outcome(event.physical_id, plan.UPDATE, tuple(sorted(changes)))


def _no_longer(wanted: Launch, event: Event) -> dict[str, str]:
    """Settings that the old properties had for the same application, and the new ones have not."""
    try:
        old = desired.launch(event.old_properties, logical_id=event.logical_id)
    except PropertyError:
        return {}
    if old.application_id != wanted.application_id:
        return {}
    return {key: value for key, value in old.config.items() if key not in wanted.config}


def _cleared(was: Mapping[str, str], live: Live, directory: Directory, session: Session) -> dict[str, Any]:
    """What the settings of *was* go back to: nothing; the ACS URL, which no application is without, to its default.

    An ACS URL that is another one by now was set by the application's own properties, or by hand: it stays.
    """
    fields: dict[str, Any] = {plan.CONFIG + key: "" for key in was if key != desired.ACS_URL}
    path = plan.CONFIG + desired.ACS_URL
    if desired.ACS_URL not in was or not plan.same(path, was[desired.ACS_URL], live.value_at(path)):
        return fields
    template = directory.template(live.template)
    default = template.default(desired.ACS_URL) if template else None
    if default is None:
        why = f"template {live.template!r} tells no default"
        session.journal.note("WARNING", "the ACS URL stays as it is", application=live.id, why=why)
        return fields
    return {**fields, path: default}
