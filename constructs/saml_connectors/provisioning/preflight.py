"""Pure: who would fail, or be changed, if provisioning were turned on now.

Not here: reading either side, and comparing them afterwards (`verify.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from saml_connectors.problems import Problem
from saml_connectors.provisioning.access_values import AccessValues
from saml_connectors.provisioning.bound_groups import group_findings, manages_groups
from saml_connectors.provisioning.people import DirectorySide, Group, Person, StoreSide
from saml_connectors.spec.findings import field_path, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from saml_connectors.spec.identity_center import IdentityCenterSpec

WORK = "work"


class _Taken(NamedTuple):
    """Somebody whom Identity Center has already."""

    user_name: str
    external_id: str | None


def preflight(spec: IdentityCenterSpec, directory: DirectorySide, store: StoreSide | None) -> Iterator[Problem]:
    """Everything to be mended, or known, before provisioning is turned on.

    Of people no more than ids and e-mail addresses is kept: records pass by one page at a time.

    Args:
        spec: The connector.
        directory: Where people come from.
        store: Where they would go.  None: not compared.
    """
    groups = directory.groups()
    yield from group_findings(spec, groups)
    waiting: set[str] = set()
    heirs: dict[str, tuple[Group, ...]] = {}
    for group in groups:
        empty = True
        for person_id in directory.members(group.id):
            empty = False
            waiting.add(sys.intern(person_id))
            if group.inherited:
                heirs[sys.intern(person_id)] = (*heirs.get(person_id, ()), group)
        if empty:
            yield _empty(spec, group)
    taken: dict[str, _Taken] = {}
    if store is not None:
        yield from _existing_groups(spec, groups, store)
        taken = _existing_users(store)
    values = AccessValues(spec)
    emails: set[str] = set()
    for person in directory.people():
        if person.id not in waiting:
            continue
        waiting.discard(person.id)
        found = [*_person_findings(person, emails), *_clashes(person, taken)]
        found += values.judge(person, heirs.get(person.id, ()))
        yield from found if person.state == "ACTIVATED" else map(_later, found)
    yield from values.nobody()
    if waiting:
        yield unread_members(len(waiting))


def unread_members(count: int) -> Problem:
    """Members of whom nothing could be judged: without saying so, silence would look like health."""
    return Problem(
        code="scim-people-unread",
        field="directory",
        rule="must list everybody who is in the groups, so that all can be judged",
        given=f"{count:,} {'member' if count == 1 else 'members'} whom it does not list",
        fix="run it again; if it stays so, give the credential the right to read all users",
    )


def _later(problem: Problem) -> Problem:
    """The same of somebody who is not in use: it matters when that changes."""
    return replace(problem, level="warning") if problem.level == "error" else problem


def _empty(spec: IdentityCenterSpec, group: Group) -> Problem:
    names = spec.application.groups
    field = f"application.groups[{names.index(group.name)}]" if group.name in names else "application.groups"
    rule = "holds nobody, so nobody comes to Identity Center by it"
    return Problem(code="scim-group-empty", level="warning", field=field, rule=rule, given=shown(group.name))


def _existing_groups(spec: IdentityCenterSpec, groups: Sequence[Group], store: StoreSide) -> Iterator[Problem]:
    ids = {group.id for group in groups}
    names = {group.name for group in groups} if manages_groups(spec) else set()
    for group in store.groups():
        if group.name in names and group.external_id not in ids:
            yield Problem(
                code="scim-group-taken",
                level="warning",
                field=field_path(("groups", group.name)),
                rule="exists in Identity Center, and SCIM did not make it: whether it is taken over is not certain",
                fix="rename it there, or delete it, before provisioning is turned on",
            )


def _existing_users(store: StoreSide) -> dict[str, _Taken]:
    """Who has which user name or e-mail address already, in lower case."""
    taken: dict[str, _Taken] = {}
    for user in store.users():
        each = _Taken(user.user_name, user.external_id)
        if user.email:
            taken.setdefault(user.email.lower(), each)
        taken[user.user_name.lower()] = each
    return taken


def _clashes(person: Person, taken: Mapping[str, _Taken]) -> Iterator[Problem]:
    found = taken.get(person.email.lower())
    if found is None or found.external_id == person.id:
        return
    if found.user_name.lower() != person.email.lower():
        yield Problem(
            code="scim-email-taken",
            field=person.place,
            rule="must be nobody else's e-mail address in Identity Center, but a user of another name has it",
            fix="change or delete that user in the Identity Center console",
        )
    elif found.external_id is None:
        yield Problem(
            code="scim-takeover",
            level="warning",
            field=person.place,
            rule="is a user of Identity Center already, whom SCIM overwrites with what the directory has",
            fix="compare the two first: assignments stay, names and e-mail address do not",
        )
    else:
        yield Problem(
            code="scim-user-name-taken",
            field=person.place,
            rule="must be a user name that is free, but it was provisioned for somebody else",
            fix="delete that user in the Identity Center console if the person is gone",
        )


def _person_findings(person: Person, emails: set[str]) -> Iterator[Problem]:
    reasons = person.shortcomings()
    if reasons:
        yield Problem(
            code="scim-person-incomplete",
            field=person.place,
            rule="must have an e-mail address of at most 128 characters, a first and a last name, or SCIM fails",
            given=" and ".join(reasons),
        )
    email = person.email.lower()
    if email and email in emails:
        yield Problem(
            code="scim-email-twice",
            field=person.place,
            rule="must be the e-mail address of one person: Identity Center knows people by it",
            given="a second person with it",
        )
    emails.add(sys.intern(email))
    if len(person.phones) > 1:
        sent = (
            "only that of type work is sent"
            if WORK in person.phones
            else "none of them is of type work, so none is sent"
        )
        yield Problem(
            code="scim-phone-numbers",
            level="warning",
            field=person.place,
            rule=f"has {len(person.phones)} phone numbers, and Identity Center takes one: {sent}",
        )
    if person.username and person.username.lower() != email:
        rule = "is the user name in AWS, though the directory's own user name is another"
        yield Problem(code="scim-user-name", level="note", field=person.place, rule=rule)
    if person.state == "STAGED":
        rule = "is staged, so not provisioned until activated"
        yield Problem(code="scim-staged", level="note", field=person.place, rule=rule)
    elif person.state == "SUSPENDED":
        rule = "is suspended, so provisioned as inactive if at all"
        yield Problem(code="scim-suspended", level="note", field=person.place, rule=rule)
