"""What an application should be provisioned with, and what it has been sent: plain records for a push.

Not here: sending (`push`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sandbox.directory.people import STAGED
from sandbox.directory.scim_resources import user_resource, why_not

if TYPE_CHECKING:
    from sandbox.directory.people import User
    from sandbox.directory.state import Directory

Key = tuple[Literal["user", "user_group"], str]
"""A person or a group, by id in the directory."""


@dataclass(frozen=True, slots=True)
class WantedUser:
    """A person who should be provisioned, or why not."""

    name: str
    resource: dict[str, Any]
    skipped: str = ""
    failed: str = ""


@dataclass(frozen=True, slots=True)
class WantedGroup:
    """A group that should be provisioned, with the ids of its members."""

    name: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an application should be provisioned with; *groups* is None where groups are not managed."""

    users: dict[str, WantedUser]
    groups: dict[str, WantedGroup] | None

    def names(self, key: Key) -> bool:
        """Whether the person or group is among them."""
        return key[1] in (self.users if key[0] == "user" else self.groups or {})


@dataclass(slots=True)
class SentUser:
    """What was sent last of a person; *scim_id* is None where there was nothing to suspend."""

    name: str
    scim_id: str | None
    resource: dict[str, Any]


@dataclass(slots=True)
class SentGroup:
    """What was sent last of a group."""

    name: str
    scim_id: str
    members: set[str] = field(default_factory=set)
    """SCIM ids."""


@dataclass(slots=True)
class Memory:
    """What one application's service provider has been sent since its provisioning was activated."""

    users: dict[str, SentUser] = field(default_factory=dict)
    groups: dict[str, SentGroup] = field(default_factory=dict)
    refused: dict[Key, Any] = field(default_factory=dict)
    """What was refused for good: not sent again until it is something else."""

    def knows(self, key: Key) -> bool:
        """Whether the person or group is there."""
        return key[1] in (self.users if key[0] == "user" else self.groups)


def wanted(directory: Directory, application_id: str, *, manage_groups: bool) -> Wanted | None:
    """What the application should be provisioned with now; None where it is gone."""
    with directory.lock:
        application = directory.applications.get(application_id)
        if application is None:
            return None
        people = {
            user.id: _wanted_user(user) for user in directory.users.values() if directory.may_use(application, user)
        }
        bound = [
            directory.groups[target]
            for source, kind, target in directory.associations
            if (source, kind) == (application_id, "user_group")
        ]
        groups = {group.id: WantedGroup(group.name, frozenset(group.members)) for group in bound}
    return Wanted(people, groups if manage_groups else None)


def _wanted_user(user: User) -> WantedUser:
    if user.state == STAGED:
        return WantedUser(user.email, {}, skipped="is staged, and not activated yet")
    return WantedUser(user.email, user_resource(user), failed=why_not(user) or "")
