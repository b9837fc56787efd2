"""Group attributes when something fails half-way, or somebody else writes the same group at the same time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

ATTRIBUTES: dict[str, Any] = {"ResourceType": "Custom::JumpCloudGroupAttributes", "LogicalResourceId": "Roles"}
ADMIN = "arn:aws:iam::111122223333:role/Admin,arn:aws:iam::111122223333:saml-provider/Acme"
READER = "arn:aws:iam::111122223333:role/Reader,arn:aws:iam::111122223333:saml-provider/Acme"
GROUP_PATH = "/api/v2/usergroups/[0-9a-f]{24}"
ONE, TWO = ("portal-users", "roleAdmin", ADMIN), ("finance", "roleReader", READER)


def test_a_create_that_fails_half_way_puts_back_what_it_changed(rich: Stage) -> None:
    """The second group refuses: the first one is again as it was, and CloudFormation's delete makes no call."""
    before = rich.groups()
    rich.directory.faults.add(Fault(kind="status", status=403, method="PUT", skip=1))
    answer = rich.create(rich.group_attributes(ONE, TWO), **ATTRIBUTES)
    assert answer["Status"] == "FAILED"
    assert "setting attributes of group 'finance'" in answer["Reason"]
    assert "a role with the scope groups" in answer["Reason"]
    assert rich.groups() == before
    assert answer["PhysicalResourceId"].startswith("nothing-made-")
    rich.forget_calls()
    assert rich.delete(answer["PhysicalResourceId"], rich.group_attributes(ONE, TWO), **ATTRIBUTES)["Status"]
    assert rich.transport.calls == []


def test_an_update_that_fails_half_way_puts_back_what_it_changed(rich: Stage) -> None:
    """Set, changed and removed attributes alike, before CloudFormation's rollback even begins."""
    old = rich.group_attributes(ONE, ("portal-users", "value", "1"), TWO)
    made = rich.created(old, **ATTRIBUTES)["PhysicalResourceId"]
    before = {name: json.loads(document) for name, document in rich.groups().items()}
    rich.directory.faults.add(Fault(kind="status", status=403, method="PUT", skip=1))
    new = rich.group_attributes(("portal-users", "new", "1"), ("portal-users", "value", "2"))
    answer = rich.update(made, new, old, **ATTRIBUTES)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", made)
    assert {name: json.loads(document) for name, document in rich.groups().items()} == before


def test_a_clean_up_that_fails_is_told_and_left_to_cloudformation(rich: Stage) -> None:
    """The failed answer then has the real physical id, under which the delete removes what is this resource's."""
    before = rich.groups()
    rich.directory.faults.add(Fault(kind="status", status=403, method="PUT", skip=1, count=None))
    properties = rich.group_attributes(ONE, TWO)
    answer = rich.create(properties, **ATTRIBUTES)
    assert "cleaning up failed too" in answer["Reason"]
    assert answer["PhysicalResourceId"].endswith("/group-attributes")
    rich.directory.faults.clear()
    assert rich.delete(answer["PhysicalResourceId"], properties, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert rich.groups() == before


def _when_waiting(stage: Stage, do: Callable[[], None], times: int = 1) -> None:
    """Let somebody else act while the provider waits to read back."""
    sleep, left = stage.time.sleep, [times]

    def and_act(seconds: float) -> None:
        sleep(seconds)
        if left[0]:
            left[0] -= 1
            do()

    stage.time.sleep = and_act  # type: ignore[method-assign] # the clock is the test's own


def test_what_somebody_else_overwrites_at_the_same_time_is_merged_in_again(stage: Stage) -> None:
    """She had read the group before it was written here: her attribute and this one both stay."""
    group = stage.directory.group("portal-users")
    stale = dict(group.attributes)

    def write_stale() -> None:
        group.attributes, group.description = {**stale, "hers": "1"}, "changed by her"

    _when_waiting(stage, write_stale)
    assert stage.create(stage.group_attributes(ONE), **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.carried("portal-users") == {"hers": "1", "roleAdmin": ADMIN}
    assert group.description == "changed by her"
    assert len(stage.writes()) == 2


def test_one_who_always_overwrites_it_is_told_of_and_wins(stage: Stage) -> None:
    """The retries are bounded, and nothing is left behind that CloudFormation does not know of."""
    group = stage.directory.group("portal-users")
    stale = dict(group.attributes)

    def write_stale() -> None:
        group.attributes = dict(stale)

    _when_waiting(stage, write_stale, 100)
    answer = stage.create(stage.group_attributes(ONE), **ATTRIBUTES)
    assert "does not keep the attributes of group 'portal-users'" in answer["Reason"]
    assert stage.carried("portal-users") == {}
    assert len([call for call in stage.writes() if call[0] == "PUT"]) < 8


def test_a_put_whose_answer_is_lost_is_not_repeated_blindly(stage: Stage) -> None:
    """Between it and the next attempt somebody else wrote: that stays."""
    stage.directory.faults.add(Fault(kind="cut", method="PUT"))
    group = stage.directory.group("portal-users")

    def write(method: str, _path: str) -> None:
        if method == "GET" and stage.writes():
            group.attributes["hers"] = "1"

    stage.transport.before_call = write
    assert stage.create(stage.group_attributes(ONE), **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.carried("portal-users") == {"roleAdmin": ADMIN, "hers": "1"}
    assert len(stage.writes()) == 1


def test_a_foreign_attribute_that_appears_after_the_check_is_not_overwritten(stage: Stage) -> None:
    """Each group is read again directly before it is written, and judged again."""
    finance = stage.directory.group("finance")

    def write(method: str, _path: str) -> None:
        if method == "PUT":
            stage.transport.after_call = None
            finance.attributes["roleReader"] = "hers"

    stage.transport.after_call = write
    answer = stage.create(stage.group_attributes(ONE, TWO), **ATTRIBUTES)
    assert "which this resource did not set" in answer["Reason"]
    assert (stage.carried("portal-users"), stage.carried("finance")) == ({}, {"roleReader": "hers"})


@pytest.mark.parametrize("lost", ["description", "attribute 'nested'"])
def test_a_group_of_which_the_directory_keeps_less_than_was_sent_fails(rich: Stage, lost: str) -> None:
    """Nothing else on a group may change; where it does, that is told, not found out by those who miss it."""
    group = rich.directory.group("portal-users")
    document = type(group).document

    def less(self: Any) -> dict[str, Any]:
        told = document(self)
        if rich.transport.calls[-1][0] == "PUT":
            told["attributes"] = {key: value for key, value in told["attributes"].items() if key not in lost}
            told |= {lost: ""} if lost in told else {}
        return told

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(group), "document", less)
        answer = rich.create(rich.group_attributes(ONE), **ATTRIBUTES)
    assert f"the directory did not keep {lost};" in answer["Reason"]


def test_a_group_that_disappears_between_check_and_write_fails_the_create(stage: Stage) -> None:
    """And what was set on the others is put back."""

    def remove(method: str, _path: str) -> None:
        if method == "PUT" and "finance" in stage.groups():
            stage.directory.remove_group(stage.directory.group("finance").id)

    stage.transport.after_call = remove
    answer = stage.create(stage.group_attributes(ONE, TWO), **ATTRIBUTES)
    assert "was removed in the directory at the same time" in answer["Reason"]
    assert stage.carried("portal-users") == {}


_TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(
    attributes=st.dictionaries(_TEXT.filter(lambda name: name not in {"roleAdmin", "roleReader"}), _JSON, max_size=5),
    description=_TEXT,
    email=_TEXT,
    notify=st.booleans(),
)
def test_set_and_delete_leave_a_group_byte_identical(
    new_stage: Callable[[], Stage], attributes: dict[str, Any], description: str, email: str, *, notify: bool
) -> None:
    """Whatever it has besides."""
    stage = new_stage()
    group = stage.directory.group("portal-users")
    group.description, group.email, group.member_suggestions_notify = description, email, notify
    group.attributes = {"ldapGroups": [{"name": "other"}]} | attributes
    before = stage.groups()
    properties = stage.group_attributes(ONE, ("portal-users", "roleReader", READER))
    made = stage.created(properties, **ATTRIBUTES)["PhysicalResourceId"]
    assert stage.groups() != before
    assert stage.delete(made, properties, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.groups() == before
