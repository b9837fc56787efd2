"""Provisioning: which applications the directory keeps supplied with people and groups, by SCIM, and what came of it.

Set up in the admin portal only, as JumpCloud's is: no API turns it on.  Whatever changes, one thread in the background
sends what differs, and ends when nothing is left to do.  Not here: what is sent (`push`).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.directory.destinations import is_web
from sandbox.directory.provisioning_status import Outcome, Settings, Status
from sandbox.directory.push import Push
from sandbox.directory.push_records import Memory, wanted
from sandbox.directory.scim_client import TIMEOUT, ScimClient, ScimError

if TYPE_CHECKING:
    import httpx

    from sandbox.directory.push import State
    from sandbox.directory.push_records import Key
    from sandbox.directory.state import Directory

ATTEMPTS = 5
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
END_TIMEOUT = TIMEOUT + 5


class ProvisioningError(ValueError):
    """Provisioning cannot be set up like this."""


@dataclass(slots=True)
class _Connection:
    """One application's provisioning since it was activated."""

    settings: Settings
    memory: Memory = field(default_factory=Memory)
    outcomes: dict[Key, Outcome] = field(default_factory=dict)
    problem: str = ""
    active: bool = False
    due: float | None = None
    """When the next pass is made, on the monotonic clock; None where nothing is outstanding."""

    attempt: int = 0
    changed: bool = False
    """Whether something may have changed since the pass began that goes on."""


class Provisioning:
    """The provisioning of one directory's applications; safe to use from several threads.

    Args:
        directory: Whose people and groups are sent.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._condition = threading.Condition()
        self._connections: dict[str, _Connection] = {}
        self._thread: threading.Thread | None = None
        self._ending = False
        self.transport: httpx.BaseTransport | None = None
        """Carries the requests.  Default: the network."""

        self.first_pause = FIRST_PAUSE
        """Seconds before a second attempt; doubled each time."""

    # --- what an administrator does ---------------------------------------------------------------------------------

    def save(self, application_id: str, *, base_url: str, token: str = "", manage_groups: bool = True) -> None:
        """Keep Base URL and Token Key, without beginning; an empty *token* leaves the one that is kept."""
        self._refuse_unless_provisionable(application_id)
        with self._condition:
            known = self._connections.get(application_id)
            if known is not None and known.active:
                raise ProvisioningError(
                    "Identity Management is active: deactivate it to change its Base URL or Token Key"
                )
            settings = _settings(known.settings if known else None, base_url, token, manage_groups=manage_groups)
            self._connections[application_id] = _Connection(settings)

    def activate(self, application_id: str, *, base_url: str, token: str = "", manage_groups: bool = True) -> Status:
        """Check the connection and, where it answers, begin; the status says whether it did, and why not."""
        self.save(application_id, base_url=base_url, token=token, manage_groups=manage_groups)
        with self._condition:
            connection = self._connections[application_id]
        problem = ""
        try:
            with self._client(connection) as client:
                client.check()
        except ScimError as error:
            problem = str(error)
        with self._condition:
            connection.problem, connection.active = problem, not problem
        self.look()
        return self.status(application_id)

    def update(self, application_id: str, *, manage_groups: bool) -> None:
        """Say anew whether groups are managed, and try again what was refused."""
        with self._condition:
            connection = self._connections.get(application_id)
            if connection is None or not connection.active:
                raise ProvisioningError("Identity Management is not active")
            connection.settings.manage_groups = manage_groups
            connection.memory.refused.clear()
            if not manage_groups:
                connection.outcomes = {key: each for key, each in connection.outcomes.items() if each.kind == "user"}
        self.look()

    def deactivate(self, application_id: str) -> None:
        """Send nothing any more, leave what is there, and forget the token."""
        with self._condition:
            connection = self._connections.get(application_id)
            if connection is None:
                return
            connection.active, connection.due = False, None
            settings = Settings(connection.settings.base_url, "", manage_groups=connection.settings.manage_groups)
            self._connections[application_id] = _Connection(settings)
            self._condition.notify_all()

    def status(self, application_id: str) -> Status:
        """How it stands; no token is in it."""
        with self._condition:
            connection = self._connections.get(application_id) or _Connection(Settings("", ""))
            return Status(
                active=connection.active,
                base_url=connection.settings.base_url,
                has_token=bool(connection.settings.token),
                manage_groups=connection.settings.manage_groups,
                problem=connection.problem,
                outstanding=connection.due is not None,
                outcomes=tuple(sorted(connection.outcomes.values(), key=lambda each: (each.kind, each.name))),
            )

    # --- what happens in the background -----------------------------------------------------------------------------

    def look(self) -> None:
        """Something may have changed: whatever differs is sent soon."""
        with self._condition:
            active = [connection for connection in self._connections.values() if connection.active]
            for connection in active:
                connection.changed = True
                if connection.due is None:
                    connection.due, connection.attempt = time.monotonic(), 0
            if active and not self._ending and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._work, name="sandbox-provisioning", daemon=True)
                self._thread.start()
            self._condition.notify_all()

    def settle(self, timeout: float = 30.0) -> None:
        """Wait until nothing is outstanding; a TimeoutError after *timeout* seconds."""
        self.look()
        with self._condition:
            if not self._condition.wait_for(lambda: self._next() is None, timeout):
                raise TimeoutError(f"provisioning did not settle within {timeout:g} seconds")

    def clear(self) -> None:
        """Forget everything, and send nothing any more."""
        with self._condition:
            for connection in self._connections.values():
                connection.active, connection.due = False, None
            self._connections.clear()
            self._condition.notify_all()

    def close(self) -> None:
        """End the thread, after the request that is on its way; settings stay."""
        with self._condition:
            thread, self._ending = self._thread, True
            for connection in self._connections.values():
                connection.changed = connection.changed or connection.due is not None
            self._condition.notify_all()
        if thread is not None:
            thread.join(END_TIMEOUT)
        with self._condition:
            self._ending = False

    def _next(self) -> tuple[str, _Connection] | None:
        """The application whose pass is due first."""
        waiting = [(each.due, key) for key, each in self._connections.items() if each.due is not None]
        if not waiting:
            return None
        key = min(waiting)[1]
        return key, self._connections[key]

    def _work(self) -> None:
        while True:
            with self._condition:
                following = self._next()
                if following is None or self._ending:
                    # Under the lock, so that whoever looks next knows that this thread does nothing any more.
                    self._thread = None
                    return
                application_id, connection = following
                pause = (connection.due or 0.0) - time.monotonic()
                if pause > 0:
                    self._condition.wait(pause)
                    continue
                connection.changed = False
            failures = self._pass(application_id, connection)
            with self._condition:
                self._plan(connection, failures)
                self._condition.notify_all()

    def _pass(self, application_id: str, connection: _Connection) -> list[ScimError]:
        target = wanted(self._directory, application_id, manage_groups=connection.settings.manage_groups)
        if target is None:
            with self._condition:  # the application was deleted; what it provisioned stays where it is
                connection.active = False
                self._connections.pop(application_id, None)
            return []
        with self._client(connection) as client:
            push = Push(
                client,
                connection.memory,
                target,
                report=lambda key, name, state, remark: self._report(connection, key, name, state, remark),
                may_go_on=lambda: connection.active and not self._ending,
            )
            failures = push.run()
        with self._condition:
            connection.outcomes = {
                key: each
                for key, each in connection.outcomes.items()
                if each.state == "removed" or connection.memory.knows(key) or target.names(key)
            }
        return failures

    def _plan(self, connection: _Connection, failures: list[ScimError]) -> None:
        """When the next pass is made, if one is."""
        if not connection.active:
            connection.due = None
            return
        connection.attempt = connection.attempt + 1 if failures else 0
        if failures and connection.attempt < ATTEMPTS:
            asked = max((error.retry_after or 0.0 for error in failures), default=0.0)
            pause = max(asked, self.first_pause * 2 ** (connection.attempt - 1))
            connection.due = time.monotonic() + min(pause, LONGEST_PAUSE)
            return
        if failures:
            connection.outcomes = {key: outcome.given_up() for key, outcome in connection.outcomes.items()}
            connection.attempt = 0
        connection.due = time.monotonic() if connection.changed else None

    def _report(self, connection: _Connection, key: Key, name: str, state: State, remark: str) -> None:
        outcome = Outcome(key[0], key[1], name, state, remark, self._directory.clock())
        with self._condition:
            connection.outcomes[key] = outcome

    def _client(self, connection: _Connection) -> ScimClient:
        return ScimClient(connection.settings.base_url, connection.settings.token, transport=self.transport)

    def _refuse_unless_provisionable(self, application_id: str) -> None:
        with self._directory.lock:
            application = self._directory.applications.get(application_id)
        if application is None:
            raise ProvisioningError("this application does not exist")
        if not application.template.can_provision:
            raise ProvisioningError(f"{application.template.display_name} has no Identity Management")


def _settings(known: Settings | None, base_url: str, token: str, *, manage_groups: bool) -> Settings:
    base_url, token = base_url.strip(), token.strip()
    if not is_web(base_url) or any(mark in base_url for mark in "?#@ "):
        raise ProvisioningError("Base URL must be an http or https URL without user, query and fragment")
    if not token and known is not None and known.base_url.rstrip("/") == base_url.rstrip("/"):
        token = known.token
    if not token:
        raise ProvisioningError("Token Key is required: it is kept for one Base URL only, and until deactivation")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ProvisioningError("Token Key must be printable ASCII characters without spaces")
    return Settings(base_url, token, manage_groups=manage_groups)
