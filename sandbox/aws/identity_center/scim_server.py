"""Identity Center's SCIM server: `/scim/<tenant>/scim/v2/...`, with scim2-server behind the constraints.

What is kept is `scim_storage.py`'s; what is refused beyond SCIM is `scim_constraints.py`'s.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from scim2_models import NotFoundException, SCIMException, UnauthorizedException
from scim2_server.errors import MethodNotAllowedException
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService

from sandbox.aws.identity_center.access_tokens import accepted
from sandbox.aws.identity_center.http_request import Answer, HttpRequest
from sandbox.aws.identity_center.instances import INSTANCES, Instance
from sandbox.aws.identity_center.scim_constraints import (
    GROUPS,
    USERS,
    check_list,
    check_new_group,
    check_patch,
    check_user,
    without_own_id,
)
from sandbox.aws.identity_center.scim_schema import provider
from sandbox.aws.identity_center.scim_storage import IdentityStoreStorage

PREFIX: Final = "/scim/"
_PATH = re.compile(r"/scim/(?P<tenant>[A-Za-z0-9-]{8,64})/scim/v2(?P<rest>/.*)?", re.DOTALL)
_RESOURCES: Final = frozenset({USERS, GROUPS})
_DISCOVERY: Final = frozenset({"ServiceProviderConfig", "Schemas", "ResourceTypes"})
_ALLOWED: Final = {
    (USERS, False): ("GET", "POST"),
    (USERS, True): ("GET", "PUT", "PATCH", "DELETE"),
    (GROUPS, False): ("GET", "POST"),
    (GROUPS, True): ("GET", "PATCH", "DELETE"),
}
"""Methods by endpoint, and by whether an id follows."""


@cache
def _service() -> ScimService:
    return ScimService(provider())


def answer(request: HttpRequest) -> Answer:
    """The answer to one request, whose path begins with `PREFIX`."""
    found = _PATH.fullmatch(request.path)
    try:
        instance = _authorized(found["tenant"] if found else "", request.headers.get("authorization", ""))
        rest = (found["rest"] if found else None) or ""
        asked = ScimRequest(
            method=request.method,
            base_url=f"{request.base_url}{request.path.removesuffix(rest)}",
            path=rest,
            query=request.query,
            headers=request.headers,
            body=request.body,
        )
        _check(asked)
        return _sent(_handle(asked, instance))
    except SCIMException as refusal:
        return _sent(_service().error_response(refusal))


def _authorized(tenant: str, authorization: str) -> Instance:
    scheme, _, token = authorization.partition(" ")
    with INSTANCES.lock:
        instance = INSTANCES.find(lambda one: bool(tenant) and one.tenant == tenant)
        tokens = list(instance.tokens) if instance else []
    fits = accepted(token.strip(), tokens, datetime.now(UTC))
    if instance is None or scheme.lower() != "bearer" or not fits:
        # One sentence for all of it: whoever has no token learns nothing of tenants.
        raise UnauthorizedException(
            detail="asking the SCIM endpoint: the tenant or the access token is not right, or the token has expired"
        )
    return instance


def _check(request: ScimRequest) -> None:
    endpoint, _, resource_id = request.path.removeprefix("/").partition("/")
    if endpoint in _DISCOVERY:
        _allow(request, ("GET",))
        return
    if endpoint not in _RESOURCES or "/" in resource_id or request.path.endswith("/"):
        raise NotFoundException(
            detail=f"asking the SCIM endpoint: there is no {request.path or '/'}; there are /Users, /Groups, "
            "/ServiceProviderConfig, /Schemas and /ResourceTypes"
        )
    _allow(request, _ALLOWED[endpoint, bool(resource_id)])
    if request.method == "GET" and not resource_id:
        check_list(endpoint, request.query)
    if request.method in {"POST", "PUT", "PATCH"}:
        _check_body(endpoint, resource_id, request)


def _allow(request: ScimRequest, methods: tuple[str, ...]) -> None:
    if request.method not in methods:
        raise MethodNotAllowedException(
            allowed=methods, detail=f"asking {request.path}: {request.method} is not supported"
        )


def _check_body(endpoint: str, resource_id: str, request: ScimRequest) -> None:
    body = _service().decode_body(request.body, request.header("content-type"))
    if request.method == "PATCH":
        request.body = json.dumps(without_own_id(body, resource_id)).encode()
        check_patch(endpoint, without_own_id(body, resource_id))
    elif endpoint == USERS:
        check_user(body)
    else:
        check_new_group(body)


def _handle(request: ScimRequest, instance: Instance) -> ScimResponse:
    service = _service()
    return ScimHandler(service, IdentityStoreStorage(instance.store, service.provider)).handle(request)


def _sent(response: ScimResponse) -> Answer:
    if response.body is None:
        return int(response.status), response.headers, b""
    resources = response.body.get("Resources", [response.body])
    for resource in resources if isinstance(resources, list) else []:
        _hide_members(resource)
    return int(response.status), response.headers, json.dumps(response.body).encode()


def _hide_members(resource: Any) -> None:
    """Identity Center tells nobody a group's members: who wants to know asks with a filter."""
    if isinstance(resource, dict) and (resource.get("meta") or {}).get("resourceType") == "Group":
        resource["members"] = []
