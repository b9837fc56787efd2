"""Group attributes that go: removed, rolled back, on renamed groups, in a former directory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from saml_connectors.provider.jumpcloud.deadline import Deadline
    from saml_connectors.provider.jumpcloud.transport import Request, Response
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

ATTRIBUTES: dict[str, Any] = {"ResourceType": "Custom::JumpCloudGroupAttributes", "LogicalResourceId": "Roles"}
ADMIN = "arn:aws:iam::111122223333:role/Admin,arn:aws:iam::111122223333:saml-provider/Acme"
READER = "arn:aws:iam::111122223333:role/Reader,arn:aws:iam::111122223333:saml-provider/Acme"
GROUP_PATH = "/api/v2/usergroups/[0-9a-f]{24}"
ONE, TWO = ("portal-users", "roleAdmin", ADMIN), ("finance", "roleReader", READER)


def test_a_rollback_brings_back_the_former_state(rich: Stage) -> None:
    """Old and new properties change places, and every group is again as it was, to the byte."""
    old = rich.group_attributes(ONE, ("finance", "value", "1"))
    made = rich.created(old, **ATTRIBUTES)["PhysicalResourceId"]
    before = {name: json.loads(document) for name, document in rich.groups().items()}
    new = rich.group_attributes(TWO, ("finance", "value", "2"), ("portal-admins", "roleAdmin", ADMIN))
    assert rich.update(made, new, old, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert rich.update(made, old, new, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert {name: json.loads(document) for name, document in rich.groups().items()} == before


def test_only_what_still_has_this_resources_value_is_removed(stage: Stage) -> None:
    """By an update and by a delete: who changed a value by hand has taken the attribute over."""
    properties = stage.group_attributes(ONE, ("portal-users", "own", "1"), TWO)
    made = stage.created(properties, **ATTRIBUTES)["PhysicalResourceId"]
    stage.directory.group("finance").attributes["roleReader"] = "hers now"
    stage.directory.group("portal-users").attributes["roleAdmin"] = ["a", "list"]
    new = stage.group_attributes(("portal-users", "own", "1"))
    assert stage.update(made, new, properties, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.writes() == []
    assert stage.delete(made, properties, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.carried("finance") == {"roleReader": "hers now"}
    assert stage.carried("portal-users") == {"roleAdmin": ["a", "list"]}


def test_groups_that_are_gone_are_no_fault_of_a_removal(stage: Stage) -> None:
    """All others are cleaned; a second delete writes nothing."""
    properties = stage.group_attributes(ONE, TWO)
    made = stage.created(properties, **ATTRIBUTES)["PhysicalResourceId"]
    stage.directory.remove_group(stage.directory.group("finance").id)
    assert stage.delete(made, properties, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.carried("portal-users") == {}
    stage.forget_calls()
    assert stage.delete(made, properties, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.writes() == []


def test_a_renamed_group_loses_what_is_taken_from_it(stage: Stage) -> None:
    """It is found by the attribute and its value: a role that is taken away must not stay because of a name."""
    properties = stage.group_attributes(ONE, TWO)
    made = stage.created(properties, **ATTRIBUTES)["PhysicalResourceId"]
    stage.directory.group("finance").name = "controlling"
    new = stage.group_attributes(ONE)
    assert stage.update(made, new, properties, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.carried("controlling") == {}
    assert stage.carried("portal-users") == {"roleAdmin": ADMIN}


def test_a_renamed_group_is_still_this_resources_under_its_new_name(stage: Stage) -> None:
    """The spec follows the rename and changes the value in one step."""
    old = stage.group_attributes(TWO)
    made = stage.created(old, **ATTRIBUTES)["PhysicalResourceId"]
    stage.directory.group("finance").name = "controlling"
    new = stage.group_attributes(("controlling", "roleReader", ADMIN))
    assert stage.update(made, new, old, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.carried("controlling") == {"roleReader": ADMIN}
    assert len(stage.writes()) == 1


def test_of_two_groups_of_one_name_each_loses_what_is_this_resources(stage: Stage) -> None:
    """The second one was made since; the value tells which is meant."""
    properties = stage.group_attributes(TWO)
    made = stage.created(properties, **ATTRIBUTES)["PhysicalResourceId"]
    second = stage.directory.add_group("finance", attributes={"roleReader": "hers"})
    assert stage.delete(made, properties, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.carried("finance") == {}
    assert second.attributes["roleReader"] == "hers"


def test_a_group_that_became_dynamic_can_be_cleaned_and_keeps_its_rule(stage: Stage) -> None:
    """Its query goes back as it was read."""
    properties = stage.group_attributes(ONE)
    made = stage.created(properties, **ATTRIBUTES)["PhysicalResourceId"]
    group = stage.directory.group("portal-users")
    group.membership_method, group.member_query = "DYNAMIC_AUTOMATED", {"queryType": "Filter", "filters": ["x"]}
    assert stage.delete(made, properties, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.carried("portal-users") == {}
    assert (group.membership_method, group.member_query) == (
        "DYNAMIC_AUTOMATED",
        {"queryType": "Filter", "filters": ["x"]},
    )


def test_a_create_without_an_answer_is_undone_under_an_id_that_cloudformation_made_up(stage: Stage) -> None:
    """The function died after it had written; malformed properties cannot have been written."""
    properties = stage.group_attributes(ONE)
    stage.created(properties, **ATTRIBUTES)
    assert stage.delete("Portal-Roles-1ABC", properties, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.carried("portal-users") == {}
    stage.forget_calls()
    assert stage.delete("Portal-Roles-1ABC", {}, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.transport.calls == []


def test_another_credential_for_the_same_directory_writes_nothing(stage: Stage) -> None:
    """The former secret may be gone already."""
    old = stage.group_attributes(ONE)
    made = stage.created(old, **ATTRIBUTES)["PhysicalResourceId"]
    stage.secrets["other-key"] = stage.secrets.pop("directory-key")
    new = old | {"Directory": stage.directory_property(CredentialsSecret="other-key")}
    assert stage.update(made, new, old, **ATTRIBUTES)["Status"] == "SUCCESS"
    assert stage.writes() == []


def test_an_organization_that_is_named_from_now_on_is_no_other_directory(stage: Stage) -> None:
    """Groups are told apart by their ids: what is set there is not removed as something of the former directory."""
    old = stage.group_attributes(ONE, TWO)
    made = stage.created(old, **ATTRIBUTES)["PhysicalResourceId"]
    named = {"Directory": stage.directory_property(OrgId=stage.directory.organization.id)}
    answer = stage.update(made, stage.group_attributes(ONE) | named, old, **ATTRIBUTES)
    assert answer["Status"] == "SUCCESS"
    assert (stage.carried("portal-users"), stage.carried("finance")) == ({"roleAdmin": ADMIN}, {})


def test_a_former_directory_that_cannot_be_reached_does_not_stand_in_the_way(stage: Stage) -> None:
    """Neither of a move nor of its rollback; the log says what was left."""
    old = stage.group_attributes(ONE) | {"Directory": stage.directory_property(ApiUrl="http://127.0.0.1:8500/gone")}
    answer = stage.update("portal/group-attributes", stage.group_attributes(ONE), old, **ATTRIBUTES)
    assert answer["Status"] == "SUCCESS"
    assert stage.carried("portal-users") == {"roleAdmin": ADMIN}
    assert "attributes are left behind in the former directory" in [line["event"] for line in stage.log()]


def test_a_move_to_another_directory_sets_there_and_then_removes_here(
    stage: Stage, new_stage: Callable[[], Stage]
) -> None:
    """Groups of the same names are other groups; a rollback moves back."""
    there = new_stage()
    here_exchange, url = stage.transport.exchange, "http://127.0.0.1:8600/api"

    def by_address(request: Request, deadline: Deadline) -> Response:
        transport = there.transport.exchange if request.url.startswith(url) else here_exchange
        return transport(request, deadline)

    stage.transport.exchange = by_address  # type: ignore[method-assign] # a second directory on the same network
    old = stage.group_attributes(ONE, TWO)
    new = stage.group_attributes(ONE, TWO) | {"Directory": stage.directory_property(ApiUrl=url)}
    made = stage.created(old, **ATTRIBUTES)["PhysicalResourceId"]
    for wanted, former, has, has_not in ((new, old, there, stage), (old, new, stage, there)):
        answer = stage.update(made, wanted, former, **ATTRIBUTES)
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", made)
        assert (has.carried("portal-users"), has.carried("finance")) == ({"roleAdmin": ADMIN}, {"roleReader": READER})
        assert (has_not.carried("portal-users"), has_not.carried("finance")) == ({}, {})


def test_a_removal_reads_each_group_again_before_it_writes_it(stage: Stage) -> None:
    """What somebody changed on the second group while the first was written stays."""
    properties = stage.group_attributes(ONE, TWO)
    made = stage.created(properties, **ATTRIBUTES)["PhysicalResourceId"]

    def write(method: str, path: str) -> None:
        if method == "PUT":
            stage.transport.after_call = None
            for group in stage.directory.groups.values():
                if group.id not in path:
                    group.attributes["hers"] = "1"

    stage.transport.after_call = write
    assert stage.delete(made, properties, **ATTRIBUTES)["Status"] == "SUCCESS"
    carried = [stage.carried(name) for name in ("portal-users", "finance")]
    assert sorted(carried, key=len) == [{}, {"hers": "1"}]
