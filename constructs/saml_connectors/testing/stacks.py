"""Specs as stacks of an app made for a test: a stack for each connector, and for each account that has one of its own.

Not here: the stacks of your app, which you wire as you like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Environment, Stack

from saml_connectors.bookmark import BookmarkConnector
from saml_connectors.cognito import CognitoConnector
from saml_connectors.iam import IamConnector
from saml_connectors.iam_account import IamAccountConnector
from saml_connectors.identity_center import IdentityCenterConnector
from saml_connectors.spec import BookmarkSpec, CognitoUserPoolSpec, IamSpec, IdentityCenterSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from saml_connectors.spec import ConnectorSpec

PREFIX = "saml-connector-"
"""What the names of the stacks begin with, as the commands have it that look for one."""


def add_stacks(scope: Construct, specs: Sequence[ConnectorSpec]) -> dict[str, Construct]:
    """One stack for each of *specs*; the connectors by their names.

    Args:
        scope: The app.
        specs: Bookmarks may open connectors among them, whatever the order.
    """
    pools: dict[str, CognitoConnector] = {}
    made: dict[str, Construct] = {}
    for spec in sorted(specs, key=lambda each: isinstance(each, BookmarkSpec)):
        name, construct_id = f"{PREFIX}{spec.name}", "Connector"
        stack = Stack(scope, name, env=_environment(spec.aws.account, spec.aws.region))
        match spec:
            case CognitoUserPoolSpec():
                made[spec.name] = pools[spec.name] = CognitoConnector(stack, construct_id, spec=spec)
            case BookmarkSpec():
                made[spec.name] = BookmarkConnector(stack, construct_id, spec=spec, connectors=pools)
            case IdentityCenterSpec():
                made[spec.name] = IdentityCenterConnector(stack, construct_id, spec=spec)
            case IamSpec():
                made[spec.name] = IamConnector(stack, construct_id, spec=spec)
                _add_accounts(scope, spec, stack)
            case _:
                raise TypeError(f"connector {spec.name!r} is of no kind that is known: {type(spec).__name__}")
    return made


def _add_accounts(scope: Construct, spec: IamSpec, own: Stack) -> None:
    """The accounts that stacks of the app deploy to."""
    others = spec.other_accounts
    if others is None or others.deployed_by != "stacks":
        return
    for account in others.ids:
        stack = Stack(scope, f"{own.stack_name}-{account}", env=_environment(account, spec.aws.region))
        IamAccountConnector(stack, "Connector", spec=spec, account=account)
        stack.add_stack_dependency(own, "it looks up the application that this one registers")


def _environment(account: str | None, region: str | None) -> Environment | None:
    return Environment(account=account, region=region) if account or region else None
