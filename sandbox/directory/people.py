"""Who and what a directory holds besides applications: organization, users, groups, credentials.

Plain records; what happens to them is in `state`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

STAGED, ACTIVATED, SUSPENDED = "STAGED", "ACTIVATED", "SUSPENDED"
"""States of a person: not begun yet, at work, and locked out."""

STATIC = "STATIC"
MEMBERSHIP_METHODS = ("NOTSET", STATIC, "DYNAMIC_REVIEW_REQUIRED", "DYNAMIC_AUTOMATED")
QUERY_TYPES = ("Filter", "FilterQuery", "Search")


def new_id(now: datetime) -> str:
    """A fresh id as JumpCloud's store makes them: 24 hexadecimal digits that begin with the time."""
    return f"{int(now.timestamp()):08x}{secrets.token_hex(8)}"


def instant(when: datetime) -> str:
    """A time as the API writes it: `2031-11-22T00:24:00.000Z`."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


@dataclass(slots=True, kw_only=True)
class Organization:
    """The organization that owns the directory."""

    id: str
    display_name: str
    created: datetime

    def document(self) -> dict[str, Any]:
        """The organization as the API answers it."""
        return {
            "_id": self.id,
            "id": self.id,
            "displayName": self.display_name,
            "logoUrl": "",
            "created": instant(self.created),
        }


@dataclass(slots=True, kw_only=True)
class ApiKey:
    """An administrator's API key."""

    key: str
    multi_tenant: bool = False
    """Whether its administrator looks after several organizations, and so has to name one."""


@dataclass(slots=True, kw_only=True)
class User:
    """A person of the directory; who is activated can sign in."""

    id: str
    email: str
    username: str
    first_name: str
    last_name: str
    password: str
    department: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    """Custom attributes by name."""

    state: str = ACTIVATED
    middle_name: str = ""
    chosen_display_name: str = ""
    """Default: first and last name are shown."""

    company: str = ""
    cost_center: str = ""
    description: str = ""
    employee_identifier: str = ""
    employee_type: str = ""
    job_title: str = ""
    location: str = ""
    phone_numbers: list[dict[str, str]] = field(default_factory=list)
    """`type` (`work`, `mobile`, …) and `number` of each."""

    addresses: list[dict[str, str]] = field(default_factory=list)
    """`type` and the parts of each, by the API's names."""

    created: datetime | None = None

    @property
    def display_name(self) -> str:
        """What was chosen; else first and last name, or what else there is."""
        return self.chosen_display_name or f"{self.first_name} {self.last_name}".strip() or self.username

    def property(self, name: str) -> str | None:
        """The built-in property *name* that assertions can carry; None where there is no such property."""
        return {
            "email": self.email,
            "username": self.username,
            "firstname": self.first_name,
            "middlename": self.middle_name,
            "lastname": self.last_name,
            "displayname": self.display_name,
            "company": self.company,
            "costcenter": self.cost_center,
            "department": self.department,
            "description": self.description,
            "employeeidentifier": self.employee_identifier,
            "employeetype": self.employee_type,
            "jobtitle": self.job_title,
            "location": self.location,
        }.get(name.lower())

    def document(self, organization: str) -> dict[str, Any]:
        """The person as the API answers them; never the password."""
        return {
            "_id": self.id,
            "id": self.id,
            "organization": organization,
            "created": instant(self.created) if self.created else "",
            "email": self.email,
            "username": self.username,
            "firstname": self.first_name,
            "middlename": self.middle_name,
            "lastname": self.last_name,
            "displayname": self.chosen_display_name,
            "state": self.state,
            "activated": self.state != STAGED,
            "suspended": self.state == SUSPENDED,
            "account_locked": False,
            "company": self.company,
            "costCenter": self.cost_center,
            "department": self.department,
            "description": self.description,
            "employeeIdentifier": self.employee_identifier,
            "employeeType": self.employee_type,
            "jobTitle": self.job_title,
            "location": self.location,
            "phoneNumbers": [dict(phone) for phone in self.phone_numbers],
            "addresses": [dict(address) for address in self.addresses],
            "attributes": [{"name": name, "value": value} for name, value in self.attributes.items()],
        }


@dataclass(slots=True, kw_only=True)
class Group:
    """A user group and its members."""

    id: str
    name: str
    description: str = ""
    email: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    members: list[str] = field(default_factory=list)
    """Ids of users."""

    membership_method: str = STATIC
    member_query: dict[str, Any] | None = None
    """The rule that makes its members.  Nobody evaluates it here: who its members are is given."""

    member_query_exemptions: list[dict[str, Any]] = field(default_factory=list)
    member_suggestions_notify: bool = False

    @property
    def is_dynamic(self) -> bool:
        """Whether a rule makes its members, who inherit no attributes then."""
        return self.membership_method.startswith("DYNAMIC_")

    def summary(self) -> dict[str, Any]:
        """The group as lists show it: without what belongs to its membership."""
        return {
            "id": self.id,
            "type": "user_group",
            "name": self.name,
            "description": self.description,
            "email": self.email,
            "attributes": self.attributes or None,
        }

    def document(self) -> dict[str, Any]:
        """The group as its own address answers it."""
        return self.summary() | {
            "membershipMethod": self.membership_method,
            "memberQuery": self.member_query,
            "memberQueryExemptions": self.member_query_exemptions,
            "memberQueryErrorFlags": [],
            "memberSuggestionsNotify": self.member_suggestions_notify,
        }
