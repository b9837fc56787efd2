"""Who gets which permission set in which account; what is signed in to is `sign_in.py`'s."""

from __future__ import annotations

from sandbox.aws.identity_center import permission_sets
from sandbox.aws.identity_center.directory_records import User, now
from sandbox.aws.identity_center.instances import Instance
from sandbox.aws.identity_center.permission_records import Assignment
from sandbox.aws.identity_center.provisioning import deprovision, provision
from sandbox.aws.identity_center.refusals import NotFoundError

USER, GROUP = "USER", "GROUP"


def check(instance: Instance, assignment: Assignment) -> None:
    """Refuse an assignment of what is not there.

    Raises:
        NotFoundError: The permission set, or whoever shall have it, does not exist.
    """
    permission_sets.find(instance, assignment.permission_set)
    known = instance.store.users if assignment.principal_type == USER else instance.store.groups
    if assignment.principal_id not in known:
        raise NotFoundError(
            f"{assignment.principal_type} with id {assignment.principal_id} does not exist in "
            f"{instance.store.store_id}."
        )


def create(instance: Instance, assignment: Assignment) -> None:
    """Assign, and provision the permission set in the account; what is assigned already stays so.

    Raises:
        NotFoundError: The permission set, or whoever shall have it, does not exist.
        InvalidError: The account lacks a policy that the permission set names.
    """
    check(instance, assignment)
    provision(instance, permission_sets.find(instance, assignment.permission_set), assignment.account)
    instance.assignments.setdefault(assignment, now())


def delete(instance: Instance, assignment: Assignment) -> None:
    """End the assignment; the role goes with the last one in its account.

    Raises:
        NotFoundError: It is not assigned.
    """
    if assignment not in instance.assignments:
        raise NotFoundError(
            f"{assignment.principal_type} {assignment.principal_id} is not assigned {assignment.permission_set} in "
            f"{assignment.account}."
        )
    del instance.assignments[assignment]
    left = (
        one.permission_set == assignment.permission_set and one.account == assignment.account
        for one in instance.assignments
    )
    if not any(left):
        deprovision(instance, instance.permission_sets[assignment.permission_set], assignment.account)


def of_user(instance: Instance, user: User) -> list[Assignment]:
    """What the user has, by itself or through groups; each permission set once an account."""
    groups = {group.id for group in instance.store.groups_of(user.id)}
    found = {
        (one.account, instance.permission_sets[one.permission_set].name): one
        for one in instance.assignments
        if (one.principal_type == USER and one.principal_id == user.id)
        or (one.principal_type == GROUP and one.principal_id in groups)
    }
    return [found[key] for key in sorted(found)]
