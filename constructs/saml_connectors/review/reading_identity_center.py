"""IAM Identity Center as a review tells it: which group has which permission set where, and what that may do.

Not here: the application that signs people in (`reading_applications.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from saml_connectors.provider.identity_store import contract as identity_store
from saml_connectors.review import facts, policies
from saml_connectors.review.grouping import ACCESS_CONTROL, ASSIGNMENT, OF_STORE, PERMISSION_SET
from saml_connectors.review.held import Held, referred, value, values
from saml_connectors.review.model import Link, Node, Part, Place
from saml_connectors.review.reading_iam import policy_name
from saml_connectors.review.values import fields_of, unnamed

if TYPE_CHECKING:
    from saml_connectors.cloudformation import Resource
    from saml_connectors.review.facts import Fact

_WORDS = {
    PERMISSION_SET: "permission set",
    ASSIGNMENT: "assignment",
    ACCESS_CONTROL: "attributes for access control",
    OF_STORE[0]: "group of the identity store",
    OF_STORE[1]: "group that the stack makes",
}
_LEFT = frozenset({"ServiceToken", "ServiceTimeout"})
_POLICIES = frozenset({"InlinePolicy", "ManagedPolicies", "CustomerManagedPolicyReferences", "PermissionsBoundary"})


def read_part(held: Held, resource: Resource) -> tuple[Part, dict[Fact, Place], set[Link]]:
    """One resource of Identity Center."""
    place = held.place(resource)
    links: set[Link] = set()
    leave: frozenset[str] = frozenset()
    if resource.type == PERMISSION_SET:
        name, found = value(resource, "Name") or unnamed(resource), list(_of_set(resource))
        leave = _POLICIES
    elif resource.type == ASSIGNMENT:
        group, name, account = _assigned(resource)
        who = group or f"{value(resource, 'PrincipalType').lower()} {value(resource, 'PrincipalId')}"
        found = [
            facts.of("permission-set", group=who, permission_set=name, account=account)
            if group
            else facts.of("principal", principal=who, permission_set=name, account=account)
        ]
        links.add(Link(Node("group", who), Node("aws", f"permission set {name} in {account}")))
        name = f"{who}, {name}, {account}"
    elif resource.type == ACCESS_CONTROL:
        name, found = value(resource, "InstanceArn"), list(_of_instance(resource))
    else:
        name, found = value(resource, identity_store.DISPLAY_NAME) or unnamed(resource), []
        leave = _LEFT
    return (
        Part(place, resource.type, _WORDS[resource.type], name, partial(fields_of, resource, leave), resource),
        dict.fromkeys(found, place),
        links,
    )


def _assigned(assignment: Resource) -> tuple[str, str, str]:
    """Group, permission set and account of an assignment; no group where the principal's name is not known."""
    groups = [each for each in referred(assignment, "PrincipalId") if each.type in OF_STORE]
    group = value(groups[0], identity_store.DISPLAY_NAME) if groups else ""
    sets = [each for each in referred(assignment, "PermissionSetArn") if each.type == PERMISSION_SET]
    name = value(sets[0], "Name") if sets else value(assignment, "PermissionSetArn")
    return group, name, value(assignment, "TargetId")


def _of_set(resource: Resource) -> Iterator[Fact]:
    name = value(resource, "Name") or unnamed(resource)
    for line in policies.lines(resource.get("InlinePolicy"), resource.template):
        yield facts.of("set-may" if line.allows else "set-may-not", permission_set=name, permission=line.what)
    for policy in values(resource, "ManagedPolicies"):
        yield facts.of("set-policy", permission_set=name, policy=policy_name(policy))
    listed = resource.get("CustomerManagedPolicyReferences")
    for index in range(len(listed) if isinstance(listed, list) else 0):
        policy = _customer_managed(resource, "CustomerManagedPolicyReferences", index)
        yield facts.of("set-policy", permission_set=name, policy=policy)
    boundary = value(resource, "PermissionsBoundary", "ManagedPolicyArn")
    if not boundary and resource.has("PermissionsBoundary", "CustomerManagedPolicyReference"):
        boundary = _customer_managed(resource, "PermissionsBoundary", "CustomerManagedPolicyReference")
    if boundary:
        yield facts.of("set-boundary", permission_set=name, policy=policy_name(boundary))


def _customer_managed(resource: Resource, *path: str | int) -> str:
    return f"{value(resource, *path, 'Path') or '/'}{value(resource, *path, 'Name')} of the account"


def _of_instance(resource: Resource) -> Iterator[Fact]:
    instance = value(resource, "InstanceArn")
    listed = resource.get("AccessControlAttributes")
    for index in range(len(listed) if isinstance(listed, list) else 0):
        for source in values(resource, "AccessControlAttributes", index, "Value", "Source"):
            key = value(resource, "AccessControlAttributes", index, "Key")
            yield facts.of("instance-attribute", instance=instance, key=key, source=source)
