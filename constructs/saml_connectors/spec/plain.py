"""Whether data is plain: texts, numbers, lists and mappings within bounds, and nothing that is not known yet.

Not here: what the data means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from saml_connectors.problems import Problem
from saml_connectors.spec.findings import Located, Location, field_path, visible

MAX_VALUES = 50_000
"""Most values that a spec may hold, each alias counted as what it stands for."""

MAX_DEPTH = 40
"""Deepest nesting; a spec needs about six."""

_TOKEN_MARKS = ("${Token[", "#{Token[")
_FILL_IN = re.compile(r"<fill in: ([^<>]{1,300})>")


def fill_in(what: str) -> str:
    """What stands in a spec where only its author knows *what*; such a spec is refused until it is filled in."""
    return f"<fill in: {what}>"


def too_large(location: Location) -> Problem:
    """What is said of data beyond bounds."""
    return Problem(
        code="spec-too-large",
        field=field_path(location[:3]),
        rule=f"must hold at most {MAX_VALUES:,} values, nested at most {MAX_DEPTH} deep, aliases counted",
    )


def find_tokens(data: object) -> list[Located]:
    """Every CDK token in *data*, and everything that is to be filled in: a spec is checked and reviewed without either.

    Data beyond bounds has that one problem: it is not looked at further.
    """
    found: list[Located] = []
    pending: list[tuple[Location, object]] = [((), data)]
    count = 0
    while pending:
        location, value = pending.pop()
        count += 1
        if count > MAX_VALUES or len(location) > MAX_DEPTH:
            return [(location[:3], too_large(location))]
        if isinstance(value, str):
            found.extend((location, problem) for problem in _unknown(value, location))
        elif isinstance(value, Mapping):
            for key in value:
                inside = (*location, key) if isinstance(key, str) and not _is_token(key) else location
                found.extend((inside, problem) for problem in (_unknown(key, inside) if isinstance(key, str) else ()))
            pending.extend(((*location, str(key)), value[key]) for key in reversed(list(value)))
        elif isinstance(value, list | tuple | set | frozenset):
            items = list(enumerate(value))
            pending.extend(((*location, index), item) for index, item in reversed(items))
    return found


def _is_token(text: str) -> bool:
    return "Token[" in text and any(mark in text for mark in _TOKEN_MARKS)


def _unknown(text: str, location: Location) -> list[Problem]:
    """What is wrong with *text*, where it only stands for something."""
    if _is_token(text):
        return [_token(location)]
    found = _FILL_IN.fullmatch(text) if text.startswith("<") else None
    if found is None:
        return []
    return [Problem(code="fill-in", field=field_path(location), rule=f"must be filled in: {visible(found[1])}")]


def _token(location: Location) -> Problem:
    return Problem(
        code="unresolved-token",
        field=field_path(location),
        rule="must be known when the app is synthesized",
        given="a CDK token",
        fix="write the value itself, or pass the resource to the construct, as in user_pool=",
    )
