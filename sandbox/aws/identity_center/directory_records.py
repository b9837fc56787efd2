"""A user and a group as an identity store keeps them; what may be written is not judged here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
"""Where a user's document keeps cost center, department and the like."""


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class User:
    """A person: the SCIM document without id and meta, and what Identity Center adds."""

    id: str
    document: dict[str, Any]
    provisioned: bool
    """Whether SCIM brought the user; one made by hand is taken over by SCIM when the names are equal."""

    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)

    @property
    def user_name(self) -> str:
        """The name that the NameID of an assertion has to be."""
        return str(self.document["userName"])

    @property
    def external_id(self) -> str:
        """The directory's id of the user; empty where it has none."""
        return str(self.document.get("externalId") or "")

    @property
    def active(self) -> bool:
        """Whether the user may sign in."""
        return self.document.get("active") is not False


@dataclass(slots=True, kw_only=True)
class Group:
    """A group, and the ids of its memberships by user id."""

    id: str
    display_name: str
    provisioned: bool
    description: str = ""
    external_id: str = ""
    members: dict[str, str] = field(default_factory=dict)
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)
