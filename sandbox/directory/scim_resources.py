"""What SCIM (RFC 7643, RFC 7644) calls the directory's people and groups, and who cannot be provisioned.

Pure: records in, JSON out.  Not here: HTTP (`scim_client`), and when it is sent (`provisioning`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sandbox.directory.people import ACTIVATED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sandbox.directory.people import User

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MOST_MEMBERS = 100
"""Members that one PATCH adds or removes."""

WORK = "work"
_ADDRESS = ("streetAddress", "locality", "region", "postalCode", "country")


def why_not(user: User) -> str | None:
    """Why *user* cannot be provisioned; None where they can."""
    names = (("first name", user.first_name), ("last name", user.last_name))
    missing = [label for label, name in names if not name.strip()]
    return f"has no {' and no '.join(missing)}" if missing else None


def user_resource(user: User) -> dict[str, Any]:
    """*user* as a SCIM user; of phone numbers and addresses only the first for work."""
    resource: dict[str, Any] = {
        "schemas": [USER],
        "externalId": user.id,
        "userName": user.email,
        "name": _filled(givenName=user.first_name, familyName=user.last_name, middleName=user.middle_name),
        "displayName": user.display_name,
        "active": user.state == ACTIVATED,
        "emails": [{"value": user.email, "type": WORK, "primary": True}],
        **_filled(title=user.job_title, userType=user.employee_type),
    }
    phones = [row["number"] for row in user.phone_numbers if row.get("type") == WORK and row.get("number")]
    if phones:
        resource["phoneNumbers"] = [{"value": phones[0], "type": WORK}]
    addresses = [
        _filled(**{part: row.get(part, "") for part in _ADDRESS}) for row in user.addresses if row.get("type") == WORK
    ]
    if any(addresses):
        resource["addresses"] = [next(filter(None, addresses)) | {"type": WORK}]
    enterprise = _filled(
        employeeNumber=user.employee_identifier,
        costCenter=user.cost_center,
        organization=user.company,
        department=user.department,
    )
    if enterprise:
        resource["schemas"].append(ENTERPRISE)
        resource[ENTERPRISE] = enterprise
    return resource


def group_resource(group_id: str, name: str) -> dict[str, Any]:
    """A SCIM group without members."""
    return {"schemas": [GROUP], "externalId": group_id, "displayName": name}


def rename(name: str) -> dict[str, Any]:
    """The PATCH that gives a group another name."""
    return {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "displayName", "value": name}]}


def member_changes(operation: str, members: Iterable[str]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """The PATCHes that `add` or `remove` *members*, each with the members it is about."""
    left = sorted(members)
    while left:
        some, left = left[:MOST_MEMBERS], left[MOST_MEMBERS:]
        value = [{"value": member} for member in some]
        yield some, {"schemas": [PATCH], "Operations": [{"op": operation, "path": "members", "value": value}]}


def equals(attribute: str, value: str) -> str:
    """The filter `attribute eq "value"`, its value quoted as JSON is."""
    return f"{attribute} eq {json.dumps(value, ensure_ascii=False)}"


def _filled(**parts: str) -> dict[str, str]:
    """What is not empty."""
    return {name: value for name, value in parts.items() if value}
