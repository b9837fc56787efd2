"""The watch over the SCIM token: what is measured, who is told when, and with which rights."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3  # type: ignore[import-untyped]
import pytest
from aws_cdk import Acknowledgment, App, Stack, Validations
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from botocore.stub import Stubber  # type: ignore[import-untyped]
from cdk_nag import AwsSolutionsChecks

from saml_connectors import SpecError
from saml_connectors.identity_store_group import IdentityStoreGroup
from saml_connectors.scim_token_watch import ScimTokenWatch
from saml_connectors.watch import handler

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2027, 8, 24, 6, 30, tzinfo=UTC)
EXPIRES = date(2027, 11, 22)


def _items(*expiries: object) -> dict[str, Any]:
    return {"Items": [{"What": "scim-token", "Connector": "workforce", "ExpiresAt": each} for each in expiries]}


def _measured(event: Any, now: datetime = NOW) -> list[dict[str, Any]]:
    put: list[dict[str, Any]] = []
    handler.measure(event, now=now, put=put.extend, write=lambda _line: None)
    return put


# --- the function ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expires", "days"),
    [
        ("2027-11-22", 89),
        ("2027-08-25", 0),
        ("2027-08-24", -1),
        ("2027-07-24", -32),
        ("2027-08-25T06:30:00Z", 1),
        ("2027-08-25T06:29:59+00:00", 0),
        ("2027-08-25T08:30:00+02:00", 1),
    ],
)
def test_whole_days_are_measured(expires: str, days: int) -> None:
    """A day counts from its beginning in UTC; what has ended is below zero."""
    (datum,) = _measured(_items(expires))
    assert datum == {
        "MetricName": "DaysUntilExpiry",
        "Dimensions": [{"Name": "Connector", "Value": "workforce"}, {"Name": "What", "Value": "scim-token"}],
        "Timestamp": NOW,
        "Value": float(days),
    }


def test_several_things_are_measured_at_once() -> None:
    """Tokens and certificates of any number of connectors."""
    event = {
        "Items": [
            {"What": "scim-token", "Connector": "workforce", "ExpiresAt": "2027-11-22"},
            {"What": "idp-certificate", "Connector": "portal", "ExpiresAt": "2030-01-01T00:00:00Z"},
        ]
    }
    assert [datum["Dimensions"][1]["Value"] for datum in _measured(event)] == ["scim-token", "idp-certificate"]
    calls: list[int] = []
    handler.measure(_items(*["2027-11-22"] * 1001), now=NOW, put=lambda data: calls.append(len(data)), write=len)
    assert calls == [500, 500, 1]


@pytest.mark.parametrize(
    ("expires", "told"),
    [
        ("soon", r"Items\[1\].ExpiresAt must be a day such as 2027-11-22, or a time with its time zone, got 'soon'"),
        ("2027-11-22T10:00:00", r"with its time zone, got '2027-11-22T10:00:00'"),
        ("", r"Items\[1\] has no ExpiresAt"),
        (None, r"Items\[1\] has no ExpiresAt"),
        (20271122, r"Items\[1\] has no ExpiresAt"),
    ],
)
def test_what_cannot_be_read_fails_the_function_and_the_others_are_measured(expires: object, told: str) -> None:
    """The failure is an alarm of its own."""
    put: list[dict[str, Any]] = []
    with pytest.raises(ValueError, match=told):
        handler.measure(_items("2027-11-22", expires, "2027-12-22"), now=NOW, put=put.extend, write=len)
    assert [datum["Value"] for datum in put] == [89.0, 119.0]


@pytest.mark.parametrize("event", [None, [], {}, {"Items": []}, {"Items": "all"}])
def test_an_event_without_items_fails(event: Any) -> None:
    """Nothing to watch is a mistake, never a success."""
    with pytest.raises(ValueError, match="the event has no list 'Items' with something in it"):
        _measured(event)
    with pytest.raises(ValueError, match=r"Items\[0\] has no What and no Connector and no ExpiresAt"):
        _measured({"Items": ["x"]})


def test_the_log_says_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """One line of JSON for each item."""
    handler.measure(_items("2027-11-22"), now=NOW, put=len)
    assert json.loads(capsys.readouterr().out) == {
        "level": "INFO",
        "event": "measured",
        "Connector": "workforce",
        "What": "scim-token",
        "DaysUntilExpiry": 89,
    }


def test_the_entry_point_puts_the_metric_with_the_clock_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through boto3's own model, to the namespace that the role allows."""
    client = boto3.client("cloudwatch", "eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")
    asked: list[dict[str, Any]] = []
    client.meta.events.register(
        "provide-client-params.cloudwatch.PutMetricData", lambda params, **_: asked.append(params)
    )
    monkeypatch.setattr(boto3, "client", lambda _name, **_more: client)
    with Stubber(client) as stub:
        stub.add_response("put_metric_data", {})
        handler.handle(_items((datetime.now(UTC) + timedelta(days=10, minutes=1)).isoformat()), None)
        stub.assert_no_pending_responses()
    assert asked[0]["Namespace"] == "SamlConnectors"
    assert [datum["Value"] for datum in asked[0]["MetricData"]] == [10.0]


def test_metrics_that_the_function_may_not_write_name_the_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other error of CloudWatch's is left as it is."""
    client = boto3.client("cloudwatch", "eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")
    monkeypatch.setattr(boto3, "client", lambda _name, **_more: client)
    with Stubber(client) as stub:
        stub.add_client_error("put_metric_data", "AccessDenied")
        with pytest.raises(PermissionError, match=r"'SamlConnectors'.*; allow the function cloudwatch:PutMetricData"):
            handler.handle(_items("2027-11-22"), None)
        stub.add_client_error("put_metric_data", "InvalidParameterValue")
        with pytest.raises(ClientError, match="InvalidParameterValue"):
            handler.handle(_items("2027-11-22"), None)


# --- the construct --------------------------------------------------------------------------------------------------


def _stack(new_app: Callable[..., App], **more: Any) -> tuple[Stack, ScimTokenWatch]:
    stack = Stack(new_app(), "Test")
    return stack, ScimTokenWatch(stack, "Watch", name="workforce", expires=EXPIRES, **more)


def _only(template: Template, kind: str, **properties: Any) -> dict[str, Any]:
    (found,) = template.find_resources(kind, {"Properties": properties} if properties else None).values()
    given: dict[str, Any] = found["Properties"]
    return given


@pytest.mark.synth
def test_the_alarm_watches_what_the_function_measures(new_app: Callable[..., App]) -> None:
    """The rule's own input, handed to the function, gives the very metric of the alarm; silence is an alarm too."""
    template = Template.from_stack(_stack(new_app, warn_days=30)[0])
    alarm = _only(template, "AWS::CloudWatch::Alarm", MetricName=handler.METRIC)
    rules = [each["Properties"] for each in template.find_resources("AWS::Events::Rule").values()]
    assert len({rule["Targets"][0]["Input"] for rule in rules}) == 1
    (datum,) = _measured(json.loads(rules[0]["Targets"][0]["Input"]))
    assert alarm["Namespace"] == handler.NAMESPACE
    assert alarm["Dimensions"] == datum["Dimensions"]
    assert datum["Value"] == 89.0
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanOrEqualToThreshold", 30)
    assert (alarm["Statistic"], alarm["TreatMissingData"]) == ("Minimum", "breaching")
    assert "'workforce' ends on 2027-11-22" in alarm["AlarmDescription"]


@pytest.mark.synth
def test_it_measures_twice_in_the_alarms_period_and_after_each_deployment(new_app: Callable[..., App]) -> None:
    """A measurement that is late or lost is no alarm; a renewed token is seen at once."""
    template = Template.from_stack(_stack(new_app)[0])
    assert _only(template, "AWS::Events::Rule", ScheduleExpression="rate(12 hours)")["State"] == "ENABLED"
    assert _only(template, "AWS::CloudWatch::Alarm", MetricName=handler.METRIC)["Period"] == 24 * 60 * 60
    pattern = _only(template, "AWS::Events::Rule", EventPattern=Match.any_value())["EventPattern"]
    assert pattern["source"] == ["aws.cloudformation"]
    assert pattern["detail"]["stack-id"] == [{"Ref": "AWS::StackId"}]
    assert "UPDATE_COMPLETE" in pattern["detail"]["status-details"]["status"]


@pytest.mark.synth
def test_a_function_that_fails_is_an_alarm(new_app: Callable[..., App]) -> None:
    """To the same topic; no error is no alarm."""
    template = Template.from_stack(_stack(new_app)[0])
    alarm = _only(template, "AWS::CloudWatch::Alarm", MetricName="Errors")
    assert (alarm["Namespace"], alarm["Threshold"], alarm["TreatMissingData"]) == ("AWS/Lambda", 1, "notBreaching")
    assert alarm["AlarmActions"] == _only(template, "AWS::CloudWatch::Alarm", MetricName=handler.METRIC)["AlarmActions"]


@pytest.mark.synth
def test_the_function_may_write_metrics_of_one_namespace(new_app: Callable[..., App]) -> None:
    """And its own log: nothing else, however many tokens a stack watches."""
    stack, _ = _stack(new_app)
    ScimTokenWatch(stack, "Second", name="contractors", expires=EXPIRES)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Lambda::Function", 1)
    statements = _only(template, "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    (metrics,) = [each for each in statements if each["Sid"] == "WriteMetrics"]
    assert metrics["Action"] == "cloudwatch:PutMetricData"
    assert metrics["Condition"] == {"StringEquals": {"cloudwatch:namespace": handler.NAMESPACE}}
    assert {each["Sid"] for each in statements} == {"WriteMetrics", "WriteLog"}


@pytest.mark.synth
def test_its_own_topic_is_encrypted_and_takes_alarms_over_tls_alone(new_app: Callable[..., App]) -> None:
    """With a key that CloudWatch may use: the one that AWS manages would lose every notice."""
    template = Template.from_stack(_stack(new_app)[0])
    (key,) = template.find_resources("AWS::KMS::Key")
    assert _only(template, "AWS::SNS::Topic")["KmsMasterKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
    alarms = {"Service": "cloudwatch.amazonaws.com"}
    usage = [each for each in _only(template, "AWS::KMS::Key")["KeyPolicy"]["Statement"] if each["Principal"] == alarms]
    assert [each["Action"] for each in usage] == [["kms:Decrypt", "kms:GenerateDataKey*"]]
    statements = _only(template, "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    by_effect = {each["Effect"]: each for each in statements}
    assert by_effect["Deny"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert by_effect["Allow"]["Principal"] == alarms
    assert by_effect["Allow"]["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    (policy,) = template.find_resources("AWS::SNS::TopicPolicy")
    for alarm in template.find_resources("AWS::CloudWatch::Alarm").values():
        assert policy in alarm["DependsOn"]


@pytest.mark.synth
def test_a_given_topic_is_used_as_it_is(new_app: Callable[..., App]) -> None:
    """Neither topic nor key is made."""
    stack = Stack(new_app(), "Test")
    arn = "arn:aws:sns:eu-central-1:123456789012:operations"
    topic = sns.Topic.from_topic_arn(stack, "Operations", arn)
    watch = ScimTokenWatch(stack, "Watch", name="workforce", expires=EXPIRES, topic=topic)
    template = Template.from_stack(stack)
    assert watch.topic is topic
    template.resource_count_is("AWS::SNS::Topic", 0)
    template.resource_count_is("AWS::KMS::Key", 0)
    alarms = template.find_resources("AWS::CloudWatch::Alarm").values()
    assert [each["Properties"]["AlarmActions"] for each in alarms] == [[arn], [arn]]


@pytest.mark.synth
@pytest.mark.parametrize("days", [0, 365])
def test_a_warning_that_is_never_or_always_on_is_refused(new_app: Callable[..., App], days: int) -> None:
    """A token lasts a year."""
    with pytest.raises(SpecError, match=rf"must be 1 to 364 days, got {days} \[scim-warn-days\]"):
        _stack(new_app, warn_days=days)


@pytest.mark.synth
def test_the_asset_is_the_function_without_bytecode_and_the_same_each_time(
    new_app: Callable[..., App], tmp_path: Path
) -> None:
    """No clock at synth: the same input gives the same template."""
    synthesized = []
    for folder in ("one", "two"):
        app = App(outdir=str(tmp_path / folder), context={"aws:cdk:version-reporting": False})
        ScimTokenWatch(Stack(app, "Test"), "Watch", name="workforce", expires=EXPIRES)
        assembly = Path(app.synth().directory)
        synthesized.append((assembly / "Test.template.json").read_text())
        (asset,) = assembly.glob("asset.*")
        assert sorted(path.name for path in asset.rglob("*")) == ["__init__.py", "handler.py"]
    assert synthesized[0] == synthesized[1]


ANSWERED = {
    "cloudwatch:PutMetricData knows no resources; a condition names the namespace": "AwsSolutions-IAM5[Resource::*]",
    "a group's id is what is asked for": "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:identitystore:::group/*]",
    "the store's id names it among all accounts": (
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:identitystore::*:identitystore/d-9067654321]"
    ),
}


@pytest.mark.synth
@pytest.mark.parametrize("answered", [True, False])
def test_cdk_nag_finds_three_wildcards_that_are_answered(
    new_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    """With watch and group lookup in one stack, there is nothing else; and without the answers it would be told."""
    monkeypatch.delenv("CDK_VALIDATION")
    app = new_app(**{"@aws-cdk/core:validateAgainstDefaultRules": True})
    stack = Stack(app, "Test")
    ScimTokenWatch(stack, "Watch", name="workforce", expires=EXPIRES)
    IdentityStoreGroup(stack, "Group", identity_store_id="d-9067654321", display_name="engineering")
    if answered:
        for reason, finding in ANSWERED.items():
            Validations.of(stack).acknowledge(Acknowledgment(id=f"AwsSolutions::{finding}", reason=reason))
    Validations.of(app).add_plugins(AwsSolutionsChecks())
    if answered:
        app.synth()
        return
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
