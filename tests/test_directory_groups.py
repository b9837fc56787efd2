"""The emulated directory's groups, and the edges between them and applications, seen from both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.directory.app import create_app
from sandbox.directory.in_process import in_process_client
from sandbox.directory.state import Directory

if TYPE_CHECKING:
    import httpx

NOWHERE = "0" * 24


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


@pytest.fixture
def application(client: httpx.Client) -> str:
    """The id of a bookmark."""
    body = {"active": True, "name": "bookmark", "ssoUrl": "https://a.example", "config": {}}
    return str(client.post("/api/applications", json=body).json()["_id"])


@pytest.fixture
def group(directory: Directory) -> str:
    """The id of portal-users, which ada and grace are members of."""
    return directory.group("portal-users").id


def change(client: httpx.Client, source: str, op: str, kind: str, target: str) -> httpx.Response:
    """Change one association."""
    return client.post(f"/api/v2/{source}/associations", json={"op": op, "type": kind, "id": target})


def test_an_association_is_added_once_and_removed_once(client: httpx.Client, application: str, group: str) -> None:
    """204 without a body; again is 409 on add and 404 on remove."""
    source = f"applications/{application}"
    answer = change(client, source, "add", "user_group", group)
    assert (answer.status_code, answer.content) == (204, b"")
    answer = change(client, source, "add", "user_group", group)
    assert (answer.status_code, answer.json()) == (409, {"message": "Already Exists"})
    assert change(client, source, "remove", "user_group", group).status_code == 204
    answer = change(client, source, "remove", "user_group", group)
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


def test_targets_are_required(client: httpx.Client, application: str, group: str) -> None:
    """Without `targets`, or with an impossible one, the list is a 400."""
    for source in (f"applications/{application}", f"usergroups/{group}"):
        assert client.get(f"/api/v2/{source}/associations").status_code == 400
        assert client.get(f"/api/v2/{source}/associations?targets=system").status_code == 400


def test_the_same_edge_is_seen_and_changed_from_both_sides(client: httpx.Client, application: str, group: str) -> None:
    """What is added at the application is listed at, and removed from, the group."""
    change(client, f"applications/{application}", "add", "user_group", group)
    ends = {"type": "application", "id": application}, {"type": "user_group", "id": group}
    answer = client.get(f"/api/v2/applications/{application}/associations?targets=user_group")
    assert answer.json() == [{"from": ends[0], "to": ends[1]}]
    assert answer.headers["x-total-count"] == "1"
    assert client.get(f"/api/v2/applications/{application}/associations?targets=user").json() == []
    answer = client.get(f"/api/v2/usergroups/{group}/associations?targets=application")
    assert answer.json() == [{"from": ends[1], "to": ends[0]}]
    assert change(client, f"usergroups/{group}", "remove", "application", application).status_code == 204
    assert client.get(f"/api/v2/applications/{application}/associations?targets=user_group").json() == []


def test_an_update_sets_attributes_of_what_is_there(client: httpx.Client, application: str, group: str) -> None:
    """`update` of a missing edge is a 404."""
    path = f"/api/v2/applications/{application}/associations"
    body = {"op": "update", "type": "user_group", "id": group, "attributes": {"a": 1}}
    assert client.post(path, json=body).status_code == 404
    change(client, f"applications/{application}", "add", "user_group", group)
    assert client.post(path, json=body).status_code == 204
    assert client.get(f"{path}?targets=user_group").json()[0]["attributes"] == {"a": 1}


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        (("grant", "user_group", "group"), 400),
        (("add", "system", "group"), 400),
        (("add", "user_group", ""), 400),
        (("add", "user_group", NOWHERE), 404),
        (("add", "user", "group"), 404),
    ],
)
def test_an_impossible_operation_is_refused(
    client: httpx.Client, application: str, group: str, wanted: tuple[str, str, str], status: int
) -> None:
    """Unknown words are 400, unknown things are 404."""
    op, kind, target = wanted
    given = group if target == "group" else target
    assert change(client, f"applications/{application}", op, kind, given).status_code == status


def test_traversals_tell_who_reaches_what(
    client: httpx.Client, directory: Directory, application: str, group: str
) -> None:
    """Users come directly or by a group, with the path to each."""
    mallory, ada = directory.user("mallory@example.com").id, directory.user("ada@example.com").id
    change(client, f"applications/{application}", "add", "user_group", group)
    change(client, f"applications/{application}", "add", "user", mallory)
    groups = client.get(f"/api/v2/applications/{application}/usergroups").json()
    assert [(found["id"], found["type"], len(found["paths"])) for found in groups] == [(group, "user_group", 1)]
    users = {found["id"]: found["paths"] for found in client.get(f"/api/v2/applications/{application}/users").json()}
    assert set(users) == {mallory, ada, directory.user("grace@example.com").id}
    assert [len(path) for path in users[mallory]] == [1]
    assert [hop["to"]["id"] for hop in users[ada][0]] == [group, ada]
    reached = client.get(f"/api/v2/usergroups/{group}/applications").json()
    assert [(found["id"], found["type"]) for found in reached] == [(application, "application")]


@pytest.mark.parametrize("path", ["associations?targets=user", "usergroups", "users"])
def test_a_missing_application_has_nothing(client: httpx.Client, path: str) -> None:
    """404, or 400 where the id is malformed."""
    assert client.get(f"/api/v2/applications/{NOWHERE}/{path}").status_code == 404
    assert client.get(f"/api/v2/applications/portal/{path}").status_code == 400


def test_a_group_is_made_replaced_and_deleted(client: httpx.Client, directory: Directory, application: str) -> None:
    """201; PUT resets what is not sent; DELETE is 204 and takes the associations along; then 404."""
    answer = client.post("/api/v2/usergroups", json={"name": "new", "description": "d", "attributes": {"k": "v"}})
    body = answer.json()
    assert (answer.status_code, body["type"], body["membershipMethod"]) == (201, "user_group", "STATIC")
    assert body["attributes"] == {"ldapGroups": [{"name": "new"}], "k": "v"}
    path = f"/api/v2/usergroups/{body['id']}"
    assert client.get(path).json() == body
    change(client, f"applications/{application}", "add", "user_group", body["id"])
    answer = client.put(path, json={"name": "renamed"})
    assert (answer.json()["name"], answer.json()["description"]) == ("renamed", "")
    assert "k" not in answer.json()["attributes"]
    assert client.put(path, json={}).status_code == 400
    assert client.delete(path).status_code == 204
    assert directory.associations == {}
    assert client.delete(path).status_code == 404
    assert client.get(path).status_code == 404


def test_a_dynamic_group_keeps_its_rule_only_as_long_as_it_is_sent(client: httpx.Client) -> None:
    """PUT resets every field that is left out: a client that forgets the rule makes the group static."""
    body = {
        "name": "engineers",
        "description": "d",
        "email": "e@example.com",
        "attributes": {"k": {"nested": [1]}},
        "membershipMethod": "DYNAMIC_AUTOMATED",
        "memberQuery": {"queryType": "Filter", "filters": [{"field": "department", "operator": "eq", "value": "R"}]},
        "memberQueryExemptions": [{"id": NOWHERE, "type": "user"}],
        "memberSuggestionsNotify": True,
    }
    made = client.post("/api/v2/usergroups", json=body).json()
    attributes = {"ldapGroups": [{"name": "engineers"}], "k": {"nested": [1]}}
    read_only = {"id": made["id"], "type": "user_group", "memberQueryErrorFlags": []}
    assert made == body | {"attributes": attributes} | read_only
    path = f"/api/v2/usergroups/{made['id']}"
    assert client.put(path, json=made).json() == made
    assert client.get(path).json() == made
    assert client.put(path, json={"name": "engineers"}).json() == read_only | {
        "name": "engineers",
        "description": "",
        "email": "",
        "attributes": {"ldapGroups": [{"name": "engineers"}]},
        "membershipMethod": "STATIC",
        "memberQuery": None,
        "memberQueryExemptions": [],
        "memberSuggestionsNotify": False,
    }


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "name is required"),
        ({"email": 1}, "email must be a string"),
        ({"attributes": []}, "attributes must be an object"),
        ({"membershipMethod": "AUTOMATIC"}, "membershipMethod must be one of"),
        ({"memberQuery": "all"}, "memberQuery must be an object"),
        ({"memberQuery": {"queryType": "Guess"}}, "memberQuery.queryType must be one of"),
        ({"memberQuery": {"filters": "x"}}, "memberQuery.filters must be an array"),
        ({"memberQueryExemptions": [{"id": "x"}]}, "memberQueryExemptions must hold objects with type and id"),
        ({"memberSuggestionsNotify": "yes"}, "memberSuggestionsNotify must be a boolean"),
    ],
)
def test_a_malformed_group_is_refused_and_changes_nothing(
    client: httpx.Client, group: str, wrong: dict[str, object], told: str
) -> None:
    """By POST and by PUT."""
    path = f"/api/v2/usergroups/{group}"
    before = client.get(path).json()
    for answer in (
        client.post("/api/v2/usergroups", json={"name": "x"} | wrong),
        client.put(path, json=before | wrong),
    ):
        assert answer.status_code == 400
        assert told in answer.json()["message"]
    assert client.get(path).json() == before
    assert len(client.get("/api/v2/usergroups").json()) == 3


def test_group_names_need_not_be_unique(client: httpx.Client) -> None:
    """A name may find two groups, so a client has to count."""
    assert client.post("/api/v2/usergroups", json={"name": "finance"}).status_code == 201
    assert len(client.get("/api/v2/usergroups?filter=name:eq:finance").json()) == 2


def test_lists_leave_out_how_members_come_about(client: httpx.Client) -> None:
    """Only a group's own address tells its membership method."""
    assert "membershipMethod" not in client.get("/api/v2/usergroups").json()[0]
