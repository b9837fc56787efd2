"""The whole sandbox for as long as a `with` block runs: a local AWS, a directory, and the connectors deployed to them.

Not here: who uses it (`demo.py`, `up.py`, tests).
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sandbox.aws.process import LocalAws
from sandbox.deployment import PROJECT, CdkCommandLine
from sandbox.directory.serving import running
from sandbox.directory.state import EXAMPLE_API_KEY, Directory
from sandbox.relying_party.settings import Settings
from sandbox.workforce import Workforce, connector_in, copy

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.deployment import StackEvent

SECRET_NAME = "jumpcloud/api-key"
"""The secret that the example connectors name."""

COGNITO_HOSTS = r"^https://[a-z0-9-]+\.auth(?:-fips)?\.[a-z0-9-]+\.amazoncognito\.com"
"""Hosts of user pool domains, which the local AWS serves."""

AWS_SIGN_IN_HOSTS = (
    r"^https://(?:[a-z]{2}(?:-[a-z]+)+-\d+\.)?signin\.aws\.amazon\.com(?=[/?]|$)"
    r"|^https://signin\.(?:amazonaws-us-gov\.com|amazonaws\.cn)(?=[/?]|$)"
)
"""Hosts of AWS's sign-in site, which the local AWS serves too."""

ACCESS_PORTAL_HOSTS = r"^https://(d-[0-9a-f]{10})\.awsapps\.com(?=[/?]|$)"
"""Hosts of Identity Center's access portals; the route keeps the name, which tells one portal from another."""

JUMPCLOUD_KEY_SIZE = 4096
"""Bits of the keys that JumpCloud makes."""


class Sandbox:
    """A local AWS and a JumpCloud-style directory on this machine, ended together.

    Args:
        aws_port: Port of the local AWS.  Default: a free one.
        directory_port: Port of the directory.  Default: a free one.
        key_size: Bits of the directory's signing keys.  Default: 4096, as JumpCloud's; smaller ones are made faster.
        connectors: Folder or file of the specs that are deployed.  Default: those of the project.
    """

    def __init__(
        self,
        *,
        aws_port: int | None = None,
        directory_port: int = 0,
        key_size: int = JUMPCLOUD_KEY_SIZE,
        connectors: str = "connectors",
    ) -> None:
        self.aws = LocalAws(aws_port)
        self.directory = Directory.example(key_size=key_size)
        self.directory_url = ""
        self.outputs: dict[str, dict[str, str]] = {}
        self._directory_port = directory_port
        self._connectors = connectors
        self._stack = ExitStack()
        self.folder = Path()
        self.workforce: Workforce | None = None
        """Identity Center, where a connector is of that kind: turned on when the connectors are first synthesized."""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.folder = Path(tempfile.mkdtemp(prefix="saml-sandbox-"))
            stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self.directory.keys.keep_ready(2)
            stack.enter_context(self.aws)
            routes = [(hosts, self.aws.endpoint_url) for hosts in (COGNITO_HOSTS, AWS_SIGN_IN_HOSTS)]
            routes.append((ACCESS_PORTAL_HOSTS, rf"{self.aws.endpoint_url}/_sandbox/access-portal/\1"))
            self.directory_url = stack.enter_context(running(self.directory, port=self._directory_port, routes=routes))
            self.aws.client("secretsmanager").create_secret(Name=SECRET_NAME, SecretString=EXAMPLE_API_KEY)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def cdk(self) -> CdkCommandLine:
        """The CDK command line, pointed at the local AWS."""
        return CdkCommandLine(self.aws.environment(), self.folder)

    def synth(self) -> None:
        """Synthesize the connectors, for this sandbox's directory."""
        name = connector_in(self._specs)
        if name is not None and self.workforce is None:
            self.workforce = Workforce(self, name)
        connectors = self.copy_connectors()
        self.cdk.synth({"connectors": str(connectors), "directory-api-url": f"{self.directory_url}/api"})

    @property
    def _specs(self) -> Path:
        return PROJECT / self._connectors

    def copy_connectors(self) -> Path:
        """The specs that are deployed: those given, or a copy with what Identity Center's console shows."""
        if self.workforce is None:
            return self._specs
        copy(self._specs, self.folder / "connectors", self.workforce)
        return self.folder / "connectors"

    def deploy(self, on_event: Callable[[StackEvent], None] | None = None) -> None:
        """Deploy the connectors; their outputs are in `outputs`, by stack.

        What assigns groups is left out until the directory provisions them.
        """
        stacks = self.cdk.stacks()
        if self.workforce is not None and not self.workforce.provisioned:
            stacks = [name for name in stacks if name != f"{self.workforce.stack}-access"]
            self.outputs = self.cdk.deploy(on_event, stacks=stacks)
        else:
            self.outputs = self.cdk.deploy(on_event)

    def settings(self, stack: str, client: str, redirect_uri: str) -> Settings:
        """What an application must know to sign people in with an app client of a deployed connector.

        The pool's URLs are those of this machine; the issuer keeps its real name, which is in the tokens.
        """
        outputs = self.outputs[stack]
        base, issuer = self.aws.endpoint_url, outputs["Issuer"]
        return Settings(
            client_id=outputs[f"{client}ClientId"],
            authorize_url=f"{base}/oauth2/authorize",
            token_url=f"{base}/oauth2/token",
            logout_url=f"{base}/logout",
            issuer=issuer,
            jwks_url=f"{base}/{outputs['UserPoolId']}/.well-known/jwks.json",
            redirect_uri=redirect_uri,
            identity_provider="JumpCloud",
        )
