"""Turn the claims of an assertion into user attributes as Cognito does; pure, and without a word about signatures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

LONGEST_VALUE: Final = 2048
"""Characters that a user attribute holds."""

LAST_OF_THREE_BYTES: Final = "\uffff"
"""The last character whose UTF-8 is three bytes; Cognito takes none after it."""

NOT_MAPPABLE: Final = frozenset({"username", "sub"})
"""Made by Cognito itself: the username from the NameID, `sub` when the profile is made."""


class AttributesRefusedError(ValueError):
    """The sign-in fails for the attributes it brings; the sentence reaches the app as `error_description`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """What a user pool's schema says of one attribute."""

    name: str
    required: bool
    mutable: bool
    longest: int


def read_schema(entries: Sequence[Mapping[str, Any]]) -> dict[str, Attribute]:
    """The schema as `DescribeUserPool` lists it, by name."""
    schema = {}
    for entry in entries:
        longest = (entry.get("StringAttributeConstraints") or {}).get("MaxLength") or LONGEST_VALUE
        schema[entry["Name"]] = Attribute(
            name=entry["Name"],
            required=bool(entry.get("Required")),
            mutable=bool(entry.get("Mutable", True)),
            longest=min(int(longest), LONGEST_VALUE),
        )
    return schema


def writable_attributes(schema: Mapping[str, Attribute], write_attributes: Collection[str]) -> frozenset[str]:
    """What an app client may write: what it lists, or all standard attributes where it lists nothing.

    Cognito's documentation is of two minds about custom attributes there; the sandbox takes the stricter reading.
    """
    if write_attributes:
        return frozenset(write_attributes)
    return frozenset(name for name in schema if not name.startswith(("custom:", "dev:")))


def flatten(values: Sequence[str]) -> str:
    """One value as it is; several as `[a, b]`, each URL-form-encoded except for `.`, `-`, `*` and `_`."""
    if len(values) == 1:
        return values[0]
    encoded = (quote_plus(value, safe="*").replace("~", "%7E") for value in values)
    return f"[{', '.join(encoded)}]"


def map_attributes(
    claims: Mapping[str, Sequence[str]],
    mapping: Mapping[str, str],
    schema: Mapping[str, Attribute],
    writable: Collection[str],
    *,
    stored: Mapping[str, str] | None,
) -> dict[str, str]:
    """What the sign-in writes to the profile.

    Claims that no mapping names are dropped.  Attributes that the app client may not write are not set.

    Args:
        claims: Values of the assertion's attributes, by name.
        mapping: User attribute to name of the claim; a claim may serve several.
        schema: The user pool's attributes.
        writable: What the app client may write.
        stored: What the profile holds; None when this sign-in makes it.

    Raises:
        AttributesRefusedError: The sign-in fails.
    """
    written: dict[str, str] = {}
    for name, claim in mapping.items():
        values = claims.get(claim)
        if not values or name in NOT_MAPPABLE:
            continue
        attribute = schema.get(name)
        if attribute is None:
            raise AttributesRefusedError(f"Invalid user attributes: {name}: Attribute does not exist in schema.")
        if name not in writable:
            continue
        if stored is not None and not attribute.mutable:
            raise AttributesRefusedError(f"user.{name}: Attribute cannot be updated.")
        written[name] = _checked(attribute, flatten(values))
    held = {**(stored or {}), **written}
    missing = sorted(
        one.name for one in schema.values() if one.required and one.name != "sub" and not held.get(one.name)
    )
    if missing:
        raise AttributesRefusedError(f"attributes required: [{', '.join(missing)}]")
    return written


def _checked(attribute: Attribute, value: str) -> str:
    if len(value) > attribute.longest:
        raise AttributesRefusedError(
            f"Invalid user attributes: {attribute.name}: String must be no longer than {attribute.longest} characters, "
            f"got {len(value)}."
        )
    if any(character > LAST_OF_THREE_BYTES for character in value):
        raise AttributesRefusedError(
            f"Invalid user attributes: {attribute.name}: characters of 4 bytes in UTF-8 are not supported."
        )
    return value
