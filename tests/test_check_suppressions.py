"""Claims about suppressions: each has a reason, hides one rule where it says so, and never outlives its use unseen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from saml_connectors.cli import main

Check = Callable[..., Result]

CODE = "saml-provider-name"
BROKEN = """\
Resources:
  One:
    Type: AWS::IAM::SAMLProvider
    Properties: {Name: "Jump Cloud!", SamlMetadataDocument: !Ref Document}
  Two:
    Type: AWS::IAM::SAMLProvider
    Metadata: {"aws:cdk:path": stack/Two/Resource}
    Properties: {Name: "Jump Cloud?", SamlMetadataDocument: !Ref Document}
Parameters:
  Document: {Type: String}
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template with the same mistake at two resources."""
    file = tmp_path / "broken.yaml"
    file.write_text(BROKEN)
    return file


@pytest.fixture
def check(template: Path, tmp_path: Path) -> Check:
    """Checks the template with a file of suppressions, given as text; without one, where it is None."""

    def run(text: str | None, *more: str, now: str = "2026-11-22") -> Result:
        arguments = ["check", "--now", now, str(template), *more]
        if text is not None:
            file = tmp_path / "suppressions.yaml"
            file.write_text(text)
            arguments += ["--suppressions", str(file)]
        return CliRunner().invoke(main, arguments)

    return run


def told(result: Result) -> list[tuple[str, str, str]]:
    """Level, code and resource of all that counts."""
    found: list[dict[str, Any]] = json.loads(result.stdout)["findings"]
    return [(each["level"], each["code"], each["resource"]) for each in found]


def written(template: Path, entries: str) -> None:
    """Put suppressions into the template, at its resource One."""
    metadata = f"    Metadata: {{saml-connectors: {{suppress: {entries}}}}}\n"
    template.write_text(BROKEN.replace("  One:\n", f"  One:\n{metadata}"))


@pytest.mark.parametrize(
    ("place", "left"),
    [
        ("", []),
        ("resource: One", ["Two"]),
        ("resource: Two", ["One"]),
        ("resource: stack/Two/Resource", ["One"]),
        ("resource: stack/Two", ["One"]),
        ("resource: stack", ["One"]),
        ("resource: stack/T", ["One", "Two"]),
        ("template: broken.yaml", []),
        ("template: broken.yaml\n  resource: One", ["Two"]),
        ("template: other", ["One", "Two"]),
    ],
)
def test_a_suppression_hides_one_rule_where_it_says_so(place: str, left: list[str], check: Check) -> None:
    """Everywhere, in one template, at one resource, or below one construct."""
    result = check(f"- code: {CODE}\n  reason: as agreed\n  {place}\n", "--format", "json")
    assert [resource for level, _, resource in told(result) if level == "error"] == left
    assert result.exit_code == (1 if left else 0)


def test_what_is_suppressed_is_told_apart_with_its_reason(check: Check) -> None:
    """In every form but workflow commands, and it is never counted."""
    entry = f"- {{code: {CODE}, reason: ' the console knows it by this name ', resource: One}}"
    document = json.loads(check(entry, "--format", "json").stdout)
    assert list(document) == ["findings", "suppressed"]
    (hidden,) = document["suppressed"]
    assert (hidden["resource"], hidden["suppressed"]) == ("One", "the console knows it by this name")
    assert [each["suppressed"] for each in document["findings"]] == [None]
    result = check(entry)
    first, second = result.stdout.splitlines()
    assert ": Properties.Name: the name" in first
    assert "One: Properties.Name: suppressed error: " in second
    assert second.endswith(f"; because: the console knows it by this name [{CODE}]")
    assert result.stderr == "1 template: 1 error, 0 warnings, 1 suppressed\n"
    assert len(check(entry, "--format", "github").stdout.splitlines()) == 1


def test_a_suppression_may_stand_in_the_template(template: Path, check: Check) -> None:
    """In the resource's own metadata, and it counts for that resource alone."""
    written(template, f"[{{code: {CODE}, reason: as agreed}}]")
    assert told(check(None, "--format", "json")) == [("error", CODE, "Two")]


@pytest.mark.parametrize(
    ("entry", "code", "words"),
    [
        (f"{{code: {CODE}}}", "suppression-no-reason", "reason: must say why"),
        (f"{{code: {CODE}, reason: '  '}}", "suppression-no-reason", "reason: must say why"),
        (f"{{code: {CODE}, reason: 3}}", "suppression-no-reason", "reason: must say why"),
        ("{code: saml-provider-nam, reason: x}", "suppression-code-unknown", f"did you mean {CODE}?"),
        ("{code: 3, reason: x}", "suppression-code-unknown", "must be the code of a rule, got int"),
        ("{reason: x}", "suppression-code-unknown", "got nothing"),
        (f"{{code: {CODE}, reason: x, until: soon}}", "suppression-until", "must be a day"),
        (f"{{code: {CODE}, reason: x, until: 3}}", "suppression-until", "must be a day"),
        (f"{{code: {CODE}, reason: x, rule: y}}", "suppression-form", "rule: is not a field here"),
        ("text", "suppression-form", "must be a mapping with code and reason, got 'text'"),
    ],
)
def test_a_wrong_suppression_is_an_error_wherever_it_stands(
    entry: str, code: str, words: str, template: Path, check: Check
) -> None:
    """It hides nothing, and says what is wrong with it and on which line."""
    in_file = check(f"# comment\n- {entry}\n")
    assert in_file.exit_code == 1
    (line,) = [each for each in in_file.stdout.splitlines() if each.endswith(f"[{code}]")]
    assert "suppressions.yaml:2: [0]" in line
    assert words in line
    assert in_file.stdout.count(f"[{CODE}]") == 2
    written(template, f"[{entry}]")
    in_template = check(None)
    (line,) = [each for each in in_template.stdout.splitlines() if each.endswith(f"[{code}]")]
    assert "broken.yaml:2: One: Metadata.saml-connectors.suppress[0]" in line
    assert in_template.stdout.count(f"[{CODE}]") == 2


def test_a_place_is_only_for_the_file(template: Path, check: Check) -> None:
    """In a template, a suppression stands at its place already; in the file, a place is a text."""
    written(template, f"[{{code: {CODE}, reason: x, resource: Two}}]")
    assert "resource: is not a field here" in check(None).stdout.replace("[0].resource", "resource")
    assert "must be text, got int" in check(f"- {{code: {CODE}, reason: x, resource: 3}}").stdout


@pytest.mark.parametrize(
    ("text", "code"),
    [("code: x", "suppression-form"), ("3", "suppression-form"), ("- [", "yaml-syntax"), ("\0", "yaml-syntax")],
)
def test_a_file_that_is_no_list_is_an_error(text: str, code: str, check: Check) -> None:
    """Exit 1, with a code."""
    result = check(text, "--format", "json")
    assert result.exit_code == 1
    assert code in {each for _, each, _ in told(result)}


def test_an_empty_file_suppresses_nothing(check: Check) -> None:
    """It is no mistake: the last entry was removed."""
    for text in ("", "[]\n", "# none left\n"):
        assert told(check(text, "--format", "json")) == [("error", CODE, "One"), ("error", CODE, "Two")]


def test_a_file_that_cannot_be_read_is_an_error(template: Path, tmp_path: Path) -> None:
    """A name misspelt must not let everything through."""
    for name in ("missing.yaml", ""):
        result = CliRunner().invoke(main, ["check", str(template), "--suppressions", str(tmp_path / name)])
        assert result.exit_code == 1
        assert "[file-unreadable]" in result.stdout
    (tmp_path / "a.yaml").write_bytes(b"\xff")
    result = CliRunner().invoke(main, ["check", str(template), "--suppressions", str(tmp_path / "a.yaml")])
    assert "[file-encoding]" in result.stdout


def test_one_that_hides_nothing_is_told(template: Path, check: Check) -> None:
    """As a note, which never fails."""
    template.write_text(BROKEN.replace("Jump Cloud!", "One").replace("Jump Cloud?", "Two"))
    entry = f"- {{code: {CODE}, reason: x}}\n- {{code: {CODE}, reason: x, resource: Nobody}}\n"
    result = check(entry, "--format", "json", "--strict")
    assert told(result) == [("note", "suppression-unused", "")] * 2
    assert result.exit_code == 0
    lines = check(entry).stdout.splitlines()
    assert [line.partition("suppressions.yaml:")[2][:8] for line in lines] == ["1: note:", "2: note:"]


def test_one_that_has_expired_counts_no_more(template: Path, check: Check) -> None:
    """It counts through its last day, wherever it stands; after that a note says so beside the finding."""
    entry = f"{{code: {CODE}, reason: x, until: 2026-12-31}}"
    for text in (f"- {entry}", None):
        if text is None:
            written(template, f"[{entry}]")
        errors = 0 if text else 1
        last_day = [level for level, _, _ in told(check(text, "--format", "json", now="2026-12-31T23:59:00"))]
        assert last_day == ["error"] * errors
        after = told(check(text, "--format", "json", now="2027-01-01"))
        assert [code for _, code, _ in after] == [CODE, CODE, "suppression-expired"]
    assert "was suppressed until 2026-12-31" in check(None, now="2027-01-01").stdout


def test_resources_marked_alike_are_told_of_together(template: Path, check: Check) -> None:
    """A construct made of several resources is marked at each: one that needs it is enough."""
    mark = f"Metadata: {{saml-connectors: {{suppress: [{{code: {CODE}, reason: x}}]}}}}"
    template.write_text(
        f"{BROKEN.replace('    Type', f'    {mark}{chr(10)}    Type', 1)}".replace("Jump Cloud?", "Two")
    )
    with_another = template.read_text().replace("Resources:\n", f"Resources:\n  Topic: {{Type: T, {mark}}}\n")
    template.write_text(with_another)
    assert told(check(None, "--format", "json")) == []


@pytest.mark.parametrize(
    "metadata",
    ["3", "[]", "{saml-connectors: 3}", "{saml-connectors: []}", "{saml-connectors: {}}", "{saml-connectors: {a: 1}}"],
)
def test_other_metadata_is_nobody_s_business(metadata: str, template: Path, check: Check) -> None:
    """Only the list under our own key is looked at."""
    template.write_text(BROKEN.replace("  One:\n", f"  One:\n    Metadata: {metadata}\n"))
    assert len(told(check(None, "--format", "json"))) == 2


def test_an_acknowledgement_of_the_cdk_counts_too(template: Path, tmp_path: Path) -> None:
    """For its construct and all below it; another plugin's, another rule's and an unused one are passed over."""
    folder = tmp_path / "cdk.out"
    folder.mkdir()
    (folder / "a.yaml").write_text(template.read_text())

    def acknowledged(**rules: str) -> Result:
        notes = {
            "/stack/One": [{"type": "aws:cdk:logicalId", "data": "One"}],
            "/stack/Two": [{"type": "aws:cdk:acknowledged-rules", "data": rules}],
        }
        stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "a.yaml"}, "metadata": notes}
        (folder / "manifest.json").write_text(json.dumps({"artifacts": {"stack": stack}}))
        return CliRunner().invoke(main, ["check", "--now", "2026-11-22", "--format", "json", str(folder)])

    both = [("error", CODE, "One"), ("error", CODE, "Two")]
    assert told(acknowledged(**{f"saml-connectors::{CODE}": "as agreed"})) == both[:1]
    assert told(acknowledged(**{f"other-plugin::{CODE}": "x", "saml-connectors::metadata-doctype": "x"})) == both
