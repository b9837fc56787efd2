"""The connectors that are measured: one of each kind with numbers in its names, as many as asked for.

Not here: what is done with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONNECTORS_PER_STACK = 25
"""A connector has 12 resources, one of kind `iam` 9, and a stack holds 500 at most."""


def cognito_spec(number: int) -> dict[str, Any]:
    """One spec as plain data: every part that most connectors have, and nothing rare."""
    name = f"portal-{number}"
    return {
        "kind": "cognito-user-pool",
        "name": name,
        "directory": {"vendor": "jumpcloud", "region": "us", "credentials": "jumpcloud/api-key"},
        "application": {
            "display_label": f"Portal {number}",
            "description": "Orders, invoices and reports",
            "groups": ["portal-users", "portal-admins"],
        },
        "user_pool": {
            "domain": {"prefix": f"acme-{name}"},
            "provider_name": "JumpCloud",
            "identifiers": [f"{name}.example"],
            "attributes": {
                "email": {"from": "email", "required": True},
                "given_name": "firstname",
                "family_name": "lastname",
                "custom:department": "department",
            },
            "groups": {"to": "cognito:groups"},
        },
        "app_clients": [
            {
                "name": "web",
                "callback_urls": [f"https://{name}.acme.example/callback"],
                "logout_urls": [f"https://{name}.acme.example/"],
                "scopes": ["openid", "email", "profile"],
            }
        ],
    }


def iam_spec(number: int) -> dict[str, Any]:
    """The same of kind `iam`: two roles, one of them for two groups, so there are two applications."""
    engineer, auditor = f"Engineer-{number}", f"Auditor-{number}"
    return {
        "kind": "iam",
        "name": f"console-{number}",
        "directory": {"vendor": "jumpcloud", "region": "us", "credentials": "jumpcloud/api-key"},
        "application": {
            "display_label": f"AWS {number}",
            "description": "The console of AWS",
            "default_relay_state": f"https://console.aws.amazon.com/console/home?team={number}",
        },
        "provider": {"name": f"JumpCloud-{number}"},
        "roles": {
            engineer: {"managed_policies": ["PowerUserAccess"], "session_duration": 14_400},
            auditor: {
                "managed_policies": ["ReadOnlyAccess"],
                "session_duration": 14_400,
                "description": "Reads everything",
            },
        },
        "groups": {engineer: ["engineers"], auditor: ["auditors", "engineers"]},
        "session": {"tags": {"Department": "department"}},
    }


def iam_spec_with_another_role(number: int) -> dict[str, Any]:
    """The same with a third role, for one of the groups."""
    spec, deployer = iam_spec(number), f"Deployer-{number}"
    spec["roles"][deployer] = {"managed_policies": ["ReadOnlyAccess"], "session_duration": 14_400}
    spec["groups"][deployer] = ["engineers"]
    return spec


SPECS: Final[dict[str, Callable[[int], dict[str, Any]]]] = {"cognito-user-pool": cognito_spec, "iam": iam_spec}
"""What makes the spec of a number, by kind."""


def numbers_by_stack(connectors: int) -> Iterator[range]:
    """The numbers of the connectors in each stack."""
    for first in range(0, connectors, CONNECTORS_PER_STACK):
        yield range(first, min(first + CONNECTORS_PER_STACK, connectors))
