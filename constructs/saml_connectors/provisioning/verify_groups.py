"""Pure: groups and their members on both sides compared, one group at a time.

Not here: people (`verify.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from saml_connectors.problems import Problem
from saml_connectors.provisioning.people import Group, StoreGroup, StoreSide, StoreUser
from saml_connectors.spec.findings import field_path, shown

if TYPE_CHECKING:
    from saml_connectors.spec.identity_center import IdentityCenterSpec


@dataclass(slots=True)
class Known:
    """Who the users of the store are, as far as comparing people has shown."""

    people: dict[str, str] = field(default_factory=dict)
    """The directory's id of each, by the store's."""

    names: dict[str, str] = field(default_factory=dict)
    """User names of those who are active in the directory, by its id."""

    by_hand: dict[str, str] = field(default_factory=dict)
    """User names of those whom the directory does not know, by the store's id."""

    settled: set[str] = field(default_factory=set)
    """Those of whom enough is said already, because they should not be there at all: their memberships are not told as
    well.  By the store's id."""

    idle: dict[str, str] = field(default_factory=dict)
    """User names of those who are not active in the directory, by its id: they may be in a group or not."""

    def add(self, user: StoreUser, person_id: str, *, active: bool) -> None:
        """Tell who *user* is."""
        self.people[user.id] = person_id
        (self.names if active else self.idle)[person_id] = user.user_name


def compare_groups(
    bound: Sequence[Group], members: Mapping[str, Sequence[str]], store: StoreSide, known: Known
) -> Iterator[Problem]:
    """Every difference between the groups in *bound*, with their *members*, and those of the store."""
    linked: dict[str, StoreGroup] = {}
    unlinked: dict[str, StoreGroup] = {}
    for each in store.groups():
        if each.external_id is None:
            unlinked[each.name] = each
        else:
            linked[each.external_id] = each
    for group in bound:
        found = linked.pop(group.id, None)
        if found is None:
            found = unlinked.pop(group.name, None)
            if found is not None:
                rule = "exists in Identity Center, but SCIM did not make it, so it may not be kept up to date"
                fix = "delete it there, and let SCIM make it; assignments to it have to be made again"
                yield Problem(code="scim-group-unlinked", field=_place(group.name), rule=rule, fix=fix)
        if found is None:
            rule = "must be in Identity Center, and is not"
            fix = "turn group management on in the Admin Portal, and look at its provisioning log"
            yield Problem(code="scim-group-absent", field=_place(group.name), rule=rule, fix=fix)
            continue
        if found.name != group.name:
            rule = "must have the same name in Identity Center: assignments look groups up by it"
            yield Problem(code="scim-group-differs", field=_place(group.name), rule=rule, given=shown(found.name))
        yield from _compare_members(group, members[group.id], store.members(found.id), known)
    for each in linked.values():
        yield Problem(
            code="scim-group-extra",
            field=_place(each.name),
            rule="must be bound to the application, because SCIM once provisioned it",
            fix="delete it in the Identity Center console, or bind it",
        )
    for each in unlinked.values():
        rule = "was made in Identity Center, not provisioned"
        yield Problem(code="scim-group-by-hand", level="note", field=_place(each.name), rule=rule)


def assigned_findings(spec: IdentityCenterSpec, store: StoreSide) -> Iterator[Problem]:
    """Groups with assignments that the store lacks, where groups are not provisioned."""
    names = {each.name for each in store.groups()}
    for name in spec.assigned_groups:
        if name not in names:
            rule = "must be in Identity Center, and is not; scim.manage_groups is false, so SCIM does not bring it"
            yield Problem(code="scim-group-absent", field=_place(name), rule=rule, fix="make it there")


def _compare_members(group: Group, here: Sequence[str], there: Iterator[str], known: Known) -> Iterator[Problem]:
    expected = set(here)
    found: set[str] = set()
    for user_id in there:
        person_id = known.people.get(user_id)
        name = known.by_hand.get(user_id)
        if person_id is not None and person_id in expected:
            found.add(person_id)
        elif person_id is not None:
            name = known.names.get(person_id) or known.idle[person_id]
        elif name is None and user_id not in known.settled:
            name = f"user {user_id}"
        if name is not None:
            rule = f"must not hold {name}, who is no member in the directory"
            yield Problem(code="scim-member-extra", field=_place(group.name), rule=rule)
    for person_id in dict.fromkeys(here):
        if person_id not in found and person_id in known.names:
            rule = f"must hold {known.names[person_id]}, who is a member in the directory"
            yield Problem(code="scim-member-missing", field=_place(group.name), rule=rule)


def _place(name: str) -> str:
    return field_path(("groups", name))
