"""Claims about the rules as a validation plugin: the CDK's own report tells them, and acknowledgements work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Acknowledgment, App, CfnParameter, NestedStack, Stack, Stage, Validations
from aws_cdk.aws_iam import CfnSAMLProvider
from aws_cdk.aws_sns import Topic
from click.testing import CliRunner
from constructs import Construct

from saml_connectors import SpecError
from saml_connectors.cli import main
from saml_connectors.spec import load
from saml_connectors.suppression import suppress
from saml_connectors.validation_plugin import FederationChecks
from stacks.assembly import add_stacks

pytestmark = pytest.mark.synth

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CODE = "saml-provider-name"
ID = f"saml-connectors::{CODE}"


def provider(scope: Construct, name: str = "Jump Cloud!") -> CfnSAMLProvider:
    """A SAML provider in a construct of its own; unless it is given one, its name breaks a rule."""
    return CfnSAMLProvider(
        Construct(scope, "Sign-in"),
        "Resource",
        name=name,
        saml_metadata_document=CfnParameter(scope, "Document").value_as_string,
    )


def report(app: App, *, fails: bool) -> list[dict[str, Any]]:
    """What the CDK's report says of the plugin after synthesis: nothing where there is nothing to say."""
    if fails:
        with pytest.raises(RuntimeError, match="ValidationFailed"):
            app.synth()
    else:
        app.synth()
    told = json.loads((Path(app.outdir) / "validation-report.json").read_text())["pluginReports"]
    assert {each["pluginName"] for each in told} <= {"saml-connectors"}
    return [each for each in told if each["pluginName"] == "saml-connectors"]


@pytest.fixture
def app(new_app: Callable[..., App]) -> App:
    """An app with the plugin, and a stack in which it finds nothing."""
    app = new_app()
    Topic(Stack(app, "Quiet"), "Topic")
    Validations.of(app).add_plugins(FederationChecks(now=NOW))
    return app


def test_an_error_is_told_and_stops_the_synthesis(app: App) -> None:
    """With rule, sentence, way out, construct, property, and where the rule comes from."""
    provider(Stack(app, "Portal"))
    (found,) = report(app, fails=True)
    (violation,) = found["violations"]
    assert found["conclusion"] == "failure"
    assert (violation["ruleName"], violation["severity"]) == (CODE, "error")
    assert "Jump Cloud!" in violation["description"]
    assert violation["suggestedFix"]
    assert violation["ruleMetadata"]["source"]
    (construct,) = violation["violatingConstructs"]
    assert construct["constructPath"] == "Portal/Sign-in/Resource"
    assert construct["cloudFormationResource"]["propertyPaths"] == ["Properties.Name"]


def test_a_clean_app_is_not_in_the_report(app: App, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed either."""
    provider(Stack(app, "Portal"), "JumpCloud")
    assert report(app, fails=False) == []
    assert "saml-connectors" not in "".join(capfd.readouterr())


def test_nested_stacks_and_stages_are_judged_too(app: App) -> None:
    """One finding each, at its own construct, whichever assembly its template is in."""
    stage = Stage(app, "Prod")
    stack = Stack(stage, "Portal")
    nested = NestedStack(stack, "Nested")
    provider(nested, "a b")
    provider(NestedStack(nested, "Deep"), "c d")
    provider(stack, "e f")
    (found,) = report(app, fails=True)
    told = {(each["description"], each["violatingConstructs"][0]["constructPath"]) for each in found["violations"]}
    assert {path for _, path in told} == {
        f"Prod/Portal/{part}Sign-in/Resource" for part in ("", "Nested/", "Nested/Deep/")
    }
    arguments = ["check", "--now", "2026-11-22", "--format", "json", app.outdir]
    findings = json.loads(CliRunner().invoke(main, arguments).stdout)["findings"]
    assert {each["message"] for each in findings} == {description for description, _ in told}
    assert {each["template"].count("/") for each in findings} == {1, 2, 3}
    assert all(each["line"] for each in findings)


def test_a_plugin_of_a_stage_judges_that_stage_alone(new_app: Callable[..., App]) -> None:
    """As the CDK has it for every plugin."""
    app = new_app()
    provider(Stack(app, "Outside"))
    stage = Stage(app, "Prod")
    provider(Stack(stage, "Inside"), "a b")
    Validations.of(stage).add_plugins(FederationChecks(now=NOW))
    (found,) = report(app, fails=True)
    (violation,) = found["violations"]
    assert violation["violatingConstructs"][0]["constructPath"] == "Prod/Inside/Sign-in/Resource"


@pytest.mark.parametrize("where", ["resource", "construct", "stack"])
def test_an_acknowledgement_counts_in_the_report_and_in_check(where: str, app: App) -> None:
    """At the construct and all below it; the CDK lists it with its reason, and `check` of the assembly agrees."""
    stack = Stack(app, "Portal")
    resource = provider(stack)
    scope = {"resource": resource, "construct": resource.node.scope, "stack": stack}[where]
    assert scope is not None
    Validations.of(scope).acknowledge(Acknowledgment(id=ID, reason="the console knows it by this name"))
    (found,) = report(app, fails=False)
    (suppressed,) = found["suppressedViolations"]
    assert (found["violations"], suppressed["reason"]) == ([], "the console knows it by this name")
    said = CliRunner().invoke(main, ["check", "--now", "2026-11-22", app.outdir])
    assert said.exit_code == 0
    assert f"because: the console knows it by this name [{CODE}]" in said.stdout


@pytest.mark.parametrize("composite", [True, False])
def test_a_suppression_in_the_template_counts_everywhere(composite: bool, app: App) -> None:
    """At a resource, or at what holds it; `check` honours it in the template alone, without the assembly."""
    stack = Stack(app, "Portal")
    resource = provider(stack)
    suppress(stack if composite else resource, CODE, "as agreed", until=date(2026, 12, 31))
    suppress(resource, "metadata-doctype", "another")
    found = report(app, fails=False)
    told = [each["ruleName"] for one in found for each in one["violations"]]
    assert told == ["suppression-unused"]
    template = Path(app.outdir, "Portal.template.json")
    (declared,) = json.loads(template.read_text())["Resources"].values()
    assert declared["Metadata"]["saml-connectors"]["suppress"] == [
        {"code": CODE, "reason": "as agreed", "until": "2026-12-31"},
        {"code": "metadata-doctype", "reason": "another"},
    ]
    for day, code in (("2026-12-31", 0), ("2027-01-01", 1)):
        assert CliRunner().invoke(main, ["check", "--now", day, str(template)]).exit_code == code


def test_a_wrong_suppression_is_refused_where_it_is_written(new_app: Callable[..., App]) -> None:
    """No such rule, no reason, nothing to write it at."""
    stack = Stack(new_app(), "Portal")
    with pytest.raises(SpecError, match=rf"did you mean {CODE}\? \[suppression-code-unknown\]"):
        suppress(provider(stack), "saml-provider-nam", "x")
    with pytest.raises(SpecError, match="suppression-no-reason"):
        suppress(stack, CODE, " ")
    with pytest.raises(SpecError, match="suppression-no-resource"):
        suppress(Construct(stack, "Empty"), CODE, "x")


def test_a_wrong_suppression_in_a_template_stops_the_synthesis(app: App) -> None:
    """It is told at its resource."""
    resource = provider(Stack(app, "Portal"), "JumpCloud")
    resource.add_metadata("saml-connectors", {"suppress": [{"code": "no-such-rule", "reason": "x"}]})
    (found,) = report(app, fails=True)
    (violation,) = found["violations"]
    assert violation["ruleName"] == "suppression-code-unknown"
    assert violation["violatingConstructs"][0]["constructPath"] == "Portal/Sign-in/Resource"


def test_our_own_examples_are_clean(app: App, project: Path) -> None:
    """What a newcomer copies has nothing in the report."""
    add_stacks(app, load([project / "connectors"]).raise_if_any())
    assert report(app, fails=False) == []


APP = """
from aws_cdk import App, CfnParameter, Stack, Validations
from aws_cdk.aws_iam import CfnSAMLProvider
import saml_connectors
app = App()
stack = Stack(app, "Portal")
document = CfnParameter(stack, "Document").value_as_string
CfnSAMLProvider(stack, "Provider", name="Jump Cloud!", saml_metadata_document=document)
Validations.of(app).add_plugins(saml_connectors.FederationChecks())
app.synth()
"""


def test_cdk_synth_prints_it_in_its_own_report(tmp_path: Path, project: Path) -> None:
    """The CDK's command line ends with exit code 1, and says how to acknowledge."""
    (tmp_path / "app.py").write_text(APP)
    command = [str(project / "node_modules" / ".bin" / "cdk"), "synth", "-q", "--app", f"{sys.executable} app.py"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=os.environ)  # noqa: S603 - a pinned tool of ours
    output = said.stdout + said.stderr
    assert said.returncode == 1
    assert "Jump Cloud!" in output
    assert f"Acknowledge with '{ID}'" in output
    assert "Portal/Provider" in output
    assert "Traceback" not in output
