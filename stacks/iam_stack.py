"""Stacks of a connector of kind `iam`: the connector's own, and one for each further account that is deployed so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Stack
from constructs import Construct

from saml_connectors.iam import IamConnector
from saml_connectors.iam_account import IamAccountConnector
from stacks.watching import add_watch

if TYPE_CHECKING:
    from saml_connectors.spec import IamSpec


class IamStack(Stack):
    """One connector, deployed by itself."""

    def __init__(self, scope: Construct, construct_id: str, *, spec: IamSpec, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.connector = IamConnector(self, "Connector", spec=spec)
        self.connector.add_outputs()
        add_watch(self, self.connector)


class IamAccountStack(Stack):
    """What one further account has of a connector, deployed by itself."""

    def __init__(self, scope: Construct, construct_id: str, *, spec: IamSpec, account: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.connector = IamAccountConnector(self, "Connector", spec=spec, account=account)
        self.connector.add_outputs()
