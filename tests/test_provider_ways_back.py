"""What comes after a failure: each of these once left something behind, or took away too much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from saml_connectors.provider.jumpcloud import reply
from saml_connectors.provider.jumpcloud.session import Event
from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

LAUNCH: dict[str, Any] = {"ResourceType": "Custom::JumpCloudApplicationLaunch", "LogicalResourceId": "Launch"}
ACCESS: dict[str, Any] = {"ResourceType": "Custom::JumpCloudApplicationAccess", "LogicalResourceId": "Access"}
MADE_UP = "Portal-Prod-Launch-1QX4Z9T0ABCDE"
LOGIN = "https://portal.example/login"


def _of(stage: Stage, application: str, **more: Any) -> dict[str, Any]:
    return {"Directory": stage.directory_property(), "ApplicationId": application, **more}


def _opens(stage: Stage, application: str) -> Any:
    return stage.live(application)["config"]["idpInitUrl"]["value"]


def test_a_launch_whose_create_never_answered_is_cleared_under_the_id_that_cloudformation_made_up(stage: Stage) -> None:
    """Known by its value; another one stays."""
    made = stage.created()["PhysicalResourceId"]
    given = _of(stage, made, LoginUrl=LOGIN, DefaultRelayState="https://portal.example/")
    stage.created(given, **LAUNCH)
    stage.directory.applications[made].config["defaultTargetUrl"] = "https://by-hand.example/"
    assert stage.delete(MADE_UP, given, **LAUNCH)["Status"] == "SUCCESS"
    assert not _opens(stage, made)
    assert stage.live(made)["config"]["defaultTargetUrl"]["value"] == "https://by-hand.example/"


def test_an_access_whose_create_never_answered_is_unbound_under_the_id_that_cloudformation_made_up(
    stage: Stage,
) -> None:
    """Nobody sees an application by chance."""
    made = stage.created()["PhysicalResourceId"]
    given = _of(stage, made, Groups=["portal-users"])
    stage.created(given, **ACCESS)
    assert stage.delete(MADE_UP, given, **ACCESS)["Status"] == "SUCCESS"
    assert stage.directory.associations == {}


@pytest.mark.parametrize(
    ("about", "more", "suffix"),
    [(LAUNCH, {"LoginUrl": LOGIN}, "/launch"), (ACCESS, {"Groups": ["finance"]}, "/access")],
)
def test_what_could_not_move_to_another_application_leaves_nothing_there(
    stage: Stage, about: dict[str, Any], more: dict[str, Any], suffix: str
) -> None:
    """CloudFormation moves it back with the id that it never gave up; what it had set there is cleared."""
    first = stage.created()["PhysicalResourceId"]
    second = stage.created(LogicalResourceId="Second")["PhysicalResourceId"]
    old, new = _of(stage, first, **more), _of(stage, second, **more)
    stage.created(old, **about)
    before = (_opens(stage, second), [edge for edge in stage.directory.associations if edge[0] == second])
    stage.created(new, **about)  # what the failed update has written there
    assert stage.update(first + suffix, old, new, **about)["PhysicalResourceId"] == first + suffix
    left = (_opens(stage, second) or "", [edge for edge in stage.directory.associations if edge[0] == second])
    assert left == (before[0] or "", before[1])


def test_a_rollback_removes_what_a_failed_replacement_left_under_a_chosen_slug(stage: Stage) -> None:
    """Equal in every field and made a moment ago: the evidence that suffices to find it again."""
    old, new = stage.properties(), stage.properties(Slug="other")
    first = stage.created(old)["PhysicalResourceId"]
    stage.directory.faults.add(Fault(kind="status", status=503, skip=5, count=None))
    assert stage.update(first, new, old)["Status"] == "FAILED"
    stage.directory.faults.clear()
    assert len(stage.directory.applications) == 2
    assert stage.update(first, old, new)["PhysicalResourceId"] == first
    assert list(stage.directory.applications) == [first]


def test_a_rollback_to_an_application_that_is_gone_leaves_one_and_not_two(stage: Stage) -> None:
    """It was deleted in the console; what was to replace it failed, could not be cleaned up, and is removed now."""
    old, new = stage.properties(), stage.properties(Template="saml2")
    first = stage.created(old)["PhysicalResourceId"]
    stage.directory.remove_application(first)
    stage.directory.faults.add(Fault(kind="status", status=503, skip=6, count=None))
    assert stage.update(first, new, old)["Status"] == "FAILED"
    stage.directory.faults.clear()
    assert len(stage.directory.applications) == 1
    answer = stage.update(first, old, new)
    assert answer["Status"] == "SUCCESS"
    assert list(stage.directory.applications) == [answer["PhysicalResourceId"]]


def test_a_rollback_keeps_a_description_by_hand_that_the_failed_update_never_wrote(stage: Stage) -> None:
    """It was in no spec before; the update that would have set it failed at its first call."""
    old, new = stage.properties(Description=None), stage.properties(Description="ours")
    made = stage.created(old)["PhysicalResourceId"]
    stage.directory.applications[made].description = "by hand"
    stage.directory.faults.add(Fault(kind="status", status=403))
    assert stage.update(made, new, old)["Status"] == "FAILED"
    assert stage.update(made, old, new)["Status"] == "SUCCESS"
    assert stage.live(made)["description"] == "by hand"


def test_a_failed_create_puts_an_application_that_was_only_deactivated_out_of_use_again(stage: Stage) -> None:
    """It is older than the create that was about to take it up, so it is not deleted; nor does it stay active."""
    given = stage.properties(OnRemoval="deactivate")
    made = stage.created(given)["PhysicalResourceId"]
    stage.delete(made, given)
    stage.time.now += 24 * 3600
    stage.directory.faults.add(Fault(kind="status", status=403, skip=5, count=None))
    failed = stage.create(given)
    assert failed["Status"] == "FAILED"
    stage.directory.faults.clear()
    assert stage.live(made)["active"] is True
    assert stage.delete(failed["PhysicalResourceId"], given)["Status"] == "SUCCESS"
    assert stage.live(made)["active"] is False


def test_ids_of_a_damaged_event_do_not_make_an_answer_too_long() -> None:
    """They are repeated in it."""
    event = Event.read(dict.fromkeys(("StackId", "RequestId", "LogicalResourceId"), "x" * 5000))
    assert len(reply.encode(event, reply.FAILED, "y" * 5000, reason="z" * 5000)) <= 4096
