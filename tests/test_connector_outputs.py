"""Claims about `add_outputs()`: a stack of one's own tells what the stacks of the project tell, by the same names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, CfnOutput, Environment, Stack
from aws_cdk.assertions import Template

from saml_connectors.cognito import CognitoConnector
from saml_connectors.iam import IamConnector
from saml_connectors.identity_center import IdentityCenterConnector
from saml_connectors.spec import CognitoUserPoolSpec, load_one
from stacks.assembly import add_stacks

if TYPE_CHECKING:
    from saml_connectors.spec import ConnectorSpec

CONNECTORS: dict[str, Any] = {
    "portal": CognitoConnector,
    "console": IamConnector,
    "workforce": IdentityCenterConnector,
}


def _environment(spec: ConnectorSpec) -> Environment:
    return Environment(account=spec.aws.account, region=spec.aws.region)


def _outputs(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any] = Template.from_stack(stack).to_json().get("Outputs", {})
    return found


@pytest.mark.parametrize("name", CONNECTORS)
def test_a_stack_of_one_s_own_tells_what_ours_tells(name: str) -> None:
    """By the same names, with the same values; nothing without the call."""
    spec = load_one(f"connectors/{name}.yaml")
    ours = _outputs(add_stacks(App(), [spec])[0])
    ours.pop("AlarmTopicArn", None)
    stack = Stack(App(), f"saml-connector-{name}", env=_environment(spec))
    CONNECTORS[name](stack, "Connector", spec=spec, **({"assign": False} if name == "workforce" else {})).add_outputs()
    assert _outputs(stack) == ours
    assert {"SpEntityId", "AcsUrl"} <= ours.keys()


def test_two_connectors_of_one_stack_are_told_apart_by_a_prefix() -> None:
    """The outputs of the first keep their names; there are none before the call."""
    spec = load_one("connectors/portal.yaml")
    assert isinstance(spec, CognitoUserPoolSpec)
    ours = _outputs(add_stacks(App(), [spec])[0]).keys() - {"AlarmTopicArn"}
    stack = Stack(App(), "Both", env=_environment(spec))
    one, two = CognitoConnector(stack, "One", spec=spec), CognitoConnector(stack, "Two", spec=spec)
    assert not [each for each in stack.node.find_all() if isinstance(each, CfnOutput)]
    one.add_outputs()
    two.add_outputs("Two")
    assert {*_outputs(stack)} == ours | {f"Two{each}" for each in ours}
