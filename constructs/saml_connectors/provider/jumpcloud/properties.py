"""Reads properties as CloudFormation hands them over, and collects what is wrong with them.

Not here: which properties there are (`contract.py`), and what each means (`desired.py`).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from .errors import PropertyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

SHOWN_PROBLEMS = 20


class Properties:
    """The properties of one resource, or of one object in them.

    Args:
        values: As they came.
        resource_type: For the error's sentence.
        logical_id: For the error's sentence.
    """

    def __init__(self, values: Mapping[str, Any], resource_type: str, logical_id: str) -> None:
        self._values = values
        self._resource = f"{resource_type} {logical_id!r}"
        self._prefix = ""
        self._problems: list[str] = []

    def inner(self, name: str) -> Properties:
        """The object called *name*; its problems are told together with all others."""
        value = self._values.get(name)
        made = Properties({}, "", "")
        if isinstance(value, dict):
            made._values, made._problems = value, self._problems
            made._prefix = f"{self._prefix}{name}."
        else:  # what would be wrong inside it follows from this, and is not told
            self.wrong(name, "is missing" if value is None else "must be an object")
        return made

    def wrong(self, name: str, rule: str) -> None:
        """Remember that *name* breaks *rule*."""
        self._problems.append(f"{self._prefix}{name} {rule}")

    def raise_if_wrong(self) -> None:
        """Raise one error that tells everything that is wrong."""
        problems = self._problems
        if not problems:
            return
        more = len(problems) - SHOWN_PROBLEMS
        shown = [*problems[:SHOWN_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]
        count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
        raise PropertyError(
            f"reading the properties of {self._resource}",
            f"{count}: {', '.join(shown)}",
            "correct the properties; nothing was sent to the directory",
        )

    def text(self, name: str, *, needed: bool = False) -> str | None:
        """A text; None where it is left out or empty."""
        value = self._values.get(name)
        if isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, (int, float)):
            value = str(value)
        if value is None or value == "":
            if needed:
                self.wrong(name, "is missing")
            return None
        if not isinstance(value, str):
            self.wrong(name, "must be a text")
            return None
        if not value.strip():
            self.wrong(name, "must not be blank")
        return value

    def flag(self, name: str) -> bool | None:
        """True or false; None where it is left out."""
        value = self.text(name)
        if value is None:
            return None
        if value.lower() not in {"true", "false"}:
            self.wrong(name, f"must be true or false, got {value!r}")
        return value.lower() == "true"

    def url(self, name: str, value: str) -> None:
        """Remember if *value* is no absolute http or https address."""
        try:
            parts = urlsplit(value)
            fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and not parts.username
        except ValueError:  # a bracket that is not closed, or a port that is no number
            fits = False
        if not fits or any(character.isspace() for character in value):
            shown = "one with a user name in it" if "@" in value else repr(value)
            self.wrong(name, f"must be an absolute http or https address, got {shown}")

    def names(self, name: str) -> tuple[str, ...]:
        """A list of different texts, in the given order; empty where it is left out."""
        found: dict[str, None] = {}
        for position, value in enumerate(self._list(name) or ()):
            if isinstance(value, str) and value.strip():
                found[value] = None
            else:
                self.wrong(f"{name}[{position}]", "must be a text that is not blank")
        return tuple(found)

    def rows(self, name: str, *parts: str) -> list[tuple[str, ...]] | None:
        """A list of objects with a text for each of *parts*; None where it is left out."""
        values = self._list(name)
        if values is None:
            return None
        made: list[tuple[str, ...]] = []
        for position, value in enumerate(values):
            if not isinstance(value, dict):
                self.wrong(f"{name}[{position}]", f"must be an object of {', '.join(parts[:-1])} and {parts[-1]}")
                continue
            inner = Properties(value, "", "")
            inner._prefix = f"{self._prefix}{name}[{position}]."
            inner._problems = self._problems
            made.append(tuple(inner.text(part, needed=True) or "" for part in parts))
        return made

    def _list(self, name: str) -> list[Any] | None:
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, list):
            return value
        self.wrong(name, "must be a list")
        return None
