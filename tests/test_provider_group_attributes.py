"""Group attributes: set and changed without touching anything else that a group has; what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

ATTRIBUTES: dict[str, Any] = {"ResourceType": "Custom::JumpCloudGroupAttributes", "LogicalResourceId": "Roles"}
ADMIN = "arn:aws:iam::111122223333:role/Admin,arn:aws:iam::111122223333:saml-provider/Acme"
READER = "arn:aws:iam::111122223333:role/Reader,arn:aws:iam::111122223333:saml-provider/Acme"
GROUP_PATH = "/api/v2/usergroups/[0-9a-f]{24}"
ONE, TWO = ("portal-users", "roleAdmin", ADMIN), ("finance", "roleReader", READER)


def test_attributes_are_set_and_nothing_else_on_a_group_changes(rich: Stage) -> None:
    """One PUT for each group, however many attributes, with everything that can be written in it as it was read."""
    before = rich.groups()
    answer = rich.create(rich.group_attributes(ONE, ("portal-users", "roleReader", READER), TWO), **ATTRIBUTES)
    assert answer["Status"] == "SUCCESS"
    expected = {name: json.loads(document) for name, document in before.items()}
    expected["portal-users"]["attributes"] |= {"roleAdmin": ADMIN, "roleReader": READER}
    expected["finance"]["attributes"] |= {"roleReader": READER}
    assert {name: json.loads(document) for name, document in rich.groups().items()} == expected
    assert [method for method, _ in rich.writes()] == ["PUT", "PUT"]
    sent = next(body for body in rich.transport.bodies if body)
    assert sent.keys() == {
        "name",
        "description",
        "email",
        "attributes",
        "memberQueryExemptions",
        "memberSuggestionsNotify",
        "membershipMethod",
    }


def test_one_group_is_read_written_and_read_back_a_moment_later(stage: Stage) -> None:
    """The name, the group, the write, and the group again once a write of somebody else would be over."""
    answer = stage.create(stage.group_attributes(ONE), **ATTRIBUTES)
    path = f"/api/v2/usergroups/{stage.directory.group('portal-users').id}"
    assert stage.transport.calls == [("GET", "/api/v2/usergroups"), ("GET", path), ("PUT", path), ("GET", path)]
    assert len(stage.time.slept) == 1
    assert stage.time.slept[0] >= 2.0
    assert answer["PhysicalResourceId"].startswith("portal-prod-")
    assert answer["PhysicalResourceId"].endswith("/group-attributes")


def test_groups_that_are_as_wanted_are_not_written(stage: Stage) -> None:
    """A retried create and a no-op update write nothing, and nobody waits."""
    properties = stage.group_attributes(ONE, TWO)
    made = stage.created(properties, **ATTRIBUTES)["PhysicalResourceId"]
    stage.time.slept.clear()
    assert stage.create(properties, **ATTRIBUTES)["PhysicalResourceId"] == made
    answer = stage.update(made, properties, properties, **ATTRIBUTES)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", made)
    assert stage.writes() == []
    assert stage.time.slept == []
    assert stage.log()[-2]["plan"] == "none"


def test_no_attributes_at_all_make_no_call(stage: Stage) -> None:
    """An empty list is a list; one that is left out is not."""
    stage.secrets.clear()
    answer = stage.create(stage.group_attributes(), **ATTRIBUTES)
    assert answer["Status"] == "SUCCESS"
    assert stage.delete(answer["PhysicalResourceId"], stage.group_attributes(), **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.transport.calls == []
    told = stage.create({"Directory": stage.directory_property()}, **ATTRIBUTES)["Reason"]
    assert "Attributes is missing" in told


def test_the_physical_id_follows_from_stack_and_construct_alone(stage: Stage) -> None:
    """So an update never replaces, whatever changes; another construct or stack has its own."""
    properties = stage.group_attributes(ONE)
    made = stage.created(properties, **ATTRIBUTES)["PhysicalResourceId"]
    new = stage.group_attributes(TWO) | {"Directory": stage.directory_property(OrgId=stage.directory.organization.id)}
    assert stage.update(made, new, properties, **ATTRIBUTES)["PhysicalResourceId"] == made
    others = [{"LogicalResourceId": "Other"}, {"StackId": stage.event("Create", {})["StackId"] + "d"}]
    ids = {stage.create(new, **(ATTRIBUTES | other))["PhysicalResourceId"] for other in others}
    assert len(ids | {made}) == 3


def test_an_update_sets_changes_and_removes_in_one_write_for_each_group(stage: Stage) -> None:
    """What leaves a group goes together with what comes; groups that only lose something come last."""
    old = stage.group_attributes(ONE, ("portal-users", "stays", "1"), ("portal-users", "value", "1"), TWO)
    made = stage.created(old, **ATTRIBUTES)["PhysicalResourceId"]
    new = stage.group_attributes(
        ("portal-users", "stays", "1"), ("portal-users", "value", "2"), ("portal-admins", "roleAdmin", ADMIN)
    )
    assert stage.update(made, new, old, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.carried("portal-users") == {"stays": "1", "value": "2"}
    assert stage.carried("portal-admins") == {"roleAdmin": ADMIN}
    assert stage.carried("finance") == {}
    written = [stage.directory.groups[path.rpartition("/")[2]].name for _, path in stage.writes()]
    assert (sorted(written[:2]), written[2:]) == (["portal-admins", "portal-users"], ["finance"])
    assert stage.log()[-2]["fields"] == [
        "-portal-users.roleAdmin",
        "~portal-users.value",
        "+portal-admins.roleAdmin",
        "-finance.roleReader",
    ]


def test_missing_and_doubled_groups_are_all_told_before_anything_is_written(stage: Stage) -> None:
    """One error, with near misses."""
    stage.directory.add_group("finance")
    properties = stage.group_attributes(ONE, TWO, ("portal-user", "a", "1"), ("nobody-at-all", "a", "1"))
    answer = stage.create(properties, **ATTRIBUTES)
    assert answer["Status"] == "FAILED"
    assert "no group 'portal-user' (there is 'portal-users'" in answer["Reason"]
    assert "no group 'nobody-at-all'" in answer["Reason"]
    assert "2 groups are called 'finance'" in answer["Reason"]
    assert answer["PhysicalResourceId"].startswith("nothing-made-")
    assert stage.writes() == []


def test_dynamic_groups_and_attributes_of_others_are_all_told_before_anything_is_written(stage: Stage) -> None:
    """Each with its way out; the value that somebody else gave is not repeated."""
    stage.directory.group("portal-users").attributes |= {"roleAdmin": "hers", "number": 7}
    stage.directory.group("finance").membership_method = "DYNAMIC_AUTOMATED"
    properties = stage.group_attributes(ONE, TWO, ("portal-users", "number", "7"), ("portal-admins", "a", "1"))
    answer = stage.create(properties, **ATTRIBUTES)
    assert answer["Status"] == "FAILED"
    for told in (
        "has an attribute 'roleAdmin' with another value, which this resource did not set",
        "has an attribute 'number' with another value",
        "group 'finance' (",
        "is dynamic, and the members of a dynamic group inherit no attributes",
        "; use a static group",
        "; choose another attribute name",
    ):
        assert told in answer["Reason"]
    assert "hers" not in answer["Reason"]
    assert stage.writes() == []


@pytest.mark.parametrize(
    ("method", "query", "refused"),
    [
        ("DYNAMIC_AUTOMATED", None, True),
        ("DYNAMIC_REVIEW_REQUIRED", None, True),
        ("SOMETHING_NEW", None, True),
        ("STATIC", {"queryType": "Filter", "filters": ["x"]}, True),
        ("NOTSET", {"queryType": "Search", "searchFilters": "{}"}, True),
        ("STATIC", {"queryType": "Filter", "filters": []}, False),
        ("NOTSET", None, False),
        ("", None, False),
    ],
)
def test_a_group_whose_members_follow_from_a_rule_is_refused(
    stage: Stage, method: str, query: dict[str, Any] | None, *, refused: bool
) -> None:
    """By its method, known or not, or by a rule that was left in it; one whose method was never set is static."""
    group = stage.directory.group("portal-users")
    group.membership_method, group.member_query = method, query
    answer = stage.create(stage.group_attributes(ONE), **ATTRIBUTES)
    assert ("is dynamic" in answer.get("Reason", "")) == refused
    assert (stage.carried("portal-users") == {}) == refused


def test_an_attribute_of_the_old_properties_is_put_right_whatever_it_holds(stage: Stage) -> None:
    """Changed by hand, it is this resource's all the same as long as it is wanted."""
    old = stage.group_attributes(ONE)
    made = stage.created(old, **ATTRIBUTES)["PhysicalResourceId"]
    stage.directory.group("portal-users").attributes["roleAdmin"] = {"by": "hand"}
    new = stage.group_attributes(("portal-users", "roleAdmin", READER))
    assert stage.update(made, new, old, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.carried("portal-users") == {"roleAdmin": READER}


def test_an_update_that_names_an_attribute_of_somebody_else_is_refused(stage: Stage) -> None:
    """It was not in the old properties; nothing is written, not even what is well."""
    old = stage.group_attributes(ONE)
    made = stage.created(old, **ATTRIBUTES)["PhysicalResourceId"]
    stage.directory.group("finance").attributes["roleReader"] = "hers"
    answer = stage.update(made, stage.group_attributes(TWO), old, **ATTRIBUTES)
    assert "which this resource did not set" in answer["Reason"]
    assert answer["PhysicalResourceId"] == made
    assert stage.writes() == []


def test_the_log_names_attributes_before_and_after_and_no_value(stage: Stage) -> None:
    """Only those in question, not what else a group has."""
    stage.directory.group("portal-users").attributes["hers"] = "secret?"
    old = stage.group_attributes(ONE, ("portal-users", "value", "1"))
    made = stage.created(old, **ATTRIBUTES)["PhysicalResourceId"]
    stage.update(made, stage.group_attributes(("portal-users", "value", "2")), old, **ATTRIBUTES)
    written = [line for line in stage.log() if line["event"] == "group attributes written"][-1]
    assert (written["group"], written["before"], written["after"], written["changed"]) == (
        "portal-users",
        ["roleAdmin", "value"],
        ["value"],
        ["value"],
    )
    assert not any("secret?" in line or "hers" in line for line in stage.lines)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("", "a", "1"), "Attributes[0].Group is missing"),
        (("g", " ", "1"), "Attributes[0].Name must not be blank"),
        (("g", "a", ""), "Attributes[0].Value is missing"),
        (("g", "ldapGroups", "1"), "Attributes[0].Name must not be 'ldapGroups', which has a meaning of its own"),
    ],
)
def test_a_malformed_attribute_is_told_with_its_place(stage: Stage, row: tuple[str, str, str], told: str) -> None:
    """Before any call."""
    assert told in stage.create(stage.group_attributes(row), **ATTRIBUTES)["Reason"]
    assert stage.transport.calls == []


def test_one_attribute_with_two_values_is_told_and_one_given_twice_is_one(stage: Stage) -> None:
    """An attribute has one value for each group."""
    answer = stage.create(stage.group_attributes(ONE, ("portal-users", "roleAdmin", READER)), **ATTRIBUTES)
    assert "Attributes[1] gives group 'portal-users' the attribute 'roleAdmin' with a second value" in answer["Reason"]
    assert stage.create(stage.group_attributes(ONE, ONE), **ATTRIBUTES)["Status"] == "SUCCESS"
