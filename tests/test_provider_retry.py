"""Which calls are made again, after which wait, and what the errors say in the end."""

from __future__ import annotations

import json
from email.utils import formatdate
from typing import Any

import pytest

from saml_connectors.provider.jumpcloud.answers import payload_or_error
from saml_connectors.provider.jumpcloud.deadline import Deadline
from saml_connectors.provider.jumpcloud.errors import (
    AnswerLost,
    Conflict,
    DeadlineExceeded,
    NotFound,
    ProviderError,
    Refused,
    Unreachable,
)
from saml_connectors.provider.jumpcloud.journal import Journal, Redactor
from saml_connectors.provider.jumpcloud.retry import Answer, Caller
from saml_connectors.provider.jumpcloud.transport import Request, Response

NOW = 1_790_000_000.0


class Script:
    """A transport that answers by a script, on a clock that only waiting moves."""

    def __init__(self, *steps: Any, chance: float = 0.5) -> None:
        self.steps = list(steps)
        self.now = NOW
        self.slept: list[float] = []
        self.deadline = Deadline(100, clock=lambda: self.now)
        self.caller = Caller(
            self,
            Journal(Redactor(), lambda _line: None),
            sleep=self.sleep,
            chance=lambda: chance,
            now=lambda: self.now,
            clock=lambda: self.now,
        )

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.slept.append(seconds)
        self.now += seconds

    def exchange(self, _request: Request, _deadline: Deadline) -> Response:
        """The next step; the last one again and again."""
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        status, headers, body = step if isinstance(step, tuple) else (step, {}, b"{}")
        return Response(status, headers, body)

    def call(self, *, repeatable: bool = True) -> Answer:
        """Make the call."""
        return self.caller.call(Request("GET", "https://d/api"), self.deadline, "reading", repeatable=repeatable)


LOST = AnswerLost("x", "cut", "y")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_5xx_are_retried_with_back_off_and_jitter(status: int) -> None:
    """The ceiling of the wait doubles, chance takes a part of it, and a sixth failure is the last."""
    script = Script(status)
    assert script.call().status == status
    assert script.slept == [0.25, 0.5, 1.0, 2.0, 4.0]
    assert Script(status, 200, chance=0.0).call().status == 200


def test_a_limit_of_requests_is_waited_for_as_long_as_there_is_time() -> None:
    """It is no failure, so it is not counted.  The span doubles up to 20 seconds, and chance takes a part of it."""
    script = Script(429)
    answer = script.call()
    assert answer.status == 429
    assert script.slept[:4] == [1.0, 2.0, 4.0, 8.0]
    assert max(script.slept) <= 10.0
    assert answer.attempts == len(script.slept) + 1 > 15
    assert NOW + 97 < script.now < NOW + 100


def test_who_has_waited_longest_asks_most_often() -> None:
    """The longest span gets shorter as the time goes by, so that newcomers do not overtake; not below five seconds."""
    script = Script(429)
    script.call()
    falling = script.slept[4:]
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] == 2.5


def test_being_told_to_wait_is_not_counted_among_failures() -> None:
    """Seven times 429, and still six failures until it is given up."""
    script = Script(*[429] * 7, 503)
    assert script.call().status == 503
    assert len(script.slept) == 7 + 5


def test_who_has_just_got_through_does_not_push_before_those_who_wait() -> None:
    """The next call's wait begins where the last one's ended, less one step."""
    script = Script(429, 429, 429, 200, 429, 200, 200, 200, 429, 200)
    for _ in range(5):
        assert script.call().status == 200
    assert script.slept == [1.0, 2.0, 4.0, 4.0, 1.0]


def test_retry_after_in_seconds_is_never_shortened() -> None:
    """It is added to a jittered wait where a limit of requests asks for it, so that not all come back at once."""
    script = Script((429, {"retry-after": "7"}, b""), (429, {"retry-after": "7"}, b""), 200)
    assert script.call().status == 200
    assert script.slept == [8.0, 9.0]
    script = Script((503, {"retry-after": "7"}, b""), 200)
    assert script.call().status == 200
    assert script.slept == [7.0]


def test_retry_after_as_a_date_is_honoured_by_the_directorys_own_clock() -> None:
    """Its Date header counts where it has one; else the function's clock does."""
    until = formatdate(NOW + 1011, usegmt=True)
    theirs = {"retry-after": until, "date": formatdate(NOW + 1000, usegmt=True)}
    script = Script((503, theirs, b""), 200)
    script.call()
    assert script.slept == [11.0]
    script = Script((503, {"retry-after": formatdate(NOW + 9, usegmt=True)}, b""), 200)
    script.call()
    assert script.slept == [9.0]


@pytest.mark.parametrize("value", ["soon", "", "-5", "1e3", "Mon, 99 Foo"])
def test_a_retry_after_that_cannot_be_read_is_passed_over(value: str) -> None:
    """Then the usual wait holds."""
    script = Script((503, {"retry-after": value}, b""), 200)
    assert script.call().status == 200
    assert script.slept == [0.25]


def test_a_retry_after_beyond_the_deadline_is_not_waited_for() -> None:
    """The call fails at once, and the sentence says how long the directory wanted."""
    script = Script((429, {"retry-after": "600"}, b'{"message": "slow down"}'))
    answer = script.call()
    assert script.slept == []
    with pytest.raises(Refused, match="asked to wait 600 seconds, more than are left"):
        payload_or_error(answer, "reading", host="d", scope="s")


@pytest.mark.parametrize("fault", [500, 503, LOST, (200, {}, b'{"results": [')])
def test_a_call_that_may_have_been_carried_out_is_not_repeated_unless_that_is_safe(fault: Any) -> None:
    """POST of an application: the caller has to look first."""
    script = Script(fault, 200)
    try:
        answer = script.call(repeatable=False)
    except AnswerLost:
        assert fault is LOST
    else:
        assert answer.status == (fault if isinstance(fault, int) else 200)
        assert not (isinstance(fault, tuple) and answer.readable)
    assert script.slept == []


@pytest.mark.parametrize("fault", [429, Unreachable("x", "refused", "y")])
def test_a_call_that_was_certainly_not_carried_out_is_repeated(fault: Any) -> None:
    """429, and no connection."""
    assert Script(fault, 200).call(repeatable=False).status == 200


def test_a_certificate_that_is_not_trusted_is_not_tried_again() -> None:
    """It will not be trusted in a moment either."""
    script = Script(Unreachable("x", "bad certificate", "y", transient=False), 200)
    with pytest.raises(Unreachable):
        script.call()
    assert script.slept == []


def test_no_attempt_begins_after_the_deadline() -> None:
    """And an error says how often it was tried."""
    script = Script(LOST)
    with pytest.raises(AnswerLost, match="reading: cut, 6 times; y"):
        script.call()
    script.now += 200
    with pytest.raises(DeadlineExceeded, match="reading: "):
        script.call()


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "told"),
    [
        (
            401,
            {},
            '{"error":"Unauthorized","message":"no such key"}',
            Refused,
            "401: no such key; the credential is wrong",
        ),
        (403, {}, "", Refused, "a role with the scope applications.create"),
        (404, {}, '{"message":"Not Found"}', NotFound, "404: Not Found"),
        (409, {}, '{"message":"Already Exists"}', Conflict, "409: Already Exists"),
        (400, {}, '{"status":400,"error":"The IdP URL is required"}', Refused, "400: The IdP URL is required"),
        (400, {}, "plain   text\n\nwith\tspace", Refused, "400: plain text with space"),
        (429, {}, "{}", Refused, "wait some minutes"),
        (500, {}, "<html><b>Oops</b></html>", AnswerLost, "500: Oops"),
        (302, {"location": "/login"}, "", Refused, "the API key is missing or the URL is wrong"),
        (200, {"content-type": "text/html"}, "<!doctype html>", AnswerLost, "a web page instead of JSON"),
        (200, {}, '{"results": [{"a"', AnswerLost, "cut short or damaged"),
    ],
)
def test_each_failure_says_what_was_done_why_it_failed_and_what_to_do(
    status: int, headers: dict[str, str], body: str, kind: type[ProviderError], told: str
) -> None:
    """doing: cause; way out."""
    answer = Script((status, headers, body.encode())).call(repeatable=False)
    with pytest.raises(kind) as caught:
        payload_or_error(
            answer, "creating application 'Portal'", host="console.example.com", scope="applications.create"
        )
    assert type(caught.value) is kind
    sentence = str(caught.value)
    assert sentence.startswith("creating application 'Portal': ")
    assert told in sentence
    assert "; " in sentence
    assert "\n" not in sentence


def test_what_the_directory_says_is_repeated_only_in_part() -> None:
    """300 characters are enough for a sentence."""
    answer = Script((400, {}, json.dumps({"message": "x" * 9000}).encode())).call()
    with pytest.raises(Refused) as caught:
        payload_or_error(answer, "reading", host="d", scope="s")
    assert len(str(caught.value)) < 450
