"""The registry type as AWS judges it: its contract tests, its schema, and the package that is registered."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from registry import package
from saml_connectors.provider.jumpcloud import contract, desired
from saml_connectors.registry_type import model
from saml_connectors.registry_type.request import ACTIONS, TYPE_NAME

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = """
import json
from registry import contract_tests
from saml_connectors.registry_type import handler

def forgets_a_property(request, answer):
    answer.get("resourceModel", {}).pop("DisplayLabel", None)

def answers_another_code(request, answer):
    if answer.get("errorCode") == "AlreadyExists":
        answer["errorCode"] = "InternalFailure"

def tells_a_model_of_what_is_gone(request, answer):
    if request.action == "DELETE" and answer["status"] == "SUCCESS":
        answer["resourceModel"] = {}

def lists_nothing(request, answer):
    answer.get("resourceModels", []).clear()

def whole(change):
    def respond(request, context, world):
        answer = handler.respond(request, context, world)
        change(request, answer)
        return answer
    return contract_tests.run(1, respond=respond, quiet=True)

changes = (forgets_a_property, answers_another_code, tells_a_model_of_what_is_gone, lists_nothing)
seen = {change.__name__: sum(whole(change)[bad] for bad in ("failed", "error")) for change in changes}
print("seen", json.dumps(seen))
"""


@pytest.fixture
def schema() -> dict[str, Any]:
    """The type's schema."""
    read: dict[str, Any] = json.loads((package.FOLDER / package.SCHEMA).read_text())
    return read


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the project's root."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)  # noqa: S603 - our own code


def test_the_contract_tests_of_the_cloudformation_cli_pass_and_none_is_skipped(project: Path) -> None:
    """All fifteen, with each set of inputs: a Cognito connector, an AWS one, and one that says as little as it can."""
    done = run(project, "-m", "registry.contract_tests")
    assert done.returncode == 0, done.stdout
    counts = re.findall(r"^contract tests with the inputs (\d): (.*)$", done.stdout, re.MULTILINE)
    assert counts == [(number, "15 passed, 0 skipped, 0 failed") for number in "123"]


def test_the_contract_tests_see_a_handler_that_breaks_the_contract(project: Path) -> None:
    """A property forgotten, a wrong code, a model of what is gone, an empty list: each fails one of them at least."""
    done = run(project, "-c", BROKEN)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.rpartition("\nseen ")[2])
    assert len(seen) == 4
    assert min(seen.values()) > 0, seen


def test_the_schema_names_what_the_handlers_know(schema: dict[str, Any]) -> None:
    """No property on one side alone, and each of the same kind on both."""
    paths = {key: {path.rpartition("/")[2] for path in schema[key]} for key in schema if key.endswith("OnlyProperties")}
    assert schema["typeName"] == TYPE_NAME
    assert schema["properties"].keys() == {*model.WRITABLE, *model.READ_ONLY}
    assert paths == {"createOnlyProperties": {*model.CREATE_ONLY}, "readOnlyProperties": {*model.READ_ONLY}}
    assert schema["primaryIdentifier"] == ["/properties/SsoUrl"]
    assert schema["additionalIdentifiers"] == [["/properties/ApplicationId"]]
    assert {action.lower() for action in ACTIONS} == schema["handlers"].keys()
    flags = {name for name, kind in schema["properties"].items() if kind["type"] == "boolean"}
    assert flags == {*desired.CONFIG_FLAGS, contract.VISIBLE, model.ACTIVE}
    directory = schema["definitions"][contract.DIRECTORY]["properties"]
    assert directory.keys() == {
        contract.API_URL,
        contract.TOKEN_URL,
        contract.CREDENTIALS_SECRET,
        contract.ORG_ID,
    }


def test_no_secret_has_a_place_in_the_schema(schema: dict[str, Any]) -> None:
    """The configuration holds the secret's name; no property could hold a key."""
    assert "writeOnlyProperties" not in schema
    assert schema["typeConfiguration"]["additionalProperties"] is False
    assert not [name for name in schema["properties"] if re.search("key|secret|token|password", name, re.IGNORECASE)]


def test_every_set_of_inputs_fits_the_schema(schema: dict[str, Any]) -> None:
    """`cfn test` reads them as they are; the invalid one sets what only the directory may."""
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft7Validator(schema)
    for path in sorted((package.FOLDER / "inputs").iterdir()):
        read = json.loads(path.read_text())
        assert list(validator.iter_errors(read)) == [], path.name
        assert ("invalid" in path.name) == (contract.APPLICATION_ID in read)


def test_the_role_may_do_what_the_schema_says_and_no_more(schema: dict[str, Any]) -> None:
    """The handlers read one secret as whoever deploys; nothing else of AWS is asked for."""

    class Loader(yaml.SafeLoader):
        """Reads CloudFormation's short forms as plain data."""

    def plain(loader: Any, _suffix: str, node: Any) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return node.value
        return loader.construct_sequence(node, deep=True)

    Loader.add_multi_constructor("!", plain)
    role = yaml.load((package.FOLDER / "resource-role.yaml").read_text(), Loader)["Resources"]["ExecutionRole"]  # noqa: S506 - a safe loader
    statements = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    allowed = {statements[0]["Action"], statements[1][1]["Action"]}
    assert {each for handler in schema["handlers"].values() for each in handler["permissions"]} == allowed


def test_the_package_is_what_cfn_submit_sends_and_runs_on_its_own(tmp_path: Path) -> None:
    """Built twice it is the same; unpacked it answers a request with nothing of the project beside it."""
    for name in ("one", "two"):
        package.write_project(tmp_path / name)
    built = package.zipped(tmp_path / "one")
    assert built == package.zipped(tmp_path / "two")
    opened = zipfile.ZipFile(io.BytesIO(built))
    names = set(opened.namelist())
    assert {"schema.json", "configuration-schema.json", ".rpdk-config", ".cfn_metadata.json"} < names
    assert "inputs/inputs_1_create.json" in names
    zipfile.ZipFile(io.BytesIO(opened.read("ResourceProvider.zip"))).extractall(tmp_path / "function")
    module, _, function = json.loads(opened.read(".rpdk-config"))["entrypoint"].rpartition(".")
    code = f"import sys; sys.path.insert(0, '.'); from {module} import {function}; print({function}({{}}, None))"
    done = run(tmp_path / "function", "-I", "-S", "-c", code)
    assert done.returncode == 0, done.stderr
    assert "'errorCode': 'InvalidRequest'" in done.stdout


def test_a_folder_that_holds_something_else_is_not_overwritten(tmp_path: Path) -> None:
    """The builder removes only what it has built before."""
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match="name a folder that does not exist"):
        package.write_project(tmp_path)
    assert (tmp_path / "thesis.txt").exists()
