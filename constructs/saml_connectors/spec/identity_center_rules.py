"""What does not go together in a connector of kind `identity-center`.

Not here: the rules of single fields, which the fields own.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from saml_connectors.aws_sign_in import SIGN_IN
from saml_connectors.endpoints import partition_of
from saml_connectors.problems import Problem
from saml_connectors.spec import watch
from saml_connectors.spec.access_attribute import ACCESS_CONTROL, MAX_ACCESS_ATTRIBUTES
from saml_connectors.spec.findings import Located, Location, field_path, shown, visible
from saml_connectors.spec.role import USUAL_MANAGED_POLICIES
from saml_connectors.spec.shape import nearest
from saml_connectors.spec.values import repeated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from saml_connectors.spec.identity_center import IdentityCenterSpec
    from saml_connectors.spec.permission_set import PermissionSet

RESTS_ON = {
    "assignment-group": ("application.groups",),
    "permission-set-unknown": ("permission_sets",),
    "assignments-many": ("permission_sets",),
    "application-setting": ("application.template",),
    "identity-center-region": ("aws.region", "service_provider", "service_provider.entity_id"),
    "arn-partition": ("aws.region", "instance", "instance.arn"),
    "access-portal-url": ("instance.arn",),
    "permission-set-relay-state": ("instance", "instance.arn"),
    **watch.RESTS_ON,
}
"""Codes with the other fields that the rules compare with, as in `SpecModel.rests_on`."""

MAX_RESOURCES = 440
"""Groups that are looked up and assignments that are made in one stack: a template holds 500 resources (CloudFormation
quotas), and some are needed for the rest."""

_PRINCIPAL_TAG = re.compile(r"aws:PrincipalTag/([\w .:/=+\-@]{1,128})", re.IGNORECASE)


def rules(spec: IdentityCenterSpec) -> Iterator[Problem]:
    """Everything between the fields of *spec*."""
    yield from watch.rules(spec.watch, directory=spec.directory, metadata=None, region=spec.aws.region)
    yield from _application_rules(spec)
    yield from _place_rules(spec)
    yield from _attribute_rules(spec)
    yield from _permission_set_rules(spec)
    yield from _assignment_rules(spec)


def considered(spec: IdentityCenterSpec) -> Iterator[Located]:
    """What is worth saying of a spec that is right in itself."""
    yield from _unknown_settings(spec)
    for name, each in spec.permission_sets.items():
        yield from _permission_set_advice(spec, name, each)
    assigned = {name for each in spec.assignments for name in each.permission_sets}
    for name in spec.permission_sets:
        if name not in assigned:
            fix = "name it under assignments, or leave it out"
            yield _warning("permission-set-idle", ("permission_sets", name), "is assigned to nobody", fix=fix)
    if spec.scim is not None and not spec.scim.manage_groups and spec.assignments:
        yield _warning(
            "groups-unmanaged",
            ("scim", "manage_groups"),
            "is off, so provisioning brings none of the groups that are assigned something",
            fix="leave it out, or see that the groups come from elsewhere",
        )
    if spec.scim is not None and spec.scim.token_expires is None:
        yield _warning(
            "scim-token-unwatched",
            ("scim", "token_expires"),
            "is not known, so nobody is warned before provisioning stops a year after the token was made",
            fix="write the day that the console names, such as 2027-11-22",
        )


def _unknown_settings(spec: IdentityCenterSpec) -> Iterator[Located]:
    """Settings that the directory's own template is not known to have; the deployment finds out."""
    for name in ("name_id", "sign", "constant_attributes"):
        if spec.application.template is None and name in spec.application.model_fields_set:
            yield _warning(
                "application-setting-unsure",
                ("application", name),
                f"is a setting that the template {spec.template} is not known to have: if it has not, nothing is made",
                fix="leave it out",
            )


def _permission_set_advice(spec: IdentityCenterSpec, name: str, each: PermissionSet) -> Iterator[Located]:
    text = json.dumps(each.inline_policy, ensure_ascii=False) if each.inline_policy else ""
    known = {key.lower() for key in spec.attributes}
    asked = {key.lower(): key for key in _PRINCIPAL_TAG.findall(text)}
    for lower, key in asked.items():
        if lower not in known:
            close = nearest(key, list(spec.attributes))
            there = f"did you mean {close}?" if close else "write it under attributes"
            rule = f"asks for aws:PrincipalTag/{key}, which is no key of attributes, so nobody has it"
            yield _warning("principal-tag-unknown", ("permission_sets", name, "inline_policy"), rule, fix=there)
    count = len(each.managed_policies) + len(each.customer_managed_policies)
    if count > USUAL_MANAGED_POLICIES:
        yield _warning(
            "managed-policy-quota",
            ("permission_sets", name),
            f"has more than the {USUAL_MANAGED_POLICIES} managed policies that a role may have unless AWS raised the "
            "account's quota",
            given=f"{count}",
            fix="have it raised first in each account, or make fewer policies of them",
        )


def _warning(code: str, place: Location, rule: str, *, fix: str, given: str | None = None) -> Located:
    return place, Problem(code=code, level="warning", field=field_path(place), rule=rule, given=given, fix=fix)


def _application_rules(spec: IdentityCenterSpec) -> Iterator[Problem]:
    if spec.application.certificates is not None:
        yield Problem(
            code="certificates-identity-center",
            field="application.certificates",
            rule="must be left out: AWS has no API that tells Identity Center which certificates to trust",
            fix="rotate by hand in both consoles, as docs/certificates.md says",
        )
    application = spec.application
    if application.sp_certificate is not None:
        yield Problem(
            code="sp-certificate-unused",
            field="application.sp_certificate",
            rule="must be left out: the directory's template for Identity Center has no place for it",
        )
    if application.default_relay_state is not None and application.template is None:
        yield Problem(
            code="application-setting",
            field="application.default_relay_state",
            rule=f"must be left out: the directory's template {spec.template} has no such setting",
            fix="write relay_state at a permission set: people arrive at that page of its accounts",
        )
    if application.name_id.format == "transient":
        yield Problem(
            code="name-id-transient",
            field="application.name_id.format",
            rule="must not be transient: Identity Center knows people by it",
            fix="leave it out",
        )
    for name in application.constant_attributes:
        if name.lower().startswith(ACCESS_CONTROL.lower()):
            yield Problem(
                code="attribute-reserved",
                field=field_path(("application", "constant_attributes", name)),
                rule="must not be an attribute for access control: those stand under attributes",
            )


def _place_rules(spec: IdentityCenterSpec) -> Iterator[Problem]:
    """Regions and partitions: the stacks are deployed to where the instance is."""
    told = (
        ("service_provider.entity_id", spec.service_provider.region),
        ("scim.endpoint", spec.scim.region if spec.scim else None),
    )
    for field, region in told:
        expected = spec.aws.region or (spec.service_provider.region if field == "scim.endpoint" else None)
        if region is not None and expected is not None and region != expected:
            yield Problem(
                code="identity-center-region",
                field=field,
                rule=f"must be in {expected}: a connector is deployed to the region that its instance is in",
                given=shown(region),
                fix="write the instance's region as aws.region, and copy the address from its console",
            )
    partition = spec.instance.partition
    if spec.aws.region is not None and partition_of(spec.aws.region) != partition:
        rule = f"must be in partition {partition_of(spec.aws.region)}, as aws.region is"
        yield Problem(code="arn-partition", field="instance.arn", rule=rule, given=shown(spec.instance.arn))
    if partition != "aws" and spec.instance.access_portal_url is None:
        yield Problem(
            code="access-portal-url",
            field="instance.access_portal_url",
            rule=f"must be given in partition {partition}, where its form is not known",
            fix="copy it from the Identity Center console: Settings, AWS access portal URL",
        )
    for name, each in spec.permission_sets.items():
        yield from _permission_set_place(name, each, partition)


def _permission_set_place(name: str, each: PermissionSet, partition: str) -> Iterator[Problem]:
    arns = [(f"managed_policies[{index}]", policy) for index, policy in enumerate(each.managed_policies)]
    if isinstance(each.permissions_boundary, str):
        arns.append(("permissions_boundary", each.permissions_boundary))
    for field, arn in arns:
        if arn.startswith("arn:") and arn.split(":")[1] != partition:
            place = f"{field_path(('permission_sets', name))}.{field}"
            rule = f"must be in partition {partition}, as the instance is"
            yield Problem(code="arn-partition", field=place, rule=rule, given=shown(arn))
    if each.relay_state is not None and partition in SIGN_IN:
        sign_in = SIGN_IN[partition]
        if not sign_in.opens_console(each.relay_state.split("/")[2].partition(":")[0].lower()):
            yield Problem(
                code="permission-set-relay-state",
                field=field_path(("permission_sets", name, "relay_state")),
                rule=f"must be a page of the AWS console, such as https://{sign_in.console_host}/s3/",
                given=shown(each.relay_state),
            )


def _attribute_rules(spec: IdentityCenterSpec) -> Iterator[Problem]:
    if len(spec.attributes) > MAX_ACCESS_ATTRIBUTES:
        rule = f"must be at most {MAX_ACCESS_ATTRIBUTES}"
        yield Problem(code="access-attribute-count", field="attributes", rule=rule, given=f"{len(spec.attributes)}")
    yield from _told_apart("attributes", list(spec.attributes), "keys", code="access-attribute-twice")


def _permission_set_rules(spec: IdentityCenterSpec) -> Iterator[Problem]:
    yield from _told_apart("permission_sets", list(spec.permission_sets), "names", code="permission-set-twice")


def _told_apart(field: str, names: Sequence[str], what: str, *, code: str) -> Iterator[Problem]:
    for index, _ in repeated(name.lower() for name in names):
        rule = f"must differ from the other {what} in more than upper and lower case"
        yield Problem(code=code, field=field_path((field, names[index])), rule=rule, given=shown(names[index]))


def _assignment_rules(spec: IdentityCenterSpec) -> Iterator[Problem]:
    bound, sets = spec.application.groups, list(spec.permission_sets)
    for index, each in enumerate(spec.assignments):
        for position, group in enumerate(each.groups):
            if group not in bound:
                yield Problem(
                    code="assignment-group",
                    field=f"assignments[{index}].groups[{position}]",
                    rule="must be one of application.groups: SCIM brings no other group",
                    given=shown(group),
                    fix=_meant(group, bound) or "write it under application.groups",
                )
        for position, name in enumerate(each.permission_sets):
            if name not in spec.permission_sets:
                yield Problem(
                    code="permission-set-unknown",
                    field=f"assignments[{index}].permission_sets[{position}]",
                    rule="must be a permission set of the connector",
                    given=shown(name),
                    fix=_meant(name, sets) or "write it under permission_sets",
                )
    count = len(spec.assigned) + len(spec.assigned_groups) + len(spec.permission_sets)
    if count > MAX_RESOURCES:
        yield Problem(
            code="assignments-many",
            field="assignments",
            rule=f"must make at most {MAX_RESOURCES} resources together with their groups: a stack holds no more",
            given=f"{count:,}",
            fix="split the assignments over several connectors",
        )


def _meant(given: str, known: Sequence[str]) -> str | None:
    close = nearest(given, known)
    return f"did you mean {visible(close)}?" if close is not None else None
