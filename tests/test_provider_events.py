"""Events that are damaged, older, newer or about something else, clocks that differ: told, and nothing changed."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from saml_connectors.provider.jumpcloud import contract, handler
from saml_connectors.provider.jumpcloud.known_properties import unknown
from tests.directory_holdings import holdings, keep, unlike
from tests.lifecycle_operations import OPERATIONS
from tests.operation_play import event_of, judge, play, scene
from tests.stated_operations import Operation
from tests.troubles import TROUBLES, at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.trouble_fixtures import TroubledStage

pytest_plugins = ["tests.provider_fixtures", "tests.trouble_fixtures"]

VERSIONS = sorted((Path(__file__).parent / "contract_versions").glob("*.json"))
"""The properties that constructs of earlier versions of the contract give: frozen, never to be edited."""

DAMAGES: tuple[Any, ...] = (None, 7, [], {}, [None], {"Fn::Join": 1}, "\u0000", "x" * 5000)
EVERYWHERE = ("RequestType", "ResourceType", "StackId", "LogicalResourceId", "RequestId", "PhysicalResourceId")
HOUR = 3600.0
UPDATE = next(each for each in OPERATIONS if each.name == "application update")


def _paths(event: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Each part of an event that can be damaged, and each property."""
    yield from ((name,) for name in (*EVERYWHERE, "ResourceProperties", "OldResourceProperties") if name in event)
    for whole in ("ResourceProperties", "OldResourceProperties"):
        for name, value in event.get(whole, {}).items():
            yield (whole, name)
            if isinstance(value, dict):
                yield from ((whole, name, inner) for inner in value)


def _damaged(event: dict[str, Any], path: tuple[str, ...], damage: Any) -> dict[str, Any]:
    made = copy.deepcopy(event)
    inside = made
    for name in path[:-1]:
        inside = inside[name]
    inside[path[-1]] = damage
    return made


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_damaged_event_is_answered_and_never_met_by_an_exception(
    troubled: TroubledStage, operation: Operation
) -> None:
    """Each part of it, and each property, in turn: one answer, in words; where it failed, nothing was changed."""
    begun = scene(troubled, operation)
    event = event_of(troubled, operation, begun.prepared)
    for number, path in enumerate(_paths(event)):
        for damage in (DAMAGES[number % len(DAMAGES)], DAMAGES[(number + 3) % len(DAMAGES)]):
            scene(troubled, operation)
            troubled.box.requests.clear()
            answer = troubled.run(_damaged(event, path, damage))
            assert len(troubled.box.requests) == 1
            assert not [line for line in troubled.lines if '"unexpected"' in line], (path, damage, troubled.lines)
            assert 0 < len(answer["PhysicalResourceId"]) <= 1024
            if answer["Status"] == "FAILED":
                assert "; " in answer["Reason"]
                assert not unlike(holdings(troubled.directory, begun.kept), begun.before), (path, damage)


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: f"version {path.stem}")
def test_resources_of_every_earlier_version_of_the_contract_live_their_whole_life(
    troubled: TroubledStage, path: Path
) -> None:
    """Created as that version's constructs asked for, not changed by an update to the same, and deleted."""
    for resource in json.loads(path.read_text())["resources"]:
        begun = scene(troubled, UPDATE)  # with an application in the directory
        assert begun.prepared.before is not None
        application = begun.prepared.before.physical_id
        live = troubled.directory.applications[application]
        text = json.dumps(resource["properties"]).replace("<application>", application)
        properties = json.loads(text.replace("<slug>", str(live.slug)))
        about = {"ResourceType": resource["type"], "LogicalResourceId": "Earlier"}
        made = troubled.create(properties, **about)
        assert made["Status"] == "SUCCESS", made["Reason"]
        kept = keep(troubled.directory)
        before = holdings(troubled.directory, kept)
        same = troubled.update(made["PhysicalResourceId"], properties, properties, **about)
        assert (same["Status"], same["PhysicalResourceId"]) == ("SUCCESS", made["PhysicalResourceId"])
        assert not unlike(holdings(troubled.directory, kept), before)
        assert troubled.delete(made["PhysicalResourceId"], properties, **about)["Status"] == "SUCCESS"
        assert troubled.directory.applications.keys() == begun.kept.applications.keys()
        assert not [line for line in troubled.lines if "not known" in line]


def test_frozen_versions_name_no_property_that_was_renamed_since() -> None:
    """Stacks in the field hold the old names for years."""
    assert len(VERSIONS) >= 3
    for path in VERSIONS:
        for resource in json.loads(path.read_text())["resources"]:
            assert resource["type"] in contract.TYPES
            assert unknown(resource["type"], resource["properties"]) == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_properties_of_a_newer_construct_are_ignored_and_told_in_the_log(
    troubled: TroubledStage, operation: Operation
) -> None:
    """Not refused: a rollback runs the older provider over what the newer construct had asked for."""
    begun = scene(troubled, operation)
    event = event_of(troubled, operation, begun.prepared)
    event["ResourceProperties"] = {**event["ResourceProperties"], "Wormhole": {"Since": "2031"}}
    if "OldResourceProperties" in event:
        event["OldResourceProperties"] = {**event["OldResourceProperties"], "Warp": "9"}
    answer = troubled.run(event)
    assert answer["Status"] == "SUCCESS"
    assert [line for line in troubled.lines if "not known are ignored" in line and "Wormhole" in line]


def test_a_resource_type_of_a_newer_construct_is_refused_and_its_delete_succeeds(troubled: TroubledStage) -> None:
    """Whatever must not be ignored is a type of its own; the rollback of its create is no obstacle."""
    scene(troubled, OPERATIONS[0])
    about = {"ResourceType": "Custom::JumpCloudWormhole", "LogicalResourceId": "Newer"}
    answer = troubled.create({"Directory": {}}, **about)
    assert answer["Status"] == "FAILED"
    assert "a newer construct needs a newer provider" in answer["Reason"]
    assert troubled.delete(answer["PhysicalResourceId"], {"Directory": {}}, **about)["Status"] == "SUCCESS"
    assert troubled.calls == []


def test_every_property_of_the_contract_is_known_to_some_type() -> None:
    """A new one that is not entered would be told as unknown in every deployment."""
    for resource_type, _ in handler._WORK:
        assert unknown(resource_type, {"Directory": {}, "ServiceToken": "", "ServiceTimeout": "1"}) == []
        assert unknown(resource_type, {"Other": ""}) == ["Other"]


@pytest.mark.parametrize("request_type", ["Update", "Delete"])
@pytest.mark.parametrize(
    "missing", ["0" * 24, "f" * 24, "no id at all", "f" * 24 + "/launch", "left-behind-" + "f" * 24]
)
def test_an_id_that_names_nothing_changes_nothing_of_others(
    troubled: TroubledStage, missing: str, request_type: str
) -> None:
    """A delete of it is done; an update makes the application anew, beside those that are there."""
    begun = scene(troubled, UPDATE)
    mine = troubled.properties(DisplayLabel="Mine")
    more = {"PhysicalResourceId": missing, "OldResourceProperties": mine, "LogicalResourceId": "Mine"}
    answer = troubled.run(troubled.event(request_type, mine, **more))
    assert answer["Status"] == "SUCCESS"
    found = holdings(troubled.directory, begun.kept)["applications"]
    for key, application in begun.before["applications"].items():
        assert not unlike(found[key], application)
    assert len(found) == len(begun.before["applications"]) + (request_type == "Update")


def test_an_update_under_the_id_of_somebody_elses_application_leaves_it_alone(troubled: TroubledStage) -> None:
    """Its slug proves that it is another one: this resource's own is made beside it."""
    begun = scene(troubled, UPDATE)
    assert begun.prepared.before is not None
    theirs = begun.prepared.before.physical_id
    mine = troubled.properties(DisplayLabel="Mine")
    answer = troubled.update(theirs, mine, mine, LogicalResourceId="Mine")
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] != theirs
    assert not unlike(
        holdings(troubled.directory, begun.kept)["applications"][theirs], begun.before["applications"][theirs]
    )


@pytest.mark.parametrize("resource_type", [contract.LAUNCH, contract.ACCESS])
def test_a_launch_or_access_of_no_application_says_so(troubled: TroubledStage, resource_type: str) -> None:
    """And changes nothing."""
    begun = scene(troubled, UPDATE)
    given = {"Directory": troubled.directory_property(), "ApplicationId": "0" * 24, "Groups": ["portal-users"]}
    answer = troubled.create({**given, "LoginUrl": "https://a.example"}, ResourceType=resource_type)
    assert answer["Status"] == "FAILED"
    assert "0" * 24 in answer["Reason"]
    assert not unlike(holdings(troubled.directory, begun.kept), begun.before)


@pytest.mark.parametrize(
    "secret", ["", "{", '{"key": "x"}', '{"api_key": "key-of-hers-1", "client_id": "client-7"}', "two\nlines", "{}"]
)
@pytest.mark.parametrize("kind", ["application create", "access update", "group attributes delete", "lookup create"])
def test_a_secret_in_the_wrong_form_is_told_without_its_content_and_nothing_is_sent(
    troubled: TroubledStage, kind: str, secret: str
) -> None:
    """The forms that there are, are told."""
    operation = next(each for each in OPERATIONS if each.name == kind)
    begun = scene(troubled, operation)
    was = troubled.secrets["directory-key"]
    troubled.secrets["directory-key"] = secret
    try:
        answer = troubled.run(event_of(troubled, operation, begun.prepared))
    finally:
        troubled.secrets["directory-key"] = was
    assert answer["Status"] == "FAILED"
    assert "store the API key as plain text, or a JSON object" in answer["Reason"]
    assert "key-of-hers-1" not in answer["Reason"]
    assert troubled.calls == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize("skew", [-HOUR, HOUR], ids=["behind", "ahead"])
def test_a_directory_whose_clock_is_an_hour_off_makes_no_difference(
    troubled: TroubledStage, operation: Operation, skew: float
) -> None:
    """Ages are told by the directory's own clock: a lost answer to any call is found again all the same."""
    clock = troubled.directory.clock
    troubled.directory.clock = lambda: datetime.fromtimestamp(troubled.time.now + skew, UTC)
    troubled.troubled.skew = skew
    try:
        for position in range(scene(troubled, operation).calls):
            begun = scene(troubled, operation)
            ended = play(troubled, operation, begun.prepared, at(position, TROUBLES["cut after it was done"]))
            assert ended.done, ended.answer
            judge(troubled, begun, ended, f"call {position}")
    finally:
        troubled.directory.clock, troubled.troubled.skew = clock, 0.0
