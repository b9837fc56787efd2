"""Claims about `check --format gitlab`: the report of code quality that a merge request shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from saml_connectors.cli import main

ROLE = """
  {name}:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {{ Effect: Allow, Action: sts:AssumeRoleWithSAML, Principal: {{ Federated: !GetAtt Directory.Arn }} }}
"""
TEMPLATE = """
Resources:
  Directory:
    Type: AWS::IAM::SAMLProvider
    Properties: { Name: Directory, SamlMetadataDocument: !Ref Metadata }
"""
PARAMETERS = """
Parameters:
  Metadata: { Type: String }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def issues(text: str, folder: Path) -> list[dict[str, Any]]:
    """What the command prints of a template."""
    (folder / "roles.yaml").write_text(text)
    result = CliRunner().invoke(main, ["check", "--format", "gitlab", "./roles.yaml"])
    assert result.exit_code == (1 if json.loads(result.stdout) else 0)
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def test_each_finding_is_an_issue_with_the_keys_that_gitlab_asks_for(folder: Path) -> None:
    """The path is relative without `./`, which GitLab does not read; the line is that of the resource."""
    (issue,) = issues(TEMPLATE + ROLE.format(name="Reader") + PARAMETERS, folder)
    assert issue.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
    assert issue["location"] == {"path": "roles.yaml", "lines": {"begin": 7}}
    assert (issue["check_name"], issue["severity"]) == ("trust-no-audience", "critical")
    assert issue["description"].startswith("Reader: Properties.AssumeRolePolicyDocument.Statement[0].Condition: takes ")


def test_a_fingerprint_lasts_and_tells_findings_apart(folder: Path) -> None:
    """Lines that move change none, so that a merge request shows only what it adds."""
    one = issues(TEMPLATE + ROLE.format(name="Reader") + PARAMETERS, folder)
    two = issues(PARAMETERS + TEMPLATE + ROLE.format(name="Reader") + ROLE.format(name="Writer"), folder)
    assert one[0]["fingerprint"] == two[0]["fingerprint"] != two[1]["fingerprint"]
    assert one[0]["location"] != two[0]["location"]


def test_no_finding_is_an_empty_list(folder: Path) -> None:
    """GitLab then says that nothing has changed."""
    assert issues(TEMPLATE + PARAMETERS, folder) == []


def test_what_cannot_be_read_is_an_issue_too(folder: Path) -> None:
    """At its own file and line."""
    (issue,) = issues("{", folder)
    assert issue["check_name"] == "template-syntax"
    assert issue["location"]["path"] == "roles.yaml"
