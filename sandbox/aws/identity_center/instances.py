"""The instances of Identity Center, one for an account that enabled it, and the lock over all that is in them."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import uuid4

from sandbox.aws.identity_center.access_tokens import AccessToken
from sandbox.aws.identity_center.directory_records import now
from sandbox.aws.identity_center.identity_store import IdentityStore
from sandbox.aws.identity_center.permission_records import Assignment, Operation, PermissionSet
from sandbox.aws.identity_center.refusals import ConflictError, DeniedError, NotFoundError
from sandbox.aws.saml_metadata import IdpMetadata

_LETTERS: Final = "0123456789abcdef"


@dataclass(slots=True, kw_only=True)
class Instance:
    """One instance, with its identity store and everything that hangs on it."""

    account: str
    region: str
    arn: str
    store: IdentityStore
    acs_id: str
    created: datetime = field(default_factory=now)
    permission_sets: dict[str, PermissionSet] = field(default_factory=dict)
    assignments: dict[Assignment, datetime] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    access_attributes: dict[str, str] | None = None
    """Sources of the attributes for access control, by key; None while the feature is off."""

    idp: IdpMetadata | None = None
    """The external IdP; None while people sign in to the store itself."""

    idp_post_url: str = ""
    """Where AuthnRequests go by HTTP-POST, if the IdP takes them so."""

    tenant: str = ""
    """Part of the SCIM endpoint; empty while automatic provisioning is off."""

    tokens: list[AccessToken] = field(default_factory=list)

    @property
    def id(self) -> str:
        """`ssoins-` and sixteen characters."""
        return self.arn.rpartition("/")[2]

    @property
    def store_arn(self) -> str:
        """ARN of the identity store."""
        return f"arn:aws:identitystore::{self.account}:identitystore/{self.store.store_id}"

    @property
    def portal_url(self) -> str:
        """The AWS access portal."""
        return f"https://{self.store.store_id}.awsapps.com/start"

    @property
    def sp_entity_id(self) -> str:
        """Entity ID towards the external IdP, which is also the audience of its assertions."""
        return f"https://{self.region}.signin.aws.amazon.com/platform/saml/{self.store.store_id}"

    @property
    def acs_url(self) -> str:
        """Where the external IdP's responses go."""
        return f"https://{self.region}.signin.aws.amazon.com/platform/saml/acs/{self.acs_id}"

    @property
    def issuer(self) -> str:
        """Issuer of the external ids that SCIM brings."""
        return f"https://scim.aws.com/{self.tenant}"


class Instances:
    """All instances, whatever account they are of."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._by_account: dict[str, Instance] = {}

    def enable(self, account: str, region: str) -> Instance:
        """Enable Identity Center in *account*.

        Raises:
            ConflictError: It is enabled, in whatever region.
        """
        with self.lock:
            if account in self._by_account:
                present = self._by_account[account]
                raise ConflictError(f"enabling Identity Center in {account}: it is enabled in {present.region}")
            instance = Instance(
                account=account,
                region=region,
                arn=f"arn:aws:sso:::instance/ssoins-{_hex(16)}",
                store=IdentityStore(f"d-{_hex(10)}"),
                acs_id=str(uuid4()),
            )
            self._by_account[account] = instance
            return instance

    def of_account(self, account: str) -> Instance | None:
        """The instance of *account*, if it has one."""
        return self._by_account.get(account)

    def enabled(self, account: str) -> Instance:
        """The instance of *account*.

        Raises:
            NotFoundError: Nobody enabled Identity Center in it.
        """
        instance = self.of_account(account)
        if instance is None:
            raise NotFoundError(f"looking up Identity Center in {account}: it is not enabled; enable it first")
        return instance

    def by_arn(self, account: str, arn: str) -> Instance:
        """The instance of this ARN, which has to be *account*'s."""
        return self._own(account, arn, lambda one: one.arn)

    def by_store(self, account: str, store_id: str) -> Instance:
        """The instance with this identity store, which has to be *account*'s; the store may be told by its ARN."""
        return self._own(account, store_id.rpartition("/")[2], lambda one: one.store.store_id)

    def find(self, fits: Callable[[Instance], bool]) -> Instance | None:
        """The instance for which *fits* holds, in whatever account."""
        with self.lock:
            return next((one for one in self._by_account.values() if fits(one)), None)

    def reset(self) -> None:
        """Forget everything."""
        with self.lock:
            self._by_account.clear()

    def _own(self, account: str, wanted: str, told: Callable[[Instance], str]) -> Instance:
        found = self.find(lambda one: told(one) == wanted)
        if found is None or found.account != account:
            # AWS does not say which: whoever asks must not learn what other accounts have.
            raise DeniedError(f"looking up {wanted}: account {account} has no such instance or identity store")
        return found


def _hex(count: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(count))


INSTANCES: Final = Instances()
"""Those of this process: the local AWS is one process."""
