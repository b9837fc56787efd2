"""What policies allow and deny, line by line, so that two of them can be compared however they are written.

Not here: whose policies they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from saml_connectors.cloudformation.intrinsics import Unknown, plain_text
from saml_connectors.review.values import compact, text, without_secrets

if TYPE_CHECKING:
    from saml_connectors.cloudformation import Template

MOST_LINES = 2_000
"""Lines of one statement; one that has more is told as a whole."""


class Line(NamedTuple):
    """One thing that a policy allows, or denies."""

    allows: bool
    what: str
    """As in `s3:GetObject on arn:aws:s3:::reports/*`."""


class Trusted(NamedTuple):
    """One principal that a trust policy lets do one thing."""

    allows: bool
    principal: str
    action: str
    condition: str
    """Nothing where there is none."""


def lines(document: Any, template: Template) -> set[Line]:
    """All that an evaluated policy *document* allows and denies; one that is not known is a line of its own."""
    statements = _statements(document)
    if statements is None:
        return {Line(allows=True, what=f"what cannot be known: {_why(document)}")}
    found: set[Line] = set()
    for each in statements:
        found |= set(_lines(each, template))
    return found


def trusted(document: Any, template: Template) -> set[Trusted]:
    """Whom an evaluated trust policy names, and for what."""
    statements = _statements(document)
    if statements is None:
        return {Trusted(allows=True, principal=f"what cannot be known: {_why(document)}", action="", condition="")}
    found: set[Trusted] = set()
    for each in statements:
        condition = f"{_condition(each, template)}{_odd_effect(each, template)}"
        allows = plain_text(each.get("Effect")) != "Deny"
        for principal, action in product(_principals(each, template), _named(each, "Action", template)):
            found.add(Trusted(allows, principal, action, condition))
    return found


def _statements(document: Any) -> list[Mapping[str, Any]] | None:
    """The statements; None where they cannot be read."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            return None
    if document is None:
        return []
    found = document.get("Statement") if isinstance(document, Mapping) else None
    listed = found if isinstance(found, list) else [found]
    known = [each for each in listed if isinstance(each, Mapping)]
    return known if len(known) == len(listed) else None


def _lines(statement: Mapping[str, Any], template: Template) -> Iterator[Line]:
    allows = plain_text(statement.get("Effect")) != "Deny"
    actions, resources = _named(statement, "Action", template), _named(statement, "Resource", template)
    condition = _condition(statement, template)
    where = f" where {condition}" if condition else ""
    where += _odd_effect(statement, template)
    if len(actions) * len(resources) > MOST_LINES:
        actions, resources = [", ".join(actions)], [", ".join(resources)]
    for action, resource in product(actions, resources):
        yield Line(allows, f"{action} on {resource}{where}" if resource else f"{action}{where}")


def _odd_effect(statement: Mapping[str, Any], template: Template) -> str:
    """An effect that is neither of the two that there are."""
    effect = text(statement.get("Effect"), template)
    return "" if effect in {"Allow", "Deny"} else f" with the effect {effect or 'that nobody says'}"


def _named(statement: Mapping[str, Any], kind: str, template: Template) -> list[str]:
    """The statement's actions or resources; those of `NotAction` and `NotResource` together, as what is left out."""
    if f"Not{kind}" in statement:
        return [f"everything but {', '.join(_texts(statement[f'Not{kind}'], template))}"]
    return _texts(statement.get(kind), template) or [""]


def _principals(statement: Mapping[str, Any], template: Template) -> list[str]:
    left_out = "NotPrincipal" in statement
    found = statement.get("NotPrincipal" if left_out else "Principal")
    if isinstance(found, Mapping):
        names = [f"{kind} {one}" for kind in sorted(found) for one in _texts(found[kind], template)]
    else:
        names = _texts(found, template)
    return [f"everybody but {', '.join(names)}"] if left_out else names or [""]


def _condition(statement: Mapping[str, Any], template: Template) -> str:
    """The condition in words: each comparison as key, operator and values, whatever their order."""
    found = statement.get("Condition")
    if not isinstance(found, Mapping):
        return text(found, template)
    tests = []
    for operator, keys in found.items():
        for key, given in keys.items() if isinstance(keys, Mapping) else [("", keys)]:
            named = " ".join(filter(None, (str(key), str(operator))))
            tests.append(without_secrets(f"{named} {' or '.join(_texts(given, template))}"))
    return " and ".join(sorted(tests))


def _texts(value: Any, template: Template) -> list[str]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return sorted(text(each, template) or compact(each, template) for each in values)


def _why(document: Any) -> str:
    return document.why if isinstance(document, Unknown) else "it is no policy"
