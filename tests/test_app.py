"""The CDK app as people run it: hermetic, repeatable, and plain about mistakes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.synth

# A socket that is opened in the app's own process is an error; Node is a child and talks by pipes.
_NO_NETWORK = """
import runpy, socket, sys
def refuse(*_, **__): raise RuntimeError("the app opened a socket")
socket.socket.connect = refuse
runpy.run_path("app.py", run_name="__main__")
"""


def _run(project: Path, outdir: Path, **context: str) -> subprocess.CompletedProcess[str]:
    import json  # noqa: PLC0415 - used here alone

    flags = json.loads((project / "cdk.json").read_text())["context"]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(outdir),
        "CDK_OUTDIR": str(outdir),
        "CDK_VALIDATION": "false",
        "CDK_CONTEXT_JSON": json.dumps(flags | context),
    }
    command = [sys.executable, "-c", _NO_NETWORK]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own app


def test_synth_needs_no_network_and_no_credential(project: Path, tmp_path: Path) -> None:
    """An empty environment and closed sockets: every example still becomes a template."""
    said = _run(project, tmp_path)
    assert said.returncode == 0, said.stderr
    assert {each.name for each in tmp_path.glob("*.template.json")} == {
        "saml-connector-portal.template.json",
        "saml-connector-portal-bookmark.template.json",
        "saml-connector-console.template.json",
        "saml-connector-workforce.template.json",
        "saml-connector-workforce-access.template.json",
    }


def test_same_specs_give_the_same_bytes(project: Path, tmp_path: Path) -> None:
    """Two synths differ in nothing, so that a diff in a pull request is a change."""
    outputs = []
    for name in ("one", "two"):
        outdir = tmp_path / name
        outdir.mkdir()
        assert _run(project, outdir).returncode == 0
        outputs.append({each.name: each.read_bytes() for each in outdir.glob("*.template.json")})
    assert outputs[0]
    assert outputs[0] == outputs[1]


def test_a_mistake_in_a_spec_is_told_without_a_traceback(project: Path, tmp_path: Path) -> None:
    """The app ends with the problems, file and line, and exit code 1."""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("kind: bookmark\nname: link\nurll: https://a.example/\n")
    said = _run(project, tmp_path, connectors=str(wrong))
    assert said.returncode == 1
    assert "wrong.yaml:3: urll: is not a field here; did you mean url? [unknown-field]" in said.stderr
    assert "Traceback" not in said.stderr


def test_the_sandbox_can_put_its_directory_in_the_place_of_jumpclouds(project: Path, tmp_path: Path) -> None:
    """The context `directory-api-url` changes where the provider calls, and nothing else."""
    assert _run(project, tmp_path, **{"directory-api-url": "http://127.0.0.1:8500/api"}).returncode == 0
    template = (tmp_path / "saml-connector-portal.template.json").read_text()
    assert "http://127.0.0.1:8500/api" in template
    assert "console.jumpcloud.com" not in template
