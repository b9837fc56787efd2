"""Starting and ending the local AWS, and that the installed emulator is the one that its plug-ins are made for."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from sandbox.aws.process import LocalAws, LocalAwsError

PROJECT = Path(__file__).resolve().parents[1]
PLUG_INS = sorted((PROJECT / "sandbox" / "aws").glob("*.py"))

TELL_PID = """
import os

def handler(event, context):
    return {"pid": os.getpid()}
"""

CHILD = """
import signal, sys, time
from sandbox.aws.process import LocalAws
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are born to ignore it
with LocalAws() as aws:
    print(aws.port, aws.log_file, flush=True)
    time.sleep(60)
"""


def worker_pid(aws: LocalAws) -> int:
    """Process id of a Lambda function that has just run."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("index.py", TELL_PID)
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = aws.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    functions = aws.client("lambda")
    functions.create_function(
        FunctionName="tell-pid",
        Runtime="python3.13",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    answer = functions.invoke(FunctionName="tell-pid")["Payload"].read()
    return int(json.loads(answer)["pid"])


def ends_at_once(pid: int) -> bool:
    """Whether the process is gone now."""
    return not Path(f"/proc/{pid}").exists()


def ends(pid: int) -> bool:
    """Whether the process is gone, or about to be."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{pid}/stat")
        if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_the_pinned_emulator_is_installed() -> None:
    """The plug-ins rely on its inside, so another version is another emulator."""
    pinned = re.search(r"^ministack==(.+)$", (PROJECT / "requirements-dev.txt").read_text(), re.MULTILINE)
    assert pinned is not None
    assert pinned[1] == version("ministack") == "1.5.33"


def test_only_the_table_of_names_imports_the_emulator() -> None:
    """A name that is used past the table would not be missed when it is gone."""
    importing = {
        path.name
        for path in PLUG_INS
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ministack"))
        or (isinstance(node, ast.Import) and any(one.name.startswith("ministack") for one in node.names))
        or (isinstance(node, ast.Constant) and str(node.value).startswith("ministack."))
    }
    assert importing == {"seams.py"}


@pytest.mark.e2e
def test_every_name_relied_on_is_there(tmp_path: Path) -> None:
    """The check that the server makes at each start, in a clean process."""
    command = [sys.executable, "-m", "sandbox.aws", "--check", "--state-dir", str(tmp_path)]
    checked = subprocess.run(  # noqa: S603 - this project's own module
        command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.e2e
def test_a_name_that_is_gone_stops_the_start(tmp_path: Path) -> None:
    """And the sentence names it."""
    program = (
        "import os, sys; os.environ.update(STATE_DIR=sys.argv[1], TMPDIR=sys.argv[1]);"
        "from ministack.services import cognito; del cognito._merge_federated_attrs;"
        "from sandbox.aws import server; server.strict_application()"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    checked = subprocess.run(  # noqa: S603 - this project's own module
        command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )
    assert "ministack.services.cognito._merge_federated_attrs is gone" in checked.stderr


@pytest.mark.e2e
def test_stopping_ends_every_lambda_function() -> None:
    """Neither the server nor a warm function outlives the block."""
    with LocalAws() as aws:
        pid = worker_pid(aws)
        assert not ends_at_once(pid)
        port = aws.port
    assert ends(pid)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert not aws.log_file.exists()


@pytest.mark.e2e
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_it_ends_with_the_program_that_started_it(how: signal.Signals) -> None:
    """Ctrl-C and a kill leave nothing running."""
    with subprocess.Popen(  # noqa: S603 - this project's own module
        [sys.executable, "-c", CHILD], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as program:
        assert program.stdout is not None
        said, log_file = program.stdout.readline().split()
        port = int(said)
        assert Path(log_file).exists()
        program.send_signal(how)
        program.wait(20)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0 and not Path(log_file).parent.exists():
                return
        time.sleep(0.05)
    pytest.fail(f"the local AWS still listens on port {port}, or left its files")


@pytest.mark.e2e
def test_it_listens_on_this_machine_only() -> None:
    """One port, on 127.0.0.1."""
    with LocalAws() as aws:
        pid = aws._process.pid if aws._process else 0
        inodes = set()
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                inodes.add(str(link.readlink()).removeprefix("socket:[").rstrip("]"))
        rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()]
        listening = [row[1] for row in rows if row[3] == "0A" and row[9] in inodes]
        assert listening == [f"0100007F:{aws.port:04X}"]


def test_a_taken_port_is_named() -> None:
    """Nothing is started, and the sentence says what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalAwsError, match=rf"port {port}: Address already in use; end the program"):
            LocalAws(port).start()


@pytest.mark.e2e
def test_a_start_that_fails_shows_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of what the server said is in the error."""
    monkeypatch.setattr("sandbox.aws.process._check_port", lambda _port: None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(
            LocalAwsError, match=r"ended with status 1; the end of its log:\n(?s:.)*Address already in use"
        ):
            LocalAws(port).start()


@pytest.mark.e2e
def test_a_reset_forgets_everything() -> None:
    """Pools are gone, and the server goes on."""
    with LocalAws() as aws:
        cognito = aws.client("cognito-idp")
        cognito.create_user_pool(PoolName="one")
        aws.reset()
        assert cognito.list_user_pools(MaxResults=1)["UserPools"] == []


@pytest.mark.e2e
def test_the_command_cleans_its_environment(tmp_path: Path) -> None:
    """Started by hand in a dirty environment, it starts itself again in the clean one."""
    environment = {**os.environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "BIND_HOST": "0.0.0.0"}  # noqa: S104 - to see it undone
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "sandbox.aws", "--port", str(port), "--state-dir", str(tmp_path)]
    with subprocess.Popen(  # noqa: S603 - this project's own module
        command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            for _ in range(200):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            names = {entry.partition("=")[0] for entry in Path(f"/proc/{server.pid}/environ").read_text().split("\0")}
            assert "AWS_ENDPOINT_URL" not in names
            assert "IOT_MTLS_ENABLED" in names
        finally:
            server.terminate()
