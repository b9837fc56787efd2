"""Access: which groups see an application, and which were bound by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

ACCESS: dict[str, Any] = {"ResourceType": "Custom::JumpCloudApplicationAccess", "LogicalResourceId": "Access"}


def _properties(stage: Stage, application_id: str, *groups: str) -> dict[str, Any]:
    return {"Directory": stage.directory_property(), "ApplicationId": application_id, "Groups": list(groups)}


def _bound(stage: Stage, application_id: str) -> list[str]:
    edges = [edge for edge in stage.directory.associations if edge[0] == application_id]
    return sorted(stage.directory.groups[edge[2]].name for edge in edges)


def _bind_by_hand(stage: Stage, application_id: str, name: str) -> None:
    stage.directory.associations[application_id, "user_group", stage.directory.group(name).id] = {}


def test_access_binds_the_named_groups_and_reads_them_back(stage: Stage) -> None:
    """The last call is a read."""
    made = stage.created()["PhysicalResourceId"]
    answer = stage.create(_properties(stage, made, "portal-users", "portal-admins"), **ACCESS)
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == f"{made}/access"
    assert _bound(stage, made) == ["portal-admins", "portal-users"]
    assert stage.transport.calls[-1] == ("GET", f"/api/v2/applications/{made}/associations")


def test_an_unchanged_access_writes_nothing(stage: Stage) -> None:
    """Bound already is read, not tried."""
    made = stage.created()["PhysicalResourceId"]
    properties = _properties(stage, made, "portal-users")
    stage.created(properties, **ACCESS)
    assert stage.create(properties, **ACCESS)["Status"] == "SUCCESS"
    assert stage.update(f"{made}/access", properties, properties, **ACCESS)["Status"] == "SUCCESS"
    assert stage.writes() == []


def test_an_update_binds_unbinds_and_leaves_groups_bound_by_hand(stage: Stage) -> None:
    """Only what was named before, and is not any more, is unbound."""
    made = stage.created()["PhysicalResourceId"]
    stage.directory.add_group("by-hand")
    old = _properties(stage, made, "portal-users", "finance")
    stage.created(old, **ACCESS)
    _bind_by_hand(stage, made, "by-hand")
    new = _properties(stage, made, "portal-users", "portal-admins")
    assert stage.update(f"{made}/access", new, old, **ACCESS)["Status"] == "SUCCESS"
    assert _bound(stage, made) == ["by-hand", "portal-admins", "portal-users"]
    assert len(stage.writes()) == 2
    assert stage.update(f"{made}/access", old, new, **ACCESS)["Status"] == "SUCCESS"
    assert _bound(stage, made) == ["by-hand", "finance", "portal-users"]


def test_all_wrong_names_are_told_before_anything_is_bound(stage: Stage) -> None:
    """Missing and doubled ones in one error."""
    made = stage.created()["PhysicalResourceId"]
    stage.directory.add_group("finance")
    answer = stage.create(_properties(stage, made, "portal-users", "nobody", "finance"), **ACCESS)
    assert answer["Status"] == "FAILED"
    assert "no group 'nobody'" in answer["Reason"]
    assert "2 groups are called 'finance'" in answer["Reason"]
    assert answer["PhysicalResourceId"].startswith("nothing-made-")
    assert stage.writes() == []


def test_deleting_an_access_unbinds_its_groups_only(stage: Stage) -> None:
    """A group of the names that is gone, and one that was unbound by hand, are no fault."""
    made = stage.created()["PhysicalResourceId"]
    for name in ("gone", "unbound", "by-hand"):
        stage.directory.add_group(name)
    properties = _properties(stage, made, "portal-users", "gone", "unbound")
    stage.created(properties, **ACCESS)
    _bind_by_hand(stage, made, "by-hand")
    stage.directory.remove_group(stage.directory.group("gone").id)
    del stage.directory.associations[made, "user_group", stage.directory.group("unbound").id]
    assert stage.delete(f"{made}/access", properties, **ACCESS)["Status"] == "SUCCESS"
    assert _bound(stage, made) == ["by-hand"]


def test_deleting_an_access_of_an_application_that_is_gone_succeeds(stage: Stage) -> None:
    """Its associations went with it; an invented id makes no call."""
    made = stage.created()["PhysicalResourceId"]
    stage.directory.remove_application(made)
    assert stage.delete(f"{made}/access", _properties(stage, made, "finance"), **ACCESS)["Status"] == "SUCCESS"
    stage.forget_calls()
    assert stage.delete("Portal-Access-1ABC", {}, **ACCESS)["Status"] == "SUCCESS"
    assert stage.transport.calls == []


def test_of_two_bound_groups_of_one_name_the_older_is_unbound(stage: Stage) -> None:
    """The name was unique when this resource bound it; the second one was made and bound by hand since."""
    made = stage.created()["PhysicalResourceId"]
    properties = _properties(stage, made, "finance")
    stage.created(properties, **ACCESS)
    stage.time.now += 3600
    second = stage.directory.add_group("finance")
    stage.directory.associations[made, "user_group", second.id] = {}
    assert stage.delete(f"{made}/access", properties, **ACCESS)["Status"] == "SUCCESS"
    assert [edge[2] for edge in stage.directory.associations] == [second.id]


def test_a_failed_create_of_an_access_unbinds_what_it_bound(stage: Stage) -> None:
    """Nobody sees the tile of a connector that was not finished."""
    made = stage.created()["PhysicalResourceId"]
    stage.directory.add_group("by-hand")
    _bind_by_hand(stage, made, "by-hand")
    stage.directory.faults.add(Fault(kind="status", status=403, method="POST", skip=1))
    answer = stage.create(_properties(stage, made, "portal-users", "finance"), **ACCESS)
    assert answer["Status"] == "FAILED"
    assert "binding group 'finance'" in answer["Reason"]
    assert "associations.applications" in answer["Reason"]
    assert _bound(stage, made) == ["by-hand"]
    assert answer["PhysicalResourceId"].startswith("nothing-made-")


@pytest.mark.parametrize("fault", ["429", "500", "503", "cut", "no-answer"])
def test_binding_is_repeated_after_a_fault(stage: Stage, fault: str) -> None:
    """Twice is the same as once: 409 then means that it was done."""
    made = stage.created()["PhysicalResourceId"]
    if fault.isdigit():
        stage.directory.faults.add(Fault(kind="status", status=int(fault), method="POST", processed=fault == "500"))
    else:
        stage.directory.faults.add(Fault(kind=fault, method="POST"))  # type: ignore[arg-type] # one of the kinds
    assert stage.create(_properties(stage, made, "portal-users"), **ACCESS)["Status"] == "SUCCESS"
    assert _bound(stage, made) == ["portal-users"]


def test_an_accepted_binding_that_is_not_listed_fails(stage: Stage) -> None:
    """A 204 without a body proves nothing."""
    made = stage.created()["PhysicalResourceId"]

    def forget(method: str, _path: str) -> None:
        if method == "POST":
            stage.directory.associations.clear()

    stage.transport.after_call = forget
    answer = stage.create(_properties(stage, made, "portal-users"), **ACCESS)
    assert answer["Status"] == "FAILED"
    assert "does not list 'portal-users'" in answer["Reason"]


def test_more_than_a_hundred_bound_groups_are_read_by_pages(stage: Stage) -> None:
    """A group on the second page counts as bound."""
    made = stage.created()["PhysicalResourceId"]
    names = [f"team-{number:03}" for number in range(130)]
    for name in names:
        stage.directory.add_group(name)
        _bind_by_hand(stage, made, name)
    assert stage.create(_properties(stage, made, "team-129"), **ACCESS)["Status"] == "SUCCESS"
    assert stage.writes() == []
