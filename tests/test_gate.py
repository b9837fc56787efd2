"""Every example as the CDK's own validation, cdk-nag and cfn-lint see it: without a finding, or with a reason."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks

from saml_connectors.spec import load
from stacks.assembly import add_stacks

if TYPE_CHECKING:
    from collections.abc import Callable


pytestmark = pytest.mark.synth

ACKNOWLEDGED = {
    "AwsSolutions-COG2": "people sign in at the directory, which asks for the second factor",
    "AwsSolutions-COG8": "the feature plan is the author's choice, a field of the spec: `plus` costs more per person",
}
"""Findings of cdk-nag that are answered, each with its reason."""

IGNORED_BY_CFN_LINT = {
    "W3005": "the CDK itself lets a function wait for its role's policy by DependsOn, beside the reference",
}


def _synth(app: App, specs: Path) -> Path:
    stacks = add_stacks(app, load([specs]).raise_if_any())
    for stack in stacks:
        answers = [Acknowledgment(id=f"AwsSolutions::{code}", reason=reason) for code, reason in ACKNOWLEDGED.items()]
        Validations.of(stack).acknowledge(*answers)
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
