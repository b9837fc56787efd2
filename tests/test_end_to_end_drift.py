"""`drift` and `doctor` on the sandbox: silent after a deployment, and each edit in a console is found and named.

What these tests prove, they prove of our configuration and of an emulator with our own checks; not of AWS or JumpCloud.
"""

from __future__ import annotations

import copy
import json
import re
import shutil
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml
from click.testing import CliRunner

from saml_connectors.cli import main
from saml_connectors.provider.jumpcloud.transport import HttpsTransport, Request, Response
from saml_connectors.provisioning.command import World
from sandbox.deployment import ACCOUNT, PROJECT
from sandbox.directory.state import EXAMPLE_API_KEY
from sandbox.session import COGNITO_HOSTS, SECRET_NAME, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from saml_connectors.provider.jumpcloud.deadline import Deadline

pytestmark = pytest.mark.e2e

POOL, TILE, CONSOLE, CARRIED = (
    f"saml-connector-{name}" for name in ("portal", "portal-bookmark", "console", "carried")
)
STACKS = (POOL, TILE, CONSOLE, CARRIED)
LABELS = {POOL: "Acme portal", TILE: "Acme portal (bookmark)", CARRIED: "Carried"}
ROLE = "https://aws.amazon.com/SAML/Attributes/Role"
CARRIED_SPEC = {
    "kind": "iam",
    "name": "carried",
    "directory": {"credentials": "jumpcloud/api-key"},
    "application": {"display_label": "Carried"},
    "carry_roles": "group-attributes",
    "provider": {"name": "Carried"},
    "roles": {"Reader": {"managed_policies": ["ReadOnlyAccess"]}},
    "groups": {"Reader": ["portal-users"]},
}


class ToTheSandbox:
    """A transport that finds the hosts of user pools at the local AWS."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url
        self._real = HttpsTransport()

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """Send one request to where it is served."""
        url = re.sub(COGNITO_HOSTS, self._endpoint_url, request.url)
        return self._real.exchange(request._replace(url=url), deadline)


class Operated:
    """Deployed connectors, somebody with both consoles, and the commands."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.directory = sandbox.directory
        self.world = World(
            transport=ToTheSandbox(sandbox.aws.endpoint_url),
            client=lru_cache(lambda service, _region: sandbox.aws.client(service)),
            environment={},
        )

    def run(self, command: str, stack: str, *more: str) -> tuple[int, str]:
        """A command, in this process; it changes nothing."""
        seen = len(self.directory.requests)
        result = CliRunner().invoke(main, [command, stack, *more], obj=self.world)
        assert "Traceback" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert [each for each in self.directory.requests[seen:] if each.method != "GET"] == []
        assert EXAMPLE_API_KEY not in result.output
        return result.exit_code, result.output if not more else result.stdout

    def drift(self, stack: str) -> dict[str, dict[str, Any]]:
        """What drifted, by field."""
        code, text = self.run("drift", stack, "--format", "json")
        told = json.loads(text)
        assert told["unknown"] == []
        assert code == bool(told["drift"])
        return {each["field"]: each for each in told["drift"]}

    def doctor(self, stack: str) -> list[dict[str, str]]:
        """Every step."""
        code, text = self.run("doctor", stack, "--format", "json")
        steps: list[dict[str, str]] = json.loads(text)["steps"]
        assert code == any(each["state"] == "wrong" for each in steps)
        return steps

    def id(self, stack: str) -> str:
        """The application of a stack."""
        outputs = self.sandbox.outputs[stack]
        return outputs.get("ApplicationId") or outputs["ApplicationId1"]

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """One request of the Admin Portal's."""
        url = f"{self.sandbox.directory_url}{path}"
        answer = httpx.request(method, url, json=body, headers={"x-api-key": EXAMPLE_API_KEY}, trust_env=False)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def edit(self, application_id: str, **changes: Any) -> None:
        """Change an application as the Admin Portal does: the whole of it is sent."""
        config = changes.pop("config", {})
        body = self.send("GET", f"/api/applications/{application_id}") | changes
        for key, value in config.items():
            body["config"][key]["value"] = value
        self.send("PUT", f"/api/applications/{application_id}", body)

    def unbind(self, application_id: str, group: str) -> None:
        """Unbind a group as the Admin Portal does."""
        to = {"op": "remove", "type": "user_group", "id": self.directory.group(group).id}
        self.send("POST", f"/api/v2/applications/{application_id}/associations", to)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever is done to the directory, it is undone at the end."""
        here = self.directory
        applications = {
            name: replace(each, config=copy.deepcopy(each.config)) for name, each in here.applications.items()
        }
        groups = {name: replace(each, attributes=copy.deepcopy(each.attributes)) for name, each in here.groups.items()}
        associations = dict(here.associations)
        try:
            yield
        finally:
            here.applications, here.groups, here.associations = applications, groups, associations


@pytest.fixture(scope="module")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    """A pool, a tile, and two ways to AWS, deployed once by the stock CDK command line."""
    folder: Path = tmp_path_factory.mktemp("connectors")
    for name in ("portal", "portal-bookmark", "console"):
        shutil.copy(PROJECT / "connectors" / f"{name}.yaml", folder)
    (folder / "carried.yaml").write_text(yaml.safe_dump(CARRIED_SPEC))
    with Sandbox(key_size=2048, connectors=str(folder)) as sandbox:
        sandbox.synth()
        sandbox.cdk.bootstrap()
        sandbox.deploy()
        yield Operated(sandbox)


@pytest.mark.parametrize("stack", STACKS)
def test_after_a_deployment_there_is_no_drift(operated: Operated, stack: str) -> None:
    """Every reference of the templates is followed, exports and all: nothing is left unknown."""
    assert operated.drift(stack) == {}
    assert "no drift" in operated.run("drift", stack)[1]


EDITS: list[tuple[str, str, Callable[[Operated], None]]] = [
    (POOL, "displayLabel", lambda here: here.edit(here.id(POOL), displayLabel="Old")),
    (POOL, "active", lambda here: here.edit(here.id(POOL), active=False)),
    (POOL, "config.acsUrl", lambda here: here.edit(here.id(POOL), config={"acsUrl": "https://old.example/acs"})),
    (POOL, "config.idpInitUrl", lambda here: here.edit(here.id(POOL), config={"idpInitUrl": "https://old.example/"})),
    (POOL, "config.spEntityId", lambda here: here.edit(here.id(POOL), config={"spEntityId": "urn:old"})),
    (POOL, "config.includeGroups", lambda here: here.edit(here.id(POOL), config={"includeGroups": False})),
    (
        POOL,
        "config.idpCertificate",
        lambda here: here.edit(here.id(POOL), config={"idpCertificate": "", "idpPrivateKey": ""}),
    ),
    (POOL, "groups['portal-users']", lambda here: here.unbind(here.id(POOL), "portal-users")),
    (POOL, "application", lambda here: here.send("DELETE", f"/api/applications/{here.id(POOL)}")),
    (TILE, "sso.hidden", lambda here: here.edit(here.id(TILE), sso={"hidden": True})),
    (TILE, "groups['portal-admins']", lambda here: here.unbind(here.id(TILE), "portal-admins")),
    (
        CONSOLE,
        f"config.constantAttributes[{ROLE!r}]",
        lambda here: here.edit(here.id(CONSOLE), config={"constantAttributes": []}),
    ),
    (
        CARRIED,
        "groups['portal-users'].attributes[",
        lambda here: here.directory.group("portal-users").attributes.pop(
            next(name for name in here.directory.group("portal-users").attributes if "Reader" in name)
        ),
    ),
]


@pytest.mark.parametrize(("stack", "field", "edit"), EDITS, ids=[f"{stack}-{field}" for stack, field, _ in EDITS])
def test_each_edit_in_the_console_is_found_and_names_who_notices(
    operated: Operated, stack: str, field: str, edit: Callable[[Operated], None]
) -> None:
    """The field, the groups with the number of their members, and the roles of a way to AWS."""
    with operated.undone():
        edit(operated)
        found = operated.drift(stack)
        (drift,) = [each for name, each in found.items() if name.startswith(field)]
        groups = drift["affected"]["groups"]
        assert groups
        assert all(each["members"] >= 1 for each in groups)
        roles = {CONSOLE: ["Engineer", "Auditor"], CARRIED: ["Reader"]}.get(stack, [])
        assert drift["affected"]["roles"] == [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in roles]


@pytest.mark.parametrize("stack", STACKS)
def test_after_a_deployment_every_link_is_green(operated: Operated, stack: str) -> None:
    """None is skipped, and none is unknown."""
    steps = operated.doctor(stack)
    assert [each for each in steps if each["state"] != "ok"] == []
    expected = {
        POOL: {"certificate", "trust", "app-client", "sign-in", "request-issuer", "request-acs"},
        TILE: {"application", "groups"},
        CONSOLE: {"certificate", "trust", "role", "role-audience", "role-tags", "role-session"},
        CARRIED: {"trust", "role-trust", "group-attributes"},
    }
    assert expected[stack] <= {each["step"] for each in steps}


def _without_provider(here: Operated) -> Callable[[], None]:
    """Remove the IdP from the app client, as somebody does in the console."""
    cognito, outputs = here.sandbox.aws.client("cognito-idp"), here.sandbox.outputs[POOL]
    ids = {"UserPoolId": outputs["UserPoolId"], "ClientId": outputs["WebClientId"]}
    before = cognito.describe_user_pool_client(**ids)["UserPoolClient"]
    names = ("SupportedIdentityProviders", "CallbackURLs", "LogoutURLs", "AllowedOAuthFlows", "AllowedOAuthScopes")
    kept = {name: before[name] for name in (*names, "AllowedOAuthFlowsUserPoolClient", "ExplicitAuthFlows")}
    cognito.update_user_pool_client(**ids, **{**kept, "SupportedIdentityProviders": ["COGNITO"]})
    return lambda: cognito.update_user_pool_client(**ids, **kept)


def _trusting_another(here: Operated) -> Callable[[], None]:
    """Edit a role's trust policy."""
    iam = here.sandbox.aws.client("iam")
    before = iam.get_role(RoleName="Auditor")["Role"]["AssumeRolePolicyDocument"]
    edited = json.dumps(before).replace("saml-provider/JumpCloud", "saml-provider/Former")
    iam.update_assume_role_policy(RoleName="Auditor", PolicyDocument=edited)
    return lambda: iam.update_assume_role_policy(RoleName="Auditor", PolicyDocument=json.dumps(before))


def _emptied_secret(here: Operated) -> Callable[[], None]:
    """Put nothing into the secret."""
    secrets = here.sandbox.aws.client("secretsmanager")
    secrets.put_secret_value(SecretId=SECRET_NAME, SecretString=" ")
    return lambda: secrets.put_secret_value(SecretId=SECRET_NAME, SecretString=EXAMPLE_API_KEY)


def _certificate_anew(here: Operated, stack: str) -> None:
    here.edit(here.id(stack), config={"idpCertificate": "", "idpPrivateKey": ""})


BROKEN: list[tuple[str, str, str, Callable[[Operated], Any]]] = [
    (POOL, "trust", "give AWS the application's", lambda here: _certificate_anew(here, POOL)),
    (CONSOLE, "trust", "give AWS the application's", lambda here: _certificate_anew(here, CONSOLE)),
    (POOL, "groups", "bind it to the application", lambda here: here.unbind(here.id(POOL), "portal-users")),
    (POOL, "app-client", "put it back in the Cognito console", _without_provider),
    (POOL, "sign-in", "look at the app client", _without_provider),
    (CONSOLE, "role-trust", "put its trust policy right", _trusting_another),
    (TILE, "secret", "store the API key", _emptied_secret),
    (POOL, "application", "activate it", lambda here: here.edit(here.id(POOL), active=False)),
    (POOL, "application", "made anew", lambda here: here.send("DELETE", f"/api/applications/{here.id(POOL)}")),
    (
        POOL,
        "request-acs",
        "put its setting back",
        lambda here: here.edit(here.id(POOL), config={"acsUrl": "https://x/"}),
    ),
    (
        TILE,
        "groups",
        "one group of that name",
        lambda here: setattr(here.directory.group("portal-admins"), "name", "x"),
    ),
]


@pytest.mark.parametrize(("stack", "step", "advice", "breaks"), BROKEN, ids=[f"{each[0]}-{each[2]}" for each in BROKEN])
def test_each_broken_link_is_red_with_its_advice(
    operated: Operated, stack: str, step: str, advice: str, breaks: Callable[[Operated], Any]
) -> None:
    """The step that broke, and what mends it."""
    with operated.undone():
        mend = breaks(operated)
        try:
            wrong = [each for each in operated.doctor(stack) if each["state"] == "wrong"]
        finally:
            if callable(mend):
                mend()
        assert any(each["step"] == step and advice in each["advice"] for each in wrong), wrong


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_mended_is_green_again(operated: Operated, stack: str) -> None:
    """Every edit above was undone."""
    assert operated.drift(stack) == {}
    assert [each for each in operated.doctor(stack) if each["state"] != "ok"] == []
