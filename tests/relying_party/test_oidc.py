"""Claims about the portal's OpenID Connect: what it asks Cognito for, and which tokens it believes."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.relying_party.oidc import SignInError, SignInRequest, begin, complete, sign_out_url
from sandbox.relying_party.settings import Settings, settings_from

if TYPE_CHECKING:
    from tests.relying_party.conftest import Cognito

CODE = "code-1"


def signed_in(cognito: Cognito, settings: Settings) -> tuple[SignInRequest, dict[str, str]]:
    """A sign-in that came back from Cognito, and what came back."""
    request = begin(settings)
    cognito.sent_to(request.url)
    return request, {"code": CODE, "state": request.state}


# --- OpenID Connect -------------------------------------------------------------------------------------------------


def test_a_sign_in_asks_for_a_code_with_pkce_state_and_nonce(settings: Settings) -> None:
    """Every parameter that Cognito documents for it, beside those the address had."""
    request = begin(settings)
    query = dict(parse_qsl(urlsplit(request.url).query))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(request.code_verifier.encode()).digest()).rstrip(b"=").decode()
    assert request.url.startswith("http://127.0.0.1:4566/oauth2/authorize?")
    assert query == {
        "domain": "acme",
        "response_type": "code",
        "identity_provider": "Acme",
        "client_id": "3abc",
        "redirect_uri": "http://127.0.0.1:8400/callback",
        "scope": "openid email",
        "state": request.state,
        "nonce": request.nonce,
        "code_challenge_method": "S256",
        "code_challenge": challenge,
    }


def test_no_two_sign_ins_share_a_secret(settings: Settings) -> None:
    """State, nonce and verifier are worth nothing when they can be known before."""
    one, other = begin(settings), begin(settings)
    secrets = [one.state, one.nonce, one.code_verifier, other.state, other.nonce, other.code_verifier]
    assert len(set(secrets)) == 6
    assert min(map(len, secrets)) >= 43
    assert one.code_verifier not in repr(one)


def test_a_code_becomes_a_person(cognito: Cognito, settings: Settings) -> None:
    """Name, address and groups are those of the verified tokens."""
    person = complete(settings, cognito.http, *signed_in(cognito, settings))
    assert (person.name, person.email) == ("Anna <Arndt>", "anna@example.com")
    assert person.groups == ["engineering", "R&D, QA"]
    assert person.access_claims["client_id"] == "3abc"


def test_an_app_client_with_a_secret_proves_itself(cognito: Cognito, settings: Settings, given: dict[str, Any]) -> None:
    """Cognito takes the secret by HTTP Basic authentication."""
    cognito.secret = "sesame"
    confidential = settings_from({**given, "client_secret": "sesame"})
    assert complete(confidential, cognito.http, *signed_in(cognito, confidential)).email == "anna@example.com"
    assert "sesame" not in repr(confidential)
    with pytest.raises(SignInError, match="invalid_grant"):
        complete(settings, cognito.http, *signed_in(cognito, settings))


@pytest.mark.parametrize(
    ("id_changes", "access_changes", "said"),
    [
        ({"iss": "https://cognito-idp.eu-central-1.amazonaws.com/other"}, {}, "ID token - InvalidIssuer"),
        ({"aud": "other"}, {}, "ID token - InvalidAudience"),
        ({"exp": 1}, {}, "ID token - ExpiredSignature"),
        ({"exp": None}, {}, "ID token - MissingRequiredClaim"),
        ({"nonce": "other"}, {}, "ID token - nonce"),
        ({"nonce": None}, {}, "ID token - nonce"),
        ({"token_use": "access"}, {}, "ID token - token_use"),
        ({}, {"iss": "other"}, "access token - InvalidIssuer"),
        ({}, {"exp": 1}, "access token - ExpiredSignature"),
        ({}, {"client_id": "other"}, "access token - client_id"),
        ({}, {"client_id": None}, "access token - client_id"),
        ({}, {"token_use": "id"}, "access token - token_use"),
        ({}, {"sub": "sub-2"}, "access token - sub"),
    ],
)
def test_a_token_that_does_not_hold_is_refused(
    cognito: Cognito, id_changes: dict[str, Any], access_changes: dict[str, Any], said: str, settings: Settings
) -> None:
    """Each claim that ties a token to this pool, this client and this sign-in is checked."""
    cognito.id_changes, cognito.access_changes = id_changes, access_changes
    with pytest.raises(SignInError, match=said):
        complete(settings, cognito.http, *signed_in(cognito, settings))


def test_a_token_signed_by_somebody_else_is_refused(cognito: Cognito, settings: Settings) -> None:
    """The key's id is right, the key is not."""
    cognito.key = rsa.generate_private_key(65537, 2048)
    with pytest.raises(SignInError, match="InvalidSignature"):
        complete(settings, cognito.http, *signed_in(cognito, settings))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"code": CODE, "state": "other"}, "another sign-in"),
        ({"code": CODE}, "another sign-in"),
        ({"error": "access_denied", "error_description": "User is not assigned"}, "another sign-in"),
    ],
)
def test_an_answer_to_another_sign_in_is_refused(
    cognito: Cognito, answer: dict[str, str], said: str, settings: Settings
) -> None:
    """Whatever it says: a code of somebody else would sign a person in as them."""
    request, _ = signed_in(cognito, settings)
    with pytest.raises(SignInError, match=said):
        complete(settings, cognito.http, request, answer)


def test_what_cognito_refuses_is_said_in_its_words(cognito: Cognito, settings: Settings) -> None:
    """The description is where Cognito tells what is wrong with an assertion."""
    request, answer = signed_in(cognito, settings)
    del answer["code"]
    with pytest.raises(SignInError, match="none"):
        complete(settings, cognito.http, request, answer)
    refusal = {**answer, "error": "invalid_request", "error_description": "Invalid samlResponse"}
    with pytest.raises(SignInError, match="invalid_request - Invalid samlResponse"):
        complete(settings, cognito.http, request, refusal)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(502, text="<html>"), "502 without JSON"),
        (httpx.Response(200, json=[]), "something else than an object"),
        (httpx.Response(400, json={"error": "invalid_client"}), "400: invalid_client"),
        (httpx.Response(200, json={"access_token": "x"}), "is missing"),
        (httpx.Response(200, json={"access_token": "x", "id_token": "y"}), "ID token - DecodeError"),
    ],
)
def test_a_token_endpoint_that_answers_oddly_is_told_as_such(
    cognito: Cognito, answer: httpx.Response, said: str, settings: Settings
) -> None:
    """A person who sets up the sandbox must see which part is broken."""
    cognito.answer = answer
    with pytest.raises(SignInError, match=said):
        complete(settings, cognito.http, *signed_in(cognito, settings))


def test_sign_out_goes_through_cognito_and_comes_back(settings: Settings, given: dict[str, Any]) -> None:
    """Parameters that the address already has are left as they are."""
    assert sign_out_url(settings) == (
        "http://127.0.0.1:4566/logout?client_id=3abc&logout_uri=http%3A%2F%2F127.0.0.1%3A8400%2F"
    )
    whole = "https://acme.example/logout?client_id=3abc&logout_uri=https%3A%2F%2Facme.example%2Fbye"
    assert sign_out_url(settings_from({**given, "logout_url": whole})) == whole
