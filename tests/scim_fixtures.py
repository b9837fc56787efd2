"""A small SCIM service provider that the directory's provisioning is tried against, and the directory beside it.

A pytest plugin: a test file names it in `pytest_plugins`, and asks for the fixture `desk`.  No network.
Not Identity Center: only as much of its rules as the client has to keep.
"""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox.directory.app import create_app
from sandbox.directory.in_process import in_process_client
from sandbox.directory.state import Directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.directory.provisioning_status import Outcome, Status

BASE_URL, TOKEN = "http://scim.example/t/scim/v2", "scim-token-of-the-test"
FILTER = re.compile(r'(\w+) eq ("(?:[^"\\]|\\.)*")')


@dataclass
class StandIn:
    """Users and groups by id, and every request that came."""

    resources: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {"Users": {}, "Groups": {}})
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    """Method, path with query, body."""

    answers: deque[httpx.Response | Exception] = field(default_factory=deque)
    """What the next requests are answered instead of being processed."""

    made: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path = request.url.path.removeprefix("/t/scim/v2/")
        body = json.loads(request.content) if request.content else None
        target = path if not request.url.query else f"{path}?{httpx.QueryParams(request.url.query)}"
        self.requests.append((request.method, target, body))
        if self.answers:
            answer = self.answers.popleft()
            if isinstance(answer, Exception):
                raise answer
            return answer
        if request.headers["authorization"] != f"Bearer {TOKEN}":
            return refused(401, "Unauthorized")
        kind, _, resource_id = path.partition("/")
        if kind not in self.resources:
            return refused(404, "no such endpoint")
        return self.process(request, self.resources[kind], resource_id, body)

    def process(
        self, request: httpx.Request, resources: dict[str, dict[str, Any]], resource_id: str, body: Any
    ) -> httpx.Response:
        """Answer a request about users or about groups."""
        if request.method == "GET":
            match = FILTER.fullmatch(request.url.params.get("filter", ""))
            found = [each for each in resources.values() if not match or each[match[1]] == json.loads(match[2])]
            shown = [{key: value for key, value in each.items() if key != "members"} for each in found]
            return httpx.Response(200, json={"totalResults": len(found), "Resources": shown[:50]})
        if request.method == "POST":
            return self.create(resources, body)
        if resource_id not in resources:
            return refused(404, "Resource not found")
        if request.method == "DELETE":
            del resources[resource_id]
            for group in self.resources["Groups"].values():
                group["members"].discard(resource_id)
            return httpx.Response(204)
        if request.method == "PUT":
            resources[resource_id] = body
            return httpx.Response(200, json=body)
        return self.patch(resources[resource_id], body)

    def create(self, resources: dict[str, dict[str, Any]], body: dict[str, Any]) -> httpx.Response:
        """Make a user or a group whose name is free."""
        key = "userName" if "userName" in body else "displayName"
        if any(each[key] == body[key] for each in resources.values()):
            return refused(409, "Duplicate")
        self.made += 1
        made = {**body, "id": f"{'user' if key == 'userName' else 'group'}-{self.made}"}
        resources[made["id"]] = made
        answer = httpx.Response(201, json=made)
        if key == "displayName":
            resources[made["id"]] = {**made, "members": set()}
        return answer

    def patch(self, group: dict[str, Any], body: dict[str, Any]) -> httpx.Response:
        """Rename a group, or change at most a hundred members."""
        for operation in body["Operations"]:
            if operation["path"] == "displayName":
                group["displayName"] = operation["value"]
                continue
            members = {member["value"] for member in operation["value"]}
            if len(members) > 100 or not members <= self.resources["Users"].keys():
                return refused(400, "members are not valid")
            if operation["op"] == "add":
                group["members"] |= members
            else:
                group["members"] -= members
        return httpx.Response(204)

    @property
    def users(self) -> dict[str, dict[str, Any]]:
        """Users by user name."""
        return {user["userName"]: user for user in self.resources["Users"].values()}

    @property
    def groups(self) -> dict[str, set[str]]:
        """The user names of each group's members, by the group's name."""
        users = self.resources["Users"]
        return {
            group["displayName"]: {users[member]["userName"] for member in group["members"]}
            for group in self.resources["Groups"].values()
        }

    def writes(self) -> list[str]:
        """What was written so far, as `METHOD path`, and is told no more."""
        told = [f"{method} {target}" for method, target, _ in self.requests if method != "GET"]
        self.requests.clear()
        return told


def refused(status: int, detail: str, **headers: str) -> httpx.Response:
    """A SCIM error."""
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": detail}
    return httpx.Response(status, json=body, headers=headers)


@dataclass
class Desk:
    """An administrator's desk: the directory, its API, an application that can provision, and the stand-in."""

    directory: Directory
    api: httpx.Client
    scim: StandIn
    application: str

    def bind(self, *groups: str, operation: str = "add") -> None:
        """Let the groups called *groups* use the application, or no longer."""
        for name in groups:
            edge = {"op": operation, "type": "user_group", "id": self.directory.group(name).id}
            path = f"/api/v2/applications/{self.application}/associations"
            assert self.api.post(path, json=edge).status_code == 204

    def member(self, operation: str, group: str, email: str) -> None:
        """Let a person join or leave a group."""
        body = {"op": operation, "type": "user", "id": self.directory.user(email).id}
        path = f"/api/v2/usergroups/{self.directory.group(group).id}/members"
        assert self.api.post(path, json=body).status_code == 204

    def put(self, email: str, /, **values: Any) -> None:
        """Change a person."""
        assert self.api.put(f"/api/systemusers/{self.directory.user(email).id}", json=values).status_code == 200

    def activate(self, **more: Any) -> Status:
        """Turn provisioning on, and wait until everything is sent."""
        given = {"base_url": BASE_URL, "token": TOKEN} | more
        self.directory.provisioning.activate(self.application, **given)
        return self.settle()

    def settle(self) -> Status:
        """Wait until everything is sent."""
        self.directory.provisioning.settle(20)
        return self.directory.provisioning.status(self.application)

    def outcome(self, name: str) -> Outcome:
        """What became of a person or group."""
        return self.directory.provisioning.status(self.application).of(name)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """The example directory with an application that can provision and is bound to nobody; pauses are short."""
    directory = Directory.example()
    api = in_process_client(create_app(directory))
    api.headers["x-api-key"] = "sandbox-api-key"
    body = {"active": True, "name": "aws-sso", "displayLabel": "AWS", "ssoUrl": "center", "config": {}}
    scim = StandIn()
    directory.provisioning.transport = httpx.MockTransport(scim)
    directory.provisioning.first_pause = 0.01
    yield Desk(directory, api, scim, str(api.post("/api/applications", json=body).json()["_id"]))
    directory.close()
