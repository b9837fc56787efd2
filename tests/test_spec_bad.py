"""Claims about wrong specs: each gives exactly the problems that its comments expect, on their lines, all at once."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from saml_connectors.cli import main
from saml_connectors.problems import Problem, SpecError
from saml_connectors.spec import load, parse
from saml_connectors.spec.source import read_yaml

BAD = Path(__file__).parent / "bad_specs"
CASES = [*sorted(BAD.glob("*.yaml")), *sorted((BAD / "together").iterdir())]
NAMES = [str(case.relative_to(BAD)) for case in CASES]
OF_A_WHOLE_FILE = {"yaml-syntax", "several-documents", "wrong-type", "yaml-tag", "yaml-key", "bookmark-target"}
"""Codes that may stand without a field."""


def expected(case: Path) -> Counter[tuple[str, int, str]]:
    """File, line and code of every problem that the comments of a case expect."""
    files = [case] if case.is_file() else sorted(case.iterdir())
    return Counter(
        (str(file), number, code)
        for file in files
        for number, line in enumerate(file.read_text().splitlines(), 1)
        for found in re.findall(r"# expect: (.+)$", line)
        for code in found.split()
    )


def told(problems: list[Problem]) -> Counter[tuple[str | None, int | None, str]]:
    """The same of the problems that were found."""
    return Counter((problem.file, problem.line, problem.code) for problem in problems)


def plain(file: Path) -> Any:
    """The plain data in a file; nothing where the text itself is wrong."""
    source = read_yaml(file.read_text(), str(file))
    return None if source.problems else source.data


def test_there_are_cases() -> None:
    """The folder was found: an empty one would let everything below pass."""
    assert len(CASES) > 100
    assert all(expected(case) for case in CASES if case.name != "link-to-faulty")


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_wrong_spec_gives_the_problems_expected_and_no_others(case: Path) -> None:
    """Code and line of each problem are those of the comments: none is hidden, and none follows from another."""
    assert told(load([case]).problems) == expected(case)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_each_problem_says_field_rule_and_level(case: Path) -> None:
    """A person who reads it knows where to look, what holds, and what to do."""
    for problem in load([case]).problems:
        assert problem.field or problem.code in OF_A_WHOLE_FILE
        assert problem.level == "error"
        assert problem.fix or re.match(r"(must|cannot|is not)\b", problem.rule)
        assert problem.rule[0].islower()
        assert not problem.message.endswith(".")
        assert "\n" not in str(problem)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_validate_exits_1_without_a_traceback(case: Path) -> None:
    """Both forms of output name every code, and the command ends in an orderly way."""
    text = CliRunner().invoke(main, ["validate", str(case)])
    form = CliRunner().invoke(main, ["validate", "--format", "json", str(case)])
    assert (text.exit_code, form.exit_code) == (1, 1)
    assert isinstance(text.exception, SystemExit)
    assert "Traceback" not in text.output
    codes = sorted(code for _, _, code in expected(case).elements())
    assert sorted(re.findall(r"\[([a-z-]+)\]$", text.stdout, re.MULTILINE)) == codes
    assert sorted(each["code"] for each in json.loads(form.stdout)["findings"]) == codes


@pytest.mark.parametrize(
    "file", [path for path in sorted(BAD.glob("*.yaml")) if plain(path)], ids=lambda file: file.stem
)
def test_plain_data_has_the_same_problems_as_the_file(file: Path) -> None:
    """`parse` judges as `load` does: what only a YAML text can have wrong aside, there is one set of rules."""
    with pytest.raises(SpecError) as caught:
        parse(plain(file), folder=file.parent)
    found = Counter((problem.code, problem.field, problem.message) for problem in caught.value.problems)
    assert found == Counter((problem.code, problem.field, problem.message) for problem in load([file]).problems)


def test_the_installed_command_refuses_a_wrong_spec() -> None:
    """The script on the PATH, as a pull request's check runs it: exit 1, findings on stdout, a summary on stderr."""
    command = [str(Path(sys.executable).with_name("saml-connectors")), "validate", str(BAD / "many-at-once.yaml")]
    said = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the project's own
    assert said.returncode == 1
    assert len(said.stdout.splitlines()) == sum(expected(BAD / "many-at-once.yaml").values())
    assert said.stderr.startswith(f"1 spec: {len(said.stdout.splitlines())} errors, 0 warnings; rules between fields")
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("unknown-field", "did you mean provider_name?"),
        ("unknown-field-required", "did you mean callback_urls?"),
        ("unknown-field-deep", "the fields here are name, callback_urls"),
        ("kind-unknown", "did you mean cognito-user-pool?"),
        ("not-a-choice", "did you mean destroy?"),
        ("attribute-unknown", 'an attribute of your own is written "custom:phone"'),
        ("domain-prefix", "write acme-portal"),
        ("provider-name", "write Jump-Cloud"),
        ("slug-url", "write portal"),
        ("callback-https", "write https://portal.example.com/callback"),
        ("callback-fragment", "write https://portal.example.com/"),
        ("wrong-type-number", "put it in quotes"),
        ("yaml-syntax-tab", "indent with spaces: here is a tab"),
        ("groups-to", "must be cognito:groups, or custom: and 1 to 20"),
        ("certificate-region", "request one there for the same name"),
        ("scope-openid", "add openid"),
        ("flow-needs-secret", "set secret: true"),
    ],
)
def test_a_way_out_is_offered(name: str, suggestion: str) -> None:
    """Where it can be told what was meant, the message says it."""
    assert suggestion in " ".join(problem.message for problem in load([BAD / f"{name}.yaml"]).problems)


def test_a_claim_names_the_file_and_line_that_had_it_first() -> None:
    """Of two connectors with one name, the message says where the other one stands."""
    (problem,) = load([BAD / "together" / "name"]).problems
    assert f"{BAD / 'together' / 'name' / 'a.yaml'}:2" in problem.message
    assert problem.given == '"portal"'


SECRETS = {
    "plain-text-credential": "0123456789abcdef0123456789abcdef01234567",
    "plain-text-credential-jca": "a1B2c3D4a1B2c3D4",
    "plain-text-credential-json": "made-up",
    "plain-text-credential-field": "0123456789abcdef0123456789abcdef01234567",
    "credentials-list": "0123456789abcdef0123456789abcdef01234567",
    "credentials-secret": "my secret key",
    "url-user": "pass1234",
    "callback-user": "pass1234",
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_in_a_spec_is_never_repeated(name: str) -> None:
    """The message tells that one stands there, in no form of output what it is."""
    file = BAD / f"{name}.yaml"
    assert SECRETS[name] in file.read_text()
    for form in ("text", "json"):
        result = CliRunner().invoke(main, ["validate", "--format", form, str(file)])
        assert result.exit_code == 1
        assert SECRETS[name] not in result.output
