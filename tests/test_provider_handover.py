"""Roles and groups that change in one update: nobody is handed, even for a moment, what is meant for others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

ROLE = "https://aws.amazon.com/SAML/Attributes/Role"


def _offering(stage: Stage, roles: list[str], groups: list[str]) -> dict[str, Any]:
    rows = [{"Name": ROLE, "Value": role} for role in roles]
    return stage.properties(ConstantAttributes=rows, RequiredGroups=groups)


def _bound(stage: Stage, application_id: str) -> list[str]:
    edges = [edge for edge in stage.directory.associations if edge[0] == application_id]
    return sorted(stage.directory.groups[edge[2]].name for edge in edges)


def _made(stage: Stage, properties: dict[str, Any]) -> str:
    """An application whose groups are bound, as access leaves it."""
    made = str(stage.created(properties)["PhysicalResourceId"])
    for name in properties["RequiredGroups"]:
        stage.directory.associations[made, "user_group", stage.directory.group(name).id] = {}
    return made


def _roles(stage: Stage, application_id: str) -> list[str]:
    rows = stage.directory.applications[application_id].config["constantAttributes"]
    return [row["value"] for row in rows]


def _associate(application_id: str) -> tuple[str, str]:
    return "POST", f"/api/v2/applications/{application_id}/associations"


def test_a_group_that_leaves_is_unbound_before_a_role_comes(stage: Stage) -> None:
    """Users leave the application that gains Admin: they never see it with that role."""
    old = _offering(stage, ["Reader"], ["portal-users", "portal-admins"])
    new = _offering(stage, ["Reader", "Admin"], ["portal-admins"])
    made = _made(stage, old)
    answer = stage.update(made, new, old)
    assert answer["Status"] == "SUCCESS"
    assert stage.writes() == [_associate(made), ("PUT", f"/api/applications/{made}")]
    assert _bound(stage, made) == ["portal-admins"]
    assert "-portal-users" in stage.log()[-2]["fields"]


def test_a_group_that_joins_is_bound_after_a_role_went(stage: Stage) -> None:
    """Users join the application that loses Admin: bound only once the role is gone."""
    old = _offering(stage, ["Reader", "Admin"], ["portal-admins"])
    new = _offering(stage, ["Reader"], ["portal-users", "portal-admins"])
    made = _made(stage, old)
    assert stage.update(made, new, old)["Status"] == "SUCCESS"
    assert stage.writes() == [("PUT", f"/api/applications/{made}"), _associate(made)]
    assert _bound(stage, made) == ["portal-admins", "portal-users"]


@pytest.mark.parametrize(
    ("roles", "groups"),
    [(["Reader", "Admin"], ["portal-users", "portal-admins"]), (["Reader"], ["portal-admins"])],
    ids=["only-roles", "only-groups"],
)
def test_where_one_of_both_changes_access_alone_binds(stage: Stage, roles: list[str], groups: list[str]) -> None:
    """No association is looked at or changed by the application."""
    old = _offering(stage, ["Reader"], ["portal-users", "portal-admins"])
    made = _made(stage, old)
    assert stage.update(made, _offering(stage, roles, groups), old)["Status"] == "SUCCESS"
    assert not [path for _, path in stage.transport.calls if "associations" in path]


def test_a_rollback_brings_both_back(stage: Stage) -> None:
    """The update undone, with access not asked in between: groups and roles are what they were."""
    old = _offering(stage, ["Reader"], ["portal-users", "portal-admins"])
    new = _offering(stage, ["Reader", "Admin"], ["portal-admins"])
    made = _made(stage, old)
    stage.update(made, new, old)
    assert stage.update(made, old, new)["Status"] == "SUCCESS"
    assert _bound(stage, made) == ["portal-admins", "portal-users"]
    assert _roles(stage, made) == ["Reader"]


def test_a_failed_write_leaves_nobody_with_too_much_and_is_undone(stage: Stage) -> None:
    """The group is unbound already when the write fails; the rollback binds it again."""
    old = _offering(stage, ["Reader"], ["portal-users", "portal-admins"])
    new = _offering(stage, ["Reader", "Admin"], ["portal-admins"])
    made = _made(stage, old)
    stage.directory.faults.add(Fault(kind="status", method="PUT", status=400))
    assert stage.update(made, new, old)["Status"] == "FAILED"
    assert _roles(stage, made) == ["Reader"]
    assert stage.update(made, old, new)["Status"] == "SUCCESS"
    assert _bound(stage, made) == ["portal-admins", "portal-users"]
