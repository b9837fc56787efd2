"""A stack that holds one connector of kind `cognito-user-pool`, and tells what people need to know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Stack
from constructs import Construct

from saml_connectors.cognito import CognitoConnector
from stacks.watching import add_watch

if TYPE_CHECKING:
    from saml_connectors.spec import CognitoUserPoolSpec


class CognitoStack(Stack):
    """One connector, deployed by itself."""

    def __init__(self, scope: Construct, construct_id: str, *, spec: CognitoUserPoolSpec, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.connector = CognitoConnector(self, "Connector", spec=spec)
        self.connector.add_outputs()
        add_watch(self, self.connector)
