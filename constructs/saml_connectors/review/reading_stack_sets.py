"""StackSets that give further accounts a SAML provider and roles, as a review tells them.

Not here: the roles of the connector's own account (`reading_iam.py`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from saml_connectors.cloudformation import Template
from saml_connectors.cloudformation.intrinsics import plain_text
from saml_connectors.review.held import Held, value, values
from saml_connectors.review.model import Part, Place
from saml_connectors.review.reading_iam import role_facts, role_name
from saml_connectors.review.values import ROLE, SAML_PROVIDER, fields_of, unnamed

if TYPE_CHECKING:
    from saml_connectors.cloudformation import Resource
    from saml_connectors.review.facts import Fact

STACK_SET = "AWS::CloudFormation::StackSet"
_BODY = frozenset({"TemplateBody"})


def read_stack_set(held: Held, stack_set: Resource) -> tuple[Part, dict[Fact, Place]]:
    """A StackSet, and the roles that its template makes in each of its accounts."""
    place = held.place(stack_set)
    name = value(stack_set, "StackSetName") or unnamed(stack_set)
    fields = fields_of(stack_set, _BODY)
    accounts = accounts_of(stack_set)
    data = _body(stack_set)
    if data is None:
        fields["TemplateBody"] = "what cannot be known"
        return Part(place, stack_set.type, "StackSet", name, lambda: fields, stack_set), {}
    found: dict[Fact, Place] = {}
    made: dict[str, list[str]] = {}
    for account in accounts or [f"the accounts of StackSet {name}"]:
        template = Template(data, name=name, file=stack_set.template.file, account=account if accounts else None)
        for role in template.of_type(ROLE):
            if _is_there(role):
                made.setdefault(role_name(role), []).append(account)
                found.update(dict.fromkeys(role_facts(role, f"every account of StackSet {name}"), place))
    for made_role, where in made.items():
        fields[f"role {made_role} is made in"] = ", ".join(sorted(where))
    template = Template(data, name=name, file=stack_set.template.file)
    for resource in template.of_type(ROLE, SAML_PROVIDER):
        leave = frozenset({"SamlMetadataDocument", "AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns"})
        for field, given in fields_of(resource, leave).items():
            shown = role_name(resource) if resource.type == ROLE else value(resource, "Name") or unnamed(resource)
            fields[f"{shown}.{field}"] = given
    return Part(place, stack_set.type, "StackSet", name, lambda: fields, stack_set), found


def accounts_of(stack_set: Resource) -> list[str]:
    """The accounts that it deploys to, where it lists them."""
    groups = stack_set.get("StackInstancesGroup")
    count = len(groups) if isinstance(groups, list) else 0
    return sorted(
        {
            account
            for index in range(count)
            for account in values(stack_set, "StackInstancesGroup", index, "DeploymentTargets", "Accounts")
        }
    )


def _body(stack_set: Resource) -> dict[str, Any] | None:
    given = plain_text(stack_set.get("TemplateBody"))
    try:
        data = json.loads(given) if given is not None else None
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _is_there(role: Resource) -> bool:
    """Whether its condition, an equality of what is known, holds in the template's account; any other is taken to."""
    conditions = role.template.data.get("Conditions")
    condition = conditions.get(role.declared.get("Condition")) if isinstance(conditions, dict) else None
    equals = condition.get("Fn::Equals") if isinstance(condition, dict) else None
    if not isinstance(equals, list) or len(equals) != 2:  # noqa: PLR2004 - an equality has two sides
        return True
    first, second = (plain_text(role.template.evaluate(side)) for side in equals)
    return first is None or second is None or first == second
