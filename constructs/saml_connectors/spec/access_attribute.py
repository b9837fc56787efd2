"""Attributes for access control: what Identity Center puts into sessions as tags, and where each comes from.

Not here: session tags of IAM connectors (`aws_session.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from saml_connectors.problems import Problem
from saml_connectors.spec.model import refuse
from saml_connectors.spec.shape import nearest
from saml_connectors.spec.sourced import Sourced, one_source
from saml_connectors.spec.values import Text, spelled

ACCESS_CONTROL = "https://aws.amazon.com/SAML/Attributes/AccessControl:"
"""What the name of a SAML attribute begins with that carries one (Identity Center user guide)."""

MAX_ACCESS_ATTRIBUTES = 50
"""Attributes for access control of one instance (CloudFormation, `AccessControlAttributes`)."""

MAX_KEY = 128
"""Characters of a key (CloudFormation, `AccessControlAttribute`)."""

STORE_PATHS = (
    "userName",
    "name.familyName",
    "name.givenName",
    "displayName",
    "nickName",
    "emails[primary eq true].value",
    *(
        f'addresses[type eq "work"].{part}'
        for part in ("streetAddress", "locality", "region", "postalCode", "country", "formatted")
    ),
    'phoneNumbers[type eq "work"].value',
    "userType",
    "title",
    "locale",
    "timezone",
    *(
        f"enterprise.{part}"
        for part in ("employeeNumber", "costCenter", "organization", "division", "department", "manager.value")
    ),
)
"""Attributes of people in Identity Center's own store that can be sources (Identity Center user guide)."""

_KEY = re.compile(rf"[\w .:/=+\-@]{{1,{MAX_KEY}}}")
_PATHS = "|".join(re.sub(r"[.\[\]]", r"\\\g<0>", path) for path in STORE_PATHS)
_PATH = re.compile(rf"\$\{{path:(?:{_PATHS})\}}|{_PATHS}")
_REFERENCE = re.compile(r"\$\{path:(?P<path>[^{}]*)\}")


def _key(value: str) -> str:
    if value.startswith(("https://", "AccessControl:")):
        last = value.rsplit("AccessControl:", 1)[-1]
        fix = f"write {last}" if _KEY.fullmatch(last) else None
        raise refuse(
            "access-attribute-key", "must be the key alone: the SAML attribute's name follows from it", fix=fix
        )
    if not _KEY.fullmatch(value) or value != value.strip() or value.lower().startswith("aws:"):
        raise refuse(
            "access-attribute-key",
            f"must be 1 to {MAX_KEY} letters, digits, spaces inside or any of _.:/=+-@, and not begin with aws:",
        )
    return value


def _path(value: str) -> str:
    reference = _REFERENCE.fullmatch(value)
    bare = reference["path"] if reference else value
    if bare not in STORE_PATHS:
        close = nearest(bare, STORE_PATHS)
        raise refuse(
            "access-attribute-source",
            "must be an attribute of Identity Center's store that access control can read",
            fix=f"did you mean {close}?" if close else f"there are {', '.join(STORE_PATHS)}",
        )
    return bare


def _property(value: str) -> str:
    if "${" in value:
        reference = _REFERENCE.fullmatch(value)
        known = reference is not None and reference["path"] in STORE_PATHS
        raise refuse(
            "access-attribute-source",
            "must be a directory property, such as costCenter: what Identity Center's store holds is a path",
            fix=f"write {{path: '{reference['path']}'}}" if reference and known else "write it under path",
        )
    return value


AccessKey = Annotated[str, AfterValidator(_key), Field(examples=["CostCenter"])]
"""Key of an attribute for access control: policies ask for `aws:PrincipalTag/<key>`."""


class AccessAttribute(Sourced):
    """Where an attribute for access control comes from: exactly one place; a text alone is the directory property."""

    from_: Annotated[
        Annotated[Text, AfterValidator(_property)] | None, Field(alias="from", examples=["costCenter"])
    ] = None
    """Directory property that the assertion carries at each sign-in."""

    path: Annotated[str, AfterValidator(_path), spelled(_PATH, "enterprise.costCenter")] | None = None
    """Attribute of the person in Identity Center's own store, which SCIM fills."""

    def rules(self) -> Iterator[Problem]:
        """Exactly one source: which of two wins is not documented consistently."""
        rule = "must have exactly one of from and path: which of two would win is not certain"
        yield from one_source(self.from_, self.path, code="access-attribute-sources", rule=rule)
