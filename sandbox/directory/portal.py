"""The portal: signing in and out, and the tiles of the applications that a person may use.

Not here: SAML (`single_sign_on`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.directory.access import directory_of
from sandbox.directory.pages import from_elsewhere, problem, render
from sandbox.directory.people import ACTIVATED
from sandbox.directory.sessions import COOKIE

if TYPE_CHECKING:
    from starlette.requests import Request

    from sandbox.directory.people import User

SEE_OTHER, UNAUTHORIZED, FORBIDDEN = 303, 401, 403


def signed_in(request: Request) -> User | None:
    """Who is signed in, still exists, and may still."""
    directory = directory_of(request)
    user_id = directory.sessions.user_id(request.cookies.get(COOKIE))
    with directory.lock:
        user = directory.users.get(user_id or "")
        return user if user is not None and user.state == ACTIVATED else None


def ask_to_sign_in(pending: str) -> Response:
    """To the sign-in page, and after it on with what waits under *pending*."""
    return RedirectResponse(f"/login?pending={pending}", status_code=SEE_OTHER)


async def portal(request: Request) -> Response:
    """GET /: the tiles."""
    user = signed_in(request)
    if user is None:
        return RedirectResponse("/login", status_code=SEE_OTHER)
    return render(request, "portal.html", user=user, tiles=directory_of(request).tiles(user))


async def sign_in_page(request: Request) -> Response:
    """GET /login."""
    return _sign_in(request, request.query_params.get("pending", ""))


async def sign_in(request: Request) -> Response:
    """POST /login."""
    if from_elsewhere(request):
        return problem(request, "This form came from another site", "Please sign in here.", status=FORBIDDEN)
    form = await request.form()
    login, pending = str(form.get("login") or ""), str(form.get("pending") or "")
    directory = directory_of(request)
    user = directory.authenticate(login, str(form.get("password") or ""))
    if user is None:
        return _sign_in(request, pending, login=login, wrong=True)
    # Where to go on is looked up by a token, never taken from the request, so nobody can be sent elsewhere.
    onward = f"/sso/continue/{pending}" if directory.sessions.waiting(pending) else "/"
    answer = RedirectResponse(onward, status_code=SEE_OTHER)
    directory.sessions.end(request.cookies.get(COOKIE))
    answer.set_cookie(
        COOKIE,
        directory.sessions.begin(user.id),
        httponly=True,
        samesite="lax",
        secure=request.app.state.public_url.startswith("https:"),
        path="/",
    )
    return answer


async def sign_out(request: Request) -> Response:
    """POST /logout."""
    if from_elsewhere(request):
        return problem(request, "This form came from another site", "Please sign out here.", status=FORBIDDEN)
    directory_of(request).sessions.end(request.cookies.get(COOKIE))
    answer = RedirectResponse("/login?signed-out=1", status_code=SEE_OTHER)
    answer.delete_cookie(COOKIE, path="/")
    return answer


def _sign_in(request: Request, pending: str, *, login: str = "", wrong: bool = False) -> Response:
    directory = directory_of(request)
    waiting = directory.sessions.waiting(pending)
    title = ""
    if waiting is not None:
        with directory.lock:
            application = directory.applications.get(waiting.application_id)
            title = application.title if application else ""
    return render(
        request,
        "login.html",
        status=UNAUTHORIZED if wrong else 200,
        pending=pending if waiting else "",
        title=title,
        login=login,
        wrong=wrong,
        signed_out="signed-out" in request.query_params,
    )


def routes() -> list[Route]:
    """Where the portal is."""
    return [
        Route("/", portal, methods=["GET"]),
        Route("/login", sign_in_page, methods=["GET"]),
        Route("/login", sign_in, methods=["POST"]),
        Route("/logout", sign_out, methods=["POST"]),
    ]
