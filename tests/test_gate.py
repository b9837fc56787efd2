"""Every example as the CDK's own validation, cdk-nag and cfn-lint see it: without a finding, or with a reason."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks

from saml_connectors.connector_watch import ConnectorWatch
from saml_connectors.expiry_meter import ExpiryMeter
from saml_connectors.identity_store_group import GroupFinder
from saml_connectors.signing_certificates import SigningCertificate
from saml_connectors.spec import load
from stacks.assembly import add_stacks
from stacks.iam_stack import IamAccountStack, IamStack
from stacks.identity_center_stack import IdentityCenterAccessStack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aws_cdk import Stack

    from saml_connectors.spec import Role


pytestmark = pytest.mark.synth

ACKNOWLEDGED = {
    "AwsSolutions-COG2": "people sign in at the directory, which asks for the second factor",
    "AwsSolutions-COG8": "the feature plan is the author's choice, a field of the spec: `plus` costs more per person",
}
"""Findings of cdk-nag that are answered, each with its reason."""

THE_AUTHORS_CHOICE = "what a role may do is the author's choice, and stands in the spec"
"""Answers findings about the roles of a spec, by what the spec says; the library's own roles get no such answer."""

NO_ROTATION = "a deployment for each phase rotates it: no schedule knows whether AWS trusts the new certificate already"
"""Answers findings about the secrets that keep key pairs."""

NO_RESOURCES = "cloudwatch:PutMetricData knows no resources; a condition allows one namespace alone"
ANY_ACCOUNT = "the account of an identity store is not known where it is administered from another; its id names it"
ANY_GROUP = "the ids of groups are what is asked for; the store that they are in is named beside them"
"""Answers findings about the library's own roles, each at the construct that it is about."""

IGNORED_BY_CFN_LINT = {
    "W3005": "the CDK itself lets a function wait for its role's policy by DependsOn, beside the reference",
}


def _chosen(role: Role) -> Iterator[str]:
    """What cdk-nag calls its findings about what the spec says that *role* may do."""
    for name in role.managed_policies:
        for partition in ("<AWS::Partition>", "aws", "aws-us-gov", "aws-cn"):
            arn = name if name.startswith("arn:") else f"arn:{partition}:iam::aws:policy/{name}"
            yield f"AwsSolutions::AwsSolutions-IAM4[Policy::{arn}]"
    for document in role.inline_policies.values():
        given = document["Statement"]
        for statement in given if isinstance(given, list | tuple) else [given]:
            for kind in ("Action", "Resource"):
                values = statement.get(kind, [])
                for value in [values] if isinstance(values, str) else values:
                    if "*" in value:
                        shown = re.sub(r"\$\{(.*?)\}", r"<\1>", value)
                        yield f"AwsSolutions::AwsSolutions-IAM5[{kind}::{shown}]"


def _answer_for_functions(stack: Stack) -> None:
    """The wildcards that the functions beside a connector need, and no other: one more fails the gate."""
    for each in stack.node.find_all():
        if isinstance(each, ExpiryMeter | ConnectorWatch):
            found = {"*": NO_RESOURCES}
        elif isinstance(each, GroupFinder):
            found = {"arn:<AWS::Partition>:identitystore:::group/*": ANY_GROUP}
            found |= {
                f"arn:<AWS::Partition>:identitystore::*:identitystore/{store}": ANY_ACCOUNT for store in _stores(stack)
            }
        else:
            continue
        answers = [
            Acknowledgment(id=f"AwsSolutions::AwsSolutions-IAM5[Resource::{resource}]", reason=reason)
            for resource, reason in found.items()
        ]
        Validations.of(each).acknowledge(*answers)


def _answer_for_certificates(stack: Stack) -> None:
    """Secrets of certificates, and no other, are not rotated by a schedule."""
    for each in stack.node.find_all():
        if isinstance(each, SigningCertificate):
            Validations.of(each).acknowledge(Acknowledgment(id="AwsSolutions::AwsSolutions-SMG4", reason=NO_ROTATION))


def _stores(stack: Stack) -> Iterator[str]:
    """The identity store of a stack, by its connector's spec."""
    if isinstance(stack, IdentityCenterAccessStack):
        yield stack.access._spec.instance.identity_store_id


def _synth(app: App, specs: Path) -> Path:
    stacks = add_stacks(app, load([specs]).raise_if_any())
    for stack in stacks:
        answers = [Acknowledgment(id=f"AwsSolutions::{code}", reason=reason) for code, reason in ACKNOWLEDGED.items()]
        Validations.of(stack).acknowledge(*answers)
        _answer_for_functions(stack)
        _answer_for_certificates(stack)
        if not isinstance(stack, IamStack | IamAccountStack):
            continue
        for name, role in stack.connector.roles.items():
            told = [
                Acknowledgment(id=each, reason=THE_AUTHORS_CHOICE) for each in _chosen(stack.connector.spec.roles[name])
            ]
            if told:
                Validations.of(role).acknowledge(*told)
    Validations.of(app).add_plugins(AwsSolutionsChecks())
    return Path(app.synth().directory)


@pytest.mark.parametrize("folder", ["connectors", "tests/specs"])
def test_examples_pass_every_check(
    folder: str, project: Path, new_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CDK's validation as errors, cdk-nag's AWS Solutions pack and cfn-lint find nothing that is not answered."""
    monkeypatch.delenv("CDK_VALIDATION")
    flags: dict[str, Any] = {"@aws-cdk/core:validateAgainstDefaultRules": True}
    assembly = _synth(new_app(**flags), project / folder)
    templates = sorted(str(each) for each in assembly.glob("*.template.json"))
    assert templates
    command = [
        str(Path(sys.executable).with_name("cfn-lint")),
        "--ignore-checks",
        *IGNORED_BY_CFN_LINT,
        "--",
        *templates,
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a pinned tool of ours
    assert said.returncode == 0, said.stdout + said.stderr


def test_a_finding_without_an_answer_fails_the_gate(
    project: Path, new_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate bites: take one answer away, and the synth fails."""
    monkeypatch.delenv("CDK_VALIDATION")
    monkeypatch.delitem(ACKNOWLEDGED, "AwsSolutions-COG8")
    app = new_app(**{"@aws-cdk/core:validateAgainstDefaultRules": True})
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        _synth(app, project / "connectors")


def test_a_wildcard_beside_those_that_are_answered_fails_the_gate(
    project: Path, new_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answers for Identity Center are for three resources of two functions: take one away, and the synth fails."""
    monkeypatch.delenv("CDK_VALIDATION")
    monkeypatch.setattr(sys.modules[__name__], "_stores", lambda _stack: iter(()))
    app = new_app(**{"@aws-cdk/core:validateAgainstDefaultRules": True})
    with pytest.raises(RuntimeError, match=r"identitystore::\*:identitystore/d-9067000001"):
        _synth(app, project / "tests" / "specs" / "workforce.yaml")
