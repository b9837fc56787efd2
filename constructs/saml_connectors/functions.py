"""Lambda functions as the constructs define them: a role for no more than the log, a log that ends, no bytecode.

Not here: what the functions do (`provider/`, `pre_token/`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from constructs import Construct

RUNTIME = lambda_.Runtime.PYTHON_3_14
"""Python of the functions that the constructs define."""

_BYTECODE = ["**/__pycache__", "__pycache__", "**/*.pyc"]
"""Left out of assets: it differs from run to run, and would publish an unchanged function anew."""


def define_function(
    scope: Construct,
    *,
    description: str,
    asset: Path,
    handler: str,
    timeout_seconds: int,
    log_retention: logs.RetentionDays,
    memory_mib: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> tuple[lambda_.Function, iam.Role]:
    """A function and its role, as children `Function`, `Role` and `Log` of *scope*.

    The role may write to the function's own log group, and nothing else yet.
    """
    log_group = logs.LogGroup(scope, "Log", retention=log_retention, removal_policy=RemovalPolicy.DESTROY)
    role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_policy(
        iam.PolicyStatement(
            sid="WriteLog",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[log_group.log_group_arn],
        )
    )
    function = lambda_.Function(
        scope,
        "Function",
        description=description,
        runtime=RUNTIME,
        handler=handler,
        code=lambda_.Code.from_asset(str(asset), exclude=_BYTECODE),
        role=role,
        log_group=log_group,
        memory_size=memory_mib,
        timeout=Duration.seconds(timeout_seconds),
        environment=environment,
    )
    return function, role
