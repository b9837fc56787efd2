"""Small values that several parts of a spec use: texts, URLs, names.

Not here: values that one part alone has.
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from saml_connectors.spec.model import refuse

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts for which plain http is allowed: the traffic never leaves the machine."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONNECTOR_NAME = re.compile(r"[a-z][a-z0-9-]{0,61}[a-z0-9]|[a-z]")


def _text(value: str) -> str:
    if not value.strip():
        raise refuse("empty-text", "must not be empty")
    if value != value.strip():
        raise refuse("text-space", "must not begin or end with white space")
    if _CONTROL.search(value):
        raise refuse("text-control", "must not contain control characters")
    return value


def _https_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        raise refuse("url", "must be a URL") from None
    if not host or parts.scheme not in {"https", "http"}:
        raise refuse("url", "must be an absolute https URL")
    if parts.scheme == "http" and host not in LOOPBACK_HOSTS:
        raise refuse("url-http", "must be https, except on this machine itself (localhost, 127.0.0.1, [::1])")
    if parts.username or parts.password:
        raise refuse("url-credentials", "must not carry a user name or password", given="")
    return value


def _connector_name(value: str) -> str:
    if not _CONNECTOR_NAME.fullmatch(value):
        raise refuse(
            "connector-name",
            "must be 1 to 63 lower-case letters, digits or hyphens, begin with a letter and not end with a hyphen",
        )
    return value


Text = Annotated[str, AfterValidator(_text)]
"""Text that says something: not empty, no white space around it, no control characters."""

HttpsUrl = Annotated[str, AfterValidator(_https_url)]
"""An absolute https URL; http on this machine itself."""

ConnectorName = Annotated[str, AfterValidator(_connector_name)]
"""Name of a connector: part of stack names and construct ids."""
