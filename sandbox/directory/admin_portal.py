"""The admin portal: where an administrator turns the provisioning of an application on, which no API does.

Its pages hold no script, and no token is ever shown again.  Not here: provisioning itself, and the portal of people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.directory.access import directory_of
from sandbox.directory.pages import from_elsewhere, problem, render
from sandbox.directory.provisioning import ProvisioningError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from sandbox.directory.applications import Application
    from sandbox.directory.provisioning import Provisioning

COOKIE = "sandbox_admin_session"
ADMINISTRATOR = "administrator"
HOME, LOGIN = "/admin", "/admin/login"
SEE_OTHER, BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 303, 400, 401, 403, 404
ASK_AGAIN = 2
"""Seconds after which a page asks for itself again while something is outstanding."""


def administrators(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """A page for administrators who are signed in, whose forms come from here."""

    async def endpoint(request: Request) -> Response:
        if request.method == "POST" and from_elsewhere(request):
            return _foreign_form(request)
        if directory_of(request).admin_sessions.user_id(request.cookies.get(COOKIE)) != ADMINISTRATOR:
            return RedirectResponse(LOGIN, status_code=SEE_OTHER)
        return await handler(request)

    return endpoint


async def sign_in_page(request: Request) -> Response:
    """GET /admin/login."""
    return render(request, "admin_login.html", wrong=False)


async def sign_in(request: Request) -> Response:
    """POST /admin/login: with an API key."""
    if from_elsewhere(request):
        return _foreign_form(request)
    form = await request.form()
    directory = directory_of(request)
    if directory.find_api_key(str(form.get("api_key") or "").strip()) is None:
        return render(request, "admin_login.html", status=UNAUTHORIZED, wrong=True)
    directory.admin_sessions.end(request.cookies.get(COOKIE))
    answer = RedirectResponse(HOME, status_code=SEE_OTHER)
    answer.set_cookie(
        COOKIE,
        directory.admin_sessions.begin(ADMINISTRATOR),
        httponly=True,
        samesite="strict",
        secure=request.app.state.public_url.startswith("https:"),
        path=HOME,
    )
    return answer


async def sign_out(request: Request) -> Response:
    """POST /admin/logout."""
    directory_of(request).admin_sessions.end(request.cookies.get(COOKIE))
    answer = RedirectResponse(LOGIN, status_code=SEE_OTHER)
    answer.delete_cookie(COOKIE, path=HOME)
    return answer


async def list_applications(request: Request) -> Response:
    """GET /admin: every application, and how its provisioning stands."""
    directory = directory_of(request)
    with directory.lock:
        applications = sorted(directory.applications.values(), key=lambda each: each.title.casefold())
    rows = [(application, directory.provisioning.status(application.id)) for application in applications]
    return render(request, "admin_applications.html", rows=rows)


async def identity_management(request: Request) -> Response:
    """GET /admin/applications/{id}/identity-management."""
    application = _application(request)
    return _missing(request) if application is None else _page(request, application)


async def change(request: Request) -> Response:
    """POST /admin/applications/{id}/identity-management: activate, save, update or deactivate."""
    application = _application(request)
    if application is None:
        return _missing(request)
    form = {name: str(value) for name, value in (await request.form()).items()}
    try:
        await run_in_threadpool(_act, directory_of(request).provisioning, application.id, form)
    except ProvisioningError as error:
        return _page(request, application, refused=str(error), base_url=form.get("base_url"))
    return RedirectResponse(request.url.path, status_code=SEE_OTHER)


def _act(provisioning: Provisioning, application_id: str, form: Mapping[str, str]) -> None:
    """Do what the button says; activation asks the service provider, and so may take a while."""
    base_url, token = form.get("base_url", ""), form.get("token_key", "")
    manage_groups = form.get("manage_groups") == "on"
    match form.get("action"):
        case "activate":
            provisioning.activate(application_id, base_url=base_url, token=token, manage_groups=manage_groups)
        case "save":
            provisioning.save(application_id, base_url=base_url, token=token, manage_groups=manage_groups)
        case "update":
            provisioning.update(application_id, manage_groups=manage_groups)
        case "deactivate":
            provisioning.deactivate(application_id)
        case _:
            raise ProvisioningError("action must be one of activate, save, update, deactivate")


def _page(request: Request, application: Application, *, refused: str = "", base_url: str | None = None) -> Response:
    status = directory_of(request).provisioning.status(application.id)
    return render(
        request,
        "admin_identity_management.html",
        status=BAD_REQUEST if refused else 200,
        application=application,
        provisioning=status,
        refused=refused,
        base_url=base_url if base_url and not status.active else status.base_url,
        ask_again=ASK_AGAIN if status.outstanding and not refused else None,
    )


def _application(request: Request) -> Application | None:
    """The application that the path names, where its template can provision."""
    directory = directory_of(request)
    with directory.lock:
        application = directory.applications.get(request.path_params["id"])
    return application if application is not None and application.template.can_provision else None


def _missing(request: Request) -> Response:
    reason = "It does not exist, or its template has no Identity Management."
    return problem(request, "This application cannot provision", reason, status=NOT_FOUND)


def _foreign_form(request: Request) -> Response:
    return problem(request, "This form came from another site", "Please use the admin portal's own.", status=FORBIDDEN)


def routes() -> list[Route]:
    """Where the admin portal is."""
    one = "/admin/applications/{id}/identity-management"
    return [
        Route(HOME, administrators(list_applications), methods=["GET"]),
        Route(LOGIN, sign_in_page, methods=["GET"]),
        Route(LOGIN, sign_in, methods=["POST"]),
        Route("/admin/logout", administrators(sign_out), methods=["POST"]),
        Route(one, administrators(identity_management), methods=["GET"]),
        Route(one, administrators(change), methods=["POST"]),
    ]
