"""The calls of the API `sso-admin` on assignments and provisioning: what AWS does in the background is done at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from sandbox.aws.identity_center import assignments, permission_sets
from sandbox.aws.identity_center.api_model import Call
from sandbox.aws.identity_center.instances import INSTANCES, Instance
from sandbox.aws.identity_center.permission_records import Assignment, Operation
from sandbox.aws.identity_center.provisioning import provision
from sandbox.aws.identity_center.refusals import IdentityCenterError, InvalidError, NotFoundError

PAGES: Final[dict[str, str]] = {
    "ListAccountAssignments": "AccountAssignments",
    "ListPermissionSetsProvisionedToAccount": "PermissionSets",
    "ListAccountsForProvisionedPermissionSet": "AccountIds",
}
"""Lists that come in pages."""

_CREATION, _DELETION, _PROVISIONING = "creation", "deletion", "provisioning"


def _create(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance, assignment = _named(account, told)
    assignments.check(instance, assignment)
    done = _run(instance, _CREATION, _of(assignment), lambda: assignments.create(instance, assignment))
    return {"AccountAssignmentCreationStatus": _status(done)}


def _delete(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance, assignment = _named(account, told)
    permission_sets.find(instance, assignment.permission_set)
    done = _run(instance, _DELETION, _of(assignment), lambda: assignments.delete(instance, assignment))
    return {"AccountAssignmentDeletionStatus": _status(done)}


def _creation_status(account: str, told: dict[str, Any]) -> dict[str, Any]:
    identifier = told["AccountAssignmentCreationRequestId"]
    return {"AccountAssignmentCreationStatus": _status(_operation(account, told, _CREATION, identifier))}


def _deletion_status(account: str, told: dict[str, Any]) -> dict[str, Any]:
    identifier = told["AccountAssignmentDeletionRequestId"]
    return {"AccountAssignmentDeletionStatus": _status(_operation(account, told, _DELETION, identifier))}


def _list(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = INSTANCES.by_arn(account, told["InstanceArn"])
    permission_sets.find(instance, told["PermissionSetArn"])
    listed = [
        {
            "AccountId": one.account,
            "PermissionSetArn": one.permission_set,
            "PrincipalType": one.principal_type,
            "PrincipalId": one.principal_id,
        }
        for one in instance.assignments
        if one.account == told["AccountId"] and one.permission_set == told["PermissionSetArn"]
    ]
    return {"AccountAssignments": listed}


def _provision(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = INSTANCES.by_arn(account, told["InstanceArn"])
    permission_set = permission_sets.find(instance, told["PermissionSetArn"])
    one, everywhere = told.get("TargetId"), told["TargetType"] == "ALL_PROVISIONED_ACCOUNTS"
    if everywhere == bool(one):
        raise InvalidError("provisioning: TargetId has to be told for AWS_ACCOUNT, and for nothing else")
    if one and one not in permission_set.roles:
        raise NotFoundError(f"{permission_set.name} is not provisioned in {one}.")

    def work() -> None:
        for each in [one] if one else list(permission_set.roles):
            provision(instance, permission_set, each)

    described = {"PermissionSetArn": permission_set.arn, **({"AccountId": one} if one else {})}
    return {"PermissionSetProvisioningStatus": _status(_run(instance, _PROVISIONING, described, work))}


def _provisioning_status(account: str, told: dict[str, Any]) -> dict[str, Any]:
    identifier = told["ProvisionPermissionSetRequestId"]
    return {"PermissionSetProvisioningStatus": _status(_operation(account, told, _PROVISIONING, identifier))}


def _provisioned_to(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = INSTANCES.by_arn(account, told["InstanceArn"])
    listed = [
        one.arn
        for one in instance.permission_sets.values()
        if told["AccountId"] in one.roles and _fits(told, told["AccountId"] in one.outdated)
    ]
    return {"PermissionSets": listed}


def _accounts_of(account: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = INSTANCES.by_arn(account, told["InstanceArn"])
    found = permission_sets.find(instance, told["PermissionSetArn"])
    return {"AccountIds": [one for one in found.roles if _fits(told, one in found.outdated)]}


CALLS: Final[dict[str, Call]] = {
    "CreateAccountAssignment": _create,
    "DeleteAccountAssignment": _delete,
    "DescribeAccountAssignmentCreationStatus": _creation_status,
    "DescribeAccountAssignmentDeletionStatus": _deletion_status,
    "ListAccountAssignments": _list,
    "ProvisionPermissionSet": _provision,
    "DescribePermissionSetProvisioningStatus": _provisioning_status,
    "ListPermissionSetsProvisionedToAccount": _provisioned_to,
    "ListAccountsForProvisionedPermissionSet": _accounts_of,
}
"""What each call does, by its name."""


def _named(account: str, told: dict[str, Any]) -> tuple[Instance, Assignment]:
    instance = INSTANCES.by_arn(account, told["InstanceArn"])
    return instance, Assignment(
        account=told["TargetId"],
        permission_set=told["PermissionSetArn"],
        principal_type=told["PrincipalType"],
        principal_id=told["PrincipalId"],
    )


def _of(assignment: Assignment) -> dict[str, Any]:
    return {
        "TargetId": assignment.account,
        "TargetType": "AWS_ACCOUNT",
        "PermissionSetArn": assignment.permission_set,
        "PrincipalType": assignment.principal_type,
        "PrincipalId": assignment.principal_id,
    }


def _run(instance: Instance, kind: str, told: dict[str, Any], work: Callable[[], None]) -> Operation:
    """Do *work*; its failure is not the call's, but shows in the status, as on AWS."""
    failure = ""
    try:
        work()
    except IdentityCenterError as refusal:
        failure = str(refusal)
    done = Operation(
        id=str(uuid4()), kind=kind, status="FAILED" if failure else "SUCCEEDED", failure=failure, told=told
    )
    instance.operations[done.id] = done
    return done


def _operation(account: str, told: dict[str, Any], kind: str, identifier: str) -> Operation:
    found = INSTANCES.by_arn(account, told["InstanceArn"]).operations.get(identifier)
    if found is None or found.kind != kind:
        raise NotFoundError(f"there is no {kind} with the request id {identifier}.")
    return found


def _status(operation: Operation) -> dict[str, Any]:
    return {
        "Status": operation.status,
        "RequestId": operation.id,
        **({"FailureReason": operation.failure} if operation.failure else {}),
        **operation.told,
        "CreatedDate": operation.created.timestamp(),
    }


def _fits(told: dict[str, Any], outdated: bool) -> bool:
    wanted = told.get("ProvisioningStatus")
    return wanted is None or (wanted == "LATEST_PERMISSION_SET_NOT_PROVISIONED") == outdated
