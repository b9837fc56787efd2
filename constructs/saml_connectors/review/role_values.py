"""Role values as the SAML attribute Role carries them: which role, in which account, by which SAML provider.

Not here: who is offered them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from saml_connectors.review.values import CLOSE, OPEN

_PART = f"(?:{OPEN}[^{CLOSE}]*{CLOSE}|[^:{OPEN}])*"
_ARN = re.compile(f"arn:{_PART}:iam::(?P<account>{_PART}):(?P<kind>role|saml-provider)/(?P<rest>.*)", re.DOTALL)
_NOT_INSIDE = re.compile(f",(?![^{OPEN}]*{CLOSE})")


class Arn(NamedTuple):
    """An ARN of IAM."""

    account: str
    kind: str
    """`role` or `saml-provider`."""

    name: str
    """Without its path."""


class RoleValue(NamedTuple):
    """One role that is offered."""

    role: str
    account: str
    provider: str
    """Name of the SAML provider; the whole text where it is no ARN."""


def read_arn(given: str) -> Arn | None:
    """The ARN of a role or SAML provider in a text that may not be known in part; None where it is none."""
    found = _ARN.fullmatch(given.strip())
    return Arn(found["account"], found["kind"], found["rest"].rpartition("/")[2]) if found else None


def read_role_value(given: str) -> RoleValue:
    """A role's ARN and a provider's, in either order; what cannot be read is its own name, in no account."""
    arns = [(one, read_arn(one)) for one in _NOT_INSIDE.split(given)]
    role = next((arn for _, arn in arns if arn and arn.kind == "role"), None)
    provider = next((arn.name for _, arn in arns if arn and arn.kind == "saml-provider"), None)
    others = [text.strip() for text, arn in arns if arn is None]
    if role is None:
        return RoleValue(others[0] if others else given, "", provider or "")
    return RoleValue(role.name, role.account, provider or (others[0] if others else ""))
