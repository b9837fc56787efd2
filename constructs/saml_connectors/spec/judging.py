"""Plain data judged as a spec: what is wrong with single fields and what is wrong between them, all at once.

Not here: the rules, which the specs own; what is put in the place of wrong values (`mending.py`); files; and what
concerns several specs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from saml_connectors.spec.connector import ConnectorSpec
from saml_connectors.spec.findings import Located, Location, field_path, located_problems, parse_path, wrong_keys
from saml_connectors.spec.mending import Mending
from saml_connectors.spec.model import RULES_LATER, SpecModel
from saml_connectors.spec.plain import find_tokens
from saml_connectors.spec.shape import parts_of

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
    """Where something is wrong, by the names of the author and by those of *spec*."""


def judge(model: type[ConnectorSpec], data: Mapping[str, Any], folder: Path | None) -> Judged:
    """Judge *data* as a spec of *model*.

    Rules between fields hold only where the fields themselves are right.  So that they are told at once all the same,
    each wrong value is replaced by one that is right, as near to it as can be told; what a rule then finds at a
    replaced value, or by comparing with one, is not told.
    """
    judged = Judged(find_tokens(data))
    if any(problem.code == "spec-too-large" for _, problem in judged.problems):
        judged.broken = [()]
        return judged
    mending = Mending(model, data)
    if judged.problems:
        mending.mend(judged.problems)
    for attempt in range(_ATTEMPTS):
        try:
            context = {"folder": folder, RULES_LATER: True}
            judged.spec = model.model_validate(mending.data, context=context, by_alias=True, by_name=False)
            break
        except ValidationError as error:
            found, keys = located_problems(error, mending.data, model), wrong_keys(error, mending.data)
        if attempt == 0:  # what is found later stands in a field that is misspelt, and is told once that is put right
            judged.problems.extend(found)
        mending.mend(found, keys)
    if judged.spec is not None:
        judged.problems.extend(_rules_of(judged.spec, (), mending))
    judged.broken = [*(location for location, _ in judged.problems), *mending.renamed]
    return judged


def _rules_of(part: object, location: Location, mending: Mending) -> list[Located]:
    """What the rules of *part*, and of all parts in it, find; less what cannot be told yet."""
    found: list[Located] = []
    if isinstance(part, SpecModel):
        for problem in part.rules():
            below_part = parse_path(problem.field)
            compared = [(*location, *parse_path(path)) for path in part.rests_on.get(problem.code, ())]
            if mending.tells((*location, *below_part), compared, of_the_part=not below_part):
                here = mending.written((*location, *below_part))
                found.append((here, problem.at(field=field_path(here))))
        for own, name in parts_of(type(part)):
            found.extend(_rules_of(getattr(part, own), (*location, name), mending))
    elif isinstance(part, Mapping):
        for key, value in part.items():
            found.extend(_rules_of(value, (*location, key), mending))
    elif isinstance(part, tuple):
        for index, value in enumerate(part):
            found.extend(_rules_of(value, (*location, index), mending))
    return found
