"""Connector specs as stacks of one app: each connector a stack, bookmarks after what they open, accounts after theirs.

Not here: reading specs, and choosing which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Environment

from saml_connectors.spec import BookmarkSpec, CognitoUserPoolSpec, IamSpec, IdentityCenterSpec
from stacks.bookmark_stack import BookmarkStack
from stacks.cognito_stack import CognitoStack
from stacks.iam_stack import IamAccountStack, IamStack
from stacks.identity_center_stack import IdentityCenterAccessStack, IdentityCenterStack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import Stack
    from constructs import Construct

    from saml_connectors.spec import ConnectorSpec

ACCESS = "-access"
"""What the name of the stack ends with that assigns permission sets."""

PREFIX = "saml-connector-"
"""What the names of the stacks begin with."""


def add_stacks(scope: Construct, specs: Sequence[ConnectorSpec]) -> list[Stack]:
    """One stack for each of *specs*, named `saml-connector-<name>`, and one for each account beside it."""
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
    consoles = [stack for spec in specs if isinstance(spec, IamSpec) for stack in _iam_stacks(scope, spec)]
    centers = [stack for spec in specs if isinstance(spec, IdentityCenterSpec) for stack in _center_stacks(scope, spec)]
    return [*pools, *bookmarks, *consoles, *centers]


def _center_stacks(scope: Construct, spec: IdentityCenterSpec) -> list[Stack]:
    """The connector's own stack, and that of what its groups may do."""
    own = IdentityCenterStack(scope, f"{PREFIX}{spec.name}", spec=spec, env=_environment(spec))
    if not spec.permission_sets:
        return [own]
    access = IdentityCenterAccessStack(scope, f"{PREFIX}{spec.name}{ACCESS}", spec=spec, env=_environment(spec))
    access.add_stack_dependency(own, "SCIM brings the groups of the application that this one registers")
    return [own, access]


def _iam_stacks(scope: Construct, spec: IamSpec) -> list[Stack]:
    """The connector's own stack, and those of the accounts that it does not deploy itself."""
    stacks: list[Stack] = [IamStack(scope, f"{PREFIX}{spec.name}", spec=spec, env=_environment(spec))]
    others = spec.other_accounts
    if others is not None and others.deployed_by == "stacks":
        for account in others.ids:
            environment = Environment(account=account, region=spec.aws.region)
            part = IamAccountStack(scope, f"{PREFIX}{spec.name}-{account}", spec=spec, account=account, env=environment)
            part.add_stack_dependency(stacks[0], "it looks up the application that this one registers")
            stacks.append(part)
    return stacks


def _environment(spec: ConnectorSpec) -> Environment | None:
    if spec.aws.account is None and spec.aws.region is None:
        return None
    return Environment(account=spec.aws.account, region=spec.aws.region)
