"""The audit of every write to the directory: what was there, what was sent, what came of it; nothing secret in it.

A line says that a write begins, with the names of the fields, and another how it ended, with their values: a function
that is killed in between leaves the first.  Who asked stands in every line of the log (`journal.py`).
Not here: requests (`directory.py`), and what each attempt was answered (`retry.py`).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import Counter
from urllib.parse import urlsplit

from . import shown
from .group_plan import WRITABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType
    from typing import Any, Self

    from .retry import Caller
    from .transport import Request

BEGINS, ENDED = "directory write begins", "directory write"
DONE, REFUSED, UNKNOWN, NOT_SENT = "done", "refused", "unknown", "not sent"
"""How a write ended.  Unknown: it may have been done, because some attempt got no answer, or none that tells."""

LONGEST = 200
"""Characters that are told of one name or value."""

LONGEST_CHANGES = 128 * 1024
"""Bytes that the changes of one line may have: half of what CloudWatch takes of a line."""

MANY = 50
"""Names of fields that are told when a write begins."""

_ONE = re.compile(r"/(applications|usergroups)/[^/]+$")
_ROWS = frozenset({"config.constantAttributes", "config.databaseAttributes"})
_GROUP_EDGE = "user_group"
_PRIVATE_KEY = "PRIVATE KEY"
_SERVER_ERROR = 500


class Audit:
    """Knows what was read last, and so what a write changes.

    Args:
        caller: Makes the calls; its log is written, and it tells what came of each attempt.
    """

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.read: dict[str, Mapping[str, Any]] = {}
        self.writes = 0

    def of(self, request: Request, body: Mapping[str, Any] | None, doing: str) -> Look | Write:
        """What has to surround one call, from before it until its answer is understood."""
        path = urlsplit(request.url).path
        if request.method == "GET":
            return Look(self, path)
        self.writes += 1
        return Write(self, request.method, path, body or {}, doing)


class Look:
    """Around a call that only reads: remembers what it tells of one application or group."""

    def __init__(self, audit: Audit, path: str) -> None:
        self._audit, self._path = audit, path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def answered(self, payload: Any) -> None:
        """The call was answered with *payload*."""
        if isinstance(payload, dict) and _ONE.search(self._path):
            self._audit.read[self._path] = payload


class Write:
    """Around a call that changes something: writes the two lines."""

    def __init__(self, audit: Audit, method: str, path: str, body: Mapping[str, Any], doing: str) -> None:
        self._audit = audit
        self._method, self._path, self._body, self._doing = method, path, body, doing
        self._number = audit.writes
        self._before: Mapping[str, Any] | None = {} if method == "POST" else audit.read.pop(path, None)
        self._answer: Any = None

    def __enter__(self) -> Self:
        names = list(dict.fromkeys(change["field"] for change in self._changes()))
        self._note("INFO", BEGINS, fields=names[:MANY], **({"more": len(names) - MANY} if len(names) > MANY else {}))
        return self

    def answered(self, payload: Any) -> None:
        """The call was answered with *payload*, and that is no error."""
        self._answer = payload
        if self._method == "DELETE" and isinstance(payload, dict) and (payload.get("_id") or payload.get("id")):
            self._before = payload

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        outcomes = list(self._audit.caller.outcomes)
        result = result_of(outcomes, understood=error is None)
        told, more = fitting(self._changes())
        extra: dict[str, Any] = {"more": more} if more else {}
        if self._before is None:
            extra["before"] = "not known"
        if self._method == "POST" and isinstance(self._answer, dict) and isinstance(self._answer.get("_id"), str):
            extra["made"] = self._answer["_id"]
        status = outcomes[-1] if outcomes else None
        level = "INFO" if result == DONE else "WARNING"
        self._note(level, ENDED, result=result, status=status, attempts=len(outcomes), changes=told, **extra)

    def _note(self, level: str, event: str, **fields: Any) -> None:
        self._audit.caller.journal.note(
            level,
            event,
            write=self._number,
            doing=self._doing,
            method=self._method,
            path=self._path,
            **fields,
        )

    def _changes(self) -> Iterator[dict[str, Any]]:
        if self._path.endswith("/associations"):
            return iter([_edge(self._body)])
        before = self._before or {}
        if "/usergroups/" in self._path:  # of a group the rest cannot be written, and so is never sent
            before = {name: before[name] for name in WRITABLE if name in before}
        return changes(before, {} if self._method == "DELETE" else self._body)


def result_of(outcomes: Sequence[int | str], *, understood: bool) -> str:
    """How a write ended.

    Args:
        outcomes: Of each attempt its status, or the name of the error that it met.
        understood: Whether the last answer was one of success that could be read.
    """
    if understood:
        return DONE
    sent = [outcome for outcome in outcomes if outcome != "Unreachable"]
    if not sent:
        return NOT_SENT
    told = [outcome for outcome in sent if isinstance(outcome, int) and 300 <= outcome < _SERVER_ERROR]  # noqa: PLR2004 - 3xx, 4xx
    return REFUSED if len(told) == len(sent) else UNKNOWN


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each field that differs, with what it was and what it becomes; a row of a list is a change of its own."""
    was, becomes = _flat(before), _flat(after)
    for field in sorted(was.keys() | becomes.keys()):
        old, new = was.get(field), becomes.get(field)
        if field in _ROWS:
            yield from _rows(field, old, new)
        elif old != new and not (_is_nothing(old) and _is_nothing(new)):
            yield {"field": _cut(field), "before": told(field, old), "after": told(field, new)}


def told(name: str, value: Any) -> Any:
    """The value of what is called *name*: hidden, a fingerprint, or cut where it is long."""
    if _is_nothing(value):
        return None
    if shown.is_secret(name):
        return shown.HIDDEN
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return _text(name, value)
    return _cut(json.dumps(_masked(name, value), sort_keys=True, ensure_ascii=False, default=str))


def fitting(found: Iterable[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """As many changes as one line holds, and how many more there are."""
    kept: list[dict[str, Any]] = []
    size = more = 0
    for change in found:
        size += len(json.dumps(change))
        if size <= LONGEST_CHANGES:
            kept.append(change)
        else:
            more += 1
    return kept, more


def _flat(document: Mapping[str, Any]) -> dict[str, Any]:
    """Every field by its path, as `displayLabel`, `config.acsUrl`, `sso.hidden`, `attributes.role`."""
    found: dict[str, Any] = {}
    for head, value in document.items():
        if head in {"config", "sso", "attributes"} and isinstance(value, dict):
            for key, entry in value.items():
                is_setting = head == "config" and isinstance(entry, dict)
                found[f"{head}.{key}"] = entry.get("value") if is_setting else entry
        else:
            found[head] = value
    return found


def _rows(field: str, old: Any, new: Any) -> Iterator[dict[str, Any]]:
    was, becomes = _counted(old), _counted(new)
    for row in (was - becomes).elements():
        yield {"field": field, "before": _row(row), "after": None}
    for row in (becomes - was).elements():
        yield {"field": field, "before": None, "after": _row(row)}


def _counted(value: Any) -> Counter[tuple[str, str]]:
    rows = value if isinstance(value, list) else []
    return Counter((str(row.get("name") or ""), str(row.get("value") or "")) for row in rows if isinstance(row, dict))


def _row(row: tuple[str, str]) -> str:
    return f"{_cut(row[0])} = {told(*row) or ''}"


def _edge(body: Mapping[str, Any]) -> dict[str, Any]:
    group = told("id", body.get("id"))
    is_new = body.get("op") == "add"
    field = str(body.get("type") or _GROUP_EDGE)
    return {"field": field, "before": None if is_new else group, "after": group if is_new else None}


def _text(name: str, value: str) -> str:
    if _PRIVATE_KEY in value or _PRIVATE_KEY in _inside(value):
        return shown.HIDDEN
    if "certificate" in name.lower() or "BEGIN CERTIFICATE" in value:
        found = shown.fingerprint(value)
        if found not in {shown.NO_CERTIFICATE, shown.UNREADABLE}:
            return f"sha256:{found}"
    return _cut(value)


def _masked(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _masked(str(key), entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_masked(name, entry) for entry in value]
    return told(name, value)


def _inside(value: str) -> str:
    """What base64 in *value* says; nothing where it is none."""
    try:
        return base64.b64decode("".join(value.split()), validate=True).decode("latin-1")
    except (binascii.Error, ValueError):
        return ""


def _is_nothing(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
