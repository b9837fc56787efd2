"""Claims about `scim preflight`: who it finds before provisioning is turned on, and what it costs to ask."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from benchmarks import provisioning_workload
from benchmarks.provisioning_workload import Aws, DirectoryApi, Organization, both_sides, spec_of, user_id
from saml_connectors.problems import Problem
from saml_connectors.provider.jumpcloud.deadline import Deadline
from saml_connectors.provider.jumpcloud.transport import Request, Response
from saml_connectors.provisioning.preflight import preflight
from saml_connectors.provisioning.trouble import Trouble
from saml_connectors.spec.identity_center import IdentityCenterSpec
from sandbox.directory.app import create_app
from sandbox.directory.in_process import in_process_client
from sandbox.directory.state import EXAMPLE_API_KEY, Directory

APPLICATION = {
    "name": "aws-sso",
    "displayLabel": "AWS",
    "ssoUrl": "http://127.0.0.1:8500/saml2/aws",
    "config": {
        "idpEntityId": {"value": "acme"},
        "spEntityId": {"value": "aws"},
        "acsUrl": {"value": "https://acs.example"},
    },
}

ASSIGNED = {
    "permission_sets": {"Reader": {"managed_policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}},
    "assignments": [{"groups": ["engineers"], "permission_sets": ["Reader"], "accounts": ["111122223333"]}],
}


@pytest.fixture
def acme() -> Organization:
    """One bound group with one person about whom nothing is wrong, and nothing in Identity Center yet."""
    organization = Organization()
    organization.add_person("ada", [organization.add_group("engineers")])
    return organization


def judged(organization: Organization, spec: IdentityCenterSpec | None = None, *, store: bool = True) -> list[Problem]:
    """All that a preflight finds."""
    used = spec or spec_of(["engineers"])
    directory, there = both_sides(used, DirectoryApi(organization), Aws(organization))
    return list(preflight(used, directory, there if store else None))


def found(organization: Organization, spec: IdentityCenterSpec | None = None) -> list[tuple[str, str, str]]:
    """Level, code and place of each finding."""
    return [(each.level, each.code, each.field) for each in judged(organization, spec)]


def engineers(organization: Organization) -> str:
    """The id of the one group."""
    return next(iter(organization.groups))


def test_nothing_is_found_where_nothing_is_wrong(acme: Organization) -> None:
    """Silence means that everybody was judged, and is well."""
    assert judged(acme) == []


@pytest.mark.parametrize(
    ("wrong", "level", "code", "words"),
    [
        ({"firstname": ""}, "error", "scim-person-incomplete", "got no first name"),
        ({"lastname": None}, "error", "scim-person-incomplete", "got no last name"),
        ({"lastname": " ", "firstname": ""}, "error", "scim-person-incomplete", "got no first name and no last name"),
        ({"email": f"{'bo' * 65}@x.example"}, "error", "scim-person-incomplete", "an e-mail address of 140 characters"),
        (
            {"phoneNumbers": [{"type": "work", "number": "1"}, {"type": "home", "number": "2"}]},
            "warning",
            "scim-phone-numbers",
            "has 2 phone numbers, and Identity Center takes one: only that of type work is sent",
        ),
        (
            {"phoneNumbers": [{"type": "mobile", "number": "1"}, {"type": "home", "number": "2"}]},
            "warning",
            "scim-phone-numbers",
            "none of them is of type work, so none is sent",
        ),
        ({"username": "bob"}, "note", "scim-user-name", "is the user name in AWS"),
        ({"state": "STAGED"}, "note", "scim-staged", "not provisioned until activated"),
        ({"state": "SUSPENDED"}, "note", "scim-suspended", "inactive"),
        ({"suspended": True}, "note", "scim-suspended", "inactive"),
    ],
)
def test_each_shortcoming_of_a_person_is_one_finding(
    acme: Organization, wrong: dict[str, Any], level: str, code: str, words: str
) -> None:
    """With the person's e-mail address, what is wrong, and nothing else about the person."""
    acme.add_person("bob", [engineers(acme)], **({"username": wrong["email"]} if "email" in wrong else {}) | wrong)
    everything = judged(acme)
    (one,) = [each for each in everything if each.code == code]
    assert len(everything) == 1
    assert (one.level, one.field.startswith('people["bo')) == (level, True)
    assert words in one.message
    assert "Lovelace" not in str(one)
    assert "Ada" not in str(one)


def test_one_phone_number_is_fine_whatever_its_type(acme: Organization) -> None:
    """Entries without a number are not numbers."""
    numbers = [{"type": "home", "number": ""}, {"type": "work", "number": "1"}, {"type": "work_fax"}]
    acme.add_person("bob", [engineers(acme)], phoneNumbers=numbers)
    assert judged(acme) == []


def test_a_person_without_an_email_address_is_named_by_id(acme: Organization) -> None:
    """The one who has to mend it can find the person."""
    bob = acme.add_person("bob", [engineers(acme)], email="", username="")
    (one,) = judged(acme)
    assert (one.code, one.field) == ("scim-person-incomplete", f"people.{bob}")
    assert "no e-mail address" in one.message


def test_two_people_with_one_email_address_are_found(acme: Organization) -> None:
    """Upper and lower case make no difference to Identity Center."""
    acme.add_person("bob", [engineers(acme)], email="ADA@acme.example", username="ada@acme.example")
    assert found(acme) == [("error", "scim-email-twice", 'people["ADA@acme.example"]')]


def test_who_is_in_no_bound_group_is_not_judged(acme: Organization) -> None:
    """SCIM takes nobody else."""
    acme.add_person("bob", firstname="")
    acme.add_person("cid", [acme.add_group("others", bound=False)], firstname="")
    assert judged(acme) == []


def test_what_is_wrong_with_people_not_in_use_is_a_warning(acme: Organization) -> None:
    """They fail on the day they are activated, not now."""
    acme.add_person("bob", [engineers(acme)], state="STAGED", firstname="")
    levels = {each.code: each.level for each in judged(acme)}
    assert levels == {"scim-person-incomplete": "warning", "scim-staged": "note"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"ExternalIds": []}, [("warning", "scim-takeover")]),
        ({"ExternalIds": [{"Issuer": "https://x", "Id": "another"}]}, [("error", "scim-user-name-taken")]),
        ({"ExternalIds": [], "UserName": "ada.l"}, [("error", "scim-email-taken")]),
        ({"ExternalIds": [], "UserName": "ADA@acme.example"}, [("warning", "scim-takeover")]),
        ({"ExternalIds": [], "Emails": []}, [("warning", "scim-takeover")]),
        ({}, []),
        ({"ExternalIds": [], "UserName": "x", "Emails": [{"Value": "y@acme.example"}]}, []),
    ],
)
def test_users_that_identity_center_has_already_are_told(
    acme: Organization, change: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Overwritten, or in the way; one that was provisioned for this very person is neither."""
    acme.synchronize()
    (ada,) = acme.users.values()
    ada.update(change)
    assert [(level, code) for level, code, _ in found(acme)] == expected


def test_without_aws_nobody_is_compared_with_identity_center(acme: Organization) -> None:
    """And no call is made to it."""
    acme.synchronize()
    next(iter(acme.users.values()))["ExternalIds"] = []
    assert judged(acme, store=False) == []


def test_a_group_of_the_same_name_in_identity_center_is_told(acme: Organization) -> None:
    """Whether SCIM takes it over is not documented, so a person decides."""
    acme.store_groups["g"] = {"GroupId": "g", "DisplayName": "engineers"}
    assert found(acme) == [("warning", "scim-group-taken", "groups.engineers")]
    off = spec_of(["engineers"], scim=_scim(manage_groups=False))
    assert found(acme, off) == []


def _scim(**more: Any) -> dict[str, Any]:
    endpoint = "https://scim.eu-west-1.amazonaws.com/a1b2c3d4-1111/scim/v2"
    return {"endpoint": endpoint, "token": "identity-center/scim-token", **more}


def test_groups_that_do_not_reach_identity_center_are_told(acme: Organization) -> None:
    """Missing, not bound, of one name, empty, or bound without being in the spec."""
    acme.add_group("unbound", bound=False)
    acme.add_group("twice")
    acme.add_group("twice")
    acme.add_group("surprise")
    acme.members = {each: members or ["x"] for each, members in acme.members.items()}
    acme.people["x"] = acme.people[next(iter(acme.people))] | {"_id": "x", "email": "x@x.example", "username": ""}
    acme.add_group("empty")
    names = ["engineers", "missing", "unbound", "twice", "empty"]
    assert found(acme, spec_of(names)) == [
        ("error", "scim-group-missing", "application.groups[1]"),
        ("error", "scim-group-unbound", "application.groups[2]"),
        ("error", "scim-group-twice", "application.groups[3]"),
        ("warning", "scim-group-unlisted", "application.groups"),
        ("warning", "scim-group-empty", "application.groups[4]"),
    ]


def test_an_assigned_group_that_is_not_bound_says_what_follows(acme: Organization) -> None:
    """Its assignments give nobody anything."""
    acme.bound.clear()
    (one,) = judged(acme, spec_of(["engineers"], **ASSIGNED))
    assert one.code == "scim-group-unbound"
    assert one.message.endswith("until then nobody gets what is assigned to it")


def test_assignments_without_group_management_are_told(acme: Organization) -> None:
    """The groups then come from elsewhere."""
    spec = spec_of(["engineers"], scim=_scim(manage_groups=False), **ASSIGNED)
    assert found(acme, spec) == [("warning", "scim-groups-unmanaged", "scim.manage_groups")]


# --- attributes for access control ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "level", "code"),
    [
        ("", "warning", "scim-attribute-missing"),
        ("x" * 257, "error", "scim-attribute-length"),
        ("R&D", "error", "scim-attribute-characters"),
    ],
)
@pytest.mark.parametrize("source", ["costCenter", "COSTCENTER", "team"])
def test_values_that_no_session_tag_can_have_are_told(
    acme: Organization, source: str, value: str, level: str, code: str
) -> None:
    """Of built-in properties in any spelling, and of custom attributes."""
    team = {"attributes": [{"name": "team", "value": "blue"}]}
    acme.people[next(iter(acme.people))].update(team)
    wrong = {"attributes": [{"name": "team", "value": value}]} if source == "team" else {"costCenter": value}
    acme.add_person("bob", [engineers(acme)], **team | wrong)
    spec = spec_of(["engineers"], attributes={"Team": source})
    assert found(acme, spec) == [(level, code, 'people["bob@acme.example"]')]
    assert value not in str(judged(acme, spec)[0]) or not value


@pytest.mark.parametrize("value", ["x" * 256, "Bücher / 中文 @ a.b:c=d+e_f-g", "a\u00a0b"])
def test_values_that_a_session_tag_can_have_are_fine(acme: Organization, value: str) -> None:
    """Letters of any script, and the signs that AWS takes."""
    acme.people[next(iter(acme.people))]["costCenter"] = value
    assert judged(acme, spec_of(["engineers"], attributes={"CostCenter": "costCenter"})) == []


def test_an_attribute_that_nobody_has_is_told_once_more(acme: Organization) -> None:
    """It is probably misspelt."""
    spec = spec_of(["engineers"], attributes={"CostCenter": "costCentre"})
    assert [(code, field) for _, code, field in found(acme, spec)] == [
        ("scim-attribute-missing", 'people["ada@acme.example"]'),
        ("scim-attribute-nobody", "attributes.CostCenter"),
    ]


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"membershipMethod": "STATIC"}, []),
        ({"membershipMethod": "DYNAMIC_AUTOMATED"}, ["scim-attribute-missing", "scim-attribute-nobody"]),
    ],
)
def test_a_group_hands_its_attributes_down_unless_it_is_dynamic(
    acme: Organization, detail: dict[str, Any], expected: list[str]
) -> None:
    """As the directory does it when it writes an assertion."""
    acme.group_attributes = {engineers(acme): {"team": "blue"}, f"{engineers(acme)}/detail": detail}
    spec = spec_of(["engineers"], attributes={"Team": "team"})
    assert [code for _, code, _ in found(acme, spec)] == expected


def test_attributes_from_identity_centers_own_store_are_left_to_verify(acme: Organization) -> None:
    """Before anybody is provisioned, nothing is there."""
    assert judged(acme, spec_of(["engineers"], attributes={"Dep": {"path": "enterprise.department"}})) == []


# --- what it costs, and what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(("people", "groups"), [(0, 1), (100, 1), (101, 3), (250, 120)])
def test_calls_are_counted_exactly(people: int, groups: int) -> None:
    """Pages of 100 on both sides, and one list of members for each group."""
    organization = Organization.of(people, groups)
    spec = spec_of(list(organization.groups.values()))
    api, aws = DirectoryApi(organization), Aws(organization)
    directory, store = both_sides(spec, api, aws)
    list(preflight(spec, directory, store))
    assert api.calls == {
        "associations": ceil(groups / 100),
        "usergroups": ceil(groups / 100),
        "members": sum(max(1, ceil(len(each) / 100)) for each in organization.members.values()),
        "systemusers": max(1, ceil(people / 100)),
    }
    assert aws.calls == {"list_users": max(1, ceil(people / 100)), "list_groups": ceil(groups / 100)}
    assert store.calls == aws.calls.total()


def test_people_are_asked_for_what_is_judged_and_no_more(acme: Organization) -> None:
    """In a stable order, so that none is missed between two pages."""
    spec = spec_of(["engineers"], attributes={"CostCenter": "costcenter", "Team": "team"})
    api = DirectoryApi(acme)
    directory, _ = both_sides(spec, api, Aws(acme))
    list(preflight(spec, directory, None))
    assert api.queries[-1]["sort"] == ["_id"]
    assert api.queries[-1]["fields"] == [
        "email username firstname lastname displayname state suspended phoneNumbers costCenter attributes"
    ]


def test_members_whom_the_directory_does_not_list_are_an_error(acme: Organization) -> None:
    """Who was not judged is never taken for well."""
    acme.members[engineers(acme)].append("f" * 24)
    assert found(acme) == [("error", "scim-people-unread", "directory")]


def test_somebody_removed_while_people_are_read_ends_it() -> None:
    """The others move up a page, and one of them would be missed."""
    organization = Organization.of(150, 1)
    spec = spec_of(list(organization.groups.values()))
    directory, _ = both_sides(spec, DirectoryApi(organization), Aws(organization))
    people = directory.people()
    next(people)
    del organization.people[next(iter(organization.people))]
    with pytest.raises(Trouble) as raised:
        list(people)
    assert raised.value.problem.code == "directory-changed"


@pytest.mark.parametrize(
    ("breaks", "code", "words"),
    [
        (lambda api, _: setattr(api, "status", 401), "directory-refused", "check the secret"),
        (lambda api, _: setattr(api, "status", 403), "directory-refused", "associations.applications.readonly"),
        (lambda api, _: setattr(api, "status", 302), "directory-refused", "directory.region"),
        (lambda api, _: setattr(api, "status", 503), "directory-answer", "run it again"),
        (lambda _, aws: aws.errors.update(list_users=_denied("AccessDeniedException")), "aws-refused", "ListUsers"),
        (lambda _, aws: aws.errors.update(list_users=_denied("ResourceNotFoundException")), "aws-missing", "none of"),
        (lambda _, aws: aws.errors.update(list_users=_denied("ThrottlingException")), "aws-throttled", "wait"),
        (lambda _, aws: aws.errors.update(list_users=_denied("ExpiredTokenException")), "aws-credentials", "sign in"),
    ],
)
def test_what_cannot_be_read_is_told_to_who_runs_the_command(
    acme: Organization, breaks: Callable[[DirectoryApi, Aws], None], code: str, words: str
) -> None:
    """No traceback, no word of deploying, and never the key."""
    spec = spec_of(["engineers"])
    api, aws = DirectoryApi(acme), Aws(acme)
    directory, store = both_sides(spec, api, aws)
    breaks(api, aws)
    with pytest.raises(Trouble) as raised:
        list(preflight(spec, directory, store))
    problem = raised.value.problem
    assert problem.code == code
    assert words in problem.message
    assert "deploy" not in problem.message
    assert "made-up-key" not in str(problem)


def _denied(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "ListUsers")


def test_an_application_that_is_not_in_the_directory_is_told(acme: Organization) -> None:
    """With the option that names another."""
    spec = spec_of(["engineers"])
    directory, store = both_sides(spec, DirectoryApi(acme), Aws(acme))
    directory._application_id = "b" * 24
    with pytest.raises(Trouble, match=r"there is no application b+.*--application"):
        list(preflight(spec, directory, store))


def test_an_identity_store_that_turns_in_a_circle_is_left(acme: Organization) -> None:
    """A page that comes twice would come for ever."""
    acme.synchronize()
    aws = Aws(acme)
    aws.list_users = lambda **_asked: {"Users": [], "NextToken": "again"}  # type: ignore[method-assign] # a broken one
    spec = spec_of(["engineers"])
    directory, store = both_sides(spec, DirectoryApi(acme), aws)
    with pytest.raises(Trouble, match="the same page came twice"):
        list(preflight(spec, directory, store))


def test_ids_of_the_store_differ_from_those_of_the_directory() -> None:
    """The fake tells them apart, so that a comparison of the wrong ones is seen."""
    organization = Organization.of(300, 3)
    assert len(organization.users) == 300
    assert not set(organization.users) & set(organization.people)
    assert user_id(next(iter(organization.people))) in organization.users


# --- the sandbox's directory ----------------------------------------------------------------------------------------


class _Sandbox:
    """The sandbox's directory, in this process, at the seam that carries requests."""

    def __init__(self, directory: Directory) -> None:
        self.client = in_process_client(create_app(directory))

    def exchange(self, request: Request, _deadline: Deadline) -> Response:
        """Answer one request."""
        answer = self.client.request(request.method, request.url, headers=dict(request.headers), content=request.body)
        return Response(
            answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content
        )


def test_the_sandbox_s_directory_is_read_as_jumpclouds_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups, members and people by its own API, in pages, with what they are asked for."""
    directory = Directory.example(key_size=1024)
    sandbox = _Sandbox(directory)
    key = {"x-api-key": EXAMPLE_API_KEY}
    for number in range(120):
        address = f"person-{number:03}@acme.example"
        directory.add_user(address, first_name="Ada", last_name="L", password="sandbox", groups=["finance"])
    directory.user("person-007@acme.example").last_name = ""
    made = sandbox.client.post("/api/applications", headers=key, json=APPLICATION)
    application = str(made.json()["_id"])
    bound = {"op": "add", "type": "user_group", "id": directory.group("finance").id}
    sandbox.client.post(f"/api/v2/applications/{application}/associations", headers=key, json=bound)
    monkeypatch.setattr(provisioning_workload, "API_KEY", EXAMPLE_API_KEY)
    monkeypatch.setattr(provisioning_workload, "APPLICATION", application)
    monkeypatch.setattr(provisioning_workload, "API_URL", "http://127.0.0.1:8500/api")
    spec = spec_of(["finance", "portal-users"])
    people, _ = both_sides(spec, sandbox, Aws(Organization()))
    told = [(each.code, each.field) for each in preflight(spec, people, None) if each.level == "error"]
    assert told == [
        ("scim-group-unbound", "application.groups[1]"),
        ("scim-person-incomplete", 'people["person-007@acme.example"]'),
    ]
    paths = [request.path for request in directory.requests]
    members = f"/api/v2/usergroups/{directory.group('finance').id}/members"
    assert (paths.count("/api/systemusers"), paths.count(members)) == (2, 2)
