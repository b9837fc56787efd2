"""The emulated directory's provisioning: who is sent to a SCIM service provider, what is sent, and what fails."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox.directory.people import STAGED
from sandbox.directory.provisioning import ProvisioningError
from sandbox.directory.scim_client import ScimClient, ScimError
from sandbox.directory.scim_resources import ENTERPRISE, equals, member_changes, user_resource
from sandbox.directory.serving import running
from sandbox.directory.state import Directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.scim_fixtures import Desk

pytest_plugins = ["tests.scim_fixtures"]
BASE_URL, TOKEN = "http://scim.example/t/scim/v2", "scim-token-of-the-test"  # as the stand-in's
ADA, GRACE, MALLORY = "ada@example.com", "grace@example.com", "mallory@example.com"


def refused(status: int, detail: str, **headers: str) -> httpx.Response:
    """A SCIM error."""
    return httpx.Response(status, json={"status": str(status), "detail": detail}, headers=headers)


def test_people_of_bound_groups_are_provisioned_before_their_groups(desk: Desk) -> None:
    """Nobody else, no other group; user name is the e-mail address, external id the directory's."""
    desk.bind("portal-admins")
    status = desk.activate()
    assert (status.active, status.problem) == (True, "")
    assert set(desk.scim.users) == {ADA}
    assert desk.scim.users[ADA]["externalId"] == desk.directory.user(ADA).id
    assert desk.scim.groups == {"portal-admins": {ADA}}
    assert desk.scim.writes() == ["POST Users", "POST Groups", "PATCH Groups/group-2"]
    assert {outcome.name: (outcome.state, outcome.remark) for outcome in status.outcomes} == {
        ADA: ("provisioned", ""),
        "portal-admins": ("provisioned", "1 member"),
    }


def test_a_person_becomes_a_user_with_one_phone_number(directory: Directory) -> None:
    """The one for work; what is empty is left out, and what SCIM calls enterprise is in its extension."""
    ada = directory.user(ADA)
    ada.addresses = [{"type": "home", "country": "GB"}, {"type": "work", "locality": "London", "poBox": "1"}]
    resource = user_resource(ada)
    assert resource["name"] == {"givenName": "Ada", "familyName": "Lovelace"}
    assert resource["displayName"] == "Ada Lovelace"
    assert resource["emails"] == [{"value": ADA, "type": "work", "primary": True}]
    assert resource["phoneNumbers"] == [{"value": "+1 555 0101", "type": "work"}]
    assert resource["addresses"] == [{"locality": "London", "type": "work"}]
    assert resource[ENTERPRISE] == {"employeeNumber": "1815", "costCenter": "analytics", "department": "Engineering"}
    ada.phone_numbers = [{"type": "mobile", "number": "1"}]
    assert "phoneNumbers" not in user_resource(ada)
    assert not {"sandbox", "password"} & set(json.dumps(resource).split('"'))


@pytest.fixture
def directory() -> Directory:
    """The example directory."""
    return Directory.example()


def test_a_user_or_group_that_is_there_already_is_taken_over(desk: Desk) -> None:
    """Found by user name or group name, and not made twice."""
    desk.scim.create(desk.scim.resources["Users"], {"userName": ADA, "active": False, "externalId": ""})
    desk.scim.create(desk.scim.resources["Groups"], {"displayName": "portal-admins"})
    desk.bind("portal-admins")
    desk.activate()
    assert desk.scim.writes() == ["PUT Users/user-1", "PATCH Groups/group-2"]
    assert desk.scim.users[ADA]["active"] is True
    assert desk.scim.groups == {"portal-admins": {ADA}}


def test_a_person_without_first_or_last_name_fails_with_the_reason(desk: Desk) -> None:
    """Others are provisioned; once the name is there, so is the person."""
    desk.put(GRACE, firstname="", lastname=" ")
    desk.bind("portal-users")
    desk.activate()
    assert (desk.outcome(GRACE).state, desk.outcome(GRACE).remark) == ("failed", "has no first name and no last name")
    assert desk.scim.groups == {"portal-users": {ADA}}
    desk.put(GRACE, firstname="Grace", lastname="Hopper")
    desk.settle()
    assert desk.outcome(GRACE).state == "provisioned"
    assert desk.scim.groups == {"portal-users": {ADA, GRACE}}


def test_staged_people_wait_until_they_are_activated(desk: Desk) -> None:
    """Skipped, with the reason."""
    desk.directory.user(GRACE).state = STAGED
    desk.bind("portal-users")
    desk.activate()
    assert (desk.outcome(GRACE).state, desk.outcome(GRACE).remark) == (
        "skipped",
        "is staged, and not activated yet",
    )
    assert GRACE not in desk.scim.users
    desk.api.post(f"/api/systemusers/{desk.directory.user(GRACE).id}/state/activate")
    desk.settle()
    assert GRACE in desk.scim.users


def test_who_is_suspended_is_made_inactive_and_stays_a_member(desk: Desk) -> None:
    """And active again when they are back; who was never provisioned is not made to be suspended."""
    desk.bind("portal-users")
    desk.put(GRACE, state="SUSPENDED")
    desk.activate()
    assert GRACE not in desk.scim.users
    assert desk.outcome(GRACE).state == "skipped"
    desk.put(ADA, state="SUSPENDED")
    desk.settle()
    assert desk.scim.users[ADA]["active"] is False
    assert desk.scim.groups == {"portal-users": {ADA}}
    for email in (ADA, GRACE):
        desk.put(email, state="ACTIVATED")
    desk.settle()
    assert [user["active"] for user in desk.scim.users.values()] == [True, True]
    assert desk.scim.groups == {"portal-users": {ADA, GRACE}}


def test_every_later_change_is_sent_by_itself(desk: Desk) -> None:
    """Joining, leaving, renaming of people and groups, binding and unbinding, deleting; and only what differs."""
    desk.bind("portal-users", "finance")
    desk.activate()
    desk.scim.writes()
    steps: list[tuple[Any, list[str]]] = [
        (lambda: desk.member("add", "finance", MALLORY), ["POST Users", "PATCH Groups/group-4"]),
        (lambda: desk.put(ADA, email="byron@example.com"), ["PUT Users/user-1"]),
        (lambda: rename_group(desk, "finance", "money"), ["PATCH Groups/group-4"]),
        (lambda: desk.member("remove", "money", MALLORY), ["PATCH Groups/group-4", "DELETE Users/user-5"]),
        (lambda: desk.bind("money", operation="remove"), ["DELETE Groups/group-4"]),
        (lambda: delete_person(desk, GRACE), ["PATCH Groups/group-3", "DELETE Users/user-2"]),
        (lambda: desk.bind("money"), ["POST Groups"]),
        (lambda: delete_group(desk, "money"), ["DELETE Groups/group-6"]),
        (lambda: desk.put("byron@example.com", password="another"), []),
    ]
    for change, writes in steps:
        change()
        desk.settle()
        assert desk.scim.writes() == writes
    assert desk.scim.groups == {"portal-users": {"byron@example.com"}}
    assert desk.outcome(GRACE).state == "removed"
    assert desk.outcome("money").state == "removed"


def rename_group(desk: Desk, name: str, new: str) -> None:
    """Give a group another name."""
    desk.api.put(f"/api/v2/usergroups/{desk.directory.group(name).id}", json={"name": new})


def delete_group(desk: Desk, name: str) -> None:
    """Delete a group."""
    desk.api.delete(f"/api/v2/usergroups/{desk.directory.group(name).id}")


def delete_person(desk: Desk, email: str) -> None:
    """Delete a person."""
    desk.api.delete(f"/api/systemusers/{desk.directory.user(email).id}")


def test_members_are_sent_a_hundred_at_a_time(desk: Desk) -> None:
    """Both when they come and when they go; more in one request would be refused."""
    desk.bind("finance")
    for number in range(201):
        desk.directory.add_user(
            f"p{number}@example.com", first_name="P", last_name="Q", password="x", groups=["finance"]
        )
    desk.activate()
    assert len(desk.scim.groups["finance"]) == 201
    assert sizes(desk) == [100, 100, 1]
    desk.directory.group("finance").members = desk.directory.group("finance").members[:50]
    desk.settle()
    assert sizes(desk) == [100, 51]
    assert len(desk.scim.users) == 50
    assert [len(some) for some, _ in member_changes("add", map(str, range(100)))] == [100]


def sizes(desk: Desk) -> list[int]:
    """How many members each PATCH so far was about."""
    found = [len(body["Operations"][0]["value"]) for method, _, body in desk.scim.requests if method == "PATCH"]
    desk.scim.requests.clear()
    return found


def test_without_management_of_groups_only_people_are_sent(desk: Desk) -> None:
    """Switched on later, the groups follow; switched off again, they are left alone."""
    desk.bind("portal-users")
    desk.activate(manage_groups=False)
    assert set(desk.scim.users) == {ADA, GRACE}
    assert desk.scim.groups == {}
    desk.directory.provisioning.update(desk.application, manage_groups=True)
    desk.settle()
    assert desk.scim.groups == {"portal-users": {ADA, GRACE}}
    desk.directory.provisioning.update(desk.application, manage_groups=False)
    desk.scim.writes()
    desk.bind("portal-users", operation="remove")
    status = desk.settle()
    assert desk.scim.writes() == ["DELETE Users/user-1", "DELETE Users/user-2"]
    assert set(desk.scim.groups) == {"portal-users"}
    assert {outcome.kind for outcome in status.outcomes} == {"user"}


def test_deactivation_sends_nothing_more_and_leaves_what_is_there(desk: Desk) -> None:
    """The token is forgotten, so that a new one is needed; with it, everything goes on."""
    desk.bind("portal-users")
    desk.activate()
    desk.directory.provisioning.deactivate(desk.application)
    desk.scim.writes()
    desk.put(ADA, state="SUSPENDED")
    status = desk.settle()
    assert (status.active, status.has_token, status.base_url) == (False, False, BASE_URL)
    assert desk.scim.requests == []
    assert desk.scim.users[ADA]["active"] is True
    with pytest.raises(ProvisioningError, match="Token Key is required"):
        desk.activate(token="")
    desk.activate()
    assert desk.scim.users[ADA]["active"] is False
    assert "POST Users" not in desk.scim.writes()


def test_deactivation_stops_what_is_going_on(desk: Desk) -> None:
    """The request on its way is the last."""
    provisioning = desk.directory.provisioning

    def interrupted(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            provisioning.deactivate(desk.application)
        return desk.scim(request)

    provisioning.transport = httpx.MockTransport(interrupted)
    desk.bind("portal-users")
    assert desk.activate().outcomes == ()
    for thread in provisioning_threads():
        thread.join(5)
    assert desk.scim.writes() == ["POST Users"]


def test_who_was_renamed_in_between_is_found_by_external_id(desk: Desk) -> None:
    """Otherwise a second user would be made of the same person."""
    desk.bind("portal-admins")
    desk.activate()
    desk.directory.provisioning.deactivate(desk.application)
    desk.put(ADA, email="byron@example.com")
    desk.activate()
    assert set(desk.scim.users) == {"byron@example.com"}
    assert desk.scim.groups == {"portal-admins": {"byron@example.com"}}


def test_deleting_the_application_leaves_people_where_they_are(desk: Desk) -> None:
    """As documented: they remain in the service provider."""
    desk.bind("portal-users")
    desk.activate()
    desk.scim.writes()
    desk.api.delete(f"/api/applications/{desk.application}")
    assert desk.settle().active is False
    assert desk.scim.writes() == []
    assert set(desk.scim.users) == {ADA, GRACE}


def test_a_value_in_a_filter_stays_a_value() -> None:
    """Quotes and backslashes in it end nothing."""
    assert equals("displayName", 'a" or "b\\') == 'displayName eq "a\\" or \\"b\\\\"'


def test_an_id_stays_in_its_place_in_the_path() -> None:
    """Whatever a service provider calls its resources."""
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path.decode())
        return httpx.Response(204)

    with ScimClient(BASE_URL, TOKEN, transport=httpx.MockTransport(answer)) as client:
        client.delete("Users", "../Groups/1?x")
    assert seen == ["/t/scim/v2/Users/..%2FGroups%2F1%3Fx"]


def test_a_name_that_is_no_text_fails_alone(desk: Desk) -> None:
    """Half a surrogate pair, as JSON can carry it, stops nobody else."""
    desk.directory.user(ADA).email = "\ud800@example.com"
    desk.bind("portal-users")
    status = desk.activate()
    assert status.of("\ud800@example.com").state == "failed"
    assert set(desk.scim.users) == {GRACE}


def test_nothing_goes_on_in_the_background_when_nothing_is_to_do(desk: Desk) -> None:
    """The thread ends by itself, with `close` while something waits, and a change begins a new one."""
    desk.bind("portal-users")
    desk.activate()
    for thread in provisioning_threads():
        thread.join(5)
    assert not provisioning_threads()
    desk.scim.answers.append(refused(429, "slow down", **{"retry-after": "60"}))
    desk.put(ADA, department="Poetry")
    assert provisioning_threads()
    desk.directory.close()
    assert not provisioning_threads()
    desk.directory.reset()
    assert not desk.directory.provisioning.status(desk.application).active


def provisioning_threads() -> list[threading.Thread]:
    """The threads that provision."""
    return [thread for thread in threading.enumerate() if thread.name == "sandbox-provisioning"]


@pytest.fixture
def scim_url(desk: Desk) -> Iterator[str]:
    """The base URL of the stand-in behind a real server of this machine."""

    def answer_one(handler: BaseHTTPRequestHandler) -> None:
        content = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        url, headers = f"http://scim.example{handler.path}", dict(handler.headers.items())
        answer = desk.scim(httpx.Request(handler.command, url, headers=headers, content=content))
        handler.send_response_only(answer.status_code)
        handler.send_header("content-length", str(len(answer.content)))
        handler.end_headers()
        handler.wfile.write(answer.content)

    methods = {f"do_{method}": answer_one for method in ("GET", "POST", "PUT", "PATCH", "DELETE")}
    Handler = type("Handler", (BaseHTTPRequestHandler,), methods)  # noqa: N806 - it is a class
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/t/scim/v2"
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.mark.e2e
def test_provisioning_works_over_a_network(desk: Desk, scim_url: str) -> None:
    """From a directory that is served, to a server: activation, a change by the API, the end of both."""
    desk.directory.provisioning.transport = None
    desk.bind("portal-users")
    with running(desk.directory) as url, httpx.Client(base_url=url, headers={"x-api-key": "sandbox-api-key"}) as admin:
        assert desk.activate(base_url=scim_url).active
        assert desk.scim.groups == {"portal-users": {ADA, GRACE}}
        admin.put(f"/api/systemusers/{desk.directory.user(ADA).id}", json={"suspended": True})
        desk.settle()
        assert desk.scim.users[ADA]["active"] is False
    assert not provisioning_threads()


@pytest.mark.e2e
def test_nobody_at_the_base_url_is_told_as_it_is() -> None:
    """Connection refused, without a traceback and without the token."""
    with ScimClient("http://127.0.0.1:1/scim/v2", TOKEN) as client, pytest.raises(ScimError) as caught:
        client.check()
    assert str(caught.value).startswith("GET http://127.0.0.1:1/scim/v2/Users got no answer: ")
    assert caught.value.is_transient
