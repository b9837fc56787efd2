"""Pure: people, groups and members of the directory compared with those of Identity Center; every difference told.

Not here: reading either side, what would fail beforehand (`preflight.py`), and the groups' members
(`verify_groups.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from saml_connectors.problems import Problem
from saml_connectors.provisioning.bound_groups import group_findings, manages_groups
from saml_connectors.provisioning.people import DirectorySide, Person, StoreSide, StoreUser
from saml_connectors.provisioning.preflight import unread_members
from saml_connectors.provisioning.verify_groups import Known, assigned_findings, compare_groups
from saml_connectors.spec.findings import field_path

if TYPE_CHECKING:
    from saml_connectors.spec.identity_center import IdentityCenterSpec

BY_NAME = "made or changed by hand; SCIM takes such a user over when the person is changed in the directory"


@dataclass(slots=True)
class _Users:
    """The store's users that have not been matched yet."""

    linked: dict[str, StoreUser] = field(default_factory=dict)
    """Those whom SCIM made, by the directory's id."""

    unlinked: dict[str, StoreUser] = field(default_factory=dict)
    """Those whom it did not make, by user name in lower case."""

    @classmethod
    def read(cls, store: StoreSide) -> _Users:
        """All of them."""
        users = cls()
        for user in store.users():
            if user.external_id is None:
                users.unlinked[user.user_name.lower()] = user
            else:
                users.linked[user.external_id] = user
        return users


def verify(spec: IdentityCenterSpec, directory: DirectorySide, store: StoreSide) -> Iterator[Problem]:
    """Every difference between the directory and Identity Center.

    Kept in memory: one record for each user of the store, and an id for each member; people of the directory, and
    members of the store's groups, pass by.
    """
    groups = directory.groups()
    yield from group_findings(spec, groups)
    bound = [group for group in groups if group.bound]
    members = {group.id: tuple(map(sys.intern, directory.members(group.id))) for group in bound}
    wanted = {person_id for ids in members.values() for person_id in ids}
    users = _Users.read(store)
    known = Known()
    for person in directory.people():
        if person.id in wanted:
            wanted.discard(person.id)
            yield from _compare(person, users, known)
    if wanted:
        yield unread_members(len(wanted))
    yield from _left_over(users, wanted, known)
    if manages_groups(spec):
        yield from compare_groups(bound, members, store, known)
    else:
        yield from assigned_findings(spec, store)


def _compare(person: Person, users: _Users, known: Known) -> Iterator[Problem]:
    user = users.linked.pop(person.id, None)
    if user is None:
        user = users.unlinked.pop(person.email.lower(), None)
        if user is not None:
            rule = "exists in Identity Center, but SCIM neither made it nor took it over, so it is not kept up to date"
            yield Problem(code="scim-user-unlinked", field=person.place, rule=rule, fix=BY_NAME)
    if user is None:
        if person.state == "ACTIVATED":
            reasons = " and ".join(person.shortcomings())
            fix = f"the directory has {reasons}" if reasons else "look at the provisioning log in the Admin Portal"
            rule = "must be in Identity Center, and is not"
            yield Problem(code="scim-user-missing", field=person.place, rule=rule, fix=fix)
        return
    known.add(user, person.id, active=person.state == "ACTIVATED")
    if user.external_id is not None:
        yield from _differences(person, user)
    yield from _status(person, user)
    for path in user.lacking if person.state == "ACTIVATED" else ():
        rule = f"has no {path} in Identity Center, so sessions carry no tag from it"
        yield Problem(code="scim-attribute-missing", level="warning", field=person.place, rule=rule)


def _differences(person: Person, user: StoreUser) -> Iterator[Problem]:
    pairs = {
        "user name": (person.email.lower(), user.user_name.lower()),
        "e-mail address": (person.email.lower(), user.email.lower()),
        "first name": (person.first_name, user.given_name),
        "last name": (person.last_name, user.family_name),
        "display name": (person.display_name or user.display_name, user.display_name),
    }
    other = [name for name, (here, there) in pairs.items() if here.strip() != there.strip()]
    if other:
        yield Problem(
            code="scim-user-differs",
            field=person.place,
            rule="must be the same on both sides",
            given=f"another {', another '.join(other)} in Identity Center",
            fix="change the person in the directory, so that SCIM sends it again",
        )


def _status(person: Person, user: StoreUser) -> Iterator[Problem]:
    active = person.state == "ACTIVATED"
    if user.active and not active:
        rule = f"must be inactive in Identity Center, because {person.state.lower()} in the directory"
        fix = "disable the user in the Identity Center console, then look at the provisioning log in the Admin Portal"
        yield Problem(code="scim-user-active", field=person.place, rule=rule, fix=fix)
    elif active and user.active is False:
        rule = "is disabled in Identity Center, and active in the directory"
        fix = "enable the user there, unless somebody disabled it on purpose"
        yield Problem(code="scim-user-disabled", level="warning", field=person.place, rule=rule, fix=fix)


def _left_over(users: _Users, unread: set[str], known: Known) -> Iterator[Problem]:
    """Users of the store who are nobody that the directory would provision."""
    for person_id, user in users.linked.items():
        known.settled.add(user.id)
        if person_id in unread:
            continue
        yield Problem(
            code="scim-user-extra",
            field=field_path(("people", user.user_name)),
            rule="must be in a group that is bound to the application, because SCIM once provisioned it",
            fix="delete the user in the Identity Center console if the person has left",
        )
    for user in users.unlinked.values():
        known.by_hand[user.id] = user.user_name
        rule = "was made in Identity Center, not provisioned, so the directory does not switch it off"
        yield Problem(
            code="scim-user-by-hand", level="warning", field=field_path(("people", user.user_name)), rule=rule
        )
