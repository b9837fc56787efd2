"""One resource of a deployed stack compared with the directory, by the provider's own comparison, and who notices.

Added here: what nobody can know is told apart, and one that is gone is told once.  Not here: what a difference is
(`provider/jumpcloud/drift.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from saml_connectors.cloudformation import Resource
from saml_connectors.deployed.affected import by_application, by_name, roles, roles_in
from saml_connectors.deployed.certificate_given import certificate_differs
from saml_connectors.deployed.deployment import Deployment
from saml_connectors.deployed.drift_report import Affected, Drift
from saml_connectors.deployed.resolved import NotKnown, resolved
from saml_connectors.provider.jumpcloud import contract, desired, drift, plan
from saml_connectors.provider.jumpcloud.differences import Difference
from saml_connectors.provider.jumpcloud.drift import Comparison
from saml_connectors.provider.jumpcloud.errors import PropertyError
from saml_connectors.provider.jumpcloud.live import IDP_ENTITY_ID
from saml_connectors.provider.jumpcloud.properties import Properties

TYPES = (
    contract.APPLICATION,
    contract.LOOKUP,
    contract.LAUNCH,
    contract.APPLICATION_SIGNING,
    contract.ACCESS,
    contract.GROUP_ATTRIBUTES,
)
"""What is compared, in the order in which it is told.  A signing certificate lives in AWS."""

_ABOUT = frozenset({contract.LAUNCH, contract.APPLICATION_SIGNING, contract.ACCESS})
"""Types that are about an application which another resource has registered."""

_FOLLOWS: Mapping[str, tuple[str, ...]] = {
    contract.SLUG: ("slug",),
    contract.VISIBLE: (plan.HIDDEN,),
    contract.IDP_ENTITY_ID: (plan.CONFIG + IDP_ENTITY_ID,),
    contract.GROUPS_ATTRIBUTE: (plan.CONFIG + desired.INCLUDE_GROUPS, plan.CONFIG + desired.GROUPS_ATTRIBUTE_NAME),
}
"""Fields that have a value where the property is left out, which it is not where only nobody knows it."""


class _Opens:
    """Opens directories as the provider's session does."""

    def __init__(self, here: Deployment) -> None:
        self.open = here.directory


def compared(resource: Resource, here: Deployment) -> Iterator[Drift | NotKnown]:
    """What differs in one resource, and what of it cannot be known.

    Raises:
        Trouble: The directory cannot be signed in to.
        ProviderError: It cannot be read.
    """
    given, unknown = resolved(resource)
    yield from unknown
    if resource.type == contract.APPLICATION_SIGNING and contract.TRUSTED_CERTIFICATES not in given:
        return
    asked = drift.Resource(resource.type, given, here.stack.id, resource.logical_id, here.physical_id(resource))
    try:
        found = drift.compare(asked, _Opens(here))
    except PropertyError as error:
        yield NotKnown(resource.logical_id, "*", error.cause)
        return
    left_out = {field for name in resource.properties.keys() - given.keys() for field in _FOLLOWS.get(name, ())}
    differences = [each for each in found.differences if each.field not in left_out and not _told(each, resource, here)]
    certificate = _certificate(resource, found, here)
    if isinstance(certificate, Difference):
        differences.append(certificate)
    yield from (_drift(each, resource, found, given, here) for each in differences)
    if isinstance(certificate, NotKnown):
        yield certificate


def _told(difference: Difference, resource: Resource, here: Deployment) -> bool:
    """Whether the resource that registered an application tells already that it is gone."""
    if difference.field != drift.APPLICATION or resource.type not in _ABOUT:
        return False
    registered = {here.application_id(each) for each in here.of_type(contract.APPLICATION)}
    return here.application_id(resource) in registered


def _certificate(resource: Resource, found: Comparison, here: Deployment) -> Difference | NotKnown | None:
    """Whether it signs with what AWS was given, where no list of certificates says which that is."""
    live = found.application
    if resource.type not in {contract.APPLICATION, contract.LOOKUP} or live is None:
        return None
    if live.template == contract.BOOKMARK_TEMPLATE or resource.has(contract.TRUSTED_CERTIFICATES):
        return None
    return certificate_differs(resource, live, here)


def _drift(
    difference: Difference, resource: Resource, found: Comparison, given: Mapping[str, Any], here: Deployment
) -> Drift:
    subject, affected = _concerned(difference, resource, found, given, here)
    return Drift(
        resource=resource.logical_id,
        type=resource.type,
        subject=subject,
        field=difference.field,
        desired=difference.desired,
        live=difference.live,
        affected=affected,
    )


def _concerned(
    difference: Difference, resource: Resource, found: Comparison, given: Mapping[str, Any], here: Deployment
) -> tuple[str, Affected]:
    """What a field is of, and who notices."""
    directory = here.directory(here.ref(resource))
    if resource.type == contract.GROUP_ATTRIBUTES:
        read = Properties(given, resource.type, resource.logical_id)
        rows = read.rows(contract.ATTRIBUTES, contract.GROUP, contract.NAME, contract.VALUE) or []
        mine = [row for row in rows if _is_of(difference.field, row[0])]
        named = [row for row in mine if difference.field.endswith(f".attributes[{row[1]!r}]")]
        carried = roles_in(row[2] for row in named or mine)
        name = mine[0][0] if mine else ""
        return f"group {name!r}", Affected(by_name(directory, [name]), carried)
    live = found.application or directory.application(here.application_id(resource))
    subject = str(live) if live is not None else f"application {resource.text(contract.DISPLAY_LABEL)!r}"
    if resource.type == contract.ACCESS:
        names = [each for each in given.get(contract.GROUPS, ()) if _is_of(difference.field, each)]
        if names:
            return subject, Affected(by_name(directory, names), roles(resource, here))
    required = [each for each in given.get(contract.REQUIRED_GROUPS, ()) if isinstance(each, str)]
    return subject, by_application(resource, here, required)


def _is_of(field: str, group: str) -> bool:
    """Whether a field is one of the group called *group*."""
    head = f"{drift.LISTED}[{group!r}]"
    return field == head or field.startswith(f"{head}.")
