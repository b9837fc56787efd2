"""Faults on demand, the request log and the sandbox's controls, called without a server."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox.directory.app import create_app
from sandbox.directory.faults import ConnectionCut, Fault, NoAnswer
from sandbox.directory.in_process import InProcess, in_process_client
from sandbox.directory.state import Directory, RequestRecord

if TYPE_CHECKING:
    from pathlib import Path

GROUPS = "/api/v2/usergroups"


@pytest.fixture
def directory() -> Directory:
    """The example directory."""
    return Directory.example()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the request log goes."""
    return tmp_path / "requests.jsonl"


@pytest.fixture
def client(directory: Directory, log: Path) -> httpx.Client:
    """An administrator."""
    client = in_process_client(create_app(directory, log=log))
    client.headers["x-api-key"] = "sandbox-api-key"
    return client


def made(directory: Directory) -> bool:
    """Whether the group `new` was made."""
    return any(group.name == "new" for group in directory.groups.values())


def make(client: httpx.Client) -> httpx.Response:
    """Make the group `new`."""
    return client.post(GROUPS, json={"name": "new"})


def test_a_status_fault_answers_in_place_of_the_api(client: httpx.Client, directory: Directory) -> None:
    """The request is not processed; Retry-After is sent where asked for."""
    directory.faults.add(Fault(kind="status", status=429, retry_after="2"))
    answer = make(client)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert not made(directory)
    assert make(client).status_code == 201


def test_a_status_fault_may_come_after_the_request_took_effect(client: httpx.Client, directory: Directory) -> None:
    """`processed` makes a lost answer out of an error."""
    directory.faults.add(Fault(kind="status", status=502, processed=True))
    assert make(client).status_code == 502
    assert made(directory)


def test_no_answer_raises_and_nothing_happened(client: httpx.Client, directory: Directory) -> None:
    """In process a timeout before processing is an exception."""
    directory.faults.add(Fault(kind="no-answer"))
    with pytest.raises(NoAnswer):
        make(client)
    assert not made(directory)
    assert directory.requests == [RequestRecord("POST", GROUPS, None)]


def test_a_cut_connection_raises_although_it_happened(client: httpx.Client, directory: Directory) -> None:
    """In process a connection cut after processing is an exception, and the group is there."""
    directory.faults.add(Fault(kind="cut"))
    with pytest.raises(ConnectionCut):
        make(client)
    assert made(directory)


def test_a_page_may_stand_where_json_belongs(client: httpx.Client, directory: Directory) -> None:
    """HTML with the status asked for, 200 too."""
    directory.faults.add(Fault(kind="html", status=200))
    answer = client.get(GROUPS)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_json_may_be_cut_in_half(client: httpx.Client, directory: Directory) -> None:
    """The answer is well-formed HTTP, but no JSON."""
    directory.faults.add(Fault(kind="truncated"))
    answer = client.get(GROUPS)
    assert (answer.status_code, answer.headers["x-total-count"]) == (200, "3")
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_a_redirect_leads_where_it_says(client: httpx.Client, directory: Directory) -> None:
    """302 to another place."""
    directory.faults.add(Fault(kind="redirect", location="https://elsewhere.example/"))
    answer = client.get(GROUPS)
    assert (answer.status_code, answer.headers["location"]) == (302, "https://elsewhere.example/")


def test_a_delay_is_late_but_right(client: httpx.Client, directory: Directory) -> None:
    """The answer is the API's own, after the time asked for."""
    directory.faults.add(Fault(kind="delay", seconds=0.2))
    begin = time.monotonic()
    assert len(client.get(GROUPS).json()) == 3
    assert time.monotonic() - begin >= 0.2


def test_a_fault_happens_to_the_requests_it_is_about(client: httpx.Client, directory: Directory) -> None:
    """Method and whole path have to fit; some may pass first; it happens as often as asked."""
    directory.faults.add(Fault(kind="status", method="GET", path="/api/v2/user.*", skip=1, count=2))
    assert make(client).status_code == 201
    assert client.get("/api/applications").status_code == 200
    assert [client.get(GROUPS).status_code for _ in range(4)] == [200, 503, 503, 200]
    assert directory.faults.pending() == []


def test_a_fault_for_ever_ends_when_cleared(client: httpx.Client, directory: Directory) -> None:
    """`count` None never runs out."""
    directory.faults.add(Fault(kind="status", count=None))
    assert [client.get(GROUPS).status_code for _ in range(3)] == [503, 503, 503]
    directory.faults.clear()
    assert client.get(GROUPS).status_code == 200


def test_one_fault_happens_at_a_time_but_all_count(client: httpx.Client, directory: Directory) -> None:
    """The older one goes first; the second counts the request all the same."""
    directory.faults.add(Fault(kind="status", status=500))
    directory.faults.add(Fault(kind="status", status=429, skip=1))
    assert [client.get(GROUPS).status_code for _ in range(3)] == [500, 429, 200]


def test_faults_are_set_listed_and_cleared_over_http(client: httpx.Client, directory: Directory) -> None:
    """The same faults, as JSON; an unknown field or kind is refused."""
    body: dict[str, Any] = {"kind": "status", "method": "POST", "path": GROUPS, "status": 500}
    answer = client.post("/_sandbox/faults", json=body)
    assert answer.status_code == 201
    assert body.items() <= answer.json().items()
    assert client.get("/_sandbox/faults").json() == [answer.json()]
    assert make(client).status_code == 500
    client.post("/_sandbox/faults", json=body)
    assert client.delete("/_sandbox/faults").status_code == 204
    assert make(client).status_code == 201
    for wrong in ({"kind": "status", "often": 2}, {"kind": "fire"}, {}, {"kind": "cut", "path": "("}):
        assert client.post("/_sandbox/faults", json=wrong).status_code == 400
    assert directory.faults.pending() == []


def test_the_log_has_every_request_but_the_controls(client: httpx.Client, directory: Directory, log: Path) -> None:
    """Method, path and status, in the directory, over HTTP and in the file; never a query or a header."""
    client.get(f"{GROUPS}?filter=name:eq:finance")
    client.get("/api/applications", headers={"x-api-key": "wrong"})
    wanted = [("GET", GROUPS, 200), ("GET", "/api/applications", 401)]
    assert [(record.method, record.path, record.status) for record in directory.requests] == wanted
    told = client.get("/_sandbox/requests").json()
    assert [(record["method"], record["path"], record["status"]) for record in told] == wanted
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == wanted
    assert "sandbox-api-key" not in log.read_text(encoding="utf-8")


def test_a_reset_leaves_the_example_and_nothing_else(client: httpx.Client, directory: Directory) -> None:
    """Applications, faults, log and new groups are gone; people and key are there again."""
    make(client)
    client.post("/api/applications", json={"name": "bookmark", "ssoUrl": "https://a.example", "config": {}})
    directory.faults.add(Fault(kind="cut"))
    assert client.post("/_sandbox/reset").status_code == 204
    assert (directory.requests, directory.faults.pending(), directory.applications) == ([], [], {})
    assert len(client.get(GROUPS).json()) == 3
    assert directory.user("ada@example.com").first_name == "Ada"


def test_the_controls_are_not_for_web_pages(client: httpx.Client) -> None:
    """A request that a browser sends from a page is refused."""
    answer = client.post("/_sandbox/reset", headers={"origin": "https://evil.example"})
    assert answer.status_code == 403


def test_the_controls_are_for_this_machine_only(directory: Directory) -> None:
    """A request from another address is refused."""
    app = create_app(directory)

    class FromElsewhere(InProcess):
        """A caller with a foreign address."""

        client = ("192.0.2.1", 5000)

    with httpx.Client(transport=FromElsewhere(app), base_url="http://127.0.0.1:8500") as client:
        assert client.get("/_sandbox/ready").status_code == 403
    assert in_process_client(app).get("/_sandbox/ready").json()["displayName"] == "Acme"
