"""Claims about action.yml, ci/gitlab.yml and .pre-commit-hooks.yaml: what they may contain; nothing is run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((PROJECT / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
GITLAB: dict[str, Any] = yaml.safe_load((PROJECT / "ci" / "gitlab.yml").read_text("utf-8"))
HOOKS: list[dict[str, Any]] = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text("utf-8"))

EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
TRUSTED = re.compile(
    r"inputs\.[a-z-]+|steps\.[a-z]+\.(?:outputs\.[a-z]+|outcome)|runner\.temp|github\.(?:action_path|token|event_name)"
    r"|github\.event\.pull_request\.base\.sha|'[^']*'|!?cancelled\(\)|==|!=|&&|\|\||\s+"
)
"""What may stand in an expression: never what whoever opens a pull request chooses, as its title or its branch."""


def texts(value: Any) -> list[str]:
    """Every text in plain data."""
    if isinstance(value, dict):
        return [each for part in value.values() for each in texts(part)]
    if isinstance(value, list):
        return [each for part in value for each in texts(part)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("step", [step for step in STEPS if "run" in step], ids=lambda step: str(step["name"]))
def test_no_step_puts_an_expression_into_its_script(step: dict[str, Any]) -> None:
    """An expression is replaced before the shell reads the script, so that a value could be a command."""
    assert "${{" not in step["run"]
    assert step["shell"] == "bash"


def test_expressions_hold_nothing_that_a_stranger_chooses() -> None:
    """Neither a title nor a branch nor a body; inputs come from the workflow."""
    found = [one for text in texts(ACTION) for one in EXPRESSION.findall(text)]
    assert len(found) > 20
    assert not [one for one in found if TRUSTED.sub("", one)]
    assert TRUSTED.sub("", "github.event.pull_request.title")
    assert TRUSTED.sub("", "github.head_ref")


def test_other_actions_are_pinned_to_a_commit() -> None:
    """A tag can be moved; the version stands beside it for people."""
    lines = [line for line in (PROJECT / "action.yml").read_text("utf-8").splitlines() if "uses:" in line]
    assert len(lines) == sum("uses" in step for step in STEPS) == 2
    for line in lines:
        assert re.search(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_the_token_reaches_one_step_only() -> None:
    """The steps that run the code of the pull request do not have it."""
    with_token = [step["name"] for step in STEPS if "inputs.token" in str(step) or "github.token" in str(step)]
    assert with_token == ["Comment"]


def test_every_input_and_output_says_what_it_is() -> None:
    """Each is optional, so each has a default."""
    for name, each in ACTION["inputs"].items():
        assert each.keys() == {"description", "default"}, name
        assert re.search(r"[.`]$", each["description"]), name
    for name, each in ACTION["outputs"].items():
        assert each.keys() == {"description", "value"}, name


def test_every_input_is_used_and_every_one_used_is_there() -> None:
    """A misspelt one would be empty without a word."""
    used = {name for text in texts(ACTION["runs"]) for name in re.findall(r"inputs\.([a-z-]+)", text)}
    assert used == ACTION["inputs"].keys()
    ids = {step["id"] for step in STEPS if "id" in step}
    assert {name for text in texts(ACTION) for name in re.findall(r"steps\.([a-z]+)", text)} <= ids


def test_every_variable_of_a_script_is_given_to_its_step() -> None:
    """Or is the runner's."""
    known = {"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"}
    for step in STEPS:
        script = step.get("run", "")
        used = set(re.findall(r"\$\{?([A-Z_]+)", script))
        made = set(re.findall(r"^\s*([A-Z_]+)=", script, re.MULTILINE))
        assert used <= known | step.get("env", {}).keys() | made, step["name"]


def test_the_gitlab_job_is_for_merge_requests_and_pinned() -> None:
    """With an image and a package of a version; artifacts are kept when it fails."""
    ((name, job),) = GITLAB.items()
    assert name == "saml-connectors-review"
    assert job["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}]
    assert re.fullmatch(r"python:3\.\d+-[a-z]+", job["image"])
    assert job["artifacts"]["when"] == "always"
    version = re.search(r'^version = "(.+)"', (PROJECT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert job["variables"]["SAML_CONNECTORS_PACKAGE"] == f"cdk-saml-connectors=={version[1]}"


def test_every_variable_of_the_gitlab_job_is_used_and_said() -> None:
    """A misspelt one would be empty without a word."""
    (job,) = GITLAB.values()
    used = set(re.findall(r"\$\{?(SAML_CONNECTORS_[A-Z]+)", job["script"][0]))
    assert used | {"GIT_DEPTH"} == job["variables"].keys()
    assert all(isinstance(each, str) for each in job["variables"].values())


def test_the_hook_runs_validate_on_all_specs_together(tmp_path: Path) -> None:
    """One changed file alone says nothing: a bookmark is right beside the connector that it opens."""
    (hook,) = HOOKS
    command = [str(Path(sys.executable).with_name(hook["entry"].split()[0])), *hook["entry"].split()[1:], *hook["args"]]
    assert not hook["pass_filenames"]
    matches = re.compile(hook["files"])
    assert all(matches.search(f"connectors/{each.name}") for each in (PROJECT / "connectors").iterdir())
    assert not matches.search("stacks/connectors.yaml")
    (tmp_path / "connectors").mkdir()
    for each in (PROJECT / "connectors").glob("portal*.yaml"):
        (tmp_path / "connectors" / each.name).write_text(each.read_text())
    run = {"cwd": tmp_path, "capture_output": True, "text": True}
    done = subprocess.run(command, check=False, **run)  # type: ignore[call-overload]  # noqa: S603 - our own command
    assert (done.returncode, done.stderr) == (0, "2 specs: no problems\n")
    (tmp_path / "connectors" / "portal.yaml").unlink()
    done = subprocess.run(command, check=False, **run)  # type: ignore[call-overload]  # noqa: S603 - our own command
    assert done.returncode == 1
    assert "[link-broken]" in done.stdout
