"""Claims about the rules, held by the examples that their page shows: each has one that fails and one that passes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from saml_connectors.checks import judge
from saml_connectors.checks.rules import GROUPS, RULES
from saml_connectors.cloudformation import Assembly

pytest_plugins = ["tests.rule_examples_fixtures"]

Example = Callable[[str, str], Assembly]

UNAVOIDABLE: dict[str, set[str]] = {}
"""Codes that the failing example of a rule cannot but break as well."""

CODES = [rule.code for rule in RULES]
NAMED = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")


@pytest.mark.parametrize("code", CODES)
def test_failing_example_breaks_its_rule_and_no_other(code: str, rule_example: Example, rule_time: datetime) -> None:
    """What the page shows as wrong is found, for that reason alone."""
    found = {finding.code for finding in judge(rule_example(code, "fails"), now=rule_time)}
    assert found == {code} | UNAVOIDABLE.get(code, set())


@pytest.mark.parametrize("code", CODES)
def test_passing_example_breaks_no_rule(code: str, rule_example: Example, rule_time: datetime) -> None:
    """What the page shows as right is right in the eyes of every rule."""
    assert [str(finding) for finding in judge(rule_example(code, "passes"), now=rule_time)] == []


def test_each_example_belongs_to_a_rule(project: Path) -> None:
    """No example stays behind when its rule is gone or has another name."""
    found = {path.name for path in (project / "docs" / "rules").iterdir()}
    assert found == {f"{code}.{outcome}.yaml" for code in CODES for outcome in ("fails", "passes")}


def test_codes_are_kebab_case_and_different() -> None:
    """A suppression names one rule."""
    assert len(set(CODES)) == len(CODES)
    assert [code for code in CODES if not NAMED.fullmatch(code)] == []


@pytest.mark.parametrize("rule", RULES, ids=CODES)
def test_rule_says_what_why_and_what_to_do(rule: object) -> None:
    """The page has sentences to show, findings have a phrase to end with, and a source can be looked up."""
    what, why, fix, source = (getattr(rule, name) for name in ("what", "why", "fix", "source"))
    assert re.fullmatch(r"[A-Za-z].*\.", what)
    assert re.fullmatch(r"[A-Z].*\.", why)
    assert fix
    assert not fix.endswith(".")
    assert fix[0].islower() or fix.split()[0].isidentifier()
    assert len(source) > len("RFC 1")


def test_every_rule_is_in_one_group() -> None:
    """The page tells each rule once, under a heading."""
    assert [rule for _, rules in GROUPS for rule in rules] == list(RULES)
    assert all(rules for _, rules in GROUPS)
