"""Bookmarks: applications without SAML, whose URL is their identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]


def test_a_bookmark_opens_its_url_and_hands_back_no_certificate(stage: Stage) -> None:
    """Its URL may hold what XML may not: no metadata is built from it."""
    answer = stage.create(stage.bookmark(Description="Accounts", Visible="false"))
    assert answer["Status"] == "SUCCESS"
    live = stage.live(answer["PhysicalResourceId"])
    assert answer["Data"] == {"ApplicationId": live["_id"], "SsoUrl": stage.bookmark()["BookmarkUrl"]}
    assert (live["name"], live["description"], live["sso"]["hidden"]) == ("bookmark", "Accounts", True)
    assert ("GET", "/api/application-templates") not in stage.transport.calls


def test_a_changed_label_updates_and_a_changed_url_replaces_a_bookmark(stage: Stage) -> None:
    """The directory cannot change the URL of an application."""
    old = stage.bookmark()
    first = stage.created(old)["PhysicalResourceId"]
    relabelled = stage.bookmark(DisplayLabel="Accounts")
    assert stage.update(first, relabelled, old)["PhysicalResourceId"] == first
    moved = stage.bookmark(DisplayLabel="Accounts", BookmarkUrl="https://other.example.com/")
    second = stage.update(first, moved, relabelled)["PhysicalResourceId"]
    assert second != first
    assert stage.update(second, relabelled, moved)["PhysicalResourceId"] == first
    stage.delete(second, moved)
    assert list(stage.directory.applications) == [first]


@pytest.mark.parametrize("kind", ["cut", "truncated"])
def test_a_lost_answer_makes_no_second_bookmark(stage: Stage, kind: str) -> None:
    """What has appeared since the list was read is what POST made; one of the same URL from before is not."""
    theirs = stage.created(stage.bookmark(DisplayLabel="Hers"), LogicalResourceId="Other")["PhysicalResourceId"]
    stage.directory.faults.add(Fault(kind=kind, method="POST"))  # type: ignore[arg-type] # one of the kinds
    answer = stage.create(stage.bookmark())
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] != theirs
    assert stage.labels() == ["Hers", "AWS console"]


def test_an_equal_bookmark_is_adopted_within_15_minutes_only(stage: Stage) -> None:
    """A killed and retried function finds it; a year later it is another one."""
    made = stage.created(stage.bookmark())["PhysicalResourceId"]
    assert stage.create(stage.bookmark())["PhysicalResourceId"] == made
    stage.time.now += 365 * 24 * 3600
    assert stage.create(stage.bookmark())["PhysicalResourceId"] != made


def test_a_bookmark_without_a_url_is_refused(stage: Stage) -> None:
    """And so is a URL on anything but a bookmark."""
    assert "BookmarkUrl is missing" in stage.create(stage.bookmark(BookmarkUrl=None))["Reason"]
    odd = stage.create(stage.properties(BookmarkUrl="https://example.com/"))
    assert "BookmarkUrl belongs to the template 'bookmark' only" in odd["Reason"]
