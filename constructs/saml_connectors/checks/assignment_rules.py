"""Rules of assignments in IAM Identity Center: who gets which permission set in which account.

Not here: the permission sets themselves (`identity_center_rules.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from saml_connectors.checks.known_values import parts as parts_of
from saml_connectors.checks.known_values import text_of
from saml_connectors.checks.role_policies import PERMISSION_SET
from saml_connectors.checks.rule import Context, Hit, Rule
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.cloudformation.intrinsics import Reference
from saml_connectors.spec.findings import shown

ASSIGNMENT = "AWS::SSO::Assignment"
USUAL_SETS = 50
"""Permission sets of one account: the quota that an instance begins with (Identity Center quotas)."""

_ACCOUNT = re.compile(r"[0-9]{12}")
_PRINCIPAL = re.compile(r"(?:[0-9a-f]{10}-)?[A-Fa-f0-9]{8}(?:-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}")
_CHOICES = {"TargetType": ("AWS_ACCOUNT",), "PrincipalType": ("USER", "GROUP")}
_WHOLE = ("InstanceArn", "TargetId", "TargetType", "PermissionSetArn", "PrincipalType", "PrincipalId")
_SET_ARN = "PermissionSetArn"


def _targets(template: Template, _: Context) -> Iterator[Hit]:
    for each in template.of_type(ASSIGNMENT):
        target = text_of(each, "TargetId")
        if target is not None and not _ACCOUNT.fullmatch(target):
            yield Hit(
                resource=each, path="Properties.TargetId", message=f"{shown(target)} is not the id of an AWS account"
            )


def _principals(template: Template, _: Context) -> Iterator[Hit]:
    for each in template.of_type(ASSIGNMENT):
        principal = text_of(each, "PrincipalId")
        if principal is not None and not _PRINCIPAL.fullmatch(principal):
            message = f"{shown(principal)} is not the id of a user or group in an identity store"
            yield Hit(resource=each, path="Properties.PrincipalId", message=message)


def _types(template: Template, _: Context) -> Iterator[Hit]:
    for each in template.of_type(ASSIGNMENT):
        for name, allowed in _CHOICES.items():
            given = text_of(each, name)
            if given is not None and given not in allowed:
                message = f"{name} is {shown(given)}, not {' or '.join(allowed)}"
                yield Hit(resource=each, path=f"Properties.{name}", message=message)


def _twice(template: Template, _: Context) -> Iterator[Hit]:
    seen: dict[tuple[Any, ...], Resource] = {}
    for each in template.of_type(ASSIGNMENT):
        parts = tuple(parts_of(each.get(name)) for name in _WHOLE)
        if not all(parts) or each.is_conditional:
            continue
        first = seen.setdefault(parts, each)
        if first is not each:
            yield Hit(resource=each, message=f"{first.logical_id} assigns the same")


def _sets(template: Template, _: Context) -> Iterator[Hit]:
    names = {text_of(each, "Name"): each.logical_id for each in template.of_type(PERMISSION_SET)}
    for each in template.of_type(ASSIGNMENT):
        plain, path = text_of(each, _SET_ARN), f"Properties.{_SET_ARN}"
        if plain is not None:
            if not plain.startswith("arn:"):
                made = names.get(plain)
                fix = f"write !GetAtt {made}.{_SET_ARN}" if made is not None else None
                yield Hit(
                    resource=each, path=path, message=f"{shown(plain)} is not the ARN of a permission set", fix=fix
                )
            continue
        parts, made_set = parts_of(each.get(_SET_ARN)), each.target(_SET_ARN)
        if made_set is None or not isinstance(parts[0], Reference):
            continue
        if made_set.type == PERMISSION_SET and parts[0].attribute != _SET_ARN:
            message = f"{parts[0].attribute} of {made_set.logical_id} is not its ARN: Ref has the instance's in it"
            fix = f"write !GetAtt {made_set.logical_id}.{_SET_ARN}"
            yield Hit(resource=each, path=path, message=message, fix=fix)


def _instances(template: Template, _: Context) -> Iterator[Hit]:
    for each in template.of_type(ASSIGNMENT):
        made = each.target(_SET_ARN)
        own, its = text_of(each, "InstanceArn"), text_of(made, "InstanceArn") if made is not None else None
        if made is not None and made.type == PERMISSION_SET and own is not None and its is not None and own != its:
            message = f"the permission set {made.logical_id} is of another instance, {shown(its)}"
            yield Hit(resource=each, path="Properties.InstanceArn", message=message)


def _many_sets(template: Template, _: Context) -> Iterator[Hit]:
    of_account: dict[str, dict[Any, Resource]] = {}
    for each in template.of_type(ASSIGNMENT):
        target = text_of(each, "TargetId")
        if target is not None and parts_of(each.get(_SET_ARN)):
            of_account.setdefault(target, {}).setdefault(parts_of(each.get(_SET_ARN)), each)
    for target, sets in of_account.items():
        if len(sets) > USUAL_SETS:
            first_over = list(sets.values())[USUAL_SETS]
            message = f"account {target} gets {len(sets)} permission sets, more than {USUAL_SETS}"
            yield Hit(resource=first_over, path="Properties.TargetId", message=message)


_CFN = f"CloudFormation, {ASSIGNMENT}"
_REFUSED = "Identity Center refuses it, and the deployment fails."

RULES: tuple[Rule, ...] = (
    Rule(
        code="assignment-target",
        level="error",
        what="A permission set is assigned in an AWS account, by its id of twelve digits.",
        why=f"{_REFUSED}  Organizational units cannot be assigned anything.",
        fix="write the account's id, in quotes where it begins with a zero",
        source=_CFN,
        find=_targets,
    ),
    Rule(
        code="assignment-principal",
        level="error",
        what="A permission set is assigned to the id of a user or group in the identity store.",
        why=f"{_REFUSED}  The names that the directory shows are no ids.",
        fix="look the group up by its name: Custom::IdentityStoreGroup does it at deployment",
        source=_CFN,
        find=_principals,
    ),
    Rule(
        code="assignment-type",
        level="error",
        what="The target of an assignment is an AWS_ACCOUNT, and its principal a USER or GROUP.",
        why=_REFUSED,
        fix="write AWS_ACCOUNT, and USER or GROUP",
        source=_CFN,
        find=_types,
    ),
    Rule(
        code="assignment-twice",
        level="error",
        what="Nobody is assigned the same permission set in the same account twice.",
        why="All properties together are the assignment's identity: the second resource fails, or both are one.",
        fix="leave one of them out",
        source=_CFN,
        find=_twice,
    ),
    Rule(
        code="assignment-permission-set",
        level="error",
        what="An assignment names its permission set by the ARN.",
        why=_REFUSED,
        fix="write !GetAtt <permission set>.PermissionSetArn",
        source=_CFN,
        find=_sets,
    ),
    Rule(
        code="assignment-instance",
        level="error",
        what="An assignment is in the instance that has the permission set.",
        why=_REFUSED,
        fix="write the same InstanceArn at both",
        source=_CFN,
        find=_instances,
    ),
    Rule(
        code="assignment-sets",
        level="warning",
        what=f"An account gets at most {USUAL_SETS} permission sets.",
        why="This is the quota that instances begin with: the deployment fails unless AWS raised it.",
        fix="make fewer permission sets, or have the quota raised first",
        source="IAM Identity Center quotas",
        find=_many_sets,
    ),
)
