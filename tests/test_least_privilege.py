"""Claims about the rights of every Lambda function in every example: exact ARNs, no action too many, or a reason.

That each right is needed, and that they suffice, is proved by `test_end_to_end_least_privilege.py`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from saml_connectors.spec import load, parse
from stacks.assembly import add_stacks
from tests.watch_fixtures import POOL, certificate_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.synth

FOLDERS = ["connectors", "tests/specs"]

ALLOWED = {
    "jumpcloud.handler.handle": {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyPair",
        "cloudwatch:PutMetricData",
        "cognito-idp:GetSigningCertificate",
    },
    "identity_store.handler.handle": {"logs:CreateLogStream", "logs:PutLogEvents", "identitystore:GetGroupId"},
    "pre_token.handler.handle": {"logs:CreateLogStream", "logs:PutLogEvents"},
    "watch.handler.handle": {"logs:CreateLogStream", "logs:PutLogEvents", "cloudwatch:PutMetricData"},
}
"""All that a function may ever do, by its handler; that of the last two with their folder before it."""

FOLDER_OF = {"cognito:groups": "pre_token", "days are left": "watch"}
"""What the description of a function says, and the folder of its asset."""

NOT_EXACT = {
    (
        "secretsmanager:GetSecretValue",
        "secret:<name>-??????",
    ): "Secrets Manager ends an ARN with six characters of its own, "
    "which a spec that names a secret does not know; the name before them is whole",
    ("cloudwatch:PutMetricData", "*"): "the action knows no resources; a condition allows one namespace alone",
    ("identitystore:GetGroupId", "identitystore::*:identitystore/"): "the account of an identity store is another one "
    "where a delegated administrator deploys; the id of the store names it among all",
    ("identitystore:GetGroupId", "identitystore:::group/*"): "the ids of groups are what is asked for; the store that "
    "they are in is named beside them",
}
"""What is no exact ARN, by action and the part of the ARN that is open, with the reason."""

PATTERNS = {
    "secret:<name>-??????": r":secret:[^*?:]+-\?{6}$",
    "*": r"^\*$",
    "identitystore::*:identitystore/": r":identitystore::\*:identitystore/[^*?]+$",
    "identitystore:::group/*": r":identitystore:::group/\*$",
}
POLICIES = {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}
NEEDED_CONDITIONS = {
    "cloudwatch:PutMetricData": {"StringEquals": {"cloudwatch:namespace": "SamlConnectors"}},
}


class Right(NamedTuple):
    """One action on one resource."""

    stack: str
    handler: str
    action: str
    resource: str
    condition: Any


def _texts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _shown(value: Any) -> str:
    """A resource as a text: what is another resource of the template, or of the account, in angle brackets."""
    if isinstance(value, str):
        return value
    ((function, given),) = value.items()
    if function == "Fn::Join":
        return str(given[0]).join(_shown(each) for each in given[1])
    if function == "Ref":
        return f"<{given}>"
    assert function == "Fn::GetAtt", f"a resource of a policy is made by {function}, of which nothing is known"
    return f"<{'.'.join(given)}>"


def _handler(function: dict[str, Any]) -> str:
    """Which function it is; two of them have a handler of the same name, and are told apart by what they do."""
    handler, does = str(function["Properties"]["Handler"]), str(function["Properties"]["Description"])
    if handler in ALLOWED:
        return handler
    (folder,) = (name for words, name in FOLDER_OF.items() if words in does)
    return f"{folder}.{handler}"


def _rights(name: str, template: Mapping[str, Any]) -> Iterator[Right]:
    """What each function's role may do, in its own policies and in those that are attached to it."""
    resources: dict[str, dict[str, Any]] = template["Resources"]
    functions = [each for each in resources.values() if each["Type"] == "AWS::Lambda::Function"]
    for function in functions:
        role_id = function["Properties"]["Role"]["Fn::GetAtt"][0]
        role = resources[role_id]["Properties"]
        assert "ManagedPolicyArns" not in role, f"{name}: {role_id} has a managed policy, which says more than it needs"
        documents = [each["PolicyDocument"] for each in role.get("Policies", [])]
        policies = [each["Properties"] for each in resources.values() if each["Type"] in POLICIES]
        documents += [each["PolicyDocument"] for each in policies if {"Ref": role_id} in _texts(each.get("Roles", []))]
        for statement in (each for document in documents for each in document["Statement"]):
            assert statement["Effect"] == "Allow"
            assert not statement.keys() & {"NotAction", "NotResource", "Principal"}
            for action in _texts(statement["Action"]):
                for resource in _texts(statement["Resource"]):
                    yield Right(name, _handler(function), action, _shown(resource), statement.get("Condition"))


@pytest.fixture(scope="module")
def rights(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Right]:
    """Every right of every function of every example, and of one that pins Cognito's certificate, as none does."""
    root = request.config.rootpath
    context = json.loads((root / "cdk.json").read_text())["context"]
    found: list[Right] = []
    for folder in FOLDERS:
        app = App(outdir=str(tmp_path_factory.mktemp("synth")), context=context)
        for stack in add_stacks(app, load([root / folder]).raise_if_any()):
            found += _rights(stack.stack_name, Template.from_stack(stack).to_json())
    app = App(outdir=str(tmp_path_factory.mktemp("synth")), context=context)
    pem = f"-----BEGIN CERTIFICATE-----\n{certificate_of(365)}\n-----END CERTIFICATE-----"
    pinning = {**POOL, "application": {**POOL["application"], "sp_certificate": pem}}
    (stack,) = add_stacks(app, [parse(pinning)])
    return [*found, *_rights(stack.stack_name, Template.from_stack(stack).to_json())]


def _open_part(right: Right) -> tuple[str, str] | None:
    """The entry of `NOT_EXACT` that a resource is about."""
    for action, part in NOT_EXACT:
        if right.action == action and re.search(PATTERNS[part], right.resource):
            return action, part
    return None


def test_every_function_of_every_example_is_looked_at(rights: list[Right]) -> None:
    """Each of the four functions is there, and each has rights."""
    assert {right.handler for right in rights} == set(ALLOWED)


def test_no_function_may_do_what_it_has_no_use_for(rights: list[Right]) -> None:
    """No wildcard in an action, and no action that is not in the list; none of the list that no example has."""
    used: dict[str, set[str]] = {}
    for right in rights:
        assert right.action in ALLOWED[right.handler], right
        used.setdefault(right.handler, set()).add(right.action)
    assert used == ALLOWED


def test_every_resource_is_an_exact_arn_or_has_its_reason(rights: list[Right]) -> None:
    """What is open is told with its reason; a reason that nothing needs is taken away."""
    used = set()
    for right in rights:
        if not re.search(r"[*?]", right.resource):
            assert right.resource.startswith(("<", "arn:")), right
            continue
        entry = _open_part(right)
        assert entry is not None, f"open, without a reason: {right}"
        used.add(entry)
    assert used == set(NOT_EXACT)


def test_an_action_that_knows_no_resource_has_its_condition(rights: list[Right]) -> None:
    """Metrics go into one namespace alone."""
    conditions = [(right, NEEDED_CONDITIONS.get(right.action)) for right in rights]
    assert [right for right, needed in conditions if needed and right.condition != needed] == []
    assert any(needed for _, needed in conditions)


def test_a_key_encrypts_for_secrets_manager_alone(rights: list[Right]) -> None:
    """With the key itself the function can only make new pairs: it decrypts nothing that is not one of its secrets."""
    direct = {right.action for right in rights if right.action.startswith("kms:") and not right.condition}
    assert direct == {"kms:GenerateDataKeyPair"}
