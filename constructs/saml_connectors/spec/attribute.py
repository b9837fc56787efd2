"""Attributes and groups of a user pool: what they are called there, and where they come from.

Not here: the pool itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict

from saml_connectors.problems import Problem
from saml_connectors.spec.findings import shown
from saml_connectors.spec.model import Flag, SpecModel, refuse
from saml_connectors.spec.shape import nearest
from saml_connectors.spec.sourced import Sourced, one_source
from saml_connectors.spec.values import Text, spelled

STANDARD_ATTRIBUTES = (
    "address",
    "birthdate",
    "email",
    "email_verified",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
)
"""Standard attributes of a user pool (Cognito developer guide, user pool attributes)."""

CUSTOM_PREFIX = "custom:"
MAX_CUSTOM_NAME = 20
"""Characters of a custom attribute's name (Cognito's API, `CustomAttributeNameType`)."""

MAX_CUSTOM_ATTRIBUTES = 50
"""Custom attributes of one pool (Cognito, quotas)."""

GROUPS_CLAIM = "cognito:groups"

_CUSTOM_ATTRIBUTE = re.compile(rf"{CUSTOM_PREFIX}[A-Za-z0-9_.-]{{1,{MAX_CUSTOM_NAME}}}")

_GROUPS_TO = re.compile(f"{GROUPS_CLAIM}|{_CUSTOM_ATTRIBUTE.pattern}")

ATTRIBUTE_NAMES: JsonDict = {
    "anyOf": [{"enum": list(STANDARD_ATTRIBUTES)}, {"pattern": f"^(?:{_CUSTOM_ATTRIBUTE.pattern})$"}]
}
"""The JSON Schema of what `check_attribute_name` lets pass."""


def check_attribute_name(name: str) -> Problem | None:
    """What is wrong with *name* as the name of a user pool attribute, if anything."""
    if name in STANDARD_ATTRIBUTES:
        return None
    if name.startswith(CUSTOM_PREFIX):
        if _CUSTOM_ATTRIBUTE.fullmatch(name):
            return None
        return Problem(
            code="custom-attribute-name",
            rule=f"must be custom: and 1 to {MAX_CUSTOM_NAME} letters, digits or _.-",
            given=shown(name),
        )
    if name == "username":
        return Problem(
            code="attribute-username",
            rule="cannot be mapped: Cognito makes it from provider name and NameID",
            given=shown(name),
            fix="map preferred_username for a name of your choice",
        )
    close = nearest(name, STANDARD_ATTRIBUTES)
    suggestion = f"did you mean {close}? " if close else ""
    return Problem(
        code="attribute-unknown",
        rule="must be a standard attribute of Cognito, or begin with custom:",
        given=shown(name),
        fix=f"{suggestion}an attribute of your own is written {shown(f'{CUSTOM_PREFIX}{name}')}",
    )


def _custom_attribute(value: str) -> str:
    if not _CUSTOM_ATTRIBUTE.fullmatch(value):
        raise refuse("custom-attribute-name", f"must be custom: and 1 to {MAX_CUSTOM_NAME} letters, digits or _.-")
    return value


def _groups_to(value: str) -> str:
    if not _GROUPS_TO.fullmatch(value):
        own = f"{CUSTOM_PREFIX} and 1 to {MAX_CUSTOM_NAME} letters, digits or _.-"
        raise refuse("custom-attribute-name", f"must be {GROUPS_CLAIM}, or {own}")
    return value


class Attribute(Sourced):
    """Where a user pool attribute comes from."""

    from_: Annotated[Text | None, Field(alias="from")] = None
    """Directory property: `email`, `username`, `firstname`, `lastname`, `displayname`, `middlename`, `alternateEmail`,
    `managedAppleId`, `company`, `costCenter`, `department`, `description`, `employeeIdentifier`, `employeeType`,
    `jobTitle`, `location`, `manager`, or the name of a custom attribute; with somebody else's metadata, the name of
    the SAML attribute that their IdP sends."""

    constant: Text | None = None
    """The same value for everybody, as in `"true"` for `email_verified`."""

    required: Flag = False
    """Whether every person of the pool must have it; only standard attributes can be.  It cannot be changed later.
    Default: not required."""

    claim: Text | None = None
    """Name of the SAML attribute that carries it.  Default: the attribute's own name without `custom:`."""

    def rules(self) -> Iterator[Problem]:
        """Exactly one source."""
        rule = "must have exactly one of from and constant"
        yield from one_source(self.from_, self.constant, code="attribute-source", rule=rule)


class Groups(SpecModel):
    """How a person's directory groups reach the application."""

    to: Annotated[
        str,
        AfterValidator(_groups_to),
        spelled(_GROUPS_TO, GROUPS_CLAIM, "custom:groups"),
    ] = GROUPS_CLAIM
    """`cognito:groups`, the claim that libraries and authorizers read, through a trigger of the pool; or a custom
    attribute alone, as Cognito writes it.  Default: `cognito:groups`."""

    claim: Text = "memberOf"
    """Name of the SAML attribute that carries the groups.  Default: `memberOf`."""

    attribute: Annotated[str, AfterValidator(_custom_attribute), spelled(_CUSTOM_ATTRIBUTE, "custom:groups")] = (
        "custom:groups"
    )
    """Custom attribute that keeps the groups between sign-in and token; at most 2,048 characters in all.  Default:
    `custom:groups`."""

    @property
    def stored_in(self) -> str:
        """The custom attribute that holds them."""
        return self.attribute if self.to == GROUPS_CLAIM else self.to
