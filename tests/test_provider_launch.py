"""Launch: what an application opens, set once the app client is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

LAUNCH: dict[str, Any] = {"ResourceType": "Custom::JumpCloudApplicationLaunch", "LogicalResourceId": "Launch"}
LOGIN_URL = "https://acme.auth.eu-central-1.amazoncognito.com/oauth2/authorize?client_id=abc&response_type=code"


def _properties(stage: Stage, application_id: str, **more: str) -> dict[str, Any]:
    return {"Directory": stage.directory_property(), "ApplicationId": application_id, **more}


def _value(stage: Stage, application_id: str, key: str) -> Any:
    return stage.live(application_id)["config"][key]["value"]


def test_a_launch_sets_login_url_and_relay_state_and_nothing_else(stage: Stage) -> None:
    """One write; every other setting stays."""
    made = stage.created()["PhysicalResourceId"]
    before = stage.live(made)
    properties = _properties(stage, made, LoginUrl=LOGIN_URL, DefaultRelayState="state")
    answer = stage.create(properties, **LAUNCH)
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == f"{made}/launch"
    assert len(stage.writes()) == 1
    assert _value(stage, made, "idpInitUrl") == LOGIN_URL
    assert _value(stage, made, "defaultTargetUrl") == "state"
    after = stage.live(made)
    for key in ("idpInitUrl", "defaultTargetUrl"):
        after["config"][key]["value"] = before["config"][key]["value"]
    assert after == before


def test_an_unchanged_launch_writes_nothing(stage: Stage) -> None:
    """A retried create and a no-op update read once."""
    made = stage.created()["PhysicalResourceId"]
    properties = _properties(stage, made, LoginUrl=LOGIN_URL)
    stage.created(properties, **LAUNCH)
    assert stage.create(properties, **LAUNCH)["Status"] == "SUCCESS"
    assert stage.update(f"{made}/launch", properties, properties, **LAUNCH)["Status"] == "SUCCESS"
    assert stage.writes() == []


def test_a_login_url_that_is_left_out_is_cleared(stage: Stage) -> None:
    """It was managed before."""
    made = stage.created()["PhysicalResourceId"]
    old = _properties(stage, made, LoginUrl=LOGIN_URL, DefaultRelayState="state")
    stage.created(old, **LAUNCH)
    stage.update(f"{made}/launch", _properties(stage, made, DefaultRelayState="state"), old, **LAUNCH)
    assert not _value(stage, made, "idpInitUrl")
    assert _value(stage, made, "defaultTargetUrl") == "state"


def test_a_launch_follows_its_application_to_a_replacement(stage: Stage) -> None:
    """Another application id is another physical id; the old one's delete clears the old application."""
    first = stage.created()["PhysicalResourceId"]
    second = stage.created(LogicalResourceId="Other")["PhysicalResourceId"]
    old = _properties(stage, first, LoginUrl=LOGIN_URL)
    stage.created(old, **LAUNCH)
    answer = stage.update(f"{first}/launch", _properties(stage, second, LoginUrl=LOGIN_URL), old, **LAUNCH)
    assert answer["PhysicalResourceId"] == f"{second}/launch"
    assert _value(stage, first, "idpInitUrl") == _value(stage, second, "idpInitUrl") == LOGIN_URL
    stage.delete(f"{first}/launch", old, **LAUNCH)
    assert not _value(stage, first, "idpInitUrl")
    assert _value(stage, second, "idpInitUrl") == LOGIN_URL


def test_deleting_a_launch_clears_only_what_it_set(stage: Stage) -> None:
    """A relay state that was set by hand stays; a second delete writes nothing."""
    made = stage.created()["PhysicalResourceId"]
    properties = _properties(stage, made, LoginUrl=LOGIN_URL)
    stage.created(properties, **LAUNCH)
    stage.directory.applications[made].config["defaultTargetUrl"] = "by hand"
    assert stage.delete(f"{made}/launch", properties, **LAUNCH)["Status"] == "SUCCESS"
    assert not _value(stage, made, "idpInitUrl")
    assert _value(stage, made, "defaultTargetUrl") == "by hand"
    stage.forget_calls()
    stage.delete(f"{made}/launch", properties, **LAUNCH)
    assert stage.writes() == []


def test_deleting_a_launch_of_an_application_that_is_gone_succeeds(stage: Stage) -> None:
    """Also with an id that CloudFormation made up, without any call."""
    made = stage.created()["PhysicalResourceId"]
    properties = _properties(stage, made, LoginUrl=LOGIN_URL)
    stage.directory.remove_application(made)
    assert stage.delete(f"{made}/launch", properties, **LAUNCH)["Status"] == "SUCCESS"
    stage.forget_calls()
    assert stage.delete("Portal-Launch-1ABC", {}, **LAUNCH)["Status"] == "SUCCESS"
    assert stage.transport.calls == []


def test_a_launch_of_an_application_that_is_gone_says_what_to_do(stage: Stage) -> None:
    """Removed in the console before: its own resource makes it anew."""
    answer = stage.create(_properties(stage, "0" * 24, LoginUrl=LOGIN_URL), **LAUNCH)
    assert answer["Status"] == "FAILED"
    assert "there is no such application" in answer["Reason"]
    assert answer["PhysicalResourceId"].startswith("nothing-made-")


@pytest.mark.parametrize("kind", ["cut", "no-answer", "redirect"])
def test_a_failed_launch_is_undone_by_cloudformations_delete(stage: Stage, kind: str) -> None:
    """Whether it was written is not known: the failed answer names the application."""
    made = stage.created()["PhysicalResourceId"]
    properties = _properties(stage, made, LoginUrl=LOGIN_URL)
    fault = Fault(kind=kind, method="PUT", processed=True, count=None)  # type: ignore[arg-type] # one of the kinds
    stage.directory.faults.add(fault)
    answer = stage.create(properties, **LAUNCH)
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == f"{made}/launch"
    stage.directory.faults.clear()
    stage.delete(answer["PhysicalResourceId"], properties, **LAUNCH)
    assert not _value(stage, made, "idpInitUrl")


def test_a_field_that_the_directory_does_not_keep_fails_the_launch(stage: Stage) -> None:
    """Every write is read back."""
    made = stage.created()["PhysicalResourceId"]

    def forget(method: str, _path: str) -> None:
        if method == "PUT":
            stage.directory.applications[made].config["idpInitUrl"] = None

    stage.transport.after_call = forget
    answer = stage.create(_properties(stage, made, LoginUrl=LOGIN_URL), **LAUNCH)
    assert answer["Status"] == "FAILED"
    assert "did not keep config.idpInitUrl" in answer["Reason"]


def test_a_setting_that_the_application_lacks_fails_before_a_write(stage: Stage) -> None:
    """The template `aws` has no Login URL."""
    aws = stage.properties(Template="aws", GroupsAttribute=None)
    made = stage.created(aws)["PhysicalResourceId"]
    answer = stage.create(_properties(stage, made, LoginUrl=LOGIN_URL), **LAUNCH)
    assert "no setting idpInitUrl" in answer["Reason"]
    assert stage.writes() == []
