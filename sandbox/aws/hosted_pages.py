"""What the hosted endpoints answer a browser: redirects back to the app, a refusal as a page, a choice of IdPs."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sandbox.aws.seams import cognito

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers, body: what the emulator's handlers return."""


def redirect(url: str) -> Answer:
    """Send the browser to *url*."""
    return 302, {"Location": url, "Cache-Control": "no-store"}, b""


def back_to_app(redirect_uri: str, parameters: Mapping[str, str], *, in_fragment: bool = False) -> Answer:
    """Send the browser back to the app with *parameters*, the empty ones left out."""
    query = urlencode({key: value for key, value in parameters.items() if value})
    if in_fragment:
        return redirect(f"{redirect_uri}#{query}")
    return redirect(f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}")


def refusal_page(code: str, sentence: str) -> Answer:
    """A page with status 400, where there is no app that the browser may be sent to."""
    body = f'<div class="error"><p>{escape(sentence)}</p><p>{escape(code)}</p></div>'
    page: str = cognito.page("Error", "An error was encountered with the requested page.", body)
    return 400, {"Content-Type": "text/html; charset=utf-8"}, page.encode()


def choice_of_idps(providers: Iterable[str], query: Mapping[str, str], password_page: Any = None) -> Answer:
    """One link per IdP that the app client lists; with the emulator's password form where that is allowed too."""
    links = "".join(
        f'<p><a href="/oauth2/authorize?{escape(urlencode({**query, "identity_provider": name}))}">'
        f"Continue with {escape(name)}</a></p>"
        for name in providers
    )
    if password_page is None:
        page: str = cognito.page("Sign in", "Sign in", links)
        return 200, {"Content-Type": "text/html; charset=utf-8"}, page.encode()
    status, headers, body = password_page
    return status, headers, body.replace(b"</form>", b"</form>" + links.encode(), 1)
