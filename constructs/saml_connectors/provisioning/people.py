"""People and groups as the directory has them, and as Identity Center has them: frozen records of what is compared.

Not here: reading them (`directory_people.py`, `identity_store.py`), and what is wrong with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol

from saml_connectors.spec.findings import field_path

State = Literal["ACTIVATED", "STAGED", "SUSPENDED"]
"""Where a person stands in the directory: in use, made ready but not in use, or shut out."""

MAX_USER_NAME = 128
"""Characters of a user name (Identity store API, `UserName`)."""

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person of the directory, with no more than what is judged."""

    id: str
    email: str
    username: str = ""
    first_name: str = ""
    last_name: str = ""
    display_name: str = ""
    state: State = "ACTIVATED"
    phones: tuple[str, ...] = ()
    """The types of the phone numbers, such as `work`; not the numbers."""

    values: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    """The properties that were asked for, by the name that they were asked for by; only those with a value."""

    @property
    def place(self) -> str:
        """Where a finding stands: `people["ada@acme.example"]`; without an e-mail address, the id."""
        return field_path(("people", self.email or self.id))

    def shortcomings(self) -> tuple[str, ...]:
        """Why Identity Center takes no such person, as in `no last name`; empty where it would."""
        lacking = {"e-mail address": self.email, "first name": self.first_name, "last name": self.last_name}
        found = [f"no {name}" for name, value in lacking.items() if not value.strip()]
        if len(self.email) > MAX_USER_NAME:
            found.append(f"an e-mail address of {len(self.email)} characters")
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group of the directory that is bound to the application, or that the spec names."""

    id: str
    name: str
    bound: bool = True
    """Whether it is bound to the application, so that SCIM takes it."""

    inherited: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    """The properties that were asked for and that its members inherit; none of a dynamic group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreUser:
    """One user of Identity Center's store."""

    id: str
    user_name: str
    external_id: str | None = None
    """The directory's id, which SCIM wrote; None where SCIM did not make the user."""

    email: str = ""
    given_name: str = ""
    family_name: str = ""
    display_name: str = ""
    active: bool | None = None
    """Whether the user may sign in; None where the store does not tell."""

    lacking: tuple[str, ...] = ()
    """The attributes that were asked for, and that have no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreGroup:
    """One group of Identity Center's store."""

    id: str
    name: str
    external_id: str | None = None
    """The directory's id, which SCIM wrote; None where SCIM did not make the group."""


class DirectorySide(Protocol):
    """The directory, as far as it is compared.  Each call reads anew."""

    def groups(self) -> list[Group]:
        """Groups that are bound to the application, and those that the spec names."""

    def members(self, group_id: str) -> Iterator[str]:
        """Ids of the people in one group."""

    def people(self) -> Iterator[Person]:
        """Everybody, page by page."""


class StoreSide(Protocol):
    """Identity Center's store, as far as it is compared.  Each call reads anew."""

    def users(self) -> Iterator[StoreUser]:
        """All users, page by page."""

    def groups(self) -> Iterator[StoreGroup]:
        """All groups, page by page."""

    def members(self, group_id: str) -> Iterator[str]:
        """Ids, in the store, of the users in one group."""
