"""The watch on the sandbox: what the rules send, sent to the deployed functions; metrics and alarms read back from AWS.

What these tests prove, they prove of our configuration and of an emulator with our own checks; not of AWS or JumpCloud.
Schedules are not waited for: each target's input is handed to the function as EventBridge would do it.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from aws_cdk import App

from saml_connectors.spec import load, with_directory_api
from sandbox.session import SECRET_NAME, Sandbox
from stacks.assembly import add_stacks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.directory.applications import Application

pytestmark = pytest.mark.e2e

AWS = {"account": "000000000000", "region": "us-east-1"}
DIRECTORY = {"credentials": "jumpcloud/api-key", "credentials_expire": "2099-01-01"}
SPECS: list[dict[str, Any]] = [
    {
        "kind": "cognito-user-pool",
        "name": "pool",
        "aws": AWS,
        "directory": DIRECTORY,
        "application": {
            "display_label": "Pool",
            "groups": ["portal-users", "finance"],
            "certificates": ["original", "2027"],
        },
        "user_pool": {
            "domain": {"prefix": "acme-watched"},
            "attributes": {"email": {"from": "email"}},
            "removal_policy": "destroy",
        },
        "app_clients": [{"name": "web", "callback_urls": ["http://localhost:8400/callback"]}],
        "watch": {},
    },
    {
        "kind": "iam",
        "name": "roles",
        "aws": AWS,
        "directory": DIRECTORY,
        "application": {"display_label": "Roles"},
        "roles": {"Auditor": {"managed_policies": ["ReadOnlyAccess"]}},
        "groups": {"Auditor": ["portal-admins"]},
        "carry_roles": "group-attributes",
        "watch": {"topic": "arn:aws:sns:us-east-1:000000000000:identity-alarms"},
    },
]


class Watched:
    """The sandbox with both connectors deployed, and what EventBridge would do there."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.since = datetime.now(UTC)

    def rules(self, connector: str, *, scheduled: bool = True) -> list[dict[str, Any]]:
        """The rules of a connector, with their targets."""
        events = self.sandbox.aws.client("events")
        found = [each for each in events.list_rules()["Rules"] if ("ScheduleExpression" in each) == scheduled]
        targets = [{**each, "Targets": events.list_targets_by_rule(Rule=each["Name"])["Targets"]} for each in found]
        return [each for each in targets if f'"Connector":"{connector}"' in each["Targets"][0]["Input"]]

    def send(self, arn: str, event: str) -> str:
        """Hand an event to a function; gives what it failed with, or nothing."""
        answer = self.sandbox.aws.client("lambda").invoke(FunctionName=arn, Payload=event.encode())
        told = answer["Payload"].read().decode()
        return told if "FunctionError" in answer else ""

    def run(self, connector: str) -> None:
        """Send what the rules of a connector send, and expect that nothing fails."""
        sent = 0
        for rule in self.rules(connector):
            for target in rule["Targets"]:
                assert self.send(target["Arn"], target["Input"]) == ""
                sent += 1
        assert sent

    def values(self, metric: str, connector: str, what: str = "") -> list[float]:
        """The highest and the lowest that was measured since the last deployment or `forget`."""
        named = {"Connector": connector} | ({"What": what} if what else {})
        told = self.sandbox.aws.client("cloudwatch").get_metric_statistics(
            Namespace="SamlConnectors",
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in named.items()],
            StartTime=self.since - timedelta(hours=1),
            EndTime=datetime.now(UTC) + timedelta(hours=1),
            Period=86_400,
            Statistics=["Maximum", "Minimum"],
        )["Datapoints"]
        return [value for each in told for value in (each["Minimum"], each["Maximum"])]

    def state(self, alarm: str, connector: str) -> str:
        """The state of an alarm, by its id in the template."""
        told = self.sandbox.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
        (found,) = [
            each
            for each in told
            if alarm in each["AlarmName"] and f"connector '{connector}'" in each["AlarmDescription"]
        ]
        return str(found["StateValue"])

    def application(self, label: str) -> Application:
        """The application whose label this is."""
        (found,) = [each for each in self.sandbox.directory.applications.values() if each.display_label == label]
        return found

    def drift(self, since: int) -> list[str]:
        """The fields that the provider's log names, from line *since*."""
        return [line["field"] for line in self.log()[since:] if line.get("event") == "drift"]

    def log(self) -> list[dict[str, Any]]:
        """The lines of the providers' logs that are JSON."""
        logs, lines = self.sandbox.aws.client("logs"), list[dict[str, Any]]()
        for group in logs.describe_log_groups()["logGroups"]:
            for each in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]:
                if each["message"].startswith("{"):
                    lines.append({**json.loads(each["message"]), "at": each["timestamp"]})
        return sorted(lines, key=lambda line: line["at"])

    def writes(self) -> list[tuple[str, str]]:
        """Every request so far that was no read."""
        return [(each.method, each.path) for each in self.sandbox.directory.requests if each.method != "GET"]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """Both connectors deployed; the tests below follow one after the other."""
    context = json.loads((request.config.rootpath / "cdk.json").read_text())["context"]
    folder: Path = tmp_path_factory.mktemp("watch")
    for spec in SPECS:
        (folder / f"{spec['name']}.yaml").write_text(yaml.safe_dump(spec))
    with Sandbox(key_size=2048) as sandbox:
        app = App(outdir=str(sandbox.folder / "cdk.out"), context=context)
        sandbox.aws.client("sns").create_topic(Name="identity-alarms")
        api_url = f"{sandbox.directory_url}/api"
        add_stacks(app, [with_directory_api(spec, api_url) for spec in load([folder]).raise_if_any()])
        app.synth()
        sandbox.cdk.bootstrap()
        sandbox.outputs = sandbox.cdk.deploy()
        yield Watched(sandbox)


@pytest.mark.parametrize("connector", ["pool", "roles"])
def test_after_a_deployment_days_are_measured_and_nothing_has_drifted(watched: Watched, connector: str) -> None:
    """Through the roles as deployed; the directory is only read, and the alarms are off."""
    before = watched.writes()
    watched.run(connector)
    assert watched.writes() == before
    lowest, highest = watched.values("DaysUntilExpiry", connector, "idp-certificate")
    assert 1_000 < lowest <= highest < 2_000
    assert watched.values("DriftedFields", connector) == [0.0, 0.0]
    assert watched.values("DaysUntilExpiry", connector, "credential")[0] > 20_000
    assert watched.state("CertificateAlarm", connector) == "OK"
    assert watched.state("DriftAlarm", connector) == "OK"


def test_the_certificates_of_a_rotation_are_measured_by_name(watched: Watched) -> None:
    """The original, and the pair that the stack made for three years."""
    (original, _), (named, _) = (
        watched.values("DaysUntilExpiry", "pool", f"certificate-{name}") for name in ("original", "2027")
    )
    assert named in {1_093.0, 1_094.0}
    assert original == watched.values("DaysUntilExpiry", "pool", "idp-certificate")[0]


def test_the_rules_run_every_hour_and_when_the_stack_was_deployed(watched: Watched) -> None:
    """The pattern takes what CloudFormation sends of this stack, and of no other."""
    events = watched.sandbox.aws.client("events")
    assert {each["ScheduleExpression"] for each in watched.rules("pool")} == {"rate(1 hour)", "rate(12 hours)"}
    (stack,) = [
        each["StackId"]
        for each in watched.sandbox.aws.client("cloudformation").describe_stacks()["Stacks"]
        if each["StackName"] == "saml-connector-pool"
    ]
    for rule in watched.rules("pool", scheduled=False):
        for stack_id, status, fits in (
            (stack, "UPDATE_COMPLETE", True),
            (stack, "UPDATE_IN_PROGRESS", False),
            (f"{stack}0", "UPDATE_COMPLETE", False),
        ):
            event = {
                "id": "1",
                "version": "0",
                "account": "000000000000",
                "region": "us-east-1",
                "time": "2026-11-22T00:00:00Z",
                "resources": [stack_id],
                "source": "aws.cloudformation",
                "detail-type": "CloudFormation Stack Status Change",
                "detail": {"stack-id": stack_id, "status-details": {"status": status, "status-reason": ""}},
            }
            told = events.test_event_pattern(EventPattern=rule["EventPattern"], Event=json.dumps(event))
            assert told["Result"] == fits


def test_each_kind_of_change_by_hand_is_counted_named_and_an_alarm(watched: Watched) -> None:
    """Settings, what the tile opens, groups, attributes of groups, and the certificate."""
    directory, pool, roles = watched.sandbox.directory, watched.application("Pool"), watched.application("Roles")
    kept = {each.id: (each.display_label, dict(each.config)) for each in (pool, roles)}
    finance, admins = directory.group("finance"), directory.group("portal-admins")
    edge = (pool.id, "user_group", finance.id)
    (attribute,) = [name for name in admins.attributes if name != "ldapGroups"]
    value, bound = admins.attributes[attribute], directory.associations[edge]
    since = len(watched.log())
    before = watched.writes()
    pool.display_label, pool.config["idpInitUrl"] = "Old pool", "https://elsewhere.example.com"
    directory.associations.pop(edge)
    admins.attributes[attribute] = "arn:aws:iam::000000000000:role/Admin"
    for each in (pool, roles):
        pair = directory.new_pair().certificate
        each.config["idpCertificate"] = base64.b64encode(pair.encode()).decode()
    watched.run("pool")
    watched.run("roles")
    assert sorted(watched.drift(since)) == sorted(
        [
            "displayLabel",
            "config.idpInitUrl",
            "groups['finance']",
            "config.idpCertificate",
            "config.idpCertificate",
            f"groups['portal-admins'].attributes[{attribute!r}]",
        ]
    )
    assert watched.values("DriftedFields", "pool") == [0.0, 4.0]
    assert watched.values("DriftedFields", "roles") == [0.0, 2.0]
    assert watched.state("DriftAlarm", "pool") == watched.state("DriftAlarm", "roles") == "ALARM"
    assert watched.writes() == before
    directory.associations[edge], admins.attributes[attribute] = bound, value
    for each in (pool, roles):
        each.display_label = kept[each.id][0]
        each.config.clear()
        each.config.update(kept[each.id][1])
    since = len(watched.log())
    watched.run("pool")
    watched.run("roles")
    assert watched.drift(since) == []


def test_a_stale_pin_is_told_from_a_fresh_one(watched: Watched) -> None:
    """By the pool's own certificate, which the provider may read only where the spec pins one."""
    (rule,) = [each for each in watched.rules("pool") if each["ScheduleExpression"] == "rate(1 hour)"]
    target = rule["Targets"][0]
    pool_id = watched.sandbox.outputs["saml-connector-pool"]["UserPoolId"]
    given = json.loads(target["Input"])["Watch"]
    pinned = {"UserPoolId": pool_id, "SpCertificate": watched.sandbox.directory.new_pair().certificate}
    event = {"Watch": {name: given[name] for name in ("Connector", "StackId")} | {"UserPool": pinned}}
    assert "allow the function cognito-idp:GetSigningCertificate" in watched.send(target["Arn"], json.dumps(event))
    _allow(watched, target["Arn"], pool_id)
    assert watched.send(target["Arn"], json.dumps(event)) == ""
    assert watched.values("StalePin", "pool") == [1.0, 1.0]
    cognito = watched.sandbox.aws.client("cognito-idp")
    pinned["SpCertificate"] = cognito.get_signing_certificate(UserPoolId=pool_id)["Certificate"]
    assert watched.send(target["Arn"], json.dumps(event)) == ""
    assert watched.values("StalePin", "pool") == [0.0, 1.0]
    assert watched.values("DaysUntilExpiry", "pool", "sp-certificate")[0] in {3_648.0, 3_649.0}


def _allow(watched: Watched, function: str, pool_id: str) -> None:
    """Give the provider the right that comes with a pin."""
    role = watched.sandbox.aws.client("lambda").get_function_configuration(FunctionName=function)["Role"]
    resource = f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{pool_id}"
    statement = {"Effect": "Allow", "Action": "cognito-idp:GetSigningCertificate", "Resource": resource}
    watched.sandbox.aws.client("iam").put_role_policy(
        RoleName=role.rpartition("/")[2],
        PolicyName="Pin",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


def test_an_application_that_is_gone_and_a_credential_that_is_empty_are_seen(watched: Watched) -> None:
    """The one is drift, the other makes the function fail: each is an alarm."""
    directory, roles = watched.sandbox.directory, watched.application("Roles")
    secrets = watched.sandbox.aws.client("secretsmanager")
    kept = secrets.get_secret_value(SecretId=SECRET_NAME)["SecretString"]
    secrets.put_secret_value(SecretId=SECRET_NAME, SecretString=" ")
    (rule,) = [each for each in watched.rules("roles") if each["ScheduleExpression"] == "rate(1 hour)"]
    failed = watched.send(rule["Targets"][0]["Arn"], rule["Targets"][0]["Input"])
    assert "watching connector 'roles': reading the credential" in failed
    assert SECRET_NAME in failed
    assert kept not in failed
    secrets.put_secret_value(SecretId=SECRET_NAME, SecretString=kept)
    since = len(watched.log())
    directory.remove_application(roles.id)
    watched.run("roles")
    assert "application" in watched.drift(since)


def test_no_secret_is_in_any_line_of_the_log(watched: Watched) -> None:
    """Nor a certificate, which is told by its fingerprint."""
    secrets = watched.sandbox.aws.client("secretsmanager")
    key = secrets.get_secret_value(SecretId=SECRET_NAME)["SecretString"]
    told = json.dumps([line for line in watched.log() if line.get("event") in {"drift", "watched", "not watched"}])
    assert '"watched"' in told
    assert key not in told
    assert "BEGIN" not in told
    assert "MII" not in told
