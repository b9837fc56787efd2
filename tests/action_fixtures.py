"""Runs the steps of action.yml, and the script of ci/gitlab.yml, as their services do, in a repository made for a test.

A pytest plugin: a test file names it in `pytest_plugins`, and asks for `repository`, `run_action` or `run_gitlab`.  Not
here: claims.  Steps that use other actions are listed, not run; what pip would install is the package that is tested.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml

if TYPE_CHECKING:
    from tests.forge_fixtures import FakeForge

PROJECT = Path(__file__).parents[1]
ACTION = PROJECT / "action.yml"
GITLAB = PROJECT / "ci" / "gitlab.yml"

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_TOKEN = re.compile(r"'[^']*'|&&|\|\||!=|==|!|[\w.-]+(?:\(\))?|[()]")
_PYTHON = """#!/bin/sh
# Stands for python3: a virtual environment is one that has the package already.
if [ "$1 $2" = "-m venv" ]; then
  mkdir -p "$3/bin"
  {{ echo '#!/bin/sh'
    echo 'if [ "$1 $2" = "-m pip" ]; then echo "$@" >> {log}; exit 0; fi'
    echo 'exec {python} "$@"'; }} > "$3/bin/python"
  {{ echo '#!/bin/sh'; echo 'exec {command} "$@"'; }} > "$3/bin/saml-connectors"
  chmod +x "$3/bin/python" "$3/bin/saml-connectors"
  exit 0
fi
exec {python} "$@"
"""


@dataclass
class Repository:
    """A repository with a base and a pull request, checked out."""

    folder: Path
    base: str = ""

    def git(self, *arguments: str) -> str:
        """What git prints."""
        names = ["-c", "user.name=ada", "-c", "user.email=ada@acme.example", "-c", "commit.gpgsign=false"]
        command = ["git", "-C", str(self.folder), *names, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - git of a test

    def commit(self, files: Mapping[str, str]) -> str:
        """Write *files* and commit them; the commit."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a change")
        return self.git("rev-parse", "HEAD")


@dataclass
class Ran:
    """What became of a job."""

    failed: bool = False
    log: str = ""
    outcomes: dict[str, str] = field(default_factory=dict)
    """Of each step by its name: success, failure or skipped."""

    used: dict[str, dict[str, str]] = field(default_factory=dict)
    """Other actions that would have run, with what they would get."""

    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    pip: str = ""
    """What pip was asked to do."""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """An empty one."""
    made = Repository(tmp_path / "repository")
    made.folder.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    return made


@pytest.fixture
def tools(tmp_path: Path) -> Mapping[str, str]:
    """The environment of a machine without this project's virtual environment, but for what it installs."""
    folder = tmp_path / "tools"
    folder.mkdir()
    here = Path(sys.executable)
    text = _PYTHON.format(log=tmp_path / "pip.log", python=here, command=here.with_name("saml-connectors"))
    (folder / "python3").write_text(text)
    (folder / "python3").chmod(0o755)
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    return {"PATH": path, "HOME": str(tmp_path), "LANG": "C.UTF-8", "CDK_VALIDATION": "false"}


def _value(expression: str, contexts: Mapping[str, Any], *, failed: bool) -> Any:
    """An expression of GitHub's, as far as the action uses them."""

    def one(token: str) -> str:
        known = {"&&": " and ", "||": " or ", "!": " not ", "cancelled()": "False", "success()": repr(not failed)}
        if token in known or token in {"==", "!=", "(", ")"}:
            return known.get(token, token)
        if token.startswith("'"):
            return repr(token[1:-1])
        found: Any = contexts
        for name in token.split("."):
            found = found.get(name, "") if isinstance(found, Mapping) else ""
        return repr(found)

    tokens = _TOKEN.findall(expression)
    assert "".join(tokens) == expression.replace(" ", ""), expression
    return eval("".join(map(one, tokens)), {"__builtins__": {}})  # noqa: S307 - names are literals by now


def _filled(text: str, contexts: Mapping[str, Any], *, failed: bool = False) -> str:
    return _EXPRESSION.sub(lambda found: str(_value(found[1], contexts, failed=failed)), text)


@pytest.fixture
def run_action(
    repository: Repository, tools: Mapping[str, str], tmp_path: Path, github: FakeForge
) -> Callable[..., Ran]:
    """Runs the action on what is checked out; names of inputs with `_` for `-`."""
    action = yaml.safe_load(ACTION.read_text("utf-8"))

    def run(*, event_name: str = "pull_request", **given: str) -> Ran:
        inputs = {name: str(each.get("default", "")) for name, each in action["inputs"].items()}
        inputs |= {"token": os.environ["GITHUB_TOKEN"]} | {name.replace("_", "-"): each for name, each in given.items()}
        assert inputs.keys() == action["inputs"].keys()
        event = {"pull_request": {"number": 7, "base": {"sha": repository.base}}}
        (tmp_path / "event.json").write_text(json.dumps(event))
        steps: dict[str, Any] = {}
        about = {"event_name": event_name, "event": event, "action_path": str(PROJECT), "token": inputs["token"]}
        contexts = {"inputs": inputs, "github": about, "runner": {"temp": str(tmp_path / "temp")}, "steps": steps}
        ran = Ran()
        for step in action["runs"]["steps"]:
            _step(step, contexts, ran, _Machine(tmp_path, tools, repository.folder))
        for name, output in action["outputs"].items():
            ran.outputs[name] = _filled(output["value"], contexts)
        log = tmp_path / "pip.log"
        ran.pip = log.read_text() if log.exists() else ""
        return ran

    return run


class _Machine(NamedTuple):
    folder: Path
    tools: Mapping[str, str]
    workspace: Path


def _step(step: dict[str, Any], contexts: dict[str, Any], ran: Ran, machine: _Machine) -> None:
    """One step, with files of its own for outputs and summary, as the runner has it."""
    folder, tools, workspace = machine
    condition = _EXPRESSION.fullmatch(step.get("if", "${{ success() }}"))
    assert condition is not None
    has_status = "cancelled()" in condition[1] or "success()" in condition[1]
    wanted = _value(condition[1], contexts, failed=ran.failed) and (has_status or not ran.failed)
    outcome, outputs = "skipped", dict[str, str]()
    if wanted and "uses" in step:
        ran.used[step["uses"]] = {name: _filled(str(each), contexts) for name, each in step.get("with", {}).items()}
        outcome = "success"
    elif wanted:
        files = {name: folder / f"{name}.txt" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for each in files.values():
            each.write_text("")
        shared = {name: value for name, value in os.environ.items() if name in {"GITHUB_ACTIONS", "GITHUB_API_URL"}}
        shared |= {"GITHUB_EVENT_PATH": str(folder / "event.json"), "GITHUB_REPOSITORY": "acme/app"}
        own = {name: _filled(str(each), contexts) for name, each in step.get("env", {}).items()}
        script = folder / "step.sh"
        script.write_text(step["run"])
        done = subprocess.run(  # noqa: S603 - our own action, run as GitHub's runner does
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],  # noqa: S607 - whichever bash there is
            env={**tools, **shared, **own, **{name: str(path) for name, path in files.items()}},
            cwd=workspace,
            capture_output=True,
            text=True,
            check=False,
        )
        ran.log += f"## {step['name']}\n{done.stdout}{done.stderr}"
        ran.summary += files["GITHUB_STEP_SUMMARY"].read_text()
        outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
        outcome = "failure" if done.returncode else "success"
        ran.failed |= done.returncode != 0
    ran.outcomes[step["name"]] = outcome
    if "id" in step:
        contexts["steps"][step["id"]] = {"outputs": outputs, "outcome": outcome}


@pytest.fixture
def run_gitlab(
    repository: Repository, tools: Mapping[str, str], tmp_path: Path, gitlab: FakeForge
) -> Callable[..., Ran]:
    """Runs the job of the GitLab template on what is checked out; variables by the ends of their names."""
    job = yaml.safe_load(GITLAB.read_text("utf-8"))["saml-connectors-review"]

    def run(**given: str) -> Ran:
        shared = {name: value for name, value in os.environ.items() if name.startswith(("CI_", "GITLAB_"))}
        own = job["variables"] | {f"SAML_CONNECTORS_{name.upper()}": each for name, each in given.items()}
        job_id = str(len(list(tmp_path.glob("builds*"))))
        builds = tmp_path / f"builds{job_id}"
        builds.mkdir()
        predefined = {
            "CI_PROJECT_DIR": str(repository.folder),
            "CI_BUILDS_DIR": str(builds),
            "CI_JOB_ID": job_id,
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": repository.base,
        }
        ran = Ran()
        for part in (job["script"], job["after_script"]):
            done = subprocess.run(  # noqa: S603 - our own template, run as GitLab's runner does
                ["sh", "-e", "-c", "\n".join(part)],  # noqa: S607 - whichever shell there is
                env={**tools, **shared, **own, **predefined},
                cwd=repository.folder,
                capture_output=True,
                text=True,
                check=False,
            )
            ran.log += done.stdout + done.stderr
            ran.failed |= done.returncode != 0
        assert not list(builds.iterdir()), "the job leaves nothing behind but its artifacts"
        return ran

    return run
