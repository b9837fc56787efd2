"""Who sees an application while what it says of people changes: nobody is handed what is meant for others.

A resource of its own binds the groups last (`access.py`), so an application that gains a role and loses a group in one
update would for a moment offer that role to the group.  Groups that leave are therefore unbound before the change.
CloudFormation undoes an update by another one, and that resource may not be asked then: so groups that join are bound
after the change, here too.  Where only attributes or only groups change, nothing is done here.
"""

from __future__ import annotations

from .access import to_unbind
from .desired import CONSTANT_ATTRIBUTES, DATABASE_ATTRIBUTES
from .groups import GroupIndex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .desired import Application
    from .directory import Directory

_SAID_OF_PEOPLE = (CONSTANT_ATTRIBUTES, DATABASE_ATTRIBUTES)


class Handover:
    """The groups that leave and join an application whose attributes change.

    Args:
        old: What was wanted before; None where that is not known.
        wanted: What is wanted.
        application_id: Which application.
        directory: Where it is.
        index: Its groups.
    """

    def __init__(
        self, old: Application | None, wanted: Application, application_id: str, directory: Directory, index: GroupIndex
    ) -> None:
        self._application_id, self._directory, self._index = application_id, directory, index
        self._leaving: list[str] = []
        self._joining: list[str] = []
        if old is not None and any(old.config.get(key) != wanted.config.get(key) for key in _SAID_OF_PEOPLE):
            self._leaving = [name for name in old.required_groups if name not in wanted.required_groups]
            self._joining = [name for name in wanted.required_groups if name not in old.required_groups]

    def before(self) -> tuple[str, ...]:
        """Unbind the groups that leave; gives what was done, for the log."""
        if not self._leaving:
            return ()
        bound = self._directory.bound_groups(self._application_id)
        leaving = to_unbind(self._index, self._leaving, bound)
        for group in leaving:
            self._directory.unbind(self._application_id, group)
        return tuple(f"-{group['name']}" for group in leaving)

    def after(self, doing: str) -> tuple[str, ...]:
        """Bind the groups that join; gives what was done, for the log."""
        if not self._joining:
            return ()
        bound = self._directory.bound_groups(self._application_id)
        joining = [group for group in self._index.exactly_one_each(self._joining, doing) if group["id"] not in bound]
        for group in joining:
            self._directory.bind(self._application_id, group)
        return tuple(f"+{group['name']}" for group in joining)
