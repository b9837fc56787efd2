"""What an operation is that faults can be played on.

Not here: which there are (`lifecycle_operations.py`, `signing_operations.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.provider_fixtures import Stage


class Believed(NamedTuple):
    """What CloudFormation believes of a resource."""

    physical_id: str
    properties: dict[str, Any]


class Prepared(NamedTuple):
    """Where an operation begins, and what is wanted."""

    before: Believed | None = None
    after: dict[str, Any] | None = None


class Operation(NamedTuple):
    """One lifecycle operation.

    Attributes:
        name: What it is called in a test's id.
        resource_type: Of the resource.
        prepare: Makes what is there before it.
        replaces: Whether an update has to end in another physical id.
        proves_nothing: Whether what it makes has a chosen slug or is a bookmark.  Where no answer ever came, nothing
            says whose it is then: it stays, and the log says so.
    """

    name: str
    resource_type: str
    prepare: Callable[[Stage], Prepared]
    replaces: bool = False
    proves_nothing: bool = False

    @property
    def about(self) -> dict[str, Any]:
        """The parts of its events that say which resource it is."""
        return {"ResourceType": self.resource_type, "LogicalResourceId": self.resource_type.rpartition(":")[2]}
