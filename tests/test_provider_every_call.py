"""A fault at each call of each lifecycle operation: in the end the directory holds what CloudFormation believes.

Compared is all that the directory holds, by every field: with what it held before, or with what an undisturbed run
makes of it.  So an orphan, a double, a lost field, another certificate or another group is a difference.
Not here: the operations (`lifecycle_operations.py`), and long histories (`test_provider_histories.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saml_connectors.provider.jumpcloud import contract, handler
from tests.lifecycle_operations import OPERATIONS
from tests.operation_play import judge, play, scene
from tests.stated_operations import Operation
from tests.troubles import DEATHS, SURVIVED, TROUBLES, at, since

if TYPE_CHECKING:
    from tests.trouble_fixtures import TroubledStage

pytest_plugins = ["tests.provider_fixtures", "tests.trouble_fixtures"]

LASTING = ("429", "503", "500 after it was done", "timeout", "connection refused", "cut after it was done", "403")
"""Of each kind one: those that are the same once they do not end are not played twice."""


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_one_fault_at_any_call_leaves_what_cloudformation_believes(
    troubled: TroubledStage, operation: Operation, trouble: str
) -> None:
    """Done or undone, at each call in turn; and one that is no refusal is survived."""
    for position in range(scene(troubled, operation).calls):
        begun = scene(troubled, operation)
        ended = play(troubled, operation, begun.prepared, at(position, TROUBLES[trouble]))
        judge(troubled, begun, ended, f"{trouble} at call {position}")
        if trouble in SURVIVED:
            assert ended.answer is not None
            assert ended.answer["Status"] == "SUCCESS", f"call {position}: {ended.answer}"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize("trouble", LASTING)
def test_faults_from_any_call_on_leave_what_cloudformation_believes(
    troubled: TroubledStage, operation: Operation, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory fails until the function has answered, cleaning up included; CloudFormation then undoes it."""
    if trouble == "429":  # it is waited for until the time is over: less of it is the same, sooner
        monkeypatch.setattr(troubled, "seconds", 60.0)
    for position in range(scene(troubled, operation).calls):
        begun = scene(troubled, operation)
        ended = play(troubled, operation, begun.prepared, since(position, TROUBLES[trouble]))
        judge(troubled, begun, ended, f"{trouble} since call {position}")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize("trouble", ["503", "cut after it was done"])
def test_an_operation_that_fails_while_it_is_undone_too_can_be_undone_again(
    troubled: TroubledStage, operation: Operation, trouble: str
) -> None:
    """The delete or the rollback fails at each of its own first calls; a person tries it again."""
    for position in range(scene(troubled, operation).calls):
        for second in range(2):
            begun = scene(troubled, operation)
            failing = since(position, TROUBLES[trouble])
            again = since(second, TROUBLES[trouble])
            ended = play(troubled, operation, begun.prepared, failing, while_undoing=again)
            judge(troubled, begun, ended, f"{trouble} since call {position}, then since {second}")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize("death", DEATHS)
def test_a_function_killed_at_any_call_is_run_again_and_ends_as_if_nothing_had_been(
    troubled: TroubledStage, operation: Operation, death: str
) -> None:
    """Lambda runs the same event a second time, a minute later."""
    for position in range(scene(troubled, operation).calls):
        begun = scene(troubled, operation)
        ended = play(troubled, operation, begun.prepared, at(position, DEATHS[death]))
        assert ended.answer is not None
        assert ended.answer["Status"] == "SUCCESS", f"{death} {position}: {ended.answer}"
        judge(troubled, begun, ended, f"{death} {position}")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize("death", DEATHS)
def test_a_function_killed_at_any_call_for_good_is_undone_by_cloudformation(
    troubled: TroubledStage, operation: Operation, death: str
) -> None:
    """No answer ever comes: CloudFormation deletes what it gives an id of its own, or rolls back to the old properties.

    Only where nothing proves whose an application is, it may stay: it is in the log, and never somebody else's.
    """
    for position in range(scene(troubled, operation).calls):
        begun = scene(troubled, operation)
        ended = play(troubled, operation, begun.prepared, at(position, DEATHS[death]), for_good=True)
        left = troubled.directory.applications.keys() - begun.kept.applications.keys()
        if operation.proves_nothing and left:
            assert any("not surely" in line or "nothing that is surely" in line for line in troubled.lines)
            for application_id in left:
                troubled.directory.remove_application(application_id)
        judge(troubled, begun, ended, f"{death} {position}, for good")


def test_every_operation_of_every_resource_type_is_in_the_table() -> None:
    """A type, or a request type of it, that is not disturbed here is not proven."""

    def request_type(operation: Operation) -> str:
        return operation.name.split(" ")[-1]

    played = {operation.resource_type for operation in OPERATIONS}
    assert played == set(contract.TYPES) == {resource_type for resource_type, _ in handler._WORK}
    assert {request_type(operation) for operation in OPERATIONS} >= {"create", "update", "replace", "delete"}
