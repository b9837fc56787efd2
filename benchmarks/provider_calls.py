"""What the provider asks of the directory for each kind of change, counted at the seam that carries its requests.

The directory is the sandbox's emulator, in this process: nothing is waited for, and no socket is opened.
Not here: the resources that only kind `iam` has (`provider_calls_iam.py`).
"""

from __future__ import annotations

import json
from collections import Counter
from time import process_time
from typing import TYPE_CHECKING, Any, NamedTuple

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.provider.jumpcloud.handler import World, respond
from saml_connectors.provider.jumpcloud.transport import Request, Response
from sandbox.directory.app import create_app
from sandbox.directory.in_process import in_process_client
from sandbox.directory.state import EXAMPLE_API_KEY, Directory

if TYPE_CHECKING:
    import httpx

    from saml_connectors.provider.jumpcloud.deadline import Deadline

DIRECTORY = {
    contract.API_URL: "http://127.0.0.1:8500/api",
    contract.TOKEN_URL: "http://127.0.0.1:8500/oauth2/token",
    contract.CREDENTIALS_SECRET: "directory-key",
}
_APPLICATION = {
    contract.DIRECTORY: DIRECTORY,
    contract.TEMPLATE: "amazoncognitouserpools",
    contract.DISPLAY_LABEL: "Portal",
    contract.DESCRIPTION: "Orders, invoices and reports",
    contract.VISIBLE: "true",
    contract.REQUIRED_GROUPS: ["portal-users", "portal-admins"],
    contract.ON_REMOVAL: "delete",
    contract.SP_ENTITY_ID: "urn:amazon:cognito:sp:eu-central-1_AbCdEf123",
    contract.ACS_URL: "https://acme.auth.eu-central-1.amazoncognito.com/saml2/idpresponse",
    contract.SUBJECT_FIELD: "email",
    contract.NAME_ID_FORMAT: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    contract.SIGNATURE_ALGORITHM: "RSA-SHA256",
    contract.SIGN_ASSERTION: "true",
    contract.SIGN_RESPONSE: "false",
    contract.DECLARE_REDIRECT_ENDPOINT: "true",
    contract.USER_ATTRIBUTES: [{contract.NAME: "email", contract.SOURCE: "email"}],
    contract.GROUPS_ATTRIBUTE: "memberOf",
}


class Calls(NamedTuple):
    """What one event cost."""

    reads: int
    writes: int

    def more(self, other: Calls) -> Calls:
        """Both together."""
        return Calls(self.reads + other.reads, self.writes + other.writes)

    def __str__(self) -> str:
        """As in `3 reads, 1 write`."""
        return ", ".join(
            f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
            for number, noun in ((self.reads, "read"), (self.writes, "write"))
        )


class Change(NamedTuple):
    """One event, and what it cost."""

    resource: str
    what: str
    calls: Calls


class Provider:
    """The provider's handler with the emulator behind it; counts requests."""

    def __init__(self) -> None:
        self.directory = Directory.example(key_size=1024)
        self._client: httpx.Client = in_process_client(create_app(self.directory))
        self._methods: Counter[str] = Counter()
        self._events = 0
        self.data: dict[str, str] = {}
        """The attributes that the last event handed back, for `Fn::GetAtt`."""

        self.answering = 0.0
        """Processor seconds that the emulator took to answer: no part of the provider."""

        self.waited = 0.0
        """Seconds that the provider has asked to wait."""

    def exchange(self, request: Request, _deadline: Deadline) -> Response:
        """Carry one request to the emulator."""
        self._methods[request.method] += 1
        began = process_time()
        answer = self._client.request(request.method, request.url, headers=dict(request.headers), content=request.body)
        self.answering += process_time() - began
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, headers, answer.content)

    def send(self, request_type: str, resource_type: str, properties: dict[str, Any], **more: Any) -> tuple[str, Calls]:
        """Handle one event that has to succeed; returns the physical id and what it cost."""
        self._methods.clear()
        self._events += 1
        event = {
            "RequestType": request_type,
            "ResponseURL": "https://cloudformation.example.com/answer",
            "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/Portal/0f2c3a10",
            "RequestId": f"request-{self._events}",
            "ResourceType": resource_type,
            "LogicalResourceId": resource_type.rpartition(":")[2],
            "ResourceProperties": properties,
        } | more
        answer = json.loads(respond(event, None, self._world()))
        if answer["Status"] != "SUCCESS":
            raise RuntimeError(f"counting calls: {request_type} of {resource_type} failed: {answer['Reason']}")
        self.data = answer.get("Data", {})
        reads = self._methods["GET"]
        return answer["PhysicalResourceId"], Calls(reads, self._methods.total() - reads)

    def _world(self) -> World:
        return World(
            transport=self,
            answer_transport=_Delivered(),
            read_secret=lambda _name, _deadline: EXAMPLE_API_KEY,
            sleep=self._wait,
            write=lambda _line: None,
        )

    def _wait(self, seconds: float) -> None:
        """Count the seconds, and go on at once."""
        self.waited += seconds


class _Delivered:
    """CloudFormation, which takes every answer."""

    def exchange(self, _request: Request, _deadline: Deadline) -> Response:
        return Response(200, {})


def launch_of(application: str, opened: dict[str, Any]) -> dict[str, Any]:
    """Properties of a launch of *application*."""
    return {contract.DIRECTORY: DIRECTORY, contract.APPLICATION_ID: application} | opened


def count(provider: Provider) -> list[Change]:
    """Create, update and delete a connector's three resources as CloudFormation would, one after another."""
    application, calls = provider.send("Create", contract.APPLICATION, _APPLICATION)
    changes = [Change("application", "create", calls)]
    launch = launch_of(application, {contract.LOGIN_URL: "https://portal.acme.example/sign-in"})
    access = {
        contract.DIRECTORY: DIRECTORY,
        contract.APPLICATION_ID: application,
        contract.GROUPS: ["portal-users", "portal-admins"],
    }
    steps: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
        ("launch", contract.LAUNCH, launch, {contract.LOGIN_URL: "https://portal.acme.example/login"}),
        ("access", contract.ACCESS, access, {contract.GROUPS: ["portal-users"]}),
    ]
    ids = {}
    for name, resource_type, properties, _ in steps:
        ids[name], calls = provider.send("Create", resource_type, properties)
        changes.append(Change(name, "create", calls))
    steps.insert(0, ("application", contract.APPLICATION, _APPLICATION, {contract.DISPLAY_LABEL: "Acme portal"}))
    ids["application"] = application
    for name, resource_type, properties, changed in steps:
        for what, new in (("no-op update", properties), ("one-field update", properties | changed)):
            more = {"PhysicalResourceId": ids[name], "OldResourceProperties": properties}
            _, calls = provider.send("Update", resource_type, new, **more)
            changes.append(Change(name, what, calls))
    for name, resource_type, properties, changed in reversed(steps):
        _, calls = provider.send("Delete", resource_type, properties | changed, PhysicalResourceId=ids[name])
        changes.append(Change(name, "delete", calls))
    return changes
