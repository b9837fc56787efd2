"""Connector specs as stacks of one app: each connector a stack, bookmarks after what they open.

Not here: reading specs, and choosing which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Environment

from saml_connectors.spec import BookmarkSpec, CognitoUserPoolSpec
from stacks.bookmark_stack import BookmarkStack
from stacks.cognito_stack import CognitoStack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import Stack
    from constructs import Construct

    from saml_connectors.spec import ConnectorSpec

PREFIX = "saml-connector-"
"""What the names of the stacks begin with."""


def add_stacks(scope: Construct, specs: Sequence[ConnectorSpec]) -> list[Stack]:
    """One stack for each of *specs*, named `saml-connector-<name>`."""
    pools = [
        CognitoStack(scope, f"{PREFIX}{spec.name}", spec=spec, env=_environment(spec))
        for spec in specs
        if isinstance(spec, CognitoUserPoolSpec)
    ]
    connectors = {stack.connector.spec.name: stack.connector for stack in pools}
    bookmarks = [
        BookmarkStack(scope, f"{PREFIX}{spec.name}", spec=spec, connectors=connectors, env=_environment(spec))
        for spec in specs
        if isinstance(spec, BookmarkSpec)
    ]
    return [*pools, *bookmarks]


def _environment(spec: ConnectorSpec) -> Environment | None:
    if spec.aws.account is None and spec.aws.region is None:
        return None
    return Environment(account=spec.aws.account, region=spec.aws.region)
