"""Claims about the command `saml-connectors review`: what it takes, what it writes, how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it brings no types
import pytest
from click.testing import CliRunner, Result

from benchmarks.review import change_everything
from saml_connectors.cli import main
from saml_connectors.provider.jumpcloud import contract

pytest_plugins = ["tests.review_fixtures"]

NOW = ["--now", "2026-11-22"]


def run(*arguments: str) -> Result:
    """The command's end."""
    return CliRunner().invoke(main, ["review", *arguments])


@pytest.fixture
def written(examples: Callable[..., Any], tmp_path: Path) -> Callable[..., str]:
    """Writes an example's template, changed or not, and gives its path."""

    def write(name: str, groups: list[str] | None = None) -> str:
        template = examples("portal")["saml-connector-portal"]
        for resource in template["Resources"].values():
            if groups is not None and resource["Type"] == contract.ACCESS:
                resource["Properties"]["Groups"] = groups
        path = tmp_path / name
        path.write_text(json.dumps(template), "utf-8")
        return str(path)

    return write


def test_a_review_is_written_and_ends_well_whatever_it_says(written: Callable[..., str]) -> None:
    """`check` is what fails: somebody has to read a review."""
    found = run(written("new.json", ["portal-users", "everyone"]), "--base", written("old.json"), *NOW)
    assert found.exit_code == 0
    assert "Members of `everyone` may now sign in to app client `web`" in found.output
    assert "Members of `portal-admins` may no longer sign in to app client `web`" in found.output


def test_one_file_against_one_file_are_before_and_after(written: Callable[..., str]) -> None:
    """Whatever they are called."""
    assert "nothing changes" in run(written("a.json"), "--base", written("b.json"), *NOW).output


def test_a_stack_of_another_name_is_another_stack(
    written: Callable[..., str], tmp_path: Path, examples: Callable[..., Any]
) -> None:
    """In a cloud assembly stacks have names, and a renamed stack is made anew."""
    folders = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "t.json").write_text(json.dumps(examples("portal")["saml-connector-portal"]), "utf-8")
        properties = {"templateFile": "t.json", "stackName": name}
        artifacts = {name: {"type": "aws:cloudformation:stack", "properties": properties}}
        (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}), "utf-8")
        folders.append(str(folder))
    output = run(folders[0], "--base", folders[1], *NOW).output
    assert output.startswith("## Sign-in review: of 2 connectors, 1 added and 1 removed\n")


def test_json_has_everything_and_always_the_same_keys(written: Callable[..., str]) -> None:
    """For programs: summary, connectors with changes and fields, findings."""
    output = run(written("new.json", ["everyone"]), "--base", written("old.json"), "--format", "json", *NOW).output
    found = json.loads(output)
    assert found["version"] == 1
    assert found["summary"]["risks"]["widened"] == 2
    connector = found["connectors"][0]
    gained = next(each for each in connector["changes"] if each["code"] == "sign-in-added")
    assert gained["way"] == "gains"
    assert gained["names"] == {"group": ["everyone"], "client": "web"}
    assert gained["resource"].startswith("ConnectorClient")
    assert {"field": "groups that see it", "before": None, "after": "everyone"}.items() <= next(
        each for each in connector["fields"] if each["after"] == "everyone"
    ).items()
    assert set(found["findings"]) == {"new", "old", "gone"}


def test_sarif_has_changes_as_notes_at_their_resources(written: Callable[..., str]) -> None:
    """Code scanning shows them beside the findings of check."""
    new = written("new.json", ["everyone"])
    document = json.loads(run(new, "--base", written("old.json"), "--format", "sarif", *NOW).output)
    results = document["runs"][0]["results"]
    gained = [each for each in results if each["ruleId"] == "review-sign-in-added"]
    assert len(gained) == 1
    assert gained[0]["level"] == "note"
    assert "Members of 'everyone' may now sign in to app client 'web'" in gained[0]["message"]["text"]
    rules = document["runs"][0]["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in results)
    schema = {"type": "object", "required": ["version", "runs"], "properties": {"version": {"const": "2.1.0"}}}
    jsonschema.validate(document, schema)


def test_findings_that_were_there_before_are_told_apart(written: Callable[..., str], tmp_path: Path) -> None:
    """Only what a change brings is its author's."""
    template = json.loads(Path(written("good.json")).read_text("utf-8"))
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Cognito::UserPoolClient":
            resource["Properties"]["CallbackURLs"] = ["http://portal.acme.example/callback"]
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(template), "utf-8")
    new, old, gone = (
        json.loads(run(*arguments, "--format", "json", *NOW).output)["findings"]
        for arguments in (
            (str(bad), "--base", written("good.json")),
            (str(bad), "--base", str(bad)),
            (written("good.json"), "--base", str(bad)),
        )
    )
    assert new["new"]
    assert not new["old"]
    assert old["old"] == new["new"]
    assert not old["new"]
    assert [each["code"] for each in gone["gone"]] == [each["code"] for each in new["new"]]


def test_the_same_input_gives_the_same_bytes_into_a_file_too(written: Callable[..., str], tmp_path: Path) -> None:
    """For the time given."""
    arguments = (written("new.json", ["everyone"]), "--base", written("old.json"), *NOW)
    file = tmp_path / "review.md"
    found = run(*arguments, "--output", str(file))
    assert found.exit_code == 0
    assert found.output == ""
    assert file.read_text("utf-8") == run(*arguments).output


@pytest.mark.parametrize("content", ["{", "[1]", "a: *b", "{}", "\x00\xff"])
@pytest.mark.parametrize("side", ["new", "base"])
def test_what_cannot_be_read_is_said_and_nothing_is_written(
    written: Callable[..., str], tmp_path: Path, *, content: str, side: str
) -> None:
    """Either side: the file, what is wrong, what to do; and no page."""
    broken = tmp_path / "broken.json"
    broken.write_text(content, "utf-8")
    good = written("good.json")
    arguments = (str(broken), "--base", good) if side == "new" else (good, "--base", str(broken))
    found = run(*arguments, *NOW)
    assert found.exit_code == 1
    assert "broken.json" in found.stderr
    assert "Traceback" not in found.output
    assert found.stdout == ""


def test_both_sides_are_told_where_neither_can_be_read(tmp_path: Path) -> None:
    """All problems at once."""
    found = run(str(tmp_path), "--base", str(tmp_path / "nothing.json"), *NOW)
    assert found.exit_code == 1
    assert found.stderr.count("\n") == 2


def test_a_file_that_cannot_be_written_is_said(written: Callable[..., str], tmp_path: Path) -> None:
    """With its name."""
    found = run(written("new.json"), "--output", str(tmp_path / "no" / "review.md"), *NOW)
    assert found.exit_code == 1
    assert "review-output" in found.stderr


def test_a_misspelt_day_is_said(written: Callable[..., str]) -> None:
    """As for check."""
    assert run(written("new.json"), "--now", "yesterday").exit_code == 2


def test_the_benchmark_changes_every_connector(
    examples: Callable[..., Any], reviewed: Callable[..., Any], tmp_path: Path
) -> None:
    """What it measures is a review in which everything is different."""
    for name, template in examples("portal", "console").items():
        (tmp_path / f"{name}.template.json").write_text(json.dumps(template), "utf-8")
    assert change_everything(tmp_path) == 6
    new = {
        name: json.loads((tmp_path / f"{name}.template.json").read_text("utf-8"))
        for name in examples("portal", "console")
    }
    found = reviewed(new, examples("portal", "console"))
    assert [each.state for each in found.connectors] == ["changed", "changed"]
