"""The calls of the API `sso-admin` on instances, permission sets and attributes for access control."""

from __future__ import annotations

from typing import Any, Final

from sandbox.aws.identity_center import access_attributes, permission_sets
from sandbox.aws.identity_center.api_model import Call
from sandbox.aws.identity_center.instances import INSTANCES, Instance
from sandbox.aws.identity_center.permission_records import PermissionSet
from sandbox.aws.identity_center.refusals import ConflictError, NotFoundError
from sandbox.aws.seams import responses

PAGES: Final[dict[str, str]] = {
    "ListInstances": "Instances",
    "ListPermissionSets": "PermissionSets",
    "ListManagedPoliciesInPermissionSet": "AttachedManagedPolicies",
    "ListCustomerManagedPolicyReferencesInPermissionSet": "CustomerManagedPolicyReferences",
    "ListTagsForResource": "Tags",
}
"""Lists that come in pages."""

_CONFIGURATION: Final = "InstanceAccessControlAttributeConfiguration"


def resources(_account: str, _operation: str, told: dict[str, Any]) -> list[str]:
    """ARNs of what a call is about: a policy has to allow it on each of them."""
    found = [told[name] for name in ("InstanceArn", "PermissionSetArn", "ResourceArn") if told.get(name)]
    account = told.get("TargetId") or told.get("AccountId")
    return [*found, *([f"arn:aws:sso:::account/{account}"] if account else [])] or ["*"]


def _instance(account: str, told: dict[str, Any]) -> Instance:
    return INSTANCES.by_arn(account, told["InstanceArn"])


def _found(account: str, told: dict[str, Any]) -> PermissionSet:
    return permission_sets.find(_instance(account, told), told["PermissionSetArn"])


# --- instances -------------------------------------------------------------------------------------------------------


def _list_instances(account: str, _told: dict[str, Any]) -> dict[str, Any]:
    # Identity Center is in one region: elsewhere the list is empty, which surprises people on AWS too.
    instance = INSTANCES.of_account(account)
    here = instance is not None and instance.region == responses.region()
    return {"Instances": [_instance_form(instance)] if instance is not None and here else []}


def _describe_instance(account: str, told: dict[str, Any]) -> dict[str, Any]:
    return _instance_form(_instance(account, told))


def _instance_form(instance: Instance) -> dict[str, Any]:
    return {
        "InstanceArn": instance.arn,
        "IdentityStoreId": instance.store.store_id,
        "OwnerAccountId": instance.account,
        "CreatedDate": instance.created.timestamp(),
        "Status": "ACTIVE",
    }


# --- permission sets -------------------------------------------------------------------------------------------------


def _create(account: str, told: dict[str, Any]) -> dict[str, Any]:
    made = permission_sets.create(
        _instance(account, told),
        told["Name"],
        {one["Key"]: one["Value"] for one in told.get("Tags") or []},
        description=told.get("Description"),
        session_duration=told.get("SessionDuration"),
        relay_state=told.get("RelayState"),
    )
    return {"PermissionSet": _form(made)}


def _describe(account: str, told: dict[str, Any]) -> dict[str, Any]:
    return {"PermissionSet": _form(_found(account, told))}


def _list(account: str, told: dict[str, Any]) -> dict[str, Any]:
    return {"PermissionSets": list(_instance(account, told).permission_sets)}


def _update(account: str, told: dict[str, Any]) -> dict[str, Any]:
    permission_sets.change(
        _found(account, told),
        description=told.get("Description"),
        session_duration=told.get("SessionDuration"),
        relay_state=told.get("RelayState"),
    )
    return {}


def _delete(account: str, told: dict[str, Any]) -> dict[str, Any]:
    permission_sets.delete(_instance(account, told), told["PermissionSetArn"])
    return {}


def _form(permission_set: PermissionSet) -> dict[str, Any]:
    told = {"Description": permission_set.description, "RelayState": permission_set.relay_state}
    return {
        "Name": permission_set.name,
        "PermissionSetArn": permission_set.arn,
        "SessionDuration": permission_set.session_duration,
        "CreatedDate": permission_set.created.timestamp(),
        **{key: value for key, value in told.items() if value},
    }


def _tags(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = INSTANCES.by_arn(account, told["InstanceArn"])
    tags = permission_sets.find(instance, told["ResourceArn"]).tags
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


# --- policies --------------------------------------------------------------------------------------------------------


def _attach_managed(account: str, told: dict[str, Any]) -> dict[str, Any]:
    permission_sets.attach_managed(_found(account, told), told["ManagedPolicyArn"])
    return {}


def _detach_managed(account: str, told: dict[str, Any]) -> dict[str, Any]:
    permission_sets.detach_managed(_found(account, told), told["ManagedPolicyArn"])
    return {}


def _list_managed(account: str, told: dict[str, Any]) -> dict[str, Any]:
    attached = _found(account, told).managed_policies
    return {"AttachedManagedPolicies": [{"Name": one.rpartition("/")[2], "Arn": one} for one in attached]}


def _attach_customer(account: str, told: dict[str, Any]) -> dict[str, Any]:
    permission_sets.attach_customer(_found(account, told), *_reference(told))
    return {}


def _detach_customer(account: str, told: dict[str, Any]) -> dict[str, Any]:
    permission_sets.detach_customer(_found(account, told), *_reference(told))
    return {}


def _list_customer(account: str, told: dict[str, Any]) -> dict[str, Any]:
    attached = _found(account, told).customer_policies
    return {"CustomerManagedPolicyReferences": [{"Name": name, "Path": path} for name, path in attached]}


def _reference(told: dict[str, Any]) -> tuple[str, str]:
    reference = told["CustomerManagedPolicyReference"]
    return reference["Name"], reference.get("Path") or "/"


def _put_inline(account: str, told: dict[str, Any]) -> dict[str, Any]:
    permission_sets.put_inline(_found(account, told), told["InlinePolicy"])
    return {}


def _get_inline(account: str, told: dict[str, Any]) -> dict[str, Any]:
    return {"InlinePolicy": _found(account, told).inline_policy}


def _delete_inline(account: str, told: dict[str, Any]) -> dict[str, Any]:
    permission_sets.put_inline(_found(account, told), "")
    return {}


def _put_boundary(account: str, told: dict[str, Any]) -> dict[str, Any]:
    permission_sets.put_boundary(_found(account, told), told["PermissionsBoundary"])
    return {}


def _get_boundary(account: str, told: dict[str, Any]) -> dict[str, Any]:
    boundary = _found(account, told).boundary
    if boundary is None:
        raise NotFoundError(f"{told['PermissionSetArn']} has no permissions boundary.")
    return {"PermissionsBoundary": boundary}


def _delete_boundary(account: str, told: dict[str, Any]) -> dict[str, Any]:
    permission_sets.put_boundary(_found(account, told), None)
    return {}


# --- attributes for access control -----------------------------------------------------------------------------------


def _create_attributes(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = _instance(account, told)
    if instance.access_attributes is not None:
        raise ConflictError(f"Attributes for access control are enabled for {instance.id}; update them.")
    instance.access_attributes = access_attributes.read(told[_CONFIGURATION]["AccessControlAttributes"])
    return {}


def _describe_attributes(account: str, told: dict[str, Any]) -> dict[str, Any]:
    shown = access_attributes.shown(_attributes(_instance(account, told)))
    return {"Status": "ENABLED", _CONFIGURATION: {"AccessControlAttributes": shown}}


def _update_attributes(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = _instance(account, told)
    _attributes(instance)
    instance.access_attributes = access_attributes.read(told[_CONFIGURATION]["AccessControlAttributes"])
    return {}


def _delete_attributes(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = _instance(account, told)
    _attributes(instance)
    instance.access_attributes = None
    return {}


def _attributes(instance: Instance) -> dict[str, str]:
    if instance.access_attributes is None:
        raise NotFoundError(f"Attributes for access control are not enabled for {instance.id}.")
    return instance.access_attributes


CALLS: Final[dict[str, Call]] = {
    "ListInstances": _list_instances,
    "DescribeInstance": _describe_instance,
    "CreatePermissionSet": _create,
    "DescribePermissionSet": _describe,
    "ListPermissionSets": _list,
    "UpdatePermissionSet": _update,
    "DeletePermissionSet": _delete,
    "ListTagsForResource": _tags,
    "AttachManagedPolicyToPermissionSet": _attach_managed,
    "DetachManagedPolicyFromPermissionSet": _detach_managed,
    "ListManagedPoliciesInPermissionSet": _list_managed,
    "AttachCustomerManagedPolicyReferenceToPermissionSet": _attach_customer,
    "DetachCustomerManagedPolicyReferenceFromPermissionSet": _detach_customer,
    "ListCustomerManagedPolicyReferencesInPermissionSet": _list_customer,
    "PutInlinePolicyToPermissionSet": _put_inline,
    "GetInlinePolicyForPermissionSet": _get_inline,
    "DeleteInlinePolicyFromPermissionSet": _delete_inline,
    "PutPermissionsBoundaryToPermissionSet": _put_boundary,
    "GetPermissionsBoundaryForPermissionSet": _get_boundary,
    "DeletePermissionsBoundaryFromPermissionSet": _delete_boundary,
    "CreateInstanceAccessControlAttributeConfiguration": _create_attributes,
    "DescribeInstanceAccessControlAttributeConfiguration": _describe_attributes,
    "UpdateInstanceAccessControlAttributeConfiguration": _update_attributes,
    "DeleteInstanceAccessControlAttributeConfiguration": _delete_attributes,
}
"""What each call does, by its name."""
