"""Properties that every person of the directory has, and names that are probably one of them, misspelt.

Not here: custom attributes, which only the directory knows; so a name that is near to none of these is never refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from saml_connectors.problems import Problem
from saml_connectors.spec.findings import Located, Location, field_path, shown
from saml_connectors.spec.model import SpecModel
from saml_connectors.spec.shape import nearest, parts_of

BUILT_IN: Final = (
    *("email", "username", "firstname", "lastname", "displayname", "middlename", "alternateEmail", "managedAppleId"),
    *("company", "costCenter", "department", "description", "employeeIdentifier", "employeeType", "jobTitle"),
    *("location", "manager"),
)
"""Properties that every person has (JumpCloud's API, `systemuserreturn`); whatever else is a custom attribute."""

_NEAR: Final = 0.8
"""How alike two names are of which one is the other misspelt, by `difflib`: one letter more, less or other in five."""

_IN_LOWER_CASE: Final = {name.lower(): name for name in BUILT_IN}


def misspelt_as(name: str) -> str | None:
    """The property that *name* probably was to be; nothing where it is one, or is near to none."""
    low = name.lower()
    if low in _IN_LOWER_CASE:
        return None
    close = nearest(low, list(_IN_LOWER_CASE), _NEAR)
    return None if close is None else _IN_LOWER_CASE[close]


def misspelt_sources(part: object, location: Location = ()) -> Iterator[Located]:
    """A warning for every value in *part* whose directory property is probably misspelt."""
    if isinstance(part, SpecModel):
        source = getattr(part, "from_", None)
        close = misspelt_as(source) if isinstance(source, str) else None
        if close is not None:
            problem = Problem(
                code="source-unknown",
                level="warning",
                field=field_path(location),
                rule="comes from a directory property that nobody has, unless it is a custom attribute",
                given=shown(source),
                fix=f"did you mean {close}?",
            )
            yield (*location, "from"), problem
        for own, name in parts_of(type(part)):
            yield from misspelt_sources(getattr(part, own), (*location, name))
    elif isinstance(part, Mapping):
        for key, value in part.items():
            yield from misspelt_sources(value, (*location, key))
    elif isinstance(part, tuple):
        for index, value in enumerate(part):
            yield from misspelt_sources(value, (*location, index))
