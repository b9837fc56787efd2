"""One HTTP exchange: a request goes out, an answer comes back, within a deadline.  The seam that tests replace.

No redirect is followed, nothing is tried again (`retry.py`), no answer is judged (`answers.py`).
"""

from __future__ import annotations

import http.client
import socket
import ssl
from time import monotonic
from types import MappingProxyType
from typing import NamedTuple, Protocol
from urllib.parse import SplitResult, urlsplit

from .errors import AnswerLost, Unreachable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .deadline import Deadline

CALL_SECONDS = 30.0
"""The longest that one exchange may take, from connecting to the last byte."""

MAX_BODY_BYTES = 8 * 1024 * 1024
"""The largest answer that is read: a page of 100 applications is about 2 MiB."""

CHUNK_BYTES = 64 * 1024
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
"""Hosts that may be spoken to without TLS: the sandbox, never a directory."""


class Request(NamedTuple):
    """What is sent."""

    method: str
    url: str
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes | None = None

    def __repr__(self) -> str:
        """Neither headers nor body, which carry the credential, nor the query, which may be signed."""
        return f"Request({self.method} {self.url.partition('?')[0]})"


class Response(NamedTuple):
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    def __repr__(self) -> str:
        """Only the status: a body may hold a token."""
        return f"Response({self.status})"


class Transport(Protocol):
    """Whatever carries a request to the directory and brings its answer back."""

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """Send *request* once; raise `Unreachable` (nothing sent) or `AnswerLost` (sent, no whole answer)."""


class HttpsTransport:
    """The real one: verified TLS to every host but a loopback one, which may also be plain HTTP.

    Args:
        call_seconds: The longest that one exchange may take.
        max_body_bytes: The largest answer that is read.
        plain_http_anywhere: Allow `http` to every host: for CloudFormation's own answer address only.
    """

    def __init__(
        self,
        *,
        call_seconds: float = CALL_SECONDS,
        max_body_bytes: int = MAX_BODY_BYTES,
        plain_http_anywhere: bool = False,
    ) -> None:
        self._call_seconds = call_seconds
        self._max_body_bytes = max_body_bytes
        self._plain_http_anywhere = plain_http_anywhere
        self._tls: ssl.SSLContext | None = None

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """Send *request* over a connection of its own and read the whole answer."""
        parts = urlsplit(request.url)
        host = parts.hostname or ""
        doing = f"{request.method} to {host or 'the directory'}"
        deadline.require(doing)
        allowed = min(self._call_seconds, deadline.remaining())
        ends = monotonic() + allowed
        connection = self._connection(parts, doing, max(0.1, allowed))
        try:
            self._connect(connection, doing, host)
            try:
                return self._converse(connection, request, parts, ends)
            except TimeoutError:
                raise AnswerLost(
                    doing,
                    f"{host} did not answer within {allowed:.0f} seconds",
                    "deploy again; if it happens again, look at the directory's status page",
                ) from None
            except (OSError, http.client.HTTPException) as error:
                raise AnswerLost(
                    doing,
                    f"the connection to {host} broke before the whole answer was there ({type(error).__name__})",
                    "deploy again; if it happens again, look at the network between the function and the directory",
                ) from None
        finally:
            connection.close()

    def _connection(self, parts: SplitResult, doing: str, seconds: float) -> http.client.HTTPConnection:
        host = parts.hostname or ""
        try:
            port = parts.port
        except ValueError:
            port, host = None, ""
        if parts.scheme == "https" and host:
            if self._tls is None:
                self._tls = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=seconds, context=self._tls)
        if parts.scheme == "http" and host and (self._plain_http_anywhere or host in LOOPBACK):
            return http.client.HTTPConnection(host, port, timeout=seconds)
        raise Unreachable(
            doing,
            f"the address {parts.scheme}://{parts.netloc.rpartition('@')[2]} is not one that a credential may go to",
            "use an https address; plain http is for 127.0.0.1, ::1 and localhost only",
            transient=False,
        )

    @staticmethod
    def _connect(connection: http.client.HTTPConnection, doing: str, host: str) -> None:
        try:
            connection.connect()
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", "") or error.reason or type(error).__name__
            raise Unreachable(
                doing,
                f"no trusted TLS connection to {host}: {reason}",
                "check the directory's ApiUrl, and any proxy in between: its certificate must be publicly trusted",
                transient=False,
            ) from None
        except socket.gaierror:
            raise Unreachable(
                doing,
                f"the name {host} cannot be resolved",
                "check the directory's ApiUrl, and that the function can reach the internet",
            ) from None
        except TimeoutError:
            raise Unreachable(
                doing,
                f"no connection to {host} could be opened in time",
                "check that the function can reach the internet (in a VPC it needs a NAT gateway)",
            ) from None
        except OSError as error:
            raise Unreachable(
                doing,
                f"{host} refused the connection ({type(error).__name__})",
                "check the directory's ApiUrl, and that the function can reach it",
            ) from None

    def _converse(
        self, connection: http.client.HTTPConnection, request: Request, parts: SplitResult, ends: float
    ) -> Response:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(request.method, target, body=request.body, headers=dict(request.headers))
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        chunks: list[bytes] = []
        size = 0
        while True:
            left = ends - monotonic()
            if left <= 0:
                raise TimeoutError
            if connection.sock is not None:
                connection.sock.settimeout(left)
            chunk = response.read1(CHUNK_BYTES)
            if not chunk:
                break
            size += len(chunk)
            if size > self._max_body_bytes:
                raise AnswerLost(
                    f"{request.method} to {parts.hostname}",
                    f"the answer is larger than {self._max_body_bytes} bytes",
                    "check the directory's ApiUrl: no answer of its API is as large as that",
                )
            chunks.append(chunk)
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
        return Response(response.status, headers, b"".join(chunks))


def is_no_such_host(error: BaseException) -> bool:
    """Whether a call failed because nobody knows the name of its host."""
    return isinstance(error.__context__, socket.gaierror)
