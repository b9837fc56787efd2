"""What can be wrong, and how it is said: problems with a stable code, a place, the value given and a way out.

Not here: the rules themselves.  Each lives beside the data it judges, and reports what it finds as a `Problem`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Level = Literal["error", "warning", "note"]
"""An error stops; a warning is for a person to weigh; a note informs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, or worth knowing, at one place."""

    code: str
    """Stable kebab-case id, for suppressions and for searching the documentation."""

    rule: str
    """What holds, as a sentence without capital and full stop: `must be 3 to 32 characters`."""

    given: str | None = None
    """What was given, as a person would write it.  Never a secret.  Default: not said."""

    fix: str | None = None
    """What to do.  Default: the rule says it all."""

    level: Level = "error"
    """How grave it is.  Default: an error."""

    field: str = ""
    """Path of the field, as in `app_clients[0].callback_urls[1]`.  Default: the whole document."""

    file: str | None = None
    """The file, as the caller named it.  Default: built in Python, there is none."""

    line: int | None = None
    """Line in the file, from 1.  Default: unknown."""

    @property
    def message(self) -> str:
        """The sentence: rule, value given, way out."""
        given = f", got {self.given}" if self.given is not None else ""
        fix = f"; {self.fix}" if self.fix else ""
        return f"{self.rule}{given}{fix}"

    def at(self, *, file: str | None = None, line: int | None = None, field: str | None = None) -> Problem:
        """The same problem, told where it is; what is left out stays as it was."""
        return replace(
            self,
            file=self.file if file is None else file,
            line=self.line if line is None else line,
            field=self.field if field is None else field,
        )

    def __str__(self) -> str:
        """One line for a terminal: `file:line: field: message [code]`."""
        place = self.file or ""
        if place and self.line:
            place = f"{place}:{self.line}"
        level = "" if self.level == "error" else f"{self.level}: "
        parts = [part for part in (place, self.field) if part]
        return ": ".join([*parts, f"{level}{self.message} [{self.code}]"])

    def to_json(self) -> dict[str, Any]:
        """The same, for programs; every key is always there."""
        return {
            "code": self.code,
            "level": self.level,
            "file": self.file,
            "line": self.line,
            "field": self.field,
            "message": self.message,
            "given": self.given,
            "fix": self.fix,
        }


class SpecError(ValueError):
    """A spec, or what it names, has problems; `problems` holds all of them.

    Args:
        problems: At least one.
        what: What has them, as in `cognito-user-pool 'portal'`.  Default: `the spec`.
    """

    def __init__(self, problems: Iterable[Problem], what: str = "the spec") -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        self.what = what
        count = len(self.problems)
        head = f"{count} problem{'' if count == 1 else 's'} in {what}:"
        super().__init__("\n".join([head, *(f"  {problem}" for problem in self.problems)]))


def raise_if_any(problems: Sequence[Problem], what: str) -> None:
    """Raise `SpecError` with all *problems* that are errors; do nothing where none is."""
    errors = [problem for problem in problems if problem.level == "error"]
    if errors:
        raise SpecError(errors, what)
