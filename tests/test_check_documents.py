"""Claims about docs/rules.md and docs/check.md: they say what the code says and what the command prints."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from saml_connectors.checks.reference import EXAMPLES, reference
from saml_connectors.checks.rules import GROUPS, RULES

PROJECT = Path(__file__).parents[1]
PAGE = (PROJECT / "docs" / "rules.md").read_text()
GUIDE = (PROJECT / "docs" / "check.md").read_text()


def test_the_page_of_rules_is_what_the_rules_say() -> None:
    """`python -m saml_connectors.checks.reference > docs/rules.md` changes nothing."""
    assert reference(PROJECT / EXAMPLES) == PAGE


def test_the_page_can_be_made_as_it_says() -> None:
    """From the project's folder, without the CDK."""
    said = subprocess.run(
        [sys.executable, "-m", "saml_connectors.checks.reference"], cwd=PROJECT, capture_output=True, check=True
    )
    assert said.stdout.decode() == PAGE


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_each_rule_has_its_section_with_both_examples(rule: object) -> None:
    """Under its own heading: what, why, fix, source, and the two templates that the tests run."""
    code = getattr(rule, "code", "")
    section = re.search(rf"^### {re.escape(code)}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None
    said = re.sub(r"\[(docs/[\w-]+\.md)\]\([\w-]+\.md\)", r"\1", section[1])
    for part in ("what", "why", "source"):
        assert getattr(rule, part) in said
    for outcome in ("fails", "passes"):
        assert f"(rules/{code}.{outcome}.yaml)" in section[1]
    assert "<summary>What makes it pass</summary>" in section[1] or "<summary>This passes</summary>" in section[1]


def test_headings_are_those_of_the_groups() -> None:
    """In their order, each rule in the table of its own."""
    assert re.findall(r"^## (.*)$", PAGE, re.MULTILINE) == [group for group, _ in GROUPS]
    assert re.findall(r"^\| \[`(.*?)`\]", PAGE, re.MULTILINE) == [rule.code for rule in RULES]


def test_the_guide_shows_what_the_command_prints(tmp_path: Path) -> None:
    """To the letter: the template, the two lines, the summary."""
    (template,) = re.findall(r"```yml\n# roles\.yaml\n(.*?)```", GUIDE, re.DOTALL)
    (shown,) = re.findall(r"\$ saml-connectors check roles\.yaml\n(.*?)```", GUIDE, re.DOTALL)
    (tmp_path / "roles.yaml").write_text(f"# roles.yaml\n{template}")
    command = [str(Path(sys.executable).with_name("saml-connectors")), "check", "roles.yaml"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert said.returncode == 1
    assert said.stdout + said.stderr == shown


def test_suppressions_of_the_guide_are_right(tmp_path: Path) -> None:
    """The file that it shows is read without a problem, and names rules that there are."""
    (text,) = re.findall(r"```yml\n# suppressions\.yaml\n(.*?)```", GUIDE, re.DOTALL)
    (tmp_path / "suppressions.yaml").write_text(text)
    (tmp_path / "empty.yaml").write_text("Resources: {}")
    arguments = ["check", "empty.yaml", "--suppressions", "suppressions.yaml", "--now", "2026-11-22"]
    command = [str(Path(sys.executable).with_name("saml-connectors")), *arguments]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert said.returncode == 0
    assert said.stdout.count("[suppression-unused]") == text.count("- code:") > 1


def test_the_guide_names_every_option_and_format() -> None:
    """And counts the rules and the mistakes of the list."""
    for word in ("--strict", "--format", "--suppressions", "--now", "text", "json", "sarif", "github"):
        assert f"`{word}" in GUIDE or f" {word}" in GUIDE
    assert f"{len(RULES)} rules" in GUIDE
