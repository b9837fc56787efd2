"""The admin API for people: v1's systemusers, and v2's members of user groups.

A PUT of a person changes what it names and nothing else, unlike a PUT of an application or of a group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from sandbox.directory import queries
from sandbox.directory.access import admin, object_id
from sandbox.directory.answers import BAD_REQUEST, CONFLICT, json_answer, json_body, not_found, refusal
from sandbox.directory.api_v2 import NO_CONTENT, connection, group_in_path
from sandbox.directory.people import ACTIVATED, STAGED, SUSPENDED
from sandbox.directory.user_values import user_values

if TYPE_CHECKING:
    from starlette.requests import Request

    from sandbox.directory.people import User
    from sandbox.directory.state import Directory

UNIQUE = {"email": "email", "username": "username", "employee_identifier": "employeeIdentifier"}
"""What no two people share, by the field of a record and the API's name of it."""


async def list_people(request: Request, directory: Directory) -> Response:
    """GET /api/systemusers."""
    with directory.lock:
        documents = [user.document(directory.organization.id) for user in directory.users.values()]
    return queries.v1_list(request, documents, default="_id")


async def get_person(request: Request, directory: Directory) -> Response:
    """GET /api/systemusers/{id}."""
    with directory.lock:
        document = _person(request, directory).document(directory.organization.id)
    return json_answer(queries.fields(request.query_params, document, separator=" "))


async def put_person(request: Request, directory: Directory) -> Response:
    """PUT /api/systemusers/{id}: changes what is sent."""
    body = await json_body(request)
    with directory.lock:
        user = _person(request, directory)
        values = user_values(body, state=user.state)
        if user.state == STAGED and values["state"] == SUSPENDED:
            raise refusal(BAD_REQUEST, "a staged user cannot be suspended")
        _refuse_taken(directory, user, values)
        for name, value in values.items():
            setattr(user, name, value)
        return json_answer(user.document(directory.organization.id))


async def delete_person(request: Request, directory: Directory) -> Response:
    """DELETE /api/systemusers/{id}: answers who was deleted."""
    with directory.lock:
        user = _person(request, directory)
        directory.remove_user(user.id)
        return json_answer(user.document(directory.organization.id))


async def activate_person(request: Request, directory: Directory) -> Response:
    """POST /api/systemusers/{id}/state/activate: a staged person begins."""
    with directory.lock:
        user = _person(request, directory)
        if user.state != STAGED:
            raise refusal(BAD_REQUEST, "only a staged user can be activated")
        user.state = ACTIVATED
        return json_answer(user.document(directory.organization.id))


async def list_members(request: Request, directory: Directory) -> Response:
    """GET /api/v2/usergroups/{id}/members."""
    with directory.lock:
        members = list(group_in_path(request, directory).members)
    return queries.v2_list(
        request, [{"attributes": None, "to": {"attributes": None, "id": user, "type": "user"}} for user in members]
    )


async def change_member(request: Request, directory: Directory) -> Response:
    """POST /api/v2/usergroups/{id}/members: add, remove or update one."""
    body = await json_body(request)
    operation, user_id = body.get("op"), body.get("id")
    with directory.lock:
        group = group_in_path(request, directory)
        if operation not in {"add", "remove", "update"}:
            raise refusal(BAD_REQUEST, "op must be one of add, remove, update")
        if body.get("type") != "user":
            raise refusal(BAD_REQUEST, "type must be one of user")
        if not isinstance(user_id, str) or not user_id:
            raise refusal(BAD_REQUEST, "id is required")
        is_member = user_id in group.members
        if user_id not in directory.users or (operation != "add" and not is_member):
            raise not_found()
        if operation == "add" and is_member:
            raise refusal(CONFLICT, "Already Exists")
        if operation == "add":
            group.members.append(user_id)
        elif operation == "remove":
            group.members.remove(user_id)
    return Response(status_code=NO_CONTENT)


async def list_membership(request: Request, directory: Directory) -> Response:
    """GET /api/v2/usergroups/{id}/membership: everybody who is in it, with the path to each."""
    with directory.lock:
        group = group_in_path(request, directory)
        found: list[dict[str, Any]] = [
            {
                "id": user_id,
                "type": "user",
                "compiledAttributes": None,
                "paths": [[connection(("user_group", group.id), ("user", user_id), {})]],
            }
            for user_id in group.members
        ]
    left = queries.v2_filtered(request.query_params, found)
    if request.query_params.get("sort"):
        left = queries.ordered(request.query_params, left, separator=",", default="")
    return queries.v2_list(request, left)


def _person(request: Request, directory: Directory) -> User:
    user = directory.users.get(object_id(request))
    if user is None:
        raise not_found()
    return user


def _refuse_taken(directory: Directory, user: User, values: dict[str, Any]) -> None:
    for name, key in UNIQUE.items():
        wanted = str(values.get(name) or "").lower()
        others = (str(getattr(other, name)).lower() for other in directory.users.values() if other is not user)
        if wanted and wanted in others:
            raise refusal(BAD_REQUEST, f"{key} is already in use")


def routes() -> list[Route]:
    """Where people are served."""
    one, members = "/api/systemusers/{id}", "/api/v2/usergroups/{id}/members"
    return [
        Route("/api/systemusers", admin(list_people), methods=["GET"]),
        Route(one, admin(get_person), methods=["GET"]),
        Route(one, admin(put_person), methods=["PUT"]),
        Route(one, admin(delete_person), methods=["DELETE"]),
        Route(f"{one}/state/activate", admin(activate_person), methods=["POST"]),
        Route(members, admin(list_members), methods=["GET"]),
        Route(members, admin(change_member), methods=["POST"]),
        Route("/api/v2/usergroups/{id}/membership", admin(list_membership), methods=["GET"]),
    ]
