"""Replacing an application, and the ways back when a replacement fails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.directory.app import create_app
from sandbox.directory.faults import Fault
from sandbox.directory.in_process import in_process_client
from sandbox.directory.state import Directory

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

OTHER_API_URL = "http://localhost:8600/api"


class KilledError(BaseException):
    """The function is killed: nothing in it can catch this."""


@pytest.fixture
def other(stage: Stage) -> Directory:
    """A second directory, at another address."""
    directory = Directory.example(key_size=1024, clock=lambda: datetime.fromtimestamp(stage.time.now, UTC))
    client = in_process_client(create_app(directory))
    first = stage.transport._client

    class Both:
        """Sends each request to the directory that its address names."""

        def request(self, method: str, url: str, **more: Any) -> Any:
            """Send one."""
            return (client if url.startswith(OTHER_API_URL) else first).request(method, url, **more)

    stage.transport._client = Both()  # type: ignore[assignment] # as much of a client as is used
    return directory


def _saml2(stage: Stage, **changes: Any) -> dict[str, Any]:
    return stage.properties(Template="saml2", **changes)


def _elsewhere(stage: Stage, **changes: Any) -> dict[str, Any]:
    return stage.properties(Directory=stage.directory_property(ApiUrl=OTHER_API_URL), **changes)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"Slug": "portal"}, {"Slug": "portal-2"}),
        ({}, {"Slug": "portal"}),
        ({"Slug": "portal"}, {}),
        ({}, {"Template": "saml2"}),
        ({}, {"Directory": OTHER_API_URL}),
    ],
)
def test_a_changed_slug_template_or_directory_replaces(
    stage: Stage, other: Directory, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Another identity is another application: a new physical id, and the old one is not touched."""
    if "Directory" in after:
        after = {"Directory": stage.directory_property(ApiUrl=after["Directory"])}
    old = stage.properties(**before)
    first = stage.created(old)["PhysicalResourceId"]
    answer = stage.update(first, stage.properties(**after), old)
    assert answer["Status"] == "SUCCESS"
    second = answer["PhysicalResourceId"]
    assert second != first
    assert first in stage.directory.applications
    assert second in stage.directory.applications | other.applications
    assert ("DELETE", f"/api/applications/{first}") not in stage.transport.calls
    assert stage.delete(first, old)["Status"] == "SUCCESS"
    assert first not in stage.directory.applications
    assert second in stage.directory.applications | other.applications


def test_a_changed_label_secret_or_group_does_not_replace(stage: Stage) -> None:
    """Nothing but identity does."""
    old = stage.properties()
    made = stage.created(old)["PhysicalResourceId"]
    stage.secrets["other"] = stage.secrets["directory-key"]
    new = stage.properties(
        DisplayLabel="Other",
        RequiredGroups=["finance"],
        AcsUrl="https://other.example.com/acs",
        Directory=stage.directory_property(CredentialsSecret="other", ApiUrl="HTTP://127.0.0.1:8500/api/"),
    )
    assert stage.update(made, new, old)["PhysicalResourceId"] == made


def test_old_and_new_never_share_a_derived_slug(stage: Stage) -> None:
    """The slug carries a hash of what replaces."""
    old = stage.properties()
    first = stage.created(old)["PhysicalResourceId"]
    second = stage.update(first, _saml2(stage), old)["PhysicalResourceId"]
    assert stage.live(first)["ssoUrl"] != stage.live(second)["ssoUrl"]


def test_the_old_application_goes_only_after_the_new_one_works(stage: Stage) -> None:
    """A replacement that fails half-way removes the new application, keeps the old one, and answers its id."""
    old = stage.properties()
    first = stage.created(old)["PhysicalResourceId"]
    stage.directory.faults.add(Fault(kind="redirect", method="GET", path="/api/applications/.*", skip=1))
    answer = stage.update(first, _saml2(stage), old)
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == first
    assert list(stage.directory.applications) == [first]


def test_a_kept_chosen_slug_cannot_be_replaced_into(stage: Stage) -> None:
    """Old and new would share it until the old one goes; the failure says what to do."""
    old = stage.properties(Slug="portal")
    first = stage.created(old)["PhysicalResourceId"]
    answer = stage.update(first, _saml2(stage, Slug="portal"), old)
    assert answer["Status"] == "FAILED"
    assert "goes only after the new one works; choose another slug" in answer["Reason"]
    assert stage.writes() == []


def test_a_rollback_after_a_killed_replacement_removes_what_it_left(stage: Stage) -> None:
    """The old properties then describe an application that is neither the named one nor the wanted one."""
    a, b = stage.properties(), _saml2(stage, DisplayLabel="Portal on saml2")
    first = stage.created(a)["PhysicalResourceId"]

    def kill(method: str, _path: str) -> None:
        if method == "POST":
            raise KilledError

    stage.transport.after_call = kill
    with pytest.raises(KilledError):
        stage.update(first, b, a)
    stage.transport.after_call = None
    assert stage.labels() == ["Portal", "Portal on saml2"]
    answer = stage.update(first, a, b)
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == first
    assert stage.labels() == ["Portal"]


@pytest.mark.parametrize(
    ("before", "after"),
    [({}, {"Template": "saml2"}), ({"Slug": "portal"}, {"Slug": "portal-2"}), ({"Slug": "portal"}, {})],
)
def test_a_rollback_after_a_replacement_returns_to_the_former_application(
    stage: Stage, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Another resource failed later: the former application still exists, however old, and is taken up again."""
    a, b = stage.properties(**before), stage.properties(**after)
    first = stage.created(a)["PhysicalResourceId"]
    stage.time.now += 365 * 24 * 3600
    second = stage.update(first, b, a)["PhysicalResourceId"]
    stage.forget_calls()
    stage.time.now += 2 * 3600
    answer = stage.update(second, a, b)
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == first
    assert stage.writes() == []
    stage.delete(second, b)
    assert list(stage.directory.applications) == [first]


def test_a_rollback_returns_to_a_chosen_slug_in_the_former_directory(stage: Stage, other: Directory) -> None:
    """What is replaced is looked at in the directory where it is."""
    a, b = stage.properties(Slug="portal"), _elsewhere(stage, Slug="portal")
    first = stage.created(a)["PhysicalResourceId"]
    stage.time.now += 30 * 24 * 3600
    second = stage.update(first, b, a)["PhysicalResourceId"]
    assert second in other.applications
    answer = stage.update(second, a, b)
    assert answer["PhysicalResourceId"] == first
    assert list(stage.directory.applications) == [first]


def test_a_change_that_cannot_be_a_rollback_adopts_nothing_by_its_looks(stage: Stage) -> None:
    """Another stack's equal bookmark is not taken over when an old bookmark's URL is changed to the same."""
    theirs = stage.created(stage.bookmark(), LogicalResourceId="Other")["PhysicalResourceId"]
    old = stage.bookmark(BookmarkUrl="https://old.example.com/")
    mine = stage.created(old)["PhysicalResourceId"]
    stage.time.now += 25 * 3600
    assert stage.update(mine, stage.bookmark(), old)["PhysicalResourceId"] not in {theirs, mine}


def test_a_rollback_keeps_an_application_that_an_earlier_removal_deactivated(stage: Stage) -> None:
    """It has the slug of the failed replacement, but it is not what that left behind."""
    a, b = stage.properties(OnRemoval="deactivate"), _saml2(stage, OnRemoval="deactivate")
    first = stage.created(a)["PhysicalResourceId"]
    second = stage.update(first, b, a)["PhysicalResourceId"]
    stage.delete(first, a)
    assert stage.update(second, a | {"RequiredGroups": ["nobody"]}, b)["Status"] == "FAILED"
    assert stage.update(second, b, a | {"RequiredGroups": ["nobody"]})["PhysicalResourceId"] == second
    assert stage.live(first)["active"] is False


def test_a_rollback_takes_the_old_values_back_with_the_old_application(stage: Stage) -> None:
    """What was edited in the former application meanwhile is brought back to what the old properties say."""
    a, b = stage.properties(), _saml2(stage)
    first = stage.created(a)["PhysicalResourceId"]
    second = stage.update(first, b, a)["PhysicalResourceId"]
    stage.directory.applications[first].display_label = "Edited"
    assert stage.update(second, a, b)["PhysicalResourceId"] == first
    assert stage.live(first)["displayLabel"] == "Portal"


def test_a_rollback_from_another_directory_removes_what_was_left_there(stage: Stage, other: Directory) -> None:
    """The orphan is looked for where the failed replacement made it."""
    a, b = stage.properties(), _elsewhere(stage)
    first = stage.created(a)["PhysicalResourceId"]

    def kill(method: str, _path: str) -> None:
        if method == "POST":
            raise KilledError

    stage.transport.after_call = kill
    with pytest.raises(KilledError):
        stage.update(first, b, a)
    stage.transport.after_call = None
    assert len(other.applications) == 1
    assert stage.update(first, a, b)["PhysicalResourceId"] == first
    assert other.applications == {}
    assert list(stage.directory.applications) == [first]


def test_a_rollback_from_a_directory_that_cannot_be_reached_succeeds(stage: Stage, other: Directory) -> None:
    """The way back stays open; the log says what could not be looked for."""
    a, b = stage.properties(), _elsewhere(stage)
    first = stage.created(a)["PhysicalResourceId"]
    other.api_keys.clear()
    assert stage.update(first, b, a)["Status"] == "FAILED"
    answer = stage.update(first, a, b)
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == first
    assert "could not look for what a failed replacement left" in [line["event"] for line in stage.log()]


def test_a_rollback_never_removes_a_chosen_slug_of_somebody_else(stage: Stage) -> None:
    """A replacement failed because its slug was taken; the way back leaves that application alone."""
    theirs = stage.created(stage.properties(Slug="taken", DisplayLabel="Hers"), LogicalResourceId="Other")
    a, b = stage.properties(), stage.properties(Slug="taken")
    first = stage.created(a)["PhysicalResourceId"]
    assert stage.update(first, b, a)["Status"] == "FAILED"
    assert stage.update(first, a, b)["Status"] == "SUCCESS"
    assert sorted(stage.directory.applications) == sorted([first, theirs["PhysicalResourceId"]])


def test_a_killed_and_retried_replacement_is_not_doubled(stage: Stage) -> None:
    """The second run finds what the first one made."""
    a, b = stage.properties(), _saml2(stage)
    first = stage.created(a)["PhysicalResourceId"]
    second = stage.update(first, b, a)["PhysicalResourceId"]
    assert stage.update(first, b, a)["PhysicalResourceId"] == second
    assert len(stage.directory.applications) == 2
