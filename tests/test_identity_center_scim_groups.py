"""Groups over SCIM as Identity Center has them: members, names, and each thing that it does not take."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.aws.identity_center.center_site import CenterSite, group_document
from sandbox.aws.process import LocalAws

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def site() -> Iterator[CenterSite]:
    """Identity Center on a local AWS."""
    with LocalAws() as aws, closing(CenterSite(aws)) as made:
        yield made


@pytest.fixture(scope="module")
def ada(site: CenterSite) -> str:
    """Id of a user who stays."""
    return site.add_user("ada@example.com")


def refused(answer: httpx.Response, status: int, says: str) -> None:
    """The answer has to be SCIM's error of this status, with *says* in its sentence."""
    told = answer.json()
    assert (answer.status_code, told["status"]) == (status, str(status)), told
    assert told["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert says in told["detail"], told


def members(site: CenterSite, group_id: str) -> tuple[str, ...]:
    """User names of a group's members, as the console shows them."""
    return next(one.members for one in site.console.groups() if one.id == group_id)


def test_members_are_added_and_removed_and_never_told(site: CenterSite, ada: str) -> None:
    """Both ways of removing work; an answer has an empty list, whoever is in it."""
    group = site.add_group("engineers", ada)
    assert site.scim("GET", f"/Groups/{group}").json()["members"] == []
    assert members(site, group) == ("ada@example.com",)
    for removal in (
        {"op": "remove", "path": "members", "value": [{"value": ada}]},
        {"op": "remove", "path": f'members[value eq "{ada}"]'},
    ):
        assert site.patch(f"/Groups/{group}", removal).status_code == 204
        assert members(site, group) == ()
        again = {"op": "add", "path": "members", "value": [{"value": ada}]}
        assert site.patch(f"/Groups/{group}", again).status_code == 204
        assert members(site, group) == ("ada@example.com",)


def test_a_group_is_renamed_by_patch_only(site: CenterSite) -> None:
    """PUT is not there for groups; the guide's own PATCH, with the id in its value, works."""
    group = site.add_group("old name")
    refused(site.scim("PUT", f"/Groups/{group}", group_document("new name")), 405, "PUT is not supported")
    renamed = site.patch(f"/Groups/{group}", {"op": "replace", "value": {"id": group, "displayName": "new name"}})
    assert renamed.status_code == 204
    assert "new name" in [one.display_name for one in site.console.groups()]
    refused(site.scim("POST", "/Groups", group_document("New Name")), 409, "exists")


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        ({"op": "remove", "path": "members"}, "all its members"),
        ({"op": "remove", "path": "members", "value": []}, "all its members"),
        ({"op": "replace", "path": "members", "value": []}, "all its members"),
        ({"op": "replace", "value": {"members": [{"value": "x"}]}}, "all its members"),
        ({"op": "add", "path": "description", "value": "x"}, "description cannot be changed"),
        ({"op": "add", "path": "members", "value": [{"value": f"{n}"} for n in range(101)]}, "101"),
        ({"op": "add", "path": "members", "value": [{"value": "x", "type": "Group"}]}, "a group cannot be a member"),
    ],
)
def test_a_patch_of_a_group_that_is_not_applied(site: CenterSite, ada: str, operation: Any, says: str) -> None:
    """It is refused with 400, and the members stay."""
    held = [one for one in site.console.groups() if one.display_name == "held"]
    group = held[0].id if held else site.add_group("held", ada)
    refused(site.patch(f"/Groups/{group}", operation), 400, says)
    assert members(site, group) == ("ada@example.com",)


def test_a_request_changes_a_hundred_members_at_most(site: CenterSite) -> None:
    """Over all its operations; a hundred is well."""
    group, people = site.add_group("crowd"), [site.add_user(f"p{number:03}@example.com") for number in range(101)]
    add = [{"op": "add", "path": "members", "value": [{"value": one}]} for one in people]
    refused(site.patch(f"/Groups/{group}", *add), 400, "101 changes of members")
    assert members(site, group) == ()
    assert site.patch(f"/Groups/{group}", *add[:100]).status_code == 204
    assert len(members(site, group)) == 100
    refused(site.scim("POST", "/Groups", group_document("too many", tuple(people))), 400, "101 members at once")


def test_only_users_who_are_there_can_be_members(site: CenterSite) -> None:
    """Neither a new group nor a PATCH takes somebody unknown."""
    nobody = "0000000000-00000000-0000-0000-0000-000000000000"
    refused(site.scim("POST", "/Groups", group_document("ghosts", (nobody,))), 404, nobody)
    group = site.add_group("empty")
    refused(site.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": nobody}]}), 404, nobody)
    assert "ghosts" not in [one.display_name for one in site.console.groups()]
