"""Identity Center's store as it is: users, groups and members, in pages of 100, one page in memory at a time.

Not here: anything that writes, and what is compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from saml_connectors.problems import Problem
from saml_connectors.provisioning.aws import telling_of_aws
from saml_connectors.provisioning.people import StoreGroup, StoreUser
from saml_connectors.provisioning.trouble import Trouble

PAGE = 100
"""The most that the identity store gives at once (its API, `MaxResults`)."""

ENTERPRISE = "aws:identitystore:enterprise"
"""The extension that holds what paths beginning with `enterprise.` name."""


class IdentityStore:
    """One identity store, read only.

    Args:
        client: A boto3 client of `identitystore`, or what answers like it.
        store_id: Which store.
        paths: Attributes of users that are looked at beside their names.
    """

    def __init__(self, client: Any, store_id: str, *, paths: Sequence[str] = ()) -> None:
        self.calls = 0
        """How many calls were made; botocore's own repetitions are not counted."""
        self._client = client
        self._store_id = store_id
        self._paths = tuple(paths)

    def users(self) -> Iterator[StoreUser]:
        """All users."""
        more = {"Extensions": [ENTERPRISE]} if any(path.startswith("enterprise.") for path in self._paths) else {}
        for each in self._pages("list_users", "Users", "listing the users", more):
            yield self._user(each)

    def groups(self) -> Iterator[StoreGroup]:
        """All groups."""
        for each in self._pages("list_groups", "Groups", "listing the groups", {}):
            yield StoreGroup(id=each["GroupId"], name=each.get("DisplayName", ""), external_id=_external_id(each))

    def members(self, group_id: str) -> Iterator[str]:
        """Ids of the users in one group."""
        doing = f"listing the members of group {group_id}"
        for each in self._pages("list_group_memberships", "GroupMemberships", doing, {"GroupId": group_id}):
            member = each.get("MemberId", {}).get("UserId")
            if member:
                yield member

    def _pages(self, call: str, key: str, doing: str, more: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        token: str | None = None
        doing = f"{doing} of identity store {self._store_id}"
        fix = "check instance.identity_store_id, and aws.region"
        while True:
            asked = {"IdentityStoreId": self._store_id, "MaxResults": PAGE, **more}
            if token is not None:
                asked["NextToken"] = token
            self.calls += 1
            with telling_of_aws(
                doing, field="instance.identity_store_id", ResourceNotFoundException=("there is none of this id", fix)
            ):
                answer = getattr(self._client, call)(**asked)
            yield from answer.get(key, [])
            following = answer.get("NextToken")
            if not following:
                return
            if following == token:
                rule = f"must answer, but {doing} failed: the same page came twice"
                raise Trouble(Problem(code="aws-refused", field="aws", rule=rule, fix="run it again"))
            token = following

    def _user(self, told: Mapping[str, Any]) -> StoreUser:
        name = told.get("Name") or {}
        status = told.get("UserStatus")
        return StoreUser(
            id=told["UserId"],
            user_name=told.get("UserName", ""),
            external_id=_external_id(told),
            email=_main(told.get("Emails")).get("Value", ""),
            given_name=name.get("GivenName", ""),
            family_name=name.get("FamilyName", ""),
            display_name=told.get("DisplayName", ""),
            active=None if status is None else status == "ENABLED",
            lacking=tuple(path for path in self._paths if not _value_at(told, path)),
        )


def _external_id(told: Mapping[str, Any]) -> str | None:
    ids = told.get("ExternalIds") or [{}]
    return ids[0].get("Id") or None


def _main(values: Sequence[Mapping[str, Any]] | None) -> Mapping[str, Any]:
    """The primary one of several, else the first."""
    found: Sequence[Mapping[str, Any]] = values or [{}]
    return next((each for each in found if each.get("Primary")), found[0])


def _value_at(told: Mapping[str, Any], path: str) -> Any:
    """What stands at a path that access control can read, in the words of the API: `name.givenName`."""
    head, _, tail = path.partition(".")
    if head == "enterprise":
        held: Any = (told.get("Extensions") or {}).get(ENTERPRISE) or {}
        for part in tail.split("."):
            held = held.get(part) if isinstance(held, dict) else None
        return held
    plain, is_filtered, _ = head.partition("[")
    if is_filtered:
        plural = f"{plain[:1].upper()}{plain[1:]}"
        wanted = path.rsplit("].", 1)[-1]
        return _main(told.get(plural)).get(f"{wanted[:1].upper()}{wanted[1:]}")
    top = told.get(f"{head[:1].upper()}{head[1:]}")
    return top.get(f"{tail[:1].upper()}{tail[1:]}") if tail and isinstance(top, dict) else top
