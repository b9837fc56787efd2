"""Claims about `scim verify`: it finds exactly the differences that there are, and what it costs to ask."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import provisioning
from benchmarks.provisioning_workload import Aws, DirectoryApi, Organization, both_sides, spec_of, user_id, user_of
from saml_connectors.problems import Problem
from saml_connectors.provisioning.preflight import preflight
from saml_connectors.provisioning.verify import verify
from saml_connectors.spec.identity_center import IdentityCenterSpec

Finding = tuple[str, str]
"""Code and place."""

SCIM = {"endpoint": "https://scim.eu-west-1.amazonaws.com/a1b2c3d4-1111/scim/v2", "token": "scim-token"}
ASSIGNED = {
    "permission_sets": {"Reader": {"managed_policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}},
    "assignments": [{"groups": ["group-0000"], "permission_sets": ["Reader"], "accounts": ["111122223333"]}],
}


@pytest.fixture
def acme() -> Organization:
    """Four people in two groups, provisioned as they should be."""
    return Organization.of(4, 2)


def judged(organization: Organization, spec: IdentityCenterSpec | None = None) -> list[Problem]:
    """All that a comparison finds."""
    used = spec or spec_of(sorted(organization.groups[each] for each in organization.bound))
    directory, store = both_sides(used, DirectoryApi(organization), Aws(organization))
    return list(verify(used, directory, store))


def found(organization: Organization, spec: IdentityCenterSpec | None = None) -> list[tuple[str, str, str]]:
    """Level, code and place of each finding."""
    return [(each.level, each.code, each.field) for each in judged(organization, spec)]


def person(number: int) -> str:
    """Where findings about a person stand."""
    return f'people["person-{number:05}@acme.example"]'


def test_nothing_is_found_where_both_sides_are_the_same(acme: Organization) -> None:
    """The state that provisioning leaves."""
    assert judged(acme) == []


# --- one difference at a time ---------------------------------------------------------------------------------------


def _user(organization: Organization, number: int = 0) -> dict[str, Any]:
    return organization.users[user_id(sorted(organization.people)[number])]


def _rename(field: str, value: Any) -> Callable[[Organization], None]:
    return lambda organization: _user(organization).update({field: value})


def _change(**more: Any) -> Callable[[Organization], None]:
    return lambda organization: organization.people[min(organization.people)].update(more)


@pytest.mark.parametrize(
    ("change", "level", "code", "words"),
    [
        (_rename("UserName", "someone"), "error", "scim-user-differs", "got another user name in Identity Center"),
        (_rename("Emails", [{"Value": "x@y.example"}]), "error", "scim-user-differs", "another e-mail address"),
        (
            _rename("Name", {"GivenName": "Ada", "FamilyName": "B"}),
            "error",
            "scim-user-differs",
            "another last name in",
        ),
        (_rename("Name", {}), "error", "scim-user-differs", "another first name, another last name"),
        (_rename("DisplayName", "A. L."), "error", "scim-user-differs", "another display name"),
        (_rename("UserStatus", "DISABLED"), "warning", "scim-user-disabled", "unless somebody disabled it on purpose"),
        (_rename("ExternalIds", []), "error", "scim-user-unlinked", "neither made it nor took it over"),
        (_change(suspended=True), "error", "scim-user-active", "because suspended in the directory"),
        (_change(state="STAGED"), "error", "scim-user-active", "because staged in the directory"),
    ],
)
def test_a_user_who_is_another_on_the_other_side_is_told(
    acme: Organization, change: Callable[[Organization], None], level: str, code: str, words: str
) -> None:
    """One finding, with the person's e-mail address, and neither value."""
    change(acme)
    (one,) = judged(acme)
    assert (one.level, one.code, one.field) == (level, code, person(0))
    assert words in one.message
    assert not {"Ada", "Lovelace", "someone", "x@y.example"} & set(one.message.split())


@pytest.mark.parametrize(
    "change",
    [
        _rename("UserName", "PERSON-00000@acme.example"),
        _change(displayname=""),
        _change(firstname="Ada ", username="other"),
    ],
)
def test_what_makes_no_difference_is_none(acme: Organization, change: Callable[[Organization], None]) -> None:
    """Case of user names, white space at the ends, a display name that only Identity Center has."""
    change(acme)
    assert judged(acme) == []


def test_a_store_that_does_not_tell_who_is_active_is_not_guessed_about(acme: Organization) -> None:
    """No finding either way."""
    del _user(acme)["UserStatus"]
    assert judged(acme) == []
    _change(suspended=True)(acme)
    assert judged(acme) == []


def test_who_is_missing_is_told_with_the_reason() -> None:
    """And only once, not for each group."""
    organization = Organization.of(2, 2, memberships=2)
    first = min(organization.people)
    organization.people[first]["lastname"] = ""
    del organization.users[user_id(first)]
    for members in organization.store_members.values():
        members.remove(user_id(first))
    (one,) = judged(organization)
    assert (one.level, one.code, one.field) == ("error", "scim-user-missing", person(0))
    assert one.message.endswith("the directory has no last name")


@pytest.mark.parametrize("state", [{"suspended": True}, {"state": "STAGED"}])
def test_people_not_in_use_need_not_be_there(acme: Organization, state: dict[str, Any]) -> None:
    """Provisioning skips them or takes them away: both are fine, in the store and in its groups."""
    first = min(acme.people)
    acme.people[first].update(state)
    _user(acme)["UserStatus"] = "DISABLED"
    assert judged(acme) == []
    acme.store_members = {
        each: [one for one in ids if one != user_id(first)] for each, ids in acme.store_members.items()
    }
    assert judged(acme) == []
    del acme.users[user_id(first)]
    assert judged(acme) == []


def test_members_who_were_provisioned_but_left_are_told_once(acme: Organization) -> None:
    """As users; that they still are in a group follows."""
    first = min(acme.people)
    acme.members = {each: [one for one in ids if one != first] for each, ids in acme.members.items()}
    assert found(acme) == [("error", "scim-user-extra", person(0))]
    del acme.people[first]
    assert found(acme) == [("error", "scim-user-extra", person(0))]


def test_a_user_made_by_hand_is_a_warning_and_in_a_group_an_error(acme: Organization) -> None:
    """Break-glass users are fine; nobody but the directory fills its groups."""
    acme.users["hand"] = {"UserId": "hand", "UserName": "root.of.all", "UserStatus": "ENABLED"}
    assert found(acme) == [("warning", "scim-user-by-hand", 'people["root.of.all"]')]
    next(iter(acme.store_members.values())).append("hand")
    assert found(acme)[1:] == [("error", "scim-member-extra", "groups.group-0000")]


def test_a_member_whom_nobody_knows_is_told_by_id(acme: Organization) -> None:
    """Made between two reads, say."""
    next(iter(acme.store_members.values())).append("stranger")
    (one,) = judged(acme)
    assert (one.code, "must not hold user stranger" in one.message) == ("scim-member-extra", True)


@pytest.mark.parametrize("manage", [True, False])
def test_groups_are_compared_where_scim_manages_them(acme: Organization, manage: bool) -> None:
    """Otherwise only those that are assigned something have to be there."""
    acme.store_groups.clear()
    spec = spec_of(["group-0000", "group-0001"], scim=SCIM | {"manage_groups": manage}, **ASSIGNED)
    absent = [("error", "scim-group-absent", f"groups.group-000{number}") for number in range(2)]
    told = [("warning", "scim-groups-unmanaged", "scim.manage_groups"), absent[0]]
    assert found(acme, spec) == (absent if manage else told)


def test_a_path_without_a_value_in_the_store_is_told(acme: Organization) -> None:
    """Of each kind of path; the same as `${path:…}` would find."""
    for user in acme.users.values():
        user["PhoneNumbers"] = [{"Value": "1", "Type": "work"}]
        user["Extensions"] = {"aws:identitystore:enterprise": {"costCenter": "4711", "manager": {"value": "x"}}}
        user["Addresses"] = [{"Locality": "Rome"}]
    del _user(acme, 0)["PhoneNumbers"]
    _user(acme, 1)["Extensions"] = {}
    paths = [
        "userName",
        "name.givenName",
        "emails[primary eq true].value",
        'phoneNumbers[type eq "work"].value',
        'addresses[type eq "work"].locality',
        "enterprise.costCenter",
        "enterprise.manager.value",
    ]
    attributes = {f"Key{number}": {"path": path} for number, path in enumerate(paths)}
    told = judged(acme, spec_of(["group-0000", "group-0001"], attributes=attributes))
    assert [(each.field, each.message.split(" in Identity")[0]) for each in told] == [
        (person(0), 'has no phoneNumbers[type eq "work"].value'),
        (person(1), "has no enterprise.costCenter"),
        (person(1), "has no enterprise.manager.value"),
    ]
    assert {(each.level, each.code) for each in told} == {("warning", "scim-attribute-missing")}


def test_members_whom_the_directory_does_not_list_are_an_error(acme: Organization) -> None:
    """Neither they nor their memberships are taken for differences."""
    del acme.people[min(acme.people)]
    assert found(acme) == [("error", "scim-people-unread", "directory")]


# --- any differences together ---------------------------------------------------------------------------------------

PEOPLE, GROUPS = 12, 6


def _missing_user(acme: Organization, number: int) -> Finding:
    gone = user_id(sorted(acme.people)[number])
    del acme.users[gone]
    acme.store_members = {each: [one for one in ids if one != gone] for each, ids in acme.store_members.items()}
    return "scim-user-missing", person(number)


def _extra_user(acme: Organization, number: int) -> Finding:
    person_id = sorted(acme.people)[number]
    acme.members = {each: [one for one in ids if one != person_id] for each, ids in acme.members.items()}
    return "scim-user-extra", person(number)


def _other_name(acme: Organization, number: int) -> Finding:
    _user(acme, number)["Name"]["GivenName"] = "Bob"
    return "scim-user-differs", person(number)


def _suspended(acme: Organization, number: int) -> Finding:
    acme.people[sorted(acme.people)[number]]["suspended"] = True
    return "scim-user-active", person(number)


def _disabled(acme: Organization, number: int) -> Finding:
    _user(acme, number)["UserStatus"] = "DISABLED"
    return "scim-user-disabled", person(number)


def _unlinked(acme: Organization, number: int) -> Finding:
    _user(acme, number)["ExternalIds"] = []
    return "scim-user-unlinked", person(number)


def _by_hand(acme: Organization, number: int) -> Finding:
    acme.users[f"hand-{number}"] = {"UserId": f"hand-{number}", "UserName": f"hand-{number}"}
    return "scim-user-by-hand", f"people.hand-{number}"


USER_CHANGES = (None, _missing_user, _extra_user, _other_name, _suspended, _disabled, _unlinked, _by_hand)


def _ids(acme: Organization, number: int) -> tuple[str, str, str]:
    group_id = sorted(acme.groups)[number]
    return group_id, user_id(group_id), f"groups.{acme.groups[group_id]}"


def _missing_group(acme: Organization, number: int, _outsider: int) -> Finding:
    _, there, place = _ids(acme, number)
    del acme.store_groups[there]
    return "scim-group-absent", place


def _extra_group(acme: Organization, number: int, _outsider: int) -> Finding:
    here, _, place = _ids(acme, number)
    acme.bound.remove(here)
    return "scim-group-extra", place


def _other_group_name(acme: Organization, number: int, _outsider: int) -> Finding:
    _, there, place = _ids(acme, number)
    acme.store_groups[there]["DisplayName"] = "another"
    return "scim-group-differs", place


def _unlinked_group(acme: Organization, number: int, _outsider: int) -> Finding:
    _, there, place = _ids(acme, number)
    acme.store_groups[there]["ExternalIds"] = []
    return "scim-group-unlinked", place


def _group_by_hand(acme: Organization, number: int, _outsider: int) -> Finding:
    acme.store_groups[f"hand-{number}"] = {"GroupId": f"hand-{number}", "DisplayName": f"hand-{number}"}
    return "scim-group-by-hand", f"groups.hand-{number}"


def _missing_member(acme: Organization, number: int, outsider: int) -> Finding:
    here, _, place = _ids(acme, number)
    acme.members[here].append(sorted(acme.people)[outsider])
    return "scim-member-missing", place


def _extra_member(acme: Organization, number: int, outsider: int) -> Finding:
    _, there, place = _ids(acme, number)
    acme.store_members[there].append(user_id(sorted(acme.people)[outsider]))
    return "scim-member-extra", place


GROUP_CHANGES = (
    None,
    _missing_group,
    _extra_group,
    _other_group_name,
    _unlinked_group,
    _group_by_hand,
    _missing_member,
    _extra_member,
)


@settings(max_examples=150, deadline=None)
@given(
    people=st.lists(st.sampled_from(USER_CHANGES), min_size=PEOPLE, max_size=PEOPLE),
    groups=st.lists(st.sampled_from(GROUP_CHANGES), min_size=GROUPS, max_size=GROUPS),
)
def test_exactly_the_differences_that_were_put_in_are_found(people: list[Any], groups: list[Any]) -> None:
    """Any difference of any person beside any of any group: each is told once, and nothing else is.

    Everybody is in a group of their own kind besides, `everybody`, so that a group that is no longer bound makes nobody
    an extra user; two people whom nothing else happens to are the ones who are put into groups they are not in.
    """
    acme = Organization.of(PEOPLE + 2, GROUPS)
    everybody = acme.add_group("everybody")
    acme.members[everybody] = sorted(acme.people)
    for group_id in sorted(acme.groups)[:GROUPS]:
        outsiders = sorted(acme.people)[PEOPLE:]
        acme.members[group_id] = [each for each in acme.members[group_id] if each not in outsiders]
    acme.synchronize()
    expected = [change(acme, number) for number, change in enumerate(people) if change]
    expected += [change(acme, number, PEOPLE + number % 2) for number, change in enumerate(groups) if change]
    spec = spec_of(sorted(acme.groups[each] for each in acme.bound))
    told = [(each.code, each.field) for each in judged(acme, spec)]
    assert sorted(told) == sorted(expected)


# --- what it costs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("people", "groups", "memberships"), [(0, 1, 1), (100, 1, 1), (250, 120, 2), (301, 2, 2)])
def test_calls_are_counted_exactly(people: int, groups: int, memberships: int) -> None:
    """Pages of 100, and one list of members for each group, on both sides."""
    organization = Organization.of(people, groups, memberships=memberships)
    spec = spec_of(list(organization.groups.values()))
    api, aws = DirectoryApi(organization), Aws(organization)
    directory, store = both_sides(spec, api, aws)
    assert list(verify(spec, directory, store)) == []
    lists = sum(max(1, ceil(len(each) / 100)) for each in organization.members.values())
    pages, group_pages = max(1, ceil(people / 100)), ceil(groups / 100)
    assert api.calls == {
        "associations": group_pages,
        "usergroups": group_pages,
        "members": lists,
        "systemusers": pages,
    }
    assert aws.calls == {"list_users": pages, "list_groups": group_pages, "list_group_memberships": lists}


def test_the_enterprise_extension_is_asked_for_only_where_a_path_needs_it() -> None:
    """Some stores do not know it."""
    organization = Organization.of(1, 1)
    asked: list[dict[str, Any]] = []
    aws = Aws(organization)

    def list_users(**given_: Any) -> dict[str, Any]:
        asked.append(given_)
        return {"Users": [user_of(each) for each in organization.people.values()]}

    aws.list_users = list_users  # type: ignore[method-assign] # one that looks at what is asked
    for path in ("userName", "enterprise.costCenter"):
        spec = spec_of(["group-0000"], attributes={"Key": {"path": path}})
        list(verify(spec, *both_sides(spec, DirectoryApi(organization), aws)))
    assert [each.get("Extensions") for each in asked] == [None, ["aws:identitystore:enterprise"]]


@pytest.mark.parametrize(("judge", "aws_calls"), [(preflight, 52), (verify, 252)])
def test_a_large_organization_is_read_in_bounded_calls_and_memory(
    judge: provisioning.Judgement, aws_calls: int
) -> None:
    """200 groups and 5,000 people: 2 + 2 + 200 + 50 calls to the directory, and a few megabytes at the most."""
    taken = provisioning.measure(judge, Organization.of(5000, 200))
    assert (taken.directory_calls, taken.aws_calls) == (254, aws_calls)
    assert taken.peak_bytes < provisioning.MAX_MEGABYTES * provisioning.MEGABYTE


def test_the_benchmark_judges_every_target() -> None:
    """One round of a small organization: the table has a verdict wherever it has a target."""
    results = provisioning.results(rounds=1, groups=20, people=200)
    assert {bool(result.target) == (result.met is not None) for result in results} == {True}
    assert sum(result.met is not None for result in results) == 6
