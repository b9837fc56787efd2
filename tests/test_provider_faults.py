"""Every fault at every call: in the end the directory holds what CloudFormation believes, or nothing is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

CALLS_OF_A_CREATE = 7
FAULTS = {
    "429": {"kind": "status", "status": 429},
    "429 with Retry-After": {"kind": "status", "status": 429, "retry_after": "3"},
    "500": {"kind": "status", "status": 500},
    "500 after it was done": {"kind": "status", "status": 500, "processed": True},
    "503": {"kind": "status", "status": 503},
    "no answer": {"kind": "no-answer"},
    "no answer after it was done": {"kind": "no-answer", "processed": True},
    "connection cut after it was done": {"kind": "cut"},
    "web page": {"kind": "html", "status": 200},
    "truncated JSON": {"kind": "truncated"},
    "redirect": {"kind": "redirect"},
    "403": {"kind": "status", "status": 403},
}


@pytest.mark.parametrize("position", range(CALLS_OF_A_CREATE))
@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_at_any_call_ends_in_success_or_in_nothing_left(stage: Stage, fault: str, position: int) -> None:
    """A single fault is survived, or the create fails and has cleaned up when it answers."""
    stage.directory.faults.add(Fault(skip=position, **FAULTS[fault]))  # type: ignore[arg-type] # a table of fields
    answer = stage.create()
    assert stage.directory.faults.pending() == []
    if answer["Status"] == "SUCCESS":
        assert list(stage.directory.applications) == [answer["PhysicalResourceId"]]
    else:
        assert stage.labels() == []
        assert "; " in answer["Reason"]
    assert (answer["Status"] == "SUCCESS") == (fault not in {"redirect", "403"})


@pytest.mark.parametrize("position", range(CALLS_OF_A_CREATE))
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_stays_leaves_nothing_once_cloudformation_has_deleted(
    stage: Stage, fault: str, position: int
) -> None:
    """Even where cleaning up is impossible, the failed answer's physical id lets the later delete find what is left."""
    stage.directory.faults.add(Fault(skip=position, count=None, **FAULTS[fault]))  # type: ignore[arg-type] # a table
    began = stage.time.now
    answer = stage.create()
    assert stage.time.now - began < stage.seconds
    assert answer["Status"] == "FAILED"
    stage.directory.faults.clear()
    assert stage.delete(answer["PhysicalResourceId"], stage.properties())["Status"] == "SUCCESS"
    assert stage.labels() == []


@pytest.mark.parametrize("slug", [None, "portal"])
@pytest.mark.parametrize("fault", [name for name in FAULTS if "done" in name or name == "truncated JSON"])
def test_a_lost_answer_to_post_is_found_again_never_doubled(stage: Stage, fault: str, slug: str | None) -> None:
    """It was carried out, nobody heard: exactly one POST goes out, and its application is adopted."""
    stage.directory.faults.add(Fault(method="POST", **FAULTS[fault]))  # type: ignore[arg-type] # a table of fields
    answer = stage.create(stage.properties(Slug=slug))
    assert answer["Status"] == "SUCCESS"
    assert stage.transport.calls.count(("POST", "/api/applications")) == 1
    assert list(stage.directory.applications) == [answer["PhysicalResourceId"]]


def test_post_is_never_repeated_blindly(stage: Stage) -> None:
    """After a 500 the list is read before the one and only second POST; a 429 was not carried out, and is repeated."""
    stage.directory.faults.add(Fault(kind="status", status=500, method="POST", count=None))
    answer = stage.create()
    assert answer["Status"] == "FAILED"
    after_find = stage.transport.calls[3:]
    lists = ("GET", "/api/applications")
    posts = ("POST", "/api/applications")
    assert after_find == [posts, lists, posts, lists, lists]


def test_a_post_that_is_done_late_is_not_doubled(stage: Stage) -> None:
    """The first POST takes effect only after the list was read: of the two applications one is removed."""
    stage.directory.faults.add(Fault(kind="status", status=503, method="POST"))

    def late(method: str, _path: str) -> None:
        if method == "POST" and stage.transport.calls.count(("POST", "/api/applications")) == 2:
            stage.transport.before_call = None
            body = stage.transport.bodies[-1]
            headers = {"x-api-key": "sandbox-api-key"}
            made = stage.transport._client.post("http://127.0.0.1:8500/api/applications", json=body, headers=headers)
            assert made.status_code == 200

    stage.transport.before_call = late
    answer = stage.create()
    assert answer["Status"] == "SUCCESS"
    assert list(stage.directory.applications) == [answer["PhysicalResourceId"]]


def test_a_chosen_slug_whose_outcome_is_unknown_is_cleaned_up_by_cloudformations_delete(stage: Stage) -> None:
    """POST was carried out, then the directory was gone: the delete finds it, because it is equal and recent."""
    properties = stage.properties(Slug="portal")
    stage.directory.faults.add(Fault(kind="cut", method="POST"))
    stage.directory.faults.add(Fault(kind="status", status=503, skip=4, count=None))
    answer = stage.create(properties)
    assert answer["Status"] == "FAILED"
    assert stage.labels() == ["Portal"]
    stage.directory.faults.clear()
    stage.delete(answer["PhysicalResourceId"], properties)
    assert stage.labels() == []


ATTRIBUTES: dict[str, Any] = {"ResourceType": "Custom::JumpCloudGroupAttributes", "LogicalResourceId": "Roles"}
LAUNCH: dict[str, Any] = {"ResourceType": "Custom::JumpCloudApplicationLaunch", "LogicalResourceId": "Launch"}
LOOKUP: dict[str, Any] = {"ResourceType": "Custom::JumpCloudApplicationLookup", "LogicalResourceId": "Lookup"}
OLD = (("portal-users", "role", "a"), ("portal-users", "gone", "b"), ("finance", "role", "a"))
NEW = (("portal-users", "role", "c"), ("portal-admins", "role", "c"))
SINGLE, STAYING = 1, None
UNCERTAIN = ("500", "500 after it was done", "no answer", "connection cut after it was done", "truncated JSON", "403")
"""One of each class: refused, not done, done without an answer."""


@pytest.mark.parametrize("count", [SINGLE, STAYING])
@pytest.mark.parametrize("position", range(10))
@pytest.mark.parametrize("fault", UNCERTAIN)
def test_creating_group_attributes_under_a_fault_is_done_or_undone(
    stage: Stage, fault: str, position: int, count: int | None
) -> None:
    """Wherever it strikes, once or for good: all set, or all as before once CloudFormation has deleted."""
    before = stage.groups()
    stage.directory.faults.add(Fault(skip=position, count=count, **FAULTS[fault]))  # type: ignore[arg-type] # a table
    answer = stage.create(stage.group_attributes(*OLD), **ATTRIBUTES)
    done = answer["Status"] == "SUCCESS"
    assert stage.time.now - 1_790_000_000 < stage.seconds
    assert stage.directory.faults.pending() == [] or count is STAYING
    assert done == (count is SINGLE and fault != "403")
    stage.directory.faults.clear()
    if not done:
        assert stage.groups() == before or count is STAYING
        answer = stage.delete(answer["PhysicalResourceId"], stage.group_attributes(*OLD), **ATTRIBUTES)
        assert (answer["Status"], stage.groups()) == ("SUCCESS", before)
    else:
        assert stage.carried("portal-users") == {"role": "a", "gone": "b"}
        assert stage.carried("finance") == {"role": "a"}


@pytest.mark.parametrize("count", [SINGLE, STAYING])
@pytest.mark.parametrize("position", range(15))
@pytest.mark.parametrize("fault", UNCERTAIN)
def test_updating_group_attributes_under_a_fault_is_done_or_rolled_back(
    stage: Stage, fault: str, position: int, count: int | None
) -> None:
    """A failed update has put back what it changed; where it could not, CloudFormation's rollback does."""
    old, new = stage.group_attributes(*OLD), stage.group_attributes(*NEW)
    made = stage.created(old, **ATTRIBUTES)["PhysicalResourceId"]
    before = [stage.carried(name) for name in stage.groups()]
    stage.directory.faults.add(Fault(skip=position, count=count, **FAULTS[fault]))  # type: ignore[arg-type] # a table
    answer = stage.update(made, new, old, **ATTRIBUTES)
    done = answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == made
    assert stage.directory.faults.pending() == [] or count is STAYING
    assert done == (count is SINGLE and fault != "403")
    stage.directory.faults.clear()
    if done:
        assert [stage.carried(name) for name in stage.groups()] == [{"role": "c"}, {"role": "c"}, {}]
    else:
        assert [stage.carried(name) for name in stage.groups()] == before or count is STAYING
    assert stage.update(made, old, new, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert [stage.carried(name) for name in stage.groups()] == before


@pytest.mark.parametrize("position", range(10))
@pytest.mark.parametrize("fault", UNCERTAIN)
def test_deleting_group_attributes_under_a_fault_is_done_by_the_second_time(
    stage: Stage, fault: str, position: int
) -> None:
    """A failed delete can be repeated."""
    before = stage.groups()
    properties = stage.group_attributes(*OLD)
    made = stage.created(properties, **ATTRIBUTES)["PhysicalResourceId"]
    stage.directory.faults.add(Fault(skip=position, **FAULTS[fault]))  # type: ignore[arg-type] # a table of fields
    first = stage.delete(made, properties, **ATTRIBUTES)["Status"]
    assert (first == "SUCCESS") == (fault != "403")
    assert stage.directory.faults.pending() == []
    assert first == "FAILED" or stage.groups() == before
    assert stage.delete(made, properties, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.groups() == before


@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize("fault", UNCERTAIN)
def test_clearing_the_acs_url_of_a_launch_under_a_fault_is_done_by_the_second_time(
    stage: Stage, fault: str, position: int
) -> None:
    """Application, template, write, read back: the ACS URL is the launch's, or the template's again."""
    made = stage.created(stage.properties(AcsUrl=None))["PhysicalResourceId"]
    default = stage.live(made)["config"]["acsUrl"]["value"]
    given = {"Directory": stage.directory_property(), "ApplicationId": made, "AcsUrl": "https://late.example/acs"}
    stage.created(given, **LAUNCH)
    stage.directory.faults.add(Fault(skip=position, **FAULTS[fault]))  # type: ignore[arg-type] # a table of fields
    first = stage.delete(f"{made}/launch", given, **LAUNCH)["Status"]
    assert (first == "SUCCESS") == (fault != "403")
    assert stage.directory.faults.pending() == []
    assert first == "FAILED" or stage.live(made)["config"]["acsUrl"]["value"] == default
    assert stage.delete(f"{made}/launch", given, **LAUNCH)["Status"] == "SUCCESS"
    assert stage.live(made)["config"]["acsUrl"]["value"] == default


@pytest.mark.parametrize("position", range(2))
@pytest.mark.parametrize("fault", UNCERTAIN)
def test_a_lookup_under_a_fault_finds_it_or_fails_and_never_writes(stage: Stage, fault: str, position: int) -> None:
    """Both of its calls read."""
    made = stage.created(stage.properties(Slug="portal"))
    stage.directory.faults.add(Fault(skip=position, **FAULTS[fault]))  # type: ignore[arg-type] # a table of fields
    answer = stage.create({"Directory": stage.directory_property(), "Slug": "portal"}, **LOOKUP)
    assert (answer["Status"] == "SUCCESS") == (fault != "403")
    assert answer.get("Data", made["Data"]) == made["Data"]
    assert stage.directory.faults.pending() == []
    assert stage.writes() == []
