"""What a change of a spec changes in the template, and what no name can break."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Stack

from saml_connectors.iam import IamConnector
from stacks.iam_stack import IamStack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aws_cdk import App

    from saml_connectors.spec import IamSpec
    from tests.iam_fixtures import Synthesized

pytest_plugins = ["tests.iam_fixtures"]
pytestmark = pytest.mark.synth

APPLICATION = "Custom::JumpCloudApplication"
ACCESS = f"{APPLICATION}Access"
BASE = {"Engineer": ["engineers"], "Auditor": ["auditors"]}
MAPS = {
    "base": BASE,
    "another-role": BASE | {"Deployer": ["engineers"]},
    "another-set": BASE | {"Deployer": ["deployers"]},
    "another-group": BASE | {"Auditor": ["auditors", "revisors"]},
}
GROUPS = [
    "Ops \u2013 Berlin",
    "a/b",
    "../..",
    "日本",
    "x" * 200,
    "x" * 199 + "y",
    "Ops - Berlin",
    "Tōkyō 🗼",
    "a.b",
    "A B",
]
ROLES = ["a+b=c.d@f-g_h", "a-b", "ab", "a_b", "Provider", "Resource", "Default", "Engineer", "EngineerPolicy0"]
MORE_ROLES = [
    "Policy0-Engineer",
    "EngineerBoundary",
    "Boundary-Engineer",
    "Role-ab",
    "1st",
    "_",
    "-",
    "x" * 64,
    "abPolicy0",
]
AWKWARD = {
    "roles": {name: {"managed_policies": ["ReadOnlyAccess"]} for name in [*ROLES, *MORE_ROLES]}
    | {"Engineer": {"managed_policies": ["ReadOnlyAccess"], "permissions_boundary": "arn:aws:iam::aws:policy/limit"}},
    # The first eight roles have a group each, and all others share one.
    "groups": {name: [GROUPS[min(index, 8)]] for index, name in enumerate([*ROLES, *MORE_ROLES])}
    | {"a-b": GROUPS[1:2] + GROUPS[9:]},
}

_NO_NETWORK = """
import runpy, socket
def refuse(*_, **__): raise RuntimeError("the app opened a socket")
socket.socket.connect = refuse
runpy.run_path("app.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def templates(synthesize: Callable[..., dict[str, Synthesized]]) -> dict[str, Synthesized]:
    """Each of MAPS in a stack of its own; no policy depends on the stack's name."""
    return synthesize({name: {"roles": {role: {} for role in each}, "groups": each} for name, each in MAPS.items()})


def changes(before: Synthesized, after: Synthesized) -> tuple[set[str], set[str], dict[str, set[str]]]:
    """Types of what was removed, types of what was added, and the properties that changed by type."""
    removed, added = before.resources.keys() - after.resources.keys(), after.resources.keys() - before.resources.keys()
    changed: dict[str, set[str]] = {}
    for name in before.resources.keys() & after.resources.keys():
        old, new = (each.resources[name]["Properties"] for each in (before, after))
        names = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        if names:
            kind = before.resources[name]["Type"]
            assert kind not in changed, f"two resources of type {kind} changed"
            changed[kind] = names
    return {before.resources[name]["Type"] for name in removed}, _types(after, added), changed


def _types(template: Synthesized, names: set[str]) -> set[str]:
    types = [template.resources[name]["Type"] for name in names]
    assert len(types) == len(set(types)), f"two resources of one type: {types}"
    return set(types)


def test_another_role_for_the_same_people_changes_their_application_alone(templates: dict[str, Synthesized]) -> None:
    """One role more, one application with one Role value more; the provider and all other people are left alone."""
    removed, added, changed = changes(templates["base"], templates["another-role"])
    assert removed == set()
    assert added == {"AWS::IAM::Role"}
    assert changed == {APPLICATION: {"DisplayLabel", "ConstantAttributes"}}


def test_role_for_other_people_adds_an_application_with_its_certificate(templates: dict[str, Synthesized]) -> None:
    """One role, one application and its groups more; of what is there, the provider alone changes: it trusts more."""
    removed, added, changed = changes(templates["base"], templates["another-set"])
    assert removed == set()
    assert added == {"AWS::IAM::Role", APPLICATION, ACCESS}
    assert changed == {"AWS::IAM::SAMLProvider": {"SamlMetadataDocument"}}


def test_another_group_for_a_role_changes_who_sees_the_application(templates: dict[str, Synthesized]) -> None:
    """Only the groups of one application change, and what the role says of itself."""
    removed, added, changed = changes(templates["base"], templates["another-group"])
    assert (removed, added) == (set(), set())
    assert changed == {APPLICATION: {"RequiredGroups"}, ACCESS: {"Groups"}, "AWS::IAM::Role": {"Description"}}


def test_no_name_collides_with_another(
    new_app: Callable[..., App], make_spec: Callable[..., IamSpec], tmp_path: Path
) -> None:
    """Special characters, other scripts, and names that the constructs use: all in one stack, with outputs."""
    spec = make_spec(**AWKWARD, carry_roles="constant-attributes")
    app = new_app()
    stack = IamStack(app, "Test", spec=spec)
    template = json.loads((_folder(app) / "Test.template.json").read_text())
    made = [each["Properties"]["RoleName"] for each in template["Resources"].values() if _is_named_role(each)]
    assert sorted(made) == sorted([*ROLES, *MORE_ROLES])
    assert len([name for name in template["Outputs"] if name.startswith("Role")]) == len(made)
    assert sum(each["Type"] == APPLICATION for each in template["Resources"].values()) == 9
    bound = [
        group
        for each in template["Resources"].values()
        if each["Type"] == ACCESS
        for group in each["Properties"]["Groups"]
    ]
    assert sorted(bound) == sorted(GROUPS)
    assert stack.connector.roles.keys() == {*ROLES, *MORE_ROLES}


def test_comma_in_a_name_is_fine_where_no_role_value_carries_it(
    any_stack: Stack, make_spec: Callable[..., IamSpec]
) -> None:
    """IAM takes commas; only a Role value in a directory could not be read."""
    own: dict[str, Any] = {"directory": None, "application": None, "groups": None, "provider": {"existing": True}}
    connector = IamConnector(any_stack, "Connector", spec=make_spec(**own, roles={"a+b=c,d.e@f-g_h": {}}))
    assert connector.roles.keys() == {"a+b=c,d.e@f-g_h"}


def test_construct_paths_are_a_promise(any_stack: Stack, make_spec: Callable[..., IamSpec]) -> None:
    """A path that changes replaces the resource in every stack in the field: roles have names and could not be."""
    spec = make_spec(
        roles={"Engineer": {}, "Auditor": {}},
        groups=BASE,
        provider={"acs": "provider"},
        identity_pool={},
    )
    IamConnector(any_stack, "Console", spec=spec)
    IamConnector(any_stack, "Groups", spec=spec.model_copy(update={"carry_roles": "group-attributes"}))
    paths = {each.node.path for each in any_stack.node.find_all() if each.node.default_child is not None}
    assert paths >= {
        "Test/Console/Account/Role-Engineer",
        "Test/Console/Account/Role-Auditor",
        "Test/Console/Application/Resource",
        "Test/Console/Application/Launch",
        "Test/Console/Application/Access",
        "Test/Console/Application-auditors-0a610de9/Resource",
        "Test/Groups/GroupAttributes/Resource",
        "Test/JumpCloudDirectoryProvider/Function",
    }
    assert any_stack.node.find_child("Console").node.find_child("Account").node.try_find_child("Provider") is not None


def test_same_specs_give_the_same_bytes_without_network(project: Path, tmp_path: Path) -> None:
    """Two synths of the whole app with closed sockets and an empty environment differ in nothing."""
    specs = tmp_path / "specs"
    specs.mkdir()
    shared = "kind: iam\ndirectory: {credentials: jumpcloud/api-key}\nsession: {tags: {Department: department}}\n"
    accounts = 'aws: {region: eu-west-1, account: "111122223333"}\nother_accounts: {ids: ["222233334444"], '
    console = "application: {display_label: AWS, slug: acme}\nroles: {Engineer: {}, Auditor: {}}\n"
    console += "groups: {Engineer: [engineers], Auditor: [auditors, engineers]}\n"
    (specs / "one.yaml").write_text(f"{shared}name: one\n{console}{accounts}organizational_units: [r-ab12]}}\n")
    other = console.replace("acme", "other").replace("Engineer", "Builder").replace("Auditor", "Reader")
    (specs / "two.yaml").write_text(
        f"{shared}name: two\n{other}{accounts}deployed_by: stacks}}\nprovider: {{name: Other}}\n"
    )
    context = json.loads((project / "cdk.json").read_text())["context"] | {"connectors": str(specs)}
    outputs = []
    for name in ("first", "second"):
        out = tmp_path / name
        out.mkdir()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ["HOME"],  # where jsii unpacks the CDK, once
            "CDK_OUTDIR": str(out),
            "CDK_VALIDATION": "false",
            "CDK_CONTEXT_JSON": json.dumps(context),
        }
        command = [sys.executable, "-c", _NO_NETWORK]
        said = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own app
        assert said.returncode == 0, said.stderr
        outputs.append({each.name: each.read_bytes() for each in out.glob("*.template.json")})
    assert outputs[0].keys() == {f"saml-connector-{name}.template.json" for name in ("one", "two", "two-222233334444")}
    assert outputs[0] == outputs[1]


def _folder(app: App) -> Path:
    from pathlib import Path  # noqa: PLC0415 - used here alone

    return Path(app.synth().directory)


def _is_named_role(resource: dict[str, Any]) -> bool:
    return resource["Type"] == "AWS::IAM::Role" and "RoleName" in resource["Properties"]
