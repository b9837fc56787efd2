"""Claims about `saml-connectors metadata`: the document that the console takes, or an error and no document."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from benchmarks.provisioning_workload import APPLICATION
from saml_connectors.cli import main
from saml_connectors.metadata import parse
from saml_connectors.provisioning.command import World

if TYPE_CHECKING:
    from tests.provisioning_fixtures import Stage

pytest_plugins = ["tests.provisioning_fixtures"]

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
"""The time of the command_stage."""


def certificate(*, days: int = 3650) -> str:
    """A certificate that ends so many days after *NOW*, in base64."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "directory")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(NOW - timedelta(days=900))
    signed = builder.not_valid_after(NOW + timedelta(days=days)).sign(key, hashes.SHA256())
    return "".join(signed.public_bytes(Encoding.PEM).decode().splitlines()[1:-1])


@pytest.fixture(scope="module")
def outputs() -> dict[str, str]:
    """What a connector's stack tells."""
    return {
        "ApplicationId": APPLICATION,
        "SsoUrl": "https://sso.acme.example/saml2/aws?a=1&b=2",
        "IdpEntityId": "https://sso.acme.example/saml2/aws",
        "Certificate": certificate(),
    }


def test_metadata_is_the_idp_s_and_nothing_else_is_on_stdout(command_stage: Stage, outputs: dict[str, str]) -> None:
    """So that `> idp.xml` makes a file that the console takes."""
    command_stage.aws.outputs["saml-connector-aws"] = outputs
    result = command_stage.run("metadata", "saml-connector-aws", "--region", "eu-west-1")
    assert (result.exit_code, result.stderr) == (0, "")
    told = parse(result.stdout)
    assert told.entity_id == outputs["IdpEntityId"]
    assert told.sso_url() == outputs["SsoUrl"]
    assert [each.text for each in told.certificates] == [outputs["Certificate"]]
    assert command_stage.aws.regions == {"eu-west-1"}


def test_metadata_from_a_file_of_outputs_needs_no_aws(
    command_stage: Stage, outputs: dict[str, str], tmp_path: Path
) -> None:
    """As `cdk deploy --outputs-file` writes it."""
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({"saml-connector-aws": outputs, "another": {}}))
    result = command_stage.run("metadata", "saml-connector-aws", "--outputs", file)
    assert (result.exit_code, parse(result.stdout).entity_id) == (0, outputs["IdpEntityId"])
    assert not command_stage.aws.calls


@pytest.mark.parametrize("lacking", ["SsoUrl", "IdpEntityId", "Certificate"])
def test_metadata_of_a_stack_that_lacks_an_output_is_an_error(
    command_stage: Stage, outputs: dict[str, str], lacking: str
) -> None:
    """And stdout is empty, so that no half a document is uploaded."""
    command_stage.aws.outputs["portal"] = {key: value for key, value in outputs.items() if key != lacking}
    result = command_stage.run("metadata", "portal")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f'stack "portal" lacks {lacking};' in result.stderr
    assert "a connector of kind identity-center has these; in a stack of your own call add_outputs()" in result.stderr
    command_stage.aws.outputs["portal"] = outputs | {lacking: ""}
    assert command_stage.run("metadata", "portal").output == result.output


def test_metadata_of_a_broken_certificate_is_an_error(command_stage: Stage, outputs: dict[str, str]) -> None:
    """It would be refused in the console, without a reason."""
    command_stage.aws.outputs["portal"] = outputs | {"Certificate": "bm90IG9uZQ=="}
    result = command_stage.run("metadata", "portal")
    assert (result.exit_code, result.stdout, "[stack-outputs]" in result.stderr) == (1, "", True)


def test_metadata_of_an_expired_certificate_is_printed_with_a_warning(
    command_stage: Stage, outputs: dict[str, str]
) -> None:
    """On stderr."""
    command_stage.aws.outputs["portal"] = outputs | {"Certificate": certificate(days=-1)}
    result = command_stage.run("metadata", "portal")
    assert (result.exit_code, result.stdout.startswith("<?xml")) == (0, True)
    assert result.stderr.startswith("Certificate: warning: is over")
    assert "got 2027-02-28" in result.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "it holds no JSON"),
        ("[]", "holds those of no stack"),
        ('{"another": {}}', "holds those of another"),
        (None, "No such file"),
    ],
)
def test_a_file_that_holds_no_outputs_of_the_stack_is_an_error(
    command_stage: Stage, text: str | None, words: str, tmp_path: Path
) -> None:
    """With what it does hold."""
    file = tmp_path / "outputs.json"
    if text is not None:
        file.write_text(text)
    result = command_stage.run("metadata", "saml-connector-aws", "--outputs", file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr
    assert "[outputs-file]" in result.stderr


def test_a_stack_that_there_is_none_of_is_an_error(command_stage: Stage) -> None:
    """CloudFormation calls it a validation error."""
    command_stage.aws.errors["describe_stacks"] = ClientError({"Error": {"Code": "ValidationError"}}, "DescribeStacks")
    result = command_stage.run("metadata", "nowhere")
    assert (result.exit_code, "there is no such stack in this account and region" in result.stderr) == (1, True)


@pytest.mark.parametrize("command", ["metadata", "doctor", "drift"])
def test_without_a_region_the_option_is_named(command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """These commands read no spec, so a field of one is no way out."""
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    result = CliRunner().invoke(main, [command, "portal"], obj=World())
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no region is known; give --region, or set AWS_REGION [aws-region]" in result.stderr
