"""A tile in the directory's portal that opens a URL: an application's own, or the sign-in of a connector.

Not here: the sign-in itself (`cognito.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from saml_connectors.application import JumpCloudBookmark
from saml_connectors.problems import Problem, SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_secretsmanager as secretsmanager

    from saml_connectors.cognito import CognitoConnector
    from saml_connectors.spec.bookmark import BookmarkSpec


class BookmarkConnector(Construct):
    """A tile that opens what its spec says.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.  Changing it replaces the tile.
        spec: What it opens, and who sees it.
        connectors: Connectors by name, for a spec that `opens` one of them.  Default: none.
        credentials: The secret that holds the directory's credential, where the app defines it.  Default: the one
            that the spec names.

    Raises:
        SpecError: the spec opens a connector that *connectors* does not have, or an app client that it does not have.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: BookmarkSpec,
        connectors: Mapping[str, CognitoConnector] | None = None,
        credentials: secretsmanager.ISecret | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.spec = spec
        self.url = _url(spec, connectors or {})
        """What the tile opens."""
        self.application = JumpCloudBookmark(
            self,
            "Application",
            directory=spec.directory,
            tile=spec.application,
            url=self.url,
            credentials=credentials,
        )
        """The tile in the directory."""


def _url(spec: BookmarkSpec, connectors: Mapping[str, CognitoConnector]) -> str:
    if spec.opens is None:
        assert spec.url is not None  # a spec has exactly one of the two
        return spec.url
    link = spec.opens
    target = connectors.get(link.connector)
    if target is None:
        rule = "must be a connector of kind cognito-user-pool in the same app"
        fix = f"there are {', '.join(connectors)}" if connectors else "there is none"
        problem = Problem(code="link-broken", field="opens.connector", rule=rule, given=f'"{link.connector}"', fix=fix)
        raise SpecError([problem], spec.name)
    first = target.spec.launch_client
    name = link.app_client or (first.name if first else "")
    return target.sign_in_url(name, callback_url=link.callback_url, identifier=link.identifier)
