"""A stage on which any one call to the directory goes wrong in any way, and Lambda and CloudFormation do what they do.

A pytest plugin, with the fixture `troubled`, to be named after `tests.provider_fixtures`.  The emulator answers without
a client in between, so that thousands of cases take seconds.
Not here: what can go wrong (`troubles.py`), and which operations there are (`lifecycle_operations.py`).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

from saml_connectors.provider.jumpcloud.errors import CredentialError
from saml_connectors.provider.jumpcloud.handler import respond
from saml_connectors.provider.jumpcloud.reply import AnswerUndelivered
from saml_connectors.provider.jumpcloud.transport import Request, Response
from sandbox.directory.at_once import AtOnce
from sandbox.directory.certificates import KeyPool
from sandbox.directory.state import Directory
from tests.provider_fixtures import Context, FakeTime, Stage
from tests.troubles import KilledError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cryptography.hazmat.primitives.asymmetric import rsa

    from saml_connectors.provider.jumpcloud.deadline import Deadline
    from tests.troubles import Trouble

CALL_SECONDS = 0.05
FUNCTION_SECONDS = 900.0
LAMBDA_WAITS = (60.0, 120.0)
"""Before the second and the third run of an asynchronous call that raised or was killed."""

SERVICE_TIMEOUT_SECONDS = 35 * 60.0
USED_TEMPLATES = ("amazoncognitouserpools", "saml2", "bookmark", "aws")


class OneKey(KeyPool):
    """Hands the same key out again and again: certificates differ by their serial number, and take no time to make."""

    def __init__(self) -> None:
        super().__init__(1024)
        self._key = self._make()

    def take(self) -> rsa.RSAPrivateKey:
        """The one key."""
        return self._key


class TroubledTransport:
    """Carries requests to the emulator; `disturb` says what happens to each, by its number since the last `begin`."""

    def __init__(self, directory: AtOnce, time: FakeTime) -> None:
        self.calls: list[tuple[str, str]] = []
        self.bodies: list[Any] = []
        self.number = 0
        self.skew = 0.0
        """How many seconds the directory's clock is ahead."""

        self.disturb: Callable[[int], Trouble | None] = lambda _number: None
        self._directory, self._time = directory, time

    def begin(self, disturb: Callable[[int], Trouble | None] | None = None) -> None:
        """Count calls from here, with this trouble, or none."""
        self.number = 0
        self.disturb = disturb or (lambda _number: None)

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """Run one request."""
        deadline.require("calling")
        trouble = self.disturb(self.number)
        self.number += 1
        self.calls.append((request.method, request.url.partition("?")[0]))
        self._time.now += CALL_SECONDS
        answer = Response(0, {})
        if trouble is None or trouble.processed:
            status, headers, body = self._directory.request(request.method, request.url, request.headers, request.body)
            answer = Response(status, headers, body)
        if trouble is not None:
            self._time.now += min(trouble.seconds, deadline.remaining())
            answer = trouble.outcome(answer)
        return Response(
            answer.status, {**answer.headers, "date": formatdate(self._time.now + self.skew, usegmt=True)}, answer.body
        )


class Secrets(dict[str, str]):
    """Secrets Manager, which says so where there is no such secret."""

    def __missing__(self, name: str) -> str:
        raise CredentialError(f"reading the secret {name!r}", "there is no such secret", "create it")


class TroubledStage(Stage):
    """The provider's stage with trouble on it, and with a Lambda that runs an event again."""

    def __init__(self) -> None:
        super().__init__()
        self.time = FakeTime()
        self.directory = Directory.example(key_size=1024, clock=lambda: datetime.fromtimestamp(self.time.now, UTC))
        self.directory.keys = OneKey()
        self.directory.templates = {name: self.directory.templates[name] for name in USED_TEMPLATES}
        self.at_once = AtOnce(self.directory)
        self.transport = TroubledTransport(self.at_once, self.time)  # type: ignore[assignment] # as much of one as is used
        self.secrets = Secrets(self.secrets)
        self.seconds = FUNCTION_SECONDS
        self.scenes: dict[str, Any] = {}
        """What `operation_play.py` has prepared, by name of the operation."""

    @property
    def troubled(self) -> TroubledTransport:
        """The transport, as what it is."""
        assert isinstance(self.transport, TroubledTransport)
        return self.transport

    @property
    def calls(self) -> list[tuple[str, str]]:
        """The calls since the directory was put back."""
        return self.troubled.calls

    def run(self, event: dict[str, Any]) -> dict[str, Any]:
        """One run of the function, which has to answer before its time is up."""
        began = self.time.now
        body = respond(event, Context(self.seconds), self.world)
        assert self.time.now - began < self.seconds
        assert len(body) <= 4096
        answer: dict[str, Any] = json.loads(body)
        return answer

    def deliver(
        self, event: dict[str, Any], disturb: Callable[[int], Trouble | None] | None = None, *, for_good: bool = False
    ) -> dict[str, Any] | None:
        """What CloudFormation hears of *event*; None: nothing until it waits no longer.

        Args:
            event: What it sends.
            disturb: What goes wrong in the first run.
            for_good: The later runs are killed before they do anything.
        """
        self.troubled.begin(disturb)
        try:
            return self.run(event)
        except (KilledError, AnswerUndelivered):
            pass
        for wait in LAMBDA_WAITS if not for_good else ():
            self.time.now += wait
            self.troubled.begin()
            try:
                return self.run(event)
            except (KilledError, AnswerUndelivered):
                continue
        self.time.now += SERVICE_TIMEOUT_SECONDS
        self.troubled.begin()
        return None


@pytest.fixture(scope="module")
def troubled() -> Iterator[TroubledStage]:
    """A stage for many cases; who uses it puts its directory back."""
    made = TroubledStage()
    yield made
    made.at_once.close()
