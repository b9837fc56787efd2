"""The portal's pages: before sign-in, signed in, and what went wrong.

Not here: OpenID Connect, which `oidc.py` speaks, and SAML, which only Cognito speaks.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from sandbox.relying_party.oidc import Person, SignInError, begin, complete, sign_out_url
from sandbox.relying_party.sessions import Session, Sessions

if TYPE_CHECKING:
    import httpx
    from starlette.requests import Request

    from sandbox.relying_party.settings import Settings

COOKIE: Final = "portal_session"
_HERE: Final = Path(__file__).parent
_TIMES: Final = ("exp", "iat", "auth_time", "nbf")
_SECURITY: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Portal:
    """One portal for one app client.

    Args:
        settings: The app client.
        http: The client to reach Cognito with.
    """

    def __init__(self, settings: Settings, http: httpx.Client) -> None:
        self._settings = settings
        self._http = http
        self._sessions = Sessions()
        self._pages = Jinja2Templates(_HERE / "pages")

    def application(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/", self.home),
                Route("/sign-in", self.sign_in),
                Route(self._settings.callback_path, self.callback),
                Route("/sign-out", self.sign_out),
                Mount("/static", StaticFiles(directory=_HERE / "static")),
            ]
        )

    def home(self, request: Request) -> Response:
        """Who is signed in; or the button, where nobody is."""
        session = self._session(request)
        person = session.person if session else None
        if person is None or person.expires_at <= datetime.now(UTC):
            return self._page(request, "welcome.html")
        claims = {"ID token": _rows(person.id_claims), "Access token": _rows(person.access_claims)}
        return self._page(request, "person.html", person=person, initials=_initials(person), claims=claims)

    def sign_in(self, request: Request) -> Response:
        """Off to Cognito, and through it to the directory."""
        session = self._session(request)
        session_id = request.cookies.get(COOKIE)
        if session is None:
            session = Session()
            session_id = self._sessions.new(session)
        sign_in = begin(self._settings)
        session.begin(sign_in)
        return self._with_cookie(RedirectResponse(sign_in.url, 303, headers=_SECURITY), str(session_id))

    def callback(self, request: Request) -> Response:
        """Back from Cognito, with a code or an error."""
        answer = dict(request.query_params)
        if "state" not in answer and "error" not in answer:
            # From a tile in the directory: nobody here asked for this sign-in, so its code could be somebody else's.
            # A sign-in of one's own takes its place; Cognito knows the person by now, and asks nothing.
            return RedirectResponse("/sign-in", 303, headers=_SECURITY)
        session = self._session(request)
        under_way = session.take(answer.get("state", "")) if session else None
        try:
            if under_way is None:
                raise _not_asked_for(answer)
            person = complete(self._settings, self._http, under_way, answer)
        except SignInError as error:
            return self._page(request, "problem.html", status=400, problem=str(error))
        self._sessions.end(request.cookies.get(COOKIE))  # a session id from before the sign-in is worth nothing after
        return self._with_cookie(
            RedirectResponse("/", 303, headers=_SECURITY), self._sessions.new(Session(person=person))
        )

    def sign_out(self, request: Request) -> Response:
        """Forget the person here, then end the session at Cognito."""
        self._sessions.end(request.cookies.get(COOKIE))
        response = RedirectResponse(sign_out_url(self._settings), 303, headers=_SECURITY)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
        return response

    def _session(self, request: Request) -> Session | None:
        return self._sessions.get(request.cookies.get(COOKIE))

    def _with_cookie(self, response: Response, session_id: str) -> Response:
        secure = urlsplit(self._settings.redirect_uri).scheme == "https"
        response.set_cookie(COOKIE, session_id, path="/", httponly=True, samesite="lax", secure=secure)
        return response

    def _page(self, request: Request, name: str, *, status: int = 200, **context: Any) -> Response:
        context |= {"title": self._settings.title, "directory": self._settings.directory}
        return self._pages.TemplateResponse(request, name, context, status, headers=_SECURITY)


def _not_asked_for(answer: dict[str, str]) -> SignInError:
    if "error" in answer:  # said as it is: it is only shown, and no code is taken from it
        why = answer.get("error_description") or "no reason given"
        return SignInError(f"Cognito refused the sign-in - {answer['error']} - {why}")
    return SignInError("cannot complete the sign-in - state - this browser started no such sign-in; sign in again")


def _initials(person: Person) -> str:
    words = person.name.replace("@", " ").replace(".", " ").split()
    return "".join(word[0] for word in words[:2]).upper() or "?"


def _rows(claims: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    """Each claim: its name, its value as text, and what the value means where that is not plain."""
    return [(name, _text(value), _meaning(name, value)) for name, value in sorted(claims.items())]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _meaning(name: str, value: object) -> str | None:
    if name in _TIMES and isinstance(value, int):
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC"
    return None
