"""A stage for adoption: applications made by hand in the emulator, the command, and a deployment in process.

A pytest plugin: a test file names it beside `tests.provider_fixtures`, and asks for `handmade`.  Not here: claims.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from aws_cdk import App
from click.testing import CliRunner, Result

from saml_connectors.cli import main
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.provisioning.command import World
from saml_connectors.spec import ConnectorSpec, parse, with_directory_api
from saml_connectors.spec.findings import parse_path
from sandbox.directory.state import EXAMPLE_API_KEY
from stacks.assembly import add_stacks

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

PROJECT = Path(__file__).parents[1]
CONTEXT = json.loads((PROJECT / "cdk.json").read_text())["context"]
HEADERS = {"x-api-key": EXAMPLE_API_KEY}
FILLED_IN: dict[str, Any] = {
    "directory.credentials": "directory-key",
    "user_pool.provider_name": "ByHand",
    "user_pool.groups.to": "custom:groups",
    "app_clients[0].callback_urls[0]": "https://portal.example.com/callback",
    "instance.arn": "arn:aws:sso:::instance/ssoins-1234567890abcdef",
    "instance.identity_store_id": "d-9067654321",
}
"""What the author of a spec knows, and the directory does not."""


class Handmade:
    """Somebody with the Admin Portal, the command, and CloudFormation."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.answers: dict[str, dict[str, Any]] = {}

    def make(
        self, template: str, config: Mapping[str, Any] = {}, *, groups: tuple[str, ...] = ("portal-users",), **more: Any
    ) -> str:
        """Make an application as the console does; gives its id."""
        body = {
            "name": template,
            "active": True,
            "displayLabel": "By hand",
            "ssoUrl": "by-hand",
            "config": {key: {"value": value} for key, value in config.items()},
        } | more
        made = self._send("POST", "/api/applications", body)
        for name in groups:
            to = {"op": "add", "type": "user_group", "id": self.stage.directory.group(name).id}
            self._send("POST", f"/api/v2/applications/{made['_id']}/associations", to)
        self.stage.forget_calls()
        return str(made["_id"])

    def edit(self, application_id: str, **changes: Any) -> None:
        """Change settings as the console does: the whole application is sent."""
        body = self._send("GET", f"/api/applications/{application_id}", None)
        config = changes.pop("config", {})
        body |= changes
        for key, value in config.items():
            body["config"][key]["value"] = value
        self._send("PUT", f"/api/applications/{application_id}", body)
        self.stage.forget_calls()

    def _send(self, method: str, path: str, body: Any) -> Any:
        answer = self.stage.transport._client.request(method, path, json=body, headers=HEADERS)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def adopt(self, *arguments: str, key: str = EXAMPLE_API_KEY) -> Result:
        """`saml-connectors adopt`, in this process, on the emulator."""
        world = World(
            transport=self.stage.transport, environment={"JUMPCLOUD_API_KEY": key}, sleep=self.stage.time.sleep
        )
        url = ["--directory-api-url", "http://127.0.0.1:8500/api"]
        result = CliRunner().invoke(main, ["adopt", *arguments, *url], obj=world)
        assert "Traceback" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert key not in result.output
        return result

    def adopted(self, *arguments: str) -> dict[str, Any]:
        """What the command wrote, as data, with everything filled in that is to be."""
        result = self.adopt(*arguments)
        assert result.exit_code == 0, result.output
        return filled_in(yaml.safe_load(result.stdout))

    def spec(self, data: Mapping[str, Any]) -> ConnectorSpec:
        """*data* as the spec that it is."""
        return with_directory_api(parse(data), "http://127.0.0.1:8500/api")

    def template(self, spec: ConnectorSpec) -> list[tuple[str, dict[str, Any]]]:
        """The resources of all stacks of the connector, with their logical ids."""
        with tempfile.TemporaryDirectory() as folder:
            app = App(outdir=folder, context=CONTEXT)
            names = [stack.stack_name for stack in add_stacks(app, [spec])]
            assembly = app.synth()
            templates = [assembly.get_stack_by_name(name).template for name in names]
        return [resource for template in templates for resource in template["Resources"].items()]

    def policies(self, spec: ConnectorSpec, resource_type: str) -> list[Any]:
        """What becomes of the resources of a type when they leave the stack."""
        found = self.template(spec)
        return [each.get("DeletionPolicy") for _, each in found if each["Type"] == resource_type]

    def resources(self, spec: ConnectorSpec) -> list[tuple[str, str, dict[str, Any]]]:
        """Logical id, type and properties of what the stacks hold of the directory, applications first."""
        order = (contract.APPLICATION, contract.LAUNCH, contract.ACCESS)
        found = self.template(spec)
        told = [(name, each["Type"], each["Properties"]) for name, each in found if each["Type"] in order]
        return sorted(told, key=lambda each: order.index(each[1]))

    def deploy(self, data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Create every resource of the connector in the directory; gives the answers by type of resource."""
        self.answers = {}
        for logical_id, kind, given in self.resources(self.spec(data)):
            properties = self._resolved(given)
            properties[contract.DIRECTORY][contract.CREDENTIALS_SECRET] = "directory-key"
            more = {"ResourceType": kind, "LogicalResourceId": logical_id}
            answer = self.stage.create(properties, **more)
            self.answers[kind] = answer | {"Properties": properties, "More": more}
        return self.answers

    def delete(self) -> list[dict[str, Any]]:
        """Delete what was created, as CloudFormation does: the last first."""
        return [
            self.stage.delete(answer["PhysicalResourceId"], answer["Properties"], **answer["More"])
            for answer in reversed(self.answers.values())
        ]

    def _resolved(self, value: Any) -> Any:
        """Intrinsics as what they stand for; primitives as texts, as CloudFormation sends them."""
        if isinstance(value, list):
            return [self._resolved(each) for each in value]
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, dict):
            return value if isinstance(value, str) else str(value)
        if len(value) == 1 and next(iter(value)) in {"Ref", "Fn::Join", "Fn::GetAtt"}:
            return self._intrinsic(*next(iter(value.items())))
        return {name: self._resolved(each) for name, each in value.items() if name != "ServiceTimeout"}

    def _intrinsic(self, name: str, value: Any) -> str:
        if name == "Fn::Join":
            separator, parts = value
            return str(separator).join(self._resolved(part) for part in parts)
        if name == "Fn::GetAtt":
            return "5f1b881d-c9e9-4a9b-b7e8-d6c5a4000000"
        known = {"AWS::Partition": "aws", "AWS::AccountId": "111122223333", "AWS::Region": "eu-central-1"}
        made = self.answers.get(contract.APPLICATION, {"PhysicalResourceId": "none"})
        return str(known.get(value, made["PhysicalResourceId"]))


def filled_in(data: dict[str, Any]) -> dict[str, Any]:
    """*data* with what its author knows in the place of what the directory does not."""
    for path, value in FILLED_IN.items():
        here: Any = data
        *place, last = parse_path(path)
        for part in place:
            here = here.get(part, {}) if isinstance(here, dict) else here[int(part)]
        place_of: Any = last
        if (isinstance(here, list) or last in here) and str(here[place_of]).startswith("<fill in: "):
            here[place_of] = value
    attributes = data.get("user_pool", {}).get("attributes", {})
    if attributes:
        renamed = {
            f"custom:a{index}" if name.startswith("<fill in: ") else name: each
            for index, (name, each) in enumerate(attributes.items())
        }
        data["user_pool"]["attributes"] = renamed
    for role, groups in data.get("groups", {}).items():
        data["groups"][role] = ["portal-users"] if groups[0].startswith("<fill in: ") else groups
    return data


@pytest.fixture
def handmade(stage: Stage) -> Handmade:
    """A fresh directory, and somebody with its Admin Portal."""
    return Handmade(stage)


@pytest.fixture
def new_handmade(new_stage: Callable[[], Stage]) -> Callable[[], Handmade]:
    """Makes as many of them as a test of many cases needs."""
    return lambda: Handmade(new_stage())
