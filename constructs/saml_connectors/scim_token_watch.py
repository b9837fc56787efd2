"""Tells in time that the SCIM access token ends: Identity Center stops taking people and groups on that day.

Not here: renewing it, for which no API exists, and the measuring itself (`watch/`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from aws_cdk import Aws, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from saml_connectors.functions import define_function
from saml_connectors.problems import Problem, raise_if_any

NAMESPACE = "SamlConnectors"
METRIC = "DaysUntilExpiry"
SCIM_TOKEN = "scim-token"  # noqa: S105 - what is watched, not a token
LONGEST_WARNING_DAYS = 364
"""A token lasts a year: an earlier warning would never be off."""

MEASURED_EVERY = Duration.hours(12)
"""Twice in the alarm's period, which so always holds a measurement, even where one is late or lost."""

_ALARM_PERIOD = Duration.days(1)
_CLOUDWATCH = "cloudwatch.amazonaws.com"
_DEPLOYED = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"]
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
        role.add_to_policy(
            iam.PolicyStatement(
                sid="WriteMetrics",
                actions=["cloudwatch:PutMetricData"],
                resources=["*"],  # the action knows no resources
                conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
            )
        )

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
        events.Rule(
            scope,
            "Deployed",
            event_pattern=events.EventPattern(
                source=["aws.cloudformation"],
                detail_type=["CloudFormation Stack Status Change"],
                detail={"stack-id": [Stack.of(scope).stack_id], "status-details": {"status": _DEPLOYED}},
            ),
            targets=[target],
        )


class ScimTokenWatch(Construct):
    """An alarm that goes off in time before the SCIM access token of a connector ends, and one if the watch fails.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.
        name: The connector's name.
        expires: Day on which the token ends, as the console says when it is made.
        warn_days: How many days before the alarm goes off.  Default: 90.
        topic: Who is told.  CloudWatch must be allowed to publish to it, and to use its key.  Default: a topic is made,
            encrypted and open to this account's alarms alone; subscribe to it.

    Raises:
        SpecError: *warn_days* is not 1 to 364.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        expires: date,
        warn_days: int = 90,
        topic: sns.ITopic | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        if not 1 <= warn_days <= LONGEST_WARNING_DAYS:
            rule = f"must be 1 to {LONGEST_WARNING_DAYS} days"
            raise_if_any([Problem(code="scim-warn-days", rule=rule, given=str(warn_days), field="warn_days")], name)
        day = f"{expires:%Y-%m-%d}"
        meter = ExpiryMeter.of(self)
        meter.measure(self, [{"What": SCIM_TOKEN, "Connector": name, "ExpiresAt": day}])
        self.topic: sns.ITopic = _topic(self) if topic is None else topic
        """Who is told."""
        self.alarm = cloudwatch.Alarm(
            self,
            "Alarm",
            metric=cloudwatch.Metric(
                namespace=NAMESPACE,
                metric_name=METRIC,
                dimensions_map={"Connector": name, "What": SCIM_TOKEN},
                period=_ALARM_PERIOD,
                statistic=cloudwatch.Stats.MINIMUM,
            ),
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
            threshold=warn_days,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
            alarm_description=(
                f"The SCIM access token of connector {name!r} ends on {day}, or is not watched. Then no change of "
                "people or groups reaches Identity Center. Make a second token (Identity Center console: Settings, "
                "Automatic provisioning, Manage), put it into the directory's application and into the secret, set "
                "scim.token_expires, deploy, and delete the first one."
            ),
        )
        """Goes off when so many days are left, or when nothing was measured."""
        self.failure_alarm = cloudwatch.Alarm(
            self,
            "FailureAlarm",
            metric=meter.function.metric_errors(period=Duration.hours(1), statistic=cloudwatch.Stats.SUM),
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            threshold=1,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=(
                f"The function that watches the SCIM access token of connector {name!r} fails: its log says why."
            ),
        )
        """Goes off when the function fails."""
        for alarm in (self.alarm, self.failure_alarm):
            alarm.add_alarm_action(actions.SnsAction(self.topic))
            alarm.node.add_dependency(self.topic)  # its policy too, or the first notification would be refused


def _topic(scope: Construct) -> sns.Topic:
    """A topic of its own, which the alarms of this account may publish to."""
    alarms = iam.ServicePrincipal(_CLOUDWATCH)
    key = kms.Key(
        scope,
        "TopicKey",
        description="Encrypts notices about what ends",
        enable_key_rotation=True,
        removal_policy=RemovalPolicy.DESTROY,  # a notice is encrypted for no longer than its delivery takes
    )
    # Without a condition: CloudWatch calls KMS without naming account or alarm.  The topic's policy names both.
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="LetAlarmsEncrypt",
            principals=[alarms],
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],
        )
    )
    topic = sns.Topic(scope, "Topic", master_key=key, enforce_ssl=True)
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            sid="LetAlarmsPublish",
            principals=[alarms],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={
                "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                "ArnLike": {"aws:SourceArn": f"arn:{Aws.PARTITION}:cloudwatch:{Aws.REGION}:{Aws.ACCOUNT_ID}:alarm:*"},
            },
        )
    )
    return topic
