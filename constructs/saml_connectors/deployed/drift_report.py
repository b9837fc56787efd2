"""What drift is: a field that is not as it was deployed, and whom it concerns; in the forms in which it is printed.

Pure; nothing secret is in it: certificates are told as fingerprints.  Not here: finding it (`drift.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from saml_connectors.deployed.resolved import NotKnown
from saml_connectors.spec.findings import visible

SHOWN_GROUPS = 12


class BoundGroup(NamedTuple):
    """A group of people who notice."""

    name: str
    members: int | None
    """How many are in it; None where there is no such group any more."""

    def __str__(self) -> str:
        return f"group {self.name!r} ({people(self.members)})"


class Affected(NamedTuple):
    """Who notices."""

    groups: Sequence[BoundGroup] = ()
    roles: Sequence[str] = ()
    """ARNs of the roles that are offered by it."""

    def __str__(self) -> str:
        told = [str(each) for each in self.groups[:SHOWN_GROUPS]]
        if len(self.groups) > SHOWN_GROUPS:
            told.append(f"{len(self.groups) - SHOWN_GROUPS} more groups")
        told += [f"role {each}" for each in self.roles]
        return ", ".join(told) or "nobody: no group is bound"

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        groups = [{"name": each.name, "members": each.members} for each in self.groups]
        return {"groups": groups, "roles": list(self.roles)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One field that is not as it was deployed."""

    resource: str
    """Logical id of the resource that looks after it."""

    type: str
    subject: str
    """What it is a field of, as in `application "Portal" (1a2b…)`."""

    field: str
    """As in `config.acsUrl`, or `groups['portal-users']`."""

    desired: str
    """As a person reads it, as `live` is."""

    live: str
    affected: Affected

    def to_json(self) -> dict[str, Any]:
        """For programs; every key is always there."""
        return {
            "resource": self.resource,
            "type": self.type,
            "subject": self.subject,
            "field": self.field,
            "desired": self.desired,
            "live": self.live,
            "affected": self.affected.to_json(),
        }


@dataclass(slots=True)
class DriftReport:
    """What was found in one stack."""

    stack: str
    drift: list[Drift] = field(default_factory=list)
    unknown: list[NotKnown] = field(default_factory=list)
    compared: int = 0
    """How many resources were looked at."""

    def add(self, found: Iterable[Drift | NotKnown]) -> None:
        """Add what was found in one resource."""
        self.compared += 1
        for each in found:
            if isinstance(each, Drift):
                self.drift.append(each)
            else:
                self.unknown.append(each)

    def to_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        return {
            "drift": [each.to_json() for each in self.drift],
            "unknown": [each.to_json() for each in self.unknown],
        }

    def lines(self) -> Iterator[str]:
        """For a terminal: each subject once, its fields below it, and who is affected below each group of fields."""
        for (subject, resource), fields in groupby(self.drift, key=lambda each: (each.subject, each.resource)):
            yield visible(f"{subject} [{resource}]")
            for affected, found in groupby(fields, key=lambda each: each.affected):
                for each in found:
                    yield visible(f"  {each.field}: wanted {each.desired}, is {each.live}")
                yield visible(f"    affected: {affected}")
        if self.unknown:
            yield "cannot be known:"
        for missing in self.unknown:
            yield visible(f"  {missing.resource} {missing.field}: {missing.why}")

    def summary(self) -> str:
        """One line."""
        count = len(self.drift)
        fields = f"{count} field{'' if count == 1 else 's'} drifted" if count else "no drift"
        unknown = f", {len(self.unknown)} cannot be known" if self.unknown else ""
        return f"{self.stack}: {self.compared} resource{'' if self.compared == 1 else 's'} compared, {fields}{unknown}"


def people(count: int | None) -> str:
    """As in `3 people`."""
    if count is None:
        return "there is no such group"
    return f"{count:,} {'person' if count == 1 else 'people'}"
