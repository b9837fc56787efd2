"""Claims about `saml-connectors check`: exit codes, its four forms of output, and that it is silent without SAML."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from saml_connectors.cli import main

PROJECT = Path(__file__).parents[1]
KEYS = ["code", "level", "template", "resource", "path", "message", "fix", "source"]
BROKEN = """\
Resources:
  Provider:
    Type: AWS::IAM::SAMLProvider
    Properties:
      Name: "Jump Cloud!"
      SamlMetadataDocument: !Ref Document
Parameters:
  Document: {Type: String}
"""
POOL = """\
Resources:
  Pool: {Type: AWS::Cognito::UserPool}
  Idp:
    Type: AWS::Cognito::UserPoolIdentityProvider
    Properties:
      UserPoolId: !Ref Pool
      ProviderName: Acme
      ProviderType: SAML
      ProviderDetails: {MetadataURL: "https://idp.example.com/metadata"}
      AttributeMapping: {email: mail}
"""
PLAIN = "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n"


def run(*arguments: str | Path) -> Result:
    """The command, in this process, on a day that does not pass."""
    return CliRunner().invoke(main, ["check", "--now", "2026-11-22", *map(str, arguments)])


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A template with one error, in the name of its SAML provider."""
    file = tmp_path / "broken.yaml"
    file.write_text(BROKEN)
    return file


def test_an_error_exits_1_and_says_where(broken: Path) -> None:
    """Line, resource, property, what is wrong, what to do, code."""
    result = run(broken)
    assert result.exit_code == 1
    (line,) = result.stdout.splitlines()
    assert line.startswith(f"{broken}:2: Provider: Properties.Name: ")
    assert line.endswith(" [saml-provider-name]")
    assert result.stderr == "1 template: 1 error, 0 warnings\n"


def test_json_has_the_findings_and_nothing_else(broken: Path) -> None:
    """Every key of every finding is always there."""
    result = run("--format", "json", broken)
    document: dict[str, Any] = json.loads(result.stdout)
    assert (result.exit_code, list(document), result.stderr) == (1, ["findings"], "")
    (finding,) = document["findings"]
    assert list(finding)[: len(KEYS)] == KEYS
    assert {key: finding[key] for key in ("code", "level", "template", "resource", "path", "line")} == {
        "code": "saml-provider-name",
        "level": "error",
        "template": "broken.yaml",
        "resource": "Provider",
        "path": "Properties.Name",
        "line": 2,
    }
    assert all(finding[key] for key in ("message", "fix", "source"))


def test_workflow_commands_make_annotations(tmp_path: Path) -> None:
    """With file, line and title; what would end the command early is escaped."""
    file = tmp_path / "a,b:%\n.yaml"
    file.write_text(BROKEN.replace("Jump Cloud!", "a%\\r\\nb"))
    result = run("--format", "github", file)
    (line,) = result.stdout.splitlines()
    shown = str(file).replace("%", "%25").replace("\n", "%0A").replace(":", "%3A").replace(",", "%2C")
    assert line.startswith(f"::error file={shown},line=2,title=saml-provider-name::")
    assert "%25" in line.partition("name::")[2]
    assert result.stderr == "1 template: 1 error, 0 warnings\n"


def test_a_template_without_saml_is_silent(tmp_path: Path) -> None:
    """Exit 0, nothing on stdout, and the summary says why."""
    file = tmp_path / "plain.yaml"
    file.write_text(PLAIN)
    result = run(file)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "1 template: no SAML in it, no findings\n"
    assert json.loads(run("--format", "json", file).stdout) == {"findings": []}
    assert run("--format", "github", file).stdout == ""


def test_a_template_that_is_right_says_so(broken: Path) -> None:
    """It has SAML, and no findings."""
    broken.write_text(BROKEN.replace("Jump Cloud!", "JumpCloud"))
    result = run("--strict", broken)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "1 template: no findings\n")


def test_warnings_fail_only_where_they_are_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--strict` exits 1 on a warning, and never on a note."""
    from saml_connectors.checks import Hit, Rule  # noqa: PLC0415 - a rule of this test alone
    from saml_connectors.checks import judge as real  # noqa: PLC0415 - likewise

    def found(template: Any, _: Any) -> Any:
        return [Hit(resource=each, message="is doubtful") for each in template.resources.values()]

    file = tmp_path / "plain.yaml"
    file.write_text(PLAIN)
    for level, strict in (("warning", 1), ("note", 0)):
        rule = Rule(code="a-b", level=level, what="X.", why="Y.", fix="do z", source="a page", find=found)  # type: ignore[arg-type]  # both are levels

        def judge(assembly: Any, *, now: Any, rules: Any, rule: Rule = rule) -> Any:
            return real(assembly, now=now, rules=[rule])

        monkeypatch.setattr("saml_connectors.checks.report.judge", judge)
        result = run(file)
        assert result.exit_code == 0
        assert result.stdout == f"{file}:2: Topic: {level}: is doubtful; do z [a-b]\n"
        assert run("--strict", file).exit_code == strict


def test_the_gravest_comes_first(tmp_path: Path) -> None:
    """Then by template and resource: a warning of the first template stands below an error of the last."""
    (tmp_path / "a.yaml").write_text(POOL)
    (tmp_path / "b.yaml").write_text(BROKEN)
    result = run("--format", "json", tmp_path / "a.yaml", tmp_path / "b.yaml")
    told = [(each["level"], each["template"]) for each in json.loads(result.stdout)["findings"]]
    assert told == [("error", "b.yaml"), ("warning", "a.yaml")]


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_what_cannot_be_read_is_a_finding_in_every_form(form: str, tmp_path: Path) -> None:
    """Exit 1, never a traceback."""
    broken = tmp_path / "broken.json"
    broken.write_text('{\n"Resources": {,}}')
    result = run("--format", form, tmp_path, broken, tmp_path / "missing")
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    for code in ("assembly-no-manifest", "template-syntax", "template-unreadable"):
        assert code in result.stdout


@pytest.mark.parametrize("arguments", [[], ["--format", "xml", "x"], ["--now", "tomorrow", "x"], ["--nwo", "x"]])
def test_a_misspelt_command_exits_2(arguments: list[str]) -> None:
    """Usage is not input."""
    result = CliRunner().invoke(main, ["check", *arguments])
    assert result.exit_code == 2
    assert "Usage:" in result.stderr


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_the_same_input_gives_the_same_bytes(form: str, broken: Path, tmp_path: Path) -> None:
    """In another process with other hashes, and whatever the order of the paths."""
    other = tmp_path / "other.yaml"
    other.write_text(BROKEN.replace("  Provider:", "  Another:"))
    command = [str(Path(sys.executable).with_name("saml-connectors")), "check", "--now", "2026-11-22", "--format", form]
    said = [
        subprocess.run([*command, *map(str, paths)], capture_output=True, check=False, env={"PYTHONHASHSEED": seed})  # noqa: S603 - our own script
        for seed, paths in (("1", [broken, other]), ("2", [other, broken]))
    ]
    assert said[0].stdout == said[1].stdout
    assert said[0].stdout.count(b"saml-provider-name") >= 2


def test_the_time_is_the_clock_s_unless_it_is_given(broken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day is that day's first moment in UTC; a time may have a zone of its own."""
    asked: list[Any] = []

    def check(*_: Any, now: Any, **__: Any) -> Any:
        from saml_connectors.checks.report import Report  # noqa: PLC0415 - as the command imports it

        asked.append(now)
        return Report(())

    monkeypatch.setattr("saml_connectors.checks.report.check", check)
    for given in ([], ["--now", "2027-03-31"], ["--now", "2027-03-31T12:00:00+02:00"]):
        assert CliRunner().invoke(main, ["check", *given, str(broken)]).exit_code == 0
    assert asked[0].tzinfo is not None
    assert [each.isoformat() for each in asked[1:]] == ["2027-03-31T00:00:00+00:00", "2027-03-31T12:00:00+02:00"]


def test_control_characters_reach_no_terminal(tmp_path: Path) -> None:
    """Neither a template nor the name of a file can colour, clear or forge lines of somebody's terminal."""
    file = tmp_path / "a\x07\nb.yaml"
    file.write_text(BROKEN.replace("Jump Cloud!", "\\e[31m\\n::error::"))
    for form in ("text", "github", "json", "sarif"):
        output = run("--format", form, file).stdout
        assert not re.search(r"[^\x20-\x7e\n\N{REPLACEMENT CHARACTER}\N{HORIZONTAL ELLIPSIS}]", output)
    assert len(run("--format", "github", file).stdout.splitlines()) == 1


def test_help_says_what_it_does() -> None:
    """Whole sentences, and where to read on."""
    said = " ".join(CliRunner().invoke(main, ["check", "-h"]).output.split())
    for words in (
        "PATH...",
        "docs/rules.md has every rule",
        "Exits 1 where one of the findings is an error",
        "--now DATE",
    ):
        assert words in said
    assert "check Check synthesized templates" in " ".join(CliRunner().invoke(main, ["-h"]).output.split())


@pytest.mark.parametrize("module", ["pydantic", "yaml", "cryptography", "xmltodict", "aws_cdk", "jsii"])
def test_help_stays_instant(module: str) -> None:
    """What only a check needs is imported when something is checked; the CDK never is."""
    code = (
        "import sys\nfrom saml_connectors.cli import main\n"
        f"main(['check', '--help'], standalone_mode=False)\nassert {module!r} not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT, capture_output=True)  # noqa: S603 - this interpreter


def test_checking_starts_no_node_and_opens_no_socket(broken: Path) -> None:
    """Neither the CDK nor a client of AWS is imported, and nothing asks a name of the network."""
    code = (
        "import socket, sys\nsocket.socket.connect = socket.getaddrinfo = None\nfrom saml_connectors.cli import main\n"
        f"try:\n    main(['check', {str(broken)!r}])\nexcept SystemExit as end:\n    assert end.code == 1\n"
        "assert not {'aws_cdk', 'jsii', 'boto3', 'botocore'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT, capture_output=True)  # noqa: S603 - this interpreter
