"""The steps of docs/identity-center.md that no API takes, taken on the emulators' consoles, in the same order.

Not here: what the consoles do (`sandbox/aws/identity_center/`, `sandbox/directory/provisioning.py`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from sandbox.deployment import PROJECT
from sandbox.identity_center_console import IdentityCenterConsole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.identity_center_console import Instance
    from sandbox.session import Sandbox

KIND = "identity-center"
TOKEN_SECRET = "identity-center/scim-token"


class StepError(RuntimeError):
    """A command of the project failed where it has to work."""


class Workforce:
    """Identity Center and provisioning, as a person sets them up for one connector.

    Args:
        sandbox: Where.
        connector: Name of the connector.
    """

    def __init__(self, sandbox: Sandbox, connector: str) -> None:
        self._sandbox = sandbox
        self.connector = connector
        self.console = IdentityCenterConsole(sandbox.aws.endpoint_url, region=sandbox.aws.region)
        self.instance: Instance = self.console.enable()
        """The instance, which was turned on now: step 1."""
        self.provisioned = False
        """Whether the directory provisions people and groups."""
        self._endpoint: str | None = None

    @property
    def stack(self) -> str:
        """Name of the connector's stack."""
        return f"saml-connector-{self.connector}"

    @property
    def spec(self) -> Path:
        """The connector's spec, with what the console shows."""
        return self._sandbox.folder / "connectors" / f"{self.connector}.yaml"

    def fill_in(self, spec: dict[str, Any]) -> dict[str, Any]:
        """The spec with what the console shows: step 2, and the endpoint of step 6 once there is one."""
        instance = self.instance
        filled = spec | {
            "service_provider": {"entity_id": instance.sp_entity_id, "acs_url": instance.acs_url},
            "instance": {"arn": instance.arn, "identity_store_id": instance.identity_store_id},
        }
        if self._endpoint is not None and "scim" in spec:
            filled["scim"] = spec["scim"] | {"endpoint": self._endpoint}
        return filled

    def trust_directory(self) -> None:
        """Give Identity Center the directory's metadata, as the command prints it: step 4."""
        outputs = self._sandbox.folder / "deployed.json"
        outputs.write_text(json.dumps(self._sandbox.outputs))
        self.console.use_external_idp(self.run("metadata", self.stack, "--outputs", str(outputs)))

    def enable_provisioning(self) -> None:
        """Turn provisioning on at AWS, and keep endpoint and token: steps 5 and 6."""
        endpoint, token = self.console.enable_provisioning()
        self._endpoint = endpoint.rstrip("/")
        self._sandbox.aws.client("secretsmanager").create_secret(Name=TOKEN_SECRET, SecretString=token)
        self._token = token
        self._sandbox.copy_connectors()

    def activate(self) -> None:
        """Turn provisioning on in the directory, and wait until everybody has arrived: step 8."""
        provisioning = self._sandbox.directory.provisioning
        application = self._sandbox.outputs[self.stack]["ApplicationId"]
        provisioning.activate(application, base_url=self._endpoint or "", token=self._token)
        provisioning.settle()
        self.provisioned = True

    def set_up(self) -> None:
        """All steps by hand after the connector's own stack is deployed, each proved as the documentation says."""
        self.trust_directory()
        self.enable_provisioning()
        self.scim("check")
        self.scim("preflight")
        self.activate()
        self.scim("verify")

    def scim(self, command: str) -> str:
        """What `saml-connectors scim <command>` says of the connector."""
        where = () if command == "check" else ("--directory-api-url", f"{self._sandbox.directory_url}/api")
        return self.run("scim", command, str(self.spec), *where)

    def run(self, *arguments: str) -> str:
        """What the project's own command prints.

        Raises:
            StepError: It failed; the text holds what it said.
        """
        said = subprocess.run(  # noqa: S603 - the project's own command, no shell
            [str(Path(sys.executable).with_name("saml-connectors")), *arguments],
            cwd=PROJECT,
            env={"PATH": os.environ.get("PATH", ""), **self._sandbox.aws.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        if said.returncode:
            raise StepError(f"saml-connectors {' '.join(arguments[:2])} failed\n{said.stdout}{said.stderr}")
        return said.stdout


def connector_in(connectors: Path) -> str | None:
    """Name of the connector of kind `identity-center` among *connectors*, if there is one."""
    return next((str(spec["name"]) for _, spec in _specs(connectors) if spec is not None), None)


def copy(connectors: Path, folder: Path, workforce: Workforce) -> None:
    """Copy the specs into *folder*, with that of Identity Center filled in."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file, spec in _specs(connectors):
        if spec is not None:
            text = yaml.safe_dump(workforce.fill_in(spec), sort_keys=False)
            (folder / f"{spec['name']}.yaml").write_text(text)
        else:
            shutil.copy(file, folder / file.name)


def _specs(connectors: Path) -> Iterator[tuple[Path, dict[str, Any] | None]]:
    """Each file of specs, with what is in it where it is one of Identity Center's."""
    for file in sorted(connectors.glob("*.yaml")) if connectors.is_dir() else [connectors]:
        spec = yaml.safe_load(file.read_text())
        yield file, spec if isinstance(spec, dict) and spec.get("kind") == KIND else None
