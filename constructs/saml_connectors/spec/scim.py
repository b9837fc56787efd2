"""Automatic provisioning (SCIM) from the directory into Identity Center: what is checked, because no API turns it on.

Not here: the checks themselves.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from saml_connectors.spec.connector import REGION
from saml_connectors.spec.day import SPELLED, check_day
from saml_connectors.spec.model import Flag, SpecModel, refuse
from saml_connectors.spec.secret import secret_name
from saml_connectors.spec.values import LOOPBACK_HOSTS, spelled

_ENDPOINT = re.compile(rf"https://scim\.(?:{REGION.pattern})\.amazonaws\.com(?:\.cn)?/[A-Za-z0-9-]{{8,64}}/scim/v2")
_HOST = re.compile(rf"scim\.(?P<region>{REGION.pattern})\.amazonaws\.com(?:\.cn)?")
_CONSOLE = "copy it from the Identity Center console: Settings, Automatic provisioning"

_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.|[Bb]earer\s")
_LONGEST_NAME = 128
"""Characters of a secret's name: more are allowed, but what is longer is rather an access token."""


def _endpoint(value: str) -> str:
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        carries_user = parts.username is not None or parts.password is not None
    except ValueError:
        parts, host, carries_user = urlsplit(""), "", False
    if carries_user:
        raise refuse("url-user", "must not carry a user name or password", given="")
    meant = value.rstrip("/")
    if parts.scheme == "http" and host not in LOOPBACK_HOSTS:
        meant = f"https{meant[len('http') :]}"
    right = _ENDPOINT.fullmatch(meant) or (host in LOOPBACK_HOSTS and parts.scheme in {"http", "https"})
    if right and meant.startswith("https") and parts.scheme == "http":
        raise refuse("scim-endpoint-https", "must be https", fix=f"write {meant}")
    if right and meant != value:
        rule = "must not end with a slash: the directory adds one of its own"
        raise refuse("scim-endpoint-slash", rule, fix=f"write {meant}")
    if not right:
        raise refuse(
            "scim-endpoint",
            "must be Identity Center's SCIM endpoint, https://scim.REGION.amazonaws.com/TENANT/scim/v2",
            fix=_CONSOLE,
        )
    return value


def _token(value: str) -> str:
    """The name of a secret; an access token is told from it by its length, or by how it begins."""
    if not value.startswith("arn:") and (len(value) > _LONGEST_NAME or _TOKEN.match(value)):
        raise refuse(
            "plain-text-credential",
            "must be the name or ARN of a Secrets Manager secret, but looks like the access token itself",
            fix="store it in Secrets Manager, name the secret here, and make another token: it stands in a file now",
            given="",
        )
    return secret_name(value)


def _expiry(value: str) -> str:
    return check_day(value, code="scim-token-expiry")


class Scim(SpecModel):
    """What was set up by hand in both consoles, so that it can be checked and watched."""

    endpoint: Annotated[
        str,
        AfterValidator(_endpoint),
        spelled(_ENDPOINT, "https://scim.eu-west-1.amazonaws.com/a1b2c3d4e5f-1111-2222-3333-444455556666/scim/v2"),
    ]
    """Identity Center's SCIM endpoint, without the slash at its end."""

    token: Annotated[str, AfterValidator(_token), Field(examples=["identity-center/scim-token"])]
    """Name or ARN of the AWS Secrets Manager secret that holds the access token, as plain text.  Never the token
    itself."""

    manage_groups: Flag = True
    """Whether groups and their members are provisioned too ("Enable management of User Groups and Group membership").
    Default: they are."""

    token_expires: Annotated[str, AfterValidator(_expiry), SPELLED] | None = None
    """Day on which the token ends, as the console says when it is made: a year later.  Default: not known, so not
    watched."""

    @property
    def region(self) -> str | None:
        """Region that the endpoint is in; none in a sandbox."""
        found = _HOST.fullmatch(urlsplit(self.endpoint).hostname or "")
        return found["region"] if found else None

    @property
    def expiry(self) -> date | None:
        """The day on which the token ends."""
        return date.fromisoformat(self.token_expires) if self.token_expires else None
