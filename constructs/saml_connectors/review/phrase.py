"""A sentence of a review, in which names that templates give stand apart from the words around them.

Each format writes the names in its own safe way.  Not here: how a format does that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

MOST_NAMES = 8
"""Names of a list that are told one by one where a person reads them."""

Name = str | tuple[str, ...]
"""What a template calls something, or several things of one kind."""

_HOLE = re.compile(r"\{(\w+)\}")


class Phrase(NamedTuple):
    """A sentence without full stop."""

    words: str
    """Words of this package, with `{name}` where a name belongs."""

    names: tuple[tuple[str, Name], ...] = ()
    """The names, as templates give them: whoever writes the sentence escapes them."""

    def written(self, write: Callable[[str], str], most: int | None = MOST_NAMES) -> str:
        """The sentence, each name as *write* gives it; of a list at most *most* names, then how many more there are."""
        names = dict(self.names)

        def filled(match: re.Match[str]) -> str:
            name = names[match.group(1)]
            return write(name) if isinstance(name, str) else listed([write(each) for each in name[:most]], len(name))

        return _HOLE.sub(filled, self.words)

    def plain(self) -> str:
        """The sentence for programs: every name, in single quotes."""
        return self.written(lambda name: f"'{name}'", None)


def phrase(words: str, **names: Name) -> Phrase:
    """A sentence of *words* with *names* in it."""
    return Phrase(words, tuple(names.items()))


def listed(written: list[str], count: int) -> str:
    """The names that are *written*, and how many of *count* are not."""
    if count > len(written):
        return f"{', '.join(written)} and {count - len(written):,} more"
    return " and ".join(filter(None, [", ".join(written[:-1]), *written[-1:]]))


def counted(number: int, noun: str) -> str:
    """A number and what is counted: `1 role`, `2 roles`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
