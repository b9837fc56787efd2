"""IAM policy documents of a role: whether IAM would read them, told at the element that is wrong.

Not here: what they allow, and where they stand (`policy.py`).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from saml_connectors.problems import Problem
from saml_connectors.spec.findings import Location, field_path, shown
from saml_connectors.spec.shape import nearest
from saml_connectors.spec.values import repeated

VERSION = "2012-10-17"
"""Version of the policy language, where a document does not say."""

_VERSIONS = (VERSION, "2008-10-17")
_ELEMENTS = ("Version", "Statement")
_OF_A_STATEMENT = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")
_PRINCIPALS = ("Principal", "NotPrincipal")
_EFFECTS = ("Allow", "Deny")
_SID = re.compile(r"[A-Za-z0-9]*")
_ACTION = re.compile(r"\*|[A-Za-z0-9*-]+:[A-Za-z0-9*?_-]+")
_RESOURCE = re.compile(r"[*?].*|arn:.+", re.DOTALL)
_COMPARED = "Equals|NotEquals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals"
_OPERATOR = re.compile(
    r"(?:ForAllValues:|ForAnyValue:)?"
    rf"(?:String(?:Not)?(?:Equals|EqualsIgnoreCase|Like)|(?:Numeric|Date)(?:{_COMPARED})|Arn(?:Not)?(?:Equals|Like)"
    r"|Bool|BinaryEquals|(?:Not)?IpAddress)(?:IfExists)?|Null",
    re.IGNORECASE,
)
_CHARACTERS = re.compile(r"[\t\n\r\x20-\xff]*")

_TEXTS = "must be a text, or a list of texts"


def faults(document: Mapping[str, Any]) -> Iterator[Problem]:
    """What IAM would refuse in a policy *document*, each with its place in it."""
    place: Location = ()
    plain = list(_not_plain(document, place))
    if plain:
        yield from plain  # what is no JSON cannot be read as a policy
        return
    meant = _meant(document, _ELEMENTS)
    yield from _unknown(document, _ELEMENTS, place)
    if document.get("Version", VERSION) not in _VERSIONS:
        rule, given = f"must be {VERSION}", shown(document["Version"])
        yield _fault((*place, "Version"), rule, given=given, fix="leave it out")
    if "Statement" not in document:
        if "Statement" not in meant:
            yield _fault(place, "must be an IAM policy, with a list of statements under Statement")
        return
    listed = list(_listed(document["Statement"], (*place, "Statement")))
    if not listed:
        given = shown(document["Statement"])
        yield _fault((*place, "Statement"), "must be a statement, or a list of statements", given=given)
    for location, statement in listed:
        yield from _of_a_statement(statement, location)
    sids = [
        (location, each["Sid"])
        for location, each in listed
        if isinstance(each, Mapping) and isinstance(each.get("Sid"), str) and each["Sid"]
    ]
    for index, sid in repeated(sid for _, sid in sids):
        yield _fault((*sids[index][0], "Sid"), "must be unique in the policy", given=shown(sid))


def size(document: Mapping[str, Any]) -> int:
    """Characters that IAM counts: all but white space."""
    return sum(not one.isspace() for one in json.dumps(document, separators=(",", ":"), ensure_ascii=False))


def resources(document: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    """Every resource that a policy *document* names, and where in it."""
    for location, statement in _listed(document.get("Statement"), ("Statement",)):
        if isinstance(statement, Mapping):
            for name in ("Resource", "NotResource"):
                for here, value in _listed(statement.get(name, ()), (*location, name)):
                    if isinstance(value, str):
                        yield here, value


def _of_a_statement(statement: object, place: Location) -> Iterator[Problem]:
    if not isinstance(statement, Mapping):
        yield _fault(place, "must be a mapping, with Effect, Action and Resource", given=shown(statement))
        return
    for name in _PRINCIPALS:
        if name in statement:
            yield _fault((*place, name), "must be left out: the policy says what the role itself may do")
    yield from _unknown(statement, _OF_A_STATEMENT, place, known=_PRINCIPALS)
    if not isinstance(statement.get("Sid", ""), str) or not _SID.fullmatch(statement.get("Sid", "")):
        yield _fault((*place, "Sid"), "must be letters and digits only", given=shown(statement["Sid"]))
    if "Effect" not in statement:
        if "Effect" not in _meant(statement, _OF_A_STATEMENT):
            yield _fault(place, "must have Effect: Allow or Deny")
    elif statement["Effect"] not in _EFFECTS:
        yield _fault((*place, "Effect"), "must be Allow or Deny", given=shown(statement["Effect"]))
    yield from _one_of(statement, "Action", place, _action)
    yield from _one_of(statement, "Resource", place, _resource)
    if "Condition" in statement:
        yield from _condition(statement["Condition"], (*place, "Condition"))


def _one_of(
    statement: Mapping[str, Any], name: str, place: Location, judge: Callable[[str, Location], Problem | None]
) -> Iterator[Problem]:
    """Exactly one of *name* and its opposite, as a text or a list of texts that *judge* finds nothing wrong with."""
    given = [each for each in (name, f"Not{name}") if each in statement]
    if len(given) != 1 and not (not given and {name, f"Not{name}"} & _meant(statement, _OF_A_STATEMENT)):
        said = " and ".join(given) or "none"
        yield _fault(place, f"must have exactly one of {name} and Not{name}", given=said)
    for each in given:
        here = (*place, each)
        listed = list(_listed(statement[each], here))
        if not listed:
            yield _fault(here, _TEXTS, given=shown(statement[each]))
        for location, value in listed:
            problem = judge(value, location) if isinstance(value, str) else _fault(location, _TEXTS, given=shown(value))
            if problem is not None:
                yield problem


def _action(value: str, place: Location) -> Problem | None:
    if _ACTION.fullmatch(value):
        return None
    rule = "must be a service and an action, such as s3:GetObject or s3:Get*, or * for all"
    return Problem(code="policy-action", field=field_path(place), rule=rule, given=shown(value))


def _resource(value: str, place: Location) -> Problem | None:
    if _RESOURCE.fullmatch(value):
        return None
    rule = "must be an ARN, such as arn:aws:s3:::reports/*, or * for all"
    return Problem(code="policy-resource", field=field_path(place), rule=rule, given=shown(value))


def _condition(condition: object, place: Location) -> Iterator[Problem]:
    """Operator to condition key to one or several values."""
    if not isinstance(condition, Mapping):
        yield _fault(place, "must be a mapping, such as StringEquals to keys and values", given=shown(condition))
        return
    for operator, keys in condition.items():
        if not _OPERATOR.fullmatch(operator):
            rule = "is not an operator of conditions, such as StringEquals or ForAnyValue:StringLikeIfExists"
            yield _fault((*place, operator), rule)
        if not isinstance(keys, Mapping):
            rule = "must be a mapping of condition keys to values"
            yield _fault((*place, operator), rule, given=shown(keys))
            continue
        for key, values in keys.items():
            for location, value in _listed(values, (*place, operator, key)):
                if not isinstance(value, str | int | float):
                    yield _fault(location, _TEXTS, given=shown(value))


def _listed(value: object, place: Location) -> Iterator[tuple[Location, Any]]:
    """The items of a list with their places; what is no list is the only one."""
    if isinstance(value, list | tuple):
        yield from (((*place, index), each) for index, each in enumerate(value))
    else:
        yield place, value


def _meant(given: Mapping[str, Any], elements: Sequence[str]) -> set[str]:
    """The elements that misspelt names probably are: they are told once, as what is misspelt."""
    return {close for name in given if name not in elements and (close := nearest(name, elements))}


def _unknown(
    given: Mapping[str, Any], elements: Sequence[str], place: Location, known: Sequence[str] = ()
) -> Iterator[Problem]:
    for name in given:
        if name not in elements and name not in known:
            close = nearest(name, elements)
            fix = f"did you mean {close}?" if close else f"the elements here are {', '.join(elements)}"
            yield _fault((*place, name), "is not an element of an IAM policy here", fix=fix)


def _not_plain(value: object, place: Location) -> Iterator[Problem]:
    """What JSON cannot hold, and characters that IAM does not take."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if isinstance(key, str):
                yield from _characters(key, (*place, key))
                yield from _not_plain(each, (*place, key))
            else:
                yield _fault(place, "must have texts as names", given=shown(key))
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from _not_plain(each, (*place, index))
    elif isinstance(value, str):
        yield from _characters(value, place)
    elif value is None or not isinstance(value, int | float) or (isinstance(value, float) and not math.isfinite(value)):
        given = shown(value)
        yield _fault(place, "must be a text, a number, true or false, a list or a mapping", given=given)


def _characters(text: str, place: Location) -> Iterator[Problem]:
    if not _CHARACTERS.fullmatch(text):
        yield _fault(place, "must have characters of Latin-1 only: IAM takes no others", given=shown(text))


def _fault(place: Location, rule: str, *, given: str | None = None, fix: str | None = None) -> Problem:
    return Problem(code="policy-document", field=field_path(place), rule=rule, given=given, fix=fix)
