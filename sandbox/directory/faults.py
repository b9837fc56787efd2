"""Faults on demand: which requests go wrong, and how.

A fault is found by method and path, may let some requests pass first, and happens a given number of times.
In process, a request without an answer raises `NoAnswer` or `ConnectionCut`; served, the connection really breaks.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Scope

Kind = Literal["status", "no-answer", "cut", "html", "truncated", "redirect", "delay"]
KINDS: tuple[str, ...] = get_args(Kind)


class NoAnswer(Exception):  # noqa: N818 - what the caller sees is that no answer comes
    """In process: the answer never comes; over a network the client's own timeout ends the wait."""


class ConnectionCut(Exception):  # noqa: N818 - what the caller sees is that the connection is cut
    """In process: the connection breaks before the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Kinds: `status` (an error with that status), `no-answer` (nothing, for *seconds*), `cut` (the connection breaks),
    `html` (a page where JSON belongs), `truncated` (half of the JSON), `redirect`, `delay` (late, but right).
    """

    kind: Kind
    method: str = "*"
    """HTTP method; `*` is any."""

    path: str = ".*"
    """Regular expression that the whole path, without query, has to match."""

    status: int = 503
    """For `status` and `html`."""

    retry_after: str | None = None
    """For `status`: the header Retry-After."""

    location: str = "/login"
    """For `redirect`: where to."""

    seconds: float = 0.0
    """For `delay` and, over a network, `no-answer`: how long."""

    skip: int = 0
    """How many matching requests pass before it begins."""

    count: int | None = 1
    """How often it happens; None is for ever."""

    processed: bool | None = None
    """Whether the request takes effect all the same.  Default: for `cut`, `truncated` and `delay` it does."""

    def __post_init__(self) -> None:
        """Refuse what could never happen."""
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of fault {self.kind!r}; one of {', '.join(KINDS)}")
        re.compile(self.path)

    @property
    def takes_effect(self) -> bool:
        """Whether the request is processed before it goes wrong."""
        return self.kind in {"cut", "truncated", "delay"} if self.processed is None else self.processed

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one of those it is about."""
        return self.method in {"*", method} and re.fullmatch(self.path, path) is not None

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Fault:
        """The fault that a JSON object describes, with these fields' names."""
        unknown = set(document) - set(cls.__dataclass_fields__)
        if unknown:
            raise ValueError(f"unknown fields of a fault: {', '.join(sorted(unknown))}")
        try:
            return cls(**document)
        except (TypeError, re.error) as error:
            raise ValueError(f"not a fault: {error}") from error


@dataclass(slots=True)
class _Armed:
    fault: Fault
    seen: int = 0
    happened: int = 0


@dataclass(slots=True)
class Faults:
    """The faults that wait to happen, oldest first; safe to use from several threads."""

    _armed: list[_Armed] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        """Let *fault* happen."""
        with self._lock:
            self._armed.append(_Armed(fault))

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        with self._lock:
            self._armed.clear()

    def pending(self) -> list[Fault]:
        """The faults that have not happened as often as they should."""
        with self._lock:
            return [armed.fault for armed in self._armed]

    def take(self, scope: Scope) -> Fault | None:
        """The fault that happens to this request, if one does."""
        method, path = str(scope["method"]), str(scope["path"])
        with self._lock:
            happens: Fault | None = None
            for armed in list(self._armed):
                if not armed.fault.matches(method, path):
                    continue
                armed.seen += 1
                if happens is not None or armed.seen <= armed.fault.skip:
                    continue
                armed.happened += 1
                happens = armed.fault
                if armed.fault.count is not None and armed.happened >= armed.fault.count:
                    self._armed.remove(armed)
            return happens
