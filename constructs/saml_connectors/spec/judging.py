"""Plain data judged as a spec: what is wrong with single fields and what is wrong between them, all at once.

Not here: the rules, which the specs own; files; and what concerns several specs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from saml_connectors.spec.connector import ConnectorSpec
from saml_connectors.spec.findings import Located, Location, below, located_problems, parse_path
from saml_connectors.spec.model import RULES_LATER, SpecModel
from saml_connectors.spec.plain import find_tokens
from saml_connectors.spec.shape import ABSENT, fields_at, nearest, parts_of, stand_in

_ATTEMPTS = 4
"""How often a spec is mended and validated: twice, but for what a misspelt field holds."""


@dataclass(slots=True)
class Judged:
    """What came out of judging a spec."""

    problems: list[Located] = field(default_factory=list)

    spec: ConnectorSpec | None = None
    """The spec; where something is wrong, with values that are right in the place of those that are not.  Nothing
    where not even that can be made."""

    broken: list[Location] = field(default_factory=list)
    """Where something is wrong."""


def judge(model: type[ConnectorSpec], data: Mapping[str, Any], folder: Path | None) -> Judged:
    """Judge *data* as a spec of *model*.

    Rules between fields hold only where the fields themselves are right.  So that they are told at once all the same,
    each wrong value is replaced by one that is right, as near to it as can be told; what a rule then finds at a
    replaced value is not told.
    """
    judged = Judged(find_tokens(data))
    if any(problem.code == "spec-too-large" for _, problem in judged.problems):
        judged.broken = [()]
        return judged
    replaced: set[Location] = set()
    mended: Any = data
    if judged.problems:
        mended = _mended(data, judged.problems, model, replaced)
    for attempt in range(_ATTEMPTS):
        try:
            context = {"folder": folder, RULES_LATER: True}
            judged.spec = model.model_validate(mended, context=context, by_alias=True, by_name=False)
            break
        except ValidationError as error:
            found = located_problems(error, mended, model)
        if attempt == 0:  # what is found later stands in a field that is misspelt, and is told once that is put right
            judged.problems.extend(found)
        mended = _mended(mended, found, model, replaced)
    if judged.spec is not None:
        judged.problems.extend(_rules_of(judged.spec, (), replaced, _ancestors(replaced)))
    judged.broken = [location for location, _ in judged.problems]
    return judged


def _rules_of(part: object, location: Location, replaced: set[Location], around: set[Location]) -> list[Located]:
    """What the rules of *part*, and of all parts in it, find; less what concerns a replaced value."""
    found: list[Located] = []
    if isinstance(part, SpecModel):
        for problem in part.rules():
            below_part = parse_path(problem.field)
            here = (*location, *below_part)
            if not (replaced and (_within(here, replaced) or (below_part and here in around))):
                found.append((here, below(location, problem)))
        for own, name in parts_of(type(part)):
            found.extend(_rules_of(getattr(part, own), (*location, name), replaced, around))
    elif isinstance(part, Mapping):
        for key, value in part.items():
            found.extend(_rules_of(value, (*location, key), replaced, around))
    elif isinstance(part, tuple):
        for index, value in enumerate(part):
            found.extend(_rules_of(value, (*location, index), replaced, around))
    return found


def _within(location: Location, places: set[Location]) -> bool:
    return any(location[:length] in places for length in range(len(location) + 1))


def _ancestors(places: set[Location]) -> set[Location]:
    return {place[:length] for place in places for length in range(len(place))}


def _mended(data: object, found: list[Located], model: type[ConnectorSpec], replaced: set[Location]) -> Any:
    """*data* with a value that is right in the place of each wrong one; the places are added to *replaced*.

    A field that is not known is taken for the one whose name is nearest, or left out.
    """
    mended = _copied(data)
    for location, _ in found:
        here: Any = mended
        try:
            for part in location[:-1]:
                here = here[part]
            given = here.get(location[-1], ABSENT) if isinstance(here, dict) else here[location[-1]]
        except (KeyError, IndexError, TypeError):
            continue
        known = fields_at(location[:-1], model)
        if isinstance(here, dict) and known and location[-1] not in known:
            meant = nearest(str(location[-1]), known)
            here.pop(location[-1], None)
            if meant is not None and given is not ABSENT:
                here.setdefault(meant, given)
            continue
        replaced.add(location)
        value = stand_in(location, given, model)
        if value is not ABSENT:
            here[location[-1]] = value
        elif isinstance(here, dict):
            here.pop(location[-1], None)
    return mended


def _copied(data: object) -> Any:
    if isinstance(data, Mapping):
        return {key: _copied(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_copied(value) for value in data]
    return data
