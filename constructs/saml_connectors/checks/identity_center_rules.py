"""Rules of permission sets in IAM Identity Center.

Not here: who gets which (`assignment_rules.py`), attributes for access control (`access_attribute_rules.py`), and what
the policies allow (`permission_rules.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from saml_connectors.checks.known_values import known, text_of
from saml_connectors.checks.known_values import parts as parts_of
from saml_connectors.checks.role_policies import PERMISSION_SET, managed_policies, policies, with_stand_ins
from saml_connectors.checks.rule import Context, Hit, Rule
from saml_connectors.checks.spec_values import SpecValue
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.spec import policy_document
from saml_connectors.spec.findings import shown
from saml_connectors.spec.permission_set import (
    MAX_CUSTOMER_POLICIES,
    MAX_INLINE_CHARACTERS,
    MAX_POLICIES,
    PermissionSet,
    PermissionSetName,
)

_NAME, _SET = SpecValue(PermissionSetName), SpecValue(PermissionSet)


def _field(name: str, field: str | None, judged: SpecValue) -> Callable[[Template, Context], Iterator[Hit]]:
    """Finds permission sets whose property *name* breaks the rule that specs have for it."""

    def find(template: Template, _: Context) -> Iterator[Hit]:
        for each in template.of_type(PERMISSION_SET):
            value = text_of(each, name)
            rule = judged.broken(value if field is None else {field: value}) if value is not None else None
            if value is not None and rule is not None:
                yield Hit(resource=each, path=f"Properties.{name}", message=f"{name} is {shown(value)}, and {rule}")

    return find


def _policy_counts(template: Template, _: Context) -> Iterator[Hit]:
    for each in template.of_type(PERMISSION_SET):
        own = len(each.items("CustomerManagedPolicyReferences") or ())
        count = own + len(managed_policies(each))
        if own > MAX_CUSTOMER_POLICIES or count > MAX_POLICIES:
            message = f"there are {count} managed policies, {own} of them of the account's own; "
            message += f"{MAX_POLICIES} and {MAX_CUSTOMER_POLICIES} are the most"
            yield Hit(resource=each, path="Properties.ManagedPolicies", message=message)


def _foreign_policies(template: Template, _: Context) -> Iterator[Hit]:
    for each in template.of_type(PERMISSION_SET):
        for path, value in managed_policies(each):
            arn = known(value)
            if arn is not None and ":iam::aws:policy/" not in arn:
                yield Hit(resource=each, path=path, message=f"{shown(arn)} is not the ARN of one of AWS's own policies")


def _long_policies(template: Template, _: Context) -> Iterator[Hit]:
    for policy in policies(template):
        document = with_stand_ins(policy.document) if policy.owner.type == PERMISSION_SET else None
        size = policy_document.size(document) if isinstance(document, dict) else 0
        if size > MAX_INLINE_CHARACTERS:
            message = f"the inline policy has {size:,} characters, more than {MAX_INLINE_CHARACTERS:,}"
            yield Hit(resource=policy.resource, path=policy.path, message=message)


def _sets_twice(template: Template, _: Context) -> Iterator[Hit]:
    seen: dict[tuple[str, Any], Resource] = {}
    for each in template.of_type(PERMISSION_SET):
        name = text_of(each, "Name")
        if name is None or each.is_conditional:
            continue
        first = seen.setdefault((name.lower(), parts_of(each.get("InstanceArn"))), each)
        if first is not each:
            message = f"the name {shown(name)} is that of {first.logical_id} too"
            yield Hit(resource=each, path="Properties.Name", message=message)


_CFN_SET = "CloudFormation, AWS::SSO::PermissionSet"
_REFUSED = "Identity Center refuses it, and the deployment fails."

RULES: tuple[Rule, ...] = (
    Rule(
        code="permission-set-name",
        level="error",
        what="The name of a permission set has 1 to 32 letters, digits or any of `_+=,.@-`.",
        why=_REFUSED,
        fix="give it another name",
        source=_CFN_SET,
        find=_field("Name", None, _NAME),
    ),
    Rule(
        code="permission-set-twice",
        level="error",
        what="No two permission sets of an instance have the same name.",
        why=_REFUSED,
        fix="give one of them another name",
        source="IAM Identity Center API, CreatePermissionSet",
        find=_sets_twice,
    ),
    Rule(
        code="permission-set-duration",
        level="error",
        what="A session of a permission set lasts one to twelve hours, as an ISO 8601 duration.",
        why=_REFUSED,
        fix="write a duration such as PT8H",
        source=_CFN_SET,
        find=_field("SessionDuration", "session_duration", _SET),
    ),
    Rule(
        code="permission-set-description",
        level="error",
        what="The description of a permission set has at most 700 characters of Latin-1.",
        why=_REFUSED,
        fix="shorten it, and write plain dashes and quotes",
        source=_CFN_SET,
        find=_field("Description", "description", _SET),
    ),
    Rule(
        code="permission-set-relay-state",
        level="warning",
        what="The relay state of a permission set is an https URL of the console, of at most 240 characters.",
        why="Identity Center refuses a longer one; and one that is no page of the console leads people nowhere.",
        fix="write the URL of the page, such as https://console.aws.amazon.com/s3/",
        source=_CFN_SET,
        find=_field("RelayStateType", "relay_state", _SET),
    ),
    Rule(
        code="permission-set-policies",
        level="error",
        what="A permission set has at most 25 managed policies, and 20 of the account's own.",
        why=_REFUSED,
        fix="make fewer policies of them, or an inline one",
        source=_CFN_SET,
        find=_policy_counts,
    ),
    Rule(
        code="permission-set-managed-policy",
        level="error",
        what="The ARNs of a permission set's managed policies are of AWS's own.",
        why="Each account has its own managed policies, so Identity Center takes no ARN of one; the deployment fails.",
        fix="name it under CustomerManagedPolicyReferences, by name and path",
        source=_CFN_SET,
        find=_foreign_policies,
    ),
    Rule(
        code="permission-set-policy-size",
        level="error",
        what="The inline policy of a permission set has at most 32,768 characters.",
        why=_REFUSED,
        fix="make a managed policy of it in each account, and name it under CustomerManagedPolicyReferences",
        source=_CFN_SET,
        find=_long_policies,
    ),
)
