"""The benchmarks themselves: that they count right and compare like with like.  How fast anything is, is not a test."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import clock, provider, synthesis, validation
from benchmarks.__main__ import BENCHMARKS
from benchmarks.clock import Reading
from benchmarks.processes import in_turns, middle_ratio, python, run
from benchmarks.provider_calls import Provider, count
from benchmarks.results import Result, at_most, table
from benchmarks.templates import differences, normalized
from benchmarks.workload import CONNECTORS_PER_STACK, SPECS, numbers_by_stack
from saml_connectors.spec import load
from saml_connectors.spec.loading import KINDS

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE: dict[str, Any] = {
    "Resources": {
        "PoolA1": {"Type": "AWS::Cognito::UserPool", "Properties": {"Trigger": {"Fn::GetAtt": ["TriggerA1", "Arn"]}}},
        "TriggerA1": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Ref": "RoleA1"}}},
        "RoleA1": {"Type": "AWS::IAM::Role"},
        "DomainA1": {
            "Type": "AWS::Cognito::UserPoolDomain",
            "Properties": {"Domain": "acme", "UserPoolId": {"Ref": "PoolA1"}},
            "DependsOn": ["RoleA1", "PoolA1"],
        },
    }
}


def _renamed(template: dict[str, Any]) -> dict[str, Any]:
    """The same template with other logical ids, in another order."""
    text = json.dumps(template)
    for name in template["Resources"]:
        text = text.replace(name, f"Other{name}")
    renamed: dict[str, Any] = json.loads(text)
    renamed["Resources"] = dict(reversed(renamed["Resources"].items()))
    return renamed


def _twice(template: dict[str, Any], domain: str) -> dict[str, Any]:
    """The template's resources beside a second set, whose domain is *domain*."""
    second = _renamed(template)
    second["Resources"]["OtherDomainA1"]["Properties"]["Domain"] = domain
    return {"Resources": {**template["Resources"], **second["Resources"]}}


def test_templates_are_compared_without_their_logical_ids() -> None:
    """Other ids and another order are no difference."""
    assert differences(normalized(TEMPLATE), normalized(_renamed(TEMPLATE))) == []


def test_a_single_other_value_is_a_difference() -> None:
    """It is told on both sides."""
    other = copy.deepcopy(TEMPLATE)
    other["Resources"]["DomainA1"]["Properties"]["Domain"] = "other"
    assert differences(normalized(TEMPLATE), normalized(other))


def test_a_reference_to_another_resource_is_a_difference() -> None:
    """Two triggers changed about between two pools are not the same app."""
    right = _twice(TEMPLATE, "second")
    wrong = copy.deepcopy(right)
    resources = wrong["Resources"]
    resources["DomainA1"]["Properties"]["UserPoolId"] = {"Ref": "OtherPoolA1"}
    assert differences(normalized(right), normalized(right)) == []
    assert differences(normalized(right), normalized(wrong))


def test_resources_that_cannot_be_told_apart_are_refused() -> None:
    """Their names would be one, and one of them would not be compared."""
    with pytest.raises(ValueError, match="two resources of one template are the same"):
        normalized(_twice(TEMPLATE, "acme"))


def test_every_connector_is_in_exactly_one_stack() -> None:
    """No stack holds more than it may."""
    stacks = list(numbers_by_stack(2 * CONNECTORS_PER_STACK + 1))
    assert [len(stack) for stack in stacks] == [CONNECTORS_PER_STACK, CONNECTORS_PER_STACK, 1]
    assert [number for stack in stacks for number in stack] == list(range(2 * CONNECTORS_PER_STACK + 1))


@pytest.mark.parametrize("kind", SPECS)
def test_generated_specs_have_no_problem(kind: str, tmp_path: Path) -> None:
    """What is measured is the way of a good spec, with each connector its own."""
    validation.write_specs(tmp_path, kind, 12)
    loaded = load([tmp_path])
    assert loaded.problems == []
    assert {type(spec) for spec in loaded.specs} == {KINDS[kind]}
    assert len({spec.name for spec in loaded.specs}) == 12


def test_measurements_take_turns() -> None:
    """None always comes after the same one."""
    order: list[str] = []
    outcomes = in_turns(2, {"a": lambda: order.append("a"), "b": lambda: order.append("b")})
    assert order == ["a", "b", "b", "a"]
    assert {name: len(each) for name, each in outcomes.items()} == {"a": 2, "b": 2}


def test_a_slow_round_does_not_change_the_ratio() -> None:
    """Both sides of it were slow."""
    library = [Reading(1.1, 2.2), Reading(11.0, 22.0), Reading(1.1, 2.2)]
    by_hand = [Reading(1.0, 2.0), Reading(10.0, 20.0), Reading(1.0, 2.0)]
    assert middle_ratio(library, by_hand) == pytest.approx((1.1, 1.1))


def test_time_of_started_processes_is_counted() -> None:
    """Work in another process counts as much as in this one; waiting does not."""
    worker = "import time; print(flush=True)\nwhile time.process_time() < 0.3: pass\nprint(flush=True); input()"
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(python("-c", worker), **pipes) as process:  # noqa: S603 - Python itself
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        started = clock.started_processes()
        assert process.pid in started
        before = clock.read(started)
        process.stdout.readline()
        taken = clock.read(started).since(before)
        process.stdin.write(b"\n")
        process.stdin.close()
    assert 0.15 < taken.processor <= taken.wall + 0.1


def test_a_failed_measurement_is_an_error() -> None:
    """A process that ends badly is never taken for a fast one."""
    with pytest.raises(RuntimeError, match=r"exit 3\nbroken"):
        run(python("-c", "import sys; sys.stderr.write('broken'); sys.exit(3)"))


@pytest.mark.parametrize(("found", "met"), [(1.0, True), (1.104, True), (1.106, False)])
def test_a_target_is_judged_by_the_number_that_is_shown(found: float, met: bool) -> None:
    """A table never says that 1.10 is more than 1.10."""
    result = at_most("synth", found, 1.10, "x")
    assert result.met is met
    assert table([result, Result(what="calls", found="8")]).count("MISSED") == (not met)


def test_the_asset_is_measured_without_bytecode(tmp_path: Path) -> None:
    """What the CDK leaves out is not counted."""
    (tmp_path / "handler.py").write_text("x = 1\n")
    size = provider.asset_bytes(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "handler.pyc").write_bytes(bytes(range(256)) * 8)
    assert provider.asset_bytes(tmp_path) == size
    (tmp_path / "more.py").write_text("y = 2\n")
    assert provider.asset_bytes(tmp_path) > size


def test_calls_are_counted_as_the_directory_sees_them() -> None:
    """All of them, reads and writes apart; a no-op writes nothing, one changed field is one write."""
    stage = Provider()
    changes = count(stage)
    methods = Counter("read" if request.method == "GET" else "write" for request in stage.directory.requests)
    assert sum(change.calls.reads for change in changes) == methods["read"]
    assert sum(change.calls.writes for change in changes) == methods["write"]
    assert Counter(change.resource for change in changes) == {"application": 4, "launch": 4, "access": 4}
    assert {change.calls.writes for change in changes if change.what == "no-op update"} == {0}
    assert {change.calls.writes for change in changes if change.what == "one-field update"} == {1}
    assert not stage.directory.applications


def test_every_target_of_the_quick_benchmarks_is_judged() -> None:
    """One round of each: the table has a verdict wherever it has a target."""
    results = [*provider.results(rounds=1), *validation.results(rounds=1, specs=2)]
    assert {bool(result.target) == (result.met is not None) for result in results} == {True}
    assert sum(result.met is not None for result in results) == 18


@pytest.mark.synth
@pytest.mark.parametrize("kind", SPECS)
def test_both_sides_make_the_same_template(kind: str) -> None:
    """The baseline is the library's template, written by hand: without that, a ratio says nothing."""
    assert synthesis.template_differences(kind, 2) == []


CREATED = {
    "cognito-user-pool": {"UserPool": 3, "CustomResource": 9, "Function": 4},
    "iam": {"CfnSAMLProvider": 3, "CustomResource": 18, "Function": 1},
}
"""By kind: what three connectors of one stack are made of, beside much else."""


@pytest.mark.synth
@pytest.mark.parametrize("side", synthesis.SIDES)
@pytest.mark.parametrize("kind", SPECS)
def test_calls_to_node_are_counted(kind: str, side: str, tmp_path: Path) -> None:
    """Three connectors have three pools or providers, their custom resources, and one function more than triggers."""
    calls = synthesis.synthesize(kind, side, 3, str(tmp_path), "--count")["calls"]
    assert {name: calls[f"CreateRequest {name}"] for name in CREATED[kind]} == CREATED[kind]
    assert calls["InvokeRequest synth"] == 1


def test_an_unknown_benchmark_is_refused(project: Path) -> None:
    """The names that there are, are told."""
    command = [sys.executable, "-m", "benchmarks", "sinth"]
    said = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert said.returncode == 2
    assert f"there are {', '.join(BENCHMARKS)}" in said.stderr
