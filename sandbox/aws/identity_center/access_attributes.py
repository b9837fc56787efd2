"""Attributes for access control: which sources an instance has, and the session tags that follow from a sign-in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from sandbox.aws.identity_center.directory_records import ENTERPRISE, User
from sandbox.aws.identity_center.refusals import InvalidError

MOST_ATTRIBUTES: Final = 50
LONGEST_KEY: Final = 128
SAML: Final = "https://aws.amazon.com/SAML/Attributes/AccessControl:"
"""What the name of an attribute of an assertion begins with that becomes a session tag."""

_SOURCE = re.compile(r"\$\{path:(?P<path>[^${}]+)\}")
_MARKS: Final = frozenset("_.:/=+-@")
_ADDRESS: Final = ("streetAddress", "locality", "region", "postalCode", "country", "formatted")
_ENTERPRISE: Final = ("employeeNumber", "costCenter", "organization", "division", "department", "manager.value")
PATHS: Final = frozenset(
    {
        *("userName", "name.familyName", "name.givenName", "displayName", "nickName", "userType", "title"),
        *("locale", "timezone", "emails[primary eq true].value", 'phoneNumbers[type eq "work"].value'),
        *(f'addresses[type eq "work"].{part}' for part in _ADDRESS),
        *(f"enterprise.{part}" for part in _ENTERPRISE),
    }
)
"""Attributes of users that can be sources."""


def read(told: Any) -> dict[str, str]:
    """Sources by key, of `AccessControlAttributes` as APIs and templates have it.

    Raises:
        InvalidError: It is not as Identity Center takes it.
    """
    if not isinstance(told, list) or len(told) > MOST_ATTRIBUTES:
        raise InvalidError(f"AccessControlAttributes has to be a list of at most {MOST_ATTRIBUTES}")
    found: dict[str, str] = {}
    for one in told:
        key, value = (one.get("Key"), one.get("Value")) if isinstance(one, dict) else (None, None)
        source = value.get("Source") if isinstance(value, dict) else None
        if not isinstance(key, str) or not isinstance(source, list) or len(source) != 1:
            raise InvalidError("an attribute for access control has to have a Key, and a Value with exactly one Source")
        if not 1 <= len(key) <= LONGEST_KEY or not _is_tag_text(key):
            raise InvalidError(f"{key!r} is not a key of an attribute for access control")
        if key in found:
            raise InvalidError(f"the attribute for access control {key} is there twice")
        found[key] = _checked_source(key, str(source[0]))
    return found


def shown(attributes: Mapping[str, str]) -> list[dict[str, Any]]:
    """The same as APIs have it."""
    return [{"Key": key, "Value": {"Source": [source]}} for key, source in attributes.items()]


def session_tags(
    configured: Mapping[str, str] | None, user: User, assertion: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Values of the session tags by key: those of the assertion, and those of the identity store.

    None are there while the feature is off, whatever the assertion says.

    Raises:
        InvalidError: A key comes from both: AWS's guide says in one place that the assertion wins, in another that
            the identity store does.
    """
    if configured is None:
        return {}
    said = {name.removeprefix(SAML): values for name, values in assertion.items() if name.startswith(SAML) and values}
    kept: dict[str, tuple[str, ...]] = {}
    for key, source in configured.items():
        if source:
            value = _value(user, source)
            kept |= {key: (value,)} if value else {}
    if both := sorted(said.keys() & kept.keys()):
        raise InvalidError(
            f"signing {user.user_name} in: {', '.join(both)} comes from the assertion and from the identity store, and "
            "AWS is not clear on which one wins; configure it in one place"
        )
    return {**said, **kept}


def _checked_source(key: str, source: str) -> str:
    found = _SOURCE.fullmatch(source)
    if found is None or found["path"] not in PATHS:
        raise InvalidError(
            f"the source of the attribute for access control {key} has to be ${{path:...}} with an attribute of users "
            "that Identity Center knows"
        )
    return source


def _value(user: User, source: str) -> str:
    path = source.removeprefix("${path:").removesuffix("}")
    document: Any = user.document
    if path.startswith("enterprise."):
        document, path = document.get(ENTERPRISE) or {}, path.removeprefix("enterprise.")
    elif "[" in path:
        name, _, rest = path.partition("[")
        condition, _, path = rest.partition("].")
        fits = [one for one in document.get(name) or [] if _fits(one, condition)]
        document = fits[0] if fits else {}
    for part in path.split("."):
        document = document.get(part) if isinstance(document, dict) else None
    return "" if document is None else str(document)


def _fits(one: Any, condition: str) -> bool:
    return one.get("primary") is True if condition == "primary eq true" else one.get("type") == "work"


def _is_tag_text(text: str) -> bool:
    return all(each in _MARKS or unicodedata.category(each)[0] in "LZN" for each in text)
