"""Pure: whether the groups of the spec are bound to the application, and whether others are.

Not here: who is in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from saml_connectors.problems import Problem
from saml_connectors.provisioning.people import Group
from saml_connectors.spec.findings import shown

if TYPE_CHECKING:
    from saml_connectors.spec.identity_center import IdentityCenterSpec

BIND = "deploy the connector, which binds it, or bind it in the Admin Portal"


def manages_groups(spec: IdentityCenterSpec) -> bool:
    """Whether groups are provisioned too, and not only people."""
    return spec.scim is None or spec.scim.manage_groups


def group_findings(spec: IdentityCenterSpec, groups: Sequence[Group]) -> Iterator[Problem]:
    """What is wrong with the groups of *spec*, of which the directory has *groups*."""
    assigned = set(spec.assigned_groups)
    for index, name in enumerate(spec.application.groups):
        field = f"application.groups[{index}]"
        found = [group for group in groups if group.name == name]
        nobody = "; until then nobody gets what is assigned to it" if name in assigned else ""
        if not found:
            rule = "must be a group of the directory, and there is none of this name"
            fix = f"make it in the Admin Portal, or correct the name{nobody}"
            yield Problem(code="scim-group-missing", field=field, rule=rule, given=shown(name), fix=fix)
        elif len(found) > 1:
            rule = f"must name one group, but the directory has {len(found)} of this name"
            fix = "rename all but one in the Admin Portal"
            yield Problem(code="scim-group-twice", field=field, rule=rule, given=shown(name), fix=fix)
        elif not found[0].bound:
            rule = "must be bound to the application, or SCIM does not take it"
            yield Problem(code="scim-group-unbound", field=field, rule=rule, given=shown(name), fix=f"{BIND}{nobody}")
    for group in groups:
        if group.bound and group.name not in spec.application.groups:
            yield Problem(
                code="scim-group-unlisted",
                level="warning",
                field="application.groups",
                rule="does not name a group that is bound to the application: SCIM takes it, and its members, too",
                given=shown(group.name),
                fix="add it, or unbind it in the Admin Portal",
            )
    if not manages_groups(spec) and assigned:
        yield Problem(
            code="scim-groups-unmanaged",
            level="warning",
            field="scim.manage_groups",
            rule=f"is false, so the {len(assigned)} groups with assignments must come to Identity Center otherwise",
            fix="set it to true, and turn group management on in the Admin Portal",
        )
