"""Claims about `scim check`: what each answer of the endpoint means, and what the token's last day says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from saml_connectors.problems import Problem
from saml_connectors.provider.jumpcloud.deadline import Deadline
from saml_connectors.provider.jumpcloud.errors import AnswerLost, Unreachable
from saml_connectors.provider.jumpcloud.journal import Journal, Redactor
from saml_connectors.provider.jumpcloud.retry import Caller
from saml_connectors.provider.jumpcloud.transport import HttpsTransport, Request, Response
from saml_connectors.provisioning.check import check_endpoint, expiry_findings, read_token
from saml_connectors.provisioning.trouble import Trouble
from saml_connectors.spec.scim import Scim

ENDPOINT = "https://scim.eu-west-1.amazonaws.com/a1b2c3d4-1111/scim/v2"
TOKEN = "made-up-token-123"
CONFIG = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"], "patch": {"supported": True}}
USERS = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 1234, "Resources": []}
TODAY = date(2027, 3, 1)


class Endpoint:
    """Answers one request after the other with what it was given; an error is raised."""

    def __init__(self, *answers: Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def exchange(self, request: Request, _deadline: Deadline) -> Response:
        """Answer one request; the last answer is given for ever."""
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def scim_json(payload: Any, status: int = 200) -> Response:
    """An answer as a SCIM server gives it."""
    return Response(status, {"content-type": "application/scim+json"}, json.dumps(payload).encode())


def checked(transport: Any, endpoint: str = ENDPOINT, token: str = TOKEN) -> list[Problem]:
    """All that a check finds."""
    caller = Caller(transport, Journal(Redactor(), write=lambda _line: None), sleep=lambda _seconds: None)
    return list(check_endpoint(Scim(endpoint=endpoint, token="scim-token"), token, caller, Deadline(60)))


def test_an_endpoint_that_accepts_the_token_is_noted() -> None:
    """With how many users it holds: the proof that the token may read."""
    (one,) = checked(Endpoint(scim_json(CONFIG), scim_json(USERS)))
    assert (one.level, one.code) == ("note", "scim-ready")
    assert one.message == "works: scim.eu-west-1.amazonaws.com accepts the token; it holds 1,234 users"


def test_two_reads_are_made_and_nothing_is_written() -> None:
    """At exactly the endpoint, with one slash, and the token in the header alone."""
    endpoint = Endpoint(scim_json(CONFIG), scim_json(USERS))
    checked(endpoint)
    assert [each.method for each in endpoint.requests] == ["GET", "GET"]
    assert [each.url for each in endpoint.requests] == [
        f"{ENDPOINT}/ServiceProviderConfig",
        f"{ENDPOINT}/Users?startIndex=1&count=1",
    ]
    assert {each.headers["Authorization"] for each in endpoint.requests} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    ("status", "code", "field", "words"),
    [
        (401, "scim-token-refused", "scim.token", "make a new one in the Identity Center console"),
        (403, "scim-token-forbidden", "scim.token", "of the same instance"),
        (404, "scim-endpoint-missing", "scim.endpoint", "automatic provisioning is on"),
        (301, "scim-endpoint-redirect", "scim.endpoint", "a token is never sent after a redirect"),
        (302, "scim-endpoint-redirect", "scim.endpoint", "copy it again"),
        (429, "scim-throttled", "scim.endpoint", "wait some minutes"),
        (500, "scim-endpoint-failed", "scim.endpoint", "500 from scim.eu-west-1.amazonaws.com, 6 times"),
        (503, "scim-endpoint-failed", "scim.endpoint", "AWS Health Dashboard"),
        (418, "scim-endpoint-failed", "scim.endpoint", "418 from scim.eu-west-1.amazonaws.com;"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_each_refusal_has_a_sentence(status: int, code: str, field: str, words: str, first: bool) -> None:
    """An error with a way out, at whichever of the two reads it comes."""
    refusal = Response(status, {"location": "https://elsewhere.example/"}, b'{"detail": "no"}')
    endpoint = Endpoint(refusal) if first else Endpoint(scim_json(CONFIG), refusal)
    (one,) = checked(endpoint)
    assert (one.level, one.code, one.field) == ("error", code, field)
    assert words in one.message
    assert TOKEN not in str(one)
    assert {each.url.startswith(ENDPOINT) for each in endpoint.requests} == {True}


def test_a_moment_of_weakness_is_no_finding() -> None:
    """What fails once and then works, works."""
    (one,) = checked(Endpoint(Response(503, {}), Response(429, {}), scim_json(CONFIG), scim_json(USERS)))
    assert one.code == "scim-ready"


@pytest.mark.parametrize(
    "answer",
    [
        Response(200, {}, b"<html>Sign in</html>"),
        Response(200, {}, b""),
        scim_json([]),
        scim_json({"schemas": "urn"}),
        scim_json({"schemas": ["urn:other"]}),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_what_does_not_speak_scim_is_told(answer: Response, first: bool) -> None:
    """A captive portal answers 200 too."""
    (one,) = checked(Endpoint(answer) if first else Endpoint(scim_json(CONFIG), answer))
    assert (one.code, one.level) == ("scim-endpoint-other", "error")


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (
            Unreachable("x", "no trusted TLS connection to host: self-signed certificate", "y", transient=False),
            "scim-endpoint-unreachable",
            "self-signed certificate",
        ),
        (Unreachable("x", "the name host cannot be resolved", "y"), "scim-endpoint-unreachable", "cannot be resolved"),
        (AnswerLost("x", "host did not answer within 30 seconds", "y"), "scim-endpoint-lost", "within 30 seconds"),
    ],
)
def test_an_endpoint_that_cannot_be_reached_is_told(error: Exception, code: str, words: str) -> None:
    """With the cause, and what to look at."""
    (one,) = checked(Endpoint(error))
    assert (one.code, one.level, one.field) == (code, "error", "scim.endpoint")
    assert words in one.message


# --- over a socket --------------------------------------------------------------------------------------------------


class _Handler(BaseHTTPRequestHandler):
    """A server that redirects one path and answers the rest."""

    seen: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        """Answer."""
        self.seen.append((self.path, self.headers["Authorization"]))
        payload = CONFIG if "ServiceProviderConfig" in self.path else USERS
        body = json.dumps(payload).encode()
        self.send_response(302 if self.path.startswith("/moved") else 200)
        self.send_header("Location", "/scim/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """Its address, and what it was asked."""
    seen: list[tuple[str, str | None]] = []
    httpd = HTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"seen": seen}))
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}", seen
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


@pytest.mark.e2e
def test_a_real_connection_carries_the_token(server: tuple[str, list[tuple[str, str | None]]]) -> None:
    """Over plain HTTP to this machine only, as the sandbox does."""
    address, seen = server
    (one,) = checked(HttpsTransport(), f"{address}/scim/acme/scim/v2")
    assert one.code == "scim-ready"
    assert [path for path, _ in seen] == [
        "/scim/acme/scim/v2/ServiceProviderConfig",
        "/scim/acme/scim/v2/Users?startIndex=1&count=1",
    ]


@pytest.mark.e2e
def test_a_redirect_is_not_followed(server: tuple[str, list[tuple[str, str | None]]]) -> None:
    """One request, and none to where it points."""
    address, seen = server
    (one,) = checked(HttpsTransport(), f"{address}/moved/scim/v2")
    assert (one.code, len(seen)) == ("scim-endpoint-redirect", 1)


def test_no_token_goes_over_plain_http_to_another_machine() -> None:
    """Even where a spec could name one, the connection is not opened."""
    scim = Scim.model_construct(endpoint="http://scim.example.com/scim/v2", token="scim-token", token_expires=None)
    caller = Caller(HttpsTransport(), Journal(Redactor(), write=lambda _line: None), sleep=lambda _seconds: None)
    (one,) = check_endpoint(scim, TOKEN, caller, Deadline(5))
    assert one.code == "scim-endpoint-unreachable"


# --- the token ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [TOKEN, f" {TOKEN}\n"])
def test_white_space_around_a_token_is_none_of_it(text: str) -> None:
    """Editors put a line's end after it."""
    assert read_token(text) == TOKEN


@pytest.mark.parametrize("text", ["Bearer made-up", '{"token": "made-up"}', '"made-up"', "made\nup", "made-üp", "  "])
def test_a_secret_that_holds_more_than_the_token_is_refused_unseen(text: str) -> None:
    """Nothing of it is repeated."""
    with pytest.raises(Trouble) as raised:
        read_token(text)
    assert raised.value.problem.code == "scim-token-form"
    assert "made" not in str(raised.value.problem)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-300, ("error", "scim-token-over", "must be a day to come")),
        (-1, ("error", "scim-token-over", "nothing is provisioned")),
        (0, ("warning", "scim-token-ends", "is today")),
        (1, ("warning", "scim-token-ends", "is tomorrow")),
        (90, ("warning", "scim-token-ends", "is in 90 days")),
        (91, None),
        (366, None),
        (367, ("error", "scim-token-expiry-far", "no token lives longer")),
    ],
)
def test_the_last_day_is_judged_by_the_day_of_today(days: int, expected: tuple[str, str, str] | None) -> None:
    """A warning from 90 days before, as Identity Center's own; an error when it is over."""
    scim = Scim(endpoint=ENDPOINT, token="scim-token", token_expires=str(TODAY + timedelta(days=days)))
    told = list(expiry_findings(scim, TODAY))
    assert [(each.level, each.code) for each in told] == ([expected[:2]] if expected else [])
    assert not expected or expected[2] in told[0].message


def test_a_token_without_a_known_end_is_a_warning() -> None:
    """Provisioning would stop one day without a word."""
    (one,) = expiry_findings(Scim(endpoint=ENDPOINT, token="scim-token"), TODAY)
    assert (one.level, one.code) == ("warning", "scim-token-unwatched")
