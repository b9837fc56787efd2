"""The comments of one pull request, served on this machine as GitHub's and as GitLab's REST API serve them.

A pytest plugin: a test file names it in `pytest_plugins`, and asks for `github` or `gitlab`.  Not here: claims.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

TOKEN = "not-a-real-token"


@dataclass
class FakeForge:
    """What the service holds, and what it was asked."""

    kind: str
    me: str
    """Who the token belongs to."""

    user_may_be_asked: bool = True
    """Whether `GET /user` tells; a job's token on GitHub may not ask."""

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    before: list[Callable[[str], tuple[int, dict[str, str]] | None]] = field(default_factory=list)
    """Each is asked once, in order, what to answer in place of the request `METHOD path`; None: what it asks for."""

    lose_answer_to: str | None = None
    """Method of a request that is carried out, and whose answer is lost, once."""

    def add(self, author: str, body: str, **more: Any) -> dict[str, Any]:
        """A comment of somebody's."""
        who = {"user": {"login": author}} if self.kind == "github" else {"author": {"username": author}}
        made = {"id": 1000 + len(self.requests) + len(self.comments), "body": body, **who, "system": False, **more}
        self.comments.append(made)
        return made

    @property
    def bodies(self) -> list[str]:
        """What the comments say, the oldest first."""
        return [each["body"] for each in self.comments]

    def writes(self) -> list[str]:
        """Methods of the requests that changed something."""
        return [each.partition(" ")[0] for each in self.requests if not each.startswith("GET")]


class _Handler(BaseHTTPRequestHandler):
    forge: FakeForge

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""

    def _answer(self, status: int, data: Any = None, headers: dict[str, str] | None = None) -> None:
        raw = b"" if data is None else json.dumps(data).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(raw)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = f"{self.command} {parts.path}"
        self.forge.requests.append(asked)
        github = self.forge.kind == "github"
        given = self.headers.get("Authorization") if github else self.headers.get("PRIVATE-TOKEN")
        if given != (f"Bearer {TOKEN}" if github else TOKEN):
            self._answer(401, {"message": "Bad credentials"})
            return
        instead = self.forge.before.pop(0)(asked) if self.forge.before else None
        if instead is not None:
            self._answer(instead[0], {"message": "Resource not accessible by integration"}, instead[1])
            return
        status, data = self._carried_out(parts.path, parse_qs(parts.query), json.loads(raw) if raw else None)
        if self.forge.lose_answer_to == self.command:
            self.forge.lose_answer_to = None
            self.close_connection = True
            return
        self._answer(status, data)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 - names that the server looks for

    def _carried_out(self, path: str, query: dict[str, list[str]], payload: Any) -> tuple[int, Any]:
        github, forge = self.forge.kind == "github", self.forge
        listed = "/repos/acme/app/issues/7/comments" if github else "/projects/42/merge_requests/7/notes"
        if payload is not None and len(payload["body"]) > (65_536 if github else 1_000_000):
            return (422, {"message": "Validation Failed"}) if github else (400, {"message": {"note": ["too long"]}})
        match self.command, path:
            case "GET", "/user" if forge.user_may_be_asked:
                return 200, {"login" if github else "username": forge.me}
            case "GET", "/user":
                return 403, {"message": "Resource not accessible by integration"}
            case "GET", _ if path == listed:
                size, page = int(query["per_page"][0]), int(query["page"][0])
                assert size <= 100
                assert github or query["sort"] == ["asc"]
                return 200, forge.comments[(page - 1) * size : page * size]
            case "POST", _ if path == listed:
                return 201, forge.add(forge.me, payload["body"])
            case _:
                place = "/repos/acme/app/issues/comments" if github else listed
                return self._one(re.fullmatch(rf"{place}/(\d+)", path), payload)

    def _one(self, place: re.Match[str] | None, payload: Any) -> tuple[int, Any]:
        found = [each for each in self.forge.comments if place and each["id"] == int(place[1])]
        if found and self.command == ("PATCH" if self.forge.kind == "github" else "PUT"):
            found[0]["body"] = payload["body"]
            return 200, found[0]
        if found and self.command == "DELETE":
            self.forge.comments.remove(found[0])
            return 204, None
        return 404, {"message": "Not Found"}


class _Server(ThreadingHTTPServer):
    def server_bind(self) -> None:
        """Without asking for the machine's name, which may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])


def _served(forge: FakeForge) -> Iterator[FakeForge]:
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"forge": forge}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    forge.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield forge
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _in(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_TOKEN", "GITLAB_CI", "GITLAB_TOKEN", "CI_SERVER_TLS_CA_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeForge]:
    """GitHub, and the environment of a job for pull request 7 of acme/app, whose token may not ask whose it is."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))
    for forge in _served(FakeForge("github", "github-actions[bot]", user_may_be_asked=False)):
        environment = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": forge.url,
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_REPOSITORY": "acme/app",
            "GITHUB_TOKEN": TOKEN,
        }
        _in(environment, monkeypatch)
        yield forge


@pytest.fixture
def gitlab(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeForge]:
    """GitLab, and the environment of a job for merge request 7 of project 42, with a project access token."""
    for forge in _served(FakeForge("gitlab", "project_42_bot")):
        environment = {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": forge.url,
            "CI_MERGE_REQUEST_IID": "7",
            "CI_MERGE_REQUEST_PROJECT_ID": "42",
            "GITLAB_TOKEN": TOKEN,
        }
        _in(environment, monkeypatch)
        yield forge


@pytest.fixture(params=["github", "gitlab"])
def forge(request: pytest.FixtureRequest) -> FakeForge:
    """Each of the two."""
    found: FakeForge = request.getfixturevalue(request.param)
    return found
