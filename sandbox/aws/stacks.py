"""Stacks on the local AWS straight through boto3, which takes less than a second each; the CDK is not involved."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from sandbox.aws.process import LocalAws


def deploy(
    aws: LocalAws, name: str, resources: dict[str, Any], outputs: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Create or update a stack, wait, and return its description."""
    cloudformation = aws.client("cloudformation")
    template = {
        "Resources": resources,
        "Outputs": {key: {"Value": value} for key, value in (outputs or {}).items()},
    }
    arguments = {"StackName": name, "TemplateBody": json.dumps(template), "Capabilities": ["CAPABILITY_NAMED_IAM"]}
    try:
        cloudformation.describe_stacks(StackName=name)
    except ClientError:
        cloudformation.create_stack(**arguments)
    else:
        cloudformation.update_stack(**arguments)
    return settled(aws, name)


def settled(aws: LocalAws, name: str) -> dict[str, Any]:
    """The stack, as soon as nothing is in progress any more."""
    cloudformation = aws.client("cloudformation")
    for _ in range(200):
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            return stack
        time.sleep(0.05)
    raise AssertionError(stack["StackStatus"])


def remove(aws: LocalAws, name: str) -> str:
    """Delete a stack and return its last status."""
    cloudformation = aws.client("cloudformation")
    identifier = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=name)
    return str(settled(aws, identifier)["StackStatus"])


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    """A stack's outputs by name."""
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}


def failures(aws: LocalAws, name: str) -> str:
    """Reasons of the failures in a stack's events."""
    events = aws.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    return "\n".join(one.get("ResourceStatusReason", "") for one in events if one["ResourceStatus"].endswith("FAILED"))
