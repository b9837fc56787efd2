"""What the construct of a group that SCIM brings defines: one function, few rights, and what the function reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Match, Template

from saml_connectors import SpecError
from saml_connectors.identity_store_group import IdentityStoreGroup
from saml_connectors.provider.identity_store import contract
from saml_connectors.provider.identity_store.search import Wanted, wanted

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.synth

STORE, OTHER = "d-9067654321", "d-90aaaaaaaa"


def _add(stack: Stack, name: str, **more: Any) -> IdentityStoreGroup:
    given: dict[str, Any] = {"identity_store_id": STORE, "display_name": name} | more
    return IdentityStoreGroup(stack, name.title(), **given)


def test_several_groups_share_one_function_that_may_only_ask_for_ids(new_app: Callable[..., App]) -> None:
    """Of groups, in the named stores; each store in a policy of its own; besides, its own log."""
    stack = Stack(new_app(), "Test")
    for name, store in (("engineering", STORE), ("platform", STORE), ("finance", OTHER)):
        _add(stack, name, identity_store_id=store)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Lambda::Function", 1)
    template.resource_count_is("Custom::IdentityStoreGroup", 3)
    statements = [
        statement
        for policy in template.find_resources("AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert {action for each in statements for action in _listed(each["Action"])} == {
        "identitystore:GetGroupId",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    asked = [_text(each["Resource"]) for each in statements if each["Sid"] == "LookUpGroups"]
    assert sorted(asked) == [
        [f"arn:AWS::Partition:identitystore::*:identitystore/{store}", "arn:AWS::Partition:identitystore:::group/*"]
        for store in (STORE, OTHER)
    ]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> list[str]:
    return ["".join(part if isinstance(part, str) else part["Ref"] for part in each["Fn::Join"][1]) for each in value]


def test_a_group_waits_for_the_right_to_ask_for_it(new_app: Callable[..., App]) -> None:
    """Otherwise the first look would be refused."""
    stack = Stack(new_app(), "Test")
    _add(stack, "engineering")
    template = Template.from_stack(stack)
    rights = template.find_resources(
        "AWS::IAM::Policy", {"Properties": {"PolicyName": Match.string_like_regexp("LookUp")}}
    )
    (resource,) = template.find_resources("Custom::IdentityStoreGroup").values()
    assert set(rights) <= set(resource["DependsOn"])
    assert rights


@pytest.mark.parametrize(("wait", "seconds"), [(None, 600), (0, 0), (840, 840)])
def test_the_function_reads_what_the_construct_writes(
    new_app: Callable[..., App], wait: int | None, seconds: int
) -> None:
    """Every property has a name of the contract, and is read without a problem."""
    stack = Stack(new_app(), "Test")
    group = _add(stack, "engineering", wait_seconds=wait)
    (resource,) = Template.from_stack(stack).find_resources(contract.GROUP).values()
    properties = {name: each for name, each in resource["Properties"].items() if not name.startswith("Service")}
    assert set(properties) <= {contract.IDENTITY_STORE_ID, contract.DISPLAY_NAME, contract.WAIT_SECONDS}
    assert wanted(properties, "Engineering") == Wanted(STORE, "engineering", seconds)
    assert stack.resolve(group.group_id)["Fn::GetAtt"][1] == contract.GROUP_ID


def test_cloudformation_waits_longer_than_the_function_runs(new_app: Callable[..., App]) -> None:
    """And the function runs longer than the longest wait, with time to answer."""
    stack = Stack(new_app(), "Test")
    _add(stack, "engineering")
    template = Template.from_stack(stack)
    (function,) = template.find_resources("AWS::Lambda::Function").values()
    (resource,) = template.find_resources(contract.GROUP).values()
    limit = function["Properties"]["Timeout"]
    assert contract.LONGEST_WAIT_SECONDS + 25 <= limit <= 900
    assert limit < int(resource["Properties"]["ServiceTimeout"])
    assert function["Properties"]["Handler"] == "identity_store.handler.handle"


@pytest.mark.parametrize("wait", [-1, 841])
def test_a_wait_that_the_function_cannot_keep_is_refused(new_app: Callable[..., App], wait: int) -> None:
    """At synth, with what was given."""
    with pytest.raises(SpecError, match=rf"must be 0 to 840 seconds, got {wait} \[group-wait\]"):
        _add(Stack(new_app(), "Test"), "engineering", wait_seconds=wait)


def test_the_asset_holds_both_packages_and_no_bytecode(new_app: Callable[..., App]) -> None:
    """One function's code stands beside the other's, and what Python leaves behind does not change it."""
    app = new_app()
    _add(Stack(app, "Test"), "engineering")
    assembly = Path(app.synth().directory)
    manifest = json.loads((assembly / "Test.assets.json").read_text())
    paths = [each["source"]["path"] for each in manifest["files"].values() if each["source"]["packaging"] == "zip"]
    (asset,) = [assembly / each for each in paths]
    held = {str(path.relative_to(asset)) for path in asset.rglob("*") if path.is_file()}
    assert {"identity_store/handler.py", "identity_store/contract.py", "jumpcloud/reply.py"} <= held
    assert not [name for name in held if not name.endswith(".py")]
