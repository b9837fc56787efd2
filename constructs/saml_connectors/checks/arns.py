"""ARNs of which a part may not be known before the deployment: whose account, what resource.

Not here: what the resources are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from saml_connectors.checks.known_values import parts as parts_of
from saml_connectors.cloudformation.intrinsics import Part, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saml_connectors.cloudformation import Template

OWN_ACCOUNT = Unknown("AWS::AccountId")
"""The account that a template is deployed to, where nobody knows which."""

SAML_PROVIDER, ROLE = "saml-provider/", "role/"
"""What the resource of a SAML provider's ARN begins with, and of a role's."""

_FIELDS = 6
_MARK = re.compile("\ue000(\\d+)\ue001")


class Arn(NamedTuple):
    """An ARN in parts; a part that is not known in whole is `Unknown`."""

    partition: str | Unknown
    service: str | Unknown
    account: str | Unknown
    resource: str | Unknown
    """What stands after the account, with its slashes and colons."""

    def is_of(self, template: Template) -> bool:
        """Whether it is certain to be of the account that *template* is deployed to."""
        return self.account == OWN_ACCOUNT or (template.account is not None and self.account == template.account)

    def named(self, kind: str) -> str | None:
        """What follows *kind* in the resource, where that is known: `JumpCloud` of `saml-provider/JumpCloud`."""
        if self.service == "iam" and isinstance(self.resource, str) and self.resource.startswith(kind):
            return self.resource.removeprefix(kind)
        return None


def read_arn(value: Any) -> Arn | None:
    """The ARN that an evaluated *value* is; None where it is none, or its parts cannot be told apart."""
    found = split(value, ":", _FIELDS - 1)
    if len(found) != _FIELDS or found[0] != ("arn",):
        return None
    return Arn(_whole(found[1]), _whole(found[2]), _whole(found[4]), _whole(found[5]))


def split(value: Any, separator: str, most: int = -1) -> list[tuple[Part, ...]]:
    """An evaluated text split at *separator* as it stands in the template, what is not known staying in its place."""
    parts = parts_of(value)
    text = "".join(part if isinstance(part, str) else f"\ue000{index}\ue001" for index, part in enumerate(parts))
    return [_unmarked(piece, parts) for piece in text.split(separator, most)] if parts else []


def _unmarked(text: str, parts: Sequence[Part]) -> tuple[Part, ...]:
    found: list[Part] = []
    for index, piece in enumerate(_MARK.split(text)):
        if index % 2 and int(piece) < len(parts):
            found.append(parts[int(piece)])
        elif piece:
            found.append(piece)
    return tuple(found)


def _whole(parts: tuple[Part, ...]) -> str | Unknown:
    if not parts:
        return ""
    if len(parts) == 1 and isinstance(parts[0], str | Unknown):
        return parts[0]
    return Unknown("put together")
