"""Claims about the addresses of a user pool: their exact form, their encoding, and what is refused."""

from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saml_connectors.endpoints import UserPoolEndpoints, cognito_domain, has_token, partition_of
from saml_connectors.problems import SpecError

TOKEN = "${Token[TOKEN.12]}"
POOL = UserPoolEndpoints("acme.auth.eu-central-1.amazoncognito.com", "eu-central-1_AbCdEf123", "eu-central-1")
CALLBACK = "https://portal.example.com/callback?from=a b&x=1"


def codes(error: pytest.ExceptionInfo[SpecError]) -> list[str]:
    """The codes of the problems that were raised."""
    return [problem.code for problem in error.value.problems]


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-central-1", "aws"),
        ("us-east-1", "aws"),
        ("us-gov-west-1", "aws-us-gov"),
        ("cn-north-1", "aws-cn"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eusc-de-east-1", "aws-eusc"),
        ("${Token[AWS.Region.4]}", "aws"),
    ],
)
def test_a_region_tells_its_partition(region: str, partition: str) -> None:
    """The partition comes from the region's name; a token is taken for commercial."""
    assert partition_of(region) == partition


def test_a_prefix_domain_has_the_form_of_its_partition() -> None:
    """GovCloud's hosts carry `auth-fips`, commercial ones `auth`."""
    assert cognito_domain("acme", region="eu-central-1") == "acme.auth.eu-central-1.amazoncognito.com"
    assert cognito_domain("acme", region="us-gov-west-1") == "acme.auth-fips.us-gov-west-1.amazoncognito.com"
    assert cognito_domain("acme", region=TOKEN) == f"acme.auth.{TOKEN}.amazoncognito.com"
    assert cognito_domain(TOKEN, region=TOKEN, partition="aws-us-gov") == f"{TOKEN}.auth-fips.{TOKEN}.amazoncognito.com"


@pytest.mark.parametrize(
    ("region", "code", "said"),
    [
        ("cn-north-1", "partition-without-cognito", "outside China"),
        ("eusc-de-east-1", "partition-domain-unknown", "custom domain"),
        ("us-iso-east-1", "partition-domain-unknown", "custom domain"),
    ],
)
def test_a_domain_that_cannot_be_known_is_refused_with_a_way_out(region: str, code: str, said: str) -> None:
    """No host is guessed where none is known."""
    with pytest.raises(SpecError, match=said) as error:
        cognito_domain("acme", region=region)
    assert codes(error) == [code]


def test_the_fixed_addresses_are_those_that_cognito_documents() -> None:
    """Entity ID, ACS URL, SAML logout and the OAuth endpoints, to the letter."""
    base = "https://acme.auth.eu-central-1.amazoncognito.com"
    issuer = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123"
    assert POOL.sp_entity_id == "urn:amazon:cognito:sp:eu-central-1_AbCdEf123"
    assert POOL.acs_url == f"{base}/saml2/idpresponse"
    assert POOL.saml_logout_url == f"{base}/saml2/logout"
    assert POOL.token_url == f"{base}/oauth2/token"
    assert POOL.user_info_url == f"{base}/oauth2/userInfo"
    assert POOL.revoke_url == f"{base}/oauth2/revoke"
    assert POOL.issuer == issuer
    assert POOL.jwks_url == f"{issuer}/.well-known/jwks.json"
    assert POOL.discovery_url == f"{issuer}/.well-known/openid-configuration"


@pytest.mark.parametrize(
    ("region", "issuer"),
    [
        ("us-gov-west-1", "https://cognito-idp.us-gov-west-1.amazonaws.com/pool"),
        ("eusc-de-east-1", "https://cognito-idp.eusc-de-east-1.amazonaws.eu/pool"),
        (TOKEN, f"https://cognito-idp.{TOKEN}.amazonaws.com/pool"),
    ],
)
def test_the_issuer_follows_the_partition(region: str, issuer: str) -> None:
    """The host of an issuer has the suffix of its partition."""
    assert UserPoolEndpoints("login.example.com", "pool", region).issuer == issuer


@pytest.mark.parametrize(
    ("region", "code"), [("cn-north-1", "partition-without-cognito"), ("us-iso-east-1", "partition-issuer-unknown")]
)
def test_no_issuer_is_guessed_where_there_is_no_cognito(region: str, code: str) -> None:
    """Partitions without user pools have no issuer."""
    with pytest.raises(SpecError) as error:
        _ = UserPoolEndpoints("login.example.com", "pool", region).issuer
    assert codes(error) == [code]


def test_a_sign_in_address_carries_everything_encoded_in_a_fixed_order() -> None:
    """Values are percent-encoded, spaces between scopes are `+`, scopes keep their order."""
    url = POOL.authorize_url(
        client_id="3abc",
        redirect_uri=CALLBACK,
        scopes=["openid", "profile", "https://api.example.com/read"],
        identity_provider="Acmé&Co",
        state='{"to": "/a b"}',
        nonce="n+1",
        code_challenge="E9Melhoa",
    )
    assert url == (
        "https://acme.auth.eu-central-1.amazoncognito.com/oauth2/authorize?response_type=code"
        "&identity_provider=Acm%C3%A9%26Co&client_id=3abc"
        "&redirect_uri=https%3A%2F%2Fportal.example.com%2Fcallback%3Ffrom%3Da%20b%26x%3D1"
        "&scope=openid+profile+https%3A%2F%2Fapi.example.com%2Fread"
        "&state=%7B%22to%22%3A%20%22%2Fa%20b%22%7D&nonce=n%2B1&code_challenge_method=S256&code_challenge=E9Melhoa"
    )


def test_what_is_not_given_is_not_in_the_address() -> None:
    """No empty parameter: Cognito reads an empty scope as one that does not exist."""
    url = POOL.authorize_url(client_id="3abc", redirect_uri="https://a.example/cb", response_type="token")
    assert dict(parse_qsl(urlsplit(url).query, keep_blank_values=True)) == {
        "response_type": "token",
        "client_id": "3abc",
        "redirect_uri": "https://a.example/cb",
    }


def test_tokens_survive_wherever_they_stand() -> None:
    """A token that were percent-encoded would never be filled in by CloudFormation."""
    pool = UserPoolEndpoints(TOKEN, TOKEN, TOKEN)
    url = pool.bookmark_url(
        client_id=TOKEN, redirect_uri=f"https://{TOKEN}/a b", scopes=["openid", TOKEN], identity_provider=TOKEN
    )
    assert url == (
        f"https://{TOKEN}/oauth2/authorize?response_type=code&identity_provider={TOKEN}&client_id={TOKEN}"
        f"&redirect_uri=https%3A%2F%2F{TOKEN}%2Fa%20b&scope=openid+{TOKEN}"
    )
    assert pool.sp_entity_id == f"urn:amazon:cognito:sp:{TOKEN}"
    assert has_token(url)
    assert not has_token("${Token}")


def test_a_tile_names_the_provider_by_name_or_by_identifier() -> None:
    """Both forms that Cognito documents for a bookmark are built."""
    by_identifier = POOL.bookmark_url(client_id="3abc", redirect_uri="https://a.example/cb", idp_identifier="acme.com")
    assert parse_qs(urlsplit(by_identifier).query)["idp_identifier"] == ["acme.com"]
    by_name = POOL.bookmark_url(client_id="3abc", redirect_uri="https://a.example/cb", identity_provider="Acme")
    assert parse_qs(urlsplit(by_name).query)["identity_provider"] == ["Acme"]


@pytest.mark.parametrize(("name", "identifier", "given"), [(None, None, "none"), ("Acme", "acme.com", "both")])
def test_a_tile_that_names_no_provider_or_two_is_refused(name: str | None, identifier: str | None, given: str) -> None:
    """Without one a page is shown; with two Cognito answers an error."""
    with pytest.raises(SpecError, match=given) as error:
        POOL.bookmark_url(
            client_id="3abc", redirect_uri="https://a.example/cb", identity_provider=name, idp_identifier=identifier
        )
    assert codes(error) == ["provider-or-identifier"]


def test_the_sign_in_page_has_an_address() -> None:
    """The page on which a person chooses how to sign in."""
    assert POOL.login_url(client_id="3abc", redirect_uri="https://a.example/cb", scopes=["openid", "email"]) == (
        "https://acme.auth.eu-central-1.amazoncognito.com/login?response_type=code&client_id=3abc"
        "&redirect_uri=https%3A%2F%2Fa.example%2Fcb&scope=openid+email"
    )


def test_sign_out_leads_to_one_place() -> None:
    """To a sign-out URL, or round to signing in again."""
    base = "https://acme.auth.eu-central-1.amazoncognito.com/logout?client_id=3abc"
    assert POOL.logout_url(client_id="3abc", logout_uri="https://a.example/bye") == (
        f"{base}&logout_uri=https%3A%2F%2Fa.example%2Fbye"
    )
    assert POOL.logout_url(client_id="3abc", redirect_uri="https://a.example/cb") == (
        f"{base}&redirect_uri=https%3A%2F%2Fa.example%2Fcb&response_type=code"
    )


@pytest.mark.parametrize(("logout_uri", "redirect_uri"), [(None, None), ("https://a.example", "https://a.example")])
def test_sign_out_that_leads_nowhere_or_to_two_places_is_refused(
    logout_uri: str | None, redirect_uri: str | None
) -> None:
    """Cognito answers both with an error page."""
    with pytest.raises(SpecError) as error:
        POOL.logout_url(client_id="3abc", logout_uri=logout_uri, redirect_uri=redirect_uri)
    assert codes(error) == ["logout-target"]


def test_the_relay_state_of_a_sign_in_that_the_idp_started_has_the_documented_form() -> None:
    """Keys in the documented order, the redirect URI encoded, scopes joined by `+`."""
    state = POOL.idp_initiated_relay_state(
        identity_provider="Acme",
        client_id=TOKEN,
        redirect_uri="https://portal.example.com/callback",
        scopes=["openid", "email", "phone"],
    )
    assert state == (
        f"identity_provider=Acme&client_id={TOKEN}&redirect_uri=https%3A%2F%2Fportal.example.com%2Fcallback"
        "&response_type=code&scope=openid+email+phone"
    )


@given(redirect=st.text(), state=st.text(), scopes=st.lists(st.text(min_size=1).filter(lambda s: " " not in s)))
def test_whatever_is_put_in_comes_out_again(redirect: str, state: str, scopes: list[str]) -> None:
    """A server that decodes the query sees what was given, whatever it holds."""
    url = POOL.authorize_url(client_id="3abc", redirect_uri=redirect, state=state, scopes=scopes)
    seen = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    assert seen["redirect_uri"] == redirect
    assert seen["state"] == state
    assert seen.get("scope", "") == " ".join(scopes)
    assert quote(redirect, safe="") in url
