"""The emulated directory's admin portal: who gets in, and what an administrator can do and see there."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import httpx
import pytest

from sandbox.directory.app import create_app
from sandbox.directory.in_process import in_process_client

if TYPE_CHECKING:
    from tests.scim_fixtures import Desk

pytest_plugins = ["tests.scim_fixtures"]
BASE_URL, TOKEN = "http://scim.example/t/scim/v2", "scim-token-of-the-test"  # as the stand-in's
ADA, GRACE = "ada@example.com", "grace@example.com"


@pytest.fixture
def browser(desk: Desk) -> httpx.Client:
    """A browser of nobody."""
    return in_process_client(create_app(desk.directory))


@pytest.fixture
def admin(browser: httpx.Client) -> httpx.Client:
    """The same browser, of an administrator who signed in."""
    answer = browser.post("/admin/login", data={"api_key": "sandbox-api-key"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin")
    return browser


def page_of(desk: Desk) -> str:
    """Where Identity Management of the application is."""
    return f"/admin/applications/{desk.application}/identity-management"


def press(browser: httpx.Client, desk: Desk, action: str, **fields: str) -> httpx.Response:
    """Press a button of the form, with the box for groups ticked unless it is said otherwise."""
    form = {"action": action, "base_url": BASE_URL, "token_key": TOKEN, "manage_groups": "on"} | fields
    return browser.post(page_of(desk), data={name: value for name, value in form.items() if value})


def rows(html: str) -> dict[str, list[str]]:
    """The rows of the page's table by their heading, as a person reads them."""

    class Table(HTMLParser):
        cells: list[list[str]]

        def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
            if tag == "tr":
                self.cells.append([])
            elif tag in {"th", "td"}:
                self.cells[-1].append("")

        def handle_data(self, data: str) -> None:
            if self.cells and self.cells[-1]:
                self.cells[-1][-1] += data.strip()

    table = Table()
    table.cells = []
    table.feed(html.partition("<table>")[2].partition("</table>")[0])
    return {row[0]: row[1:] for row in table.cells}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_admin_portal_is_for_administrators(browser: httpx.Client, desk: Desk, method: str) -> None:
    """Neither nobody nor a person of the directory sees or changes anything."""
    browser.post("/login", data={"login": "ada", "password": "sandbox"})
    assert browser.get("/").status_code == 200
    for path in ("/admin", page_of(desk)) if method == "GET" else (page_of(desk),):
        answer = browser.request(method, path, data={"action": "activate", "base_url": BASE_URL, "token_key": TOKEN})
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/login")
    assert not desk.directory.provisioning.status(desk.application).has_token


def test_a_wrong_api_key_opens_nothing(browser: httpx.Client) -> None:
    """401, no session, and the key is not repeated."""
    answer = browser.post("/admin/login", data={"api_key": "wrong-key"})
    assert answer.status_code == 401
    assert "That API key is not right." in answer.text
    assert "wrong-key" not in answer.text
    assert "set-cookie" not in answer.headers


def test_the_administrators_cookie_is_out_of_reach_and_no_persons(desk: Desk, browser: httpx.Client) -> None:
    """HttpOnly, strictly same-site, for the admin portal only; a person's token in it is worth nothing."""
    cookie = browser.post("/admin/login", data={"api_key": "sandbox-api-key"}).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/admin" in cookie
    person = desk.directory.sessions.begin("administrator")
    stranger = in_process_client(create_app(desk.directory), base_url="http://127.0.0.1:8500")
    stranger.cookies.set("sandbox_admin_session", person)
    assert stranger.get("/admin").status_code == 303


def test_signing_out_ends_the_session(admin: httpx.Client) -> None:
    """The old cookie is worth nothing any more."""
    old = admin.cookies["sandbox_admin_session"]
    assert admin.get("/admin").status_code == 200
    assert admin.post("/admin/logout").headers["location"] == "/admin/login"
    admin.cookies.set("sandbox_admin_session", old, path="/admin")
    assert admin.get("/admin").status_code == 303


def test_forms_of_other_sites_change_nothing(admin: httpx.Client, desk: Desk) -> None:
    """Neither signing in nor activating can be done from elsewhere."""
    form = {"action": "activate", "base_url": BASE_URL, "token_key": TOKEN, "api_key": "sandbox-api-key"}
    for path in ("/admin/login", "/admin/logout", page_of(desk)):
        for origin in ("https://evil.example", "null"):
            assert admin.post(path, data=form, headers={"origin": origin}).status_code == 403
    assert not desk.directory.provisioning.status(desk.application).has_token
    assert admin.get("/admin").status_code == 200


def test_applications_are_listed_with_what_can_provision(admin: httpx.Client, desk: Desk) -> None:
    """A bookmark has no Identity Management, neither in the list nor as a page."""
    body = {"name": "bookmark", "displayLabel": "Wiki", "ssoUrl": "https://a.example", "config": {}}
    bookmark = desk.api.post("/api/applications", json=body).json()["_id"]
    page = admin.get("/admin").text
    assert rows(page) == {
        "Application": ["Connector", "Identity Management"],
        "AWS": ["AWS IAM Identity Center", "Not active"],
        "Wiki": ["Bookmark", "Not available"],
    }
    assert page_of(desk) in page
    for application in (bookmark, "0" * 24):
        assert admin.get(f"/admin/applications/{application}/identity-management").status_code == 404
        assert admin.post(f"/admin/applications/{application}/identity-management").status_code == 404


def test_activation_shows_what_became_of_everybody(admin: httpx.Client, desk: Desk) -> None:
    """Provisioned, and failed with the reason; the list says that it is active."""
    desk.put(GRACE, lastname="")
    desk.bind("portal-users")
    assert press(admin, desk, "activate").headers["location"] == page_of(desk)
    desk.settle()
    page = admin.get(page_of(desk)).text
    assert "Identity Management is active." in page
    found = {name: row[:3] for name, row in rows(page).items()}
    assert found == {
        "Name": ["Kind", "Result", "Remark"],
        ADA: ["Person", "provisioned", ""],
        GRACE: ["Person", "failed", "has no last name"],
        "portal-users": ["Group", "provisioned", "1 member"],
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", rows(page)[ADA][3])
    assert rows(admin.get("/admin").text)["AWS"][1] == "Active"


def test_a_base_url_with_a_slash_is_taken_and_its_failure_shown(admin: httpx.Client, desk: Desk) -> None:
    """As the real one does: nothing is refused, and nothing works until the slash is gone."""
    assert press(admin, desk, "activate", base_url=f"{BASE_URL}/").status_code == 303
    page = admin.get(page_of(desk)).text
    assert f"Activation failed: GET {BASE_URL}//Users was answered 404" in page
    assert "Identity Management is active." not in page
    assert rows(admin.get("/admin").text)["AWS"][1] == "Failed"
    press(admin, desk, "activate", token_key="")
    assert "Identity Management is active." in admin.get(page_of(desk)).text


def test_the_token_is_never_shown_again(admin: httpx.Client, desk: Desk) -> None:
    """Not when it is saved, not when it is refused, not when it works; and saved it need not be typed again."""
    pages = [
        press(admin, desk, "save").text,
        admin.get(page_of(desk)).text,
        press(admin, desk, "activate", base_url="ftp://x.example").text,
        press(admin, desk, "activate", token_key="").text,
        admin.get(page_of(desk)).text,
        admin.get("/admin").text,
    ]
    assert "leave this empty to keep it" in pages[1]
    assert "A token is saved." in pages[4]
    assert desk.directory.provisioning.status(desk.application).active
    assert not [page for page in pages if TOKEN in page]


def test_what_is_refused_is_told_beside_what_was_typed(admin: httpx.Client, desk: Desk) -> None:
    """400, with the Base URL still in its field."""
    answer = press(admin, desk, "activate", base_url="ftp://x.example")
    assert answer.status_code == 400
    assert "Base URL must be an http or https URL" in answer.text
    assert 'value="ftp://x.example"' in answer.text
    assert press(admin, desk, "explode").status_code == 400
    assert press(admin, desk, "update").status_code == 400


def test_update_changes_the_management_of_groups(admin: httpx.Client, desk: Desk) -> None:
    """The box decides, on activation and later."""
    desk.bind("portal-users")
    press(admin, desk, "activate", manage_groups="")
    desk.settle()
    assert desk.scim.groups == {}
    assert 'name="manage_groups" type="checkbox">' in admin.get(page_of(desk)).text
    press(admin, desk, "update")
    desk.settle()
    assert desk.scim.groups == {"portal-users": {ADA, GRACE}}
    assert 'name="manage_groups" type="checkbox" checked>' in admin.get(page_of(desk)).text


def test_while_it_is_active_the_settings_are_read_only(admin: httpx.Client, desk: Desk) -> None:
    """A new token needs a deactivation, after which it has to be typed."""
    press(admin, desk, "activate")
    assert "readonly" in admin.get(page_of(desk)).text
    assert press(admin, desk, "save", token_key="another").status_code == 400
    assert press(admin, desk, "deactivate").status_code == 303
    page = admin.get(page_of(desk)).text
    assert "Identity Management is not active." in page
    assert f'value="{BASE_URL}"' in page
    assert press(admin, desk, "activate", token_key="").status_code == 400


def test_names_and_reasons_are_text_and_never_markup(admin: httpx.Client, desk: Desk) -> None:
    """Neither a group's name nor a service provider's answer can become part of the page."""
    group = desk.directory.add_group("<script>alert(1)</script>")
    desk.directory.associations[desk.application, "user_group", group.id] = {}
    press(admin, desk, "activate")
    desk.settle()
    assert "&lt;script&gt;alert(1)" in admin.get(page_of(desk)).text
    press(admin, desk, "deactivate")
    desk.scim.answers.append(httpx.Response(400, json={"detail": "<img src=x onerror=alert(1)>"}))
    press(admin, desk, "activate")
    page = admin.get(page_of(desk)).text
    assert "&lt;img src=x" in page
    assert "<script" not in page
    assert "<img" not in page


def test_the_page_asks_again_only_while_something_is_outstanding(admin: httpx.Client, desk: Desk) -> None:
    """Without a script: the page itself says after how many seconds."""
    desk.bind("portal-users")
    press(admin, desk, "activate")
    desk.settle()
    assert "http-equiv" not in admin.get(page_of(desk)).text
    desk.scim.answers.append(httpx.Response(429, json={"detail": "slow down"}, headers={"retry-after": "60"}))
    desk.put(ADA, department="Poetry")
    page = admin.get(page_of(desk))
    assert '<meta http-equiv="refresh" content="2">' in page.text
    assert "Something is still being sent." in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in page.headers["content-security-policy"]
