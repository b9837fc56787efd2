"""Who may call the admin API: API key or access token, and the rules of the header x-org-id.

Without any credential JumpCloud redirects to its sign-in page; only a wrong one is a 401.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox.directory.answers import BAD_REQUEST, FORBIDDEN, NOT_FOUND, UNAUTHORIZED, Refused, refusal
from sandbox.directory.state import Directory

if TYPE_CHECKING:
    from sandbox.directory.people import Organization

OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}")
Handler = Callable[[Request, Directory], Awaitable[Response]]


def directory_of(request: Request) -> Directory:
    """The directory that the app serves."""
    directory = request.app.state.directory
    assert isinstance(directory, Directory)
    return directory


def admin(handler: Handler, *, takes_org_id: bool = True) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that lets only administrators through to *handler*, and answers its refusals."""

    async def endpoint(request: Request) -> Response:
        directory = directory_of(request)
        try:
            multi_tenant = _authenticate(request, directory)
            if multi_tenant is None:
                return RedirectResponse("/login", status_code=302)
            if takes_org_id:
                _organization(request, directory.organization, multi_tenant=multi_tenant)
            elif "x-org-id" in request.headers:
                raise refusal(FORBIDDEN, "x-org-id is not supported on this route")
            answer = await handler(request, directory)
        except Refused as refused:
            return refused.response()
        if request.method != "GET":
            directory.provisioning.look()
        return answer

    return endpoint


def object_id(request: Request, name: str = "id") -> str:
    """The id in the path; a 400 where it is not one."""
    given = str(request.path_params[name])
    if not OBJECT_ID.fullmatch(given):
        raise refusal(BAD_REQUEST, f"invalid id: {given}")
    return given.lower()


def _authenticate(request: Request, directory: Directory) -> bool | None:
    """Whether the caller looks after several organizations; None where there is no credential at all."""
    key = request.headers.get("x-api-key")
    if key is not None:
        api_key = directory.find_api_key(key)
        if api_key is None:
            raise _unauthorized("api key user not found")
        return api_key.multi_tenant
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    if not directory.accepts_token(token.strip()):
        raise _unauthorized("invalid token")
    return False


def _unauthorized(why: str) -> Refused:
    return Refused(UNAUTHORIZED, {"error": "Unauthorized", "message": f"Unauthorized: {why}"})


def _organization(request: Request, organization: Organization, *, multi_tenant: bool) -> None:
    given = request.headers.get("x-org-id")
    in_path = request.path_params.get("organization_id")
    if given is None:
        if multi_tenant:
            raise refusal(UNAUTHORIZED, "x-org-id is required")
        return
    if not OBJECT_ID.fullmatch(given):
        raise refusal(BAD_REQUEST, "x-org-id is malformed")
    if in_path is not None and in_path != given:
        raise refusal(BAD_REQUEST, "x-org-id and Organization path ID do not match")
    if given != organization.id:
        raise refusal(NOT_FOUND, "organization not found")
