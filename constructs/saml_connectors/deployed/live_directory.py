"""The directory as a command that looks at a deployed stack reads it: each thing once, groups with their size.

Not here: requests (`provider/jumpcloud/directory.py`), and the credential (`deployment.py`).
"""

from __future__ import annotations

from functools import cached_property
from urllib.parse import quote

from saml_connectors.provider.jumpcloud.directory import Directory
from saml_connectors.provider.jumpcloud.errors import NotFound
from saml_connectors.provider.jumpcloud.groups import GroupIndex
from saml_connectors.provider.jumpcloud.live import Live, LiveGroup


class LiveDirectory(Directory):
    """Reads only, and remembers what it read."""

    @cached_property
    def index(self) -> GroupIndex:
        """Its groups by name."""
        return GroupIndex(self)

    @cached_property
    def _applications(self) -> dict[str, Live | None]:
        return {}

    @cached_property
    def _groups(self) -> dict[str, LiveGroup | None]:
        return {}

    @cached_property
    def _named(self) -> dict[str, list[dict[str, str]]]:
        return {}

    @cached_property
    def _bound(self) -> dict[str, set[str] | NotFound]:
        return {}

    @cached_property
    def _sizes(self) -> dict[str, int]:
        return {}

    @cached_property
    def names(self) -> dict[str, str]:
        """Names of all groups, by id."""
        return {each["id"]: each["name"] for each in self.groups()}

    def application(self, application_id: str) -> Live | None:
        """As the directory's, read once."""
        if application_id not in self._applications:
            self._applications[application_id] = super().application(application_id)
        return self._applications[application_id]

    def group(self, group_id: str) -> LiveGroup | None:
        """As the directory's, read once."""
        if group_id not in self._groups:
            self._groups[group_id] = super().group(group_id)
        return self._groups[group_id]

    def groups_named(self, name: str) -> list[dict[str, str]]:
        """As the directory's, read once."""
        if name not in self._named:
            self._named[name] = super().groups_named(name)
        return self._named[name]

    def bound_groups(self, application_id: str) -> set[str]:
        """As the directory's, read once."""
        if application_id not in self._bound:
            try:
                self._bound[application_id] = super().bound_groups(application_id)
            except NotFound as error:
                self._bound[application_id] = error
        found = self._bound[application_id]
        if isinstance(found, NotFound):
            raise found
        return found

    def bound(self, application_id: str) -> set[str] | None:
        """Ids of the groups that are bound to an application; None where it is gone."""
        try:
            return self.bound_groups(application_id)
        except NotFound:
            return None

    def size(self, group_id: str) -> int:
        """How many people are in a group: as the directory counts them, or, where it does not, counted here."""
        if group_id not in self._sizes:
            path = f"/v2/usergroups/{quote(group_id, '')}/members"
            doing, scope = f"counting the members of group {group_id}", "groups.readonly"
            _, total = self._exchange("GET", path, doing, scope=scope, query=[("limit", "1"), ("skip", "0")])
            self._sizes[group_id] = sum(1 for _ in self._pages(path, doing, scope=scope)) if total is None else total
        return self._sizes[group_id]
