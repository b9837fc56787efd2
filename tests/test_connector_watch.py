"""The watch over a connector in templates: what alarms, who is told, and with which rights."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_sns as sns

from saml_connectors.cognito import CognitoConnector
from saml_connectors.connector_watch import ConnectorWatch
from saml_connectors.iam import IamConnector
from saml_connectors.problems import SpecError
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.spec import CognitoUserPoolSpec, IamSpec, parse
from saml_connectors.watch import handler as meter

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import App

    from tests.watch_fixtures import Watched

pytestmark = pytest.mark.synth
pytest_plugins = ["tests.watch_fixtures"]

TOPIC = "arn:aws:sns:eu-west-1:111122223333:identity-alarms"
LOOKED_AT = {("DaysUntilExpiry", "idp-certificate"), ("DriftedFields", ""), ("Errors", "")}


def test_the_alarms_ask_for_the_very_metrics_that_are_measured(
    watched_stack: Callable[..., Watched], kinds: Any
) -> None:
    """Names and dimensions; silence is an alarm, and so many days before the end."""
    alarms = {
        each["MetricName"]: each
        for each in watched_stack(kinds.pool, watch={"warn_days": 45}).of("AWS::CloudWatch::Alarm")
    }
    days, drift, errors = (alarms[name] for name in ("DaysUntilExpiry", "DriftedFields", "Errors"))
    connector = {"Name": "Connector", "Value": "portal"}
    assert days["Dimensions"] == [connector, {"Name": "What", "Value": "idp-certificate"}]
    assert drift["Dimensions"] == [connector]
    assert {each["Namespace"] for each in (days, drift)} == {contract.METRICS} == {meter.NAMESPACE}
    assert (days["ComparisonOperator"], days["Threshold"]) == ("LessThanOrEqualToThreshold", 45)
    assert (days["Statistic"], drift["Statistic"]) == ("Minimum", "Maximum")
    assert (drift["ComparisonOperator"], drift["Threshold"]) == ("GreaterThanOrEqualToThreshold", 1)
    assert {each["TreatMissingData"] for each in (days, drift)} == {"breaching"}
    assert {each["Period"] for each in (days, drift)} == {3 * 3600}
    assert (errors["TreatMissingData"], errors["EvaluationPeriods"], errors["Period"]) == ("notBreaching", 3, 3600)


def test_nothing_is_watched_and_no_right_given_without_a_watch(
    watched_stack: Callable[..., Watched], kinds: Any
) -> None:
    """The template is as if there were no such thing."""
    made = watched_stack(kinds.pool, watch=None)
    assert made.rules() == []
    assert made.alarms() == set()
    assert made.statements("WriteMetrics") == []


def test_the_provider_may_write_metrics_of_one_namespace(watched_stack: Callable[..., Watched], kinds: Any) -> None:
    """No other action comes with the watch, and the rules wait for the right."""
    without, made = watched_stack(kinds.pool, watch=None), watched_stack(kinds.pool)
    more = [each for each in made.of("AWS::IAM::Policy") if each not in without.of("AWS::IAM::Policy")]
    (statement,) = [each for policy in more for each in policy["PolicyDocument"]["Statement"]]
    assert statement["Action"] == "cloudwatch:PutMetricData"
    assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": "SamlConnectors"}}
    (right,) = [name for name, each in made.resources.items() if each.get("Properties") in more]
    rules = [each for each in made.resources.values() if each["Type"] == "AWS::Events::Rule"]
    assert all(right in rule["DependsOn"] for rule in rules)


def test_one_topic_is_told_everything(watched_stack: Callable[..., Watched], kinds: Any) -> None:
    """The one that is given, or one that is made and told as an output; that of the SCIM token where there is one."""
    own, given = watched_stack(kinds.pool), watched_stack(kinds.pool, watch={"topic": TOPIC})
    (topic,) = [name for name, each in own.resources.items() if each["Type"] == "AWS::SNS::Topic"]
    assert {json.dumps(each["AlarmActions"]) for each in own.of("AWS::CloudWatch::Alarm")} == {
        json.dumps([{"Ref": topic}])
    }
    assert own.outputs["AlarmTopicArn"]["Value"] == {"Ref": topic}
    assert given.of("AWS::SNS::Topic") == []
    assert "AlarmTopicArn" not in given.outputs
    assert [each["AlarmActions"] for each in given.of("AWS::CloudWatch::Alarm")] == [[TOPIC]] * 3
    shared, all_given = watched_stack(kinds.center), watched_stack(kinds.center, watch={"topic": TOPIC})
    assert len(shared.of("AWS::SNS::Topic")) == 1
    assert len({json.dumps(each["AlarmActions"]) for each in shared.of("AWS::CloudWatch::Alarm")}) == 1
    assert all_given.of("AWS::SNS::Topic") == []
    assert {json.dumps(each["AlarmActions"]) for each in all_given.of("AWS::CloudWatch::Alarm")} == {f'["{TOPIC}"]'}
    assert shared.alarms() == LOOKED_AT | {("DaysUntilExpiry", "scim-token")}


def test_the_topic_of_the_token_stays_when_a_watch_comes(watched_stack: Callable[..., Watched], kinds: Any) -> None:
    """Whoever subscribed to it stays subscribed: nothing of the token's watch changes."""
    before, after = watched_stack(kinds.center, watch=None), watched_stack(kinds.center)
    kept = {name: each for name, each in before.resources.items() if "TokenWatch" in name or "ExpiryMeter" in name}
    assert kept
    assert {name: after.resources[name] for name in kept} == kept


def test_a_description_fits_an_alarm_and_says_what_to_do(
    watched_stack: Callable[..., Watched], kinds: Any, certificate: Callable[[int], str]
) -> None:
    """CloudWatch takes 1,024 characters."""
    pem = f"-----BEGIN CERTIFICATE-----\n{certificate(3650)}\n-----END CERTIFICATE-----"
    longest = "p" + "o" * 62
    application = {**kinds.pool["application"], "sp_certificate": pem, "certificates": ["2027", "original"]}
    for made in (
        watched_stack(kinds.pool, name=longest, application=application),
        watched_stack(kinds.center, name=longest),
    ):
        for alarm in made.of("AWS::CloudWatch::Alarm"):
            assert longest in alarm["AlarmDescription"]
            assert len(alarm["AlarmDescription"]) <= 1024


def test_a_watch_over_nothing_elsewhere_or_always_on_is_refused(new_app: Callable[..., App], kinds: Any) -> None:
    """Each with its code, also where the construct is used by itself."""
    spec = parse({**kinds.roles, "watch": None} | {"watch": {}})
    assert isinstance(spec, IamSpec)
    app = new_app()
    stack, other = Stack(app, "Test"), Stack(app, "Other")
    connector = IamConnector(stack, "Connector", spec=spec)
    with pytest.raises(SpecError, match="watch-warn-days"):
        ConnectorWatch(stack, "TooLong", connector=connector, warn_days=365)
    with pytest.raises(SpecError, match=r"must be in the stack of its connector.* got \"Other\" \[watch-stack\]"):
        ConnectorWatch(other, "Watch", connector=connector)
    existing = {**kinds.roles, "directory": None, "application": None, "groups": None, "watch": None}
    given = {name: value for name, value in existing.items() if value is not None}
    bare = parse({**given, "provider": {"existing": True}})
    assert isinstance(bare, IamSpec)
    nothing = IamConnector(stack, "Existing", spec=bare)
    with pytest.raises(SpecError, match=r"nothing of this connector can be watched \[watch-nothing\]"):
        ConnectorWatch(stack, "Nothing", connector=nothing)


def test_the_construct_tells_its_alarms_and_topic(new_app: Callable[..., App], kinds: Any) -> None:
    """For dashboards and further actions; a topic of the app is used as it is."""
    spec = parse({**kinds.pool, "watch": {}})
    stack = Stack(new_app(), "Test")
    topic = sns.Topic.from_topic_arn(stack, "Operations", TOPIC)
    assert isinstance(spec, CognitoUserPoolSpec)
    connector = CognitoConnector(stack, "Connector", spec=spec)
    watch = ConnectorWatch(stack, "Watch", connector=connector, topic=topic)
    assert watch.topic is topic
    assert set(watch.alarms) == {"CertificateAlarm", "DriftAlarm", "LookAlarm"}
