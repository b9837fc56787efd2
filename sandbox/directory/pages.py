"""Pages for people: rendering, and the headers that keep them safe.

Not here: which page comes when (`portal`, `single_sign_on`).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from sandbox.directory.access import directory_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from sandbox.directory.people import User

FOLDER = Path(__file__).parent / "web"
SHADES = 8
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-content-type-options": "nosniff",
}


def initials(text: str) -> str:
    """One or two letters that stand for *text*."""
    words = [word for word in text.replace("-", " ").split() if word[0].isalnum()]
    return ("".join(word[0] for word in (words[:1] + words[1:][-1:])) or "?").upper()


def shade(text: str) -> int:
    """A number that is always the same for *text*, for the colour of its icon."""
    return hashlib.sha256(text.encode()).digest()[0] % SHADES


_PAGES = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)
_PAGES.filters.update({"initials": initials, "shade": shade})


def render(request: Request, name: str, *, status: int = 200, user: User | None = None, **values: Any) -> HTMLResponse:
    """The page *name*, filled in."""
    organization = directory_of(request).organization.display_name
    html = _PAGES.get_template(name).render(organization=organization, user=user, **values)
    return HTMLResponse(html, status_code=status, headers=HEADERS)


def problem(
    request: Request, heading: str, *reasons: str, status: int, user: User | None = None, hint: str = ""
) -> HTMLResponse:
    """The page that says what went wrong, why, and what to do."""
    return render(request, "problem.html", status=status, user=user, heading=heading, reasons=reasons, hint=hint)


def from_elsewhere(request: Request) -> bool:
    """Whether a browser says that the form was on another site's page."""
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def assets() -> Mount:
    """Where style sheet and script are served."""
    return Mount("/assets", StaticFiles(directory=FOLDER / "assets"), name="assets")
