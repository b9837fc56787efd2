"""What is special about POST: a lost answer is looked for, and never met by another POST.

Not here: every fault at every call of every operation (`test_provider_every_call.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

LOST = {
    "500 after it was done": {"kind": "status", "status": 500, "processed": True},
    "no answer after it was done": {"kind": "no-answer", "processed": True},
    "connection cut after it was done": {"kind": "cut"},
    "truncated JSON": {"kind": "truncated"},
}


@pytest.mark.parametrize("slug", [None, "portal"])
@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_to_post_is_found_again_never_doubled(stage: Stage, fault: str, slug: str | None) -> None:
    """It was carried out, nobody heard: exactly one POST goes out, and its application is adopted."""
    stage.directory.faults.add(Fault(method="POST", **LOST[fault]))  # type: ignore[arg-type] # a table of fields
    answer = stage.create(stage.properties(Slug=slug))
    assert answer["Status"] == "SUCCESS"
    assert stage.transport.calls.count(("POST", "/api/applications")) == 1
    assert list(stage.directory.applications) == [answer["PhysicalResourceId"]]


def test_post_is_never_repeated_blindly(stage: Stage) -> None:
    """After a 500 the list is read before the one and only second POST; a 429 was not carried out, and is repeated."""
    stage.directory.faults.add(Fault(kind="status", status=500, method="POST", count=None))
    answer = stage.create()
    assert answer["Status"] == "FAILED"
    after_find = stage.transport.calls[3:]
    lists = ("GET", "/api/applications")
    posts = ("POST", "/api/applications")
    assert after_find == [posts, lists, posts, lists, lists]


def test_a_post_that_is_done_late_is_not_doubled(stage: Stage) -> None:
    """The first POST takes effect only after the list was read: of the two applications one is removed."""
    stage.directory.faults.add(Fault(kind="status", status=503, method="POST"))

    def late(method: str, _path: str) -> None:
        if method == "POST" and stage.transport.calls.count(("POST", "/api/applications")) == 2:
            stage.transport.before_call = None
            body = stage.transport.bodies[-1]
            headers = {"x-api-key": "sandbox-api-key"}
            made = stage.transport._client.post("http://127.0.0.1:8500/api/applications", json=body, headers=headers)
            assert made.status_code == 200

    stage.transport.before_call = late
    answer = stage.create()
    assert answer["Status"] == "SUCCESS"
    assert list(stage.directory.applications) == [answer["PhysicalResourceId"]]


def test_a_chosen_slug_whose_outcome_is_unknown_is_cleaned_up_by_cloudformations_delete(stage: Stage) -> None:
    """POST was carried out, then the directory was gone: the delete finds it, because it is equal and recent."""
    properties = stage.properties(Slug="portal")
    stage.directory.faults.add(Fault(kind="cut", method="POST"))
    stage.directory.faults.add(Fault(kind="status", status=503, skip=4, count=None))
    answer = stage.create(properties)
    assert answer["Status"] == "FAILED"
    assert stage.labels() == ["Portal"]
    stage.directory.faults.clear()
    stage.delete(answer["PhysicalResourceId"], properties)
    assert stage.labels() == []
