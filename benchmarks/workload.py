"""The connectors that are measured: the Cognito example with numbers in its names, as many as asked for.

Not here: what is done with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECTORS_PER_STACK = 25
"""A connector has 12 resources, and a stack holds 500 at most."""


def spec_data(number: int) -> dict[str, Any]:
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


def numbers_by_stack(connectors: int) -> Iterator[range]:
    """The numbers of the connectors in each stack."""
    for first in range(0, connectors, CONNECTORS_PER_STACK):
        yield range(first, min(first + CONNECTORS_PER_STACK, connectors))
