"""What the constructs write is what the provider reads: neither side can drift from the other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk.assertions import Template

from saml_connectors.provider.identity_store import contract as store_contract
from saml_connectors.provider.identity_store.search import wanted
from saml_connectors.provider.jumpcloud import contract, desired
from saml_connectors.provider.jumpcloud.desired_attributes import group_attributes
from saml_connectors.provider.jumpcloud.desired_lookup import lookup
from saml_connectors.provider.jumpcloud.desired_signing import certificate, signing
from saml_connectors.spec import IdentityCenterSpec, load
from stacks.assembly import add_stacks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aws_cdk import App

pytestmark = pytest.mark.synth

STACK_ID = (
    "arn:aws:cloudformation:eu-west-1:111122223333:stack/saml-connector-portal/0b6a1c70-0000-0000-0000-000000000000"
)


def as_cloudformation_sends_it(value: Any) -> Any:
    """Intrinsics become what they stand for; primitives become texts."""
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)) in {
            "Ref",
            "Fn::GetAtt",
            "Fn::Join",
            "Fn::FindInMap",
            "Fn::ImportValue",
        }:
            return _resolved(value)
        return {name: as_cloudformation_sends_it(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_cloudformation_sends_it(each) for each in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def _resolved(value: dict[str, Any]) -> str:
    kind, argument = next(iter(value.items()))
    if kind == "Fn::Join":
        return "".join(str(as_cloudformation_sends_it(part)) for part in argument[1])
    if kind == "Ref" and argument.startswith("AWS::"):
        return str(argument).rsplit(":", 1)[-1].lower()
    if kind == "Fn::GetAtt" and argument[1] == contract.FINGERPRINT:
        return "0f" * 32
    return "5f1b881dc9e9a9b7e8d6c5a4"


@pytest.mark.parametrize("folder", ["connectors", "tests/specs"])
def test_provider_understands_every_property_of_the_constructs(
    folder: str, project: Path, new_app: Callable[..., App]
) -> None:
    """Every custom resource of every example is read without a problem, and no property of it is a stranger."""
    known = {value for name, value in vars(contract).items() if name.isupper() and isinstance(value, str)}
    seen = set()
    for stack in add_stacks(new_app(), load([project / folder]).raise_if_any()):
        for logical_id, resource in Template.from_stack(stack).to_json()["Resources"].items():
            if resource["Type"] not in contract.TYPES:
                continue
            seen.add(resource["Type"])
            assert set(resource["Properties"]) - {"ServiceToken", "ServiceTimeout"} <= known
            values = as_cloudformation_sends_it(resource["Properties"])
            if resource["Type"] == contract.APPLICATION:
                application = desired.application(values, stack_id=STACK_ID, logical_id=logical_id)
                assert application.is_bookmark == (values[contract.TEMPLATE] == "bookmark")
            elif resource["Type"] == contract.LAUNCH:
                desired.launch(values, logical_id=logical_id)
            elif resource["Type"] == contract.ACCESS:
                desired.access(values, logical_id=logical_id)
            elif resource["Type"] == contract.LOOKUP:
                lookup(values, logical_id=logical_id)
            elif resource["Type"] == contract.SIGNING_CERTIFICATE:
                certificate(values, logical_id=logical_id)
            elif resource["Type"] == contract.APPLICATION_SIGNING:
                assert signing(values, logical_id=logical_id).signing.fingerprint == "0f" * 32
            else:
                group_attributes(values, logical_id=logical_id)
    assert seen >= {contract.APPLICATION, contract.ACCESS}


@pytest.mark.parametrize("folder", ["connectors", "tests/specs"])
def test_the_finder_of_groups_understands_every_property(
    folder: str, project: Path, new_app: Callable[..., App]
) -> None:
    """The same of the groups that SCIM brings: names and store are read as the spec has them."""
    known = {store_contract.IDENTITY_STORE_ID, store_contract.DISPLAY_NAME, store_contract.WAIT_SECONDS}
    seen: set[tuple[str, str]] = set()
    specs = load([project / folder]).raise_if_any()
    for stack in add_stacks(new_app(), specs):
        for logical_id, resource in Template.from_stack(stack).find_resources(store_contract.GROUP).items():
            given = {name: each for name, each in resource["Properties"].items() if not name.startswith("Service")}
            assert set(given) <= known
            group = wanted(as_cloudformation_sends_it(given), logical_id)
            seen.add((group.store_id, group.display_name))
    centers = [spec for spec in specs if isinstance(spec, IdentityCenterSpec)]
    assert seen == {(spec.instance.identity_store_id, name) for spec in centers for name in spec.assigned_groups}
    assert seen
