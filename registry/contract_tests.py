"""AWS's own contract tests of the registry type, in this process: `python -m registry.contract_tests`.

The suite is that of `cloudformation-cli`, as `cfn test` runs it; only what carries its requests is replaced: they go to
the handlers directly, and from there to the directory's emulator.  No AWS, no Docker, no server.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from rpdk.core.contract import resource_client  # type: ignore[import-untyped] # it has no types
from rpdk.core.contract.contract_plugin import ContractPlugin  # type: ignore[import-untyped] # it has no types
from rpdk.core.contract.type_configuration import TypeConfiguration  # type: ignore[import-untyped] # it has no types
from rpdk.core.data_loaders import load_resource_spec  # type: ignore[import-untyped] # it has no types
from rpdk.core.test import get_inputs, get_marker_options, temporary_ini_file  # type: ignore[import-untyped] # it has no types

from saml_connectors.provider.jumpcloud.transport import Request, Response
from saml_connectors.registry_type import handler
from saml_connectors.registry_type import request as asked
from sandbox.directory.app import create_app
from sandbox.directory.in_process import in_process_client
from sandbox.directory.state import EXAMPLE_API_KEY, Directory

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parent
SCHEMA = FOLDER / "samlconnectors-jumpcloud-application.json"
EXPECTED = 15
"""Tests that the suite has for a resource type with all five handlers and tags that can be changed."""

CONFIGURATION = {
    "Directory": {"ApiUrl": "http://127.0.0.1:8500/api", "CredentialsSecret": "directory-key"},
}
_CREDENTIALS = {"accessKeyId": "AKIAEXAMPLE", "secretAccessKey": "example-secret", "sessionToken": "example-token"}
_REGION, _ACCOUNT = "eu-central-1", "123456789012"


class ToEmulator:
    """The provider's transport to the directory's emulator."""

    def __init__(self, directory: Directory) -> None:
        self._client = in_process_client(create_app(directory))

    def exchange(self, request: Request, deadline: Any) -> Response:
        """Run one request."""
        deadline.require("calling")
        sent = self._client.request(request.method, request.url, headers=dict(request.headers), content=request.body)
        return Response(sent.status_code, {name.lower(): value for name, value in sent.headers.items()}, sent.content)


class InProcess(resource_client.ResourceClient):  # type: ignore[misc] # it has no types
    """The suite's client, with the handlers at the other end."""

    def __init__(self, world: handler.World, respond: Callable[..., dict[str, Any]], **more: Any) -> None:
        self._world, self._respond = world, respond
        super().__init__(**more)

    def _call(self, payload: dict[str, Any]) -> Any:
        request = asked.Request.read(json.loads(json.dumps(payload)))
        return json.loads(json.dumps(self._respond(request, None, self._world)))


class Counted:
    """Counts what came of the tests."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test once: when it was called, or when it went no further."""
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[report.outcome] += 1


def run(number: int, *, respond: Callable[..., dict[str, Any]] = handler.respond, quiet: bool = False) -> Counter[str]:
    """Run the whole suite with the inputs of this *number*; how many tests passed, failed and were skipped."""
    with SCHEMA.open(encoding="utf-8") as opened:
        schema = load_resource_spec(opened)
    world = handler.World(
        transport=ToEmulator(Directory.example(key_size=1024)),
        read_secret=lambda _name, _deadline: EXAMPLE_API_KEY,
        write=lambda _line: None,
    )
    TypeConfiguration.TYPE_CONFIGURATION = CONFIGURATION
    with (
        mock.patch.object(resource_client, "get_account", return_value=_ACCOUNT),
        mock.patch.object(resource_client, "get_temporary_credentials", return_value=_CREDENTIALS),
        mock.patch.object(resource_client, "create_sdk_session"),
        temporary_ini_file() as ini,
    ):
        client = InProcess(
            world,
            respond,
            function_name="TypeFunction",
            endpoint="http://127.0.0.1:3001",
            region=_REGION,
            schema=schema,
            overrides={"CREATE": {}},
            inputs=get_inputs(FOLDER, _REGION, None, number, None, None, None),
            type_name=asked.TYPE_NAME,
        )
        counted = Counted()
        options = [
            "-c",
            ini,
            "-m",
            get_marker_options(schema),
            "-p",
            "no:cacheprovider",
            "--disable-warnings",
            "-o",
            "log_cli=false",
        ]
        pytest.main(
            [*options, *(["-qqq", "--no-header", "--tb=no"] if quiet else [])],
            plugins=[
                ContractPlugin({"resource_client": client}),
                counted,
            ],
        )
        Path(ini).unlink()
    return counted.outcomes


def sets_of_inputs() -> list[int]:
    """The numbers of the sets of inputs, as `cfn test` finds them."""
    return sorted(int(path.name.split("_")[1]) for path in (FOLDER / "inputs").glob("inputs_*_create.json"))


def main() -> int:
    """Run the suite with each set of inputs; 0 where every test of each passed, and none was skipped."""
    whole = True
    for number in sets_of_inputs():
        outcomes = run(number)
        whole = whole and outcomes == {"passed": EXPECTED}
        told = ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in ("passed", "skipped", "failed"))
        print(f"contract tests with the inputs {number}: {told}")  # noqa: T201 - this is a command
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
