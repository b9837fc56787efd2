"""Create, update and delete of group attributes: what groups carry for their members to inherit.

An attribute is this resource's by its group and name, or by its value; anything else on a group is somebody else's.
Not here: how one group is written (`group_write.py`), and what follows for it (`group_plan.py`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from . import contract, group_plan, plan, slugs
from .desired_attributes import group_attributes
from .errors import PropertyError, ProviderError
from .group_plan import Edit
from .group_write import GroupWriter, raise_if_any, raise_if_needed
from .groups import GroupIndex
from .session import NOTHING_MADE, Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .desired_attributes import GroupAttributes
    from .directory import Directory
    from .live import LiveGroup
    from .session import Event, Session

SUFFIX = "/group-attributes"
DOING = "setting attributes of groups"


class _Former(NamedTuple):
    """What the old properties say, looked up: by id of the group its name, and its attributes."""

    directory: Directory | None = None
    names: Mapping[str, str] = MappingProxyType({})
    attributes: Mapping[str, Mapping[str, str]] = MappingProxyType({})


def apply(event: Event, session: Session) -> Outcome:
    """Create and update: check all groups first, then set, then remove what is not wanted any more, then read back.

    Where it fails half-way, what was changed is put back; where that fails too, CloudFormation's next event does it.
    """
    wanted = group_attributes(event.properties, logical_id=event.logical_id)
    old = _old(event)
    physical_id = _physical_id(event)
    if not wanted.groups and (old is None or not old.groups):
        return Outcome(physical_id, plan.NONE)
    directory = session.open(wanted.directory)
    index = GroupIndex(directory)
    groups = index.exactly_one_each(wanted.groups, DOING)
    former = _Former() if old is None else _former(old, wanted, index, session)
    edits = _edits(wanted, old, former, groups)
    leaving = _leaving(former, {edit.group_id for edit in edits})
    elsewhere = former.directory is not None and former.directory is not directory
    differing = _differing(edits if elsewhere else edits + leaving, directory)
    writer = GroupWriter(directory, session)
    written: list[tuple[Edit, LiveGroup]] = []
    try:
        for edit, live in differing:
            session.made = physical_id
            written.append((edit, live))
            writer.write(edit, live if len(differing) == 1 else None)
        writer.settle([edit for edit, _ in differing])
    except Exception as error:
        _undo(writer, written, session, error)
        raise
    fields = _fields(differing)
    if elsewhere and former.directory is not None:
        fields += _remove_elsewhere(former.directory, leaving, session)
    return Outcome(physical_id, plan.UPDATE if fields else plan.NONE, fields)


def delete(event: Event, session: Session) -> Outcome:
    """Remove what still has this resource's value; groups that are gone are no fault.

    Also under an id that CloudFormation made up: a create that never answered may have written, and what it wrote is
    known by its value.
    """
    if event.physical_id.startswith(NOTHING_MADE):
        return Outcome(event.physical_id, plan.NONE)
    try:
        was = group_attributes(event.properties, logical_id=event.logical_id)
    except PropertyError as error:
        if event.physical_id == _physical_id(event):
            raise
        # The create reads the same properties before its first call: nothing can have been made.
        session.journal.note("INFO", "nothing was made", cause=error.cause)
        return Outcome(event.physical_id, plan.NONE)
    if not was.groups:
        return Outcome(event.physical_id, plan.NONE)
    directory = session.open(was.directory)
    fields = _remove(directory, _leaving(_lookup(was, directory, GroupIndex(directory), session)), session)
    return Outcome(event.physical_id, plan.UPDATE if fields else plan.NONE, fields)


def _physical_id(event: Event) -> str:
    """Follows from stack and construct alone, so it never changes, and no directory is asked for it."""
    derived = slugs.derived(
        stack_id=event.stack_id,
        logical_id=event.logical_id,
        api_url="",
        org_id=None,
        template=contract.GROUP_ATTRIBUTES,
    )
    return derived + SUFFIX


def _old(event: Event) -> GroupAttributes | None:
    try:
        return group_attributes(event.old_properties, logical_id=event.logical_id)
    except PropertyError:
        return None


def _former(old: GroupAttributes, wanted: GroupAttributes, index: GroupIndex, session: Session) -> _Former:
    """What the old properties say, looked up where they say it.

    With another credential for the same directory, by the new one: the old one may be gone.
    """
    before, now = old.directory, wanted.directory
    if (before.api_url, before.org_id) == (now.api_url, now.org_id):
        return _lookup(old, session.open(now), index, session)
    try:
        directory = session.open(before)
        return _lookup(old, directory, GroupIndex(directory), session)
    except ProviderError as error:
        # The directory that was moved away from may not be there any more; in a rollback it may never have been.
        cause = str(error)
        session.journal.note("WARNING", "attributes are left behind in the former directory", cause=cause)
        return _Former()


def _lookup(was: GroupAttributes, directory: Directory, index: GroupIndex, session: Session) -> _Former:
    """The groups of *was*: by name, and where there is none of a name any more, by the attributes' values.

    A group that was renamed would otherwise keep what was taken away from it, and its members with it.
    """
    names: dict[str, str] = {}
    attributes: dict[str, dict[str, str]] = {}
    missing: list[Mapping[str, str]] = []
    for name, carried in was.groups.items():
        found = index.named(name)
        if not found:
            missing.append(carried)
        for group in found:
            names[group["id"]] = name
            attributes.setdefault(group["id"], {}).update(carried)
    for live in directory.listed_groups() if missing else ():
        for carried in missing:
            ours = {name: value for name, value in carried.items() if live.attributes.get(name) == value}
            if ours:
                session.journal.note("INFO", "found by its attributes under another name", group=live.id)
                names.setdefault(live.id, live.name)
                attributes.setdefault(live.id, {}).update(ours)
    return _Former(directory, names, attributes)


def _edits(
    wanted: GroupAttributes, old: GroupAttributes | None, former: _Former, groups: Sequence[Mapping[str, str]]
) -> list[Edit]:
    """One for each group that is to carry something: what leaves it goes in the same write."""
    values: dict[str, set[str]] = {}
    for carried in old.groups.values() if old else ():
        for name, value in carried.items():
            values.setdefault(name, set()).add(value)
    known = {name: frozenset(found) for name, found in values.items()}
    edits = []
    for group in groups:
        was = former.attributes.get(group["id"], {})
        now = wanted.groups[group["name"]]
        leaving = {name: value for name, value in was.items() if name not in now}
        edits.append(Edit(group["id"], group["name"], now, leaving, frozenset(was), known))
    return edits


def _leaving(former: _Former, stays: Collection[str] = ()) -> list[Edit]:
    """One for each group that is to carry nothing any more: all but those of the ids in *stays*."""
    return [
        Edit(group_id, former.names[group_id], leaving=carried)
        for group_id, carried in former.attributes.items()
        if group_id not in stays
    ]


def _differing(edits: Sequence[Edit], directory: Directory) -> list[tuple[Edit, LiveGroup]]:
    """Those that change something, with the group as it is; all that stands in the way of any is told at once."""
    found: list[tuple[Edit, LiveGroup]] = []
    problems: list[tuple[str, str]] = []
    for edit in edits:
        live = directory.group(edit.group_id)
        if live is None:
            raise_if_needed(edit, DOING)
            continue
        problems += group_plan.problems(edit, live)
        if group_plan.edited(edit, live.attributes) != live.attributes:
            found.append((edit, live))
    raise_if_any(problems, DOING)
    return found


def _remove(directory: Directory, leaving: Sequence[Edit], session: Session) -> tuple[str, ...]:
    differing = _differing(leaving, directory)
    writer = GroupWriter(directory, session)
    for edit, live in differing:
        writer.write(edit, live if len(differing) == 1 else None)
    writer.settle([edit for edit, _ in differing])
    return _fields(differing)


def _remove_elsewhere(directory: Directory, leaving: Sequence[Edit], session: Session) -> tuple[str, ...]:
    """Remove in the directory that was moved away from, as far as it can be reached."""
    try:
        return _remove(directory, leaving, session)
    except ProviderError as error:
        session.journal.note("WARNING", "attributes are left behind in the former directory", cause=str(error))
        return ()


def _undo(writer: GroupWriter, written: Sequence[tuple[Edit, LiveGroup]], session: Session, error: Exception) -> None:
    """Put back what was changed, last first; where that fails too, the error says so."""
    session.deadline.open_reserve()
    try:
        for edit, live in reversed(written):
            writer.write(group_plan.undoing(edit, live.attributes))
    except ProviderError as also:
        session.journal.note("ERROR", "clean-up failed", cause=str(also))
        if isinstance(error, ProviderError):
            error.fix += f"; cleaning up failed too ({also.cause})"
        return
    session.made = None
    session.journal.note("INFO", "cleaned up", groups=[edit.group_name for edit, _ in written])


def _fields(differing: Sequence[tuple[Edit, LiveGroup]]) -> tuple[str, ...]:
    """What changed, for the log: group and name of each attribute, never a value."""
    return tuple(
        f"{step}{edit.group_name}.{name}"
        for edit, live in differing
        for name, step in group_plan.steps(live.attributes, group_plan.edited(edit, live.attributes)).items()
    )
