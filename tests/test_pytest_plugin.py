"""Claims about the pytest plugin: what its fixtures give, how a failure reads, and that it costs nothing unasked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml

from saml_connectors.problems import SpecError
from saml_connectors.spec import load_one, parse
from saml_connectors.testing import CheckConnectors, ConnectorTemplates, Synth

pytest_plugins = ["pytester", "tests.rule_examples_fixtures"]

PROJECT = Path(__file__).parents[1]
PORTAL, BOOKMARK = PROJECT / "connectors" / "portal.yaml", PROJECT / "connectors" / "portal-bookmark.yaml"
PAGE = (PROJECT / "docs" / "testing.md").read_text("utf-8")
ANY_AUDIENCE = """\
Resources:
  Directory:
    Type: AWS::IAM::SAMLProvider
    Properties: { Name: Directory, SamlMetadataDocument: !Ref Metadata }
  Engineer:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - { Effect: Allow, Action: sts:AssumeRoleWithSAML, Principal: { Federated: !GetAtt Directory.Arn } }
Parameters:
  Metadata: { Type: String }
"""
ADMINISTRATOR = ANY_AUDIENCE.replace(
    "GetAtt Directory.Arn } }",
    'GetAtt Directory.Arn }, Condition: { StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml" } } }',
).replace(
    "    Properties:\n", '    Properties:\n      ManagedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"]\n'
)


@pytest.fixture
def users_project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project of somebody who has installed the package, and nothing else of ours."""
    monkeypatch.setenv("PYTHONPATH", str(PROJECT / "constructs"))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    (pytester.path / "connectors").mkdir()
    for each in (PROJECT / "connectors").glob("*.yaml"):
        (pytester.path / "connectors" / each.name).write_text(each.read_text("utf-8"), "utf-8")
    (pytester.path / "cdk.json").write_text((PROJECT / "cdk.json").read_text())
    return pytester


@pytest.fixture
def fails(tmp_path: Path) -> Path:
    """A template with an error."""
    file = tmp_path / "any_audience.yaml"
    file.write_text(ANY_AUDIENCE)
    return file


def plugin() -> list[str]:
    """Options that load the plugin where the installed package was installed before it had one."""
    names = {each.name for each in entry_points(group="pytest11")}
    return [] if "saml_connectors" in names else ["-p", "saml_connectors.pytest_plugin"]


def test_the_package_names_its_plugin() -> None:
    """So that `pip install` is all that a user does."""
    text = (PROJECT / "pyproject.toml").read_text()
    assert '[project.entry-points.pytest11]\nsaml_connectors = "saml_connectors.pytest_plugin"\n' in text


def test_a_test_run_without_the_fixtures_loads_no_cdk(users_project: pytest.Pytester) -> None:
    """Nor what reads and judges templates: collecting tests is as fast as without the plugin."""
    users_project.makepyfile(
        """
        import sys

        def test_nothing_is_loaded(pytestconfig):
            assert pytestconfig.pluginmanager.has_plugin("saml_connectors.pytest_plugin") or \\
                pytestconfig.pluginmanager.has_plugin("saml_connectors")
            heavy = ("aws_cdk", "jsii", "pydantic", "yaml", "saml_connectors.checks", "saml_connectors.spec")
            assert not [name for name in heavy if name in sys.modules]
        """
    )
    done = users_project.runpytest_subprocess(*plugin(), "-W", "error")
    done.assert_outcomes(passed=1)


def test_fixtures_say_what_they_are(users_project: pytest.Pytester) -> None:
    """`pytest --fixtures` lists them with a sentence each."""
    done = users_project.runpytest_subprocess(*plugin(), "--fixtures")
    for name in ("synth", "connector_template", "check_connectors"):
        done.stdout.re_match_lines([rf"{name} \[session scope\].*", r"    \S.*\."])


@pytest.mark.synth
def test_the_example_of_the_documentation_runs(users_project: pytest.Pytester) -> None:
    """As somebody pastes it, in a project of his own, with warnings as errors."""
    (example,) = re.findall(r"^```py\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    users_project.mkdir("tests")
    (users_project.path / "tests" / "test_sign_in.py").write_text(example)
    (users_project.path / "tests" / "any_audience.yaml").write_text(ANY_AUDIENCE)
    done = users_project.runpytest_subprocess(*plugin(), "-W", "error")
    done.assert_outcomes(passed=example.count("def test_"))


def test_a_failure_is_the_list_of_findings(users_project: pytest.Pytester) -> None:
    """As the documentation shows it, without a traceback through our code, and without Node."""
    users_project.mkdir("tests")
    (users_project.path / "tests" / "any_audience.yaml").write_text(ANY_AUDIENCE)
    users_project.makepyfile(
        """
        import sys

        def test_trust(check_connectors):
            check_connectors("tests/any_audience.yaml")

        def test_the_cdk_is_not_needed_for_that():
            assert "aws_cdk" not in sys.modules
        """
    )
    done = users_project.runpytest_subprocess(*plugin(), "-W", "error")
    done.assert_outcomes(passed=1, failed=1)
    (_, shown) = re.findall(r"^```\n(saml-connectors check: .*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0].split("\n", 1)
    told = done.stdout.str().replace(f"{users_project.path}/", "")
    assert f"saml-connectors check: 1 template: 1 error, 0 warnings\n{shown}" in told
    assert "expectation.py" not in told


def test_warnings_fail_a_strict_check_only(check_connectors: CheckConnectors, tmp_path: Path) -> None:
    """Certain failures fail always; the report is given back for closer looks."""
    warns = tmp_path / "administrator.yaml"
    warns.write_text(ADMINISTRATOR)
    report = check_connectors(warns)
    assert {each.code for each in report.findings} == {"role-administrator"}
    with pytest.raises(pytest.fail.Exception, match=r"0 errors, 1 warning\n.*role-administrator"):
        check_connectors(warns, strict=True)


def test_suppressions_need_a_reason_and_a_rule_that_is_there(
    check_connectors: CheckConnectors, fails: Path, tmp_path: Path
) -> None:
    """In Python and in a file alike."""
    report = check_connectors(fails, suppress={"trust-no-audience": "until the IdP sends one"})
    assert [each.suppressed for each in report.suppressed] == ["until the IdP sends one"]
    with pytest.raises(SpecError, match="suppression-no-reason"):
        check_connectors(fails, suppress={"trust-no-audience": " "})
    with pytest.raises(SpecError, match="did you mean trust-no-audience"):
        check_connectors(fails, suppress={"trust-no-audienc": "a reason"})
    file = tmp_path / "suppressions.yaml"
    file.write_text("- { code: trust-no-audience, reason: until the IdP sends one }\n")
    assert check_connectors(fails, suppressions=file).suppressed
    file.write_text("- { code: trust-no-audience }\n")
    with pytest.raises(pytest.fail.Exception, match="suppression-no-reason"):
        check_connectors(fails, suppressions=file)


def test_certificates_are_judged_by_the_time_that_is_given(
    check_connectors: CheckConnectors, rule_example: Callable[[str, str], object], rule_time: datetime
) -> None:
    """A test that is green today is green next year where it says so."""
    example = rule_example("metadata-expired", "fails")
    with pytest.raises(pytest.fail.Exception, match="metadata-expired"):
        check_connectors(example, now=rule_time)  # type: ignore[arg-type]  # an assembly of the fixture
    check_connectors(example, now=datetime(2024, 6, 1, tzinfo=UTC))  # type: ignore[arg-type]  # likewise


def test_nothing_to_check_is_a_mistake(check_connectors: CheckConnectors) -> None:
    """It would be green whatever happens."""
    with pytest.raises(TypeError, match="must be given something"):
        check_connectors()


def test_a_path_that_holds_no_template_is_told(check_connectors: CheckConnectors, tmp_path: Path) -> None:
    """As the command tells it."""
    with pytest.raises(SpecError, match="assembly-no-manifest"):
        check_connectors(tmp_path)
    with pytest.raises(SpecError, match="template-unreadable"):
        check_connectors("there/is/none.yaml")


@pytest.mark.synth
def test_specs_become_stacks_whatever_they_are_given_as(synth: Synth) -> None:
    """A folder, files in any order, specs; names of stacks are those that the commands look for."""
    names = ["console", "portal", "portal-bookmark", "workforce"]
    assert synth("connectors").stacks == [f"saml-connector-{name}" for name in names]
    assert synth(BOOKMARK, str(PORTAL)).stacks == ["saml-connector-portal", "saml-connector-portal-bookmark"]
    assert synth(load_one(PORTAL)).stacks == ["saml-connector-portal"]


@pytest.mark.synth
def test_accounts_that_stacks_deploy_to_have_a_stack_each(synth: Synth) -> None:
    """As in the app: after the connector's own."""
    text = (PROJECT / "tests" / "specs" / "iam-accounts.yaml").read_text("utf-8")
    data = yaml.safe_load(text)
    data["other_accounts"] = {"ids": data["other_accounts"]["ids"], "deployed_by": "stacks"}
    spec = parse(data)
    made = synth(spec)
    own = f"saml-connector-{spec.name}"
    assert len(made.stacks) > 1
    assert {each.removeprefix(own)[:1] for each in made.stacks} == {"", "-"}
    assert made.template(made.stacks[1]).of_type("Custom::JumpCloudApplicationLookup")


@pytest.mark.synth
def test_own_constructs_are_synthesized_with_their_app(synth: Synth, check_connectors: CheckConnectors) -> None:
    """App, stack and construct give the same; what is added afterwards is in the next synthesis."""
    from aws_cdk import App, Stack  # noqa: PLC0415 - it starts Node
    from aws_cdk.aws_iam import AccountRootPrincipal, Role  # noqa: PLC0415 - likewise

    stack = Stack(synth.app(own="yes"), "own")
    role = Role(stack, "Role", assumed_by=AccountRootPrincipal())
    assert stack.node.try_get_context("own") == "yes"
    assert stack.node.try_get_context("@aws-cdk/core:target-partitions") == ["aws", "aws-cn"]
    assert len(synth(role).template().of_type("AWS::IAM::Role")) == 1
    Role(stack, "Other", assumed_by=AccountRootPrincipal())
    made = synth(stack, role, stack.node.root)
    assert len(made.folders) == 1
    made.assertions("own").resource_count_is("AWS::IAM::Role", 2)
    assert check_connectors(App()).templates == 0


@pytest.mark.synth
def test_a_function_fills_a_stack(synth: Synth) -> None:
    """Beside specs, in the same app."""
    from aws_cdk import Stack  # noqa: PLC0415 - it starts Node
    from aws_cdk.aws_iam import AccountRootPrincipal, Role  # noqa: PLC0415 - likewise

    def fill(stack: Stack) -> None:
        Role(stack, "Role", assumed_by=AccountRootPrincipal())

    made = synth(fill, PORTAL)
    assert made.stacks == ["saml-connector-portal", "stack-1"]
    assert made.template("stack-1").of_type("AWS::IAM::Role")
    with pytest.raises(LookupError, match="there are: saml-connector-portal, stack-1"):
        made.template()


@pytest.mark.synth
def test_what_cannot_be_synthesized_is_told(synth: Synth) -> None:
    """By its type, before anything is made."""
    from constructs import RootConstruct  # noqa: PLC0415 - it starts Node

    with pytest.raises(TypeError, match="cannot synthesize int"):
        synth(42)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(TypeError, match="is in no app"):
        synth(RootConstruct("alone"))


@pytest.mark.synth
def test_a_connector_is_one_template_beside_what_it_needs(connector_template: ConnectorTemplates) -> None:
    """A bookmark alone is refused, as `validate` refuses it."""
    found = connector_template(BOOKMARK, beside=(PORTAL,))
    assert (found.spec.name, type(found.construct).__name__) == ("portal-bookmark", "BookmarkConnector")
    found.assertions.resource_count_is("Custom::JumpCloudApplication", 1)
    assert found.template.stack_name == "saml-connector-portal-bookmark"
    assert len(found.synthesized.stacks) == 2
    with pytest.raises(SpecError, match="link-broken"):
        connector_template(BOOKMARK)


@pytest.mark.synth
def test_a_folder_is_no_connector(connector_template: ConnectorTemplates) -> None:
    """Which one of it is meant cannot be known."""
    with pytest.raises(IsADirectoryError, match="is a folder"):
        connector_template(PROJECT / "connectors")


@pytest.mark.synth
def test_settings_name_the_folder_of_the_app_and_turn_validation_on(
    users_project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths and cdk.json are then those of that folder; the CDK's report is written where it validates."""
    users_project.mkdir("infra")
    for name in ("connectors", "cdk.json"):
        (users_project.path / name).rename(users_project.path / "infra" / name)
    users_project.makeini("[pytest]\nsaml_connectors_app = infra\nsaml_connectors_validation = true\n")
    users_project.makepyfile(
        """
        def test_folder(synth):
            made = synth("connectors/portal.yaml")
            assert made.stacks == ["saml-connector-portal"]
            assert (made.folders[0] / "validation-report.json").exists()
        """
    )
    monkeypatch.delenv("CDK_VALIDATION", raising=False)
    done = users_project.runpytest_subprocess(*plugin(), "-W", "error")
    done.assert_outcomes(passed=1)


def test_a_suppression_of_one_rule_leaves_the_others(check_connectors: CheckConnectors, fails: Path) -> None:
    """It names one code."""
    with pytest.raises(pytest.fail.Exception, match="trust-no-audience"):
        check_connectors(fails, suppress={"metadata-expired": "another one"})
