"""The CloudFormation protocol: always one answer, in time, bounded, delivered with retries, nothing secret in it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from saml_connectors.provider import jumpcloud
from saml_connectors.provider.jumpcloud import handler, reply
from saml_connectors.provider.jumpcloud.reply import AnswerUndelivered, shortened
from saml_connectors.provider.jumpcloud.session import Event
from saml_connectors.provider.jumpcloud.transport import Response
from sandbox.directory.faults import Fault
from sandbox.directory.state import EXAMPLE_API_KEY

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

PACKAGE = Path(jumpcloud.__file__).parent


def test_the_answer_is_put_where_cloudformation_waits(stage: Stage) -> None:
    """PUT, without a content type because the address is signed without one, with its length."""
    stage.create()
    (request,) = stage.box.requests
    assert request.method == "PUT"
    assert request.url == stage.event("Create", {})["ResponseURL"]
    assert request.body is not None
    assert request.headers == {"Content-Type": "", "Content-Length": str(len(request.body))}
    answer = json.loads(request.body)
    assert answer["RequestId"] == "request-1"
    assert answer["LogicalResourceId"] == "PortalApplication5F3A"


def test_the_answer_is_delivered_again_after_a_server_error(stage: Stage) -> None:
    """Up to five times, with growing waits."""
    stage.box.statuses = [500, 503, 500, 502]
    stage.create({})
    assert len(stage.box.requests) == 5
    assert len({request.body for request in stage.box.requests}) == 1
    assert stage.time.slept == [0.5, 1.0, 2.0, 4.0]


@pytest.mark.parametrize(("statuses", "tries"), [([500] * 9, 5), ([403], 1)])
def test_an_answer_that_cannot_be_delivered_makes_lambda_run_the_event_again(
    stage: Stage, statuses: list[int], tries: int
) -> None:
    """The second run finds what the first one made, and answers that."""
    stage.box.statuses = statuses
    with pytest.raises(AnswerUndelivered):
        stage.create()
    assert len(stage.box.requests) == tries
    made = list(stage.directory.applications)
    stage.box.statuses.clear()
    assert stage.create()["PhysicalResourceId"] == made[0]
    assert len(stage.directory.applications) == 1


def test_it_always_answers_cloudformation_before_its_own_time_is_up(stage: Stage) -> None:
    """A directory that never answers: the function fails with time to spare, and says what it was doing."""
    stage.seconds = 60
    stage.directory.faults.add(Fault(kind="no-answer", count=None))
    began = stage.time.now
    answer = stage.create()
    assert stage.time.now - began <= 41
    assert answer["Status"] == "FAILED"
    assert "template 'amazoncognitouserpools'" in answer["Reason"]


def test_a_call_that_hangs_is_interrupted_in_time_for_the_answer(stage: Stage) -> None:
    """Where even the time-outs fail, a signal ends the call, and what was made is cleaned up."""
    stage.seconds = 0.9

    def hang(method: str, _path: str) -> None:
        if method == "POST":
            stage.transport.after_call = None
            time.sleep(30)

    stage.transport.after_call = hang
    began = time.monotonic()
    answer = stage.create()
    assert time.monotonic() - began < 0.9
    assert answer["Status"] == "FAILED"
    assert "the time of this function is nearly up" in answer["Reason"]
    assert stage.labels() == []


def test_time_runs_out_during_a_create_and_it_is_cleaned_up(stage: Stage) -> None:
    """The reserve is for that."""
    stage.seconds = 90

    def slow(method: str, _path: str) -> None:
        if method == "POST":
            stage.time.now += 71

    stage.transport.after_call = slow
    answer = stage.create()
    assert "the time of this function is nearly up" in answer["Reason"]
    assert stage.labels() == []


@pytest.mark.parametrize("length", [3000, 40_000])
def test_an_answer_is_at_most_4096_bytes_and_keeps_its_beginning_and_its_way_out(stage: Stage, length: int) -> None:
    """However long the reason is, and however wide its characters."""
    reason = "creating application 'Portal': " + '"é\n' * length + "; do this"
    body = reply.encode(Event.read(stage.event("Create", {})), reply.FAILED, "id", reason=reason)
    assert len(body) <= 4096
    told = json.loads(body)["Reason"]
    assert told.startswith("creating application 'Portal': ")
    assert told.endswith("; do this")
    assert len(body) > 3500


def test_attributes_that_are_too_long_fail_and_say_so(stage: Stage) -> None:
    """The failed answer names the application, so that CloudFormation removes it."""
    properties = stage.properties(IdpEntityId="urn:" + "x" * 3000)
    answer = stage.create(properties)
    assert answer["Status"] == "FAILED"
    assert "CloudFormation takes 4096" in answer["Reason"]
    assert answer["PhysicalResourceId"] in stage.directory.applications
    stage.delete(answer["PhysicalResourceId"], properties)
    assert stage.labels() == []


def test_a_short_reason_stays_whole() -> None:
    """Only what is too long is shortened, and then to the length asked for."""
    assert shortened("abc", 3) == "abc"
    assert len(shortened("x" * 100, 40)) == 40
    assert len(shortened("x" * 100, 1)) == 5


def test_an_unexpected_exception_is_answered_with_its_class_and_where_to_look(stage: Stage) -> None:
    """The traceback is in the log, without the credential; the answer has neither."""

    def fail(_method: str, _path: str) -> None:
        raise ZeroDivisionError(f"with {EXAMPLE_API_KEY}")

    stage.transport.before_call = fail
    answer = stage.create()
    assert answer["Status"] == "FAILED"
    assert "unexpected ZeroDivisionError; look for lambda-request-1" in answer["Reason"]
    assert EXAMPLE_API_KEY not in answer["Reason"]
    (line,) = [line for line in stage.log() if line["event"] == "unexpected"]
    assert "Traceback" in line["traceback"]
    assert "with [hidden]" in line["traceback"]


@pytest.mark.parametrize(
    ("damage", "status"),
    [
        ({"ResourceType": "Custom::Other"}, "FAILED"),
        ({"ResourceType": "Custom::Other", "RequestType": "Delete", "PhysicalResourceId": "x"}, "SUCCESS"),
        ({"RequestType": "Repair"}, "FAILED"),
        ({"ResourceProperties": None}, "FAILED"),
        ({"ResourceProperties": "all"}, "FAILED"),
        ({"StackId": None, "LogicalResourceId": None}, "SUCCESS"),
        ({"RequestType": "Update", "PhysicalResourceId": None, "OldResourceProperties": 7}, "SUCCESS"),
    ],
)
def test_a_damaged_event_is_answered(stage: Stage, damage: dict[str, Any], status: str) -> None:
    """What can be read of it is used; what cannot is told."""
    event = stage.event("Create", stage.properties()) | damage
    assert stage.send(event)["Status"] == status
    assert len(stage.box.requests) == 1


@pytest.mark.parametrize("raw", [None, [], {}, {"RequestType": "Create"}])
def test_an_event_without_an_address_is_logged(stage: Stage, raw: Any) -> None:
    """Nobody waits for an answer then."""
    handler.respond(raw, None, stage.world)
    assert stage.box.requests == []
    assert "the event has no ResponseURL, so nobody waits for an answer" in [line["event"] for line in stage.log()]


def test_no_secret_private_key_or_response_url_reaches_a_log_answer_or_error(stage: Stage) -> None:
    """Even where the directory itself repeats what it was sent."""
    address = stage.event("Create", {})["ResponseURL"]
    key = "-----BEGIN PRIVATE KEY-----\\nMIIEvQ\\n-----END PRIVATE KEY-----"

    class Echo:
        """A directory that answers with everything it should not."""

        def exchange(self, _request: Any, _deadline: Any) -> Any:
            text = json.dumps({"message": f"{EXAMPLE_API_KEY} {key} {address} X-Amz-Signature=abc123signature"})
            return Response(400, {}, text.encode())

    world = stage.world
    world.transport = Echo()
    body = handler.respond(stage.event("Create", stage.properties()), None, world).decode()
    assert "[hidden]" in body
    for text in [body, *stage.lines]:
        for secret in (EXAMPLE_API_KEY, "MIIEvQ", "abc123signature", address):
            assert secret not in text


def test_every_log_line_is_json_and_every_call_is_one_line(stage: Stage) -> None:
    """Method, path, status, milliseconds and attempt; no query, no body."""
    stage.directory.faults.add(Fault(kind="status", status=503, method="GET"))
    stage.create()
    calls = [line for line in stage.log() if line["event"] == "directory call"]
    assert [(line["method"], line["path"]) for line in calls] == stage.transport.calls
    assert [line["attempt"] for line in calls[:3]] == [1, 2, 1]
    assert [line["status"] for line in calls[:2]] == [503, 200]
    assert all(line["ms"] == 50 and "?" not in line["path"] for line in calls)
    assert all("urn:amazon:cognito" not in json.dumps(line) for line in calls)


def test_the_reprs_of_what_holds_a_secret_do_not_show_it(stage: Stage) -> None:
    """A traceback, or a debugger's output, would."""
    event = Event.read(stage.event("Create", {"Secret": "s3cret"}))
    assert "s3cret" not in repr(event)
    assert "Signature" not in repr(event)
    stage.create()
    assert "Signature" not in repr(stage.box.requests[0])


def test_importing_the_handler_imports_only_the_light_standard_library() -> None:
    """No boto3, no urllib.request, no logging, asyncio or dataclasses: a cold start pays for each."""
    code = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); import jumpcloud.handler; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - this interpreter
    loaded = set(run.stdout.split())
    heavy = {"boto3", "botocore", "urllib.request", "asyncio", "logging", "dataclasses", "inspect", "difflib"}
    assert "jumpcloud.handler" in loaded
    assert not heavy & loaded
    assert not [name for name in loaded if name.startswith(("saml_connectors", "pydantic", "aws_cdk"))]


def test_a_long_reason_of_wide_characters_keeps_its_ends() -> None:
    """A character takes up to twelve bytes as JSON; as many are kept as fit, from the beginning and from the end."""
    event = Event.read({"StackId": "stack", "RequestId": "request", "LogicalResourceId": "Group"})
    reason = "begins " + "\N{GRINNING FACE}" * 2000 + " ends"
    body = reply.encode(event, reply.FAILED, "id", reason=reason)
    told = json.loads(body)["Reason"]
    assert 4096 - 24 <= len(body) <= 4096
    assert told.startswith("begins \N{GRINNING FACE}")
    assert told.endswith("\N{GRINNING FACE} ends")
