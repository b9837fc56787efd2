"""The threat model in docs/security.md stands on tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
TEXT = (PROJECT / "docs" / "security.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/\w+\.py)::(\w+)`", TEXT)))
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize(("file", "name"), NAMED, ids="::".join)
def test_a_claim_names_a_test_that_is_there(file: str, name: str) -> None:
    """By its file and its function."""
    functions = [
        each.name for each in ast.parse((PROJECT / file).read_text()).body if isinstance(each, ast.FunctionDef)
    ]
    assert name in functions


def test_nothing_that_looks_like_the_name_of_a_test_is_passed_over() -> None:
    """Whatever names a test does so in the one form that is checked."""
    assert len(NAMED) > 30
    assert len(re.findall(r"::test_|test_\w+\.py::", TEXT)) == len(re.findall(r"`tests/\w+\.py::test_\w+`", TEXT))


def test_each_thing_that_somebody_may_have_is_told_with_what_stays() -> None:
    """The table at the beginning, and a section for each of its rows."""
    rows = re.findall(r"^\| \[.+?\]\(#([a-z-]+)\) \|", TEXT, re.MULTILINE)
    told = {re.sub(r"[^a-z -]", "", title.lower()).replace(" ", "-"): body for title, body in SECTIONS.items()}
    assert len(rows) == 8
    for anchor in rows:
        assert "**What stays.**" in told[anchor]
        assert "`tests/" in told[anchor]


def test_the_rights_that_are_told_are_those_that_the_functions_have() -> None:
    """None is left out, and none is made up."""
    source = ast.parse((PROJECT / "tests" / "test_least_privilege.py").read_text())
    (allowed,) = (
        ast.literal_eval(each.value)
        for each in source.body
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "ALLOWED"
    )
    table = SECTIONS["The rights of the functions"].replace("`PutSecretValue`", "`secretsmanager:PutSecretValue`")
    told = set(re.findall(r"`([a-z-]+:[A-Z]\w+)`", table))
    assert told == {action for actions in allowed.values() for action in actions}
