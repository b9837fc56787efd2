"""A SCIM 2.0 client as a directory has one: users and groups of one service provider, by HTTP with a bearer token.

Every request is bounded in time and size, and no redirect is followed.  Not here: what is sent (`scim_resources`), and
when, and how often again (`push`, `provisioning`).
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import quote

import httpx

from sandbox.directory.destinations import is_web
from sandbox.directory.scim_resources import equals

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["Users", "Groups"]
TIMEOUT = 10.0
LARGEST_ANSWER = 1_000_000
LONGEST_REASON = 300
OK, BAD_REQUEST, NOT_FOUND, TOO_MANY, SERVER_ERROR = 200, 400, 404, 429, 500
REFUSED_TOKEN = frozenset({401, 403})


class ScimError(Exception):
    """A request that did not succeed.

    Args:
        message: What was asked, and what came of it.
        status: The HTTP status; None where no answer came, or none that ends.
        retry_after: Seconds to wait, where the service provider said so.
    """

    def __init__(self, message: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after

    @property
    def is_transient(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status is None or self.status == TOO_MANY or self.status >= SERVER_ERROR

    @property
    def concerns_all(self) -> bool:
        """Whether the next request would fare no better: nobody answers, too many requests, the token is refused."""
        return self.status is None or self.status == TOO_MANY or self.status in REFUSED_TOKEN


class ScimClient:
    """The service provider at *base_url*, used as a context manager.

    Args:
        base_url: What requests begin with.  `/Users` is appended as it is, so a slash at its end is doubled.
        token: Bearer token.
        transport: Carries the requests.  Default: the network.
    """

    def __init__(self, base_url: str, token: str, *, transport: httpx.BaseTransport | None = None) -> None:
        if not is_web(base_url):
            raise ValueError(f"cannot provision to {base_url!r}: it is not an http or https URL")
        self._base_url = base_url
        self._token = token
        self._http = httpx.Client(
            transport=transport,
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            headers={"authorization": f"Bearer {token}", "accept": "application/scim+json"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def check(self) -> None:
        """Ask for one user, to see that URL and token are right."""
        self._listed("/Users", {"count": "1"})

    def find(self, kind: Kind, attribute: str, value: str) -> str | None:
        """The id of the resource whose *attribute* is *value*; None where there is none."""
        for resource in self._listed(f"/{kind}", {"filter": equals(attribute, value)}):
            # An answer that ignores the filter must not make somebody else out of the person.
            if isinstance(resource, dict) and str(resource.get(attribute) or "").casefold() == value.casefold():
                return _id(resource, f"GET /{kind}")
        return None

    def create(self, kind: Kind, resource: Mapping[str, Any]) -> str:
        """Make a resource; its id."""
        return _id(self._exchange("POST", f"/{kind}", resource), f"POST /{kind}")

    def replace(self, kind: Kind, resource_id: str, resource: Mapping[str, Any]) -> None:
        """Replace a resource."""
        self._exchange("PUT", _one(kind, resource_id), {**resource, "id": resource_id})

    def patch(self, kind: Kind, resource_id: str, changes: Mapping[str, Any]) -> None:
        """Change a resource."""
        self._exchange("PATCH", _one(kind, resource_id), changes)

    def delete(self, kind: Kind, resource_id: str) -> None:
        """Delete a resource; one that is gone already is no failure."""
        try:
            self._exchange("DELETE", _one(kind, resource_id))
        except ScimError as error:
            if error.status != NOT_FOUND:
                raise

    def _listed(self, path: str, query: Mapping[str, str]) -> list[Any]:
        answer = self._exchange("GET", path, query=query)
        resources = answer.get("Resources", [])
        if not isinstance(resources, list) or "totalResults" not in answer:
            raise ScimError(f"GET {path} was answered with something else than a SCIM list", status=OK)
        return resources

    def _exchange(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, query: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """One request; the JSON object that answers it, empty where the answer has no body."""
        content = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"content-type": "application/scim+json"}
        url = f"{self._base_url}{path}"
        asked = f"{method} {url}"
        deadline = time.monotonic() + TIMEOUT
        received = bytearray()
        try:
            with self._http.stream(method, url, content=content, headers=headers, params=query) as answer:
                for part in answer.iter_bytes():
                    received += part
                    if len(received) > LARGEST_ANSWER or time.monotonic() > deadline:
                        raise ScimError(f"{asked} was answered with too much, or too slowly")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ScimError(f"{asked} got no answer: {self._told(error)}") from error
        except UnicodeError as error:
            raise ScimError(f"{asked} cannot be sent: {self._told(error)}", status=BAD_REQUEST) from error
        document = _json(bytes(received))
        if answer.is_success:
            if document is None and received.strip():
                raise ScimError(f"{asked} was answered with something else than JSON", status=OK)
            return document or {}
        detail = (document or {}).get("detail") or (document or {}).get("message") or answer.reason_phrase
        raise ScimError(
            f"{asked} was answered {answer.status_code}: {self._told(detail)}",
            status=answer.status_code,
            retry_after=_seconds(answer.headers.get("retry-after")),
        )

    def _told(self, what: object) -> str:
        """What a service provider or the network said, short, on one line, and without the token."""
        text = " ".join(str(what).replace(self._token, "…").split())
        return text[:LONGEST_REASON] or type(what).__name__


def _one(kind: Kind, resource_id: str) -> str:
    return f"/{kind}/{quote(resource_id, safe='')}"


def _json(content: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(content)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _id(resource: Mapping[str, Any], asked: str) -> str:
    found = resource.get("id")
    if not isinstance(found, str) or not found:
        raise ScimError(f"{asked} was answered with a resource that has no id", status=OK)
    return found


def _seconds(header: str | None) -> float | None:
    """Retry-After, where it is a number of seconds."""
    return float(header) if header is not None and header.isascii() and header.isdigit() else None
