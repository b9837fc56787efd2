"""What pydantic found, told as problems: stable codes, the field's path, the value and a way out.

Not here: the rules themselves, which the spec's parts own.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args

from saml_connectors.problems import Problem

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

Location = tuple[str | int, ...]
"""Where something stands in plain data: names of fields and places in lists."""

Located = tuple[Location, Problem]
"""A problem and where it stands."""

LONGEST_VALUE = 80
"""Characters of a value that are shown; the rest is cut."""

_PATH_PART = re.compile(r"""([\w-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]""")
_TOKEN_MARKS = ("${Token[", "#{Token[")
_SECRET_WORDS = ("key", "secret", "password", "token", "credential")

_TYPE_RULES: dict[str, str] = {
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a mapping of names to values",
    "mapping_type": "must be a mapping of names to values",
    "model_type": "must be a mapping of fields to values",
    "model_attributes_type": "must be a mapping of fields to values",
}


def field_path(location: Iterable[str | int]) -> str:
    """The path as a person writes it: `app_clients[0].callback_urls[1]`, `attributes["custom:team"]`."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part.replace("_", "").replace("-", "").isalnum():
            path += f".{part}" if path else part
        else:
            path += f"[{json.dumps(part, ensure_ascii=False)}]"
    return path


def parse_path(path: str) -> Location:
    """The location that `field_path` wrote as *path*."""
    return tuple(
        int(index) if index else json.loads(key) if key else name for name, index, key in _PATH_PART.findall(path)
    )


def shown(value: object) -> str:
    """The value as a person would write it, cut where it is long."""
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
    elif value is None:
        text = "nothing"
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, Mapping):
        text = f"a mapping of {len(value)} field{'' if len(value) == 1 else 's'}"
    elif isinstance(value, Sequence):
        text = f"a list of {len(value)}"
    elif isinstance(value, int | float):
        text = str(value)
    else:
        text = type(value).__name__
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def find_tokens(data: object, location: Location = ()) -> list[Located]:
    """Every CDK token in *data*: a spec is plain data, so that it can be checked and reviewed without the CDK."""
    if isinstance(data, str):
        if not any(mark in data for mark in _TOKEN_MARKS):
            return []
        problem = Problem(
            code="unresolved-token",
            field=field_path(location),
            rule="must be known when the app is synthesized",
            given="a CDK token",
            fix="write the value itself, or pass the resource to the construct, as in user_pool=",
        )
        return [(location, problem)]
    if isinstance(data, Mapping):
        return [found for key, value in data.items() for found in find_tokens(value, (*location, str(key)))]
    if isinstance(data, Sequence) and not isinstance(data, bytes):
        return [found for index, value in enumerate(data) for found in find_tokens(value, (*location, index))]
    return []


def problems_of(error: ValidationError, data: object, model: type[BaseModel]) -> list[Problem]:
    """All problems of one validation, in the order of the spec's fields."""
    return [problem for _, problem in located_problems(error, data, model)]


def located_problems(error: ValidationError, data: object, model: type[BaseModel]) -> list[Located]:
    """All problems of one validation of *data* as a *model*, each with its place."""
    found: list[Located] = []
    for details in error.errors(include_url=False):
        location = _real_location(details["loc"], data)
        context = details.get("ctx", {})
        if details["type"] == "spec-rules":
            found.extend((location, below(location, problem)) for problem in context["problems"])
        else:
            found.append((location, _problem(details, location, model)))
    return found


def below(location: Location, problem: Problem) -> Problem:
    """The problem of a part that stands at *location*, with the field's whole path."""
    path = field_path(location)
    joint = "." if path and problem.field and not problem.field.startswith("[") else ""
    return problem.at(field=f"{path}{joint}{problem.field}")


def _problem(details: ErrorDetails, location: Location, model: type[BaseModel]) -> Problem:
    kind, context, value = details["type"], details.get("ctx", {}), details["input"]
    path = field_path(location)
    if kind == "spec-rule":
        given = context.get("given")
        return Problem(
            code=context["code"],
            field=path,
            rule=context["rule"],
            given=(given or None) if given is not None else shown(value),
            fix=context.get("fix"),
        )
    if kind == "extra_forbidden":
        return Problem(
            code="unknown-field", field=path, rule="is not a field here", fix=_nearest_field(location, model)
        )
    if kind == "missing":
        return Problem(code="missing-field", field=path, rule="must be given")
    if kind in {"literal_error", "enum"}:
        allowed = str(context.get("expected", "")).replace("'", "")
        close = difflib.get_close_matches(str(value), allowed.replace(" or ", ", ").split(", "), n=1)
        return Problem(
            code="not-a-choice",
            field=path,
            rule=f"must be {allowed}",
            given=_safe(location, value),
            fix=f"did you mean {close[0]}?" if close and isinstance(value, str) else None,
        )
    if kind in _TYPE_RULES:
        fix = "put it in quotes" if kind == "string_type" and isinstance(value, int | float) else None
        return Problem(code="wrong-type", field=path, rule=_TYPE_RULES[kind], given=_safe(location, value), fix=fix)
    return Problem(code="wrong-value", field=path, rule=_as_rule(details["msg"]), given=_safe(location, value))


def _safe(location: Location, value: object) -> str | None:
    """The value, unless its field's name says that it may be a secret."""
    names = [part.lower() for part in location if isinstance(part, str)]
    return None if names and any(word in names[-1] for word in _SECRET_WORDS) else shown(value)


def _as_rule(message: str) -> str:
    for prefix in ("Input should ", "Value should ", "String should ", "Tuple should ", "Dictionary should "):
        if message.startswith(prefix):
            return f"must {message[len(prefix) :]}"
    return message[:1].lower() + message[1:]


def _real_location(location: Location, data: object) -> Location:
    """The location without what pydantic adds: names of union members and `[key]`."""
    real: list[str | int] = []
    here = data
    for part in location:
        if part == "[key]":
            continue
        if isinstance(here, Mapping):
            known = part in here
            if not known and part is not location[-1]:
                continue
            here = here.get(part)
        elif isinstance(here, Sequence) and not isinstance(here, str):
            if not isinstance(part, int):
                continue
            here = here[part] if part < len(here) else None
        elif hasattr(here, "__pydantic_fields__"):
            here = getattr(here, str(part), None)
        else:
            continue
        real.append(part)
    return tuple(real)


def _nearest_field(location: Location, model: type[BaseModel]) -> str | None:
    known = _fields_at(location[:-1], model)
    close = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    return f"the fields here are {', '.join(known)}" if known else None


def _fields_at(location: Location, model: type[BaseModel]) -> list[str]:
    """The names of the fields that a spec may have at *location*."""
    return [field.alias or name for each in _models_at(location, model) for name, field in each.model_fields.items()]


def example_at(location: Location, model: type[BaseModel]) -> Any:
    """An example of the value that a spec may have at *location*, or nothing where the field has none."""
    length = len(location) - (1 if location and isinstance(location[-1], int) else 0)
    examples = [
        field.examples[0]
        for each in _models_at(location[: length - 1], model)
        for name, field in each.model_fields.items()
        if location[length - 1] in (name, field.alias) and field.examples
    ]
    if not examples:
        return None
    return examples[0][0] if length < len(location) else examples[0]


def _models_at(location: Location, model: type[BaseModel]) -> list[type[BaseModel]]:
    here = [model]
    for part in location:
        if isinstance(part, str):
            fields = [
                field for each in here for name, field in each.model_fields.items() if part in (name, field.alias)
            ]
            # A part that is no field is the key of a mapping: the models stay those of its values.
            here = [found for field in fields for found in _models_in(field.annotation)] or here
    return here


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and hasattr(annotation, "model_fields"):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]
