"""The hosted endpoints of the local AWS before and after a sign-in: the way to the IdP, and sign-out."""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.aws.federated_site import CALLBACK, SIGNED_OUT, Site, landed, make_site
from sandbox.aws.process import LocalAws
from sandbox.aws.xml_parsing import parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The local AWS, with one pool and one IdP in it."""
    with LocalAws() as aws:
        yield make_site(aws)


# --- the way to the IdP -----------------------------------------------------------------------------------------------


def test_authorize_sends_the_browser_to_the_idp(site: Site) -> None:
    """The AuthnRequest carries AWS's real names, though the browser talks to 127.0.0.1."""
    response = site.authorize()
    location = urlsplit(response.headers["location"])
    request = parse_xml(zlib.decompress(base64.b64decode(parse_qs(location.query)["SAMLRequest"][0]), -15))
    assert response.status_code == 302
    assert location._replace(query="").geturl() == site.idp.sso_url
    assert request.get("Destination") == site.idp.sso_url
    assert request.get("AssertionConsumerServiceURL") == site.acs_url
    assert request.findtext("{*}Issuer") == f"urn:amazon:cognito:sp:{site.pool}"
    assert len(parse_qs(location.query)["RelayState"][0]) > 80
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("path", ["/authorize", "/login", "/oauth2/authorize"])
def test_a_client_with_one_idp_goes_straight_to_it(site: Site, path: str) -> None:
    """Nobody has to name the only IdP, whatever the path is called."""
    response = site.get(path, response_type="code", client_id=site.other_client, redirect_uri=CALLBACK)
    assert response.headers["location"].startswith(f"{site.idp.sso_url}?SAMLRequest=")


def test_a_client_with_several_idps_offers_them(site: Site) -> None:
    """The page links to each IdP that the client lists, and to no other."""
    response = site.get("/login", response_type="code", client_id=site.client, redirect_uri=CALLBACK)
    assert response.status_code == 200
    assert "identity_provider=Forged" in response.text
    assert "identity_provider=Signing" in response.text
    assert "Starting" not in response.text


def test_an_idp_identifier_finds_its_provider(site: Site) -> None:
    """An app may pass the domain of an e-mail address instead of the provider's name."""
    answer = site.authorize(identity_provider="", idp_identifier="forged.example.com")
    assert answer.headers["location"].startswith(site.idp.sso_url)
    assert site.authorize(identity_provider="", idp_identifier="nobody.example.com").status_code == 400


def test_a_request_is_signed_where_the_provider_asks_for_it(site: Site) -> None:
    """The signature of the query string verifies with the pool's certificate."""
    query = urlsplit(site.authorize(identity_provider="Signing").headers["location"]).query
    signed, _, signature = query.partition("&Signature=")
    encoded = site.aws.client("cognito-idp").get_signing_certificate(UserPoolId=site.pool)["Certificate"]
    key = x509.load_der_x509_certificate(base64.b64decode(encoded)).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(base64.b64decode(unquote(signature)), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    assert "Signature" not in site.authorize().headers["location"]


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "https://evil.test/callback"},
        {"identity_provider": "Nobody"},
        {"identity_provider": "Starting"},
    ],
)
def test_a_request_that_cannot_be_trusted_gets_a_page(site: Site, change: dict[str, str]) -> None:
    """Unknown client, foreign redirect_uri, unknown provider, provider that the client does not list."""
    assert site.authorize(**change).status_code == 400


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unauthorized_client"),
        ({"response_type": "id_token"}, "invalid_request"),
        ({"scope": "openid phone"}, "invalid_request"),
        ({"code_challenge": "abc", "code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_a_request_beyond_the_clients_rights_goes_back_to_the_app(
    site: Site, change: dict[str, str], error: str
) -> None:
    """A flow, a scope or a challenge that is not allowed never reaches the IdP."""
    assert landed(site.authorize(**change))["error"] == error


# --- sign-out ---------------------------------------------------------------------------------------------------------


def test_sign_out_goes_only_where_the_client_says(site: Site) -> None:
    """logout_uri has to be in the list."""
    allowed = site.get("/logout", client_id=site.client, logout_uri=SIGNED_OUT)
    assert (allowed.status_code, allowed.headers["location"]) == (302, SIGNED_OUT)
    assert site.get("/logout", client_id=site.client, logout_uri="https://evil.test").status_code == 400
