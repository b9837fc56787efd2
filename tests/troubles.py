"""The ways in which a call to the directory can go wrong, and when: tables and functions, nothing that is running.

Not here: the stage on which they happen (`trouble_fixtures.py`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from saml_connectors.provider.jumpcloud.errors import AnswerLost, Unreachable
from saml_connectors.provider.jumpcloud.transport import Response

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENT_TIMEOUT_SECONDS = 30.0


class KilledError(BaseException):
    """The function is killed: nothing in it can catch this."""


class Trouble(NamedTuple):
    """One way for a call to go wrong."""

    processed: bool
    """Whether the directory does what it was asked for all the same."""

    outcome: Callable[[Response], Response]
    """What the provider gets, from what it would have got; or raises."""

    seconds: float = 0.0
    """How long that takes."""


def _status(status: int, headers: dict[str, str] | None = None) -> Callable[[Response], Response]:
    return lambda _: Response(status, headers or {}, json.dumps({"message": f"trouble {status}"}).encode())


def _raising(make: Callable[[], BaseException]) -> Callable[[Response], Response]:
    def outcome(_answer: Response) -> Response:
        raise make()

    return outcome


def _page(_answer: Response) -> Response:
    return Response(200, {"content-type": "text/html"}, b"<!doctype html><p>Maintenance")


def _truncated(answer: Response) -> Response:
    """Half of the JSON; where there is none, as after a 204, it cannot be cut."""
    return Response(answer.status, answer.headers, answer.body[: len(answer.body) // 2])


def _lost() -> AnswerLost:
    return AnswerLost("calling", "the connection broke", "wait")


def _late() -> AnswerLost:
    return AnswerLost("calling", "no answer in time", "wait")


def _refused() -> Unreachable:
    return Unreachable("calling", "the connection was refused", "wait")


TROUBLES = {
    "429": Trouble(False, _status(429)),
    "429 with Retry-After": Trouble(False, _status(429, {"retry-after": "7"})),
    "500": Trouble(False, _status(500)),
    "500 after it was done": Trouble(True, _status(500)),
    "503": Trouble(False, _status(503)),
    "timeout": Trouble(False, _raising(_late), CLIENT_TIMEOUT_SECONDS),
    "timeout after it was done": Trouble(True, _raising(_late), CLIENT_TIMEOUT_SECONDS),
    "connection refused": Trouble(False, _raising(_refused)),
    "cut before it was done": Trouble(False, _raising(_lost)),
    "cut after it was done": Trouble(True, _raising(_lost)),
    "web page": Trouble(False, _page),
    "web page after it was done": Trouble(True, _page),
    "truncated JSON": Trouble(True, _truncated),
    "redirect": Trouble(False, _status(302, {"location": "/login"})),
    "403": Trouble(False, _status(403)),
}
DEATHS = {
    "killed before the call": Trouble(False, _raising(KilledError)),
    "killed after the call": Trouble(True, _raising(KilledError)),
}
SURVIVED = frozenset(TROUBLES) - {"redirect", "403"}
"""What, happening once, is no reason to fail."""


def at(position: int, trouble: Trouble) -> Callable[[int], Trouble | None]:
    """This call goes wrong."""
    return _At(position, trouble).__call__


def since(position: int, trouble: Trouble) -> Callable[[int], Trouble | None]:
    """This call goes wrong, and all after it."""
    return _Since(position, trouble).__call__


class _At(NamedTuple):
    position: int
    trouble: Trouble

    def __call__(self, number: int) -> Trouble | None:
        return self.trouble if number == self.position else None

    def __repr__(self) -> str:
        return f"at {self.position} {_name(self.trouble)}"


class _Since(NamedTuple):
    position: int
    trouble: Trouble

    def __call__(self, number: int) -> Trouble | None:
        return self.trouble if number >= self.position else None

    def __repr__(self) -> str:
        return f"since {self.position} {_name(self.trouble)}"


def _name(trouble: Trouble) -> str:
    return next(name for name, each in {**TROUBLES, **DEATHS}.items() if each is trouble)
