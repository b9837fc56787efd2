"""Identity Center on the sandbox, as the article has it: activate, sync, assign, sign in, disable, see the difference.

What these tests prove, they prove of our configuration and of an emulator with our own checks; not of AWS or JumpCloud.
"""

from __future__ import annotations

import json
from contextlib import closing
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from saml_connectors.cli import main
from saml_connectors.provisioning.command import World
from sandbox.directory.state import EXAMPLE_PASSWORD
from sandbox.person import Person, PersonError
from sandbox.session import Sandbox
from sandbox.workforce import StepError, Workforce
from sandbox.workforce_demo import may_read, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e

ACCESS = "saml-connector-workforce-access"


@pytest.fixture(scope="module")
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """The example deployed, provisioned and assigned; the tests below follow one after the other."""
    spec = str(request.config.rootpath / "connectors" / "workforce.yaml")
    with Sandbox(key_size=2048, connectors=spec) as started:
        started.synth()
        started.cdk.bootstrap()
        started.deploy()
        yield started


@pytest.fixture(scope="module")
def workforce(sandbox: Sandbox) -> Workforce:
    """Identity Center as it was turned on, before anything is set up by hand."""
    assert sandbox.workforce is not None
    return sandbox.workforce


def harmless(said: str) -> bool:
    """Whether everything that a command told is a warning or a note: an error has neither word."""
    return all(": warning: " in line or ": note: " in line for line in said.splitlines())


def test_nothing_is_assigned_before_the_groups_are_there(sandbox: Sandbox) -> None:
    """The connector's own stack stands alone: the application is there, the access stack is not deployed yet."""
    assert ACCESS not in sandbox.outputs
    assert [each.display_label for each in sandbox.directory.applications.values()] == ["AWS accounts"]
    names = [each["StackName"] for each in sandbox.aws.client("cloudformation").list_stacks()["StackSummaries"]]
    assert ACCESS not in names


def test_each_step_by_hand_is_proved_by_a_command(workforce: Workforce) -> None:
    """Metadata from the stack's outputs; then endpoint and token, who would fail, and both sides alike."""
    workforce.trust_directory()
    workforce.enable_provisioning()
    assert "accepts the token" in workforce.scim("check")
    said = workforce.scim("preflight")
    assert "ada@example.com" in said
    assert harmless(said)
    assert workforce.console.users() == []
    workforce.activate()
    assert workforce.scim("verify").strip() == ""


def test_scim_brings_the_people_of_bound_groups_and_nobody_else(workforce: Workforce) -> None:
    """Mallory is in no group that is bound."""
    assert [each.user_name for each in workforce.console.users()] == ["ada@example.com", "grace@example.com"]
    groups = {each.display_name: each.members for each in workforce.console.groups()}
    assert groups == {"portal-users": ("ada@example.com", "grace@example.com"), "portal-admins": ("ada@example.com",)}


def test_groups_are_looked_up_and_assigned_never_made(sandbox: Sandbox, workforce: Workforce) -> None:
    """The second stack finds SCIM's groups; there are no others beside them."""
    before = {each.id for each in workforce.console.groups()}
    sandbox.deploy()
    assert {each.id for each in workforce.console.groups()} == before
    admin = sandbox.aws.client("sso-admin")
    arn = workforce.instance.arn
    sets = admin.list_permission_sets(InstanceArn=arn)["PermissionSets"]
    assigned = {
        each["PrincipalId"]
        for permission_set in sets
        for each in admin.list_account_assignments(
            InstanceArn=arn, AccountId="000000000000", PermissionSetArn=permission_set
        )["AccountAssignments"]
    }
    assert assigned == before


def test_both_stacks_are_green_and_an_assignment_taken_away_by_hand_is_red(
    sandbox: Sandbox, workforce: Workforce
) -> None:
    """`doctor` looks at the connector's stack and at the access stack; `drift` at the first."""
    world = World(client=lru_cache(lambda service, _region: sandbox.aws.client(service)), environment={})

    def run(command: str, stack: str) -> tuple[int, dict[str, Any]]:
        result = CliRunner().invoke(main, [command, stack, "--format", "json"], obj=world)
        return result.exit_code, json.loads(result.stdout)

    assert run("drift", workforce.stack) == (0, {"drift": [], "unknown": []})
    code, told = run("doctor", workforce.stack)
    assert (code, {each["step"] for each in told["steps"] if each["state"] != "ok"}) == (0, {"trust"})
    code, told = run("doctor", ACCESS)
    assert (code, {each["state"] for each in told["steps"]}) == (0, {"ok"})
    assert {each["step"] for each in told["steps"]} == {"permission-set", "identity-center-group", "assignment"}
    admin, arn = sandbox.aws.client("sso-admin"), workforce.instance.arn
    permission_set = admin.list_permission_sets(InstanceArn=arn)["PermissionSets"][0]
    given = {"InstanceArn": arn, "PermissionSetArn": permission_set}
    (assigned,) = admin.list_account_assignments(AccountId="000000000000", **given)["AccountAssignments"]
    given |= {"TargetId": "000000000000", "TargetType": "AWS_ACCOUNT", "PrincipalType": "GROUP"}
    given["PrincipalId"] = assigned["PrincipalId"]
    admin.delete_account_assignment(**given)
    code, told = run("doctor", ACCESS)
    assert (code, {each["step"] for each in told["steps"] if each["state"] == "wrong"}) == (
        1,
        {"assignment", "permission-set"},
    )
    admin.create_account_assignment(**given)
    assert run("doctor", ACCESS)[0] == 0


def test_the_attribute_in_the_assertion_decides_what_is_allowed(sandbox: Sandbox, workforce: Workforce) -> None:
    """Two people in one permission set read the parameters of their own cost center, and not the other's."""
    for name in ("/analytics/plan", "/compilers/plan"):
        sandbox.aws.client("ssm").put_parameter(Name=name, Value="x", Type="String")
    offered, ada = sign_in(sandbox, workforce, "ada@example.com")
    assert sorted(offered) == ["Analyst", "Auditor"]
    assert (may_read(sandbox, ada, "/analytics/plan"), may_read(sandbox, ada, "/compilers/plan")) == (True, False)
    offered, grace = sign_in(sandbox, workforce, "grace@example.com")
    assert list(offered) == ["Analyst"]
    assert (may_read(sandbox, grace, "/analytics/plan"), may_read(sandbox, grace, "/compilers/plan")) == (False, True)


def test_a_person_without_a_group_sees_no_tile(sandbox: Sandbox) -> None:
    """Access is denied by default, at the directory."""
    with closing(Person("mallory@example.com", EXAMPLE_PASSWORD)) as person:
        assert person.tiles(sandbox.directory_url) == []


def test_deploying_again_writes_nothing(sandbox: Sandbox) -> None:
    """A no-op sends the directory nothing."""
    seen = len(sandbox.directory.requests)
    sandbox.deploy()
    assert sandbox.directory.requests[seen:] == []


def test_somebody_suspended_in_the_directory_is_out(sandbox: Sandbox, workforce: Workforce) -> None:
    """Inactive in Identity Center, no sign-in, and no difference that verify could tell."""
    grace = next(each for each in sandbox.directory.users.values() if each.email == "grace@example.com")
    grace.state = "SUSPENDED"
    sandbox.directory.provisioning.settle()
    assert {each.user_name: each.active for each in workforce.console.users()}["grace@example.com"] is False
    with pytest.raises(PersonError):
        sign_in(sandbox, workforce, "grace@example.com")
    assert harmless(workforce.scim("verify"))
    grace.state = "ACTIVATED"
    sandbox.directory.provisioning.settle()
    sign_in(sandbox, workforce, "grace@example.com")


def test_verify_tells_the_difference_once_provisioning_is_off(sandbox: Sandbox, workforce: Workforce) -> None:
    """Somebody leaves a group, and nobody tells Identity Center: the command names person and group, and exits 1."""
    application = sandbox.outputs[workforce.stack]["ApplicationId"]
    sandbox.directory.provisioning.deactivate(application)
    group = sandbox.directory.group("portal-users")
    grace = next(each for each in sandbox.directory.users.values() if each.email == "grace@example.com")
    group.members.remove(grace.id)
    with pytest.raises(StepError, match=r"grace@example\.com"):
        workforce.scim("verify")
    group.members.append(grace.id)
    assert harmless(workforce.scim("verify"))


def test_a_token_that_is_over_is_told(workforce: Workforce) -> None:
    """A year later the endpoint refuses the token, and check says so without showing it."""
    for token in workforce.console.tokens():
        workforce.console.delete_token(token.id)
    with pytest.raises(StepError, match="scim-token"):
        workforce.scim("check")


def test_removal_leaves_people_and_takes_access(sandbox: Sandbox, workforce: Workforce) -> None:
    """Assignments, permission sets and the application are gone; what SCIM brought stays."""
    sandbox.cdk.destroy()
    assert sandbox.directory.applications == {}
    permission_sets = sandbox.aws.client("sso-admin").list_permission_sets(InstanceArn=workforce.instance.arn)
    assert permission_sets["PermissionSets"] == []
    assert len(workforce.console.users()) == 2
