"""The emulated directory's portal: sessions, tiles, and what a page may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.directory.app import create_app
from sandbox.directory.destinations import is_web, routed
from sandbox.directory.in_process import in_process_client
from sandbox.directory.pages import initials
from sandbox.directory.state import EXAMPLE_PASSWORD, Directory

if TYPE_CHECKING:
    import httpx

    from sandbox.directory.people import Group


@pytest.fixture
def directory() -> Directory:
    """The example directory."""
    return Directory.example()


@pytest.fixture
def browser(directory: Directory) -> httpx.Client:
    """A browser."""
    return in_process_client(create_app(directory))


def sign_in(browser: httpx.Client, login: str = "ada@example.com", password: str = EXAMPLE_PASSWORD) -> httpx.Response:
    """Fill in the sign-in page."""
    return browser.post("/login", data={"login": login, "password": password})


def bookmark(directory: Directory, label: str, group: Group | None, **more: object) -> str:
    """A bookmark, bound to *group*; its id."""
    admin = in_process_client(create_app(directory))
    body = {"active": True, "name": "bookmark", "displayLabel": label, "ssoUrl": "https://a.example", "config": {}}
    made = admin.post("/api/applications", json=body | more, headers={"x-api-key": "sandbox-api-key"}).json()
    if group is not None:
        directory.associations[made["_id"], "user_group", group.id] = {}
    return str(made["_id"])


def test_the_portal_is_for_those_who_signed_in(browser: httpx.Client) -> None:
    """Everybody else is sent to the sign-in page."""
    assert browser.get("/").headers["location"] == "/login"
    assert sign_in(browser).headers["location"] == "/"
    assert "Hello, Ada" in browser.get("/").text


@pytest.mark.parametrize("login", ["ada@example.com", "ADA@example.com", " ada "])
def test_a_person_signs_in_by_address_or_username(browser: httpx.Client, login: str) -> None:
    """Case and blanks around it do not count."""
    assert sign_in(browser, login).status_code == 303


@pytest.mark.parametrize(("login", "password"), [("ada@example.com", "Sandbox"), ("nobody@example.com", "sandbox")])
def test_a_wrong_password_and_an_unknown_person_look_the_same(browser: httpx.Client, login: str, password: str) -> None:
    """401 and one sentence; no session begins."""
    answer = sign_in(browser, login, password)
    assert answer.status_code == 401
    assert "That e-mail address or password is not right." in answer.text
    assert "set-cookie" not in answer.headers
    assert password not in answer.text.replace("sandbox directory", "")


def test_the_session_cookie_is_out_of_reach(browser: httpx.Client) -> None:
    """HttpOnly, SameSite=Lax, and random."""
    first, second = sign_in(browser).headers["set-cookie"], sign_in(browser).headers["set-cookie"]
    assert "httponly" in first.lower()
    assert "samesite=lax" in first.lower()
    assert first != second


def test_an_invented_cookie_is_nobody(browser: httpx.Client, directory: Directory) -> None:
    """Not even a user's id opens the portal."""
    browser.cookies.set("sandbox_session", directory.user("ada@example.com").id)
    assert browser.get("/").headers["location"] == "/login"


def test_signing_out_ends_the_session_for_good(browser: httpx.Client) -> None:
    """The old cookie is worth nothing any more."""
    sign_in(browser)
    old = browser.cookies["sandbox_session"]
    assert browser.post("/logout").status_code == 303
    browser.cookies.set("sandbox_session", old)
    assert browser.get("/").status_code == 303


def test_tiles_are_those_a_person_may_use(browser: httpx.Client, directory: Directory) -> None:
    """Bound by a group, active and not hidden; everybody else sees none."""
    users, finance = directory.group("portal-users"), directory.group("finance")
    seen = bookmark(directory, "Zebra", users)
    bookmark(directory, "apple", users)
    hidden = [
        bookmark(directory, "Other group", finance),
        bookmark(directory, "Nobody's", None),
        bookmark(directory, "Inactive", users, active=False),
        bookmark(directory, "Hidden", users, sso={"hidden": True}),
    ]
    sign_in(browser)
    page = browser.get("/").text
    assert f"/launch/{seen}" in page
    assert page.index("apple") < page.index("Zebra")
    assert not any(f"/launch/{application}" in page for application in hidden)
    sign_in(browser, "mallory@example.com")
    assert "No applications yet" in browser.get("/").text


def test_labels_are_text_and_never_markup(browser: httpx.Client, directory: Directory) -> None:
    """What an administrator typed is escaped."""
    bookmark(directory, "<script>alert(1)</script>", directory.group("portal-users"), description="<b>x</b>")
    sign_in(browser)
    page = browser.get("/").text
    assert "<script>alert" not in page
    assert "&lt;b&gt;x" in page


@pytest.mark.parametrize("pending", ["https://evil.example", "//evil.example", "../../evil", "unknown"])
def test_signing_in_leads_nowhere_else(browser: httpx.Client, pending: str) -> None:
    """What waits is known by a token; anything else leads to the portal."""
    form = {"login": "ada", "password": "sandbox", "pending": pending}
    assert browser.post("/login", data=form).headers["location"] == "/"


@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_forms_of_other_sites_are_refused(browser: httpx.Client, path: str) -> None:
    """Neither signing in nor signing out can be done from elsewhere."""
    form = {"login": "ada", "password": "sandbox"}
    for origin in ("https://evil.example", "null"):
        assert browser.post(path, data=form, headers={"origin": origin}).status_code == 403
    assert browser.post(path, data=form, headers={"origin": "http://127.0.0.1:8500"}).status_code == 303


def test_pages_load_nothing_from_elsewhere(browser: httpx.Client) -> None:
    """The policy allows the directory's own style and script only, and the pages need no more."""
    page = browser.get("/login")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'")
    assert page.headers["cache-control"] == "no-store"
    assert "http://" not in page.text
    assert "https://" not in page.text
    for asset in ("style.css", "post.js", "icon.svg"):
        assert browser.get(f"/assets/{asset}").status_code == 200
    assert "url(" not in browser.get("/assets/style.css").text


def test_routes_change_hosts_and_not_their_lookalikes() -> None:
    """A prefix ends where a part of the address ends; a regular expression begins with `^`; the first to fit wins."""
    routes = [("https://a.example", "http://127.0.0.1:1"), (r"^https://(\w+)\.b\.example", r"http://127.0.0.1:2/\1")]
    assert routed("https://a.example/x?y", routes) == "http://127.0.0.1:1/x?y"
    assert routed("https://a.example", routes) == "http://127.0.0.1:1"
    assert routed("https://a.example.evil/x", routes) == "https://a.example.evil/x"
    assert routed("https://pool.b.example/x", routes) == "http://127.0.0.1:2/pool/x"
    assert routed("http://c.example/?u=https://a.example", routes) == "http://c.example/?u=https://a.example"


@pytest.mark.parametrize(
    ("url", "web"), [("https://a.example", True), ("javascript:alert(1)", False), ("/x", False), ("data:,x", False)]
)
def test_only_web_addresses_are_web_addresses(url: str, web: bool) -> None:
    """Http or https, with a host."""
    assert is_web(url) is web


@pytest.mark.parametrize(
    ("text", "wanted"), [("Ada Lovelace", "AL"), ("one", "O"), ("a b c", "AC"), ("* x", "X"), ("", "?"), ("a-b", "AB")]
)
def test_initials_are_one_or_two_letters(text: str, wanted: str) -> None:
    """First and last word, or what there is."""
    assert initials(text) == wanted
