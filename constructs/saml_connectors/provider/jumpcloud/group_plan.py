"""Pure: what is to become of one group's attributes, whether it may, and the body that makes it so.

A group belongs to others too: only named attributes are touched, all else goes back as it was read.
Not here: requests (`group_write.py`), and which groups are meant (`group_attributes.py`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .live import LiveGroup

WRITABLE = (
    "name",
    "description",
    "email",
    "attributes",
    "memberQuery",
    "memberQueryExemptions",
    "memberSuggestionsNotify",
    "membershipMethod",
)
"""What PUT takes of a group, by JumpCloud's API description.  What is left out, it resets."""

ADDED, CHANGED, REMOVED = "+", "~", "-"


class Edit(NamedTuple):
    """What is to become of one group's attributes.

    Attributes:
        group_id: Which group.
        group_name: What it is called, for sentences.
        wanted: Attributes that it is to have.
        leaving: Attributes that it is not to have any more, each only while it has this value.
        owned: Names of attributes that were this resource's before, whatever they hold now.
        former: Values that were this resource's before, by name of the attribute, on a group of any name.
    """

    group_id: str
    group_name: str
    wanted: Mapping[str, Any] = MappingProxyType({})
    leaving: Mapping[str, Any] = MappingProxyType({})
    owned: frozenset[str] = frozenset()
    former: Mapping[str, frozenset[str]] = MappingProxyType({})

    def __str__(self) -> str:
        return f"group {self.group_name!r} ({self.group_id})"


def edited(edit: Edit, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes as they are to be."""
    kept = {
        name: value
        for name, value in attributes.items()
        if name in edit.wanted or name not in edit.leaving or edit.leaving[name] != value
    }
    return {**kept, **edit.wanted}


def steps(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """Which attributes differ: by name, whether it is added, changed or removed."""
    found = {}
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            found[name] = ADDED
        elif name not in after:
            found[name] = REMOVED
        elif before[name] != after[name]:
            found[name] = CHANGED
    return found


def undoing(edit: Edit, before: Mapping[str, Any]) -> Edit:
    """What brings a group back to *before*, as far as *edit* changes it."""
    after = edited(edit, before)
    changes = steps(before, after)
    return Edit(
        edit.group_id,
        edit.group_name,
        wanted={name: before[name] for name, step in changes.items() if step != ADDED},
        leaving={name: after[name] for name, step in changes.items() if step == ADDED},
        owned=frozenset(changes),
    )


def problems(edit: Edit, live: LiveGroup) -> list[tuple[str, str]]:
    """Why *edit* may not be made: each with its way out."""
    found = []
    if edit.wanted and live.is_dynamic:
        found.append(
            (
                f"{live} is dynamic, and the members of a dynamic group inherit no attributes",
                "use a static group, or give this one fixed members in the directory's console",
            )
        )
    for name, value in edit.wanted.items():
        has = live.attributes.get(name)
        if has is None or has == value or name in edit.owned:
            continue
        if not isinstance(has, str) or has not in edit.former.get(name, ()):
            found.append(
                (
                    f"{live} has an attribute {name!r} with another value, which this resource did not set",
                    "choose another attribute name, or remove the attribute from the group in the directory's console",
                )
            )
    return found


def body(live: LiveGroup, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The body of PUT: everything that can be written, as it was read, with *attributes* in it.

    What was read as null or as an empty text is left out: the API's description knows no null, an empty text is no
    membership method, and what is left out becomes that again.
    """
    read = {name: live.body[name] for name in WRITABLE if live.body.get(name) not in (None, "")}
    return read | {"attributes": dict(attributes)}


def not_kept(sent: Mapping[str, Any], answered: LiveGroup) -> list[str]:
    """Which parts of the body that was *sent* the directory did not take as they were."""
    lost = [name for name, value in sent.items() if name != "attributes" and _differs(value, answered.body.get(name))]
    has = answered.attributes
    return lost + [
        f"attribute {name!r}" for name, value in sent["attributes"].items() if _differs(value, has.get(name))
    ]


def _differs(one: Any, other: Any) -> bool:
    """Whether two values mean something different: null, empty and absent are the same."""
    return bool(one != other and (one or other))
