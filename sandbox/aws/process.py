"""Start the local AWS as a child process and end it for sure, its Lambda functions too; it serves nothing itself."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from sandbox.aws.environment import HOST, client_environment, server_environment

if TYPE_CHECKING:
    from types import TracebackType

PROJECT: Final = Path(__file__).resolve().parents[2]
LONGEST_START: Final = 60.0
"""Seconds until the local AWS has to be ready; it takes about two on an idle machine."""

LONGEST_END: Final = 5.0
"""Seconds that it has to end by itself before it is killed."""

LINES_OF_LOG: Final = 20
_OK: Final = 200


class LocalAwsError(RuntimeError):
    """The local AWS could not be started, or did not answer."""


class LocalAws:
    """A local AWS for as long as the `with` block runs.

    Args:
        port: Port on 127.0.0.1.  Default: a free one.
        state_dir: Folder for its files and its log.  Default: a new one, removed at the end.
        region: Region of whoever names none.
    """

    def __init__(self, port: int | None = None, *, state_dir: Path | None = None, region: str = "us-east-1") -> None:
        self.port = port if port is not None else _free_port()
        self.region = region
        self._given_state_dir = state_dir
        self._state_dir: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint_url(self) -> str:
        """Base URL of every service, and of the hosted sign-in pages for a browser on this machine."""
        return f"http://{HOST}:{self.port}"

    @property
    def log_file(self) -> Path:
        """Everything that the server said."""
        if self._state_dir is None:
            raise LocalAwsError("reading the local AWS's log: it has not been started")
        return self._state_dir / "server.log"

    def environment(self, account: str | None = None) -> dict[str, str]:
        """The variables with which boto3 and the CDK command line talk to it, as an administrator of *account*."""
        return client_environment(endpoint_url=self.endpoint_url, region=self.region, account=account)

    def client(self, service: str, account: str | None = None) -> Any:
        """A boto3 client of *service* for it, whatever credentials, proxies and settings this machine has.

        Args:
            service: As boto3 calls it.
            account: Id of the account, as whose administrator it calls.  Default: the local AWS's own.
        """
        import boto3  # type: ignore[import-untyped]  # noqa: PLC0415 - slow, and only some callers want a client
        from botocore.config import Config  # type: ignore[import-untyped]  # noqa: PLC0415 - likewise

        session = boto3.session.Session(
            aws_access_key_id=account or "test", aws_secret_access_key="test", region_name=self.region
        )
        configuration = Config(proxies={}, retries={"total_max_attempts": 1}, ignore_configured_endpoint_urls=True)
        return session.client(service, endpoint_url=self.endpoint_url, config=configuration)

    def start(self) -> Self:
        """Start it and wait until it is ready.

        Raises:
            LocalAwsError: The port is taken, or it did not come up.
        """
        _check_port(self.port)
        state_dir = self._given_state_dir or Path(tempfile.mkdtemp(prefix="sandbox-aws-"))
        state_dir.mkdir(parents=True, exist_ok=True)
        self._state_dir = state_dir.resolve()
        command = [sys.executable, "-m", "sandbox.aws", "--clean", "--tied", "--port", str(self.port)]
        command += ["--state-dir", str(self._state_dir), "--region", self.region]
        command += ["--remove-orphaned"] * (self._given_state_dir is None)
        try:
            with self.log_file.open("wb") as log:
                self._process = subprocess.Popen(  # noqa: S603 - this project's own module, no shell
                    command,
                    cwd=PROJECT,
                    env=server_environment(state_dir=self._state_dir, port=self.port, region=self.region),
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            self._wait_until_ready(self._process)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End it and every Lambda function that it runs; to do so twice is harmless."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LONGEST_END)
            # The group outlives its leader as long as one Lambda function is left in it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
        if self._state_dir is not None and self._given_state_dir is None:
            shutil.rmtree(self._state_dir, ignore_errors=True)

    def reset(self) -> None:
        """Forget every resource, as if just started.

        Raises:
            LocalAwsError: It did not answer.
        """
        status = self._request("POST", "/_ministack/reset", patience=30.0)
        if status != _OK:
            raise LocalAwsError(f"resetting the local AWS on port {self.port}: it answered {status}")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        give_up = time.monotonic() + LONGEST_START
        while self._request("GET", "/_ministack/ready", patience=2.0) != _OK:
            if process.poll() is not None:
                raise LocalAwsError(self._failure(f"it ended with status {process.returncode}"))
            if time.monotonic() > give_up:
                raise LocalAwsError(self._failure(f"it was not ready within {LONGEST_START:.0f} seconds"))
            time.sleep(0.1)

    def _failure(self, cause: str) -> str:
        lines = self.log_file.read_text(errors="replace").splitlines()[-LINES_OF_LOG:]
        tail = "\n".join(f"  {line}" for line in lines)
        return f"starting the local AWS on port {self.port}: {cause}; the end of its log:\n{tail}"

    def _request(self, method: str, path: str, *, patience: float) -> int:
        """Status of an answer, 0 where there is none; without proxies, whatever the environment says."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=patience)
        try:
            connection.request(method, path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise LocalAwsError(
                f"starting the local AWS on port {port}: {error.strerror or error}; "
                "end the program that has the port, or choose another one"
            ) from None
