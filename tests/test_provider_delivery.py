"""An answer that cannot be delivered: tried again, then the event is run again, and answers the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from saml_connectors.provider.jumpcloud import handler
from saml_connectors.provider.jumpcloud.errors import AnswerLost, Unreachable
from saml_connectors.provider.jumpcloud.reply import AnswerUndelivered
from saml_connectors.provider.jumpcloud.transport import Request, Response
from tests.directory_holdings import holdings, unlike
from tests.lifecycle_operations import OPERATIONS
from tests.operation_play import event_of, scene
from tests.stated_operations import Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.provider.jumpcloud.deadline import Deadline
    from tests.trouble_fixtures import TroubledStage

pytest_plugins = ["tests.provider_fixtures", "tests.trouble_fixtures"]

TRY_SECONDS = handler.ANSWER_CALL_SECONDS


class BadBox:
    """Where CloudFormation waits, behind a network that does what `steps` say, and then works."""

    def __init__(self, stage: TroubledStage, *steps: Any) -> None:
        self.steps = list(steps)
        self.requests: list[Request] = []
        self._stage = stage

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """Take one answer, or do not."""
        deadline.require("answering")
        self.requests.append(request)
        step = self.steps.pop(0) if self.steps else 200
        if step == "slow":
            self._stage.time.now += min(TRY_SECONDS, deadline.remaining())
            raise AnswerLost("answering", "no answer in time", "wait")
        if step == "cut":
            raise AnswerLost("answering", "the connection broke", "wait")
        if step == "refused":
            raise Unreachable("answering", "no connection", "wait")
        return Response(step, {})


@pytest.fixture
def box(troubled: TroubledStage) -> Iterator[BadBox]:
    """Stands in the place of the stage's own, for one test."""
    was = troubled.box
    made = BadBox(troubled)
    troubled.box = made  # type: ignore[assignment] # as much of one as is used
    yield made
    troubled.box = was


@pytest.mark.parametrize("step", ["slow", "cut", "refused", 500, 503, 400, 408, 429])
def test_an_answer_that_is_not_taken_is_sent_again_unchanged(troubled: TroubledStage, box: BadBox, step: Any) -> None:
    """Whatever was in the way: the same bytes, until they are taken."""
    begun = scene(troubled, OPERATIONS[0])
    box.requests.clear()
    box.steps = [step] * 3
    assert troubled.run(event_of(troubled, OPERATIONS[0], begun.prepared))["Status"] == "SUCCESS"
    assert len(box.requests) == 4
    assert len({request.body for request in box.requests}) == 1


def test_tries_that_hang_are_cut_short_so_that_others_follow(troubled: TroubledStage, box: BadBox) -> None:
    """Also where the work has taken nearly all of the time: at least two tries are left to deliver."""
    begun = scene(troubled, OPERATIONS[0])
    box.requests.clear()
    box.steps = ["slow"] * 2
    troubled.troubled.begin(lambda number: _late(troubled) if number == 3 else None)
    answer = troubled.run(event_of(troubled, OPERATIONS[0], begun.prepared))
    assert answer["Status"] == "FAILED"
    assert len(box.requests) == 3


def _late(stage: TroubledStage) -> None:
    stage.time.now += stage.seconds - 19


@pytest.mark.parametrize("status", [301, 401, 403, 404])
def test_an_address_that_is_no_good_any_more_is_not_asked_again(
    troubled: TroubledStage, box: BadBox, status: int
) -> None:
    """It was signed for some hours; the function gives up, so that Lambda tells it failed."""
    begun = scene(troubled, OPERATIONS[0])
    box.requests.clear()
    box.steps = [status]
    with pytest.raises(AnswerUndelivered):
        troubled.run(event_of(troubled, OPERATIONS[0], begun.prepared))
    assert len(box.requests) == 1


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_event_whose_answer_was_lost_is_run_again_and_answers_the_same(
    troubled: TroubledStage, box: BadBox, operation: Operation
) -> None:
    """Every operation: done once, answered twice, with the same id and the same attributes."""
    begun = scene(troubled, operation)
    event = event_of(troubled, operation, begun.prepared)
    box.requests.clear()
    box.steps = [500] * 5
    with pytest.raises(AnswerUndelivered):
        troubled.run(event)
    first = json.loads(box.requests[0].body or b"")
    held = holdings(troubled.directory, begun.kept)
    troubled.time.now += 60
    assert troubled.run(event) == first
    assert not unlike(holdings(troubled.directory, begun.kept), held)
