"""Plays one lifecycle operation as CloudFormation does, with what follows it, and judges what the directory then holds.

Not here: the operations (`lifecycle_operations.py`), what goes wrong (`troubles.py`), and the claims (the tests).
"""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any, NamedTuple

from saml_connectors.provider.jumpcloud import certificate, contract
from tests.directory_holdings import Kept, holdings, keep, put_back, unlike
from tests.stated_operations import Believed, Operation, Prepared

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.trouble_fixtures import TroubledStage
    from tests.troubles import Trouble

    Disturb = Callable[[int], Trouble | None]

MADE_UP_ID = "Portal-Prod-PortalApplication5F3A-1QX4Z9T0ABCDE"
"""What CloudFormation calls a resource whose create never answered."""

TRIES_OF_A_PERSON = 2
"""How often somebody tries again what failed to be deleted or rolled back, once the directory works."""


class Scene(NamedTuple):
    """An operation, where it begins, and how it ends when nothing goes wrong."""

    operation: Operation
    prepared: Prepared
    kept: Kept
    began: float
    before: dict[str, Any]
    after: dict[str, Any]
    calls: int


class Ended(NamedTuple):
    """How it came out."""

    done: bool
    """Whether CloudFormation believes that what was wanted is there."""

    answer: dict[str, Any] | None
    """The first answer."""


def scene(stage: TroubledStage, operation: Operation) -> Scene:
    """Make it once, and put the directory where it begins each time."""
    stage.troubled.begin()
    if operation.name not in stage.scenes:
        empty(stage)
        kept = keep(stage.directory)
        made = operation.prepare(stage)
        kept, began = keep(stage.directory), stage.time.now
        before = holdings(stage.directory, kept)
        ended = play(stage, operation, made, None)
        assert ended.done, ended.answer
        assert ended.answer is not None
        stage.troubled.calls.clear()
        put_back(stage.directory, kept)
        first(stage, operation, made, None)
        calls = len(stage.troubled.calls)
        cleaned(stage, operation, made, ended.answer)
        put_back(stage.directory, kept)
        stage.time.now = began
        play(stage, operation, made, None)
        after = holdings(stage.directory, kept)
        stage.scenes[operation.name] = Scene(operation, made, kept, began, before, after, calls)
    begun: Scene = stage.scenes[operation.name]
    put_back(stage.directory, begun.kept)
    stage.time.now = begun.began
    stage.lines.clear()
    stage.troubled.calls.clear()
    return begun


def empty(stage: TroubledStage) -> None:
    """Let the directory hold its groups as they came, and no application."""
    stage.directory.applications.clear()
    stage.directory.associations.clear()
    for name, group in {group.name: group for group in stage.directory.groups.values()}.items():
        group.attributes = {"ldapGroups": [{"name": name}]}
        group.description = ""
    stage.box.requests.clear()


def event_of(stage: TroubledStage, operation: Operation, made: Prepared) -> dict[str, Any]:
    """What CloudFormation sends for it."""
    if made.before is None:
        return stage.event("Create", made.after, **operation.about)
    old = {"PhysicalResourceId": made.before.physical_id}
    if made.after is None:
        return stage.event("Delete", made.before.properties, **old, **operation.about)
    old |= {"OldResourceProperties": made.before.properties}  # type: ignore[dict-item] # an event has values of any type
    return stage.event("Update", made.after, **old, **operation.about)


def first(
    stage: TroubledStage, operation: Operation, made: Prepared, disturb: Disturb | None, *, for_good: bool = False
) -> dict[str, Any] | None:
    """Deliver the event itself."""
    return stage.deliver(event_of(stage, operation, made), disturb, for_good=for_good)


def cleaned(stage: TroubledStage, operation: Operation, made: Prepared, answer: dict[str, Any]) -> None:
    """The end of a successful deployment: what was replaced is deleted."""
    if made.before is not None and made.after is not None and answer["PhysicalResourceId"] != made.before.physical_id:
        until_done(stage, lambda: delete(stage, operation, made.before))


def delete(stage: TroubledStage, operation: Operation, what: Believed | None) -> dict[str, Any]:
    """The event that deletes *what*."""
    assert what is not None
    more = {"PhysicalResourceId": what.physical_id, **operation.about}
    return stage.event("Delete", what.properties, **more)


def until_done(
    stage: TroubledStage, event: Callable[[], dict[str, Any]], disturb: Disturb | None = None
) -> dict[str, Any]:
    """Deliver it, under trouble the first time; a person tries again what failed."""
    for attempt in range(1 + TRIES_OF_A_PERSON):
        answer = stage.deliver(event(), disturb if attempt == 0 else None)
        if answer is not None and answer["Status"] == "SUCCESS":
            return answer
    raise AssertionError(f"it cannot be undone: {answer}")


def play(
    stage: TroubledStage,
    operation: Operation,
    made: Prepared,
    disturb: Disturb | None,
    *,
    for_good: bool = False,
    while_undoing: Disturb | None = None,
) -> Ended:
    """The event, and whatever CloudFormation does after it."""
    answer = first(stage, operation, made, disturb, for_good=for_good)
    if answer is not None and answer["Status"] == "SUCCESS":
        cleaned(stage, operation, made, answer)
        return Ended(done=True, answer=answer)
    if made.before is None:
        assert made.after is not None
        left = Believed(answer["PhysicalResourceId"] if answer else MADE_UP_ID, made.after)
        until_done(stage, lambda: delete(stage, operation, left), while_undoing)
        return Ended(done=False, answer=answer)
    if made.after is None:
        until_done(stage, lambda: delete(stage, operation, made.before))
        return Ended(done=True, answer=answer)
    back = Prepared(Believed(made.before.physical_id, made.after), made.before.properties)
    undone = until_done(stage, lambda: event_of(stage, operation, back), while_undoing)
    assert undone["PhysicalResourceId"] == made.before.physical_id
    return Ended(done=False, answer=answer)


def judge(stage: TroubledStage, begun: Scene, ended: Ended, what: str) -> None:
    """Hold what there is against what CloudFormation believes."""
    found = holdings(stage.directory, begun.kept)
    wanted = begun.after if ended.done else begun.before
    assert not unlike(found, wanted), f"{what}: {ended}"
    if ended.answer is None:
        return
    assert json.loads(stage.box.requests[-1].body or b"")["RequestId"]
    told = ended.answer.get("Data", {}).get(contract.CERTIFICATE)
    if told and contract.APPLICATION_ID in ended.answer["Data"]:
        live = stage.live(ended.answer["Data"][contract.APPLICATION_ID])["config"]["idpCertificate"]["value"]
        assert certificate.one_line(live) == told
        assert b64decode(told)
    if ended.answer["Status"] == "FAILED":
        assert ": " in ended.answer["Reason"], what
        assert "; " in ended.answer["Reason"], what
