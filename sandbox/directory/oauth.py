"""The OAuth token endpoint for service accounts: client credentials, sent by HTTP Basic only.

Not here: what a token opens (`access`).
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from starlette.routing import Route

from sandbox.directory.access import directory_of
from sandbox.directory.answers import BAD_REQUEST, UNAUTHORIZED, json_answer
from sandbox.directory.state import TOKEN_LIFETIME

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}


async def issue_token(request: Request) -> Response:
    """POST /oauth2/token."""
    directory = directory_of(request)
    form = await request.form()
    client = _basic(request.headers.get("authorization", ""))
    if client is None:
        return _refused("invalid_client", "client authentication by HTTP Basic is required", status=UNAUTHORIZED)
    if form.get("grant_type") != "client_credentials":
        return _refused("unsupported_grant_type", "grant_type must be client_credentials")
    if form.get("scope") not in {None, "api"}:
        return _refused("invalid_scope", "scope must be api")
    token = directory.issue_token(*client)
    if token is None:
        return _refused("invalid_client", "client authentication failed", status=UNAUTHORIZED)
    expires_in = int(TOKEN_LIFETIME.total_seconds())
    answer = {"access_token": token, "token_type": "bearer", "expires_in": expires_in, "scope": "api"}
    return json_answer(answer, headers=NO_STORE)


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, found, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        return None
    return (unquote_plus(name), unquote_plus(secret)) if found else None


def _refused(error: str, description: str, *, status: int = BAD_REQUEST) -> Response:
    headers = NO_STORE | ({"www-authenticate": 'Basic realm="oauth2"'} if status == UNAUTHORIZED else {})
    return json_answer({"error": error, "error_description": description}, status=status, headers=headers)


def routes() -> list[Route]:
    """Where tokens are issued."""
    return [Route("/oauth2/token", issue_token, methods=["POST"])]
