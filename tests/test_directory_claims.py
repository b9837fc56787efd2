"""What the emulated directory's groups hand down to their members: which value wins, which groups do not count."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sandbox.directory.app import create_app
from sandbox.directory.applications import Application
from sandbox.directory.claims import attributes_of
from sandbox.directory.in_process import in_process_client
from sandbox.directory.people import User
from sandbox.directory.state import Directory


@dataclass
class World:
    """A directory, ada, and an application that asks for directory properties."""

    directory: Directory
    application: Application
    ada: User

    def bind(self, name: str) -> None:
        """Let the group called *name* use the application, from now on."""
        self.directory.associations[self.application.id, "user_group", self.directory.group(name).id] = {}

    def join(self, name: str, **attributes: str) -> None:
        """Let ada join the group called *name*, which has these attributes."""
        group = self.directory.group(name)
        group.attributes |= attributes
        group.members.append(self.ada.id)

    def map(self, saml_name: str, *properties: str) -> None:
        """Let the application ask for *properties*, all under one name."""
        self.application.config["databaseAttributes"] = [{"name": saml_name, "value": name} for name in properties]

    def claims(self) -> dict[str, list[str]]:
        """What an assertion says of ada."""
        return dict(attributes_of(self.directory, self.application, self.ada))


@pytest.fixture
def world() -> World:
    """The example directory, with a SAML application that is bound to nobody."""
    directory = Directory.example()
    client = in_process_client(create_app(directory))
    client.headers["x-api-key"] = "sandbox-api-key"
    body = {"active": True, "name": "saml2", "ssoUrl": "portal", "config": {}}
    made = str(client.post("/api/applications", json=body).json()["_id"])
    return World(directory, directory.applications[made], directory.user("ada@example.com"))


def test_of_the_groups_that_connect_a_person_the_one_added_last_wins(world: World) -> None:
    """Which group is older, or was joined last, does not matter; groups that are not bound do not count."""
    world.map("role", "role")
    world.directory.add_group("youngest")
    for name in ("youngest", "portal-users", "portal-admins", "finance"):
        world.join(name, role=name)
    for name in ("portal-users", "youngest", "portal-admins"):
        world.bind(name)
        assert world.claims() == {"role": [name]}


def test_several_attributes_of_several_groups_become_one_saml_attribute(world: World) -> None:
    """Each role has a name of its own with one value, so a person in several groups gets all roles, each once."""
    world.map("Role", "roleAdmin", "roleReader", "roleAudit")
    world.join("portal-users", roleReader="reader")
    world.join("portal-admins", roleReader="reader", roleAdmin="admin")
    world.bind("portal-admins")
    world.bind("portal-users")
    assert world.claims() == {"Role": ["admin", "reader"]}


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("STATIC", {"role": ["from group"]}),
        ("NOTSET", {"role": ["from group"]}),
        ("DYNAMIC_AUTOMATED", {}),
        ("DYNAMIC_REVIEW_REQUIRED", {}),
    ],
)
def test_a_dynamic_group_hands_nothing_down(world: World, method: str, expected: dict[str, list[str]]) -> None:
    """Even where it connects the person."""
    world.map("role", "role")
    world.join("portal-users", role="from group")
    world.bind("portal-users")
    world.directory.group("portal-users").membership_method = method
    assert world.claims() == expected


def test_a_person_who_is_bound_directly_has_the_attributes_of_all_groups(world: World) -> None:
    """No group connects the person, so each counts; the person's own value wins all the same."""
    world.map("role", "role", "cost")
    world.directory.associations[world.application.id, "user", world.ada.id] = {}
    world.join("portal-admins", role="admin", cost="group's")
    world.ada.attributes["cost"] = "own"
    assert world.claims() == {"role": ["admin", "own"]}
