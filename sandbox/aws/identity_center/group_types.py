"""CloudFormation's types of identity stores: groups and memberships; SCIM's own groups are never theirs."""

from __future__ import annotations

from typing import Any, Final

from sandbox.aws.identity_center.cloudformation import Created, register
from sandbox.aws.identity_center.identity_store import IdentityStore
from sandbox.aws.identity_center.instances import INSTANCES
from sandbox.aws.identity_center.refusals import ConflictError, InvalidError, NotFoundError
from sandbox.aws.seams import responses

GROUP: Final = "AWS::IdentityStore::Group"
MEMBERSHIP: Final = "AWS::IdentityStore::GroupMembership"


def install() -> None:
    """Register the types."""
    register(
        GROUP,
        ("IdentityStoreId",),
        frozenset({"IdentityStoreId", "DisplayName", "Description"}),
        {"create": _create_group, "update": _update_group, "delete": _delete_group},
    )
    register(
        MEMBERSHIP,
        ("IdentityStoreId", "GroupId", "MemberId"),
        frozenset({"IdentityStoreId", "GroupId", "MemberId"}),
        {"create": _create_membership, "update": _keep, "delete": _delete_membership},
    )


def _store(properties: dict[str, Any]) -> IdentityStore:
    return INSTANCES.by_store(str(responses.account()), str(properties.get("IdentityStoreId"))).store


# --- AWS::IdentityStore::Group: Ref is group and store, GetAtt GroupId ------------------------------------------------


def _create_group(_logical_id: str, properties: dict[str, Any], _stack_name: str) -> Created:
    store, name = _store(properties), str(properties.get("DisplayName") or "")
    if not name:
        raise InvalidError("DisplayName has to be told")
    present = store.group_named(name)
    if present is not None:
        brought = "SCIM brought it: look it up, do not make it" if present.provisioned else "somebody made it"
        raise ConflictError(f"a group {name} exists in {store.store_id}: {brought}")
    group = store.add_group(name, provisioned=False, description=str(properties.get("Description") or ""))
    return f"{group.id}|{store.store_id}", {"GroupId": group.id}


def _update_group(
    physical_id: str, _old: dict[str, Any], new: dict[str, Any], _stack_name: str, _logical_id: str | None = None
) -> Created:
    store, group_id = _store(new), physical_id.partition("|")[0]
    store.change_group(
        group_id,
        display_name=str(new.get("DisplayName") or ""),
        external_id=store.group(group_id).external_id,
        description=str(new.get("Description") or ""),
    )
    return physical_id, {"GroupId": group_id}


def _delete_group(physical_id: str, properties: dict[str, Any]) -> None:
    store, group_id = _store(properties), physical_id.partition("|")[0]
    if group_id in store.groups:
        store.delete_group(group_id)


# --- AWS::IdentityStore::GroupMembership: Ref is membership and store, GetAtt MembershipId ----------------------------


def _create_membership(_logical_id: str, properties: dict[str, Any], _stack_name: str) -> Created:
    store, group_id = _store(properties), str(properties.get("GroupId") or "")
    user_id = str((properties.get("MemberId") or {}).get("UserId") or "")
    if user_id in store.group(group_id).members:
        raise ConflictError(f"{user_id} is a member of {group_id} already")
    membership_id = store.add_member(group_id, user_id)
    return f"{membership_id}|{store.store_id}", {"MembershipId": membership_id}


def _keep(physical_id: str, *_arguments: Any, **_more: Any) -> Created:
    return physical_id, {"MembershipId": physical_id.partition("|")[0]}


def _delete_membership(physical_id: str, properties: dict[str, Any]) -> None:
    store = _store(properties)
    try:
        store.remove_member(*store.membership(physical_id.partition("|")[0]))
    except NotFoundError:
        return  # it went with its group or its user
