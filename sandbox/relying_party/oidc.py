"""Signing in through Cognito with an authorization code: ask, exchange, verify.  Usable without a browser or a server.

Not here: who keeps the state of a sign-in that is under way, and pages.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
import jwt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.relying_party.settings import Settings

_LEEWAY_SECONDS: Final = 5
_ALGORITHM: Final = "RS256"


class SignInError(Exception):
    """A sign-in that did not come about; the sentence says at what, why and what to do."""


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """One sign-in under way: where the person is sent, and what must come back."""

    url: str
    state: str
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the token endpoint gave for a code; none of it verified yet."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    """Who signed in, by tokens that were verified."""

    id_claims: dict[str, Any]
    access_claims: dict[str, Any]

    @property
    def name(self) -> str:
        """The name to show: the whole one, or its parts, or the e-mail address, or the user name."""
        claims = self.id_claims
        parts = " ".join(str(claims[part]) for part in ("given_name", "family_name") if claims.get(part))
        return str(claims.get("name") or parts or claims.get("email") or claims.get("cognito:username") or "")

    @property
    def email(self) -> str | None:
        """The e-mail address, where the token has one."""
        email = self.id_claims.get("email")
        return email if isinstance(email, str) else None

    @property
    def groups(self) -> list[str]:
        """The groups that the token names."""
        groups = self.id_claims.get("cognito:groups", [])
        return [str(group) for group in groups] if isinstance(groups, list) else []

    @property
    def expires_at(self) -> datetime:
        """When the ID token ends, and the session here with it."""
        return datetime.fromtimestamp(self.id_claims["exp"], UTC)


def begin(settings: Settings) -> SignInRequest:
    """A new sign-in: state, nonce and PKCE verifier are fresh, and belong to this one alone."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "identity_provider": settings.identity_provider,
        "client_id": settings.client_id,
        "redirect_uri": settings.redirect_uri,
        "scope": " ".join(settings.scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge_method": "S256",
        "code_challenge": challenge,
    }
    return SignInRequest(_with_query(settings.authorize_url, query), state, nonce, verifier)


def complete(settings: Settings, http: httpx.Client, request: SignInRequest, answer: Mapping[str, str]) -> Person:
    """Who signed in, by what came back to the callback URL.

    Args:
        settings: The app client.
        http: The client to reach Cognito with.
        request: The sign-in that this answers.
        answer: The query of the callback.

    Raises:
        SignInError: Where Cognito, or its IdP, refused; where the answer is to another sign-in; where a token does
            not hold.
    """
    if not hmac.compare_digest(answer.get("state", "").encode(), request.state.encode()):
        raise SignInError("cannot complete the sign-in - state - it answers another sign-in; sign in again from here")
    if "error" in answer:
        why = answer.get("error_description") or answer["error"]
        raise SignInError(f"Cognito refused the sign-in - {answer['error']} - {why}")
    if not answer.get("code"):
        raise SignInError("cannot complete the sign-in - code - Cognito sent none; sign in again from here")
    tokens = exchange(settings, http, code=answer["code"], code_verifier=request.code_verifier)
    return verify(settings, http, tokens, nonce=request.nonce)


def exchange(settings: Settings, http: httpx.Client, *, code: str, code_verifier: str) -> Tokens:
    """The tokens for a code, by the app client and the PKCE verifier that asked for it."""
    form = {
        "grant_type": "authorization_code",
        "client_id": settings.client_id,
        "code": code,
        "redirect_uri": settings.redirect_uri,
        "code_verifier": code_verifier,
    }
    secret = settings.client_secret
    auth = httpx.USE_CLIENT_DEFAULT if secret is None else httpx.BasicAuth(settings.client_id, secret)
    doing = f"cannot exchange the code for tokens - {settings.token_url}"
    try:
        answer = http.post(settings.token_url, data=form, auth=auth, headers={"Accept": "application/json"})
        body = answer.json()
    except httpx.HTTPError as error:
        raise SignInError(f"{doing} - {type(error).__name__}: {error}; see whether it is running") from None
    except ValueError:
        raise SignInError(f"{doing} - answered {answer.status_code} without JSON") from None
    if not isinstance(body, dict):
        raise SignInError(f"{doing} - answered {answer.status_code} with something else than an object")
    if answer.status_code != httpx.codes.OK:
        raise SignInError(f"{doing} - answered {answer.status_code}: {body.get('error', 'no reason')}; sign in again")
    tokens = (body.get("id_token"), body.get("access_token"))
    if not all(isinstance(token, str) for token in tokens):
        raise SignInError(f"{doing} - an ID token or an access token is missing; the scope openid must be allowed")
    return Tokens(str(tokens[0]), str(tokens[1]))


def verify(settings: Settings, http: httpx.Client, tokens: Tokens, *, nonce: str) -> Person:
    """Who the tokens speak of, once signature, issuer, client, time, use and nonce hold."""
    keys = _keys(settings, http)
    id_claims = _verified("ID token", tokens.id_token, keys, settings, audience=settings.client_id)
    access_claims = _verified("access token", tokens.access_token, keys, settings, audience=None)
    _must_hold("ID token", "token_use", id_claims.get("token_use"), "id")
    _must_hold("ID token", "nonce", id_claims.get("nonce"), nonce)
    _must_hold("access token", "token_use", access_claims.get("token_use"), "access")
    _must_hold("access token", "client_id", access_claims.get("client_id"), settings.client_id)
    _must_hold("access token", "sub", access_claims.get("sub"), id_claims.get("sub"))
    return Person(id_claims, access_claims)


def sign_out_url(settings: Settings) -> str:
    """Where the session at Cognito is ended; the person comes back to the portal's first page."""
    given = dict(parse_qsl(urlsplit(settings.logout_url).query))
    return _with_query(settings.logout_url, {"client_id": settings.client_id, "logout_uri": settings.home_url} | given)


def _keys(settings: Settings, http: httpx.Client) -> jwt.PyJWKSet:
    doing = f"cannot read the user pool's keys - {settings.jwks_url}"
    try:
        return jwt.PyJWKSet.from_dict(http.get(settings.jwks_url).raise_for_status().json())
    except httpx.HTTPError as error:
        raise SignInError(f"{doing} - {type(error).__name__}: {error}; see whether it is running") from None
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        raise SignInError(f"{doing} - not a JSON Web Key Set") from None


def _verified(what: str, token: str, keys: jwt.PyJWKSet, settings: Settings, *, audience: str | None) -> dict[str, Any]:
    try:
        key = keys[str(jwt.get_unverified_header(token).get("kid"))]
        return jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            issuer=settings.issuer,
            audience=audience,
            leeway=_LEEWAY_SECONDS,
            # Cognito's access token names its client in client_id, and has no audience.
            options={"require": ["exp", "iat", "iss", "sub"], "verify_aud": audience is not None},
        )
    except KeyError:
        raise SignInError(f"cannot verify the {what} - signature - the user pool has no such key") from None
    except jwt.PyJWTError as error:
        raise SignInError(f"cannot verify the {what} - {type(error).__name__} - {error}") from None


def _must_hold(what: str, claim: str, given: object, expected: object) -> None:
    if given is None or given != expected:
        raise SignInError(f"cannot verify the {what} - {claim} - it is not what this sign-in asked for")


def _with_query(url: str, query: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **query})))
