"""The calls of the API `identitystore`; which of them a caller may make is `api.py`'s."""

from __future__ import annotations

from typing import Any, Final

from sandbox.aws.identity_center.api_model import Call
from sandbox.aws.identity_center.directory_records import User
from sandbox.aws.identity_center.identity_store_forms import (
    EXTENSION,
    NESTED,
    TEXTS,
    arn,
    camel,
    group_form,
    membership_form,
    user_form,
)
from sandbox.aws.identity_center.instances import INSTANCES, Instance
from sandbox.aws.identity_center.refusals import ConflictError, InvalidError, NotFoundError

PAGES: Final[dict[str, str]] = {
    "ListUsers": "Users",
    "ListGroups": "Groups",
    "ListGroupMemberships": "GroupMemberships",
    "ListGroupMembershipsForMember": "GroupMemberships",
}
"""Lists that come in pages."""

_USER_CALLS: Final = frozenset({"ListUsers", "DescribeUser", "GetUserId", "CreateUser", "DeleteUser"})
_PATHS: Final = {"user": "username", "group": "displayname"}


def resources(account: str, operation: str, told: dict[str, Any]) -> list[str]:
    """ARNs of what a call is about: a policy has to allow it on each of them."""
    store = str(told.get("IdentityStoreId") or "*").rpartition("/")[2]
    found = [f"arn:aws:identitystore::{account}:identitystore/{store}"]
    user = told.get("UserId") or (told.get("MemberId") or {}).get("UserId")
    groups = told.get("GroupIds") or ([told["GroupId"]] if "GroupId" in told else [])
    if user or operation in _USER_CALLS:
        found.append(f"arn:aws:identitystore:::user/{_bare(user) if user else '*'}")
    if groups or operation in {"ListGroups", "GetGroupId", "CreateGroup"}:
        found += [f"arn:aws:identitystore:::group/{_bare(one)}" for one in groups or ["*"]]
    if "Membership" in operation:
        found.append(f"arn:aws:identitystore:::membership/{_bare(told.get('MembershipId', '*'))}")
    return found


# --- users -----------------------------------------------------------------------------------------------------------


def _list_users(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = _instance(account, told)
    wanted, extensions = _filtered(told, {"UserName"}), _extensions(told)
    if wanted is None:
        return {"Users": [user_form(instance, one, extensions) for one in instance.store.users.values()]}
    found = instance.store.user_named(wanted)
    return {"Users": [user_form(instance, found, extensions)] if found else []}


def _describe_user(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = _instance(account, told)
    return user_form(instance, instance.store.user(_bare(told["UserId"])), _extensions(told))


def _get_user_id(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = _instance(account, told)
    store, identifier = instance.store, told["AlternateIdentifier"]
    if "ExternalId" in identifier:
        found = store.user_from(_external_id(instance, identifier))
    else:
        attribute = identifier["UniqueAttribute"]
        if str(attribute["AttributePath"]).lower() == "emails.value":
            found = next((one for one in store.users.values() if attribute["AttributeValue"] in _emails(one)), None)
        else:
            found = store.user_named(_unique("user", attribute))
    if found is None:
        raise NotFoundError(f"USER not found in {store.store_id}.")
    return {"UserId": found.id, "IdentityStoreId": store.store_id, "UserArn": arn("user", found.id)}


def _create_user(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = _instance(account, told)
    if not told.get("UserName") or not told.get("DisplayName") or not told.get("Name"):
        raise InvalidError("creating a user: UserName, DisplayName and Name are required")
    document = {theirs: told[ours] for ours, theirs in TEXTS if told.get(ours)}
    document |= {theirs: camel(told[ours]) for ours, theirs in NESTED if told.get(ours)}
    user = instance.store.add_user({**document, "active": True}, provisioned=False)
    return {"UserId": user.id, "IdentityStoreId": instance.store.store_id}


def _delete_user(account: str, told: dict[str, Any]) -> dict[str, Any]:
    _instance(account, told).store.delete_user(_bare(told["UserId"]))
    return {}


# --- groups ----------------------------------------------------------------------------------------------------------


def _list_groups(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = _instance(account, told)
    wanted = _filtered(told, {"DisplayName"})
    if wanted is None:
        return {"Groups": [group_form(instance, one) for one in instance.store.groups.values()]}
    found = instance.store.group_named(wanted)
    return {"Groups": [group_form(instance, found)] if found else []}


def _describe_group(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = _instance(account, told)
    return group_form(instance, instance.store.group(_bare(told["GroupId"])))


def _get_group_id(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = _instance(account, told)
    store, identifier = instance.store, told["AlternateIdentifier"]
    if "ExternalId" in identifier:
        found = store.group_from(_external_id(instance, identifier))
    else:
        found = store.group_named(_unique("group", identifier["UniqueAttribute"]))
    if found is None:
        raise NotFoundError(f"GROUP not found in {store.store_id}.")
    return {"GroupId": found.id, "IdentityStoreId": store.store_id, "GroupArn": arn("group", found.id)}


def _create_group(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = _instance(account, told)
    if not told.get("DisplayName"):
        raise InvalidError("creating a group: DisplayName is required")
    group = instance.store.add_group(
        told["DisplayName"], provisioned=False, description=str(told.get("Description") or "")
    )
    return {"GroupId": group.id, "IdentityStoreId": instance.store.store_id}


def _delete_group(account: str, told: dict[str, Any]) -> dict[str, Any]:
    _instance(account, told).store.delete_group(_bare(told["GroupId"]))
    return {}


# --- memberships -----------------------------------------------------------------------------------------------------


def _create_membership(account: str, told: dict[str, Any]) -> dict[str, Any]:
    store = _instance(account, told).store
    group_id, user_id = _bare(told["GroupId"]), _bare(told["MemberId"]["UserId"])
    if user_id in store.group(group_id).members:
        raise ConflictError(f"creating a membership: {user_id} is a member of {group_id}")
    return {"MembershipId": store.add_member(group_id, user_id), "IdentityStoreId": store.store_id}


def _delete_membership(account: str, told: dict[str, Any]) -> dict[str, Any]:
    store = _instance(account, told).store
    store.remove_member(*store.membership(_bare(told["MembershipId"])))
    return {}


def _describe_membership(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = _instance(account, told)
    group_id, user_id = instance.store.membership(_bare(told["MembershipId"]))
    return membership_form(instance, instance.store.group(group_id), user_id)


def _list_memberships(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = _instance(account, told)
    group = instance.store.group(_bare(told["GroupId"]))
    return {"GroupMemberships": [membership_form(instance, group, user_id) for user_id in group.members]}


def _list_memberships_of(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = _instance(account, told)
    user_id = _bare(told["MemberId"]["UserId"])
    instance.store.user(user_id)
    return {
        "GroupMemberships": [membership_form(instance, group, user_id) for group in instance.store.groups_of(user_id)]
    }


def _is_member(account: str, told: dict[str, Any]) -> dict[str, Any]:
    store = _instance(account, told).store
    user_id = _bare(told["MemberId"]["UserId"])
    store.user(user_id)
    results = [
        {"GroupId": one, "MemberId": told["MemberId"], "MembershipExists": user_id in store.group(_bare(one)).members}
        for one in told["GroupIds"]
    ]
    return {"Results": results}


CALLS: Final[dict[str, Call]] = {
    "ListUsers": _list_users,
    "DescribeUser": _describe_user,
    "GetUserId": _get_user_id,
    "CreateUser": _create_user,
    "DeleteUser": _delete_user,
    "ListGroups": _list_groups,
    "DescribeGroup": _describe_group,
    "GetGroupId": _get_group_id,
    "CreateGroup": _create_group,
    "DeleteGroup": _delete_group,
    "CreateGroupMembership": _create_membership,
    "DeleteGroupMembership": _delete_membership,
    "DescribeGroupMembership": _describe_membership,
    "ListGroupMemberships": _list_memberships,
    "ListGroupMembershipsForMember": _list_memberships_of,
    "IsMemberInGroups": _is_member,
}
"""What each call does, by its name."""


# --- inputs ----------------------------------------------------------------------------------------------------------


def _instance(account: str, told: dict[str, Any]) -> Instance:
    return INSTANCES.by_store(account, told["IdentityStoreId"])


def _bare(identifier: str) -> str:
    return identifier.rpartition("/")[2]


def _external_id(instance: Instance, identifier: dict[str, Any]) -> str:
    told = identifier["ExternalId"]
    return str(told["Id"]) if told["Issuer"] == instance.issuer else ""


def _unique(kind: str, attribute: dict[str, Any]) -> str:
    if str(attribute["AttributePath"]).lower() != _PATHS[kind] or not isinstance(attribute["AttributeValue"], str):
        raise InvalidError(f"looking up a {kind}: AttributePath has to be one that is unique, with a text as value")
    return str(attribute["AttributeValue"])


def _extensions(told: dict[str, Any]) -> list[str]:
    asked = list(told.get("Extensions") or [])
    if unknown := [one for one in asked if one != EXTENSION]:
        raise InvalidError(f"telling users: there is no extension {', '.join(unknown)}, only {EXTENSION}")
    return asked


def _filtered(told: dict[str, Any], known: set[str]) -> str | None:
    filters = told.get("Filters") or []
    if not filters:
        return None
    if len(filters) > 1 or filters[0]["AttributePath"] not in known:
        raise InvalidError(f"listing: one filter is supported, by {', '.join(known)}")
    return str(filters[0]["AttributeValue"])


def _emails(user: User) -> list[str]:
    return [str(one.get("value")) for one in user.document.get("emails") or []]
