"""The watch over the connector of a stack, where its spec asks for one, and the topic that its alarms tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput
from aws_cdk import aws_sns as sns

from saml_connectors.connector_watch import ConnectorWatch

if TYPE_CHECKING:
    from aws_cdk import Stack

    from saml_connectors.cognito import CognitoConnector
    from saml_connectors.iam import IamConnector
    from saml_connectors.identity_center import IdentityCenterConnector
    from saml_connectors.spec.watch import Watch


def topic_of(stack: Stack, watch: Watch | None) -> sns.ITopic | None:
    """The topic that the spec names; none where it names none."""
    if watch is None or watch.topic is None:
        return None
    return sns.Topic.from_topic_arn(stack, "AlarmTopic", watch.topic)


def add_watch(
    stack: Stack,
    connector: CognitoConnector | IamConnector | IdentityCenterConnector,
    *,
    topic: sns.ITopic | None = None,
) -> None:
    """Define the watch as the last of all, and tell its topic where that was made."""
    spec = connector.spec
    if spec.watch is None:
        return
    given = topic or topic_of(stack, spec.watch)
    made = ConnectorWatch(stack, "Watch", connector=connector, topic=given, warn_days=spec.watch.warn_days)
    if given is None:
        CfnOutput(stack, "AlarmTopicArn", description="Subscribe to this topic", value=made.topic.topic_arn)
