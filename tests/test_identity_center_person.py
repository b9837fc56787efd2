"""A person of the directory signs in to Identity Center, from the access portal and from a tile of the directory."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox.access_portal import AccessPortalError
from sandbox.aws.identity_center.center_site import CenterSite
from sandbox.aws.process import LocalAws
from sandbox.directory.serving import running
from sandbox.directory.state import EXAMPLE_API_KEY, EXAMPLE_PASSWORD, Directory
from sandbox.person import Person, PersonError
from sandbox.session import ACCESS_PORTAL_HOSTS, AWS_SIGN_IN_HOSTS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e


class World:
    """A directory with Identity Center's application, and Identity Center with the directory as its IdP."""

    def __init__(self, stack: ExitStack) -> None:
        aws = stack.enter_context(LocalAws())
        self.site = stack.enter_context(closing(CenterSite(aws)))
        self.directory = Directory.example()
        routes = [(AWS_SIGN_IN_HOSTS, aws.endpoint_url)]
        routes.append((ACCESS_PORTAL_HOSTS, rf"{aws.endpoint_url}/_sandbox/access-portal/\1"))
        self.url = stack.enter_context(running(self.directory, port=0, routes=routes))
        application = self._make_application()
        ada = self.site.add_user("ada@example.com")
        self.site.assign(self.site.permission_set("Engineer"), ada, kind="USER")
        self.launch = f"{self.url}/launch/{application}"

    def _make_application(self) -> str:
        config: dict[str, Any] = {
            "idpEntityId": "https://acme.example.com/identity-center",
            "spEntityId": self.site.instance.sp_entity_id,
            "acsUrl": self.site.instance.acs_url,
            "idpInitUrl": self.site.instance.portal_url,
        }
        told = {
            "active": True,
            "name": "aws-sso",
            "displayLabel": "AWS",
            "ssoUrl": "aws",
            "config": {key: {"value": value} for key, value in config.items()},
        }
        with httpx.Client(headers={"x-api-key": EXAMPLE_API_KEY}, trust_env=False, timeout=30) as admin:
            made = admin.post(f"{self.url}/api/applications", json=told)
            assert made.is_success, made.text
            identifier = str(made.json()["_id"])
            group = self.directory.group("portal-users").id
            self.directory.associations[identifier, "user_group", group] = {}
            organization = self.directory.organization.id
            metadata = admin.get(f"{self.url}/api/organizations/{organization}/applications/{identifier}/metadata.xml")
            assert metadata.is_success, metadata.text
        self.site.console.use_external_idp(metadata.text)
        return identifier


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Both, on this machine."""
    with ExitStack() as stack:
        yield World(stack)


def test_the_portal_leads_through_the_directory_to_a_session(world: World) -> None:
    """The person signs in at the directory, sees what is assigned, and has its credentials."""
    site = world.site
    with closing(Person("ada@example.com", EXAMPLE_PASSWORD)) as person:
        portal = person.open_access_portal(site.instance.local_portal_url)
        assert (portal.user_name, portal.accounts) == ("ada@example.com", {site.account: ("Engineer",)})
        session = portal.choose(site.account, "Engineer")
        who = session.client("sts", site.aws.endpoint_url, site.aws.region).get_caller_identity()
        assert who["Arn"].endswith("/ada@example.com")
        with pytest.raises(AccessPortalError, match="it is not offered, only") as caught:
            portal.choose(site.account, "Administrator")
    assert isinstance(caught.value, PersonError)
    assert session.session_token not in repr((portal, session))


def test_a_tile_leads_to_the_portal(world: World) -> None:
    """Whether the IdP begins, or its tile leads to the portal that does."""
    with closing(Person("ada@example.com", EXAMPLE_PASSWORD)) as person:
        assert person.open_access_portal(world.launch).accounts


def test_somebody_who_was_not_provisioned_is_turned_away(world: World) -> None:
    """The directory vouches for them, and Identity Center does not know them."""
    stranger = next(one for one in world.directory.users.values() if one.email == "grace@example.com")
    group = world.directory.group("portal-users")
    world.directory.associations[group.id, "user", stranger.id] = {}
    with (
        closing(Person("grace@example.com", EXAMPLE_PASSWORD)) as person,
        pytest.raises(PersonError, match=r"grace@example.com is no user of Identity Center"),
    ):
        person.open_access_portal(world.site.instance.local_portal_url)
