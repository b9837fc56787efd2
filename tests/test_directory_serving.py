"""The emulated directory as a server on this machine: faults that break connections, and the command."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from sandbox.directory.faults import Fault
from sandbox.directory.serving import running
from sandbox.directory.state import Directory

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e

KEY = {"x-api-key": "sandbox-api-key"}
GROUPS = "/api/v2/usergroups"


@pytest.fixture
def directory() -> Directory:
    """The example directory."""
    return Directory.example()


@pytest.fixture
def client(directory: Directory) -> Iterator[httpx.Client]:
    """An administrator, over a real connection."""
    with running(directory) as url, httpx.Client(base_url=url, headers=KEY, timeout=10) as client:
        yield client


def test_sso_urls_lead_to_the_server_itself(client: httpx.Client) -> None:
    """So that a browser finds them."""
    body = {"active": True, "name": "saml2", "ssoUrl": "https://sso.jumpcloud.com/saml2/x", "config": {}}
    made = client.post("/api/applications", json=body).json()
    assert made["ssoUrl"] == f"{str(client.base_url).rstrip('/')}/saml2/x"
    assert client.get(made["ssoUrl"]).status_code == 303


def test_a_cut_connection_breaks_after_the_request_took_effect(client: httpx.Client, directory: Directory) -> None:
    """The client sees no answer at all, the group is there, and the server goes on."""
    directory.faults.add(Fault(kind="cut", method="POST"))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        client.post(GROUPS, json={"name": "new"})
    assert directory.group("new").name == "new"
    assert client.get(GROUPS).status_code == 200
    assert [record.status for record in directory.requests] == [None, 200]


def test_no_answer_lasts_until_the_clients_patience_ends(client: httpx.Client, directory: Directory) -> None:
    """The request hangs, and nothing came of it."""
    directory.faults.add(Fault(kind="no-answer", seconds=1.0))
    with pytest.raises(httpx.ReadTimeout):
        client.post(GROUPS, json={"name": "new"}, timeout=0.2)
    assert len(directory.groups) == 3
    assert client.get(GROUPS).status_code == 200


def test_no_answer_ends_in_a_broken_connection(client: httpx.Client, directory: Directory) -> None:
    """A patient client sees the connection break after the time asked for."""
    directory.faults.add(Fault(kind="no-answer", seconds=0.3))
    begin = time.monotonic()
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        client.get(GROUPS)
    assert time.monotonic() - begin >= 0.3


def test_a_foreign_address_is_refused() -> None:
    """The passwords are known to everybody, so only this machine may reach it."""
    with pytest.raises(ValueError, match="only this machine"), running(Directory(), host="0.0.0.0"):  # noqa: S104 - what is refused
        pass


def test_the_command_says_one_line_when_it_is_ready(tmp_path: Path) -> None:
    """Then it answers, and writes the log it was asked for."""
    log = tmp_path / "log.jsonl"
    command = [sys.executable, "-m", "sandbox.directory", "--port", "0", "--key-size", "2048", "--log", str(log)]
    with subprocess.Popen(  # noqa: S603 - its own command
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            assert line.startswith("directory ready at http://127.0.0.1:")
            assert httpx.get(f"{line.split()[-1]}/api/applications", headers=KEY).status_code == 200
        finally:
            process.terminate()
    assert '"path": "/api/applications"' in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("wrong", [["--host", "192.0.2.1"], ["--route", "nothing"]])
def test_the_command_refuses_what_cannot_work(wrong: list[str]) -> None:
    """One sentence, no traceback."""
    command = [sys.executable, "-m", "sandbox.directory", "--port", "0", *wrong]
    done = subprocess.run(  # noqa: S603 - its own command
        command, capture_output=True, text=True, check=False, timeout=60, cwd=Path(__file__).parents[1]
    )
    assert done.returncode != 0
    assert "Error" in done.stderr
    assert "Traceback" not in done.stderr
