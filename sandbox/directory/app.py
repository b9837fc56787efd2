"""The directory as a web application: admin API, portal, SAML IdP and the sandbox's controls in one.

Not here: what each part does, and the server that runs it (`serving`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from sandbox.directory import admin_portal, api_people, api_v1, api_v2, control, oauth, pages, portal, single_sign_on
from sandbox.directory.access import admin
from sandbox.directory.answers import not_found
from sandbox.directory.wrapping import Connections, FaultInjection, RequestLog

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from sandbox.directory.state import Directory


async def _no_such_route(_request: Request, _directory: Directory) -> Response:
    raise not_found()


def create_app(
    directory: Directory,
    *,
    public_url: str = "http://127.0.0.1:8500",
    sso_url: str = "https://sso.jumpcloud.com",
    routes: Sequence[tuple[str, str]] = (),
    log: Path | None = None,
    connections: Connections | None = None,
) -> Starlette:
    """The application that serves *directory*.

    Args:
        directory: What it holds.
        public_url: Where a browser finds it.
        sso_url: What SSO IdP URLs begin with: `<sso_url>/saml2/<slug>`.  A sandbox with a browser passes *public_url*.
        routes: Pairs of URL prefix (or regular expression, when it begins with `^`) and what to put in its place,
            where a browser is sent to an AWS host name that a local AWS serves.  Never changes what an assertion says.
        log: File for the request log, one JSON object a line.  Default: none.
        connections: The server's connections, for faults that break them.  Default: in process, faults raise.
    """
    unknown = Route("/api/{rest:path}", admin(_no_such_route), methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    app = Starlette(
        routes=[
            *api_v1.routes(),
            *api_v2.routes(),
            *api_people.routes(),
            unknown,
            *oauth.routes(),
            *control.routes(),
            *portal.routes(),
            *admin_portal.routes(),
            *single_sign_on.routes(),
            pages.assets(),
        ],
        middleware=[
            Middleware(RequestLog, directory=directory, file=log),
            Middleware(FaultInjection, directory=directory, connections=connections),
        ],
    )
    app.state.directory = directory
    app.state.public_url = public_url.rstrip("/")
    app.state.sso_url = sso_url.rstrip("/")
    app.state.routes = tuple(routes)
    return app
