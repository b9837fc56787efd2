"""Claims about the portal's settings and pages: what is refused, what is shown, and who stays signed in."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.relying_party.oidc import sign_out_url
from sandbox.relying_party.portal import COOKIE
from sandbox.relying_party.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from tests.relying_party.conftest import Browser, Cognito

CODE = "code-1"

# --- settings -------------------------------------------------------------------------------------------------------


def test_every_wrong_setting_is_named(tmp_path: Path, given: dict[str, Any]) -> None:
    """One run tells all that is wrong."""
    file = tmp_path / "portal.json"
    wrong = {**given, "issuer": "acme", "title": 1, "scopes": ["email"], "color": "red"}
    del wrong["client_id"]
    file.write_text(json.dumps(wrong))
    with pytest.raises(SettingsError) as error:
        read_settings(file)
    for said in ("portal.json", "client_id is missing", "color is unknown", "issuer must", "scopes must", "title must"):
        assert said in str(error.value)


@pytest.mark.parametrize(("text", "said"), [("{", "not JSON"), ("[]", "JSON object"), (None, "No such file")])
def test_settings_that_cannot_be_read_are_one_sentence(tmp_path: Path, text: str | None, said: str) -> None:
    """No traceback for a mistyped file."""
    file = tmp_path / "portal.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingsError, match=said):
        read_settings(file)


# --- pages ----------------------------------------------------------------------------------------------------------


def test_a_stranger_sees_the_button(browser: Browser) -> None:
    """Nothing but the way in."""
    page = browser.get("/")
    assert page.status_code == 200
    assert "Sign in with JumpCloud" in page.text
    assert "Sign out" not in page.text


def test_signing_in_shows_who_and_which_groups_and_every_claim(browser: Browser, cognito: Cognito) -> None:
    """What the tokens say is on the page, and markup in a name is text."""
    back = browser.sign_in(cognito)
    assert (back.status_code, back.headers["location"]) == (303, "/")
    page = browser.get("/").text
    for shown in (
        "Anna &lt;Arndt&gt;",
        "anna@example.com",
        "<li>engineering</li>",
        "<li>R&amp;D, QA</li>",
        "token_use",
    ):
        assert shown in page
    assert "<Arndt>" not in page


def test_the_session_cookie_is_new_after_sign_in_and_out_of_reach_of_scripts(
    browser: Browser, cognito: Cognito
) -> None:
    """A session id that somebody planted before is worth nothing after."""
    browser.get("/sign-in")
    before = browser.client.cookies[COOKIE]
    back = browser.sign_in(cognito)
    assert browser.client.cookies[COOKIE] != before
    assert {"HttpOnly", "SameSite=lax"} <= set(back.headers["set-cookie"].split("; "))


def test_a_code_from_a_tile_begins_a_sign_in_of_ones_own(browser: Browser) -> None:
    """A code that nobody here asked for is not taken: it may be somebody else's."""
    back = browser.get(f"/callback?code={CODE}")
    assert (back.status_code, back.headers["location"]) == (303, "/sign-in")


def test_an_answer_counts_once_and_in_its_own_browser(browser: Browser, cognito: Cognito) -> None:
    """Neither a repeated callback nor one that another browser started signs anybody in."""
    at_cognito = browser.get("/sign-in").headers["location"]
    cognito.sent_to(at_cognito)
    callback = f"/callback?code={CODE}&state={parse_qs(urlsplit(at_cognito).query)['state'][0]}"
    own = browser.client.cookies[COOKIE]
    browser.client.cookies.clear()
    assert browser.get(callback).status_code == 400
    browser.client.cookies.set(COOKIE, own, domain="127.0.0.1", path="/")
    assert browser.get(callback).status_code == 303
    again = browser.get(callback)
    assert again.status_code == 400
    assert "started no such sign-in" in again.text


def test_a_sign_in_that_failed_cannot_be_answered_again(browser: Browser, cognito: Cognito) -> None:
    """Its state is used up, whatever comes with it the second time."""
    at_cognito = browser.get("/sign-in").headers["location"]
    cognito.sent_to(at_cognito)
    state = parse_qs(urlsplit(at_cognito).query)["state"][0]
    assert (
        "no such person"
        in browser.get(f"/callback?error=access_denied&error_description=no+such+person&state={state}").text
    )
    assert browser.get(f"/callback?code={CODE}&state={state}").status_code == 400


def test_an_error_from_cognito_is_shown_as_text(browser: Browser) -> None:
    """Its words come from outside, and are never markup."""
    page = browser.get("/callback?error=invalid_request&error_description=%3Cscript%3Ealert(1)%3C/script%3E")
    assert page.status_code == 400
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text
    assert "Try again" in page.text


def test_signing_out_forgets_the_person_and_ends_the_session_at_cognito(
    browser: Browser, cognito: Cognito, settings: Settings
) -> None:
    """The old cookie, kept by somebody, shows nothing any more."""
    browser.sign_in(cognito)
    kept = browser.client.cookies[COOKIE]
    gone = browser.get("/sign-out")
    assert gone.headers["location"] == sign_out_url(settings)
    browser.client.cookies.set(COOKIE, kept, domain="127.0.0.1", path="/")
    assert "Sign in with JumpCloud" in browser.get("/").text


def test_a_session_ends_with_its_token(browser: Browser, cognito: Cognito) -> None:
    """Within the leeway a token is still taken, but nobody stays signed in by it."""
    cognito.id_changes = {"exp": int(time.time()) - 1}
    assert browser.sign_in(cognito).status_code == 303
    assert "Sign in with JumpCloud" in browser.get("/").text


@pytest.mark.parametrize("path", ["/", "/sign-in", "/callback?error=x", "/sign-out"])
def test_pages_load_nothing_from_elsewhere_and_are_not_kept(browser: Browser, path: str) -> None:
    """A policy that allows the portal's own style sheet and nothing else."""
    headers = browser.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/static/portal.css", "/static/mark.svg"])
def test_the_portal_serves_its_own_style(browser: Browser, path: str) -> None:
    """No other host has to be reached for a page to look right."""
    answer = browser.get(path)
    assert answer.status_code == 200
    assert not any(outside in answer.text for outside in ("url(", "@import", "href", "<script"))
