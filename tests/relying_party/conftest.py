"""A user pool's stand-in, and a browser at the portal, for the tests of the demonstration's portal."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.relying_party.portal import Portal
from sandbox.relying_party.settings import Settings, settings_from

GIVEN: dict[str, Any] = {
    "client_id": "3abc",
    "authorize_url": "http://127.0.0.1:4566/oauth2/authorize?domain=acme",
    "token_url": "http://127.0.0.1:4566/oauth2/token",
    "logout_url": "http://127.0.0.1:4566/logout",
    "issuer": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC",
    "jwks_url": "http://127.0.0.1:4566/jwks.json",
    "redirect_uri": "http://127.0.0.1:8400/callback",
    "identity_provider": "Acme",
    "scopes": ["openid", "email"],
}
SETTINGS = settings_from(GIVEN)
CODE = "code-1"
_KEY = rsa.generate_private_key(65537, 2048)


class Cognito:
    """A stand-in for the token endpoint and the key set, strict about what it is asked."""

    def __init__(self) -> None:
        self.challenge = ""
        self.nonce = ""
        self.secret: str | None = None
        self.id_changes: dict[str, Any] = {}
        self.access_changes: dict[str, Any] = {}
        self.key: Any = _KEY
        self.answer: httpx.Response | None = None
        self.http = httpx.Client(transport=httpx.MockTransport(self._handle))

    def sent_to(self, url: str) -> None:
        """A person arrives at the authorize endpoint."""
        query = dict(parse_qsl(urlsplit(url).query))
        self.challenge, self.nonce = query["code_challenge"], query["nonce"]

    def _handle(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) == SETTINGS.jwks_url:
            key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_KEY.public_key()))
            return httpx.Response(200, json={"keys": [{**key, "kid": "one", "alg": "RS256", "use": "sig"}]})
        assert str(request.url) == SETTINGS.token_url
        if self.answer is not None:
            return self.answer
        form = dict(parse_qsl(request.content.decode()))
        basic = "Basic " + base64.b64encode(f"3abc:{self.secret}".encode()).decode() if self.secret else None
        digest = hashlib.sha256(form.pop("code_verifier").encode()).digest()
        good = (
            form
            == {
                "grant_type": "authorization_code",
                "client_id": "3abc",
                "code": CODE,
                "redirect_uri": SETTINGS.redirect_uri,
            }
            and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.challenge
            and request.headers.get("authorization") == basic
        )
        if not good:
            return httpx.Response(400, json={"error": "invalid_grant"})
        return httpx.Response(200, json={"id_token": self.id_token(), "access_token": self.access_token()})

    def _token(self, claims: dict[str, Any], changes: dict[str, Any]) -> str:
        now = int(time.time())
        claims = {"iss": SETTINGS.issuer, "sub": "sub-1", "iat": now, "exp": now + 3600, **claims, **changes}
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, self.key, "RS256", headers={"kid": "one"})

    def id_token(self) -> str:
        """An ID token as Cognito makes it."""
        claims = {
            "aud": "3abc",
            "token_use": "id",
            "nonce": self.nonce,
            "name": "Anna <Arndt>",
            "email": "anna@example.com",
            "cognito:groups": ["engineering", "R&D, QA"],
        }
        return self._token(claims, self.id_changes)

    def access_token(self) -> str:
        """An access token as Cognito makes it: without an audience."""
        return self._token({"client_id": "3abc", "token_use": "access", "scope": "openid"}, self.access_changes)


@pytest.fixture
def given() -> dict[str, Any]:
    """Settings as their file holds them."""
    return dict(GIVEN)


@pytest.fixture
def settings() -> Settings:
    """The same settings, read."""
    return SETTINGS


@pytest.fixture
def cognito() -> Iterator[Cognito]:
    """A user pool."""
    stand_in = Cognito()
    yield stand_in
    stand_in.http.close()


class Browser:
    """One browser at the portal: it keeps cookies and follows nothing by itself."""

    def __init__(self, portal: Portal, runner: asyncio.Runner) -> None:
        transport = httpx.ASGITransport(portal.application())
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8400")
        self._runner = runner

    def get(self, path: str) -> httpx.Response:
        """Open an address of the portal."""
        return self._runner.run(self.client.get(path))

    def sign_in(self, cognito: Cognito) -> httpx.Response:
        """From the button to the page behind it."""
        at_cognito = self.get("/sign-in").headers["location"]
        cognito.sent_to(at_cognito)
        state = parse_qs(urlsplit(at_cognito).query)["state"][0]
        return self.get(f"/callback?code={CODE}&state={state}")


@pytest.fixture
def browser(cognito: Cognito) -> Iterator[Browser]:
    """A browser at a portal of this user pool."""
    with asyncio.Runner() as runner:
        opened = Browser(Portal(SETTINGS, cognito.http), runner)
        yield opened
        runner.run(opened.client.aclose())
