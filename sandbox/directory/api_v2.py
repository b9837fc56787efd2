"""The v2 admin API: user groups, and which of them (or which people) may use which application.

Lists are bare arrays; how many there are in all is in the header x-total-count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from sandbox.directory import queries
from sandbox.directory.access import admin, object_id
from sandbox.directory.answers import BAD_REQUEST, CONFLICT, json_answer, json_body, not_found, refusal
from sandbox.directory.group_values import group_values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from sandbox.directory.people import Group
    from sandbox.directory.state import Directory, Edge

APPLICATION_TARGETS = ("user", "user_group")
GROUP_TARGETS = ("application",)
CREATED, NO_CONTENT = 201, 204


async def list_groups(request: Request, directory: Directory) -> Response:
    """GET /api/v2/usergroups."""
    with directory.lock:
        summaries = [group.summary() for group in directory.groups.values()]
    query = request.query_params
    left = queries.v2_filtered(query, summaries)
    if query.get("sort"):
        left = queries.ordered(query, left, separator=",", default="")
    return queries.v2_list(request, left)


async def create_group(request: Request, directory: Directory) -> Response:
    """POST /api/v2/usergroups."""
    body = await json_body(request)
    values = group_values(body)
    with directory.lock:
        group = directory.add_group(values["name"])
        _fill(group, values)
        return json_answer(group.document(), status=CREATED)


async def get_group(request: Request, directory: Directory) -> Response:
    """GET /api/v2/usergroups/{id}."""
    with directory.lock:
        return json_answer(group_in_path(request, directory).document())


async def put_group(request: Request, directory: Directory) -> Response:
    """PUT /api/v2/usergroups/{id}: a full replacement, which resets what is left out; members stay."""
    body = await json_body(request)
    with directory.lock:
        group = group_in_path(request, directory)
        _fill(group, group_values(body))
        return json_answer(group.document())


async def delete_group(request: Request, directory: Directory) -> Response:
    """DELETE /api/v2/usergroups/{id}."""
    with directory.lock:
        directory.remove_group(group_in_path(request, directory).id)
    return Response(status_code=NO_CONTENT)


async def list_application_associations(request: Request, directory: Directory) -> Response:
    """GET /api/v2/applications/{id}/associations?targets=…."""
    with directory.lock:
        application_id = _application_id(request, directory)
        targets = _targets(request, APPLICATION_TARGETS)
        return queries.v2_list(
            request,
            [
                connection(("application", application_id), (kind, target), attributes)
                for (source, kind, target), attributes in directory.associations.items()
                if source == application_id and kind in targets
            ],
        )


async def change_application_association(request: Request, directory: Directory) -> Response:
    """POST /api/v2/applications/{id}/associations: add, remove or update one."""
    body = await json_body(request)
    with directory.lock:
        application_id = _application_id(request, directory)
        kind, target = _operand(body, APPLICATION_TARGETS)
        known: Iterable[str] = directory.users if kind == "user" else directory.groups
        return _change(directory, body, (application_id, kind, target), target_exists=target in known)


async def list_group_associations(request: Request, directory: Directory) -> Response:
    """GET /api/v2/usergroups/{id}/associations?targets=application."""
    with directory.lock:
        group_id = group_in_path(request, directory).id
        _targets(request, GROUP_TARGETS)
        return queries.v2_list(
            request,
            [
                connection(("user_group", group_id), ("application", source), attributes)
                for (source, kind, target), attributes in directory.associations.items()
                if (kind, target) == ("user_group", group_id)
            ],
        )


async def change_group_association(request: Request, directory: Directory) -> Response:
    """POST /api/v2/usergroups/{id}/associations: the same edge from the other side."""
    body = await json_body(request)
    with directory.lock:
        group_id = group_in_path(request, directory).id
        _, target = _operand(body, GROUP_TARGETS)
        edge = (target, "user_group", group_id)
        return _change(directory, body, edge, target_exists=target in directory.applications)


async def application_groups(request: Request, directory: Directory) -> Response:
    """GET /api/v2/applications/{id}/usergroups: the groups bound to it, with the path to each."""
    with directory.lock:
        application_id = _application_id(request, directory)
        found = [
            target
            for source, kind, target in directory.associations
            if (source, kind) == (application_id, "user_group")
        ]
        return queries.v2_list(
            request, [_reached("application", application_id, "user_group", group) for group in found]
        )


async def application_users(request: Request, directory: Directory) -> Response:
    """GET /api/v2/applications/{id}/users: the people who may use it, directly or by a group."""
    with directory.lock:
        application_id = _application_id(request, directory)
        paths: dict[str, list[list[dict[str, Any]]]] = {}
        for source, kind, target in directory.associations:
            if source != application_id:
                continue
            first = connection(("application", application_id), (kind, target), {})
            if kind == "user":
                paths.setdefault(target, []).append([first])
                continue
            for user_id in directory.groups[target].members:
                second = connection(("user_group", target), ("user", user_id), {})
                paths.setdefault(user_id, []).append([first, second])
    return queries.v2_list(
        request,
        [{"id": user, "type": "user", "compiledAttributes": None, "paths": found} for user, found in paths.items()],
    )


async def group_applications(request: Request, directory: Directory) -> Response:
    """GET /api/v2/usergroups/{id}/applications: the applications that its members may use."""
    with directory.lock:
        group_id = group_in_path(request, directory).id
        found = [
            source for source, kind, target in directory.associations if (kind, target) == ("user_group", group_id)
        ]
        return queries.v2_list(request, [_reached("user_group", group_id, "application", source) for source in found])


def _change(directory: Directory, body: dict[str, Any], edge: Edge, *, target_exists: bool) -> Response:
    attributes = body.get("attributes") or {}
    if not isinstance(attributes, dict):
        raise refusal(BAD_REQUEST, "attributes must be an object")
    operation, exists = body.get("op"), edge in directory.associations
    if operation not in {"add", "remove", "update"}:
        raise refusal(BAD_REQUEST, "op must be one of add, remove, update")
    if not target_exists or (operation != "add" and not exists):
        raise not_found()
    if operation == "add" and exists:
        raise refusal(CONFLICT, "Already Exists")
    if operation == "remove":
        del directory.associations[edge]
    else:
        directory.associations[edge] = attributes
    return Response(status_code=NO_CONTENT)


def _operand(body: dict[str, Any], kinds: tuple[str, ...]) -> tuple[str, str]:
    kind, target = body.get("type"), body.get("id")
    if kind not in kinds:
        raise refusal(BAD_REQUEST, f"type must be one of {', '.join(kinds)}")
    if not isinstance(target, str) or not target:
        raise refusal(BAD_REQUEST, "id is required")
    return str(kind), target


def _targets(request: Request, kinds: tuple[str, ...]) -> list[str]:
    asked = [kind for value in request.query_params.getlist("targets") for kind in value.split(",") if kind]
    if not asked:
        raise refusal(BAD_REQUEST, "targets is required")
    if not set(asked) <= set(kinds):
        raise refusal(BAD_REQUEST, f"targets must be among {', '.join(kinds)}")
    return asked


def _fill(group: Group, values: dict[str, Any]) -> None:
    """Replace everything in *group* that can be written."""
    for name, value in values.items():
        setattr(group, name, value)
    group.attributes = {"ldapGroups": [{"name": group.name}]} | group.attributes


def group_in_path(request: Request, directory: Directory) -> Group:
    """The group that the path names; a 404 where there is none."""
    group = directory.groups.get(object_id(request))
    if group is None:
        raise not_found()
    return group


def _application_id(request: Request, directory: Directory) -> str:
    application_id = object_id(request)
    if application_id not in directory.applications:
        raise not_found()
    return application_id


def connection(source: tuple[str, str], target: tuple[str, str], attributes: dict[str, Any]) -> dict[str, Any]:
    """An edge between two things, each by kind and id."""
    answer: dict[str, Any] = {
        "from": {"type": source[0], "id": source[1]},
        "to": {"type": target[0], "id": target[1]},
    }
    return answer | ({"attributes": attributes} if attributes else {})


def _reached(source: str, source_id: str, kind: str, target: str) -> dict[str, Any]:
    path = [connection((source, source_id), (kind, target), {})]
    return {"id": target, "type": kind, "compiledAttributes": None, "paths": [path]}


def routes() -> list[Route]:
    """Where the v2 API is served."""
    group, application = "/api/v2/usergroups/{id}", "/api/v2/applications/{id}"
    return [
        Route("/api/v2/usergroups", admin(list_groups), methods=["GET"]),
        Route("/api/v2/usergroups", admin(create_group), methods=["POST"]),
        Route(group, admin(get_group), methods=["GET"]),
        Route(group, admin(put_group), methods=["PUT"]),
        Route(group, admin(delete_group), methods=["DELETE"]),
        Route(f"{group}/associations", admin(list_group_associations), methods=["GET"]),
        Route(f"{group}/associations", admin(change_group_association), methods=["POST"]),
        Route(f"{group}/applications", admin(group_applications), methods=["GET"]),
        Route(f"{application}/associations", admin(list_application_associations), methods=["GET"]),
        Route(f"{application}/associations", admin(change_application_association), methods=["POST"]),
        Route(f"{application}/usergroups", admin(application_groups), methods=["GET"]),
        Route(f"{application}/users", admin(application_users), methods=["GET"]),
    ]
