"""/oauth2/token, strict about who asks: client secret, redirect_uri, refresh token; the emulator issues the tokens."""

from __future__ import annotations

import hmac
import time
from typing import Any, Final
from urllib.parse import parse_qs

from sandbox.aws.seams import cognito
from sandbox.aws.trigger_overrides import TriggerFailedError

DOTS_OF_A_JWT: Final = 2


def install() -> None:
    """Put the strict endpoint in front of the emulator's."""
    original = cognito.token

    def token(data: Any, query: Any, raw_body: bytes = b"", headers: dict[str, str] | None = None) -> Any:
        form = {name: values[0] for name, values in parse_qs(raw_body.decode("utf-8", "replace")).items()}
        client_id, secret = cognito.authenticate_client(headers or {}, form)
        refusal = _refusal(form, client_id, secret)
        if refusal is not None:
            return cognito.oauth_error(*refusal)
        # Without its entry, a refresh token goes the emulator's other way, which knows groups and checks the client.
        cognito.refresh_tokens.pop(form.get("refresh_token", ""), None)
        try:
            return original(data, query, raw_body, headers)
        except TriggerFailedError as error:
            return cognito.oauth_error("invalid_grant", str(error))

    cognito.replace("token", token)


def _refusal(form: dict[str, str], client_id: str, secret: str) -> tuple[str, str] | None:
    """OAuth error and description, or None when the request may go on."""
    _, _, client = cognito.find_client(client_id)
    if client is None or not hmac.compare_digest((client.get("ClientSecret") or "").encode(), secret.encode()):
        return "invalid_client", "Invalid client credentials."
    grant = form.get("grant_type")
    if grant == "authorization_code":
        if not form.get("code") or not form.get("redirect_uri"):
            return "invalid_request", "code and redirect_uri are required."
        if "code" not in client.get("AllowedOAuthFlows", []):
            return "unauthorized_client", "Client is not allowed to use the code flow."
    if grant == "refresh_token":
        return _refresh_refusal(form.get("refresh_token", ""), client_id)
    return None


def _refresh_refusal(token: str, client_id: str) -> tuple[str, str] | None:
    if token.count(".") != DOTS_OF_A_JWT or not cognito.signature_valid(token):
        return "invalid_grant", "Invalid refresh token."
    claims = cognito.token_claims(token)
    fits = claims.get("token_use") == "refresh" and claims.get("client_id") == client_id
    if not fits or time.time() >= float(claims.get("exp", 0)):
        return "invalid_grant", "Invalid refresh token."
    return None
