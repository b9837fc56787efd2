"""How the API `identitystore` writes users, groups and memberships; which of them is not decided here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from sandbox.aws.identity_center.directory_records import ENTERPRISE, Group, User
from sandbox.aws.identity_center.instances import Instance

EXTENSION: Final = "aws:identitystore:enterprise"
"""What the API calls SCIM's enterprise extension, whose attributes it tells by SCIM's names when asked for."""

TEXTS: Final = (
    ("UserName", "userName"),
    ("DisplayName", "displayName"),
    ("NickName", "nickName"),
    ("ProfileUrl", "profileUrl"),
    ("Title", "title"),
    ("UserType", "userType"),
    ("PreferredLanguage", "preferredLanguage"),
    ("Locale", "locale"),
    ("Timezone", "timezone"),
)
NESTED: Final = (
    ("Name", "name"),
    ("Emails", "emails"),
    ("PhoneNumbers", "phoneNumbers"),
    ("Addresses", "addresses"),
    ("Roles", "roles"),
)
"""Attributes by their names in the API and in SCIM: texts, and what has parts."""


def arn(kind: str, identifier: str) -> str:
    """ARN of a user, a group or a membership."""
    return f"arn:aws:identitystore:::{kind}/{identifier}"


def user_form(instance: Instance, user: User, extensions: Sequence[str] = ()) -> dict[str, Any]:
    """A user, with those of its *extensions* that are asked for."""
    enterprise = user.document.get(ENTERPRISE) if EXTENSION in extensions else None
    document = user.document
    told: dict[str, Any] = {ours: document[theirs] for ours, theirs in TEXTS if document.get(theirs)}
    told |= {ours: _pascal(document[theirs]) for ours, theirs in NESTED if document.get(theirs)}
    return {
        "IdentityStoreId": instance.store.store_id,
        "UserId": user.id,
        "UserArn": arn("user", user.id),
        "Revision": f"{user.updated.timestamp():.6f}",
        **told,
        **_external_ids(instance, user.external_id),
        **({"Extensions": {EXTENSION: enterprise}} if enterprise else {}),
        "UserStatus": "ENABLED" if user.active else "DISABLED",
        "CreatedAt": user.created.timestamp(),
        "UpdatedAt": user.updated.timestamp(),
    }


def group_form(instance: Instance, group: Group) -> dict[str, Any]:
    """A group."""
    return {
        "IdentityStoreId": instance.store.store_id,
        "GroupId": group.id,
        "GroupArn": arn("group", group.id),
        "Revision": f"{group.updated.timestamp():.6f}",
        "DisplayName": group.display_name,
        **({"Description": group.description} if group.description else {}),
        **_external_ids(instance, group.external_id),
        "CreatedAt": group.created.timestamp(),
        "UpdatedAt": group.updated.timestamp(),
    }


def membership_form(instance: Instance, group: Group, user_id: str) -> dict[str, Any]:
    """The membership of a user in a group."""
    return {
        "IdentityStoreId": instance.store.store_id,
        "MembershipId": group.members[user_id],
        "MembershipArn": arn("membership", group.members[user_id]),
        "GroupId": group.id,
        "MemberId": {"UserId": user_id},
    }


def _external_ids(instance: Instance, external_id: str) -> dict[str, Any]:
    return {"ExternalIds": [{"Issuer": instance.issuer, "Id": external_id}]} if external_id else {}


def _pascal(told: Any) -> Any:
    return _renamed(told, lambda name: name[:1].upper() + name[1:])


def camel(told: Any) -> Any:
    """What the API told, by SCIM's names."""
    return _renamed(told, lambda name: name[:1].lower() + name[1:])


def _renamed(told: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(told, dict):
        return {rename(key): _renamed(value, rename) for key, value in told.items()}
    return [_renamed(one, rename) for one in told] if isinstance(told, list) else told
