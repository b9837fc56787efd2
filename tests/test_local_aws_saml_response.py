"""What the local AWS makes of an answer from the IdP, asked for or not: a code for the app, or a refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from sandbox.aws.federated_site import CALLBACK, CLAIMS, Site, landed, make_site
from sandbox.aws.forged_idp import ForgedIdp, Statement
from sandbox.aws.process import LocalAws

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

pytestmark = pytest.mark.e2e


def refusal(response: httpx.Response) -> str:
    """The description of the error with which the browser lands at the app."""
    parameters = landed(response)
    assert parameters["error"] == "server_error"
    assert parameters["state"] == "s/1 2"
    assert "code" not in parameters
    return parameters["error_description"]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The local AWS, with one pool and one IdP in it."""
    with LocalAws() as aws:
        yield make_site(aws)


# --- what comes back from the IdP -------------------------------------------------------------------------------------


def test_a_sign_in_ends_in_tokens(site: Site) -> None:
    """Profile, mapped attributes and groups are as Cognito makes them; what is not mapped or writable is not there."""
    tokens = site.tokens()
    identity = site.claims(tokens["id_token"], audience=site.client)
    access = site.claims(tokens["access_token"])
    assert identity["cognito:username"] == access["username"] == "Forged_ada@example.com"
    assert identity["cognito:groups"] == access["cognito:groups"] == [f"{site.pool}_Forged"]
    assert identity["email"] == identity["preferred_username"] == "ada@example.com"
    assert identity["custom:groups"] == "[Admins, Domain+Users]"
    assert identity["email_verified"] is False
    assert identity["identities"][0]["providerName"] == "Forged"
    assert not {"unmapped", "memberOf", "mail", "custom:hidden"} & set(identity)
    user = site.aws.client("cognito-idp").admin_get_user(UserPoolId=site.pool, Username="Forged_ada@example.com")
    assert user["UserStatus"] == "EXTERNAL_PROVIDER"


def test_state_comes_back_unchanged(site: Site) -> None:
    """The app recognizes its own request."""
    relay_state, statement = site.begin()
    assert landed(site.post(relay_state, statement))["state"] == "s/1 2"


def test_a_later_sign_in_updates_the_profile(site: Site) -> None:
    """The same NameID is the same person, with the attributes of today."""
    first = site.claims(site.tokens(name_id="grace")["id_token"])
    second = site.claims(site.tokens(name_id="grace", attributes={"mail": ["new@example.com"]})["id_token"])
    assert first["sub"] == second["sub"]
    assert second["email"] == "new@example.com"
    assert second["custom:groups"] == "[Admins, Domain+Users]"


def test_another_idps_signature_is_refused(site: Site) -> None:
    """The key has to be one of the provider's metadata."""
    relay_state, statement = site.begin()
    assert "signature is invalid" in refusal(site.post(relay_state, statement, ForgedIdp()))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"signed": "nothing"}, "neither Response nor Assertion is signed"),
        ({"audience": "urn:amazon:cognito:sp:us-east-1_other"}, "Audience"),
        ({"recipient": "https://evil.test"}, "Recipient"),
        ({"destination": "https://evil.test"}, "Destination"),
        ({"request_id": "_another"}, "InResponseTo"),
        ({"request_id": None}, "InResponseTo"),
        ({"issuer": "https://evil.test"}, "Issuer"),
        ({"valid_for": timedelta(seconds=-5)}, "valid until"),
        ({"confirmed_for": timedelta(seconds=-5)}, "confirmed until"),
        ({"not_before_ago": timedelta(minutes=-5)}, "not valid before"),
        ({"name_id": ""}, "NameID"),
        ({"attributes": {}}, "attributes required: [email]"),
        ({"attributes": {"mail": ["a"], "memberOf": ["x" * 2049]}}, "no longer than 2048"),
    ],
)
def test_a_response_that_proves_nothing_is_refused(site: Site, change: dict[str, Any], words: str) -> None:
    """The browser lands at the app with an error, and there is no code."""
    relay_state, statement = site.begin()
    changed = replace(statement, **{"name_id": "nobody@example.com", **change})
    assert words in refusal(site.post(relay_state, changed))
    users = site.aws.client("cognito-idp").list_users(UserPoolId=site.pool)["Users"]
    assert "Forged_nobody@example.com" not in [user["Username"] for user in users]


def test_a_relay_state_serves_once(site: Site) -> None:
    """The second post of the same form finds no request."""
    relay_state, statement = site.begin()
    assert "code" in landed(site.post(relay_state, statement))
    assert site.post(relay_state, replace(statement, assertion_id="_fresh")).status_code == 400


def test_an_unknown_relay_state_is_refused(site: Site) -> None:
    """No request was made with it."""
    assert site.post("nobody-knows", site.begin()[1]).status_code == 400


def test_an_assertion_serves_once(site: Site) -> None:
    """The id is remembered, even when it answers a new request."""
    relay_state, statement = site.begin()
    used = replace(statement, assertion_id="_once")
    assert "code" in landed(site.post(relay_state, used))
    relay_state, statement = site.begin()
    assert "has been used before" in refusal(site.post(relay_state, replace(statement, assertion_id="_once")))


def test_a_response_of_over_100000_characters_is_refused(site: Site) -> None:
    """Cognito reads no longer ones."""
    relay_state, statement = site.begin()
    assert site.post(relay_state, replace(statement, attributes={"mail": ["x" * 100_000]})).status_code == 400


# --- begun by the IdP -------------------------------------------------------------------------------------------------


def unasked(site: Site, **changes: str) -> tuple[str, Statement]:
    """RelayState and statement of a sign-in that the IdP begins."""
    relay_state = {
        "identity_provider": "Starting",
        "client_id": site.initiated_client,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid email",
        **changes,
    }
    statement = Statement(
        audience=f"urn:amazon:cognito:sp:{site.pool}", acs_url=site.acs_url, request_id=None, attributes=CLAIMS
    )
    return urlencode(relay_state), statement


def test_an_idp_may_begin_where_it_is_allowed_to(site: Site) -> None:
    """With IDPInit, the RelayState says where to go."""
    code = landed(site.post(*unasked(site)))["code"]
    answer = site.token(grant_type="authorization_code", code=code, client_id=site.initiated_client, client_secret="")
    assert site.claims(answer.json()["id_token"])["cognito:username"] == "Starting_ada@example.com"


@pytest.mark.parametrize(
    "change",
    [
        {"identity_provider": "Forged"},
        {"client_id": "nobody"},
        {"redirect_uri": "https://evil.test"},
        {"identity_provider": "Nobody"},
    ],
)
def test_an_idp_may_not_begin_elsewhere(site: Site, change: dict[str, str]) -> None:
    """Without IDPInit, or for a client or address that is not the pool's, there is a page."""
    assert site.post(*unasked(site, **change)).status_code == 400


def test_an_unasked_assertion_has_to_be_young(site: Site) -> None:
    """Six minutes, whatever its own times say."""
    relay_state, statement = unasked(site)
    old = replace(statement, issued_ago=timedelta(minutes=7), valid_for=timedelta(hours=1))
    assert "older than" in landed(site.post(relay_state, old))["error_description"]


def test_an_answer_cannot_be_passed_off_as_unasked(site: Site) -> None:
    """A stolen answer to a request has InResponseTo."""
    relay_state, statement = unasked(site)
    stolen = replace(statement, request_id="_stolen")
    assert "InResponseTo" in landed(site.post(relay_state, stolen))["error_description"]
