"""Values that come from a directory property or from one other place; a text alone is the property.

Not here: what is done with the values (`attribute.py`, `aws_session.py`, `access_attribute.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import model_validator

from saml_connectors.problems import Problem
from saml_connectors.spec.model import SpecModel


class Sourced(SpecModel):
    """A part of a spec whose field `from` may be written as a text alone."""

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return {"from": value} if isinstance(value, str) else value


def one_source(first: object, second: object, *, code: str, rule: str) -> Iterator[Problem]:
    """The problem of a value with both sources, or with none of them."""
    if (first is None) == (second is None):
        yield Problem(code=code, rule=rule, given="none" if first is None else "both")
