"""Whom it concerns that an application, or what a group carries, is not as it should be: groups, people in them, roles.

Not here: what differs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from saml_connectors.checks.known_values import known
from saml_connectors.checks.registrations import applications, read_role_value
from saml_connectors.cloudformation import Resource
from saml_connectors.deployed.deployment import Deployment
from saml_connectors.deployed.drift_report import Affected, BoundGroup
from saml_connectors.deployed.live_directory import LiveDirectory


def by_application(resource: Resource, here: Deployment, named: Iterable[str] = ()) -> Affected:
    """The groups that see an application, or, where it is gone, those of the names; and the roles that it offers.

    Args:
        resource: The resource that registered it, or one that is about it.
        here: The deployment.
        named: Groups that are to see it.
    """
    directory = here.directory(here.ref(resource))
    bound = directory.bound(here.application_id(resource))
    if bound is None:
        return Affected(by_name(directory, named), roles(resource, here))
    names = directory.names if bound else {}
    groups = [BoundGroup(names.get(each, each), directory.size(each)) for each in bound]
    return Affected(tuple(sorted(groups)), roles(resource, here))


def by_name(directory: LiveDirectory, names: Iterable[str]) -> tuple[BoundGroup, ...]:
    """Groups of these names, with how many people are in each."""
    found = []
    for name in names:
        there = directory.index.named(name)
        found.append(BoundGroup(name, sum(directory.size(each["id"]) for each in there) if there else None))
    return tuple(found)


def roles(resource: Resource, here: Deployment) -> tuple[str, ...]:
    """ARNs of the roles that the application of a resource offers, as far as they are known."""
    about, there = here.application_id(resource), here.stack.physical_ids
    found = [each for each in applications(here.template) if there.get(each.resource.logical_id) == about]
    return roles_in(value for each in found for _, _, value in each.role_values)


def roles_in(values: Iterable[Any]) -> tuple[str, ...]:
    """ARNs of the roles in values of the attribute Role, each once, as far as they are known."""
    arns = (known(read_role_value(value)[0]) for value in values)
    return tuple(dict.fromkeys(each for each in arns if each is not None))
