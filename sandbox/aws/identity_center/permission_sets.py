"""What may be done to permission sets: their rules and quotas.  Their roles in accounts are `provisioning.py`'s."""

from __future__ import annotations

import json
import re
import secrets
import string
from typing import Any, Final

from sandbox.aws.identity_center.instances import Instance
from sandbox.aws.identity_center.permission_records import PermissionSet
from sandbox.aws.identity_center.refusals import ConflictError, InvalidError, NotFoundError
from sandbox.aws.seams import evaluator, iam, responses

MOST_POLICIES: Final = 25
"""Managed policies, AWS's and customers', of one permission set."""

LONGEST_INLINE_POLICY: Final = 32_768
SHORTEST_SESSION, LONGEST_SESSION = 3_600, 43_200
"""Seconds."""

_AWS_POLICY = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/.+")
_NAME = re.compile(r"[\w+=,.@-]{1,32}", re.ASCII)
_DURATION = re.compile(r"PT(?=\d)(?:(\d{1,2})H)?(?:(\d{1,3})M)?(?:(\d{1,5})S)?")
_LETTERS: Final = string.ascii_lowercase + string.digits


def check_name(name: str) -> None:
    """Refuse a name that permission sets cannot have.

    Raises:
        InvalidError: It is one.
    """
    if not _NAME.fullmatch(name):
        raise InvalidError(f"the name {name} of a permission set may hold 1 to 32 letters, digits and _+=,.@-")


def find(instance: Instance, arn: str) -> PermissionSet:
    """The permission set of this ARN.

    Raises:
        NotFoundError: The instance has none.
    """
    if arn not in instance.permission_sets:
        raise NotFoundError(f"PermissionSet with id {arn.rpartition('/')[2]} does not exist in {instance.id}.")
    return instance.permission_sets[arn]


def create(instance: Instance, name: str, tags: dict[str, str], **settings: str | None) -> PermissionSet:
    """A new permission set.

    Raises:
        ConflictError: The name is taken.
        InvalidError: A setting is not one.
    """
    if any(one.name.casefold() == name.casefold() for one in instance.permission_sets.values()):
        raise ConflictError(f"PermissionSet with name {name} already exists.")
    identifier = "".join(secrets.choice(_LETTERS) for _ in range(16))
    made = PermissionSet(arn=f"arn:aws:sso:::permissionSet/{instance.id}/ps-{identifier}", name=name, tags=tags)
    change(made, **settings)
    instance.permission_sets[made.arn] = made
    return made


def change(
    permission_set: PermissionSet,
    *,
    description: str | None = None,
    session_duration: str | None = None,
    relay_state: str | None = None,
) -> None:
    """Change what is told; None leaves a setting as it is.

    Raises:
        InvalidError: A setting is not one.
    """
    if session_duration is not None:
        session_seconds(session_duration)
        permission_set.session_duration = session_duration
    if description is not None:
        permission_set.description = description
    if relay_state is not None:
        permission_set.relay_state = relay_state
    _mark_outdated(permission_set)


def delete(instance: Instance, arn: str) -> None:
    """Remove a permission set that nobody is assigned.

    Raises:
        ConflictError: Somebody is.
    """
    find(instance, arn)
    if any(one.permission_set == arn for one in instance.assignments):
        raise ConflictError(f"Could not delete because PermissionSet has ApplicationProfile associated with it: {arn}")
    del instance.permission_sets[arn]


def session_seconds(duration: str) -> int:
    """Seconds of an ISO 8601 duration, which have to be one to twelve hours.

    Raises:
        InvalidError: They are not.
    """
    found = _DURATION.fullmatch(duration)
    parts = [int(one or 0) for one in found.groups()] if found else [0, 0, 0]
    seconds = parts[0] * 3600 + parts[1] * 60 + parts[2]
    if not SHORTEST_SESSION <= seconds <= LONGEST_SESSION:
        raise InvalidError(
            f"SessionDuration {duration} is not an ISO 8601 duration of one to twelve hours, such as PT8H"
        )
    return seconds


# --- policies --------------------------------------------------------------------------------------------------------


def attach_managed(permission_set: PermissionSet, arn: str) -> None:
    """Attach one of AWS's own policies.

    Raises:
        NotFoundError: AWS has none of this ARN.
        ConflictError: It is attached.
        InvalidError: It is not AWS's.
    """
    _check_aws_policy(arn)
    if arn in permission_set.managed_policies:
        raise ConflictError(f"{arn} is already attached to {permission_set.name}.")
    _check_room(permission_set)
    permission_set.managed_policies.append(arn)
    _mark_outdated(permission_set)


def detach_managed(permission_set: PermissionSet, arn: str) -> None:
    """Detach one of AWS's own policies.

    Raises:
        NotFoundError: It is not attached.
    """
    if arn not in permission_set.managed_policies:
        raise NotFoundError(f"{arn} is not attached to {permission_set.name}.")
    permission_set.managed_policies.remove(arn)
    _mark_outdated(permission_set)


def attach_customer(permission_set: PermissionSet, name: str, path: str) -> None:
    """Attach the policy of this name and path that each account has; whether it has it shows when provisioned.

    Raises:
        ConflictError: It is attached.
    """
    if (name, path) in permission_set.customer_policies:
        raise ConflictError(f"{path}{name} is already attached to {permission_set.name}.")
    _check_room(permission_set)
    permission_set.customer_policies.append((name, path))
    _mark_outdated(permission_set)


def detach_customer(permission_set: PermissionSet, name: str, path: str) -> None:
    """Detach it.

    Raises:
        NotFoundError: It is not attached.
    """
    if (name, path) not in permission_set.customer_policies:
        raise NotFoundError(f"{path}{name} is not attached to {permission_set.name}.")
    permission_set.customer_policies.remove((name, path))
    _mark_outdated(permission_set)


def put_inline(permission_set: PermissionSet, policy: str) -> None:
    """Put *policy* in place of the inline policy; empty for none.

    Raises:
        InvalidError: It is not a policy.
    """
    if policy:
        _check_policy(policy)
    permission_set.inline_policy = policy
    _mark_outdated(permission_set)


def put_boundary(permission_set: PermissionSet, boundary: dict[str, Any] | None) -> None:
    """Put *boundary*, as the API has it, in place of the permissions boundary; None for none.

    Raises:
        NotFoundError: AWS has no policy of this ARN.
        InvalidError: It is none or both of an ARN and a name.
    """
    if boundary is not None:
        if len([one for one in boundary.values() if one]) != 1:
            raise InvalidError("PermissionsBoundary has to have ManagedPolicyArn or CustomerManagedPolicyReference")
        if boundary.get("ManagedPolicyArn"):
            _check_aws_policy(boundary["ManagedPolicyArn"])
    permission_set.boundary = boundary
    _mark_outdated(permission_set)


def _check_aws_policy(arn: str) -> None:
    if not _AWS_POLICY.fullmatch(arn):
        raise InvalidError(f"{arn} is not one of AWS's own policies; name a policy of accounts as customer managed")
    if not iam.policy_known(arn, responses.account()):
        raise NotFoundError(f"Managed policy {arn} does not exist on this local AWS, which knows those used most.")


def _check_policy(policy: str) -> None:
    if len(policy) > LONGEST_INLINE_POLICY:
        raise InvalidError(f"the inline policy has {len(policy)} characters, and takes {LONGEST_INLINE_POLICY}")
    try:
        told = json.loads(policy)
    except ValueError:
        told = None
    if not isinstance(told, dict) or not told.get("Statement"):
        raise InvalidError("the inline policy is no policy document: a JSON object with a Statement")
    if problem := evaluator.document_problem(policy):
        raise InvalidError(f"the inline policy is malformed: {problem}")


def _check_room(permission_set: PermissionSet) -> None:
    if len(permission_set.managed_policies) + len(permission_set.customer_policies) >= MOST_POLICIES:
        raise InvalidError(f"{permission_set.name} has {MOST_POLICIES} managed policies, and takes no more")


def _mark_outdated(permission_set: PermissionSet) -> None:
    permission_set.outdated.update(permission_set.roles)
