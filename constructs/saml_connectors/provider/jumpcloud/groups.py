"""Group names to groups: each must exist exactly once, and everything that is wrong is told in one error.

Not here: which groups see an application (`access.py`).
"""

from __future__ import annotations

from .errors import GroupError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .directory import Directory

NEAR_MISSES = 3
_CANNOT_FILTER = frozenset(",*:")
"""A comma begins another filter, and a star stands for anything: such names are looked for in the whole list."""


class GroupIndex:
    """The groups of a directory, looked up as seldom as possible.

    Args:
        directory: Where they are.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._all: list[dict[str, str]] | None = None
        self._found: dict[str, list[dict[str, str]]] = {}

    def named(self, name: str) -> list[dict[str, str]]:
        """Every group of exactly this name."""
        if name not in self._found:
            self._found[name] = self._named(name)
        return self._found[name]

    def _named(self, name: str) -> list[dict[str, str]]:
        if self._all is None and not _CANNOT_FILTER & set(name):
            found = self._directory.groups_named(name)
            if found:
                return found
        return [group for group in self._every() if group["name"] == name]

    def exactly_one_each(self, names: Iterable[str], doing: str) -> list[dict[str, str]]:
        """The group of each name, in order.

        Raises:
            GroupError: With all names that no group has, and all that several have.
        """
        groups, problems = [], []
        for name in names:
            found = self.named(name)
            groups += found[:1]
            if not found:
                problems.append(f"there is no group {name!r}{self._near(name)}")
            elif len(found) > 1:
                ids = ", ".join(group["id"] for group in found)
                problems.append(f"{len(found)} groups are called {name!r} ({ids})")
        if problems:
            raise GroupError(
                doing, "; ".join(problems), "correct the names, or make the groups, and give each a name of its own"
            )
        return groups

    def _every(self) -> list[dict[str, str]]:
        if self._all is None:
            self._all = self._directory.groups()
        return self._all

    def _near(self, name: str) -> str:
        from difflib import get_close_matches  # noqa: PLC0415 - only needed for an error's sentence

        by_folded = {group["name"].casefold(): group["name"] for group in self._every()}
        near = [by_folded[folded] for folded in get_close_matches(name.casefold(), by_folded, NEAR_MISSES)]
        return f" (there is {', '.join(map(repr, near))})" if near else ""
