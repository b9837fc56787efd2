"""The emulated directory's people over the API: lists, changes, states, and who is in which group."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft4Validator  # type: ignore[import-untyped] # the project has no stubs for it

from sandbox.directory.app import create_app
from sandbox.directory.in_process import in_process_client
from sandbox.directory.people import STAGED, SUSPENDED
from sandbox.directory.state import EXAMPLE_PASSWORD, Directory

if TYPE_CHECKING:
    import httpx

CONTRACTS = Path(__file__).parents[2] / "shared" / "contracts"
ADA, GRACE, MALLORY = "ada@example.com", "grace@example.com", "mallory@example.com"


@pytest.fixture
def directory() -> Directory:
    """The example directory."""
    return Directory.example()


@pytest.fixture
def client(directory: Directory) -> httpx.Client:
    """An administrator."""
    client = in_process_client(create_app(directory))
    client.headers["x-api-key"] = "sandbox-api-key"
    return client


def path_of(directory: Directory, email: str) -> str:
    """Where a person is."""
    return f"/api/systemusers/{directory.user(email).id}"


def described(version: str, path: str, method: str) -> Draft4Validator:
    """A judge of the answer to a request, from JumpCloud's own description; null may stand for an object or text."""
    document = json.loads((CONTRACTS / f"JumpCloud.SDK.{version}.json").read_text(encoding="utf-8"))
    schema = document["paths"][path][method]["responses"]["200"]["schema"]

    def loosened(node: Any) -> Any:
        if isinstance(node, list):
            return [loosened(part) for part in node]
        if not isinstance(node, dict):
            return node
        changed = {key: loosened(value) for key, value in node.items()}
        if isinstance(changed.get("type"), str):
            changed["type"] = [changed["type"], "null"]
        return changed

    return Draft4Validator(loosened(schema) | {"definitions": loosened(document["definitions"])})


@pytest.mark.skipif(not CONTRACTS.is_dir(), reason="JumpCloud's SDK descriptions are not at ../shared/contracts")
def test_people_and_members_are_answered_as_described(client: httpx.Client, directory: Directory) -> None:
    """Lists, one person, members and membership hold to JumpCloud's description, and name nothing it does not know."""
    person, group = path_of(directory, ADA), directory.group("portal-users").id
    for version, path, asked in (
        ("V1", "/systemusers", "/api/systemusers"),
        ("V1", "/systemusers/{id}", person),
        ("V2", "/usergroups/{group_id}/members", f"/api/v2/usergroups/{group}/members"),
        ("V2", "/usergroups/{group_id}/membership", f"/api/v2/usergroups/{group}/membership"),
    ):
        judge, answer = described(version, path, "get"), client.get(asked).json()
        assert [error.message for error in judge.iter_errors(answer)] == []
        assert not judge.is_valid("something else")
    definitions = json.loads((CONTRACTS / "JumpCloud.SDK.V1.json").read_text(encoding="utf-8"))["definitions"]
    assert set(client.get(person).json()) <= set(definitions["systemuserreturn"]["properties"]) | {"id"}


def test_a_list_of_people_has_pages_order_fields_and_a_total(client: httpx.Client) -> None:
    """The total counts all that the filter lets through, whatever the page."""
    query = {"limit": "2", "skip": "1", "sort": "-email", "fields": "email state"}
    answer = client.get("/api/systemusers", params=query).json()
    assert answer["totalCount"] == 3
    assert [person["email"] for person in answer["results"]] == [GRACE, ADA]
    assert set(answer["results"][0]) == {"_id", "id", "email", "state"}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"filter": "email:$eq:ada@example.com"}, {ADA}),
        ({"filter": "costCenter:$ne:sales"}, {ADA, GRACE}),
        ({"filter": "state:$eq:SUSPENDED"}, {MALLORY}),
        ({"filter": "suspended:$eq:false"}, {ADA, GRACE}),
        ({"filter[or][0]": "firstname:$eq:Ada", "filter[or][1]": "lastname:$eq:Hopper"}, {ADA, GRACE}),
    ],
)
def test_people_are_filtered_by_what_they_are(
    client: httpx.Client, directory: Directory, query: dict[str, str], wanted: set[str]
) -> None:
    """In the dialect of v1, by any field."""
    directory.user(MALLORY).state = SUSPENDED
    answer = client.get("/api/systemusers", params=query).json()
    assert {person["email"] for person in answer["results"]} == wanted
    assert answer["totalCount"] == len(wanted)


def test_the_example_people_have_what_access_by_attribute_needs(client: httpx.Client) -> None:
    """Cost centers and departments differ, and no answer holds a password."""
    people = {person["email"]: person for person in client.get("/api/systemusers").json()["results"]}
    assert {email: person["costCenter"] for email, person in people.items()} == {
        ADA: "analytics",
        GRACE: "compilers",
        MALLORY: "sales",
    }
    assert people[ADA]["department"] == "Engineering"
    assert not [person for person in people.values() if EXAMPLE_PASSWORD in person.values() or "password" in person]


def test_a_put_changes_what_it_names_and_nothing_else(client: httpx.Client, directory: Directory) -> None:
    """Unlike a PUT of an application; read-only parts may be sent back."""
    before = client.get(path_of(directory, ADA)).json()
    changes = {
        "lastname": "Byron",
        "email": "byron@example.com",
        "phoneNumbers": [{"type": "work", "number": "1", "id": "x"}],
        "attributes": [{"name": "team", "value": "engine"}],
        "_id": "0" * 24,
        "created": "never",
    }
    answer = client.put(path_of(directory, ADA), json=changes).json()
    changed = {key for key in before if answer[key] != before[key]}
    assert changed == {"lastname", "email", "phoneNumbers", "attributes"}
    assert answer["phoneNumbers"] == [{"type": "work", "number": "1"}]
    assert directory.user("byron@example.com").attributes == {"team": "engine"}


def test_a_person_that_was_read_can_be_sent_back_unchanged(client: httpx.Client, directory: Directory) -> None:
    """Nothing changes by it, whether somebody is at work or suspended."""
    for email, state in ((ADA, "ACTIVATED"), (GRACE, "SUSPENDED")):
        directory.user(email).state = state
        document = client.get(path_of(directory, email)).json()
        assert client.put(path_of(directory, email), json=document).json() == document


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"email": ""}, "email is required"),
        ({"email": "no address"}, "email must be an e-mail address"),
        ({"email": "GRACE@example.com"}, "email is already in use"),
        ({"employeeIdentifier": "1906"}, "employeeIdentifier is already in use"),
        ({"firstname": 5}, "firstname must be a string of at most 1024 characters"),
        ({"employeeIdentifier": "x" * 257}, "employeeIdentifier must be a string of at most 256 characters"),
        ({"state": "STAGED"}, "state must be one of ACTIVATED, SUSPENDED"),
        ({"suspended": "yes"}, "suspended must be a boolean"),
        ({"phoneNumbers": "1"}, "phoneNumbers must be an array of objects"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    client: httpx.Client, directory: Directory, body: dict[str, Any], message: str
) -> None:
    """400 with a sentence."""
    before = client.get(path_of(directory, ADA)).json()
    answer = client.put(path_of(directory, ADA), json={"lastname": "New"} | body)
    assert (answer.status_code, answer.json()) == (400, {"message": message})
    assert client.get(path_of(directory, ADA)).json() == before


@pytest.mark.parametrize("body", [{"state": "SUSPENDED"}, {"suspended": True}])
def test_who_is_suspended_is_out_at_once(client: httpx.Client, directory: Directory, body: dict[str, Any]) -> None:
    """The session that was open ends, and none begins until the person is back."""
    browser = in_process_client(create_app(directory))
    credentials = {"login": ADA, "password": EXAMPLE_PASSWORD}
    assert browser.post("/login", data=credentials).status_code == 303
    answer = client.put(path_of(directory, ADA), json=body).json()
    assert (answer["state"], answer["suspended"], answer["activated"]) == ("SUSPENDED", True, True)
    assert browser.get("/").headers["location"] == "/login"
    assert browser.post("/login", data=credentials).status_code == 401
    client.put(path_of(directory, ADA), json={"suspended": False})
    assert browser.post("/login", data=credentials).status_code == 303


def test_a_staged_person_begins_by_being_activated(client: httpx.Client, directory: Directory) -> None:
    """Before that nobody signs in as them, and `suspended: false` does not begin anything."""
    directory.user(ADA).state = STAGED
    person = path_of(directory, ADA)
    answer = client.put(person, json={"suspended": False}).json()
    assert (answer["state"], answer["activated"]) == ("STAGED", False)
    assert directory.authenticate(ADA, EXAMPLE_PASSWORD) is None
    assert client.put(person, json={"suspended": True}).status_code == 400
    assert client.post(f"{person}/state/activate").json()["state"] == "ACTIVATED"
    assert client.post(f"{person}/state/activate").status_code == 400


def test_who_is_deleted_is_nowhere_any_more(client: httpx.Client, directory: Directory) -> None:
    """Neither among the people, nor in a group, nor bound to an application."""
    user = directory.user(ADA)
    body = {"name": "bookmark", "ssoUrl": "https://a.example", "config": {}}
    application = client.post("/api/applications", json=body).json()["_id"]
    edge = {"op": "add", "type": "user", "id": user.id}
    client.post(f"/api/v2/applications/{application}/associations", json=edge)
    assert client.delete(f"/api/systemusers/{user.id}").json()["email"] == ADA
    assert client.get(f"/api/systemusers/{user.id}").status_code == 404
    assert client.delete(f"/api/systemusers/{user.id}").status_code == 404
    assert not [group for group in directory.groups.values() if user.id in group.members]
    assert directory.associations == {}


def test_members_are_added_and_removed_one_by_one(client: httpx.Client, directory: Directory) -> None:
    """204 without a body; a second add is a conflict, a second remove finds nobody."""
    group, mallory = directory.group("finance").id, directory.user(MALLORY).id
    members = f"/api/v2/usergroups/{group}/members"
    add, remove = ({"op": operation, "type": "user", "id": mallory} for operation in ("add", "remove"))
    assert [client.post(members, json=add).status_code for _ in range(2)] == [204, 409]
    answer = client.get(members)
    assert [member["to"] for member in answer.json()] == [{"attributes": None, "id": mallory, "type": "user"}]
    assert answer.headers["x-total-count"] == "1"
    assert [client.post(members, json=remove).status_code for _ in range(2)] == [204, 404]
    assert client.get(members).json() == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"op": "join"}, 400),
        ({"type": "user_group"}, 400),
        ({"id": None}, 400),
        ({"id": "0" * 24}, 404),
    ],
)
def test_a_change_of_members_that_makes_no_sense_is_refused(
    client: httpx.Client, directory: Directory, change: dict[str, Any], status: int
) -> None:
    """An unknown operation, something that is no person, nobody."""
    body = {"op": "add", "type": "user", "id": directory.user(MALLORY).id} | change
    answer = client.post(f"/api/v2/usergroups/{directory.group('finance').id}/members", json=body)
    assert answer.status_code == status
    assert directory.group("finance").members == []


def test_membership_comes_in_pages_with_the_path_to_each(client: httpx.Client, directory: Directory) -> None:
    """From the group to the person."""
    group = directory.group("portal-users")
    path = f"/api/v2/usergroups/{group.id}/membership"
    pages = [client.get(path, params={"limit": 1, "skip": skip}).json() for skip in range(3)]
    assert [len(page) for page in pages] == [1, 1, 0]
    assert [page[0]["id"] for page in pages[:2]] == group.members
    assert pages[0][0]["paths"] == [
        [{"from": {"type": "user_group", "id": group.id}, "to": {"type": "user", "id": group.members[0]}}]
    ]


def test_assertions_carry_what_people_have_grown(directory: Directory) -> None:
    """Cost center and job title are properties as department is."""
    ada = directory.user(ADA)
    assert [ada.property(name) for name in ("costCenter", "jobTitle", "employeeIdentifier")] == [
        "analytics",
        "Analyst",
        "1815",
    ]
