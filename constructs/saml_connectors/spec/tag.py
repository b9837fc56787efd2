"""Tags as AWS takes them: characters and lengths of keys and values, and how many there may be.

Not here: what is tagged, which is a role (`role.py`), a session (`aws_session.py`), or an identity pool's credentials.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from saml_connectors.problems import Problem
from saml_connectors.spec.findings import field_path, shown
from saml_connectors.spec.model import refuse
from saml_connectors.spec.values import repeated

MAX_TAGS = 50
"""Tags of one role, and of one session (IAM and STS quotas)."""

MAX_TAG_KEY, MAX_TAG_VALUE = 128, 256
"""Characters of a tag's key and value (IAM's and STS's API, `Tag`)."""

_TEXT = r"[\w .:/=+\-@]"
_KEY = re.compile(f"{_TEXT}{{1,{MAX_TAG_KEY}}}")
_VALUE = re.compile(f"{_TEXT}{{0,{MAX_TAG_VALUE}}}")
_RESERVED = "aws:"


def _tag_key(value: str) -> str:
    if not _KEY.fullmatch(value) or value.lower().startswith(_RESERVED):
        raise refuse(
            "tag-key", f"must be 1 to {MAX_TAG_KEY} letters, digits, spaces or any of _.:/=+-@, and not begin with aws:"
        )
    return value


def _tag_value(value: str) -> str:
    if not _VALUE.fullmatch(value):
        raise refuse("tag-value", f"must be at most {MAX_TAG_VALUE} letters, digits, spaces or any of _.:/=+-@")
    return value


TagKey = Annotated[str, AfterValidator(_tag_key), Field(examples=["CostCenter"])]
"""Key of a tag."""

TagValue = Annotated[str, AfterValidator(_tag_value), Field(examples=["engineering"])]
"""Value of a tag."""


def tag_rules(keys: Iterable[str], field: str) -> Iterator[Problem]:
    """How many tags there are in *field*, and whether two are the same for AWS."""
    names = list(keys)
    if len(names) > MAX_TAGS:
        yield Problem(code="tag-count", field=field, rule=f"must be at most {MAX_TAGS}", given=f"{len(names)}")
    for index, _ in repeated(name.lower() for name in names):
        yield Problem(
            code="tag-twice",
            field=field_path((field, names[index])),
            rule="must differ from the other keys in more than upper and lower case",
            given=shown(names[index]),
        )
