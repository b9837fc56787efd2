"""Pure: whether people have a value, and a usable one, for each attribute for access control.

Not here: attributes with a *path*, which Identity Center takes from its own store: `verify.py` looks there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from saml_connectors.problems import Problem
from saml_connectors.provisioning.people import Group, Person
from saml_connectors.spec.findings import field_path, shown
from saml_connectors.spec.tag import MAX_TAG_VALUE

if TYPE_CHECKING:
    from saml_connectors.spec.identity_center import IdentityCenterSpec

_CHARACTERS = re.compile(r"[\w \u00a0\u2000-\u200a\u3000.:/=+\-@]*")
"""Characters of a session tag (STS's API, `tagValueType`): letters, digits, spaces of any width, and some signs."""


class AccessValues:
    """Judges one person after the other, and counts who has what.

    Args:
        spec: Whose attributes for access control.
    """

    def __init__(self, spec: IdentityCenterSpec) -> None:
        self._sources = {key: each.from_ for key, each in spec.attributes.items() if each.from_ is not None}
        self._lacking = dict.fromkeys(self._sources, 0)
        self._judged = 0

    def judge(self, person: Person, groups: Sequence[Group]) -> Iterator[Problem]:
        """What is wrong with the values of *person*, who inherits from *groups*."""
        self._judged += 1
        for key, source in self._sources.items():
            own = person.values.get(source)
            found = [own] if own else [value for each in groups if (value := each.inherited.get(source))]
            if not found:
                self._lacking[key] += 1
                yield Problem(
                    code="scim-attribute-missing",
                    level="warning",
                    field=person.place,
                    rule=f"has no {shown(source)}, so sessions carry no tag {key} and policies that ask for it deny",
                )
            yield from self._usable(person, key, source, found)

    def nobody(self) -> Iterator[Problem]:
        """The attributes that nobody has a value for: likely misspelt."""
        for key, source in self._sources.items():
            if self._judged and self._lacking[key] == self._judged:
                yield Problem(
                    code="scim-attribute-nobody",
                    level="warning",
                    field=field_path(("attributes", key)),
                    rule="must be a directory property, or a custom attribute, that somebody has",
                    given=shown(source),
                    fix="check its spelling: directory properties are email, department, costCenter and the like",
                )

    @staticmethod
    def _usable(person: Person, key: str, source: str, values: Sequence[str]) -> Iterator[Problem]:
        """What AWS STS would refuse as a session tag."""
        longest = max(map(len, values), default=0)
        if longest > MAX_TAG_VALUE:
            yield Problem(
                code="scim-attribute-length",
                field=person.place,
                rule=f"must have a {shown(source)} of at most {MAX_TAG_VALUE} characters for the tag {key}",
                given=f"{longest:,}",
            )
        if not all(_CHARACTERS.fullmatch(value) for value in values):
            yield Problem(
                code="scim-attribute-characters",
                field=person.place,
                rule=f"must have a {shown(source)} of letters, digits, spaces or any of _.:/=+-@ for the tag {key}",
                fix="AWS refuses a session whose tag has other characters, such as & or ,",
            )
