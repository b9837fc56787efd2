"""Custom resources on the local AWS: events and answers as AWS sends and takes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.aws.forged_idp import ForgedIdp
from sandbox.aws.process import LocalAws
from sandbox.aws.stacks import deploy, failures, outputs

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e

FUNCTION = """
import json, os, urllib.request

def handler(event, context):
    print("EVENT " + json.dumps({key: event.get(key) for key in (
        "RequestType", "PhysicalResourceId", "ResourceProperties", "OldResourceProperties")}))
    asked = event["ResourceProperties"]
    answer = {"Status": "SUCCESS", "PhysicalResourceId": event.get("PhysicalResourceId") or asked.get("Id", "made"),
              "StackId": event["StackId"], "RequestId": event["RequestId"],
              "LogicalResourceId": event["LogicalResourceId"], "NoEcho": True, "Data": {"Value": ""}}
    if event["RequestType"] == "Create":
        if asked.get("Fail") == "true":
            answer.update(Status="FAILED", Reason="made half of it")
        if "Tell" in asked:
            answer["Data"] = {"Environment": ",".join(sorted(os.environ))}
        answer.update(json.loads(asked.get("Answer", "{}")))
        if "Bytes" in asked:
            answer["Data"]["Value"] = "v" * (int(asked["Bytes"]) - len(json.dumps(answer)))
    body = json.dumps(answer).encode()
    request = urllib.request.Request(event["ResponseURL"], body, {"content-type": ""}, method="PUT")
    urllib.request.urlopen(request).close()
"""


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    """A local AWS."""
    with LocalAws() as running:
        yield running


@pytest.fixture(scope="module")
def idp() -> ForgedIdp:
    """An IdP whose metadata is good."""
    return ForgedIdp()


def function_of(name: str) -> dict[str, Any]:
    """Function and role of a custom resource."""
    trust = {"Service": "lambda.amazonaws.com"}
    statement = [{"Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole"}]
    return {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": statement}}},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": name,
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Timeout": 20,
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": FUNCTION},
            },
        },
    }


def custom(**properties: Any) -> dict[str, Any]:
    """A custom resource on that function."""
    token = {"Fn::GetAtt": ["Function", "Arn"]}
    return {"Type": "Custom::Thing", "Properties": {"ServiceToken": token, "ServiceTimeout": 10, **properties}}


def events_seen(aws: LocalAws, function: str) -> list[dict[str, Any]]:
    """What the function was sent, in order."""
    logged = aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    lines = [event["message"].strip() for event in logged]
    return [json.loads(line.partition("EVENT ")[2]) for line in lines if "EVENT " in line]


# --- custom resources -------------------------------------------------------------------------------------------------


def test_a_failed_create_gets_its_delete(aws: LocalAws) -> None:
    """CloudFormation cleans up with the physical id of the FAILED answer."""
    stack = deploy(aws, "half", {**function_of("half"), "Thing": custom(Id="half-made", Fail="true")})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Message returned: made half of it" in failures(aws, "half")
    seen = events_seen(aws, "half")
    assert [(one["RequestType"], one["PhysicalResourceId"]) for one in seen] == [
        ("Create", None),
        ("Delete", "half-made"),
    ]


def test_a_create_that_fails_in_an_update_gets_its_delete(aws: LocalAws) -> None:
    """What the update added is removed again, and what was there before stays."""
    deploy(aws, "grow", {**function_of("grow"), "First": custom(Id="first")})
    both = {**function_of("grow"), "First": custom(Id="first"), "Second": custom(Id="second", Fail="true")}
    assert deploy(aws, "grow", both)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    seen = [(one["RequestType"], one["PhysicalResourceId"]) for one in events_seen(aws, "grow")]
    assert seen == [("Create", None), ("Create", None), ("Delete", "second")]


@pytest.mark.parametrize(
    ("name", "properties", "reason"),
    [
        ("long", {"Bytes": "4097"}, "Response object is too long."),
        ("stack-id", {"Answer": '{"StackId": "another"}'}, "StackId is not the request's"),
        ("request-id", {"Answer": '{"RequestId": "another"}'}, "RequestId is not the request's"),
        ("logical-id", {"Answer": '{"LogicalResourceId": "another"}'}, "LogicalResourceId is not the request's"),
        ("no-id", {"Answer": '{"PhysicalResourceId": ""}'}, "Invalid PhysicalResourceId"),
        ("status", {"Answer": '{"Status": "DONE"}'}, "Status is neither"),
    ],
)
def test_an_answer_that_aws_would_not_take_fails(
    aws: LocalAws, name: str, properties: dict[str, str], reason: str
) -> None:
    """Length and ids count; the emulator alone takes anything."""
    stack = deploy(aws, name, {**function_of(name), "Thing": custom(**properties)})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reason in failures(aws, name)
    assert [one["RequestType"] for one in events_seen(aws, name)] == ["Create", "Delete"]


def test_an_answer_of_4096_bytes_is_taken(aws: LocalAws) -> None:
    """The limit is inclusive, so most of it is there for attributes."""
    resources = {**function_of("fits"), "Thing": custom(Bytes="4096")}
    stack = deploy(aws, "fits", resources, {"Value": {"Fn::GetAtt": ["Thing", "Value"]}})
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(aws, "fits")
    assert len(outputs(stack)["Value"]) > 3_500


def test_secrets_are_not_resolved_in_custom_resources(aws: LocalAws) -> None:
    """AWS hands the reference on as it is; parameters and other resources are resolved."""
    aws.client("secretsmanager").create_secret(Name="key", SecretString="hush")
    aws.client("ssm").put_parameter(Name="plain", Value="said", Type="String")
    reference, said = "{{resolve:secretsmanager:key:SecretString}}", "{{resolve:ssm:plain}}"
    copied = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "copy", "Type": "String", "Value": reference}}
    stack = deploy(
        aws, "secrets", {**function_of("secrets"), "Thing": custom(Key=reference, Said=said), "Copy": copied}
    )
    assert stack["StackStatus"] == "CREATE_COMPLETE", failures(aws, "secrets")
    properties = events_seen(aws, "secrets")[0]["ResourceProperties"]
    assert (properties["Key"], properties["Said"]) == (reference, "said")
    assert aws.client("ssm").get_parameter(Name="copy")["Parameter"]["Value"] == "hush"


def test_functions_see_nothing_of_this_machines_environment(aws: LocalAws) -> None:
    """What is set where the tests run must not decide what a function does."""
    asked = {"E": {"Fn::GetAtt": ["Thing", "Environment"]}}
    stack = deploy(aws, "clean", {**function_of("clean"), "Thing": custom(Tell="all")}, asked)
    seen = set(outputs(stack)["E"].split(","))
    assert {"AWS_REGION", "AWS_ENDPOINT_URL", "AWS_LAMBDA_FUNCTION_NAME"} <= seen
    assert not {"VIRTUAL_ENV", "PYTEST_CURRENT_TEST", "USER", "PYTHONPATH", "SSL_CERT_FILE"} & seen
