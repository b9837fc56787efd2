"""One exchange over a real socket of this machine: TLS, time-outs, limits, and no redirect followed."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from saml_connectors.provider.jumpcloud.deadline import Deadline
from saml_connectors.provider.jumpcloud.errors import AnswerLost, DeadlineExceeded, Unreachable
from saml_connectors.provider.jumpcloud.transport import HttpsTransport, Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e


class Server:
    """Answers one connection after another with the same bytes, and remembers what it was sent."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self.port: int = self._socket.getsockname()[1]
        self.stop = threading.Event()

    def serve(self, *parts: bytes, pause: float = 0.0, tls: ssl.SSLContext | None = None) -> None:
        """Answer with *parts*, *pause* seconds between two."""

        def run() -> None:
            while not self.stop.is_set():
                try:
                    connection, _ = self._socket.accept()
                except OSError:
                    return
                try:
                    with tls.wrap_socket(connection, server_side=True) if tls else connection as wire:
                        self.received.append(wire.recv(65536))
                        for part in parts:
                            wire.sendall(part)
                            self.stop.wait(pause)
                except OSError:
                    connection.close()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._threads.append(thread)

    def close(self) -> None:
        """Stop serving."""
        self.stop.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on a free port of this machine."""
    made = Server()
    yield made
    made.close()


def _get(server: Server) -> Request:
    return Request("GET", f"http://127.0.0.1:{server.port}/api/x?limit=1", {"x-api-key": "k"})


def test_a_request_goes_out_and_its_answer_comes_back(server: Server) -> None:
    """Path with query, headers, body; status, lower-case headers, whole body."""
    server.serve(b"HTTP/1.1 201 Created\r\nX-Total-Count: 3\r\nContent-Length: 2\r\n\r\n{}")
    request = Request("POST", f"http://127.0.0.1:{server.port}/api/x?limit=1", {"x-api-key": "k"}, b'{"a":1}')
    response = HttpsTransport().exchange(request, Deadline(5))
    assert (response.status, response.headers["x-total-count"], response.body) == (201, "3", b"{}")
    assert server.received[0].startswith(b"POST /api/x?limit=1 HTTP/1.1\r\n")
    assert b"x-api-key: k\r\n" in server.received[0]


def test_an_empty_content_type_is_sent_as_it_is(server: Server) -> None:
    """CloudFormation's address is signed for it."""
    server.serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    request = Request("PUT", f"http://127.0.0.1:{server.port}/", {"Content-Type": "", "Content-Length": "2"}, b"{}")
    assert HttpsTransport().exchange(request, Deadline(5)).status == 200
    assert b"Content-Type: \r\n" in server.received[0]
    assert server.received[0].count(b"Content-Length: 2\r\n") == 1


def test_redirects_are_not_followed(server: Server) -> None:
    """A redirect is an answer like any other; nothing is sent to where it points."""
    server.serve(b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n")
    assert HttpsTransport().exchange(_get(server), Deadline(5)).status == 302
    assert len(server.received) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"",
        b"garbage\r\n\r\n",
    ],
)
def test_an_answer_that_breaks_off_is_lost(server: Server, answer: bytes) -> None:
    """It was sent, and may have been carried out."""
    server.serve(answer)
    with pytest.raises(AnswerLost, match="broke before the whole answer"):
        HttpsTransport().exchange(_get(server), Deadline(5))


def test_a_body_that_is_too_large_is_not_read(server: Server) -> None:
    """The limit holds whatever length is declared."""
    server.serve(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000)
    with pytest.raises(AnswerLost, match="larger than 1000 bytes"):
        HttpsTransport(max_body_bytes=1000).exchange(_get(server), Deadline(5))


@pytest.mark.parametrize("parts", [(b"",), (b"HTTP/1.1 200 OK\r\n\r\n", *(b"x" for _ in range(100)))])
def test_the_whole_exchange_is_bounded_even_where_each_byte_comes_in_time(
    server: Server, parts: tuple[bytes, ...]
) -> None:
    """Silence, and one byte every tenth of a second."""
    server.serve(*parts, pause=0.1 if len(parts) > 1 else 5)
    began = time.monotonic()
    with pytest.raises(AnswerLost, match="did not answer within"):
        HttpsTransport(call_seconds=0.4).exchange(_get(server), Deadline(5))
    assert time.monotonic() - began < 1.5


def test_silence_after_a_part_of_the_answer_is_not_given_the_whole_time_again(server: Server) -> None:
    """What is left of the time counts, not the time since the last byte."""
    server.serve(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"x", b"", pause=0.45)
    began = time.monotonic()
    with pytest.raises(AnswerLost, match="did not answer within"):
        HttpsTransport(call_seconds=0.6).exchange(_get(server), Deadline(5))
    assert time.monotonic() - began < 0.75


def test_the_deadline_bounds_an_exchange(server: Server) -> None:
    """Time that the function does not have is not waited."""
    server.serve(b"", pause=5)
    began = time.monotonic()
    with pytest.raises(AnswerLost):
        HttpsTransport().exchange(_get(server), Deadline(0.3))
    assert time.monotonic() - began < 1.5
    with pytest.raises(DeadlineExceeded):
        HttpsTransport().exchange(_get(server), Deadline(0))


def test_a_refused_connection_sent_nothing() -> None:
    """So any call may be made again."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable, match="refused the connection") as caught:
        HttpsTransport().exchange(Request("POST", f"http://127.0.0.1:{port}/"), Deadline(5))
    assert caught.value.transient


@pytest.mark.parametrize(
    "url", ["http://console.example.com/api", "ftp://127.0.0.1/", "https:///x", "http://127.0.0.1:x/"]
)
def test_a_credential_goes_only_to_https_or_to_this_machine(url: str) -> None:
    """Nothing is even connected to."""
    with pytest.raises(Unreachable, match="is not one that a credential may go to") as caught:
        HttpsTransport().exchange(Request("GET", url), Deadline(5))
    assert not caught.value.transient


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate that nobody trusts, with its key, made now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def test_tls_is_verified(server: Server, certificate: Path) -> None:
    """Also for a loopback host: a certificate that nobody trusts ends it, and nothing was sent."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    server.serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", tls=tls)
    with pytest.raises(Unreachable, match="no trusted TLS connection to localhost") as caught:
        HttpsTransport().exchange(Request("GET", f"https://localhost:{server.port}/"), Deadline(5))
    assert not caught.value.transient
    assert server.received == []
