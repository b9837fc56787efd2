"""A request from a browser or a SCIM client, and the answer to it, before any of them is understood."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request."""

    method: str
    base_url: str
    """Scheme, host and port that it came to."""

    path: str
    query_string: str
    headers: dict[str, str]
    """By names in lower case."""

    body: bytes

    @property
    def query(self) -> dict[str, str]:
        """Parameters in the URL."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """Fields of a form in the body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
