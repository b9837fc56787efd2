"""Taking an application away: only what this resource made, and never in the way of what is gone already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

INVENTED = "Portal-Prod-PortalApplication5F3A-1ABCDEFGHIJKL"
"""What CloudFormation makes up when a create never answered."""


def test_a_delete_removes_the_application_that_the_physical_id_names(stage: Stage) -> None:
    """One call; others stay."""
    made = stage.created()["PhysicalResourceId"]
    other = stage.created(LogicalResourceId="Other")["PhysicalResourceId"]
    assert stage.delete(made, stage.properties())["Status"] == "SUCCESS"
    assert list(stage.directory.applications) == [other]
    assert stage.transport.calls == [("DELETE", f"/api/applications/{made}")]


@pytest.mark.parametrize("on_removal", ["delete", "deactivate"])
def test_a_delete_of_what_is_gone_succeeds(stage: Stage, on_removal: str) -> None:
    """Removed by hand before: there is nothing to do."""
    made = stage.created()["PhysicalResourceId"]
    stage.directory.remove_application(made)
    assert stage.delete(made, stage.properties(OnRemoval=on_removal))["Status"] == "SUCCESS"


def test_a_removal_may_deactivate_only(stage: Stage) -> None:
    """The application stays with all its settings, and signs nobody in."""
    properties = stage.properties(OnRemoval="deactivate")
    made = stage.created(properties)["PhysicalResourceId"]
    before = stage.live(made)
    assert stage.delete(made, properties)["Status"] == "SUCCESS"
    assert stage.live(made) == before | {"active": False}
    stage.forget_calls()
    assert stage.delete(made, properties)["Status"] == "SUCCESS"
    assert stage.writes() == []


def test_a_delete_after_a_create_without_an_answer_finds_what_it_made(stage: Stage) -> None:
    """CloudFormation then invents the physical id; the derived slug proves what is this resource's."""
    made = stage.created()["PhysicalResourceId"]
    other = stage.created(LogicalResourceId="Other")["PhysicalResourceId"]
    assert stage.delete(INVENTED, stage.properties())["Status"] == "SUCCESS"
    assert made not in stage.directory.applications
    assert other in stage.directory.applications


def test_only_what_this_resource_made_is_deleted(stage: Stage) -> None:
    """With an invented id, a chosen slug and a bookmark's URL prove nothing: nothing is even asked for."""
    stage.created(stage.properties(Slug="portal"))
    stage.created(stage.bookmark())
    assert stage.delete(INVENTED, stage.properties(Slug="portal"))["Status"] == "SUCCESS"
    assert stage.delete(INVENTED, stage.bookmark())["Status"] == "SUCCESS"
    assert stage.transport.calls == []
    assert stage.labels() == ["Portal", "AWS console"]


def test_an_application_that_was_only_deactivated_is_not_deleted_by_an_invented_id(stage: Stage) -> None:
    """A later create of the same resource that failed does not take it along."""
    properties = stage.properties(OnRemoval="deactivate")
    made = stage.created(properties)["PhysicalResourceId"]
    stage.delete(made, properties)
    stage.delete(INVENTED, properties)
    assert made in stage.directory.applications


@pytest.mark.parametrize("physical_id", [INVENTED, "nothing-made-request-9"])
def test_a_delete_with_malformed_properties_succeeds_when_nothing_was_made(stage: Stage, physical_id: str) -> None:
    """The create failed on the same properties: its delete must not block the stack."""
    broken = {"Directory": "jumpcloud", "Visible": ["?"]}
    answer = stage.create(broken)
    assert answer["Status"] == "FAILED"
    assert stage.delete(answer["PhysicalResourceId"], broken)["Status"] == "SUCCESS"
    assert stage.delete(physical_id, broken)["Status"] == "SUCCESS"
    assert stage.transport.calls == []


def test_a_delete_needs_only_the_directory_and_the_way_of_removal(stage: Stage) -> None:
    """Other properties may be malformed by then."""
    made = stage.created()["PhysicalResourceId"]
    broken = stage.properties(UserAttributes="?", Template=None)
    assert stage.delete(made, broken)["Status"] == "SUCCESS"
    assert stage.labels() == []


def test_a_delete_that_the_directory_refuses_fails(stage: Stage) -> None:
    """It is not passed over in silence: the application would stay."""
    made = stage.created()["PhysicalResourceId"]
    stage.directory.faults.add(Fault(kind="status", status=403, method="DELETE"))
    answer = stage.delete(made, stage.properties())
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == made
    assert "applications.delete" in answer["Reason"]


@pytest.mark.parametrize("kind", ["cut", "no-answer", "truncated"])
def test_a_lost_answer_to_a_delete_is_asked_again(stage: Stage, kind: str) -> None:
    """The second DELETE answers 404: done."""
    made = stage.created()["PhysicalResourceId"]
    stage.directory.faults.add(Fault(kind=kind, method="DELETE", processed=True))  # type: ignore[arg-type] # a kind
    assert stage.delete(made, stage.properties())["Status"] == "SUCCESS"
    assert stage.labels() == []
