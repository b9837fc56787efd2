"""One application, two AWS accounts on the sandbox: a plain stack in each, and a person who chooses between them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import yaml
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from sandbox.deployment import CdkCommandLine
from sandbox.directory.state import EXAMPLE_API_KEY, EXAMPLE_PASSWORD
from sandbox.person import Person
from sandbox.session import SECRET_NAME, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.aws_session import AwsSession

pytestmark = pytest.mark.e2e

OWN, OTHER = "000000000000", "111111111111"
STACK = "saml-connector-estate"
LIST = {"Statement": [{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}]}
SPEC = {
    "kind": "iam",
    "name": "estate",
    "aws": {"account": OWN, "region": "us-east-1"},
    "directory": {"credentials": SECRET_NAME},
    "application": {"display_label": "Estate", "slug": "estate"},
    "roles": {
        "Auditor": {"inline_policies": {"list": LIST}},
        "Operator": {"inline_policies": {"list": LIST}, "accounts": [OTHER]},
    },
    "groups": {"Auditor": ["portal-users"], "Operator": ["portal-users"]},
    "other_accounts": {"ids": [OTHER], "deployed_by": "stacks"},
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The sandbox with the connector deployed to the one account, and its part to the other."""
    spec = tmp_path_factory.mktemp("estate") / "estate.yaml"
    spec.write_text(yaml.safe_dump(SPEC, sort_keys=False))
    with Sandbox(key_size=2048, connectors=str(spec)) as started:
        started.aws.client("secretsmanager", OTHER).create_secret(Name=SECRET_NAME, SecretString=EXAMPLE_API_KEY)
        started.synth()
        started.cdk.bootstrap()
        started.cdk.deploy(stacks=[STACK])
        other = CdkCommandLine(started.aws.environment(OTHER), started.folder, OTHER)
        other.bootstrap()
        outputs = other.deploy(stacks=[f"{STACK}-{OTHER}"])
        assert outputs[f"{STACK}-{OTHER}"]["SamlProviderArn"] == f"arn:aws:iam::{OTHER}:saml-provider/JumpCloud"
        yield started


def sign_in(sandbox: Sandbox, role: str) -> AwsSession:
    """A session of Grace's in the role with this ARN."""
    with closing(Person("grace@example.com", EXAMPLE_PASSWORD)) as person:
        (tile,) = person.tiles(sandbox.directory_url)
        return person.sign_in_to_aws(tile, role=role)


def test_one_tile_offers_the_roles_of_both_accounts(sandbox: Sandbox) -> None:
    """Auditor in both, Operator where the spec says so; nothing else."""
    session = sign_in(sandbox, f"arn:aws:iam::{OWN}:role/Auditor")
    assert sorted(session.roles) == [
        f"arn:aws:iam::{OWN}:role/Auditor",
        f"arn:aws:iam::{OTHER}:role/Auditor",
        f"arn:aws:iam::{OTHER}:role/Operator",
    ]


def test_each_account_keeps_to_itself(sandbox: Sandbox) -> None:
    """A session in one account sees that one's people, and not the other's."""
    sandbox.aws.client("iam", OTHER).create_user(UserName="only-there")
    here = sign_in(sandbox, f"arn:aws:iam::{OWN}:role/Auditor")
    there = sign_in(sandbox, f"arn:aws:iam::{OTHER}:role/Operator")
    assert (here.account, there.account) == (OWN, OTHER)
    names = {
        session.account: {
            user["UserName"]
            for user in session.client("iam", sandbox.aws.endpoint_url, "us-east-1").list_users()["Users"]
        }
        for session in (here, there)
    }
    assert names == {OWN: set(), OTHER: {"only-there"}}
    with pytest.raises(ClientError, match="AccessDenied"):
        there.client("iam", sandbox.aws.endpoint_url, "us-east-1").list_roles()


def test_only_the_account_chosen_has_the_role(sandbox: Sandbox) -> None:
    """The role of the one account is not made in the other."""
    roles = {each["RoleName"] for each in sandbox.aws.client("iam", OWN).list_roles()["Roles"]}
    assert "Auditor" in roles
    assert "Operator" not in roles


def test_the_other_account_only_reads_the_directory(sandbox: Sandbox) -> None:
    """Looking the application up changes nothing in it: one application, made by the first stack."""
    assert len(sandbox.directory.applications) == 1
    seen = len(sandbox.directory.requests)
    other = CdkCommandLine(sandbox.aws.environment(OTHER), sandbox.folder, OTHER)
    other.deploy(stacks=[f"{STACK}-{OTHER}"])
    assert [each.method for each in sandbox.directory.requests[seen:] if each.method != "GET"] == []
