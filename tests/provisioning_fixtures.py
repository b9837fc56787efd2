"""A stage for `saml-connectors scim` and `metadata`: a spec's file, and both sides in memory instead of a network.

A pytest plugin: a test file names it in `pytest_plugins`, and asks for the fixture `command_stage`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchmarks.provisioning_workload import API_KEY, STORE, Aws, DirectoryApi, Organization
from saml_connectors.cli import main
from saml_connectors.provider.jumpcloud.deadline import Deadline
from saml_connectors.provider.jumpcloud.transport import Request, Response
from saml_connectors.provisioning.command import World

TOKEN = "made-up-scim-token"
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
SCIM_URL = "https://scim.eu-west-1.amazonaws.com/a1b2c3d4-1111/scim/v2"
SPEC = f"""\
kind: identity-center
name: aws
aws: {{region: eu-west-1}}
directory: {{credentials: jumpcloud/api-key, api_url: https://directory.acme.example/api}}
application: {{display_label: AWS, groups: [group-0000, group-0001]}}
service_provider:
  entity_id: https://eu-west-1.signin.aws.amazon.com/platform/saml/{STORE}
  acs_url: https://eu-west-1.signin.aws.amazon.com/platform/saml/acs/1111-2222
instance: {{arn: "arn:aws:sso:::instance/ssoins-1234567890abcdef", identity_store_id: {STORE}}}
scim: {{endpoint: {SCIM_URL}, token: identity-center/scim-token, token_expires: 2027-05-01}}
"""


class Stage:
    """A spec's file, and a world with both sides in memory."""

    def __init__(self, folder: Path, organization: Organization) -> None:
        self.file = folder / "aws.yaml"
        self.file.write_text(SPEC)
        self.organization = organization
        self.api = DirectoryApi(organization)
        self.aws = Aws(organization, secrets={"identity-center/scim-token": f"{TOKEN}\n"})
        self.scim_status = 200
        self.hosts: set[str] = set()
        self.world = World(
            transport=self,
            client=self.aws.client,
            environment={},
            sleep=lambda _seconds: None,
            now=lambda: NOW,
        )

    def put(self, organization: Organization) -> None:
        """Another organization in place of the first."""
        self.organization = self.api.organization = self.aws.organization = organization

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """One request, to the directory or to the SCIM endpoint."""
        self.hosts.add(request.url.split("/")[2])
        if not request.url.startswith(SCIM_URL):
            return self.api.exchange(request, deadline)
        accepted = request.headers.get("Authorization") == f"Bearer {TOKEN}"
        kind = (
            "core:2.0:ServiceProviderConfig"
            if "ServiceProviderConfig" in request.url
            else "api:messages:2.0:ListResponse"
        )
        name = f"urn:ietf:params:scim:{'schemas:' if kind.startswith('core') else ''}{kind}"
        status = self.scim_status if accepted else 401
        return Response(status, {}, json.dumps({"schemas": [name], "totalResults": 1}).encode())

    def run(self, *arguments: str | Path) -> Result:
        """The command, in this process, on this world."""
        result = CliRunner().invoke(main, [str(argument) for argument in arguments], obj=self.world)
        assert not {API_KEY, TOKEN} & set(result.output.replace('"', " ").split())
        assert "Traceback" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result


@pytest.fixture
def command_stage(tmp_path: Path) -> Stage:
    """Four people in two groups, provisioned as they should be."""
    return Stage(tmp_path, Organization.of(4, 2))
