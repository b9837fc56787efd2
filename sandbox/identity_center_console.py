"""Identity Center's console without the console: what AWS has no API for, on the local AWS.

What the console does is `sandbox/aws/identity_center/console.py`'s; this asks it, over HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from sandbox.aws.environment import ACCOUNT


class ConsoleError(RuntimeError):
    """The console refused; `code` is that of AWS's APIs for the same."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An instance of Identity Center, as its console shows it."""

    arn: str
    identity_store_id: str
    portal_url: str
    """The AWS access portal, as on AWS."""

    local_portal_url: str
    """The same on this machine."""

    sp_entity_id: str
    acs_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user in Identity Center."""

    id: str
    user_name: str
    active: bool
    provisioned: bool
    """Whether SCIM brought it."""

    document: dict[str, Any]
    """All attributes, by SCIM's names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group in Identity Center."""

    id: str
    display_name: str
    external_id: str
    provisioned: bool
    members: tuple[str, ...]
    """User names, sorted."""


@dataclass(frozen=True, slots=True)
class Token:
    """What the console lists of an access token, which is never shown again."""

    id: str
    expires: str


@dataclass(frozen=True, slots=True)
class Provisioning:
    """What is shown once when automatic provisioning is enabled."""

    endpoint: str
    """With the slash at its end that the console shows, and the directory must not have."""

    token: str = field(repr=False)

    def __iter__(self) -> Iterator[str]:
        """Endpoint and token, so that both can be taken at once."""
        yield from (self.endpoint, self.token)


class IdentityCenterConsole:
    """The console of one account and region.

    Args:
        endpoint_url: The local AWS.
        account: Account id.
        region: Region that Identity Center is, or shall be, enabled in.
    """

    def __init__(self, endpoint_url: str, account: str = ACCOUNT, region: str = "us-east-1") -> None:
        self._endpoint_url = endpoint_url
        self._where = {"account": account, "region": region}

    def enable(self) -> Instance:
        """Enable Identity Center, which gives the instance.

        Raises:
            ConsoleError: It is enabled.
        """
        return self._instance(self._ask("enable"))

    def instance(self) -> Instance:
        """The instance that was enabled."""
        return self._instance(self._ask("describe"))

    def sp_metadata(self) -> str:
        """The metadata file that the directory's application is made from."""
        return str(self._ask("sp-metadata")["metadata"])

    def use_external_idp(self, metadata_xml: str) -> None:
        """Change the identity source to the IdP with this metadata.

        Raises:
            ConsoleError: The console does not take the metadata.
        """
        self._ask("use-external-idp", metadata=metadata_xml)

    def enable_provisioning(self) -> Provisioning:
        """Enable automatic provisioning."""
        told = self._ask("enable-provisioning")
        return Provisioning(told["endpoint"], told["token"])

    def new_token(self) -> str:
        """Make another access token; it is shown this once."""
        return str(self._ask("new-token")["token"])

    def tokens(self) -> list[Token]:
        """The access tokens there are."""
        return [Token(one["id"], one["expires"]) for one in self._ask("tokens")["tokens"]]

    def delete_token(self, token: str) -> None:
        """Delete an access token, told by itself or by its id."""
        self._ask("delete-token", **self._told(token))

    def expire_token(self, token: str) -> None:
        """Let an access token's year be over now; on AWS, a year has to pass."""
        self._ask("expire-token", **self._told(token))

    def users(self) -> list[User]:
        """All users."""
        return [
            User(
                id=one["id"],
                user_name=one["document"]["userName"],
                active=one["active"],
                provisioned=one["provisioned"],
                document=one["document"],
            )
            for one in self._ask("users")["users"]
        ]

    def groups(self) -> list[Group]:
        """All groups."""
        return [
            Group(
                id=one["id"],
                display_name=one["displayName"],
                external_id=one["externalId"],
                provisioned=one["provisioned"],
                members=tuple(one["members"]),
            )
            for one in self._ask("groups")["groups"]
        ]

    def _instance(self, told: dict[str, Any]) -> Instance:
        local = f"{self._endpoint_url}/_sandbox/access-portal/{told['identity_store_id']}/start"
        return Instance(local_portal_url=local, **told)

    def _told(self, token: str) -> dict[str, str]:
        return {"id": token, "token": token}

    def _ask(self, what: str, **more: str) -> dict[str, Any]:
        url = f"{self._endpoint_url}/_sandbox/identity-center/{what}"
        answer = httpx.post(url, json={**self._where, **more}, timeout=30, trust_env=False)
        told: dict[str, Any] = answer.json()
        if not answer.is_success:
            raise ConsoleError(told["code"], told["message"])
        return told
