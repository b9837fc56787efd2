"""A person with a real browser, on the sandbox: from the application through the directory and back."""

from __future__ import annotations

import shutil
import socket
from typing import TYPE_CHECKING

import pytest

from sandbox.directory.state import EXAMPLE_PASSWORD
from sandbox.relying_party.serving import running
from sandbox.session import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
STACK = "saml-connector-portal"


def free_port() -> int:
    """A port that nothing listens on, so that a sandbox that somebody keeps up is no trouble."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A page of headless Chromium that reaches this machine only; a Console error or a failed script is remembered."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - starts a driver

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
            ],
        )
        yield browser.new_page()
        browser.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_whole_sign_in_in_a_browser(page: Page, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Button, directory's sign-in page, application with name and groups; the tile works too; sign-out ends it."""
    port = free_port()
    url = f"http://localhost:{port}"
    for spec in (request.config.rootpath / "connectors").glob("*.yaml"):
        (tmp_path / spec.name).write_text(spec.read_text().replace("http://localhost:8400", url))
    with Sandbox(key_size=2048, connectors=str(tmp_path)) as sandbox:
        sandbox.synth()
        sandbox.cdk.bootstrap()
        sandbox.deploy()
        with running(sandbox.settings(STACK, "Web", f"{url}/callback"), port):
            page.goto(url)
            page.click("#sign-in")
            page.fill("#login", "ada@example.com")
            page.fill("#password", EXAMPLE_PASSWORD)
            page.click("button[type=submit]")
            page.wait_for_url(f"{url}/")
            assert page.inner_text("#email") == "ada@example.com"
            assert "portal-admins" in page.inner_text("#groups")

            page.click("#sign-out")
            page.goto(url)
            assert page.is_visible("#sign-in")

            page.goto(sandbox.directory_url)
            page.click("a.tile >> nth=0")
            page.wait_for_url(f"{url}/")
            assert page.inner_text("#name") == "Ada Lovelace"
