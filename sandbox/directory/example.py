"""The example directory's people and groups, as plain data; `state` makes records of them.

Not here: credentials, which are the same for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

GROUPS = ("portal-users", "portal-admins", "finance")

PEOPLE: tuple[Mapping[str, Any], ...] = (
    MappingProxyType(
        {
            "email": "ada@example.com",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "department": "Engineering",
            "cost_center": "analytics",
            "job_title": "Analyst",
            "employee_identifier": "1815",
            "phone_numbers": [
                {"type": "mobile", "number": "+1 555 0100"},
                {"type": "work", "number": "+1 555 0101"},
            ],
            "groups": ("portal-users", "portal-admins"),
        }
    ),
    MappingProxyType(
        {
            "email": "grace@example.com",
            "first_name": "Grace",
            "last_name": "Hopper",
            "department": "Research",
            "cost_center": "compilers",
            "job_title": "Rear Admiral",
            "employee_identifier": "1906",
            "phone_numbers": [{"type": "work", "number": "+1 555 0102"}],
            "groups": ("portal-users",),
        }
    ),
    MappingProxyType(
        {
            "email": "mallory@example.com",
            "first_name": "Mallory",
            "last_name": "Example",
            "cost_center": "sales",
            "groups": (),
        }
    ),
)
