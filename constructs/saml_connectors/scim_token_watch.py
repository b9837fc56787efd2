"""Tells in time that the SCIM access token ends: Identity Center stops taking people and groups on that day.

Not here: renewing it, for which no API exists, and the measuring itself (`watch/`).
"""

from __future__ import annotations

from datetime import date

from aws_cdk import aws_sns as sns
from constructs import Construct

from saml_connectors.alarm_topic import alarm_topic
from saml_connectors.expiry_meter import ExpiryMeter, expiry_alarm, failure_alarm, tell
from saml_connectors.problems import raise_if_any
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.spec.watch import warning_problem

SCIM_TOKEN = "scim-token"  # noqa: S105 - what is watched, not a token


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
        problem = warning_problem(warn_days, code="scim-warn-days")
        raise_if_any([problem] if problem else [], name)
        day = f"{expires:%Y-%m-%d}"
        meter = ExpiryMeter.of(self)
        meter.measure(self, [{contract.WHAT: SCIM_TOKEN, contract.CONNECTOR: name, "ExpiresAt": day}])
        self.topic: sns.ITopic = alarm_topic(self) if topic is None else topic
        """Who is told."""
        self.alarm = expiry_alarm(
            self,
            "Alarm",
            connector=name,
            what=SCIM_TOKEN,
            warn_days=warn_days,
            description=(
                f"The SCIM access token of connector {name!r} ends on {day}, or is not watched. Then no change of "
                "people or groups reaches Identity Center. Make a second token (Identity Center console: Settings, "
                "Automatic provisioning, Manage), put it into the directory's application and into the secret, set "
                "scim.token_expires, deploy, and delete the first one."
            ),
        )
        """Goes off when so many days are left, or when nothing was measured."""
        self.failure_alarm = failure_alarm(
            self,
            "FailureAlarm",
            function=meter.function,
            description=(
                f"The function that watches the SCIM access token of connector {name!r} fails: its log says why."
            ),
        )
        """Goes off when the function fails."""
        for alarm in (self.alarm, self.failure_alarm):
            tell(self.topic, alarm)
