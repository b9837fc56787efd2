"""Create, update and delete of an application: read, plan, apply.

Not here: how one comes into being (`creation.py`) or is taken over (`adoption.py`), launch and access (their own
files), the protocol (`handler.py`).
"""

from __future__ import annotations

from . import adoption, contract, desired, ownership, plan, trust
from .creation import Creation, note_assumed
from .errors import PropertyError, ProviderError
from .groups import GroupIndex
from .handover import Handover
from .live import APPLICATION_ID
from .merge_write import write_changes
from .session import LEFT_BEHIND, MAYBE_MADE, NOTHING_MADE, Outcome
from .verify import facts, fingerprint_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .desired import Application
    from .directory import Directory
    from .live import Live
    from .session import Event, Session

DELETE, DEACTIVATE = "delete", "deactivate"
_LISTS = frozenset({plan.CONFIG + desired.DATABASE_ATTRIBUTES, plan.CONFIG + desired.CONSTANT_ATTRIBUTES})
"""What an application says of people is cleared whatever has become of it: nobody keeps a role by chance."""


def create(event: Event, session: Session) -> Outcome:
    """Bring the application into being."""
    wanted = _read(event, event.properties)
    if wanted.adopt:
        return adoption.take_over(wanted, session.open(wanted.directory), session)
    return Creation(wanted, session.open(wanted.directory), session, request_id=event.request_id).run()


def update(event: Event, session: Session) -> Outcome:
    """Change the application where it stays the same one; else bring another into being, and leave the old one.

    Whether it stays the same is asked of the directory, not of the old properties alone: after a failed replacement
    those describe an application that this one never became.
    """
    wanted = _read(event, event.properties)
    try:
        old = _read(event, event.old_properties)
    except PropertyError:
        old = None
    directory = session.open(wanted.directory)
    if wanted.adopt and wanted.adopt != event.physical_id:
        return adoption.take_over(wanted, directory, session)
    if wanted.adopt:  # raises where it is another one: what was made by hand is never replaced
        live: Live | None = adoption.found(wanted, directory)[0]
    else:
        live = directory.application(event.physical_id) if APPLICATION_ID.fullmatch(event.physical_id) else None
    former = _before_adoption(wanted, old, event, directory)
    if former is not None:
        session.journal.note("INFO", "back to the one before adoption", application=former.id)
        return change(wanted, None, former, directory, session)[1]
    if live is None or plan.identity_differences(wanted, live):
        why = "not there any more" if live is None else ", ".join(plan.identity_differences(wanted, live))
        session.journal.note("INFO", "replacing", application=event.physical_id, why=why)
        replacing = live or _replaced_elsewhere(wanted, old, event, session)
        if replacing is None and old is not None and old.directory == wanted.directory:
            _remove_orphan(wanted, old, None, session)
        made = Creation(wanted, directory, session, request_id=event.request_id, replacing=replacing).run()
        return Outcome(made.physical_id, plan.REPLACE, (why,), made.data)
    live, outcome = change(wanted, old, live, directory, session)
    if old is not None:
        _remove_orphan(wanted, old, live, session)
    return outcome


def change(
    wanted: Application, old: Application | None, live: Live, directory: Directory, session: Session
) -> tuple[Live, Outcome]:
    """Bring *live*, which stays the same application, to what is wanted; returns it as it is then, and the outcome.

    Args:
        wanted: What is wanted.
        old: What was wanted before, so that what is not managed any more goes back; None where that is not known.
        live: The application, just read.
        directory: Where it is.
        session: The invocation.
    """
    doing = f"updating {wanted} ({live.id})"
    trust.hold(wanted.signing, old.signing if old else trust.Signing(), fingerprint_of(live), doing)
    index = GroupIndex(directory)
    if old is None or wanted.required_groups != old.required_groups:
        index.exactly_one_each(wanted.required_groups, doing)
    handover = Handover(old, wanted, live.id, directory, index)
    note_assumed(wanted, live.config, session.journal)
    step = plan.plan(wanted, live, _cleared(wanted, old, live, directory))
    moved = handover.before()
    if step.kind == plan.UPDATE:
        live = write_changes(directory, live, step.changes, doing)
    moved += handover.after(doing)
    data = facts(wanted, live, doing)
    return live, Outcome(live.id, plan.UPDATE if moved else step.kind, step.fields + moved, data)


def delete(event: Event, session: Session) -> Outcome:
    """Take away what the physical id names; where it names nothing, what a create without an answer left."""
    if event.physical_id.startswith(NOTHING_MADE) or adoption.is_left(event):
        return Outcome(event.physical_id, plan.NONE)
    application_id = event.physical_id.removeprefix(LEFT_BEHIND)
    if not APPLICATION_ID.fullmatch(application_id):
        return _delete_unanswered(event, session)
    removal = desired.removal(event.properties, logical_id=event.logical_id)
    directory = session.open(removal.directory)
    never_worked = application_id != event.physical_id
    if removal.on_removal == contract.ON_REMOVAL_DEACTIVATE and not never_worked:
        return _deactivate(application_id, directory)
    gone = not directory.delete_application(application_id)
    return Outcome(event.physical_id, plan.NONE if gone else DELETE)


def _read(event: Event, properties: Mapping[str, Any]) -> Application:
    return desired.application(properties, stack_id=event.stack_id, logical_id=event.logical_id)


def _cleared(wanted: Application, old: Application | None, live: Live, directory: Directory) -> dict[str, Any]:
    """The fields that are not managed any more, with what each goes back to.

    What is not as the old properties say is the launch's by now, or was set by hand, and stays: a rollback
    also comes after an update that never wrote anything.  Where an application becomes one that was made by hand,
    everything that is not chosen stays.
    """
    becomes_adopted = old is not None and old.adopt is None and wanted.adopt is not None
    paths = plan.released(wanted, old) if old is not None and not becomes_adopted else ()
    if old is not None:
        given = plan.settings(old)
        paths = tuple(path for path in paths if path in _LISTS or plan.same(path, given[path], live.value_at(path)))
    has_settings = any(path.startswith(plan.CONFIG) for path in paths)
    return plan.reset_values(paths, directory.template(wanted.template) if has_settings else None)


def _before_adoption(wanted: Application, old: Application | None, event: Event, directory: Directory) -> Live | None:
    """The application that this resource had before it took over the one that the event names, where it is there still.

    So it is in a rollback: the one made by hand, which may be equal in every field, is to be let go untouched then.
    """
    if wanted.adopt or old is None or old.adopt != event.physical_id or old.directory != wanted.directory:
        return None
    for candidate in ownership.in_its_place(wanted, directory):
        live = directory.application(candidate.id) if candidate.id != event.physical_id else None
        if live is not None and ownership.looks_like_own(wanted, live):
            return live
    return None


def _replaced_elsewhere(wanted: Application, old: Application | None, event: Event, session: Session) -> Live | None:
    """The application that is replaced, where it is in another directory than the wanted one."""
    if old is None or old.directory == wanted.directory or not APPLICATION_ID.fullmatch(event.physical_id):
        return None
    try:
        return session.open(old.directory).application(event.physical_id)
    except ProviderError as error:
        session.journal.note("WARNING", "could not look at the application that is replaced", cause=str(error))
        return None


def _remove_orphan(wanted: Application, old: Application, live: Live | None, session: Session) -> None:
    """After a failed replacement: remove what came of it and never got an answer through.

    The old properties then describe an application that is neither the one named (it may be gone) nor the one wanted.
    """
    slugs = {wanted.slug, live.slug if live else wanted.slug}
    is_wanted = old.bookmark_url == wanted.bookmark_url if old.is_bookmark else old.slug in slugs
    if old.adopt or is_wanted or (live is not None and not plan.identity_differences(old, live)):
        return
    try:
        directory = session.open(old.directory)
        for orphan in ownership.in_its_place(old, directory):
            if not _is_left_over(old, orphan, directory):  # somebody else's, or taken out of use and to stay
                session.journal.note("WARNING", "not surely what a failed replacement left", application=orphan.id)
                continue
            directory.delete_application(orphan.id)
            session.journal.note("INFO", "removed what a failed replacement left", application=orphan.id)
    except ProviderError as error:
        if old.directory == wanted.directory:
            raise
        # The directory that was moved to may be the very one that cannot be reached: the way back must stay open.
        session.journal.note("WARNING", "could not look for what a failed replacement left", cause=str(error))


def _delete_unanswered(event: Event, session: Session) -> Outcome:
    """Delete after a create whose answer never came: CloudFormation, or this function, made the physical id up."""
    try:
        wanted = _read(event, event.properties)
    except PropertyError as error:
        # The create reads the same properties before its first call: nothing can have been made.
        session.journal.note("INFO", "nothing was made", cause=error.cause)
        return Outcome(event.physical_id, plan.NONE)
    was_sent = event.physical_id.startswith(MAYBE_MADE)
    if not ownership.proves_ownership(wanted) and not was_sent:
        why = "a chosen slug and a bookmark's URL prove nothing: look there for what a create without an answer left"
        place = wanted.bookmark_url or wanted.slug
        session.journal.note("WARNING", "nothing that is surely this resource's", place=place, why=why)
        return Outcome(event.physical_id, plan.NONE)
    directory = session.open(wanted.directory)
    removed = False
    for found in ownership.in_its_place(wanted, directory):
        if not _is_left_over(wanted, found, directory):
            continue
        if ownership.is_recent(found, directory, ownership.UNANSWERED_SECONDS):
            removed = directory.delete_application(found.id) or removed
        else:
            # Older than the create: a removal had kept it, and the create was about to take it up again.
            removed = _deactivate(found.id, directory).plan != plan.NONE or removed
    return Outcome(event.physical_id, DELETE if removed else plan.NONE)


def _is_left_over(wanted: Application, found: Live, directory: Directory) -> bool:
    """Whether a create left it, not a removal that only deactivates."""
    if ownership.proves_ownership(wanted):
        return found.active
    live = directory.application(found.id)
    return live is not None and ownership.looks_like_own(wanted, live) and ownership.is_recent(live, directory)


def _deactivate(application_id: str, directory: Directory) -> Outcome:
    live = directory.application(application_id)
    if live is None or (live.says_active and not live.active):
        return Outcome(application_id, plan.NONE)
    write_changes(directory, live, {plan.ACTIVE: False}, f"deactivating {live}")
    return Outcome(application_id, DEACTIVATE, (plan.ACTIVE,))
