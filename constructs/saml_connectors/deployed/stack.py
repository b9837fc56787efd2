"""One deployed stack as CloudFormation tells it: template, physical ids, parameters, outputs, exports.

Not here: what functions in the template give with them (`stack_values.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from saml_connectors.cloudformation.document import parse
from saml_connectors.problems import Problem
from saml_connectors.provisioning.aws import telling_of_aws
from saml_connectors.provisioning.trouble import Trouble
from saml_connectors.spec.findings import shown

_NOT_THERE = (
    "there is no such stack in this account and region",
    "deploy it, or name another; check AWS_REGION, or give --region",
)
_ARN_PARTS = 6
_NOTHING_DEPLOYED = frozenset({"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"})
_GONE = frozenset({"DELETE_COMPLETE", "DELETE_SKIPPED", "CREATE_IN_PROGRESS"})
"""States of a resource that is not there any more, or not yet."""

_IN_PROGRESS = "_IN_PROGRESS"
DOUBTFUL = frozenset({"ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED", "DELETE_FAILED", "CREATE_FAILED", "UPDATE_FAILED"})
"""States in which the template need not be what is deployed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedStack:
    """What CloudFormation knows of a stack."""

    name: str
    id: str
    """Its ARN, which holds region and account."""

    status: str
    template: Mapping[str, Any]
    physical_ids: Mapping[str, str]
    """Of the resources that are there, by logical id."""

    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    waiting: Mapping[str, datetime | None]
    """Resources that CloudFormation is changing, by logical id, and since when."""

    @property
    def changing(self) -> bool:
        """Whether it is being changed now; tidying up after a change is none."""
        return _is_changing(self.status)

    @property
    def partition(self) -> str:
        """As in `aws`."""
        return self.id.split(":")[1]

    @property
    def region(self) -> str:
        """Where it is deployed."""
        return self.id.split(":")[3]

    @property
    def account(self) -> str:
        """Likewise."""
        return self.id.split(":")[4]

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        """The ARN of something in the stack's account."""
        return f"arn:{self.partition}:{service}:{self.region if regional else ''}:{self.account}:{resource}"


def read_stack(formation: Any, name: str, *, changing: bool = False) -> DeployedStack:
    """Read the stack called *name*.

    Args:
        formation: A client of CloudFormation.
        name: Its name or ARN.
        changing: Read it while it is being changed, too: what is told may be neither the old nor the new.

    Raises:
        Trouble: It is not there, cannot be read, or is being changed where that is not asked for.
    """
    with telling_of_aws(f"reading stack {shown(name)}", field="stack", ValidationError=_NOT_THERE):
        told = formation.describe_stacks(StackName=name)["Stacks"][0]
        _refuse_unsettled(str(told["StackName"]), str(told["StackStatus"]), changing=changing)
        resources = [
            each
            for page in formation.get_paginator("list_stack_resources").paginate(StackName=told["StackName"])
            for each in page["StackResourceSummaries"]
        ]
        body = formation.get_template(StackName=told["StackName"], TemplateStage="Processed")["TemplateBody"]
    if len(str(told["StackId"]).split(":")) < _ARN_PARTS:
        rule = f"must be answered by CloudFormation, and what answers names stack {shown(name)} by no ARN"
        raise Trouble(Problem(code="stack-answer", field="stack", rule=rule, fix="check AWS_ENDPOINT_URL"))
    return DeployedStack(
        name=told["StackName"],
        id=told["StackId"],
        status=told["StackStatus"],
        template=parse(body) if isinstance(body, str) else body,
        physical_ids={
            each["LogicalResourceId"]: each["PhysicalResourceId"]
            for each in resources
            if each.get("PhysicalResourceId") and each["ResourceStatus"] not in _GONE
        },
        parameters={
            each["ParameterKey"]: each.get("ResolvedValue", each.get("ParameterValue", ""))
            for each in told.get("Parameters", [])
        },
        outputs={each["OutputKey"]: each["OutputValue"] for each in told.get("Outputs", [])},
        waiting={
            each["LogicalResourceId"]: each.get("LastUpdatedTimestamp")
            for each in resources
            if each["ResourceStatus"].endswith(_IN_PROGRESS)
        },
    )


def read_exports(formation: Any) -> dict[str, str]:
    """What the stacks of an account and region export, by name.

    Raises:
        Trouble: It cannot be read.
    """
    with telling_of_aws("listing what stacks export", field="stack"):
        pages = formation.get_paginator("list_exports").paginate()
        return {each["Name"]: each["Value"] for page in pages for each in page["Exports"]}


def _is_changing(status: str) -> bool:
    return status.endswith(_IN_PROGRESS) and not status.endswith(f"CLEANUP{_IN_PROGRESS}")


def _refuse_unsettled(name: str, status: str, *, changing: bool) -> None:
    """Refuse a stack of which nothing certain can be said now."""
    if status in _NOTHING_DEPLOYED:
        rule = f"must be deployed, and of stack {shown(name)} nothing is: it is {status}"
        raise Trouble(Problem(code="stack-not-deployed", field="stack", rule=rule, fix="deploy it"))
    if _is_changing(status) and not changing:
        rule = f"must hold still, and stack {shown(name)} is being changed: it is {status}"
        raise Trouble(Problem(code="stack-changing", field="stack", rule=rule, fix="run it again when that is over"))
