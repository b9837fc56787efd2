"""Taking over an application made by hand: what is refused, what a rollback does, and what is never deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from saml_connectors.provider.jumpcloud import contract

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

NOBODY = "0123456789abcdef01234567"
OTHER = {"LogicalResourceId": "Other"}


@pytest.fixture
def hers(stage: Stage) -> str:
    """Id of an application that another stack made, which is as good as by hand: its slug is `portal`."""
    made: str = stage.created(stage.properties(Slug="portal"), **OTHER)["PhysicalResourceId"]
    stage.time.now += 90 * 24 * 3600
    return made


def adopting(stage: Stage, adopted: str, **changes: Any) -> dict[str, Any]:
    """Properties that take it over as it is."""
    return stage.properties(**{"Slug": "portal", "Adopt": adopted, "OnRemoval": None} | changes)


def test_an_equal_application_is_taken_over_without_a_write(stage: Stage, hers: str) -> None:
    """Its id becomes the resource's; the answer has what metadata needs."""
    answer = stage.create(adopting(stage, hers))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", hers)
    assert answer["Data"]["SsoUrl"] == stage.live(hers)["ssoUrl"]
    assert stage.writes() == []


def test_what_is_left_out_stays_as_it_was_found(stage: Stage, hers: str) -> None:
    """Neither groups nor entity ID nor signature need be equal where the properties do not choose them."""
    less = adopting(stage, hers, GroupsAttribute=None, SignAssertion=None, UserAttributes=None, Description=None)
    stage.directory.applications[hers].config["idpEntityId"] = "JumpCloud"
    answer = stage.create(less)
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert answer["Data"]["IdpEntityId"] == "JumpCloud"
    assert stage.writes() == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"Adopt": NOBODY},
            f"taking over application 'Portal' ({NOBODY}): the directory has no application of this id",
        ),
        ({"Slug": "acme"}, "is another one: its slug is 'portal', not 'acme'"),
        ({"Template": "saml2"}, "is another one: its template is 'amazoncognitouserpools', not 'saml2'"),
        ({"Adopt": "portal"}, "Adopt must be 24 hexadecimal digits, got 'portal'"),
        ({"Slug": None}, "Slug is missing: it says beside Adopt which application is meant"),
        ({"RequiredGroups": ["portal-usrs"]}, "no group 'portal-usrs'"),
        ({"DisplayLabel": "Shop"}, "displayLabel is 'Portal', wanted is 'Shop'"),
        ({"Visible": "false"}, "sso.hidden is false, wanted is true"),
        ({"IdpEntityId": "urn:acme"}, "config.idpEntityId is 'http"),
        ({"ConstantAttributes": [{"Name": "api token", "Value": "s3cret"}]}, "lacks 'api token' = [hidden]"),
        ({"UserAttributes": [{"Name": "email", "Source": "username"}]}, "has 'email' = 'email', 'given' = 'firstname'"),
    ],
)
def test_what_differs_is_refused_and_nothing_is_changed(
    stage: Stage, hers: str, changes: dict[str, Any], told: str
) -> None:
    """The failure names it; CloudFormation's delete after it makes no call."""
    before = stage.live(hers)
    properties = {name: value for name, value in (adopting(stage, hers) | changes).items() if value is not None}
    answer = stage.create(properties)
    assert answer["Status"] == "FAILED"
    assert told in answer["Reason"]
    assert "s3cret" not in answer["Reason"]
    assert stage.writes() == []
    stage.forget_calls()
    assert stage.delete(answer["PhysicalResourceId"], properties)["Status"] == "SUCCESS"
    assert stage.transport.calls == []
    assert stage.live(hers) == before


def test_every_field_that_differs_is_told_at_once(stage: Stage, hers: str) -> None:
    """One deployment is enough to know all of them."""
    answer = stage.create(adopting(stage, hers, DisplayLabel="Shop", SignResponse="true", AcsUrl="https://a.example/"))
    for field in ("displayLabel", "config.signResponse", "config.acsUrl"):
        assert f"{field} is " in answer["Reason"]
    assert "second deployment" in answer["Reason"]


def test_a_deactivated_application_is_refused(stage: Stage, hers: str) -> None:
    """Taking it over would activate it."""
    stage.directory.applications[hers].active = False
    assert "active is false, wanted is true" in stage.create(adopting(stage, hers))["Reason"]


def test_a_bookmark_is_taken_over_by_its_id_and_url(stage: Stage) -> None:
    """It has no slug; another one with the same URL is not meant."""
    hers = stage.created(stage.bookmark(), **OTHER)["PhysicalResourceId"]
    stage.time.now += 24 * 3600
    properties = stage.bookmark(Adopt=hers)
    assert stage.create(properties)["PhysicalResourceId"] == hers
    other = stage.create(stage.bookmark(Adopt=hers, BookmarkUrl="https://other.example/"))
    assert "its bookmark URL is 'https://acme.awsapps.com" in other["Reason"]
    stage.delete(hers, properties)
    assert stage.writes() == []


@pytest.mark.parametrize("physical_id", ["{hers}", "nothing-made-r1", "maybe-made-r1", "stack-made-this-up"])
def test_a_delete_never_removes_what_was_made_by_hand(stage: Stage, hers: str, physical_id: str) -> None:
    """Whatever id CloudFormation names: no call is made, not even for `OnRemoval: delete`."""
    properties = adopting(stage, hers, OnRemoval="delete")
    assert stage.delete(physical_id.format(hers=hers), properties)["Status"] == "SUCCESS"
    assert stage.transport.calls == []


def test_adopt_left_out_later_makes_it_an_ordinary_one(stage: Stage, hers: str) -> None:
    """An update without a write; a delete then deletes it."""
    old = adopting(stage, hers)
    stage.create(old)
    new = {name: value for name, value in old.items() if name != contract.ADOPT}
    answer = stage.update(hers, new, old)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", hers)
    assert stage.writes() == []
    stage.update(hers, old, new)
    assert stage.writes() == []
    stage.delete(hers, new)
    assert stage.labels() == []


def test_one_of_its_own_can_be_kept_from_deletion_later(stage: Stage) -> None:
    """`Adopt` with its own id: what is not chosen any more stays as it is, instead of going back to a default."""
    old = stage.properties(Slug="portal", SignResponse="true")
    made = stage.created(old)["PhysicalResourceId"]
    new = stage.properties(Slug="portal", Adopt=made, SignResponse=None, GroupsAttribute=None, Description=None)
    assert stage.update(made, new, old)["Status"] == "SUCCESS"
    assert stage.writes() == []
    stage.delete(made, new)
    assert stage.labels() == ["Portal"]


def test_it_is_never_replaced_by_another_one(stage: Stage, hers: str) -> None:
    """Another slug beside the same `Adopt`, or an application that is gone, is refused: nothing is made."""
    old = adopting(stage, hers)
    stage.create(old)
    assert "its slug is 'portal', not 'acme'" in stage.update(hers, old | {"Slug": "acme"}, old)["Reason"]
    del stage.directory.applications[hers]
    assert "no application of this id" in stage.update(hers, old | {"Description": "x"}, old)["Reason"]
    assert stage.writes() == []


def test_one_made_by_hand_takes_the_place_of_an_ordinary_one_and_back(stage: Stage, hers: str) -> None:
    """The ordinary one goes only when CloudFormation deletes it; a rollback finds it as it was."""
    ordinary = stage.properties()
    own = stage.created(ordinary)["PhysicalResourceId"]
    adopted = adopting(stage, hers)
    assert stage.update(own, adopted, ordinary)["PhysicalResourceId"] == hers
    assert stage.update(hers, ordinary, adopted)["PhysicalResourceId"] == own
    assert stage.writes() == []
    assert stage.delete(hers, adopted)["Status"] == "SUCCESS"
    assert set(stage.directory.applications) == {own, hers}
    assert stage.update(own, adopted, ordinary)["PhysicalResourceId"] == hers
    stage.delete(own, ordinary)
    assert set(stage.directory.applications) == {hers}


def test_an_ordinary_one_can_take_its_place_and_it_stays(stage: Stage, hers: str) -> None:
    """Without `Adopt` and slug a new one is made; the old properties keep the one made by hand."""
    old, new = adopting(stage, hers), stage.properties()
    stage.create(old)
    made = stage.update(hers, new, old)["PhysicalResourceId"]
    assert made != hers
    stage.delete(hers, old)
    assert set(stage.directory.applications) == {hers, made}


# --- launch and access ----------------------------------------------------------------------------------------------


def launch(stage: Stage, adopted: str, url: str) -> dict[str, Any]:
    """Properties of a launch of an adopted application."""
    directory = {contract.DIRECTORY: stage.directory_property()}
    return directory | {"ApplicationId": adopted, "LoginUrl": url, "Adopted": "true"}


def access(stage: Stage, adopted: str, *groups: str) -> dict[str, Any]:
    """Properties of an access of an adopted application."""
    directory = {contract.DIRECTORY: stage.directory_property()}
    return directory | {"ApplicationId": adopted, "Groups": list(groups), "Adopted": "true"}


def test_what_the_tile_opens_is_compared_first_and_changed_later(stage: Stage, hers: str) -> None:
    """A create never writes; an update does; a delete leaves it."""
    kind = {"ResourceType": contract.LAUNCH}
    stage.directory.applications[hers].config["idpInitUrl"] = "https://a.example/"
    refused = stage.send(stage.event("Create", launch(stage, hers, "https://b.example/"), **kind))
    assert "config.idpInitUrl is 'https://a.example/', wanted is 'https://b.example/'" in refused["Reason"]
    old, new = launch(stage, hers, "https://a.example/"), launch(stage, hers, "https://b.example/")
    made = stage.send(stage.event("Create", old, **kind))["PhysicalResourceId"]
    assert stage.writes() == []
    assert stage.update(made, new, old, **kind)["Status"] == "SUCCESS"
    assert [method for method, _ in stage.writes()] == ["PUT"]
    stage.forget_calls()
    assert stage.delete(made, new, **kind)["Status"] == "SUCCESS"
    assert stage.delete("made-up", new, **kind)["Status"] == "SUCCESS"
    assert stage.transport.calls == []
    assert stage.live(hers)["config"]["idpInitUrl"]["value"] == "https://b.example/"


def test_who_sees_it_is_compared_first_and_changed_later(stage: Stage, hers: str) -> None:
    """A create never binds; updates bind and unbind; a delete leaves the bindings."""
    kind = {"ResourceType": contract.ACCESS}
    refused = stage.send(stage.event("Create", access(stage, hers, "portal-users"), **kind))
    assert "it was made by hand, and 'portal-users' are not bound to it" in refused["Reason"]
    assert stage.writes() == []
    ordinary = {name: value for name, value in access(stage, hers, "portal-users").items() if name != "Adopted"}
    stage.send(stage.event("Create", ordinary, **kind))
    stage.forget_calls()
    old = access(stage, hers, "portal-users")
    made = stage.send(stage.event("Create", old, **kind))["PhysicalResourceId"]
    assert stage.writes() == []
    new = access(stage, hers, "portal-users", "finance")
    assert stage.update(made, new, old, **kind)["Status"] == "SUCCESS"
    assert len(stage.writes()) == 1
    stage.forget_calls()
    stage.delete(made, new, **kind)
    assert stage.transport.calls == []
    assert stage.update(made, access(stage, hers), new, **kind)["Status"] == "SUCCESS"
    assert len(stage.writes()) == 2
    assert stage.directory.associations == {}
