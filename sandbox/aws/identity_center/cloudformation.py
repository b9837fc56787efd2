"""CloudFormation's types of Identity Center: AWS::SSO::* and AWS::IdentityStore::*, which the emulator lacks.

What the services accept is judged by the services; here is what CloudFormation makes of templates.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from sandbox.aws.identity_center import access_attributes, assignments, permission_sets
from sandbox.aws.identity_center.instances import INSTANCES, Instance
from sandbox.aws.identity_center.permission_records import Assignment, PermissionSet
from sandbox.aws.identity_center.provisioning import provision
from sandbox.aws.identity_center.refusals import ConflictError, IdentityCenterError, InvalidError
from sandbox.aws.seams import provisioners, responses

PERMISSION_SET: Final = "AWS::SSO::PermissionSet"
ASSIGNMENT: Final = "AWS::SSO::Assignment"
ATTRIBUTES: Final = "AWS::SSO::InstanceAccessControlAttributeConfiguration"

Created = tuple[str, dict[str, Any]]
"""Physical id, and the attributes for `Fn::GetAtt`."""

Handler = Callable[..., Any]

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_ASSIGNED: Final = ("InstanceArn", "TargetId", "TargetType", "PermissionSetArn", "PrincipalType", "PrincipalId")
_KNOWN: Final = {
    PERMISSION_SET: (
        frozenset({"Name", "InstanceArn", "Description", "SessionDuration", "RelayStateType", "ManagedPolicies"})
        | {"InlinePolicy", "Tags", "CustomerManagedPolicyReferences", "PermissionsBoundary"}
    ),
    ASSIGNMENT: frozenset(_ASSIGNED),
    ATTRIBUTES: frozenset({"InstanceArn", "AccessControlAttributes", "InstanceAccessControlAttributeConfiguration"}),
}
_REPLACING: Final = {
    PERMISSION_SET: ("InstanceArn", "Name"),
    ASSIGNMENT: _ASSIGNED,
    ATTRIBUTES: ("InstanceArn",),
}


def install() -> None:
    """Register the types; the emulator's engine does replacement, clean-up and rollback by itself."""
    handlers: dict[str, dict[str, Handler]] = {
        PERMISSION_SET: {
            "create": _create_permission_set,
            "update": _update_permission_set,
            "delete": _delete_permission_set,
        },
        ASSIGNMENT: {"create": _create_assignment, "update": _keep, "delete": _delete_assignment},
        ATTRIBUTES: {"create": _create_attributes, "update": _update_attributes, "delete": _delete_attributes},
    }
    for kind, replacing in _REPLACING.items():
        register(kind, replacing, _KNOWN[kind], handlers[kind])


def register(kind: str, replacing: tuple[str, ...], known: frozenset[str], handlers: dict[str, Handler]) -> None:
    """Register one type, its handlers locked and checked for properties that the type does not have."""
    provisioners.handlers[kind] = {
        operation: _guarded(kind, operation, known, handler) for operation, handler in handlers.items()
    }
    provisioners.replacing_properties[kind] = replacing


def _guarded(kind: str, operation: str, known: frozenset[str], handler: Handler) -> Handler:
    def run(*arguments: Any, **more: Any) -> Any:
        properties = arguments[2] if operation == "update" else arguments[1]
        doing = f"{operation.removesuffix('e')}ing {kind}"
        if operation != "delete" and (unknown := sorted(properties.keys() - known)):
            raise ValueError(f"{doing}: extraneous key [{', '.join(unknown)}] is not permitted (InvalidRequest)")
        try:
            with INSTANCES.lock:
                return handler(*arguments, **more)
        except IdentityCenterError as refusal:
            raise ValueError(f"{doing}: {refusal} ({refusal.code})") from None

    return run


def instance_of(properties: dict[str, Any]) -> Instance:
    """The instance that a resource is in."""
    return INSTANCES.by_arn(str(responses.account()), str(properties.get("InstanceArn")))


# --- AWS::SSO::PermissionSet: Ref is instance and permission set, GetAtt PermissionSetArn -----------------------------


def _create_permission_set(_logical_id: str, properties: dict[str, Any], _stack_name: str) -> Created:
    instance, name = instance_of(properties), str(properties.get("Name") or "")
    permission_sets.check_name(name)
    made = permission_sets.create(instance, name, _tags(properties), **_settings(properties))
    try:
        _put_policies(made, properties)
    except IdentityCenterError:
        permission_sets.delete(instance, made.arn)
        raise
    return _described(instance, made.arn)


def _update_permission_set(
    physical_id: str, _old: dict[str, Any], new: dict[str, Any], _stack_name: str, _logical_id: str | None = None
) -> Created:
    instance, arn = instance_of(new), physical_id.rpartition("|")[2]
    found = permission_sets.find(instance, arn)
    settings = {"description": "", "session_duration": "PT1H", "relay_state": "", **_told(_settings(new))}
    permission_sets.change(found, **settings)
    found.tags = _tags(new)
    _put_policies(found, new)
    # CloudFormation provisions what it changed, in every account.
    for account in sorted(found.outdated):
        provision(instance, found, account)
    return _described(instance, arn)


def _delete_permission_set(physical_id: str, properties: dict[str, Any]) -> None:
    instance, arn = instance_of(properties), physical_id.rpartition("|")[2]
    if arn in instance.permission_sets:
        permission_sets.delete(instance, arn)


def _settings(properties: dict[str, Any]) -> dict[str, str | None]:
    return {
        "description": properties.get("Description"),
        "session_duration": properties.get("SessionDuration"),
        "relay_state": properties.get("RelayStateType"),
    }


def _told(settings: dict[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in settings.items() if value is not None}


def _put_policies(permission_set: PermissionSet, properties: dict[str, Any]) -> None:
    for arn in list(permission_set.managed_policies):
        permission_sets.detach_managed(permission_set, arn)
    for name, path in list(permission_set.customer_policies):
        permission_sets.detach_customer(permission_set, name, path)
    for arn in properties.get("ManagedPolicies") or []:
        permission_sets.attach_managed(permission_set, str(arn))
    for one in properties.get("CustomerManagedPolicyReferences") or []:
        permission_sets.attach_customer(permission_set, str(one.get("Name")), str(one.get("Path") or "/"))
    inline = properties.get("InlinePolicy") or ""
    permission_sets.put_inline(permission_set, inline if isinstance(inline, str) else json.dumps(inline))
    permission_sets.put_boundary(permission_set, properties.get("PermissionsBoundary"))


def _tags(properties: dict[str, Any]) -> dict[str, str]:
    return {str(one["Key"]): str(one["Value"]) for one in properties.get("Tags") or []}


def _described(instance: Instance, arn: str) -> Created:
    return f"{instance.arn}|{arn}", {"PermissionSetArn": arn}


# --- AWS::SSO::Assignment: everything replaces, Ref is all of it ------------------------------------------------------


def _create_assignment(_logical_id: str, properties: dict[str, Any], _stack_name: str) -> Created:
    instance, assignment = instance_of(properties), _assignment(properties)
    if assignment in instance.assignments:
        raise ConflictError(
            f"{assignment.principal_type} {assignment.principal_id} is assigned {assignment.permission_set} in "
            f"{assignment.account} already"
        )
    assignments.create(instance, assignment)
    return "|".join(str(properties[name]) for name in _ASSIGNED), {}


def _keep(physical_id: str, *_arguments: Any, **_more: Any) -> Created:
    return physical_id, {}


def _delete_assignment(_physical_id: str, properties: dict[str, Any]) -> None:
    instance, assignment = instance_of(properties), _assignment(properties)
    if assignment in instance.assignments:
        assignments.delete(instance, assignment)


def _assignment(properties: dict[str, Any]) -> Assignment:
    if missing := [name for name in _ASSIGNED if not properties.get(name)]:
        raise InvalidError(f"{', '.join(missing)} has to be told")
    account = str(properties["TargetId"])
    if properties["TargetType"] != "AWS_ACCOUNT" or not _ACCOUNT.fullmatch(account):
        raise InvalidError(f"TargetId {account} has to be an account of 12 digits, with TargetType AWS_ACCOUNT")
    if properties["PrincipalType"] not in (assignments.USER, assignments.GROUP):
        raise InvalidError("PrincipalType has to be USER or GROUP")
    return Assignment(
        account=account,
        permission_set=str(properties["PermissionSetArn"]),
        principal_type=str(properties["PrincipalType"]),
        principal_id=str(properties["PrincipalId"]),
    )


# --- AWS::SSO::InstanceAccessControlAttributeConfiguration: one an instance, Ref is its ARN ---------------------------


def _create_attributes(_logical_id: str, properties: dict[str, Any], _stack_name: str) -> Created:
    instance = instance_of(properties)
    if instance.access_attributes is not None:
        raise ConflictError(f"attributes for access control are enabled for {instance.id} already")
    instance.access_attributes = _sources(properties)
    return instance.arn, {}


def _update_attributes(
    physical_id: str, _old: dict[str, Any], new: dict[str, Any], _stack_name: str, _logical_id: str | None = None
) -> Created:
    instance_of(new).access_attributes = _sources(new)
    return physical_id, {}


def _delete_attributes(_physical_id: str, properties: dict[str, Any]) -> None:
    instance_of(properties).access_attributes = None


def _sources(properties: dict[str, Any]) -> dict[str, str]:
    older = properties.get("InstanceAccessControlAttributeConfiguration") or {}
    return access_attributes.read(
        properties.get("AccessControlAttributes") or older.get("AccessControlAttributes") or []
    )
