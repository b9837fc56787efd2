"""A stack that holds one connector of kind `bookmark`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from saml_connectors.bookmark import BookmarkConnector

if TYPE_CHECKING:
    from collections.abc import Mapping

    from saml_connectors.cognito import CognitoConnector
    from saml_connectors.spec import BookmarkSpec


class BookmarkStack(Stack):
    """One tile, deployed by itself."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: BookmarkSpec,
        connectors: Mapping[str, CognitoConnector],
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.connector = BookmarkConnector(self, "Connector", spec=spec, connectors=connectors)
        CfnOutput(
            self,
            "ApplicationId",
            description="The tile in the directory",
            value=self.connector.application.application_id,
        )
