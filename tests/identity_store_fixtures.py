"""A stage for the function that looks groups up: a store that answers what it is told to, and a clock of its own.

A pytest plugin: a test file names it in `pytest_plugins`, and asks for the fixture `lookup_stage`.  No network, no
waiting.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from saml_connectors.provider.identity_store.handler import World, respond
from saml_connectors.provider.jumpcloud.transport import Request, Response

STORE = "d-9067654321"
GROUP = "9067654321-0a1b2c3d-1111-2222-3333-444455556666"
RESPONSE_URL = "https://cloudformation-answers.example.com/arn%3Aaws?X-Amz-Signature=abc123signature"


class Stage:
    """The function, an identity store that answers what it is told to, and a clock that only waiting moves."""

    store = STORE
    group = GROUP
    response_url = RESPONSE_URL

    def __init__(self) -> None:
        self.absent = self.refused("ResourceNotFoundException", ResourceType="GROUP")
        self.now = 1_000.0
        self.slept: list[float] = []
        self.answers: list[Any] = []
        self.always: Any = self.absent
        self.asked: list[dict[str, Any]] = []
        self.look_seconds = 0.0
        self.seconds = 900.0
        self.lines: list[str] = []
        self.put: list[Request] = []
        self.put_at = 0.0

    @staticmethod
    def refused(code: str, **more: Any) -> ClientError:
        """What boto3 raises for a refusal; *more* are fields of the exception."""
        said: Any = {"Error": {"Code": code, "Message": "said so"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        return ClientError(said | more, "GetGroupId")

    def get_group_id(self, **question: Any) -> Any:
        """The one operation: the next answer, or the one that is always given."""
        self.asked.append(question)
        self.now += self.look_seconds
        answer = self.answers.pop(0) if self.answers else self.always
        if isinstance(answer, BaseException):
            raise answer
        return answer() if callable(answer) else {"IdentityStoreId": STORE, "GroupId": answer}

    def exchange(self, request: Request, _deadline: Any) -> Response:
        """Where CloudFormation waits for the answer."""
        self.put.append(request)
        self.put_at = self.now
        return Response(200, {})

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.slept.append(seconds)
        self.now += seconds

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda's context tells it."""
        return int(self.seconds * 1000)

    def world(self, client: Any = None) -> World:
        """What the function sees of the outside."""
        return World(
            open_client=lambda: client or self,
            answer_transport=self,
            sleep=self.sleep,
            chance=lambda: 0.5,
            clock=lambda: self.now,
            write=self.lines.append,
        )

    def send(self, kind: str = "Create", *, client: Any = None, event: Any = None, **changes: Any) -> dict[str, Any]:
        """Handle an event; *event* overrides its parts, *changes* are properties, None leaves one out."""
        properties = {"ServiceToken": "arn", "IdentityStoreId": STORE, "DisplayName": "engineering"} | changes
        whole = {
            "RequestType": kind,
            "ResourceType": "Custom::IdentityStoreGroup",
            "ResponseURL": RESPONSE_URL,
            "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/Workforce/0f2c3a10",
            "RequestId": "request-1",
            "LogicalResourceId": "Engineering5F3A",
            "ResourceProperties": {name: value for name, value in properties.items() if value is not None},
        }
        body = respond(whole | (event or {}), self, self.world(client))
        assert len(body) <= 4096
        assert self.put[-1].body == body
        answer: dict[str, Any] = json.loads(body)
        return answer


@pytest.fixture
def lookup_stage() -> Iterator[Stage]:
    """A fresh function; whatever happens, the address of the answer is in no log."""
    made = Stage()
    yield made
    assert made.lines
    assert not [line for line in made.lines if "abc123signature" in line]
    assert all(json.loads(line)["level"] in {"INFO", "ERROR"} for line in made.lines)
