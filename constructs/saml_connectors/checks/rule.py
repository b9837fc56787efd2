"""What a rule is, and what it finds.

Not here: the rules themselves, each in the file of what it judges, and which there are (`rules.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from saml_connectors.problems import Level

if TYPE_CHECKING:
    from datetime import datetime

    from saml_connectors.cloudformation import Assembly, Resource, Template


@dataclass(frozen=True)
class Context:
    """What rules know beside the template that they judge."""

    assembly: Assembly
    """All templates that are judged together."""

    now: datetime
    """The time, with its time zone."""

    @cached_property
    def exports(self) -> dict[str, tuple[Template, Any]]:
        """What the stacks export for each other, by the name of the export."""
        return self.assembly.exports


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One place where a rule is broken."""

    resource: Resource
    path: str = ""
    """Where in the resource, as in `Properties.ProviderDetails.MetadataFile`.  Default: the resource as a whole."""

    message: str
    """What is wrong here, with the value given: one sentence without capital and full stop.  Never a secret, never
    the body of a certificate."""

    fix: str | None = None
    """What to do here.  Default: the rule's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One mistake that can be seen in a template."""

    code: str
    """Stable kebab-case id."""

    level: Level
    """An error fails at deployment or at sign-in, or opens what must be closed; a warning will, or may."""

    what: str
    """What must hold: one sentence with capital and full stop."""

    why: str
    """What happens otherwise, and to whom."""

    fix: str
    """What to do."""

    source: str
    """Where the limit or behaviour is documented: a service's document by its name, or a URL."""

    find: Callable[[Template, Context], Iterable[Hit]]
    """Finds the places in one template.  What is not known at synthesis is no place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule broken at one place, as it is told."""

    code: str
    level: Level
    template: str
    """Name of the stack, or the file."""

    file: str
    """The template's file."""

    line: int | None
    """Line on which the resource begins, where it is known."""

    resource: str
    """Logical id."""

    construct: str
    """The construct's path, or the logical id."""

    path: str
    message: str
    fix: str
    source: str
    suppressed: str | None = None
    """The reason why it does not count.  Default: it counts."""

    suppressed_in: str | None = None
    """The file that says so."""

    @property
    def sentence(self) -> str:
        """What is wrong, and what to do."""
        return "; ".join(part for part in (self.message, self.fix) if part)

    def __str__(self) -> str:
        """One line for a terminal: by the construct's path where there is one, else as `file:line`."""
        by_path = self.construct != self.resource
        place = self.template if by_path else self.file
        if place and self.line and not by_path:
            place = f"{place}:{self.line}"
        level = "" if self.level == "error" else f"{self.level}: "
        sentence = f"{level}{self.sentence}"
        if self.suppressed is not None:
            sentence = f"suppressed {self.level}: {self.message}; because: {self.suppressed}"
        parts = [part for part in (place, self.construct, self.path) if part]
        return ": ".join([*parts, f"{sentence} [{self.code}]"])

    def to_json(self) -> dict[str, Any]:
        """The same, for programs; every key is always there."""
        return {
            "code": self.code,
            "level": self.level,
            "template": self.template,
            "resource": self.resource,
            "path": self.path,
            "message": self.message,
            "fix": self.fix,
            "source": self.source,
            "file": self.file,
            "line": self.line,
            "construct": self.construct,
            "suppressed": self.suppressed,
            "suppressed_in": self.suppressed_in,
        }
