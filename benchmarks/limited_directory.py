"""A directory that takes so many calls a second and answers 429 to all others, and what CloudFormation asks of it.

Not here: the clock and the functions (`invocations.py`), and what is measured (`rate_limit.py`).
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from datetime import UTC, datetime
from email.utils import formatdate
from math import ceil
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.provider_calls import DIRECTORY, launch_of
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.provider.jumpcloud.handler import World, respond
from saml_connectors.provider.jumpcloud.transport import Request, Response
from sandbox.directory.at_once import AtOnce
from sandbox.directory.certificates import KeyPool, SigningPair
from sandbox.directory.state import EXAMPLE_API_KEY, Directory

if TYPE_CHECKING:
    from benchmarks.invocations import Clock
    from saml_connectors.provider.jumpcloud.deadline import Deadline

CALL_SECONDS = 0.15
"""How long one call takes where nobody else calls."""

FUNCTION_SECONDS = 900.0
BEGAN = 1_790_000_000.0
GROUPS = ["portal-users"]


class Limit:
    """So many calls a second, with a burst of one second's worth; a refused call does not count.

    Args:
        calls_a_second: The limit.
        clock: The time.
    """

    def __init__(self, calls_a_second: float, clock: Clock) -> None:
        self.calls_a_second = calls_a_second
        self._clock = clock
        self._tokens, self._at = calls_a_second, clock()

    def wait(self) -> float:
        """Take a call; seconds until there is one, or zero."""
        now = self._clock()
        self._tokens = min(max(1.0, self.calls_a_second), self._tokens + (now - self._at) * self.calls_a_second)
        self._at = now
        if self._tokens < 1:
            return (1 - self._tokens) / self.calls_a_second
        self._tokens -= 1
        return 0.0


class Event(NamedTuple):
    """How one event went."""

    what: str
    status: str
    seconds: float
    reason: str = ""


class Deployment:
    """Many connectors, deployed at the same time.

    Args:
        clock: On which everybody waits.
        calls_a_second: The directory's limit.
        retry_after: Whether a 429 says how long to wait.
        seed: For the jitter.
    """

    def __init__(self, clock: Clock, *, calls_a_second: float, retry_after: bool, seed: int = 0) -> None:
        self.clock = clock
        self.directory = Directory.example(key_size=1024, clock=lambda: datetime.fromtimestamp(clock.now, UTC))
        self.directory.keys = _OneKey()
        self._one_pair(self.directory.new_pair())
        self.calls: Counter[str] = Counter()
        self.events: list[Event] = []
        self.answers: list[dict[str, Any]] = []
        self._limit = Limit(calls_a_second, clock)
        self._retry_after = retry_after
        self._chance = Random(seed)  # noqa: S311 - jitter
        self._at_once = AtOnce(self.directory)
        self._numbers = itertools.count(1)

    def close(self) -> None:
        """Let go of the directory."""
        self._at_once.close()

    def connector(self, number: int) -> None:
        """What CloudFormation asks for one connector: application, launch, access, one after another."""
        application = self._create(contract.APPLICATION, number, _application(number))
        if application is None:
            return
        launch = launch_of(application, {contract.LOGIN_URL: f"https://portal-{number}.acme.example/sign-in"})
        access = launch_of(application, {contract.GROUPS: GROUPS})
        if self._create(contract.LAUNCH, number, launch) is not None:
            self._create(contract.ACCESS, number, access)

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """Carry one request of the provider, under the limit."""
        deadline.require("calling")
        self.clock.sleep(min(CALL_SECONDS, deadline.remaining()))
        wait = self._limit.wait()
        date = {"date": formatdate(self.clock.now, usegmt=True)}
        if wait:
            self.calls["429"] += 1
            headers = {**date, "retry-after": str(ceil(wait))} if self._retry_after else date
            return Response(429, headers, b'{"message": "Too Many Requests"}')
        self.calls["taken"] += 1
        answer = self._at_once.request(request.method, request.url, request.headers, request.body)
        return Response(answer.status, answer.headers | date, answer.body)

    def _create(self, resource_type: str, number: int, properties: dict[str, Any]) -> str | None:
        """Handle a create; the physical id, or None where it failed."""
        began = self.clock.now
        event = {
            "RequestType": "Create",
            "ResponseURL": "https://cloudformation.example.com/answer",
            "StackId": f"arn:aws:cloudformation:eu-central-1:123456789012:stack/Portal-{number}/0f2c3a10",
            "RequestId": f"request-{next(self._numbers)}",
            "ResourceType": resource_type,
            "LogicalResourceId": resource_type.rpartition(":")[2],
            "ResourceProperties": properties,
        }
        answer = json.loads(respond(event, _Context(FUNCTION_SECONDS), self._world()))
        seconds = self.clock.now - began
        self.events.append(Event(resource_type, answer["Status"], seconds, answer.get("Reason", "")))
        return str(answer["PhysicalResourceId"]) if answer["Status"] == "SUCCESS" else None

    def _world(self) -> World:
        return World(
            transport=self,
            answer_transport=_Delivered(),
            read_secret=lambda _name, _deadline: EXAMPLE_API_KEY,
            sleep=self.clock.sleep,
            chance=self._chance.random,
            now=self.clock,
            clock=self.clock,
            write=lambda _line: None,
        )

    def _one_pair(self, pair: SigningPair) -> None:
        """Give every application the same certificate: making hundreds is no part of what is measured."""
        self.directory.new_pair = lambda: pair  # type: ignore[method-assign] # an emulator's method, for speed


class _Context:
    """Lambda's."""

    aws_request_id = "lambda-request"

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


class _Delivered:
    """CloudFormation, which takes every answer."""

    def exchange(self, _request: Request, _deadline: Deadline) -> Response:
        return Response(200, {})


class _OneKey(KeyPool):
    def __init__(self) -> None:
        super().__init__(1024)


def _application(number: int) -> dict[str, Any]:
    return {
        contract.DIRECTORY: DIRECTORY,
        contract.TEMPLATE: "amazoncognitouserpools",
        contract.DISPLAY_LABEL: f"Portal {number}",
        contract.SP_ENTITY_ID: f"urn:amazon:cognito:sp:eu-central-1_{number:09}",
        contract.ACS_URL: f"https://acme-{number}.auth.eu-central-1.amazoncognito.com/saml2/idpresponse",
        contract.DECLARE_REDIRECT_ENDPOINT: "true",
        contract.USER_ATTRIBUTES: [{contract.NAME: "email", contract.SOURCE: "email"}],
        contract.GROUPS_ATTRIBUTE: "memberOf",
        contract.REQUIRED_GROUPS: GROUPS,
    }
