"""Rules over the trigger that puts groups into tokens: whether Cognito may call it.

Not here: what the function does, and how groups get into the pool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saml_connectors.checks.known_values import parts, text_of
from saml_connectors.checks.rule import Hit, Rule
from saml_connectors.checks.saml_trusts import says_all
from saml_connectors.checks.user_pools import POOL, federated
from saml_connectors.cloudformation.intrinsics import Reference
from saml_connectors.provider.jumpcloud import contract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.checks.rule import Context
    from saml_connectors.cloudformation import Resource, Template

_FUNCTION, _PERMISSION = "AWS::Lambda::Function", "AWS::Lambda::Permission"
_COGNITO = "cognito-idp.amazonaws.com"
_PLACES = (("LambdaConfig", "PreTokenGenerationConfig", "LambdaArn"), ("LambdaConfig", "PreTokenGeneration"))


def _not_allowed(template: Template, _: Context) -> Iterator[Hit]:
    for pool in federated(template) if says_all(template) else ():
        for path in _PLACES:
            function = pool.resource.target(*path) if pool.resource is not None else None
            if pool.resource is None or function is None or function.type != _FUNCTION:
                continue
            if not _may_be_allowed(function, pool.resource):
                message = f"Cognito may not call {function.logical_id}, which the pool calls before each token"
                yield Hit(resource=pool.resource, path=".".join(("Properties", *path)), message=message)
                break


def _may_be_allowed(function: Resource, pool: Resource) -> bool:
    """Whether a permission of the template lets Cognito call *function*, or somebody else may have given one."""
    template = function.template
    outputs = (part for value in template.outputs.values() for part in parts(value))
    if any(isinstance(part, Reference) and part.logical_id == function.logical_id for part in outputs):
        return True
    return any(
        _is_permission(each, function, pool) if each.type == _PERMISSION else _is_maker(each, function)
        for each in template.resources.values()
    )


def _is_permission(permission: Resource, function: Resource, pool: Resource) -> bool:
    of, source = permission.target("FunctionName"), permission.target("SourceArn")
    if of is not None and of.type == _FUNCTION and of is not function:
        return False
    if source is not None and source.type == POOL and source is not pool:
        return False
    return text_of(permission, "Principal") in {None, _COGNITO, "*"}


def _is_maker(resource: Resource, function: Resource) -> bool:
    """Whether a custom resource knows the function, and may have added a permission."""
    custom = resource.type.startswith("Custom::") or resource.type == "AWS::CloudFormation::CustomResource"
    return custom and resource.type not in contract.TYPES and function.logical_id in resource.references


RULES: tuple[Rule, ...] = (
    Rule(
        code="groups-trigger-not-allowed",
        level="error",
        what="Cognito may call the function that a pool names to be asked before each token.",
        why="Cognito gets no answer, and each sign-in fails with an error of the trigger.",
        fix=f"add an AWS::Lambda::Permission of lambda:InvokeFunction for {_COGNITO}, with the pool's ARN as SourceArn",
        source="Amazon Cognito Developer Guide, Customizing user pool workflows with Lambda triggers",
        find=_not_allowed,
    ),
)
