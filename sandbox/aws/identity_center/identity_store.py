"""The users, groups and memberships of one identity store, each name and id once; who may write is not decided here.

Not locked by itself: whoever calls holds the lock of `instances.py`.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sandbox.aws.identity_center.directory_records import Group, User, now
from sandbox.aws.identity_center.refusals import ConflictError, NotFoundError


class IdentityStore:
    """People and groups.

    Args:
        store_id: `d-` and ten hexadecimal digits.
    """

    def __init__(self, store_id: str) -> None:
        self.store_id = store_id
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self._user_names: dict[str, str] = {}
        self._user_external_ids: dict[str, str] = {}
        self._group_names: dict[str, str] = {}
        self._group_external_ids: dict[str, str] = {}
        self._memberships: dict[str, tuple[str, str]] = {}

    # --- users -------------------------------------------------------------------------------------------------------

    def add_user(self, document: dict[str, Any], *, provisioned: bool) -> User:
        """A new user; SCIM takes over the user of the same name that was made by hand.

        Raises:
            ConflictError: The name or the external id is taken.
        """
        present = self.user_named(str(document["userName"]))
        if present is not None and (present.provisioned or not provisioned):
            raise ConflictError(f"adding the user {document['userName']}: a user of this name exists")
        if present is not None:
            present.provisioned = True
            return self.replace_user(present.id, document)
        user = User(id=self._new_id(), document=document, provisioned=provisioned)
        self._check_user(user.id, document)
        self.users[user.id] = user
        self._index_user(user)
        return user

    def replace_user(self, user_id: str, document: dict[str, Any]) -> User:
        """Put *document* in place of what the user was.

        Raises:
            NotFoundError: There is no such user.
            ConflictError: The name or the external id is another's.
        """
        user = self.user(user_id)
        self._check_user(user_id, document)
        self._forget_user(user)
        user.document, user.updated = document, now()
        self._index_user(user)
        return user

    def delete_user(self, user_id: str) -> None:
        """Remove the user, and every membership of it."""
        user = self.user(user_id)
        for group in self.groups_of(user_id):
            self.remove_member(group.id, user_id)
        self._forget_user(user)
        del self.users[user_id]

    def user(self, user_id: str) -> User:
        """The user of this id."""
        if user_id not in self.users:
            raise NotFoundError(f"looking up the user {user_id}: there is none in {self.store_id}")
        return self.users[user_id]

    def user_named(self, user_name: str) -> User | None:
        """The user of this name, whatever its case."""
        return self.users.get(self._user_names.get(user_name.casefold(), ""))

    def user_from(self, external_id: str) -> User | None:
        """The user with this id in the directory."""
        return self.users.get(self._user_external_ids.get(external_id, ""))

    # --- groups ------------------------------------------------------------------------------------------------------

    def add_group(self, display_name: str, *, provisioned: bool, description: str = "", external_id: str = "") -> Group:
        """A new group.

        Raises:
            ConflictError: The name or the external id is taken.
        """
        group = Group(
            id=self._new_id(),
            display_name=display_name,
            provisioned=provisioned,
            description=description,
            external_id=external_id,
        )
        self._check_group(group.id, display_name, external_id)
        self.groups[group.id] = group
        self._index_group(group)
        return group

    def change_group(
        self, group_id: str, *, display_name: str, external_id: str, description: str | None = None
    ) -> Group:
        """Rename a group, or change where it comes from.

        Raises:
            NotFoundError: There is no such group.
            ConflictError: The name or the external id is another's.
        """
        group = self.group(group_id)
        self._check_group(group_id, display_name, external_id)
        self._forget_group(group)
        group.display_name, group.external_id, group.updated = display_name, external_id, now()
        if description is not None:
            group.description = description
        self._index_group(group)
        return group

    def delete_group(self, group_id: str) -> None:
        """Remove the group and its memberships."""
        group = self.group(group_id)
        for membership_id in group.members.values():
            del self._memberships[membership_id]
        self._forget_group(group)
        del self.groups[group_id]

    def group(self, group_id: str) -> Group:
        """The group of this id."""
        if group_id not in self.groups:
            raise NotFoundError(f"looking up the group {group_id}: there is none in {self.store_id}")
        return self.groups[group_id]

    def group_named(self, display_name: str) -> Group | None:
        """The group of this name, whatever its case."""
        return self.groups.get(self._group_names.get(display_name.casefold(), ""))

    def group_from(self, external_id: str) -> Group | None:
        """The group with this id in the directory."""
        return self.groups.get(self._group_external_ids.get(external_id, ""))

    # --- memberships -------------------------------------------------------------------------------------------------

    def add_member(self, group_id: str, user_id: str) -> str:
        """Make the user a member, who may be one already; gives the membership's id."""
        group = self.group(group_id)
        self.user(user_id)
        if user_id not in group.members:
            group.members[user_id] = self._new_id()
            self._memberships[group.members[user_id]] = (group_id, user_id)
        return group.members[user_id]

    def remove_member(self, group_id: str, user_id: str) -> None:
        """End the membership, if there is one."""
        membership_id = self.group(group_id).members.pop(user_id, None)
        if membership_id is not None:
            del self._memberships[membership_id]

    def membership(self, membership_id: str) -> tuple[str, str]:
        """Group and user of a membership."""
        if membership_id not in self._memberships:
            raise NotFoundError(f"looking up the membership {membership_id}: there is none in {self.store_id}")
        return self._memberships[membership_id]

    def groups_of(self, user_id: str) -> list[Group]:
        """The groups that the user is in."""
        return [group for group in self.groups.values() if user_id in group.members]

    # --- names and ids -----------------------------------------------------------------------------------------------

    def _new_id(self) -> str:
        return f"{self.store_id.removeprefix('d-')}-{uuid4()}"

    def _check_user(self, user_id: str, document: dict[str, Any]) -> None:
        name, external_id = str(document["userName"]), str(document.get("externalId") or "")
        if self._user_names.get(name.casefold(), user_id) != user_id:
            raise ConflictError(f"writing the user {name}: a user of this name exists")
        if external_id and self._user_external_ids.get(external_id, user_id) != user_id:
            raise ConflictError(f"writing the user {name}: another user has the external id {external_id}")

    def _index_user(self, user: User) -> None:
        self._user_names[user.user_name.casefold()] = user.id
        if user.external_id:
            self._user_external_ids[user.external_id] = user.id

    def _forget_user(self, user: User) -> None:
        self._user_names.pop(user.user_name.casefold(), None)
        self._user_external_ids.pop(user.external_id, None)

    def _check_group(self, group_id: str, display_name: str, external_id: str) -> None:
        if self._group_names.get(display_name.casefold(), group_id) != group_id:
            raise ConflictError(f"writing the group {display_name}: a group of this name exists")
        if external_id and self._group_external_ids.get(external_id, group_id) != group_id:
            raise ConflictError(f"writing the group {display_name}: another group has the external id {external_id}")

    def _index_group(self, group: Group) -> None:
        self._group_names[group.display_name.casefold()] = group.id
        if group.external_id:
            self._group_external_ids[group.external_id] = group.id

    def _forget_group(self, group: Group) -> None:
        self._group_names.pop(group.display_name.casefold(), None)
        self._group_external_ids.pop(group.external_id, None)
