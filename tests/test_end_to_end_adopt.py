"""Adoption on the sandbox: made by hand, adopted by the command, deployed by the CDK, changed, and left in place.

What these tests prove, they prove of our configuration and of an emulator with our own checks; not of AWS or JumpCloud.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml
from click.testing import CliRunner

from saml_connectors.cli import main
from saml_connectors.provisioning.command import World
from sandbox.deployment import DeploymentError
from sandbox.directory.state import EXAMPLE_API_KEY, EXAMPLE_PASSWORD
from sandbox.person import Person
from sandbox.relying_party.oidc import begin, complete
from sandbox.session import SECRET_NAME, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

CALLBACK = "http://localhost:8400/callback"
STACK = "saml-connector-by-hand"


class ByHand:
    """A pool and an application that somebody made by hand, and the specs' folder."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.file = sandbox, folder / "by-hand.yaml"
        cognito = sandbox.aws.client("cognito-idp")
        schema = [{"Name": "groups", "AttributeDataType": "String", "Mutable": True}]
        pool = cognito.create_user_pool(PoolName="by-hand", Schema=schema)["UserPool"]["Id"]
        cognito.create_user_pool_domain(Domain="by-hand", UserPoolId=pool)
        self.host = f"by-hand.auth.{pool.partition('_')[0]}.amazoncognito.com"
        config = {
            "spEntityId": f"urn:amazon:cognito:sp:{pool}",
            "acsUrl": f"https://{self.host}/saml2/idpresponse",
            "idpInitUrl": "https://portal.acme.example/sign-in",
            "includeGroups": True,
            "groupsAttributeName": "memberOf",
            "declareRedirectEndpoint": True,
            "databaseAttributes": [{"name": "email", "value": "email"}, {"name": "given_name", "value": "firstname"}],
        }
        body = {
            "name": "amazoncognitouserpools",
            "active": True,
            "displayLabel": "By hand",
            "ssoUrl": "ByHand",
            "config": {key: {"value": value} for key, value in config.items()},
        }
        self.id = str(self.send("POST", "/api/applications", body)["_id"])
        group = sandbox.directory.group("portal-users").id
        self.send(
            "POST", f"/api/v2/applications/{self.id}/associations", {"op": "add", "type": "user_group", "id": group}
        )
        self.before, self.bootstrapped = self.live(), False
        self.writes: list[tuple[str, str]] = []

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """One request of the Admin Portal's."""
        url = f"{self.sandbox.directory_url}{path}"
        answer = httpx.request(method, url, json=body, headers={"x-api-key": EXAMPLE_API_KEY}, trust_env=False)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def live(self) -> dict[str, Any]:
        """The application, as the API tells it."""
        return self.sandbox.directory.applications[self.id].document()

    def deploy(self, spec: dict[str, Any]) -> list[tuple[str, str]]:
        """Deploy *spec*; gives the requests that could change something in the directory."""
        self.file.write_text(yaml.safe_dump(spec, sort_keys=False))
        self.sandbox.synth()
        if not self.bootstrapped:
            self.sandbox.cdk.bootstrap()
            self.bootstrapped = True
        seen = len(self.sandbox.directory.requests)
        try:
            self.sandbox.deploy()
        finally:
            self.writes = [
                (each.method, each.path) for each in self.sandbox.directory.requests[seen:] if each.method != "GET"
            ]
        return self.writes

    def adopt(self) -> dict[str, Any]:
        """What the command writes, with what only its author knows."""
        url = ["--directory-api-url", f"{self.sandbox.directory_url}/api", "--secret", SECRET_NAME]
        world = World(environment={"JUMPCLOUD_API_KEY": EXAMPLE_API_KEY})
        result = CliRunner().invoke(main, ["adopt", "ByHand", *url], obj=world)
        assert result.exit_code == 0, result.output
        spec: dict[str, Any] = yaml.safe_load(result.stdout)
        spec["user_pool"]["provider_name"] = "JumpCloud"
        spec["user_pool"]["groups"]["to"] = "custom:groups"
        spec["app_clients"][0]["callback_urls"] = [CALLBACK]
        return spec


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ByHand]:
    """The sandbox with what was made by hand; the tests below follow one after the other."""
    folder = tmp_path_factory.mktemp("connectors")
    with Sandbox(key_size=2048, connectors=str(folder)) as started:
        yield ByHand(started, folder)


def test_a_first_deployment_that_fails_leaves_everything_as_it_was(by_hand: ByHand) -> None:
    """A group that is not bound, found out after the application was taken over: the rollback writes nothing either."""
    spec = by_hand.adopt()
    spec["application"]["groups"].append("finance")
    with pytest.raises(DeploymentError, match="finance"):
        by_hand.deploy(spec)
    assert by_hand.writes == []
    assert by_hand.live() == by_hand.before


def test_the_first_deployment_takes_it_over_without_a_write(by_hand: ByHand) -> None:
    """The pool trusts the certificate that is there, and people sign in with their groups."""
    assert by_hand.deploy(by_hand.adopt()) == []
    assert by_hand.live() == by_hand.before
    sandbox = by_hand.sandbox
    assert sandbox.outputs[STACK]["ApplicationId"] == by_hand.id
    settings = sandbox.settings(STACK, "Web", CALLBACK)
    request = begin(settings)
    with closing(Person("ada@example.com", EXAMPLE_PASSWORD)) as person, httpx.Client(trust_env=False) as http:
        ada = complete(settings, http, request, person.open(request.url, until=CALLBACK))
    assert ada.email == "ada@example.com"
    assert "portal-users" in ada.id_claims["custom:groups"]


def test_a_field_that_is_changed_afterwards_is_one_write(by_hand: ByHand) -> None:
    """That field, and nothing else."""
    spec = by_hand.adopt()
    spec["application"]["description"] = "Orders and invoices"
    assert by_hand.deploy(spec) == [("PUT", f"/api/applications/{by_hand.id}")]
    after = by_hand.live()
    assert after.pop("description") == "Orders and invoices"
    assert after == {name: value for name, value in by_hand.before.items() if name != "description"}


def test_deleting_the_stack_leaves_it_in_place(by_hand: ByHand) -> None:
    """With the groups that see it, and what its tile opens."""
    before, bound = by_hand.live(), dict(by_hand.sandbox.directory.associations)
    seen = len(by_hand.sandbox.directory.requests)
    by_hand.sandbox.cdk.destroy()
    assert [each for each in by_hand.sandbox.directory.requests[seen:] if each.method != "GET"] == []
    assert by_hand.live() == before
    assert by_hand.sandbox.directory.associations == bound
