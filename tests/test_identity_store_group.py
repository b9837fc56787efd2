"""Looking up a group that SCIM brings: found, waited for, never made; every refusal told, and always in time."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.exceptions import EndpointConnectionError, HTTPClientError  # type: ignore[import-untyped]
from botocore.stub import Stubber  # type: ignore[import-untyped]

from saml_connectors.provider import identity_store
from saml_connectors.provider.identity_store.handler import respond

if TYPE_CHECKING:
    from tests.identity_store_fixtures import Stage

OTHER = "0a1b2c3d-1111-2222-3333-777788889999"
PACKAGE = Path(identity_store.__file__).parent

pytest_plugins = ["tests.identity_store_fixtures"]


def test_a_group_that_is_there_is_found_at_once(lookup_stage: Stage) -> None:
    """One question, by display name; the id is the attribute and a part of the physical id."""
    lookup_stage.answers = [lookup_stage.group]
    answer = lookup_stage.send()
    assert answer == {
        "Status": "SUCCESS",
        "PhysicalResourceId": f"{lookup_stage.store}/{lookup_stage.group}",
        "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/Workforce/0f2c3a10",
        "RequestId": "request-1",
        "LogicalResourceId": "Engineering5F3A",
        "Data": {"GroupId": lookup_stage.group},
    }
    name = {"AttributePath": "displayName", "AttributeValue": "engineering"}
    assert lookup_stage.asked == [
        {"IdentityStoreId": lookup_stage.store, "AlternateIdentifier": {"UniqueAttribute": name}}
    ]
    assert lookup_stage.slept == []


def test_the_question_and_the_refusal_are_those_of_boto3(lookup_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through boto3's own model: parameters that it takes, and the exception's fields where it puts them."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    client = boto3.client("identitystore", region_name="eu-central-1")
    arn = f"arn:aws:identitystore:::group/{lookup_stage.group}"
    with Stubber(client) as stub:
        gone = {"ResourceType": "GROUP"}
        stub.add_client_error("get_group_id", "ResourceNotFoundException", "no", modeled_fields=gone)
        stub.add_response(
            "get_group_id", {"GroupId": lookup_stage.group, "IdentityStoreId": lookup_stage.store, "GroupArn": arn}
        )
        assert lookup_stage.send(client=client)["Data"] == {"GroupId": lookup_stage.group}
        stub.add_client_error(
            "get_group_id", "ResourceNotFoundException", "no", modeled_fields={"ResourceType": "IDENTITY_STORE"}
        )
        assert "there is no identity store" in lookup_stage.send(client=client)["Reason"]
        stub.assert_no_pending_responses()
    assert lookup_stage.slept == [10.0]


def test_a_group_that_comes_later_is_waited_for(lookup_stage: Stage) -> None:
    """A look every ten seconds; here it comes before the fourth."""
    lookup_stage.answers = [lookup_stage.absent, lookup_stage.absent, lookup_stage.absent, lookup_stage.group]
    assert lookup_stage.send()["PhysicalResourceId"] == f"{lookup_stage.store}/{lookup_stage.group}"
    assert lookup_stage.slept == [10.0, 10.0, 10.0]


@pytest.mark.parametrize(("seconds", "looks", "waited"), [(None, 61, 600), ("25", 4, 25), ("840", 85, 840)])
def test_a_group_that_never_comes_fails_after_the_wait(
    lookup_stage: Stage, seconds: str | None, looks: int, waited: int
) -> None:
    """With what to do; there is nothing to delete afterwards."""
    answer = lookup_stage.send(WaitSeconds=seconds)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == (
        f"looking up group 'engineering': it is not in identity store {lookup_stage.store}, looked for {looks} times "
        f"in {waited} seconds; turn provisioning on in the directory, bind the group to the application, or run "
        "`saml-connectors scim verify`"
    )
    assert answer["PhysicalResourceId"] == "nothing-made-request-1"
    assert sum(lookup_stage.slept) == waited
    assert len(lookup_stage.asked) == looks


def test_without_a_wait_the_group_is_looked_for_once(lookup_stage: Stage) -> None:
    """The sentence then says nothing of a time."""
    reason = lookup_stage.send(WaitSeconds="0")["Reason"]
    assert f"it is not in identity store {lookup_stage.store}; turn" in reason
    assert len(lookup_stage.asked) == 1


def test_a_time_too_short_for_the_wait_is_told(lookup_stage: Stage) -> None:
    """The function's own time is less than the wait that was asked for: the answer comes before it is up."""
    lookup_stage.seconds = 60
    reason = lookup_stage.send()["Reason"]
    assert "in 35 seconds (the function's time allows no more, though WaitSeconds is 600); turn" in reason
    assert lookup_stage.put_at - 1_000 < 60


@pytest.mark.parametrize("seconds", [3.0, 60.0, 900.0])
def test_it_answers_in_time_however_slow_the_store_is(lookup_stage: Stage, seconds: float) -> None:
    """Each look takes as long as the client allows, and then fails."""
    lookup_stage.seconds = seconds
    lookup_stage.look_seconds = 15.0 if seconds > 15 else seconds / 2
    lookup_stage.always = EndpointConnectionError(endpoint_url="https://identitystore.example.com")
    reason = lookup_stage.send(WaitSeconds="840")["Reason"]
    assert lookup_stage.put_at - 1_000 < seconds
    assert f"identity store {lookup_stage.store} did not answer (EndpointConnectionError)" in reason


@pytest.mark.parametrize(
    ("wraps", "told"),
    [
        (False, "before the time of this function was nearly up; deploy again"),
        (True, "(HTTPClientError); deploy again"),
    ],
)
def test_a_look_that_hangs_is_interrupted(lookup_stage: Stage, wraps: bool, told: str) -> None:
    """By a signal, in time for the answer; boto3 may wrap what the signal raises."""

    def hang() -> None:
        try:
            time.sleep(20)
        except Exception as error:
            if wraps:
                raise HTTPClientError(error=error) from error
            raise

    lookup_stage.seconds = 0.6
    lookup_stage.always = hang
    began = time.monotonic()
    answer = lookup_stage.send()
    assert time.monotonic() - began < 0.6
    assert f"identity store {lookup_stage.store} did not answer {told}" in answer["Reason"]


def test_a_throttled_look_is_made_again_with_back_off(lookup_stage: Stage) -> None:
    """Twice as long each time, less jitter; a wait that the store asks for is honoured."""
    often = lookup_stage.refused("ThrottlingException")
    lookup_stage.answers = [
        often,
        often,
        lookup_stage.refused("ThrottlingException", RetryAfterSeconds=7),
        often,
        lookup_stage.group,
    ]
    assert lookup_stage.send(WaitSeconds="0")["Status"] == "SUCCESS"
    assert lookup_stage.slept == [0.5, 1.0, 7.0, 4.0]


def test_a_store_that_stays_busy_is_told(lookup_stage: Stage) -> None:
    """Six times in a row where nothing is waited for; otherwise for as long as the group is waited for."""
    lookup_stage.always = lookup_stage.refused("InternalServerException")
    reason = lookup_stage.send(WaitSeconds="0")["Reason"]
    assert "does not take the question now (InternalServerException), 6 times; deploy again" in reason
    assert len(lookup_stage.asked) == 6
    assert lookup_stage.send(WaitSeconds="100")["Status"] == "FAILED"
    assert sum(lookup_stage.slept[5:]) >= 100


def test_a_right_that_was_given_a_moment_ago_is_waited_for(lookup_stage: Stage) -> None:
    """IAM takes some seconds to make it known everywhere."""
    denied = lookup_stage.refused("AccessDeniedException")
    lookup_stage.answers = [denied, denied, lookup_stage.group]
    assert lookup_stage.send()["Status"] == "SUCCESS"
    assert lookup_stage.slept == [2.0, 4.0]


@pytest.mark.parametrize(
    ("code", "fields", "looks", "told"),
    [
        ("AccessDeniedException", {}, 5, "(AccessDeniedException), 5 times; allow identitystore:GetGroupId"),
        ("AccessDeniedException", {"Reason": "KMS_ACCESS_DENIED"}, 5, "allow the function's role kms:Decrypt"),
        ("ValidationException", {"Reason": "KMS_DISABLED"}, 1, "cannot be used (KMS_DISABLED); check the key"),
        ("ResourceNotFoundException", {"ResourceType": "IDENTITY_STORE"}, 1, "in this account and region; copy its id"),
        ("ValidationException", {}, 1, "refuses the question (ValidationException: said so); correct"),
    ],
)
def test_a_refusal_is_told_with_the_way_out(
    lookup_stage: Stage, code: str, fields: dict[str, str], looks: int, told: str
) -> None:
    """At once, where asking again does not help."""
    lookup_stage.always = lookup_stage.refused(code, **fields)
    answer = lookup_stage.send()
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("looking up group 'engineering': ")
    assert told in answer["Reason"]
    assert len(lookup_stage.asked) == looks


@pytest.mark.parametrize("found", [None, "", "arn:aws:identitystore:::group/x", 7])
def test_an_answer_without_an_id_is_a_failure(lookup_stage: Stage, found: Any) -> None:
    """It would be an assignment to nobody."""
    lookup_stage.always = found
    assert "answered without the id of a group" in lookup_stage.send()["Reason"]


def test_another_group_is_another_physical_id(lookup_stage: Stage) -> None:
    """An update looks again; CloudFormation then replaces, and the delete of the old id asks nobody."""
    lookup_stage.answers = [OTHER]
    answer = lookup_stage.send(
        "Update", event={"PhysicalResourceId": f"{lookup_stage.store}/{lookup_stage.group}"}, DisplayName="platform"
    )
    assert answer["PhysicalResourceId"] == f"{lookup_stage.store}/{OTHER}"
    lookup_stage.asked.clear()
    assert (
        lookup_stage.send(
            "Delete", event={"PhysicalResourceId": f"{lookup_stage.store}/{lookup_stage.group}"}, DisplayName=None
        )["Status"]
        == "SUCCESS"
    )
    assert (
        lookup_stage.send("Delete", event={"PhysicalResourceId": "nothing-made-1"})["PhysicalResourceId"]
        == "nothing-made-1"
    )
    assert lookup_stage.asked == []


def test_a_failed_update_keeps_its_physical_id(lookup_stage: Stage) -> None:
    """Otherwise CloudFormation would take it for a replacement."""
    answer = lookup_stage.send(
        "Update", event={"PhysicalResourceId": f"{lookup_stage.store}/{lookup_stage.group}"}, WaitSeconds="0"
    )
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", f"{lookup_stage.store}/{lookup_stage.group}")


def test_all_that_is_wrong_with_the_properties_is_told_before_any_question(lookup_stage: Stage) -> None:
    """In one sentence."""
    reason = lookup_stage.send(IdentityStoreId="ssoins-1", DisplayName=" ", WaitSeconds="841")["Reason"]
    for told in ("3 problems", "IdentityStoreId must be such as d-9067654321", "DisplayName must not be blank"):
        assert told in reason
    assert "WaitSeconds must be 0 to 840 whole seconds, got '841'" in reason
    for wait in ("-1", "ten", "1.5", "9" * 5_000):
        assert "1 problem: WaitSeconds" in lookup_stage.send(WaitSeconds=wait)["Reason"]
    assert "DisplayName must be at most 1024" in lookup_stage.send(DisplayName="x" * 1025)["Reason"]
    assert lookup_stage.asked == []


def test_the_longest_name_of_the_widest_characters_fits_into_the_answer(lookup_stage: Stage) -> None:
    """The sentence loses its middle, never its way out."""
    reason = lookup_stage.send(DisplayName="\U0001f980" * 1024, WaitSeconds="0")["Reason"]
    assert reason.startswith("looking up group ")
    assert reason.endswith("`saml-connectors scim verify`")


@pytest.mark.parametrize("damage", [{"RequestType": "Repair"}, {"ResourceType": "Custom::Other"}, {"StackId": 7}])
def test_a_damaged_event_is_answered(lookup_stage: Stage, damage: dict[str, Any]) -> None:
    """What can be read of it is used; what cannot is told."""
    lookup_stage.always = lookup_stage.group
    answer = lookup_stage.send(event=damage)
    assert answer["Status"] == "SUCCESS" if "StackId" in damage else "use Create, Update or Delete" in answer["Reason"]


@pytest.mark.parametrize("raw", [None, [], {}, {"RequestType": "Create"}])
def test_an_event_without_an_address_is_logged(lookup_stage: Stage, raw: Any) -> None:
    """Nobody waits for an answer then."""
    respond(raw, None, lookup_stage.world())
    assert lookup_stage.put == []
    assert any("nobody waits for an answer" in line for line in lookup_stage.lines)


def test_what_nobody_expects_is_answered_with_where_to_look(lookup_stage: Stage) -> None:
    """The traceback is in the log alone."""
    lookup_stage.always = ZeroDivisionError(f"at {lookup_stage.response_url}")
    assert "unexpected ZeroDivisionError; look for request-1 in the function's log" in lookup_stage.send()["Reason"]
    assert any("Traceback" in line for line in lookup_stage.lines)


def test_it_stands_in_the_folder_that_lambda_gets() -> None:
    """There the protocol has another name; and boto3 is not imported before it is needed."""
    code = (
        f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); import identity_store.handler as it; "
        "print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-I", "-B", "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - this interpreter
    loaded = set(run.stdout.split())
    assert {"identity_store.handler", "identity_store.store", "jumpcloud.reply"} <= loaded
    assert not {"boto3", "botocore", "urllib.request", "asyncio", "dataclasses"} & loaded
    assert not [name for name in loaded if name.startswith(("saml_connectors", "pydantic", "aws_cdk"))]
