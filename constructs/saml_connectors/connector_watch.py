"""Alarms for a connector: what ends, and what was changed by hand in the directory.

One rule for every five inputs asks the provider to look, which alone may read the directory's credential; what is known
when the stack is deployed, a meter measures.  Not here: the looking (`provider/jumpcloud/watching.py`), the measuring
(`watch/`), and the inputs (`watched_resources.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from constructs import Construct

from saml_connectors.alarm_topic import alarm_topic
from saml_connectors.cognito import CognitoConnector
from saml_connectors.directory_provider import DirectoryProvider
from saml_connectors.expiry_meter import ExpiryMeter, deployed, expiry_alarm, failure_alarm, tell, write_metrics
from saml_connectors.iam import IamConnector
from saml_connectors.identity_center import IdentityCenterConnector
from saml_connectors.problems import Problem, SpecError, raise_if_any
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.spec.watch import warning_problem
from saml_connectors.watched_ends import credential, given, rotated
from saml_connectors.watched_resources import inputs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_sns as sns

    from saml_connectors.application import JumpCloudApplication
    from saml_connectors.metadata import Service
    from saml_connectors.watched_ends import Ending

    Connector = CognitoConnector | IamConnector | IdentityCenterConnector

LOOKED_EVERY: Final = Duration.hours(1)
LOOK_PERIOD: Final = Duration.hours(3)
"""Period of an alarm for what the provider looks at: one look, or two, may fail."""

MOST_TARGETS: Final = 5
"""Targets of a rule (EventBridge's quotas)."""

_FAILING_HOURS: Final = 3
_ROTATE: Final = "Rotate it: application.certificates in the spec (docs/certificates.md)."
_ROTATE_BY_HAND: Final = (
    "Make a key pair of your own, import its certificate in the Identity Center console (Settings, Identity source, "
    "Manage authentication), and only then upload the pair to the application in the directory's console "
    "(docs/watch.md)."
)


class ConnectorWatch(Construct):
    """Alarms for one connector, which all tell one topic.

    They go off in time before a certificate or the directory's credential ends, when something that the stack manages
    was changed by hand in the directory, when a certificate that an application pins is not the user pool's any more,
    and when any of this cannot be measured.  Nothing is ever changed in the directory.

    Args:
        scope: The stack of the connector, or the construct inside it.
        construct_id: Unique within *scope*.
        connector: What is watched.  Define the watch after all that belongs to the connector.
        topic: Who is told.  CloudWatch must be allowed to publish to it, and to use its key.  Default: that of the
            connector's watch on the SCIM token, or else a topic is made, encrypted and open to this account's alarms
            alone; subscribe to it.
        warn_days: How many days before something ends the alarm goes off.  Default: 30.

    Raises:
        SpecError: *warn_days* is not 1 to 364, the connector is in another stack, there is nothing to watch, or an
            application has too many values to be handed over.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        connector: Connector,
        topic: sns.ITopic | None = None,
        warn_days: int = 30,
    ) -> None:
        super().__init__(scope, construct_id)
        spec = connector.spec
        self._connector, self._name, self._warn_days = connector, spec.name, warn_days
        problem = warning_problem(warn_days, code="watch-warn-days") or self._elsewhere()
        raise_if_any([problem] if problem else [], spec.name)
        self._alarms: dict[str, cloudwatch.Alarm] = {}
        self._looks: list[dict[str, Any]] = inputs(connector, spec.name) if spec.directory is not None else []
        if self._looks:
            self._watch_live()
        self._watch_pin()
        if self._looks:
            self._ask()
        source = None if isinstance(connector, IdentityCenterConnector) else connector.spec.metadata
        service: Service = "iam" if isinstance(connector, IamConnector) else "cognito"
        known = [*credential(spec.name, spec.directory), *given(spec.name, source, service)]
        self._watch_known(known, "Expiry")
        self._watch_known(rotated(spec.name, self._applications), "Certificates")  # as references: an input of its own
        if not self._alarms:
            rule = "must be left out: nothing of this connector can be watched"
            raise SpecError([Problem(code="watch-nothing", field="watch", rule=rule)], spec.name)
        self.topic: sns.ITopic = topic or self._own_topic()
        """Who is told."""
        for alarm in self._alarms.values():
            tell(self.topic, alarm)

    @property
    def alarms(self) -> Mapping[str, cloudwatch.Alarm]:
        """The alarms by id."""
        return self._alarms

    def _elsewhere(self) -> Problem | None:
        if Stack.of(self) is Stack.of(self._connector):
            return None
        rule = "must be in the stack of its connector, whose provider alone may read the credential"
        return Problem(code="watch-stack", field="scope", rule=rule, given=f'"{Stack.of(self).stack_name}"')

    def _own_topic(self) -> sns.ITopic:
        connector = self._connector
        if isinstance(connector, IdentityCenterConnector) and connector.token_watch is not None:
            return connector.token_watch.topic
        return alarm_topic(self)

    @property
    def _applications(self) -> Sequence[JumpCloudApplication]:
        connector = self._connector
        if isinstance(connector, IamConnector):
            return connector.applications
        return [connector.application] if connector.application is not None else []

    def _ends(self, construct_id: str, what: str, description: str, period: Duration | None = None) -> None:
        more = {} if period is None else {"period": period}
        self._alarms[construct_id] = expiry_alarm(
            self,
            construct_id,
            connector=self._name,
            what=what,
            warn_days=self._warn_days,
            description=f"{description} It goes off too where this is not measured.",
            **more,
        )

    # --- what the provider looks at ---

    def _watch_live(self) -> None:
        name, provider = self._name, DirectoryProvider.of(self)
        self._ends(
            "CertificateAlarm",
            contract.WHAT_IDP,
            f"A certificate that an application of connector {name!r} signs with ends soon. Then nobody can sign in. "
            f"{_ROTATE_BY_HAND if isinstance(self._connector, IdentityCenterConnector) else _ROTATE}",
            LOOK_PERIOD,
        )
        self._counts(
            "DriftAlarm",
            contract.DRIFTED_FIELDS,
            f"What connector {name!r} manages in the directory is not as it was deployed: somebody changed it by hand. "
            "saml-connectors drift tells which fields and who is affected, and so does the log of the provider's "
            "function. Undo it there, or write it into the spec and deploy.",
        )
        self._alarms["LookAlarm"] = failure_alarm(
            self,
            "LookAlarm",
            function=provider.function,
            hours=_FAILING_HOURS,
            description=f"The function that looks at the directory for connector {name!r} has been failing for "
            f"{_FAILING_HOURS} hours: its log says why. saml-connectors doctor finds out what is wrong.",
        )

    def _counts(self, construct_id: str, metric: str, description: str) -> None:
        self._alarms[construct_id] = cloudwatch.Alarm(
            self,
            construct_id,
            metric=cloudwatch.Metric(
                namespace=contract.METRICS,
                metric_name=metric,
                dimensions_map={contract.CONNECTOR: self._name},
                period=LOOK_PERIOD,
                statistic=cloudwatch.Stats.MAXIMUM,
            ),
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            threshold=1,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
            alarm_description=f"{description} It goes off too where this is not measured.",
        )

    def _watch_pin(self) -> None:
        """Cognito gives each pool a new signing certificate every year, and JumpCloud knows the one that is pinned."""
        connector = self._connector
        if not isinstance(connector, CognitoConnector) or connector.spec.application is None:
            return
        pinned = connector.spec.application.sp_certificate
        if pinned is None:
            return
        pool_id = connector.user_pool.user_pool_id
        pool = {contract.USER_POOL_ID: pool_id, contract.SP_CERTIFICATE: pinned}
        self._looks.append(
            {
                contract.WATCH: {
                    contract.CONNECTOR: self._name,
                    contract.STACK_ID: Stack.of(self).stack_id,
                    contract.USER_POOL: pool,
                }
            }
        )
        renew = (
            "Read the new one (aws cognito-idp get-signing-certificate), put it into application.sp_certificate, and "
            "deploy."
        )
        self._counts(
            "StalePinAlarm",
            contract.STALE_PIN,
            f"The user pool of connector {self._name!r} has another signing certificate than the application in the "
            f"directory checks its requests with: sign-in may be refused. {renew}",
        )
        self._ends(
            "SpCertificateAlarm",
            contract.WHAT_SP,
            f"The certificate that the user pool of connector {self._name!r} signs requests with ends soon. {renew}",
            LOOK_PERIOD,
        )

    def _ask(self) -> None:
        """Rules that send the inputs to the provider, and its right to do what they ask for."""
        provider = DirectoryProvider.of(self)
        statements = [write_metrics()]
        if "StalePinAlarm" in self._alarms and isinstance(self._connector, CognitoConnector):
            pool = self._connector.user_pool.user_pool_arn
            statements.append(
                iam.PolicyStatement(
                    sid="ReadSpCertificate", actions=["cognito-idp:GetSigningCertificate"], resources=[pool]
                )
            )
        right = provider.allow(self, "Right", statements)
        for first in range(0, len(self._looks), MOST_TARGETS):
            number = first // MOST_TARGETS + 1
            asked = [
                targets.LambdaFunction(provider.function, event=events.RuleTargetInput.from_object(each))
                for each in self._looks[first : first + MOST_TARGETS]
            ]
            regularly = events.Rule(self, f"Look{number}", schedule=events.Schedule.rate(LOOKED_EVERY), targets=asked)
            at_once = events.Rule(self, f"LookWhenDeployed{number}", event_pattern=deployed(self), targets=asked)
            for rule in (regularly, at_once):
                rule.node.add_dependency(right)

    # --- what is known when the stack is synthesized or deployed ---

    def _watch_known(self, known: Sequence[Ending], construct_id: str) -> None:
        if not known:
            return
        meter = ExpiryMeter.of(self)
        items = [{contract.WHAT: each.what, contract.CONNECTOR: self._name, "ExpiresAt": each.at} for each in known]
        meter.measure(Construct(self, construct_id), items)
        for each in known:
            if each.alarm_id not in self._alarms:
                self._ends(each.alarm_id, each.what, each.description)
        if "MeterAlarm" not in self._alarms:
            self._alarms["MeterAlarm"] = failure_alarm(
                self,
                "MeterAlarm",
                function=meter.function,
                description=f"The function that measures what ends of connector {self._name!r} fails: see its log.",
            )
