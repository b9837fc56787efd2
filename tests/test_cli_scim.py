"""Claims about `saml-connectors scim …` and `metadata`: exit codes, both forms of output, and what is never printed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from click.testing import CliRunner

from benchmarks.provisioning_workload import API_KEY, APPLICATION
from saml_connectors.cli import main
from saml_connectors.provisioning.command import World

if TYPE_CHECKING:
    from tests.provisioning_fixtures import Stage

PROJECT = Path(__file__).parents[1]
KEYS = ["code", "level", "file", "line", "field", "message", "given", "fix"]
pytest_plugins = ["tests.provisioning_fixtures"]


# --- preflight and verify -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["preflight", "verify"])
def test_nothing_wrong_exits_0_and_says_what_was_looked_at(command_stage: Stage, command: str) -> None:
    """Nothing on stdout, so that a pipeline sees nothing; how much was read on stderr."""
    result = command_stage.run("scim", command, command_stage.file)
    calls = {"preflight": 2, "verify": 4}[command]
    summary = f"4 people, 2 groups, 5 directory calls, {calls} AWS calls: 0 errors\n"
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", summary)


def test_findings_are_text_for_people_with_the_errors_first(command_stage: Stage) -> None:
    """What belongs to the spec names its file; people are named by their e-mail address."""
    command_stage.organization.add_person("bob", [command_stage.organization.bound[0]], lastname="", username="bob")
    command_stage.organization.bound.pop()
    result = command_stage.run("scim", "preflight", command_stage.file)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == (
        f"{command_stage.file}: application.groups[1]: must be bound to the application, or SCIM does not take it, "
        'got "group-0001"; deploy the connector, which binds it, or bind it in the Admin Portal [scim-group-unbound]'
    )
    assert lines[1].startswith('people["bob@acme.example"]: must have an e-mail address')
    assert lines[1].endswith("got no last name [scim-person-incomplete]")
    assert lines[2].endswith(
        "note: is the user name in AWS, though the directory's own user name is another [scim-user-name]"
    )
    assert result.stderr.endswith(": 2 errors, 1 note\n")


def test_json_has_every_finding_and_the_counts(command_stage: Stage) -> None:
    """Stdout holds nothing but the document, and stderr nothing."""
    command_stage.organization.add_person("bob", [command_stage.organization.bound[0]])
    result = command_stage.run("scim", "verify", command_stage.file, "--format", "json")
    assert (result.exit_code, result.stderr) == (1, "")
    document: dict[str, Any] = json.loads(result.stdout)
    assert list(document) == ["findings", "counts"]
    assert [list(each) for each in document["findings"]] == [KEYS]
    assert (document["findings"][0]["code"], document["findings"][0]["file"]) == ("scim-user-missing", None)
    counts = {"errors": 1, "warnings": 0, "notes": 0, "people": 5, "groups": 2, "directory_calls": 5, "aws_calls": 4}
    assert document["counts"] == counts


def test_many_findings_of_one_code_are_cut_in_text_and_whole_in_json(command_stage: Stage) -> None:
    """Twenty are enough to see what it is."""
    for number in range(1500):
        command_stage.organization.add_person(f"p{number}", [command_stage.organization.bound[0]], firstname="")
    result = command_stage.run("scim", "preflight", command_stage.file)
    lines = result.stdout.splitlines()
    assert (len(lines), lines[-1]) == (21, "… and 1,480 more; --format json has all [scim-person-incomplete]")
    assert result.stderr.endswith(": 1,500 errors\n")
    assert (
        len(
            json.loads(command_stage.run("scim", "preflight", command_stage.file, "--format", "json").stdout)[
                "findings"
            ]
        )
        == 1500
    )


def test_warnings_and_notes_exit_0(command_stage: Stage) -> None:
    """They are for a person to weigh."""
    command_stage.organization.users["hand"] = {"UserId": "hand", "UserName": "root.of.all"}
    result = command_stage.run("scim", "verify", command_stage.file)
    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)
    assert "warning: was made in Identity Center" in result.stdout
    assert result.stderr.endswith(": 0 errors, 1 warning\n")


def test_everything_is_read_in_the_region_of_the_spec(command_stage: Stage) -> None:
    """And nothing else is asked than the directory."""
    command_stage.run("scim", "verify", command_stage.file)
    assert command_stage.aws.regions == {"eu-west-1"}
    assert command_stage.hosts == {"directory.acme.example"}


def test_without_aws_nothing_of_aws_is_asked(command_stage: Stage) -> None:
    """The credential then comes from the environment."""
    arguments = ["scim", "preflight", str(command_stage.file), "--without-aws", "--application", APPLICATION]
    result = command_stage.run(*arguments)
    assert result.exit_code == 1
    assert "must be in the environment variable JUMPCLOUD_API_KEY" in result.stdout
    command_stage.world = replace(command_stage.world, environment={"JUMPCLOUD_API_KEY": API_KEY})
    result = command_stage.run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "4 people, 2 groups, 5 directory calls: 0 errors\n")
    assert not command_stage.aws.regions


@pytest.mark.parametrize("command", ["preflight", "verify"])
def test_the_application_can_be_named_itself_or_by_its_stack(command_stage: Stage, command: str) -> None:
    """By default it is that of the connector's own stack."""
    command_stage.aws.outputs = {"mine": {"ApplicationId": APPLICATION}, "saml-connector-aws": {}}
    assert command_stage.run("scim", command, command_stage.file, "--stack", "mine").exit_code == 0
    assert command_stage.run("scim", command, command_stage.file, "--application", APPLICATION).exit_code == 0
    result = command_stage.run("scim", command, command_stage.file)
    assert (result.exit_code, "stack-outputs" in result.stdout) == (1, True)
    assert 'stack "saml-connector-aws" has none' in result.stdout


def test_what_was_found_before_a_failure_is_not_lost(command_stage: Stage) -> None:
    """The failure is one error more."""
    command_stage.organization.bound.pop()
    denied = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
    command_stage.aws.errors["list_users"] = ClientError(denied, "ListUsers")
    result = command_stage.run("scim", "preflight", command_stage.file, "--format", "json")
    assert [each["code"] for each in json.loads(result.stdout)["findings"]] == ["scim-group-unbound", "aws-refused"]


def test_the_directory_can_be_at_another_address(command_stage: Stage) -> None:
    """Such as a sandbox's."""
    command_stage.run("scim", "preflight", command_stage.file, "--directory-api-url", "http://127.0.0.1:8500/api")
    assert command_stage.hosts == {"127.0.0.1:8500"}


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        ("", "secret-content"),
        ('{"client_id": "a"}', "directory-credential"),
        ('{"client_id": "a", "client_secret": "b"}', "directory-credential"),
        ("two lines\nof key", "directory-credential"),
    ],
)
def test_a_secret_without_a_usable_credential_is_told(command_stage: Stage, secret: str, code: str) -> None:
    """Without a word of it, and without a call to the directory."""
    command_stage.aws.secrets["jumpcloud/api-key"] = secret
    result = command_stage.run("scim", "verify", command_stage.file)
    assert result.exit_code == 1
    assert f"[{code}]" in result.stdout
    assert not command_stage.api.calls


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        ("ResourceNotFoundException", "aws-missing", "there is no such secret in this region"),
        ("AccessDeniedException", "aws-refused", "allow GetSecretValue"),
        ("DecryptionFailure", "aws-missing", "kms:Decrypt"),
    ],
)
def test_a_secret_that_cannot_be_read_is_told(command_stage: Stage, error: str, code: str, words: str) -> None:
    """With its name, and the field that names it."""
    command_stage.aws.errors["get_secret_value"] = ClientError({"Error": {"Code": error}}, "GetSecretValue")
    result = command_stage.run("scim", "check", command_stage.file)
    assert result.exit_code == 1
    line = next(line for line in result.stdout.splitlines() if f"[{code}]" in line)
    assert line.startswith(
        f'{command_stage.file}: scim.token: must answer, but reading the secret "identity-center/scim-token"'
    )
    assert words in line


# --- check ----------------------------------------------------------------------------------------------------------


def test_check_proves_endpoint_and_token(command_stage: Stage) -> None:
    """And warns of the token's end, 61 days away."""
    result = command_stage.run("scim", "check", command_stage.file)
    assert result.exit_code == 0
    assert f"{command_stage.file}: scim.token_expires: warning: is in 61 days: provisioning stops then" in result.stdout
    assert (
        "scim: note: works: scim.eu-west-1.amazonaws.com accepts the token; it holds 1 user [scim-ready]"
        in result.stdout
    )
    assert result.stderr == "0 errors, 1 warning, 1 note\n"


def test_check_fails_where_the_token_is_refused(command_stage: Stage) -> None:
    """Exit code 1, and the token stays unseen."""
    command_stage.aws.secrets["identity-center/scim-token"] = "another"
    result = command_stage.run("scim", "check", command_stage.file)
    assert (result.exit_code, "[scim-token-refused]" in result.stdout) == (1, True)


def test_check_needs_an_endpoint(command_stage: Stage) -> None:
    """A spec without scim has none."""
    command_stage.file.write_text(command_stage.file.read_text().partition("scim:")[0])
    result = command_stage.run("scim", "check", command_stage.file)
    assert (result.exit_code, "[scim-none]" in result.stdout) == (1, True)


# --- specs and usage ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["preflight", "check", "verify"])
@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda _file: PROJECT / "connectors" / "portal.yaml", "scim-spec"),
        (lambda file: file.with_name("missing.yaml"), "file-unreadable"),
        (lambda file: _replaced(file, "kind: identity-center", "kind: identity-centre"), "kind-unknown"),
        (lambda file: _replaced(file, "/scim/v2,", "/scim/v2/,"), "scim-endpoint-slash"),
    ],
)
def test_a_spec_that_is_not_right_is_told_as_validate_does(
    command_stage: Stage, command: str, make: Callable[[Path], Path], code: str
) -> None:
    """Before anything is read."""
    result = command_stage.run("scim", command, make(command_stage.file))
    assert (result.exit_code, f"[{code}]" in result.stdout) == (1, True)
    assert not command_stage.aws.calls
    assert not command_stage.hosts


def _replaced(file: Path, old: str, new: str) -> Path:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    return file


def test_a_folder_with_one_such_connector_will_do(command_stage: Stage) -> None:
    """Others in it do not matter."""
    (command_stage.file.parent / "portal.yaml").write_text((PROJECT / "connectors" / "portal.yaml").read_text())
    assert command_stage.run("scim", "preflight", command_stage.file.parent).exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["scim"],
        ["scim", "verfy"],
        ["scim", "verify"],
        ["scim", "verify", "aws.yaml", "--without-aws"],
        ["scim", "verify", "aws.yaml", "--format", "xml"],
        ["scim", "preflight", "aws.yaml", "--without-aws"],
        ["scim", "preflight", "aws.yaml", "--application", "a", "--stack", "b"],
        ["metadata"],
    ],
)
def test_a_misspelt_command_exits_2(arguments: list[str]) -> None:
    """Usage is not a finding: pipelines can tell the two apart."""
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, "Usage:" in result.stderr) == (2, True)


@pytest.mark.parametrize("arguments", [["scim", "verify", "aws.yaml"], ["metadata", "saml-connector-aws"]])
def test_without_boto3_the_way_to_install_it_is_told(
    command_stage: Stage, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library itself does not need it."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    given = [str(command_stage.file) if each == "aws.yaml" else each for each in arguments]
    result = CliRunner().invoke(main, given, obj=World())
    assert result.exit_code == 1
    assert 'pip install "cdk-saml-connectors[aws]" [boto3-missing]' in result.output


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("AWS_PROFILE", "nobody-has-it", "aws-credentials"),
        ("AWS_DEFAULT_REGION", "", "aws-region"),
        ("AWS_REGION", "eu-west-1", "aws-credentials"),
    ],
)
def test_an_environment_that_does_not_reach_aws_is_told(
    name: str, value: str, code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By boto3 itself, without a call."""
    monkeypatch.setenv(name, value)
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    result = CliRunner().invoke(main, ["metadata", "saml-connector-aws"], obj=World())
    assert (result.exit_code, f"[{code}]" in result.output) == (1, True)


@pytest.mark.parametrize("module", ["saml_connectors.provisioning", "boto3", "http.client"])
def test_validate_and_help_load_nothing_of_it(module: str) -> None:
    """They stay as fast as they were."""
    code = (
        "import sys\nfrom saml_connectors.cli import main\n"
        "main(['validate', 'connectors'], standalone_mode=False)\n"
        f"assert {module!r} not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT, capture_output=True)  # noqa: S603 - this interpreter
