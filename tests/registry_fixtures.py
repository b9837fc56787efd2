"""A stage for the registry type's handlers: the directory's emulator, and a log in the account of whoever deploys.

A pytest plugin beside `provider_fixtures`, whose stage it stands on; a test file names both in `pytest_plugins`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from saml_connectors.registry_type import handler
from saml_connectors.registry_type.request import CREATE, DELETE, LIST, READ, TYPE_NAME, UPDATE, Request
from tests.provider_fixtures import STACK_ID, Context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.provider_fixtures import Stage

SSO_URL = "https://sso.jumpcloud.com/saml2/portal"
CALLER_SECRETS = ("caller-secret-access-key", "caller-session-token", "provider-secret-access-key")


class Logs:
    """CloudWatch Logs, as far as a handler knows it."""

    class exceptions:  # noqa: N801 - as boto3 names it
        """The errors that a handler tells apart."""

        class ResourceNotFoundException(Exception):  # noqa: N818 - likewise
            """No such group or stream."""

        class ResourceAlreadyExistsException(Exception):  # noqa: N818 - likewise
            """It is there already."""

    def __init__(self) -> None:
        self.identities: list[dict[str, str]] = []
        self.groups: dict[str, dict[str, list[str]]] = {}
        self.broken = False

    def open(self, identity: Mapping[str, str]) -> Logs:
        """A client that acts as *identity*."""
        self.identities.append(dict(identity))
        return self

    def create_log_group(self, *, logGroupName: str) -> None:  # noqa: N803 - as boto3 names it
        """Make a group."""
        if logGroupName in self.groups:
            raise self.exceptions.ResourceAlreadyExistsException
        self.groups[logGroupName] = {}

    def create_log_stream(self, *, logGroupName: str, logStreamName: str) -> None:  # noqa: N803 - likewise
        """Make a stream."""
        self.groups[logGroupName][logStreamName] = []

    def put_log_events(self, *, logGroupName: str, logStreamName: str, logEvents: list[Any]) -> None:  # noqa: N803
        """Take lines."""
        if self.broken:
            raise OSError("no way")
        try:
            self.groups[logGroupName][logStreamName] += [event["message"] for event in logEvents]
        except KeyError:
            raise self.exceptions.ResourceNotFoundException from None


class Registry:
    """Asks the handlers, and looks at what came of it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.logs = Logs()
        self.configuration: dict[str, Any] = {"Directory": stage.directory_property()}
        self.seconds = 60.0
        self.asked = 0
        self.caller_secrets = CALLER_SECRETS

    def properties(self, **changes: Any) -> dict[str, Any]:
        """Properties of a Cognito connector's application, as a template has them; None leaves one out."""
        given = {
            "SsoUrl": SSO_URL,
            "Template": "amazoncognitouserpools",
            "DisplayLabel": "Portal",
            "Description": "The customer portal",
            "SpEntityId": "urn:amazon:cognito:sp:eu-central-1_AbCdEf123",
            "AcsUrl": "https://acme.auth.eu-central-1.amazoncognito.com/saml2/idpresponse",
            "SubjectField": "email",
            "SignResponse": False,
            "UserAttributes": [{"Name": "email", "Source": "email"}, {"Name": "given", "Source": "firstname"}],
            "GroupsAttribute": "memberOf",
            "Tags": [{"Key": "stage", "Value": "prod"}],
        } | changes
        return {name: value for name, value in given.items() if value is not None}

    def event(self, action: str, properties: Any, previous: Any = None, **more: Any) -> dict[str, Any]:
        """A request as CloudFormation sends it; *more* overrides its parts."""
        self.asked += 1
        return {
            "action": action,
            "awsAccountId": "123456789012",
            "bearerToken": f"token-{self.asked}",
            "region": "eu-central-1",
            "resourceType": TYPE_NAME,
            "stackId": STACK_ID,
            "requestData": {
                "callerCredentials": {
                    "accessKeyId": "AKIACALLER",
                    "secretAccessKey": CALLER_SECRETS[0],
                    "sessionToken": CALLER_SECRETS[1],
                },
                "providerCredentials": {"accessKeyId": "AKIAPROVIDER", "secretAccessKey": CALLER_SECRETS[2]},
                "providerLogGroupName": "saml-connectors",
                "logicalResourceId": "Portal",
                "resourceProperties": properties,
                "previousResourceProperties": previous,
                "typeConfiguration": self.configuration,
            },
        } | more

    def send(self, event: Any) -> dict[str, Any]:
        """Handle *event*; the answer, which always is JSON and never holds a secret."""
        stage = self.stage
        world = handler.World(
            open_logs=self.logs.open,
            transport=stage.transport,
            read_secret=lambda name, _deadline: stage.secrets[name],
            sleep=stage.time.sleep,
            chance=lambda: 0.5,
            now=stage.time,
            clock=stage.time,
            write=stage.lines.append,
        )
        text = json.dumps(handler.respond(Request.read(event), Context(self.seconds), world))
        assert not [secret for secret in (*CALLER_SECRETS, *stage.secrets.values()) if secret in text]
        answer: dict[str, Any] = json.loads(text)
        return answer

    def create(self, properties: Any = None, **more: Any) -> dict[str, Any]:
        """Ask for a create."""
        return self.send(self.event(CREATE, self.properties() if properties is None else properties, **more))

    def created(self, properties: Any = None) -> dict[str, Any]:
        """A create that has to succeed; its model.  The calls that it made are forgotten."""
        answer = self.create(properties)
        assert answer["status"] == "SUCCESS", answer
        self.stage.forget_calls()
        model: dict[str, Any] = answer["resourceModel"]
        return model

    def read(self, **identifier: Any) -> dict[str, Any]:
        """Ask for what the directory has; as drift detection and import do, by an identifier alone."""
        return self.send(self.event(READ, identifier or {"SsoUrl": SSO_URL}))

    def update(self, new: dict[str, Any], old: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Ask for a change."""
        return self.send(self.event(UPDATE, new, old, **more))

    def delete(self, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Ask for a removal."""
        return self.send(self.event(DELETE, properties, **more))

    def list_page(self, token: Any = None) -> dict[str, Any]:
        """Ask for one page of the list."""
        return self.send(self.event(LIST, None, nextToken=token))

    @property
    def only(self) -> dict[str, Any]:
        """The one application that there is, as the API answers it."""
        (application,) = self.stage.directory.applications.values()
        return application.document()


@pytest.fixture
def registry(stage: Stage) -> Any:
    """The handlers on a fresh stage; nothing secret is in any log afterwards."""
    made = Registry(stage)
    yield made
    lines = [
        *stage.lines,
        *(line for group in made.logs.groups.values() for stream in group.values() for line in stream),
    ]
    assert not [line for line in lines for secret in CALLER_SECRETS if secret in line]
