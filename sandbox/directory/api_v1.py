"""The v1 admin API: applications, their templates, the organization, and the metadata export.

Not here: what an application is made of (`applications`), and who may call (`access`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from sandbox.directory import applications, queries
from sandbox.directory.access import admin, object_id
from sandbox.directory.answers import SERVER_ERROR, invalid, json_answer, json_body, not_found, refusal
from sandbox.directory.metadata_xml import metadata_xml
from sandbox.directory.people import new_id

if TYPE_CHECKING:
    from starlette.requests import Request

    from sandbox.directory.applications import Application
    from sandbox.directory.state import Directory


async def list_applications(request: Request, directory: Directory) -> Response:
    """GET /api/applications."""
    with directory.lock:
        documents = [application.document() for application in directory.applications.values()]
    return queries.v1_list(request, documents)


async def create_application(request: Request, directory: Directory) -> Response:
    """POST /api/applications."""
    body = await json_body(request)
    name = body.get("name")
    if not isinstance(name, str) or not name:
        raise invalid("name is required")
    template = directory.templates.get(name)
    if template is None:
        raise invalid(f"application template not found: {name}")
    pair = await run_in_threadpool(directory.new_pair) if applications.needs_pair(template, body) else None
    with directory.lock:
        now = directory.clock()
        application = applications.create(
            template,
            body,
            application_id=new_id(now),
            organization=directory.organization.id,
            sso_url=request.app.state.sso_url,
            now=now,
            pair=pair,
        )
        directory.applications[application.id] = application
        return json_answer(application.document())


async def get_application(request: Request, directory: Directory) -> Response:
    """GET /api/applications/{id}."""
    with directory.lock:
        return json_answer(_application(request, directory).document())


async def put_application(request: Request, directory: Directory) -> Response:
    """PUT /api/applications/{id}: a full replacement."""
    with directory.lock:
        template = _application(request, directory).template
    body = await json_body(request)
    pair = await run_in_threadpool(directory.new_pair) if applications.needs_pair(template, body) else None
    with directory.lock:
        application = _application(request, directory)
        applications.replace(application, body, now=directory.clock(), pair=pair)
        return json_answer(application.document())


async def delete_application(request: Request, directory: Directory) -> Response:
    """DELETE /api/applications/{id}: answers what was deleted."""
    with directory.lock:
        application = _application(request, directory)
        directory.remove_application(application.id)
        return json_answer(application.document())


async def list_templates(request: Request, directory: Directory) -> Response:
    """GET /api/application-templates."""
    return queries.v1_list(request, [template.document() for template in directory.templates.values()])


async def get_template(request: Request, directory: Directory) -> Response:
    """GET /api/application-templates/{id}."""
    wanted = object_id(request)
    for template in directory.templates.values():
        if template.id == wanted:
            return json_answer(template.document())
    raise not_found()


async def list_organizations(request: Request, directory: Directory) -> Response:
    """GET /api/organizations."""
    return queries.v1_list(request, [directory.organization.document()], default="displayName")


async def export_metadata(request: Request, directory: Directory) -> Response:
    """GET /api/organizations/{organization_id}/applications/{id}/metadata.xml, which no document describes."""
    with directory.lock:
        if object_id(request, "organization_id") != directory.organization.id:
            raise not_found()
        application = _application(request, directory)
        if application.template.sso_type != "saml":
            raise not_found()
        document = metadata_xml(application)
    if document is None:
        raise refusal(SERVER_ERROR, "Internal Server Error")
    return Response(document, media_type="application/xml")


def _application(request: Request, directory: Directory) -> Application:
    application = directory.applications.get(object_id(request))
    if application is None:
        raise not_found()
    return application


def routes() -> list[Route]:
    """Where the v1 API is served."""
    one = "/api/applications/{id}"
    export = "/api/organizations/{organization_id}/applications/{id}/metadata.xml"
    return [
        Route("/api/applications", admin(list_applications), methods=["GET"]),
        Route("/api/applications", admin(create_application), methods=["POST"]),
        Route(one, admin(get_application), methods=["GET"]),
        Route(one, admin(put_application), methods=["PUT"]),
        Route(one, admin(delete_application), methods=["DELETE"]),
        Route("/api/application-templates", admin(list_templates), methods=["GET"]),
        Route("/api/application-templates/{id}", admin(get_template), methods=["GET"]),
        Route("/api/organizations", admin(list_organizations, takes_org_id=False), methods=["GET"]),
        Route(export, admin(export_metadata), methods=["GET"]),
    ]
