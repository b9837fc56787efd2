"""The ACS URL of a launch: set late, left alone by the application, and given back in whichever order things go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

LAUNCH: dict[str, Any] = {"ResourceType": "Custom::JumpCloudApplicationLaunch", "LogicalResourceId": "Launch"}
DEFAULT = "https://signin.aws.amazon.com/saml"
EARLY, LATE, LATER = (f"https://signin.aws.amazon.com/saml/{part}" for part in ("early", "late", "later"))


def _application(stage: Stage, acs_url: str | None = None, **more: Any) -> dict[str, Any]:
    return stage.properties(Template="aws", GroupsAttribute=None, AcsUrl=acs_url, **more)


def _launch(stage: Stage, application_id: str, acs_url: str | None = None, **more: str) -> dict[str, Any]:
    given = {"Directory": stage.directory_property(), "ApplicationId": application_id, "AcsUrl": acs_url, **more}
    return {name: value for name, value in given.items() if value is not None}


def _acs_url(stage: Stage, application_id: str) -> Any:
    return stage.live(application_id)["config"]["acsUrl"]["value"]


def test_a_launch_sets_the_acs_url_with_one_write(stage: Stage) -> None:
    """Together with what the application opens; unchanged, it writes nothing."""
    made = stage.created(_application(stage))["PhysicalResourceId"]
    assert _acs_url(stage, made) == DEFAULT
    properties = _launch(stage, made, LATE, DefaultRelayState="https://console.aws.amazon.com/")
    assert stage.create(properties, **LAUNCH)["PhysicalResourceId"] == f"{made}/launch"
    assert _acs_url(stage, made) == LATE
    assert len(stage.writes()) == 1
    stage.forget_calls()
    assert stage.update(f"{made}/launch", properties, properties, **LAUNCH)["Status"] == "SUCCESS"
    assert stage.writes() == []


def test_an_acs_url_that_is_no_address_is_told(stage: Stage) -> None:
    """Beside whatever else is wrong."""
    answer = stage.create(_launch(stage, "0" * 24, "saml", LoginUrl="start"), **LAUNCH)
    assert "2 problems: " in answer["Reason"]
    assert "AcsUrl must be an absolute http or https address, got 'saml'" in answer["Reason"]


@pytest.mark.parametrize("way", ["update", "delete"])
def test_a_cleared_acs_url_goes_back_to_the_templates_default(stage: Stage, way: str) -> None:
    """No application is without one."""
    made = stage.created(_application(stage))["PhysicalResourceId"]
    old = _launch(stage, made, LATE)
    stage.created(old, **LAUNCH)
    if way == "update":
        answer = stage.update(f"{made}/launch", _launch(stage, made), old, **LAUNCH)
    else:
        answer = stage.delete(f"{made}/launch", old, **LAUNCH)
    assert answer["Status"] == "SUCCESS"
    assert _acs_url(stage, made) == DEFAULT


@pytest.mark.parametrize("way", ["update", "delete"])
def test_an_acs_url_that_is_another_one_by_now_stays(stage: Stage, way: str) -> None:
    """It was set by hand, or by the application's own properties; nothing is written, and no template looked up."""
    made = stage.created(_application(stage))["PhysicalResourceId"]
    old = _launch(stage, made, LATE)
    stage.created(old, **LAUNCH)
    stage.directory.applications[made].config["acsUrl"] = "https://by.hand/"
    if way == "update":
        stage.update(f"{made}/launch", _launch(stage, made), old, **LAUNCH)
    else:
        stage.delete(f"{made}/launch", old, **LAUNCH)
    assert _acs_url(stage, made) == "https://by.hand/"
    assert stage.transport.calls == [("GET", f"/api/applications/{made}")]


def test_without_a_default_the_acs_url_stays_and_the_log_says_so(stage: Stage) -> None:
    """The catalogue has dropped the template; an empty one might be refused for ever."""
    made = stage.created(_application(stage))["PhysicalResourceId"]
    properties = _launch(stage, made, LATE)
    stage.created(properties, **LAUNCH)
    del stage.directory.templates["aws"]
    assert stage.delete(f"{made}/launch", properties, **LAUNCH)["Status"] == "SUCCESS"
    assert _acs_url(stage, made) == LATE
    assert any(line["event"] == "the ACS URL stays as it is" for line in stage.log())


def test_an_application_that_names_no_acs_url_leaves_that_of_the_launch_alone(stage: Stage) -> None:
    """Whatever else of it changes."""
    old = _application(stage)
    made = stage.created(old)["PhysicalResourceId"]
    stage.created(_launch(stage, made, LATE), **LAUNCH)
    answer = stage.update(made, _application(stage, DisplayLabel="Other", SubjectField="username"), old)
    assert answer["Status"] == "SUCCESS"
    assert len(stage.writes()) == 1
    assert _acs_url(stage, made) == LATE


def test_the_acs_url_moves_from_the_application_to_the_launch_and_back(stage: Stage) -> None:
    """Deployed, the launch comes after the application; rolled back, so it does again, or it is deleted last."""
    old = _application(stage, EARLY)
    made = stage.created(old)["PhysicalResourceId"]
    before = _launch(stage, made, DefaultRelayState="state")
    stage.created(before, **LAUNCH)
    new, after = _application(stage), _launch(stage, made, LATE, DefaultRelayState="state")

    stage.update(made, new, old)
    assert _acs_url(stage, made) == DEFAULT
    stage.update(f"{made}/launch", after, before, **LAUNCH)
    assert _acs_url(stage, made) == LATE

    stage.update(made, old, new)
    assert _acs_url(stage, made) == EARLY
    stage.update(f"{made}/launch", before, after, **LAUNCH)
    assert _acs_url(stage, made) == EARLY
    stage.delete(f"{made}/launch", after, **LAUNCH)
    assert _acs_url(stage, made) == EARLY


def test_the_other_order_of_events_ends_the_same(stage: Stage) -> None:
    """The launch first and then the application, there and back."""
    old = _application(stage, EARLY)
    made = stage.created(old)["PhysicalResourceId"]
    new, after = _application(stage), _launch(stage, made, LATE)

    stage.create(after, **LAUNCH)
    stage.update(made, new, old)
    assert _acs_url(stage, made) == LATE

    stage.delete(f"{made}/launch", after, **LAUNCH)
    assert _acs_url(stage, made) == DEFAULT
    stage.update(made, old, new)
    assert _acs_url(stage, made) == EARLY


def test_a_launch_rolls_its_own_acs_url_back(stage: Stage) -> None:
    """From one to another and back."""
    made = stage.created(_application(stage))["PhysicalResourceId"]
    old, new = _launch(stage, made, LATE), _launch(stage, made, LATER)
    stage.created(old, **LAUNCH)
    for wanted, former, expected in ((new, old, LATER), (old, new, LATE)):
        stage.update(f"{made}/launch", wanted, former, **LAUNCH)
        assert _acs_url(stage, made) == expected
