"""How an application's provisioning is set up and stands: records for the admin portal and for programs.

Not here: what makes them so (`provisioning`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sandbox.directory.push import State


@dataclass(slots=True)
class Settings:
    """What an administrator typed."""

    base_url: str
    token: str = field(repr=False)
    manage_groups: bool = True
    """"Enable management of User Groups and Group membership in this application"."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one person or group."""

    kind: Literal["user", "user_group"]
    id: str
    name: str
    state: State
    remark: str
    """Why, or how many members."""

    at: datetime

    def given_up(self) -> Outcome:
        """The same, when no other attempt follows."""
        return replace(self, state="failed") if self.state == "retrying" else self


@dataclass(frozen=True, slots=True)
class Status:
    """How the provisioning of one application stands."""

    active: bool
    base_url: str
    has_token: bool
    manage_groups: bool
    problem: str
    """Why it could not be activated."""

    outstanding: bool
    """Whether something is still to be sent."""

    outcomes: tuple[Outcome, ...]

    def of(self, name: str) -> Outcome:
        """What became of the person or group called *name* (a person's is the e-mail address); else a KeyError."""
        for outcome in self.outcomes:
            if outcome.name == name:
                return outcome
        raise KeyError(name)
