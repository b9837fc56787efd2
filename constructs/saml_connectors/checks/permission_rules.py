"""Rules of what people may do in roles and permission sets: rights without a limit, and policies that do not work.

Not here: who may assume a role (`trust_rules.py`).
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from saml_connectors.checks.access_attributes import access_keys
from saml_connectors.checks.known_values import parts as parts_of
from saml_connectors.checks.registrations import offering
from saml_connectors.checks.role_policies import (
    PERMISSION_SET,
    Allowed,
    Policy,
    federated_roles,
    managed_policies,
    policies,
    with_stand_ins,
)
from saml_connectors.checks.rule import Context, Hit, Rule
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.cloudformation.intrinsics import is_function
from saml_connectors.spec import policy_document
from saml_connectors.spec.findings import shown

_ADMINISTRATOR = ":policy/AdministratorAccess"
_VARIABLE = re.compile(r"\$\{(?:aws|saml|sts|s3|ec2|iam):", re.IGNORECASE)
_PRINCIPAL_TAG = re.compile(r"aws:PrincipalTag/([\w .:/=+\-@]{1,128})", re.IGNORECASE)
_IN_SUB = re.compile(r"\$\{\s*((?:aws|saml|sts):[^}]*)\}")
_IDENTITY_POOL_TAGS = "AWS::Cognito::IdentityPoolPrincipalTag"


def _administrators(template: Template, _: Context) -> Iterator[Hit]:
    for role in federated_roles(template):
        if role.has("PermissionsBoundary"):
            continue
        for path, value in managed_policies(role):
            last = parts_of(value)[-1:]
            if last and isinstance(last[0], str) and last[0].endswith(_ADMINISTRATOR):
                message = "people of the directory are administrators of the account: AdministratorAccess"
                yield Hit(resource=role, path=path, message=message)
    for policy, one in _allowed(template):
        if _everything(one) and not policy.owner.has("PermissionsBoundary") and policy.owner.type != PERMISSION_SET:
            message = f"people of the directory may do everything in {policy.owner.logical_id}: Action * on Resource *"
            yield Hit(resource=policy.resource, path=one.path, message=message)


def _allowed(template: Template) -> Iterator[tuple[Policy, Allowed]]:
    for policy in policies(template):
        for one in policy.statements:
            yield policy, one


def _everything(one: Allowed) -> bool:
    return "*" in (one.actions or ()) and _everywhere(one)


def _everywhere(one: Allowed) -> bool:
    return "*" in (one.resources or ()) and not one.is_conditional


def _anywhere(action: str, owner: str) -> Callable[[Template, Context], Iterator[Hit]]:
    """Finds statements that allow *action* on every resource, by its name or by a pattern of its service."""

    def find(template: Template, _: Context) -> Iterator[Hit]:
        for policy, one in _allowed(template):
            named = any(":" in each and fnmatch.fnmatchcase(action.lower(), each) for each in one.actions or ())
            if named and _everywhere(one) and not policy.owner.has("PermissionsBoundary"):
                message = f"people in {policy.owner.logical_id} may do {action} with {owner}"
                yield Hit(resource=policy.resource, path=one.path, message=message)

    return find


def _malformed(template: Template, _: Context) -> Iterator[Hit]:
    for policy in policies(template):
        document = with_stand_ins(policy.document)
        if not isinstance(document, Mapping):
            if isinstance(document, str):
                yield Hit(resource=policy.resource, path=policy.path, message="the policy is no JSON object")
            continue
        for problem in policy_document.faults(document):
            path = f"{policy.path}.{problem.field}" if problem.field else policy.path
            given = f", got {problem.given}" if problem.given is not None else ""
            yield Hit(resource=policy.resource, path=path, message=f"{problem.rule}{given}", fix=problem.fix)


def _versions(template: Template, _: Context) -> Iterator[Hit]:
    for policy in policies(template):
        document = with_stand_ins(policy.document)
        if isinstance(document, Mapping) and document.get("Version") != policy_document.VERSION:
            found = _VARIABLE.search(json.dumps(document, default=str))
            if found is not None:
                version = shown(document["Version"]) if "Version" in document else "none, which means 2008-10-17"
                message = f"the policy has variables such as {found[0]}…}}, and its version is {version}"
                yield Hit(resource=policy.resource, path=f"{policy.path}.Version", message=message)


def _in_sub(template: Template, _: Context) -> Iterator[Hit]:
    owners = {policy.resource.logical_id: policy.resource for policy in policies(template)}
    owners |= {role.logical_id: role for role in federated_roles(template)}
    for resource in owners.values():
        for text in _subs(resource.declared.get("Properties")):
            found = _IN_SUB.search(text)
            if found is not None:
                message = f"Fn::Sub takes ${{{found[1]}}} for something of the template"
                yield Hit(resource=resource, path="Properties", message=message)
                break


def _subs(value: Any) -> Iterator[str]:
    """The texts of the calls of Fn::Sub in *value*."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            if is_function(each) and "Fn::Sub" in each:
                argument = each["Fn::Sub"]
                text = argument[0] if isinstance(argument, list) and argument else argument
                if isinstance(text, str):
                    yield text
            waiting += each.values()


def _unknown_tags(template: Template, context: Context) -> Iterator[Hit]:
    sets = access_keys(context)
    for policy in policies(template):
        given = sets if policy.owner.type == PERMISSION_SET else _tags_of(policy.owner)
        document = with_stand_ins(policy.document)
        if given is None or not isinstance(document, Mapping):
            continue
        asked = {key.lower(): key for key in _PRINCIPAL_TAG.findall(json.dumps(document, default=str))}
        for lower, key in asked.items():
            if lower not in given:
                message = f"the policy asks for aws:PrincipalTag/{key}, which nothing gives to people in "
                message += policy.owner.logical_id
                yield Hit(resource=policy.resource, path=policy.path, message=message)


def _tags_of(role: Resource) -> set[str] | None:
    """Keys of the tags that people in *role* have, in lower case; None where they are not known."""
    template = role.template
    senders = offering(role)
    tags = role.items("Tags")
    if not senders or tags is None or template.of_type(_IDENTITY_POOL_TAGS):
        return None
    if not all(one.is_complete for one in senders):
        return None
    own = {str(each.get("Key")).lower() for each in tags if isinstance(each, dict)}
    return own | {key.lower() for one in senders for key in one.tags}


RULES: tuple[Rule, ...] = (
    Rule(
        code="role-administrator",
        level="warning",
        what="A role that people of the directory assume has a limit.",
        why="Whoever gets into one of its groups, or into the directory, owns the account.",
        fix="give the actions that are needed, set a permissions boundary, or suppress this with the reason",
        source="IAM User Guide, Security best practices",
        find=_administrators,
    ),
    Rule(
        code="role-pass-role",
        level="warning",
        what="Whoever may pass roles may pass named ones, or to named services.",
        why="People can run something in a role that may do more than they may, administrators' roles too.",
        fix="name the roles under Resource, or the service in a condition on iam:PassedToService",
        source="IAM User Guide, Grant a user permissions to pass a role",
        find=_anywhere("iam:PassRole", "every role"),
    ),
    Rule(
        code="role-assume-role",
        level="warning",
        what="Whoever may assume further roles may assume named ones.",
        why="Every role that trusts the account is open to these people, whatever it was made for.",
        fix="name the roles under Resource",
        source="IAM User Guide, Grant a user permissions to switch roles",
        find=_anywhere("sts:AssumeRole", "every role that trusts the account"),
    ),
    Rule(
        code="policy-document",
        level="error",
        what="The policies of roles and permission sets are documents that IAM can read.",
        why="IAM refuses others with MalformedPolicyDocument, and the deployment fails.",
        fix="write it as the IAM policy grammar says",
        source="IAM User Guide, Grammar of the IAM JSON policy language",
        find=_malformed,
    ),
    Rule(
        code="policy-version",
        level="warning",
        what=f"A policy with variables has the version {policy_document.VERSION}.",
        why="In the older version a variable is a plain text that equals nothing: the statement never applies.",
        fix=f'write Version: "{policy_document.VERSION}"',
        source="IAM User Guide, Version element",
        find=_versions,
    ),
    Rule(
        code="policy-variable-sub",
        level="error",
        what="A policy variable inside Fn::Sub is written so that CloudFormation leaves it alone.",
        why="CloudFormation looks for a resource of that name, and refuses the template.",
        fix="write an exclamation mark after the brace: ${!aws:PrincipalTag/CostCenter}",
        source="CloudFormation User Guide, Fn::Sub",
        find=_in_sub,
    ),
    Rule(
        code="principal-tag-unknown",
        level="warning",
        what="A policy asks only for tags that people get when they sign in.",
        why="A tag that nobody has equals nothing: the statement never applies, or a denial always does.",
        fix="send the tag from the directory, or correct its key",
        source="IAM User Guide, Pass session tags in AWS STS",
        find=_unknown_tags,
    ),
)
