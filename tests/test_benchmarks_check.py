"""The benchmark of `check` itself: what it measures is whole and right.  How fast anything is, is not a test."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks import check
from benchmarks.clock import Reading
from saml_connectors.checks.report import check as judge
from saml_connectors.cloudformation import read


@pytest.mark.parametrize("size", [0, 7, 125])
def test_templates_have_as_many_resources_as_they_say(size: int, tmp_path: Path) -> None:
    """Also where that is no multiple of a connector's."""
    (template,) = read([str(check.write_template(tmp_path / "a.json", size))]).templates
    assert len(template.resources) == size


def test_templates_are_right_and_full_of_what_is_judged(tmp_path: Path) -> None:
    """What is measured is the way of a good template, in which every connector has metadata of its own."""
    file = check.write_template(tmp_path / "a.json", 120)
    report = judge([str(file)], now=datetime.now(UTC))
    assert [str(each) for each in report.told] == []
    assert report.federated
    (template,) = read([str(file)]).templates
    assert set(Counter(each.type for each in template.resources.values()).values()) == {20}
    documents = {each.text("SamlMetadataDocument") for each in template.of_type("AWS::IAM::SAMLProvider")}
    assert len(documents) == 20


def test_every_target_is_judged() -> None:
    """One round: a verdict wherever there is a target."""
    results = check.results(rounds=1, sizes=(6, 12))
    assert [bool(result.target) for result in results] == [True, True, False]
    assert {bool(result.target) == (result.met is not None) for result in results} == {True}


def test_growth_leaves_out_the_start() -> None:
    """Twice the work is twice, however long the start takes."""
    start, small, large = ([Reading(0, seconds)] * 3 for seconds in (1.0, 1.1, 1.2))
    assert check._growth(start, small, large) == pytest.approx(2.0)
