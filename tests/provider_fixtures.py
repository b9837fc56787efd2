"""A stage for the provider: its handler, the directory's emulator in the same process, and a clock that only it moves.

A pytest plugin: a test file names it in `pytest_plugins`, and asks for the fixture `stage`.  No network, no waiting.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.provider.jumpcloud.errors import AnswerLost
from saml_connectors.provider.jumpcloud.handler import World, respond
from saml_connectors.provider.jumpcloud.transport import Request, Response
from sandbox.directory.app import create_app
from sandbox.directory.faults import ConnectionCut, NoAnswer
from sandbox.directory.in_process import in_process_client
from sandbox.directory.state import EXAMPLE_API_KEY, Directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from saml_connectors.provider.jumpcloud.deadline import Deadline

API_URL = "http://127.0.0.1:8500/api"
TOKEN_URL = "http://127.0.0.1:8500/oauth2/token"
STACK_ID = "arn:aws:cloudformation:eu-central-1:123456789012:stack/Portal-Prod/0f2c3a10-8f5e-11f0-a1b2-0a1b2c3d4e5f"
RESPONSE_URL = "https://cloudformation-answers.example.com/arn%3Aaws?X-Amz-Signature=abc123signature&X-Amz-Expires=7200"
SECRET_NAME = "directory-key"
NO_ANSWER_SECONDS = 30.0


class FakeTime:
    """Seconds since 1970 that only pass when somebody waits."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        """The time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.slept.append(seconds)
        self.now += seconds


class InProcessTransport:
    """The provider's transport to the emulator; `kill_at` raises what a killed function would look like."""

    def __init__(self, client: httpx.Client, time: FakeTime) -> None:
        self.time = time
        self.calls: list[tuple[str, str]] = []
        self.bodies: list[Any] = []
        self.after_call: Callable[[str, str], None] | None = None
        self.before_call: Callable[[str, str], None] | None = None
        self._client = client

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """Run one request in the emulator."""
        deadline.require("calling")
        path = httpx.URL(request.url).path
        self.calls.append((request.method, path))
        self.bodies.append(json.loads(request.body) if request.body and request.body[:1] == b"{" else None)
        if self.before_call:
            self.before_call(request.method, path)
        self.time.now += 0.05
        try:
            answer = self._client.request(
                request.method, request.url, headers=dict(request.headers), content=request.body
            )
        except NoAnswer:
            self.time.now += min(NO_ANSWER_SECONDS, deadline.remaining())
            raise AnswerLost("calling", "no answer", "wait") from None
        except ConnectionCut:
            raise AnswerLost("calling", "the connection broke", "wait") from None
        if self.after_call:
            self.after_call(request.method, path)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        headers["date"] = formatdate(self.time.now, usegmt=True)
        return Response(answer.status_code, headers, answer.content)


class Keys:
    """KMS and Secrets Manager for key pairs: what is kept, by secret; a version that is there already stays."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.made: list[str] = []
        self.versions: dict[str, str] = {}
        self.after_made: Callable[[], None] | None = None

    def read(self, secret: str, deadline: Deadline) -> str | None:
        """What the secret keeps."""
        deadline.require("reading")
        return self.kept.get(secret)

    def keep(self, secret: str, text: str, deadline: Deadline, *, version: str | None = None) -> bool:
        """Keep *text*, unless this version was kept before."""
        deadline.require("keeping")
        if version is not None and self.versions.setdefault(version, text) != text:
            return False
        self.kept[secret] = text
        return True

    def new_private_key(self, key: str, deadline: Deadline) -> bytes:
        """A new private key."""
        deadline.require("making")
        self.made.append(key)
        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        if self.after_made:
            self.after_made()
        encodings = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return made.private_bytes(*encodings)


class AnswerBox:
    """Where CloudFormation waits for answers."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.statuses: list[int] = []

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """Take one answer; `statuses` says what it is told, then always 200."""
        deadline.require("answering")
        self.requests.append(request)
        return Response(self.statuses.pop(0) if self.statuses else 200, {})


class Context:
    """What Lambda hands over beside the event."""

    aws_request_id = "lambda-request-1"

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        """The time that this invocation has left."""
        return int(self._seconds * 1000)


class Stage:
    """Sends events to the handler, and looks at what came of them."""

    def __init__(self) -> None:
        self.time = FakeTime()
        self.directory = Directory.example(key_size=1024, clock=lambda: datetime.fromtimestamp(self.time.now, UTC))
        self.transport = InProcessTransport(in_process_client(create_app(self.directory)), self.time)
        self.box = AnswerBox()
        self.lines: list[str] = []
        self.secrets = {SECRET_NAME: EXAMPLE_API_KEY}
        self.keys = Keys()
        self.seconds = 300.0
        self.requests_made = 0

    @property
    def world(self) -> World:
        """What the handler sees of the outside."""
        return World(
            transport=self.transport,
            answer_transport=self.box,
            read_secret=lambda name, _deadline: self.secrets[name],
            keys=self.keys,
            sleep=self.time.sleep,
            chance=lambda: 0.5,
            now=self.time,
            clock=self.time,
            write=self.lines.append,
        )

    def properties(self, **changes: Any) -> dict[str, Any]:
        """Properties of a Cognito connector's application, as CloudFormation hands them over; None leaves one out."""
        given = {
            contract.DIRECTORY: self.directory_property(),
            contract.TEMPLATE: "amazoncognitouserpools",
            contract.DISPLAY_LABEL: "Portal",
            contract.DESCRIPTION: "The customer portal",
            contract.VISIBLE: "true",
            contract.SP_ENTITY_ID: "urn:amazon:cognito:sp:eu-central-1_AbCdEf123",
            contract.ACS_URL: "https://acme.auth.eu-central-1.amazoncognito.com/saml2/idpresponse",
            contract.SUBJECT_FIELD: "email",
            contract.SIGN_ASSERTION: "true",
            contract.SIGN_RESPONSE: "false",
            contract.DECLARE_REDIRECT_ENDPOINT: "true",
            contract.USER_ATTRIBUTES: [{"Name": "email", "Source": "email"}, {"Name": "given", "Source": "firstname"}],
            contract.GROUPS_ATTRIBUTE: "memberOf",
            contract.REQUIRED_GROUPS: ["portal-users"],
            contract.ON_REMOVAL: "delete",
        } | changes
        return {name: value for name, value in given.items() if value is not None}

    @staticmethod
    def directory_property(**changes: Any) -> dict[str, Any]:
        """The property that names the directory."""
        return {
            contract.API_URL: API_URL,
            contract.TOKEN_URL: TOKEN_URL,
            contract.CREDENTIALS_SECRET: SECRET_NAME,
        } | changes

    def bookmark(self, **changes: Any) -> dict[str, Any]:
        """Properties of a bookmark."""
        given = {
            contract.DIRECTORY: self.directory_property(),
            contract.TEMPLATE: "bookmark",
            contract.DISPLAY_LABEL: "AWS console",
            contract.BOOKMARK_URL: "https://acme.awsapps.com/start?tile=1&from=portal",
        } | changes
        return {name: value for name, value in given.items() if value is not None}

    def group_attributes(self, *rows: tuple[str, str, str]) -> dict[str, Any]:
        """Properties of group attributes: name of the group, name and value of the attribute."""
        named = [{contract.GROUP: group, contract.NAME: name, contract.VALUE: value} for group, name, value in rows]
        return {contract.DIRECTORY: self.directory_property(), contract.ATTRIBUTES: named}

    def event(self, request_type: str, properties: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
        """An event of an application; *more* overrides its parts."""
        self.requests_made += 1
        return {
            "RequestType": request_type,
            "ResponseURL": RESPONSE_URL,
            "StackId": STACK_ID,
            "RequestId": f"request-{self.requests_made}",
            "ResourceType": contract.APPLICATION,
            "LogicalResourceId": "PortalApplication5F3A",
            "ResourceProperties": properties,
        } | more

    def send(self, event: dict[str, Any]) -> dict[str, Any]:
        """Handle *event*; returns the answer that CloudFormation gets."""
        body = respond(event, Context(self.seconds), self.world)
        assert len(body) <= 4096
        answer: dict[str, Any] = json.loads(body)
        return answer

    def create(self, properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Handle a create of an application."""
        return self.send(self.event("Create", properties or self.properties(), **more))

    def update(self, physical_id: str, new: dict[str, Any], old: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Handle an update."""
        ids = {"PhysicalResourceId": physical_id, "OldResourceProperties": old}
        return self.send(self.event("Update", new, **ids, **more))

    def delete(self, physical_id: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Handle a delete."""
        return self.send(self.event("Delete", properties, PhysicalResourceId=physical_id, **more))

    def created(self, properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Handle a create that has to succeed, and forget the calls that it made."""
        answer = self.create(properties, **more)
        assert answer["Status"] == "SUCCESS", answer["Reason"]
        self.forget_calls()
        return answer

    def forget_calls(self) -> None:
        """Count calls from here."""
        self.transport.calls.clear()
        self.transport.bodies.clear()

    def writes(self) -> list[tuple[str, str]]:
        """The calls that change something, since they were last forgotten."""
        return [call for call in self.transport.calls if call[0] != "GET"]

    def live(self, application_id: str) -> dict[str, Any]:
        """An application as the API answers it."""
        return self.directory.applications[application_id].document()

    def groups(self) -> dict[str, str]:
        """Every group as the API answers it, to the byte, by name; where several have a name, the last."""
        return {group.name: json.dumps(group.document()) for group in self.directory.groups.values()}

    def carried(self, name: str) -> dict[str, Any]:
        """The attributes of the group called *name*, without the one that each has."""
        attributes = self.directory.group(name).attributes
        return {key: value for key, value in attributes.items() if key != "ldapGroups"}

    def labels(self) -> list[str]:
        """The labels of all applications, in the order they were made."""
        return [application.display_label for application in self.directory.applications.values()]

    def log(self) -> list[dict[str, Any]]:
        """The log, parsed."""
        return [json.loads(line) for line in self.lines]


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A fresh directory, a fresh function, and everything outside it under control."""
    made = Stage()
    yield made
    assert all(RESPONSE_URL not in line and EXAMPLE_API_KEY not in line for line in made.lines)


@pytest.fixture
def new_stage() -> Callable[[], Stage]:
    """Makes as many of them as a test of many cases needs."""
    return Stage


@pytest.fixture
def rich(stage: Stage) -> Stage:
    """A stage whose groups have everything that a group can have."""
    for name in ("portal-users", "finance"):
        group = stage.directory.group(name)
        group.description, group.email, group.membership_method = "for people", f"{name}@example.com", "NOTSET"
        group.member_suggestions_notify = True
        group.member_query_exemptions = [{"id": "0" * 24, "type": "user", "attributes": {"a": [1, None]}}]
        group.attributes |= {
            "posixGroups": [{"id": 5001, "name": name}],
            "radius": {"reply": [{"name": "Tunnel-Type", "value": "VLAN"}]},
            "nested": {"list": [1, 2.5, True, None, {"deep": "ü"}], "empty": {}},
        }
    return stage
