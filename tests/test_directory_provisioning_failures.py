"""The emulated directory's provisioning when things go wrong: set up wrongly, refused, throttled, lied to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from sandbox.directory.provisioning import ProvisioningError
from sandbox.directory.scim_client import ScimClient
from sandbox.directory.scim_resources import ENTERPRISE

if TYPE_CHECKING:
    from tests.scim_fixtures import Desk

pytest_plugins = ["tests.scim_fixtures"]
BASE_URL, TOKEN = "http://scim.example/t/scim/v2", "scim-token-of-the-test"  # as the stand-in's
ADA, GRACE = "ada@example.com", "grace@example.com"


def refused(status: int, detail: str, **headers: str) -> httpx.Response:
    """A SCIM error."""
    return httpx.Response(status, json={"status": str(status), "detail": detail}, headers=headers)


def test_a_slash_at_the_end_of_the_base_url_is_doubled_and_fails(desk: Desk) -> None:
    """It is not refused: the check asks for //Users, and the status says so."""
    desk.bind("portal-users")
    status = desk.activate(base_url=f"{BASE_URL}/")
    assert not status.active
    assert status.problem == f"GET {BASE_URL}//Users was answered 404: no such endpoint"
    assert [target for _, target, _ in desk.scim.requests] == ["/Users?count=1"]


def test_a_wrong_token_is_no_activation_and_is_told_nowhere(desk: Desk) -> None:
    """Not even where the service provider repeats it."""
    desk.scim.answers.append(refused(401, "the token wrong-token-value is not valid"))
    status = desk.activate(token="wrong-token-value")
    assert (status.active, status.has_token) == (False, True)
    assert status.problem == f"GET {BASE_URL}/Users was answered 401: the token … is not valid"
    assert "wrong-token-value" not in repr(status)
    assert "wrong-token-value" not in repr(desk.directory.provisioning._connections)


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "scim.example",
        "ftp://scim.example",
        "file:///etc/passwd",
        "https://u:p@scim.example",
        "https://a.example/?b",
    ],
)
def test_only_web_addresses_are_base_urls(desk: Desk, base_url: str) -> None:
    """Nothing is asked, and nothing kept."""
    with pytest.raises(ProvisioningError, match="Base URL must be an http or https URL"):
        desk.activate(base_url=base_url)
    with pytest.raises(ValueError, match="not an http or https URL"):
        ScimClient("ftp://scim.example", TOKEN)
    assert desk.scim.requests == []
    assert not desk.directory.provisioning.status(desk.application).has_token


@pytest.mark.parametrize("token", ["two words", "line\r\nbreak", "schlüssel"])
def test_a_token_that_no_header_can_carry_is_refused(desk: Desk, token: str) -> None:
    """It could say more than it should; the sentence does not repeat it."""
    with pytest.raises(ProvisioningError, match="printable ASCII") as caught:
        desk.activate(token=token)
    assert token not in str(caught.value)


def test_a_saved_token_goes_to_no_other_base_url(desk: Desk) -> None:
    """Otherwise a changed Base URL would hand it to somebody else."""
    provisioning = desk.directory.provisioning
    provisioning.save(desk.application, base_url=BASE_URL, token=TOKEN)
    with pytest.raises(ProvisioningError, match="Token Key is required"):
        provisioning.activate(desk.application, base_url="http://elsewhere.example")
    assert provisioning.activate(desk.application, base_url=BASE_URL).active
    with pytest.raises(ProvisioningError, match="deactivate it to change"):
        provisioning.save(desk.application, base_url=BASE_URL, token="other")


def test_an_application_that_cannot_provision_has_no_provisioning(desk: Desk) -> None:
    """Neither a bookmark nor one that is not there."""
    body = {"name": "bookmark", "ssoUrl": "https://a.example", "config": {}}
    made = desk.api.post("/api/applications", json=body).json()["_id"]
    for application in (made, "0" * 24):
        with pytest.raises(ProvisioningError):
            desk.directory.provisioning.activate(application, base_url=BASE_URL, token=TOKEN)
    with pytest.raises(ProvisioningError, match="not active"):
        desk.directory.provisioning.update(desk.application, manage_groups=True)


@pytest.mark.parametrize(
    "trouble",
    [
        refused(429, "slow down", **{"retry-after": "0"}),
        refused(500, "oops"),
        refused(503, "later"),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("silence"),
    ],
)
def test_what_may_pass_is_tried_again(desk: Desk, trouble: httpx.Response | Exception) -> None:
    """Two troubles in a row, and everybody is there all the same, once."""
    desk.bind("portal-users")
    desk.directory.provisioning.save(desk.application, base_url=BASE_URL, token=TOKEN)
    desk.scim.answers.extend([httpx.Response(200, json={"totalResults": 0, "Resources": []}), trouble, trouble])
    status = desk.activate(token="")
    assert desk.scim.groups == {"portal-users": {ADA, GRACE}}
    assert {outcome.state for outcome in status.outcomes} == {"provisioned"}
    assert [write for write in desk.scim.writes() if write == "POST Users"] == ["POST Users"] * 2


def test_what_does_not_pass_is_given_up_and_kept_visible(desk: Desk) -> None:
    """After five attempts it failed, with the reason; the next change begins anew."""
    desk.bind("portal-users")
    desk.activate()
    desk.scim.requests.clear()
    desk.scim.answers.extend([refused(503, "out of order")] * 5)
    desk.put(ADA, department="Poetry")
    status = desk.settle()
    assert status.of(ADA).state == "failed"
    assert status.of(ADA).remark == f"PUT {BASE_URL}/Users/user-1 was answered 503: out of order"
    assert not status.outstanding
    assert desk.scim.writes() == ["PUT Users/user-1"] * 5
    desk.put(GRACE, department="Poetry")
    assert desk.settle().of(ADA).state == "provisioned"
    assert desk.scim.writes() == ["PUT Users/user-1", "PUT Users/user-2"]


def test_a_pause_that_is_asked_for_is_kept(desk: Desk) -> None:
    """Retry-After counts for everybody: nothing is sent before it is over."""
    desk.bind("portal-users")
    desk.activate()
    desk.scim.requests.clear()
    desk.scim.answers.append(refused(429, "slow down", **{"retry-after": "60"}))
    desk.put(ADA, department="Poetry")
    with pytest.raises(TimeoutError, match="did not settle within"):
        desk.directory.provisioning.settle(0.3)
    desk.put(GRACE, department="Poetry")
    with pytest.raises(TimeoutError):
        desk.directory.provisioning.settle(0.3)
    assert desk.scim.writes() == ["PUT Users/user-1"]
    status = desk.directory.provisioning.status(desk.application)
    assert (status.outstanding, status.of(ADA).state) == (True, "retrying")


def test_what_is_refused_for_good_is_not_sent_again_until_it_changes(desk: Desk) -> None:
    """Others go on; Update tries it once more."""
    desk.bind("portal-users")
    desk.activate()
    desk.scim.requests.clear()
    desk.scim.answers.append(refused(400, "department is not liked"))
    desk.put(ADA, department="Poetry")
    desk.put(GRACE, department="Compilers")
    assert desk.settle().of(ADA).remark.endswith("was answered 400: department is not liked")
    desk.settle()
    assert sorted(desk.scim.writes()) == ["PUT Users/user-1", "PUT Users/user-2"]
    desk.directory.provisioning.update(desk.application, manage_groups=True)
    assert desk.settle().of(ADA).state == "provisioned"
    assert desk.scim.writes() == ["PUT Users/user-1"]


def test_a_token_that_ended_stops_everything_after_one_request(desk: Desk) -> None:
    """Everybody who is outstanding failed with the reason, and goes on when the token holds again."""
    desk.bind("portal-users")
    desk.activate()
    desk.scim.requests.clear()
    desk.scim.answers.append(refused(401, "token expired"))
    with desk.directory.lock:  # one change, so one pass
        for email in (ADA, GRACE):
            desk.directory.user(email).department = "Poetry"
    status = desk.settle()
    assert [status.of(email).state for email in (ADA, GRACE)] == ["failed", "failed"]
    assert desk.scim.writes() == ["PUT Users/user-1"]
    assert desk.settle().of(GRACE).state == "provisioned"


@pytest.mark.parametrize("kinds", [["Users"], ["Users", "Groups"]])
def test_who_was_deleted_there_is_made_again(desk: Desk, kinds: list[str]) -> None:
    """Person and group; the new user is a member where the old one was, and nobody asks for the old one."""
    desk.bind("portal-users")
    desk.activate()
    gone = str(desk.scim.users[ADA]["id"])
    for group in desk.scim.resources["Groups"].values():
        group["members"].discard(gone)
    for kind in kinds:
        desk.scim.resources[kind].pop(gone, None)
        if kind == "Groups":
            desk.scim.resources[kind].clear()
    desk.put(ADA, department="Poetry")
    status = desk.settle()
    assert {outcome.state for outcome in status.outcomes} == {"provisioned"}
    assert desk.scim.users[ADA][ENTERPRISE]["department"] == "Poetry"
    assert desk.scim.groups == {"portal-users": {ADA, GRACE}}


def test_an_answer_that_ignores_the_filter_makes_nobody_somebody_else(desk: Desk) -> None:
    """A user of another name is not taken over."""
    desk.bind("portal-admins")
    stranger = {"totalResults": 1, "Resources": [{"id": "stranger", "userName": "stranger@example.com"}]}
    desk.scim.answers.extend([httpx.Response(200, json=stranger)] * 3)
    desk.activate()
    assert "PUT Users/stranger" not in desk.scim.writes()
    assert set(desk.scim.users) == {ADA}


def test_two_groups_of_one_name_are_not_mixed_up(desk: Desk) -> None:
    """The second fails with the reason, and changes no members of the first."""
    desk.bind("portal-users")
    desk.activate()
    twin = desk.directory.add_group("portal-users")
    desk.directory.associations[desk.application, "user_group", twin.id] = {}
    status = desk.settle()
    states = {outcome.id: outcome.state for outcome in status.outcomes if outcome.kind == "user_group"}
    assert states == {desk.directory.group("portal-users").id: "provisioned", twin.id: "failed"}
    assert desk.scim.groups == {"portal-users": {ADA, GRACE}}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>not SCIM</html>"),
        httpx.Response(200, json={"hello": "world"}),
        httpx.Response(302, headers={"location": "http://elsewhere.example/"}),
        httpx.Response(200, content=b" " * 1_000_001),
    ],
)
def test_what_is_no_scim_answer_is_no_connection(desk: Desk, answer: httpx.Response) -> None:
    """A page, other JSON, a redirect (which nobody follows), something endless."""
    desk.scim.answers.append(answer)
    status = desk.activate()
    assert not status.active
    assert status.problem
    assert len(desk.scim.requests) == 1


def test_two_people_of_one_address_are_not_mixed_up(desk: Desk) -> None:
    """The second fails with the reason, and does not overwrite the first."""
    desk.bind("portal-users")
    desk.activate()
    twin = desk.directory.add_user(ADA, first_name="Ada", last_name="Twin", password="x", groups=["portal-users"])
    status = desk.settle()
    assert {outcome.id: outcome.state for outcome in status.outcomes}[twin.id] == "failed"
    assert desk.scim.users[ADA]["externalId"] == desk.directory.user(ADA).id
