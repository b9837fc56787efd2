"""What one invocation has at hand: the event, the ways out of the function, and what has been made so far.

Not here: what is done with them (`lifecycle.py`, `launch.py`, `access.py`, `group_attributes.py`, `lookup.py`).
"""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import NamedTuple

from .credentials import ServiceAccount, hold_to_its_hosts, parse
from .directory import Directory
from .key_store import AwsKeyStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .deadline import Deadline
    from .desired import DirectoryRef
    from .journal import Journal
    from .key_store import KeyStore
    from .retry import Caller

NOTHING_MADE = "nothing-made-"
"""Begins the physical id of a create that failed without leaving anything: its delete makes no call at all."""

LEFT_BEHIND = "left-behind-"
"""Begins the physical id of a failed create that could not be undone; the application's id follows.  Its delete removes
that application whatever `OnRemoval` says: it never worked."""

MAYBE_MADE = "maybe-made-"
"""Begins the physical id of a create whose POST was sent, and whose outcome nobody knows: its delete looks."""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


class Event(NamedTuple):
    """CloudFormation's event, as far as it can be read."""

    request_type: str
    resource_type: str
    stack_id: str
    logical_id: str
    request_id: str
    physical_id: str
    properties: Mapping[str, Any]
    old_properties: Mapping[str, Any]
    response_url: str

    @classmethod
    def read(cls, raw: Any) -> Event:
        """Read an event, a damaged one too: what is missing is empty."""
        event = _object(raw)
        return cls(
            request_type=_text(event.get("RequestType")),
            resource_type=_text(event.get("ResourceType")),
            stack_id=_text(event.get("StackId")),
            logical_id=_text(event.get("LogicalResourceId")),
            request_id=_text(event.get("RequestId")),
            physical_id=_text(event.get("PhysicalResourceId")),
            properties=_object(event.get("ResourceProperties")),
            old_properties=_object(event.get("OldResourceProperties")),
            response_url=_text(event.get("ResponseURL")),
        )

    def __repr__(self) -> str:
        """Neither properties nor the address that the answer goes to, which is a credential."""
        return f"Event({self.request_type} {self.resource_type} {self.logical_id})"


class Outcome(NamedTuple):
    """What CloudFormation is told on success, and what the log is."""

    physical_id: str
    plan: str
    fields: tuple[str, ...] = ()
    data: Mapping[str, str] = MappingProxyType({})


class Session:
    """The tools of one invocation.

    Args:
        caller: Makes calls to the directory.
        read_secret: Reads a secret by name or ARN.
        deadline: Until when.
        journal: The log.
        keys: Makes and keeps key pairs.  Default: KMS and Secrets Manager.
        now: Seconds since 1970.
    """

    def __init__(
        self,
        caller: Caller,
        read_secret: Callable[[str, Deadline], str],
        deadline: Deadline,
        journal: Journal,
        *,
        keys: KeyStore | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.caller = caller
        self.keys: KeyStore = keys or AwsKeyStore()
        self.now = now
        self.deadline = deadline
        self.journal = journal
        self.made: str | None = None
        """Physical id of what a create has made, or may have made, so far; None: nothing."""
        self._read_secret = read_secret
        self._open: dict[DirectoryRef, Directory] = {}

    def open(self, ref: DirectoryRef) -> Directory:
        """The directory, with its credential read; once in an invocation."""
        if ref not in self._open:
            redactor = self.journal.redactor
            text = self._read_secret(ref.secret, self.deadline)
            credential = parse(text, ref.secret, redactor)
            hold_to_its_hosts(credential, text, ref)
            if isinstance(credential, ServiceAccount):
                token = credential.sign_in(ref.token_url, self.caller, self.deadline, redactor)
                headers = token.headers(ref.org_id)
            else:
                headers = credential.headers(ref.org_id)
            self._open[ref] = Directory(ref, headers, self.caller, self.deadline)
        return self._open[ref]
