"""Small values that several parts of a spec use: texts, URLs, names.

Not here: values that one part alone has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, ValidationInfo

from saml_connectors.spec.model import refuse

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts for which plain http is allowed: the traffic never leaves the machine."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONNECTOR_NAME = re.compile(r"[a-z][a-z0-9-]{0,61}[a-z0-9]|[a-z]")


def spelled(pattern: re.Pattern[str], *examples: str) -> Any:
    """Lets the JSON Schema say what a validator holds: the same *pattern*, and examples that it takes."""
    return Field(json_schema_extra={"pattern": f"^(?:{pattern.pattern})$"}, examples=list(examples))


def repeated(values: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Each of *values* that has stood before, with its place."""
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield index, value
        seen.add(value)


def split_url(value: str, code: str) -> SplitResult:
    """The parts of a URL without a user name or password; *code* is said of what is none."""
    if not value.isprintable() or " " in value:
        raise refuse(code, "must be an absolute URL without white space or control characters")
    try:
        parts = urlsplit(value)
        carries_user = parts.hostname is not None and (parts.username is not None or parts.password is not None)
        _ = parts.port
    except ValueError:
        raise refuse(code, "must be an absolute URL, such as https://app.example.com/") from None
    if carries_user:
        raise refuse("url-user", "must not carry a user name or password", given="")
    return parts


def _text(value: str) -> str:
    if not value.strip():
        raise refuse("empty-text", "must not be empty")
    if value != value.strip():
        raise refuse("text-space", "must not begin or end with white space")
    if _CONTROL.search(value):
        raise refuse("text-control", "must not contain control characters")
    return value


def _https_url(value: str) -> str:
    parts = split_url(value, "url")
    if not parts.hostname or parts.scheme not in {"https", "http"}:
        raise refuse("url", "must be an absolute https URL, such as https://app.example.com/")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        raise refuse(
            "url-https",
            "must be https; http is for localhost, 127.0.0.1 and [::1] only",
            fix=f"write https{value[len('http') :]}",
        )
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

HttpsUrl = Annotated[str, AfterValidator(_https_url), Field(examples=["https://app.example.com/"])]
"""An absolute https URL; http on this machine itself."""

ConnectorName = Annotated[str, AfterValidator(_connector_name), spelled(_CONNECTOR_NAME, "portal")]
"""Name of a connector: part of stack names and construct ids."""


def _beside_the_spec(value: str, info: ValidationInfo) -> str:
    folder = (info.context or {}).get("folder")
    return str(Path(folder) / value) if folder is not None else value


FileBesideSpec = Annotated[Text, AfterValidator(_beside_the_spec)]
"""Path of a file, relative to the spec's own."""
