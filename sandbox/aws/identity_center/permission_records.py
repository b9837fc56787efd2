"""A permission set, an assignment, and the record of an operation on them; what may be written is not judged here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.aws.identity_center.directory_records import now


@dataclass(slots=True, kw_only=True)
class PermissionSet:
    """What people may do in an account that they are assigned it in."""

    arn: str
    name: str
    description: str = ""
    session_duration: str = "PT1H"
    relay_state: str = ""
    managed_policies: list[str] = field(default_factory=list)
    customer_policies: list[tuple[str, str]] = field(default_factory=list)
    """Name and path of each."""

    inline_policy: str = ""
    boundary: dict[str, Any] | None = None
    tags: dict[str, str] = field(default_factory=dict)
    created: datetime = field(default_factory=now)
    roles: dict[str, str] = field(default_factory=dict)
    """ARN of its role in each account where it is provisioned."""

    outdated: set[str] = field(default_factory=set)
    """Accounts whose role lags behind the permission set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A user or a group that has a permission set in an account."""

    account: str
    permission_set: str
    """ARN."""

    principal_type: str
    principal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation that AWS does in the background, and here at once."""

    id: str
    kind: str
    """`creation`, `deletion` or `provisioning`."""

    status: str
    failure: str
    told: dict[str, Any]
    """What the status calls tell beside that."""

    created: datetime = field(default_factory=now)
