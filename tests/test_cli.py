"""Claims about the command `saml-connectors`: exit codes, both forms of output, and what it never does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from saml_connectors import __version__
from saml_connectors.cli import main
from saml_connectors.spec import load

PROJECT = Path(__file__).parents[1]
GOOD = PROJECT / "connectors" / "portal.yaml"
BAD = PROJECT / "tests" / "bad_specs"
EXAMPLES = f"{len(list((PROJECT / 'connectors').glob('*.yaml')))} specs: no problems"
KEYS = ["code", "level", "file", "line", "field", "message", "given", "fix"]


def run(*arguments: str | Path) -> Result:
    """The command, in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def script(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    command = [str(Path(sys.executable).with_name("saml-connectors")), *arguments]
    return subprocess.run(  # noqa: S603 - the project's own script
        command, capture_output=True, text=True, check=False, env={**os.environ, **environment}, cwd=PROJECT
    )


def test_right_specs_exit_0_and_say_how_many() -> None:
    """Nothing on stdout, so that a pipeline sees nothing; the count on stderr."""
    result = run("validate", PROJECT / "connectors")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"{EXAMPLES}\n")


def test_text_says_file_line_field_message_and_code() -> None:
    """In the form that editors and terminals make links of."""
    file = BAD / "scope-openid.yaml"
    result = run("validate", file)
    assert result.exit_code == 1
    assert result.stdout == (
        f"{file}:10: app_clients[0].scopes: must have openid beside email, profile, got email, profile; "
        "add openid [scope-openid]\n"
    )
    assert result.stderr == "1 spec: 1 error, 0 warnings\n"


def test_json_has_the_same_findings_with_every_key() -> None:
    """Every key is always there, and stdout holds nothing but the document."""
    file = BAD / "many-at-once.yaml"
    result = run("validate", "--format", "json", file)
    assert result.exit_code == 1
    document: dict[str, Any] = json.loads(result.stdout)
    assert list(document) == ["findings"]
    lines = run("validate", file).stdout.splitlines()
    assert len(document["findings"]) == len(lines)
    for finding, line in zip(document["findings"], lines, strict=True):
        assert list(finding) == KEYS
        assert (finding["file"], finding["level"]) == (str(file), "error")
        assert line == f"{file}:{finding['line']}: {finding['field']}: {finding['message']} [{finding['code']}]"


def test_json_of_right_specs_is_an_empty_list() -> None:
    """Programs need no special case, and nothing else is written."""
    result = run("validate", "--format", "json", GOOD)
    assert (result.exit_code, json.loads(result.stdout), result.stderr) == (0, {"findings": []}, "")


def test_warnings_do_not_fail(tmp_path: Path) -> None:
    """They are printed and counted, and the exit code is 0."""
    file = tmp_path / "portal.yaml"
    file.write_text(GOOD.read_text().replace("  groups: [portal-users, portal-admins]\n", ""))
    result = run("validate", file)
    assert result.exit_code == 0
    assert "application.groups: warning: names no group" in result.stdout
    assert result.stdout.endswith("[groups-none]\n")
    assert result.stderr == "1 spec: 0 errors, 1 warning\n"
    (finding,) = json.loads(run("validate", "--format", "json", file).stdout)["findings"]
    assert (finding["level"], finding["code"]) == ("warning", "groups-none")


def test_an_expired_certificate_is_judged_by_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command hands the clock over; the library itself has none."""
    asked: list[Any] = []

    def load(paths: Any, *, now: Any) -> Any:
        from saml_connectors.spec.loading import Loaded  # noqa: PLC0415 - as the command imports it

        asked.append(now)
        return Loaded()

    monkeypatch.setattr("saml_connectors.spec.loading.load", load)
    assert run("validate", tmp_path).exit_code == 0
    assert asked[0].tzinfo is not None


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda folder: folder / "missing.yaml", "file-unreadable"),
        (lambda folder: folder, "no-specs"),
        (lambda folder: _written(folder / "a.yaml", b"\xff\xfe"), "file-encoding"),
        (lambda folder: _written(folder / "a.yaml", b"\x00"), "yaml-syntax"),
        (lambda folder: _written(folder / "a.yaml", b""), "file-empty"),
    ],
)
def test_what_cannot_be_read_exits_1_with_a_code(make: Any, code: str, tmp_path: Path) -> None:
    """Bad input is a finding like any other, in both forms."""
    path = make(tmp_path)
    result = run("validate", path)
    assert result.exit_code == 1
    assert result.stdout.endswith(f"[{code}]\n")
    (finding,) = json.loads(run("validate", "--format", "json", path).stdout)["findings"]
    assert finding["code"] == code


def _written(file: Path, octets: bytes) -> Path:
    file.write_bytes(octets)
    return file


@pytest.mark.parametrize(
    "arguments", [["validate"], ["validte"], ["validate", "--formt", "json", "x"], ["validate", "--format", "xml", "x"]]
)
def test_a_misspelt_command_exits_2(arguments: list[str]) -> None:
    """Usage is not input: pipelines can tell the two apart."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.stderr


def test_control_characters_reach_no_terminal(tmp_path: Path) -> None:
    """Neither a value nor the name of a file can colour, clear or forge lines of somebody's terminal."""
    file = tmp_path / "a\x07\nb.yaml"
    file.write_text('kind: bookmark\nname: "\\e[31m"\n"\\e]0;x\\a": 1\n')
    output = run("validate", file).stdout
    assert len(output.splitlines()) == len(load([file]).problems)
    assert all(line.isprintable() and line.endswith("]") for line in output.splitlines())
    assert "\\u001b[31m" in output


def test_a_terminal_without_a_character_does_not_end_the_command(tmp_path: Path) -> None:
    """On a terminal that knows Latin letters only, other characters are written as escapes."""
    file = tmp_path / "a.yaml"
    file.write_text("kind: bookmark\nname: 中文\n")
    said = script("validate", str(file), PYTHONIOENCODING="iso-8859-1")
    assert said.returncode == 1
    assert 'got "\\u4e2d\\u6587"' in said.stdout
    assert "Traceback" not in said.stderr


def test_a_reader_that_has_seen_enough_does_not_make_a_traceback() -> None:
    """`saml-connectors validate … | head` ends quietly."""
    command = f"{Path(sys.executable).with_name('saml-connectors')} validate {BAD} 2>&1 >&3 | cat"
    said = subprocess.run(  # noqa: S602 - a pipe is what is tried, of our own script
        f"{{ {command}; }} 3>&1 | head -1", shell=True, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in said.stdout + said.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["schema    Print the JSON Schema of connector specs.", "validate  Check connector specs"]),
        (["validate", "-h"], ["FILE...", "Exits 1 where one of the problems is an error", "docs/problems.md"]),
        (["schema", "-h"], ["--kind KIND", "Default: all of them."]),
        (["--help"], ["scim      Look at automatic provisioning", "metadata  Print the IdP metadata"]),
        (["scim", "-h"], ["check      Prove", "preflight  List who would fail", "verify     Compare people"]),
        (["scim", "preflight", "-h"], ["SPEC", "--without-aws", "--application ID", "The connector's stack."]),
        (
            ["scim", "verify", "-h"],
            ["Exits 1 on a difference", "--directory-api-url URL", "text shows 20 of each code"],
        ),
        (["scim", "check", "-h"], ["Warns from 90 days before the token ends."]),
        (["metadata", "-h"], ["> idp.xml", "--outputs FILE", "SsoUrl, IdpEntityId and Certificate"]),
    ],
)
def test_help_says_what_each_command_does(arguments: list[str], words: list[str]) -> None:
    """Whole sentences, not cut off."""
    result = run(*arguments)
    assert result.exit_code == 0
    assert all(word in " ".join(result.output.split()) or word in result.output for word in words)
    assert "..." not in result.output.replace("FILE...", "").replace("[ARGS]...", "")


def test_the_version_is_the_package_s() -> None:
    """As pip shows it."""
    assert run("--version").output == f"saml-connectors, version {__version__}\n"


@pytest.mark.parametrize(
    "statement",
    [
        "import saml_connectors",
        "import saml_connectors.spec, saml_connectors.metadata, saml_connectors.endpoints",
        "from saml_connectors.cli import main; main(['validate', 'connectors'], standalone_mode=False)",
        "from saml_connectors.cli import main; main(['schema'], standalone_mode=False)",
        "import saml_connectors.provisioning.command",
        "import saml_connectors.spec.reference",
        "import sys; sys.path.insert(0, 'constructs/saml_connectors/provider'); import jumpcloud.handler",
        "import saml_connectors.pre_token.handler",
    ],
)
def test_the_cdk_is_not_imported(statement: str) -> None:
    """It starts a Node process; specs, checks, the command and the Lambda functions do without."""
    found = "[name for name in sys.modules if name.split('.')[0] in ('aws_cdk', 'jsii')]"
    code = f"import sys\n{statement}\nassert not {found}"
    said = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=PROJECT
    )
    assert (said.returncode, said.stderr.strip()) in {(0, ""), (0, EXAMPLES)}


@pytest.mark.parametrize(
    "module", ["pydantic", "yaml", "cryptography", "xmltodict", "socket", "saml_connectors.provisioning"]
)
def test_help_and_version_stay_instant(module: str) -> None:
    """What only a check needs is imported when something is checked."""
    code = f"import sys\nfrom saml_connectors.cli import main\nassert {module!r} not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)  # noqa: S603 - this interpreter


@pytest.mark.parametrize("module", ["cryptography", "xmltodict", "boto3"])
def test_a_check_without_metadata_reads_no_certificates(module: str) -> None:
    """A spec of a directory needs neither cryptography nor XML."""
    code = (
        "import sys\nfrom saml_connectors.spec import load\nload(['connectors'])\n"
        f"assert not [name for name in sys.modules if name.split('.')[0] == {module!r}]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)  # noqa: S603 - this interpreter
