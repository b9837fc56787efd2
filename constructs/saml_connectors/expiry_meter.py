"""Measures how many days are left until things end whose end is known when the stack is deployed, and alarms for it.

Not here: what ends, and who is told (`scim_token_watch.py`, `connector_watch.py`), and the measuring itself (`watch/`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from saml_connectors.functions import define_function
from saml_connectors.provider.jumpcloud import contract

MEASURED_EVERY = Duration.hours(12)
"""Twice in the alarm's period, which so always holds a measurement, even where one is late or lost."""

EXPIRY_PERIOD = Duration.days(1)
"""Period of an alarm for what the meter measures."""

DEPLOYED: Final = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
"""States of a stack that was deployed, after which everything is measured at once."""

_CONSTRUCT_ID = "ExpiryMeter"
_ASSET = Path(__file__).parent / "watch"
_meter_of: dict[Stack, ExpiryMeter] = {}  # jsii holds every stack as long, see directory_provider.py


class ExpiryMeter(Construct):
    """The function that measures how many days things have left: one in a stack, whatever number of things.

    It may write metrics of one namespace, and its own log; nothing else.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.function, role = define_function(
            self,
            description="Measures how many days are left until a token or a certificate ends",
            asset=_ASSET,
            handler="handler.handle",
            timeout_seconds=60,
            log_retention=logs.RetentionDays.THREE_MONTHS,
        )
        role.add_to_policy(write_metrics())

    @staticmethod
    def of(scope: Construct) -> ExpiryMeter:
        """The meter of the stack that *scope* is in; made when it is first asked for."""
        stack = Stack.of(scope)
        if stack not in _meter_of:
            _meter_of[stack] = ExpiryMeter(stack, _CONSTRUCT_ID)
        return _meter_of[stack]

    def measure(self, scope: Construct, items: Sequence[Mapping[str, str]]) -> None:
        """Measure *items* from now on: regularly, and whenever the stack was deployed.

        Args:
            scope: Holds the rules `Regularly` and `Deployed`.
            items: `What` it is, whose `Connector` it is, and when it `ExpiresAt`: a day, or a time with its time zone.
        """
        given = events.RuleTargetInput.from_object({"Items": [dict(item) for item in items]})
        target = targets.LambdaFunction(self.function, event=given)
        events.Rule(scope, "Regularly", schedule=events.Schedule.rate(MEASURED_EVERY), targets=[target])
        events.Rule(scope, "Deployed", event_pattern=deployed(scope), targets=[target])


def write_metrics() -> iam.PolicyStatement:
    """The right to write metrics of one namespace."""
    return iam.PolicyStatement(
        sid="WriteMetrics",
        actions=["cloudwatch:PutMetricData"],
        resources=["*"],  # the action knows no resources
        conditions={"StringEquals": {"cloudwatch:namespace": contract.METRICS}},
    )


def deployed(scope: Construct) -> events.EventPattern:
    """Whenever the stack of *scope* was deployed."""
    return events.EventPattern(
        source=["aws.cloudformation"],
        detail_type=["CloudFormation Stack Status Change"],
        detail={"stack-id": [Stack.of(scope).stack_id], "status-details": {"status": list(DEPLOYED)}},
    )


def expiry_alarm(
    scope: Construct,
    construct_id: str,
    *,
    connector: str,
    what: str,
    warn_days: int,
    description: str,
    period: Duration = EXPIRY_PERIOD,
) -> cloudwatch.Alarm:
    """An alarm that goes off when so many days are left of *what*, or when nothing was measured."""
    return cloudwatch.Alarm(
        scope,
        construct_id,
        metric=cloudwatch.Metric(
            namespace=contract.METRICS,
            metric_name=contract.DAYS_LEFT,
            dimensions_map={contract.CONNECTOR: connector, contract.WHAT: what},
            period=period,
            statistic=cloudwatch.Stats.MINIMUM,
        ),
        comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
        threshold=warn_days,
        evaluation_periods=1,
        treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        alarm_description=description,
    )


def failure_alarm(
    scope: Construct, construct_id: str, *, function: lambda_.IFunction, description: str, hours: int = 1
) -> cloudwatch.Alarm:
    """An alarm that goes off when *function* has failed in each of so many hours."""
    return cloudwatch.Alarm(
        scope,
        construct_id,
        metric=function.metric_errors(period=Duration.hours(1), statistic=cloudwatch.Stats.SUM),
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        threshold=1,
        evaluation_periods=hours,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        alarm_description=description,
    )


def tell(topic: sns.ITopic, alarm: cloudwatch.Alarm) -> None:
    """Let *alarm* tell *topic*."""
    alarm.add_alarm_action(actions.SnsAction(topic))
    alarm.node.add_dependency(topic)  # its policy too, or the first notification would be refused
