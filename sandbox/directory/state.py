"""What the directory holds, in memory: organization, credentials, people, groups, applications, who may use which.

Safe to use from several threads: everything that changes more than one thing holds `lock`.
"""

from __future__ import annotations

import copy
import hmac
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.directory import example
from sandbox.directory.catalogue import TEMPLATES, Template
from sandbox.directory.certificates import KeyPool, SigningPair, self_signed
from sandbox.directory.faults import Faults
from sandbox.directory.people import ACTIVATED, ApiKey, Group, Organization, User, new_id
from sandbox.directory.provisioning import Provisioning
from sandbox.directory.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sandbox.directory.applications import Application

TOKEN_LIFETIME = timedelta(hours=1)
EXAMPLE_PASSWORD = "sandbox"
EXAMPLE_API_KEY = "sandbox-api-key"
EXAMPLE_CLIENT_ID, EXAMPLE_CLIENT_SECRET = "sandbox-client", "sandbox-client-secret"

Edge = tuple[str, str, str]
"""Application id, `user` or `user_group`, and that one's id."""


@dataclass(slots=True)
class RequestRecord:
    """One request that came in, and what it was answered."""

    method: str
    path: str
    status: int | None
    """The HTTP status; None where the request got no answer, or none yet."""


class Directory:
    """One organization's directory.

    Args:
        organization: Its display name.
        key_size: Bits of the signing keys it makes.  JumpCloud's have 4096, which take seconds to make.
        clock: Tells the time.  Default: the machine's.
    """

    def __init__(
        self, *, organization: str = "Acme", key_size: int = 2048, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.lock = threading.RLock()
        self.clock: Callable[[], datetime] = clock or (lambda: datetime.now(UTC))
        self.keys = KeyPool(key_size)
        self.templates: dict[str, Template] = dict(TEMPLATES)
        self.faults = Faults()
        self.sessions = Sessions()
        self.admin_sessions = Sessions()
        self.provisioning = Provisioning(self)
        self._organization_name = organization
        self._seed: Callable[[Directory], None] | None = None
        self.reset()

    @classmethod
    def example(cls, *, key_size: int = 2048, clock: Callable[[], datetime] | None = None) -> Directory:
        """The directory of "Acme": three people, three groups, one API key, one service account, no application."""
        directory = cls(key_size=key_size, clock=clock)
        directory._seed = _example
        directory.reset()
        return directory

    def reset(self) -> None:
        """Back to how it began: applications, their provisioning, sessions, faults and the request log are gone."""
        with self.lock:
            now = self.clock()
            self.organization = Organization(id=new_id(now), display_name=self._organization_name, created=now)
            self.api_keys: dict[str, ApiKey] = {}
            self.service_accounts: dict[str, str] = {}
            self.tokens: dict[str, datetime] = {}
            self.users: dict[str, User] = {}
            self.groups: dict[str, Group] = {}
            self.applications: dict[str, Application] = {}
            self.associations: dict[Edge, dict[str, Any]] = {}
            self.requests: list[RequestRecord] = []
            self.faults.clear()
            self.sessions.clear()
            self.admin_sessions.clear()
            self.provisioning.clear()
            if self._seed:
                self._seed(self)

    def close(self) -> None:
        """End what goes on in the background; what the directory holds stays."""
        self.provisioning.close()

    # --- credentials ------------------------------------------------------------------------------------------------

    def add_api_key(self, key: str, *, multi_tenant: bool = False) -> ApiKey:
        """Accept *key* from now on."""
        with self.lock:
            self.api_keys[key] = ApiKey(key=key, multi_tenant=multi_tenant)
            return self.api_keys[key]

    def find_api_key(self, given: str) -> ApiKey | None:
        """The API key that *given* is, compared in constant time."""
        with self.lock:
            known = list(self.api_keys.values())
        found = [api_key for api_key in known if same_secret(api_key.key, given)]
        return found[0] if found else None

    def issue_token(self, client_id: str, client_secret: str) -> str | None:
        """An access token for a service account; None where id or secret is wrong."""
        with self.lock:
            secret = self.service_accounts.get(client_id)
            if not same_secret(secret or secrets.token_hex(), client_secret) or secret is None:
                return None
            token = secrets.token_urlsafe(32)
            self.tokens[token] = self.clock() + TOKEN_LIFETIME
            return token

    def accepts_token(self, given: str) -> bool:
        """Whether *given* is an access token that has not run out."""
        with self.lock:
            expiry = self.tokens.get(given)
            return expiry is not None and self.clock() < expiry

    # --- people and groups ------------------------------------------------------------------------------------------

    def add_group(self, name: str, *, description: str = "", attributes: dict[str, Any] | None = None) -> Group:
        """Make a group; JumpCloud does not promise that names are unique, so neither does this."""
        with self.lock:
            named = {"ldapGroups": [{"name": name}]} | (attributes or {})
            group = Group(id=new_id(self.clock()), name=name, description=description, attributes=named)
            self.groups[group.id] = group
            return group

    def group(self, name: str) -> Group:
        """The group called *name*; a KeyError where there is none."""
        with self.lock:
            for group in self.groups.values():
                if group.name == name:
                    return group
        raise KeyError(name)

    def remove_group(self, group_id: str) -> None:
        """Delete a group, with its associations."""
        with self.lock:
            del self.groups[group_id]
            self._drop_edges(lambda edge: edge[1:] == ("user_group", group_id))
            self.provisioning.look()

    def add_user(
        self,
        email: str,
        *,
        first_name: str,
        last_name: str,
        password: str,
        groups: Iterable[str] = (),
        **more: Any,
    ) -> User:
        """Make a person, a member of the groups named *groups*; *more* is whatever else `User` has."""
        with self.lock:
            now = self.clock()
            user = User(
                id=new_id(now),
                email=email,
                username=email.partition("@")[0],
                first_name=first_name,
                last_name=last_name,
                password=password,
                created=now,
                **more,
            )
            self.users[user.id] = user
            for name in groups:
                self.group(name).members.append(user.id)
            self.provisioning.look()
            return user

    def remove_user(self, user_id: str) -> None:
        """Delete a person, with memberships and associations."""
        with self.lock:
            del self.users[user_id]
            for group in self.groups.values():
                group.members = [member for member in group.members if member != user_id]
            self._drop_edges(lambda edge: edge[1:] == ("user", user_id))
            self.provisioning.look()

    def user(self, email: str) -> User:
        """The person with the address *email*; a KeyError where there is none."""
        with self.lock:
            for user in self.users.values():
                if user.email == email:
                    return user
        raise KeyError(email)

    def authenticate(self, login: str, password: str) -> User | None:
        """The person who signs in with e-mail address or username *login*; None where that or *password* is wrong.

        Nobody who is staged or suspended signs in.
        """
        wanted = login.strip().lower()
        with self.lock:
            users = [
                user
                for user in self.users.values()
                if wanted in {user.email.lower(), user.username.lower()} and user.state == ACTIVATED
            ]
        expected = users[0].password if users else secrets.token_hex()
        return users[0] if same_secret(expected, password) and users else None

    def groups_of(self, user: User) -> list[Group]:
        """The groups that *user* is a member of, in the order they were made."""
        with self.lock:
            return [group for group in self.groups.values() if user.id in group.members]

    # --- applications -----------------------------------------------------------------------------------------------

    def new_pair(self) -> SigningPair:
        """A new certificate of this organization with its key; may take seconds."""
        return self_signed(self.keys.take(), organization=self._organization_name, now=self.clock())

    def with_slug(self, slug: str) -> list[Application]:
        """The SAML applications with that last part of the SSO IdP URL; JumpCloud does not keep it unique."""
        with self.lock:
            return [application for application in self.applications.values() if application.slug == slug]

    def remove_application(self, application_id: str) -> None:
        """Delete an application, with its associations."""
        with self.lock:
            del self.applications[application_id]
            self._drop_edges(lambda edge: edge[0] == application_id)
            self.provisioning.look()

    def bound_groups(self, application: Application, user: User) -> list[Group]:
        """The groups of *user* through which they may use *application*."""
        with self.lock:
            return [
                group for group in self.groups_of(user) if (application.id, "user_group", group.id) in self.associations
            ]

    def connecting_groups(self, application: Application, user: User) -> list[Group]:
        """The same groups in the order in which they were bound: the one added most recently comes last."""
        with self.lock:
            bound = [
                self.groups[target]
                for source, kind, target in self.associations
                if (source, kind) == (application.id, "user_group")
            ]
        return [group for group in bound if user.id in group.members]

    def may_use(self, application: Application, user: User) -> bool:
        """Whether *user* is bound to *application*, directly or by a group.  Default: no."""
        with self.lock:
            direct = (application.id, "user", user.id) in self.associations
            return direct or bool(self.bound_groups(application, user))

    def tiles(self, user: User) -> list[Application]:
        """The applications that the portal shows to *user*, by label."""
        with self.lock:
            shown = [
                application
                for application in self.applications.values()
                if application.active and not application.hidden and self.may_use(application, user)
            ]
        return sorted(shown, key=lambda application: application.title.casefold())

    def _drop_edges(self, gone: Callable[[Edge], bool]) -> None:
        self.associations = {edge: value for edge, value in self.associations.items() if not gone(edge)}


def same_secret(expected: str, given: str) -> bool:
    """Whether two secrets are equal, found out in a time that does not tell where they differ."""
    return hmac.compare_digest(expected.encode(), given.encode())


def _example(directory: Directory) -> None:
    directory.add_api_key(EXAMPLE_API_KEY)
    directory.service_accounts[EXAMPLE_CLIENT_ID] = EXAMPLE_CLIENT_SECRET
    for name in example.GROUPS:
        directory.add_group(name)
    for person in example.PEOPLE:
        directory.add_user(**copy.deepcopy(dict(person)), password=EXAMPLE_PASSWORD)
