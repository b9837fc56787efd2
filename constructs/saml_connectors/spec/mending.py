"""Data with values that are right in the place of wrong ones, so that rules between fields can be judged beside them.

Not here: what is wrong (`judging.py`), and which value is right somewhere (`shape.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from saml_connectors.spec.connector import ConnectorSpec
from saml_connectors.spec.findings import Located, Location
from saml_connectors.spec.shape import ABSENT, fields_at, nearest, stand_in, typed_part

_LONGEST_KEY = 64
_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9_.-]")


class Mending:
    """The data of a spec, and what was put right in it.

    Args:
        model: What the data is to be.
        data: The data as it was written; it is copied before anything is changed.
    """

    def __init__(self, model: type[ConnectorSpec], data: Mapping[str, Any]) -> None:
        self._model = model
        self._replaced: set[Location] = set()
        self._around: set[Location] = set()
        self._unsure: set[Location] = set()
        self._texts: dict[Location, tuple[set[str], dict[str, int]]] = {}
        self._passes = 0
        self.data: Any = data
        """The data as it is now."""
        self.renamed: dict[Location, Any] = {}
        """Where a key was replaced: its place in the data as it is now, and the key that was written."""

    def mend(self, found: Iterable[Located], keys: Collection[Location] = ()) -> None:
        """Put a value that is right in the place of each wrong one.

        A field that is not known is taken for the one whose name is nearest, or left out.

        Args:
            found: What is wrong, and where.
            keys: The places at which the key is wrong, and not only what stands there.
        """
        self.data = _copied(self.data)
        self._texts = {}
        for location, _ in found:
            if location not in keys:
                self._replace(location)
        now: dict[Location, Any] = {}
        for location in sorted(keys, key=len):
            self._rename(location, now)
        self._passes += 1
        places = self._replaced
        self._around = {place[:length] for place in places for length in range(len(place))}
        renamed = map(self.written, self.renamed)
        self._unsure = {*places, *(place[:-1] for place in places), *(place[:-1] for place in renamed)}

    def written(self, location: Location) -> Location:
        """*location* with the keys that the author wrote."""
        if not self.renamed:
            return location
        return tuple(self.renamed.get(location[: end + 1], part) for end, part in enumerate(location))

    def tells(self, location: Location, compared: Iterable[Location], *, of_the_part: bool) -> bool:
        """Whether what a rule finds at *location* is told: by what was written, and not by what only stands in.

        Args:
            location: Where the rule finds something.
            compared: Other places that the rule compares with.
            of_the_part: Whether it finds it in the part that the rule belongs to as a whole.
        """
        if not self._replaced and not self.renamed:
            return True
        here = self.written(location)
        if location in self.renamed or _within(here, self._replaced) or (not of_the_part and here in self._around):
            return False
        if self._repeats(location):
            return False
        others = [self.written(each) for each in compared]
        return not any(each in self._unsure or _within(each, self._replaced) for each in others)

    def _repeats(self, location: Location) -> bool:
        """Whether the text in a list at *location* has stood there before only in the place of another."""
        items, place = self._at(location[:-1]), location[-1] if location else None
        if not isinstance(items, list) or not isinstance(place, int) or not isinstance(items[place], str):
            return False
        above = self.written(location[:-1])
        if above not in self._texts:
            first: dict[str, int] = {}
            stands_in: set[str] = set()
            for index, item in enumerate(items):
                if (*above, index) in self._replaced:
                    stands_in.add(str(item))
                else:
                    first.setdefault(str(item), index)
            self._texts[above] = stands_in, first
        stands_in, first = self._texts[above]
        return items[place] in stands_in and first[items[place]] == place

    def _replace(self, location: Location) -> None:
        here = self._at(location[:-1])
        if not isinstance(here, dict | list) or not location:
            return
        try:
            given = here.get(location[-1], ABSENT) if isinstance(here, dict) else here[location[-1]]  # type: ignore[index] # a list's places are numbers
        except (IndexError, TypeError):
            return
        known = fields_at(location[:-1], self._model)
        if isinstance(here, dict) and known and location[-1] not in known:
            meant = nearest(str(location[-1]), known)
            here.pop(location[-1], None)
            if meant is not None and given is not ABSENT:
                here.setdefault(meant, given)
            return
        whole = typed_part(location, self._model)
        if whole != location:
            self._replace(whole)  # what stands in a mapping of any content is replaced with it
            return
        self._replaced.add(self.written(location))
        value = stand_in(location, given, self._model)
        if value is not ABSENT:
            here[location[-1]] = value  # type: ignore[index] # as above
        elif isinstance(here, dict):
            here.pop(location[-1], None)

    def _rename(self, location: Location, now: dict[Location, Any]) -> None:
        """Give what stands under a wrong key one that is right; *now* holds the keys that have changed already."""
        above = tuple(now.get(location[: end + 1], part) for end, part in enumerate(location[:-1]))
        here, given = self._at(above), location[-1]
        if not isinstance(here, dict) or given not in here:
            return
        key = self._key_for(str(given), here)
        value = here.pop(given)
        written = self.renamed.pop((*above, given), given)
        if key is None:
            self._replaced.add(self.written((*above, written)))
            return
        here[key] = value
        now[location] = key
        self.renamed[(*above, key)] = written

    def _key_for(self, given: str, taken: Collection[Any]) -> str | None:
        """A key like *given* that names of most kinds may be; the same one wherever it was written."""
        if self._passes > 1:
            return None
        like = _NOT_IN_KEYS.sub("", given.rsplit("/", 1)[-1])[:_LONGEST_KEY]
        if self._passes == 0 and like and like not in taken:
            return like
        return f"key{hashlib.sha256(given.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"

    def _at(self, location: Location) -> Any:
        here = self.data
        try:
            for part in location:
                here = here[part]
        except (KeyError, IndexError, TypeError):
            return None
        return here


def _within(location: Location, places: set[Location]) -> bool:
    return any(location[:length] in places for length in range(len(location) + 1))


def _copied(data: object) -> Any:
    if isinstance(data, Mapping):
        return {key: _copied(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_copied(value) for value in data]
    return data
