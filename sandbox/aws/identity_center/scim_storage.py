"""Where the SCIM server reads and writes: the identity store of one instance.  What SCIM says is scim2-server's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scim2_models import (
    InvalidValueException,
    Meta,
    NotFoundException,
    Resource,
    ResourceType,
    ResponseParameters,
    ScimProvider,
    SearchRequest,
    UniquenessException,
)
from scim2_server.storage import ScimStorage, SearchPage

from sandbox.aws.identity_center.directory_records import ENTERPRISE, Group, User
from sandbox.aws.identity_center.identity_store import IdentityStore
from sandbox.aws.identity_center.instances import INSTANCES
from sandbox.aws.identity_center.refusals import ConflictError, NotFoundError
from sandbox.aws.identity_center.scim_constraints import check_user, filter_values

_USER = "User"
_NOT_KEPT = ("id", "meta")


class IdentityStoreStorage(ScimStorage):
    """The users and groups of an identity store, as SCIM resources.

    Args:
        store: The identity store.
        provider: Description of the service, whose models the resources are of.
    """

    def __init__(self, store: IdentityStore, provider: ScimProvider) -> None:
        self._store = store
        self._provider = provider

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Hold the lock for as long as the operation takes, and give refusals of the store SCIM's form."""
        with INSTANCES.lock:
            try:
                yield
            except NotFoundError as error:
                raise NotFoundException(detail=str(error)) from None
            except ConflictError as error:
                raise UniquenessException(detail=str(error)) from None

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,  # noqa: ARG002 - the server applies them
    ) -> Resource[Any]:
        """The user or group of this id."""
        if resource_type.name == _USER:
            return self._user(self._store.user(resource_id))
        return self._group(self._store.group(resource_id))

    def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,  # noqa: ARG002 - of cursors, which the service does not announce
    ) -> SearchPage:
        """The page of those that the filter fits, oldest first."""
        wanted = {} if search_request.filter is None else filter_values(str(search_request.filter))
        is_users = [one.name for one in resource_types] == [_USER]
        found: list[Any] = self._users_with(wanted) if is_users else self._groups_with(wanted)
        start = search_request.start_index_0 or 0
        count = len(found) if search_request.count is None else search_request.count
        page = found[start : start + count]
        return SearchPage(len(found), [self._user(one) if is_users else self._group(one) for one in page])

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """A new user or group."""
        document = _document(resource)
        if resource_type.name == _USER:
            _check_whole(document)
            return self._user(self._store.add_user(document, provisioned=True))
        members = _member_ids(document)
        for user_id in members:
            self._store.user(user_id)
        group = self._store.add_group(
            document["displayName"], provisioned=True, external_id=str(document.get("externalId") or "")
        )
        for user_id in members:
            self._store.add_member(group.id, user_id)
        return self._group(group)

    def update(
        self,
        resource_type: ResourceType,
        resource: Resource[Any],
        *,
        expected_version: str | None = None,  # noqa: ARG002 - the service has no ETags
    ) -> Resource[Any]:
        """Put the resource in place of what was."""
        document, resource_id = _document(resource), str(resource.id)
        if resource_type.name == _USER:
            _check_whole(document)
            return self._user(self._store.replace_user(resource_id, document))
        members = _member_ids(document)
        for user_id in members:
            self._store.user(user_id)
        if not document.get("displayName"):
            raise InvalidValueException(detail="changing a group: displayName is required")
        group = self._store.change_group(
            resource_id, display_name=document["displayName"], external_id=str(document.get("externalId") or "")
        )
        for user_id in [one for one in group.members if one not in members]:
            self._store.remove_member(group.id, user_id)
        for user_id in members:
            self._store.add_member(group.id, user_id)
        return self._group(group)

    def delete(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        expected_version: str | None = None,  # noqa: ARG002 - the service has no ETags
    ) -> None:
        """Remove the user or group."""
        if resource_type.name == _USER:
            self._store.delete_user(resource_id)
        else:
            self._store.delete_group(resource_id)

    def _users_with(self, wanted: dict[str, str]) -> list[User]:
        store = self._store
        if "username" in wanted:
            candidates = [store.user_named(wanted["username"])]
        elif "externalid" in wanted:
            candidates = [store.user_from(wanted["externalid"])]
        elif "id" in wanted:
            candidates = [store.users.get(wanted["id"])]
        else:
            candidates = list(store.users.values())
        found = [one for one in candidates if one is not None]
        return [one for one in found if "manager" not in wanted or _manager(one) == wanted["manager"]]

    def _groups_with(self, wanted: dict[str, str]) -> list[Group]:
        store = self._store
        if "members" in wanted:
            store.user(wanted["members"])
        if "displayname" in wanted:
            candidates = [store.group_named(wanted["displayname"])]
        elif "externalid" in wanted:
            candidates = [store.group_from(wanted["externalid"])]
        elif "id" in wanted:
            candidates = [store.groups.get(wanted["id"])]
        else:
            candidates = list(store.groups.values())
        found = [one for one in candidates if one is not None]
        return [one for one in found if "members" not in wanted or wanted["members"] in one.members]

    def _user(self, user: User) -> Resource[Any]:
        return self._resource(_USER, user, user.document)

    def _group(self, group: Group) -> Resource[Any]:
        document = {
            "displayName": group.display_name,
            **({"externalId": group.external_id} if group.external_id else {}),
            "members": [{"value": one, "$ref": f"Users/{one}", "type": _USER} for one in group.members],
        }
        return self._resource("Group", group, document)

    def _resource(self, name: str, kept: User | Group, document: dict[str, Any]) -> Resource[Any]:
        model: Any = self._provider.model_for(name)
        resource: Resource[Any] = model.model_validate({"schemas": [str(model.__schema__)], **document, "id": kept.id})
        resource.meta = Meta(resource_type=name, created=kept.created, last_modified=kept.updated)
        return resource


def _document(resource: Resource[Any]) -> dict[str, Any]:
    told: dict[str, Any] = resource.model_dump()
    return {key: value for key, value in told.items() if key not in _NOT_KEPT}


def _check_whole(document: dict[str, Any]) -> None:
    """What a PATCH leaves has to be a whole user, too."""
    check_user(document)
    name = document.get("name") or {}
    for part in ("givenName", "familyName"):
        if not str(name.get(part) or "").strip():
            raise InvalidValueException(detail=f"writing a user: name.{part} is required")
    for part in ("userName", "displayName"):
        if not str(document.get(part) or "").strip():
            raise InvalidValueException(detail=f"writing a user: {part} is required")


def _member_ids(document: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(str(one["value"]) for one in document.get("members") or [] if one.get("value")))


def _manager(user: User) -> str:
    return str(((user.document.get(ENTERPRISE) or {}).get("manager") or {}).get("value") or "")
