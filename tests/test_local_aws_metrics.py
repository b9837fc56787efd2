"""Who may write metrics to which namespace in the local AWS: the condition of a policy is held to, both ways."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from sandbox.aws.metric_namespaces import WRITES, condition_keys
from sandbox.aws.process import LocalAws

if TYPE_CHECKING:
    from typing import Any


@pytest.mark.parametrize(
    ("action", "body", "keys"),
    [
        (WRITES, b'{"Namespace": "SamlConnectors"}', {"cloudwatch:namespace": "SamlConnectors"}),
        (WRITES, b"Action=PutMetricData&Namespace=SamlConnectors", {"cloudwatch:namespace": "SamlConnectors"}),
        (WRITES, b'{"MetricData": []}', {}),
        (WRITES, b"{broken", {}),
        (WRITES, b"", {}),
        ("cloudwatch:GetMetricData", b'{"Namespace": "SamlConnectors"}', {}),
    ],
)
def test_a_request_carries_the_namespace_that_it_writes_to(action: str, body: bytes, keys: dict[str, str]) -> None:
    """In both forms in which SDKs write; nothing is made up."""
    assert condition_keys(action, body) == keys


@pytest.mark.e2e
def test_a_role_for_one_namespace_may_not_write_to_another() -> None:
    """As its policy says."""
    statement = {
        "Effect": "Allow",
        "Action": WRITES,
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": "SamlConnectors"}},
    }
    with LocalAws() as aws:
        user = "arn:aws:iam::000000000000:root"
        trust = {"Effect": "Allow", "Principal": {"AWS": user}, "Action": "sts:AssumeRole"}
        iam = aws.client("iam")
        role = iam.create_role(
            RoleName="meter", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )["Role"]["Arn"]
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName="meter", PolicyName="Write", PolicyDocument=document)
        given = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="meter")["Credentials"]
        client = _client(aws, given)
        datum = {"MetricName": "DriftedFields", "Value": 1.0}
        client.put_metric_data(Namespace="SamlConnectors", MetricData=[datum])
        with pytest.raises(ClientError, match="not authorized to perform: cloudwatch:PutMetricData"):
            client.put_metric_data(Namespace="Other", MetricData=[datum])


def _client(aws: LocalAws, given: dict[str, Any]) -> Any:
    import boto3  # type: ignore[import-untyped]  # noqa: PLC0415 - used here alone

    return boto3.client(
        "cloudwatch",
        region_name="us-east-1",
        endpoint_url=aws.endpoint_url,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
