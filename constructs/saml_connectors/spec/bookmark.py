"""Kind `bookmark`: a tile in the directory's portal that opens a URL.

Not here: what signs people in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from saml_connectors.problems import Problem
from saml_connectors.spec.connector import ConnectorSpec
from saml_connectors.spec.directory import Directory, Tile
from saml_connectors.spec.model import SpecModel
from saml_connectors.spec.values import ConnectorName, HttpsUrl, Text


class SignInLink(SpecModel):
    """The sign-in of another connector, begun at Cognito without showing its page."""

    connector: ConnectorName
    """Name of a connector of kind `cognito-user-pool` in the same app."""

    app_client: ConnectorName | None = None
    """Which app client.  Default: the first that people sign in with."""

    callback_url: Text | None = None
    """Which of its callback URLs.  Default: the first."""

    identifier: Text | None = None
    """Choose the IdP by this identifier (`idp_identifier`).  Default: by the provider's name."""


class BookmarkSpec(ConnectorSpec):
    """A tile that opens a URL: an application that signs people in by itself, or a connector's sign-in."""

    kind: Literal["bookmark"] = "bookmark"
    """Kind of the connector."""

    directory: Directory
    """The directory in whose portal the tile stands."""

    application: Tile
    """The tile."""

    url: HttpsUrl | None = None
    """What it opens.  It cannot be edited later: another URL replaces the tile."""

    opens: SignInLink | None = None
    """The sign-in of another connector, instead of *url*."""

    def rules(self) -> Iterator[Problem]:
        """Exactly one target."""
        if (self.url is None) == (self.opens is None):
            given = "both" if self.url is not None else "none"
            yield Problem(code="bookmark-target", rule="must have exactly one of url and opens", given=given)
