"""An SNS topic that the alarms of this account may publish to, encrypted with a key that CloudWatch may use.

Not here: which alarms there are (`scim_token_watch.py`, `connector_watch.py`).
"""

from __future__ import annotations

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

_CLOUDWATCH = "cloudwatch.amazonaws.com"


def alarm_topic(scope: Construct) -> sns.Topic:
    """A topic, as children `Topic` and `TopicKey` of *scope*."""
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
