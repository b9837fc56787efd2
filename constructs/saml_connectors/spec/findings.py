"""What pydantic found, told as problems: stable codes, the field's path, the value and a way out.

Not here: the rules themselves, which the spec's parts own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from saml_connectors.problems import Problem
from saml_connectors.spec.credential import looks_like_credential, names_a_credential
from saml_connectors.spec.shape import fields_at
from saml_connectors.spec.way_out import meant, of_unknown_name, of_wrong_type

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

Location = tuple[str | int, ...]
"""Where something stands in plain data: names of fields and places in lists."""

Located = tuple[Location, Problem]
"""A problem and where it stands."""

LONGEST_VALUE, LONGEST_KEY = 80, 200
"""Characters of a value, and of a name in a path, that are shown; the rest is cut."""

_PLAIN_NAME = re.compile(r"[\w-]{1,39}")
_PATH_PART = re.compile(r"""([\w-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]""")

_TYPE_RULES: dict[str, str] = {
    "string_type": "must be text",
    "string_unicode": "must be text that UTF-8 can hold",
    "invalid_key": "must have a text as its name",
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


def visible(text: str) -> str:
    """*text* on one line, with whatever a terminal would obey or hide written as an escape."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


def field_path(location: Iterable[str | int]) -> str:
    """The path as a person writes it: `app_clients[0].callback_urls[1]`, `attributes["custom:team"]`."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif _PLAIN_NAME.fullmatch(part):
            path += f".{part}" if path else part
        else:
            path += f"[{shown(part, LONGEST_KEY)}]"
    return path


def parse_path(path: str) -> Location:
    """The location that `field_path` wrote as *path*."""
    return tuple(
        int(index) if index else json.loads(key) if key else name for name, index, key in _PATH_PART.findall(path)
    )


def shown(value: object, longest: int = LONGEST_VALUE) -> str:
    """The value as a person would write it, cut where it is *longest*."""
    if isinstance(value, str):
        if looks_like_credential(value):
            return "text that looks like a credential"
        text = visible(json.dumps(value[: longest + 1], ensure_ascii=False))
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
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


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
            found.extend(
                ((*location, *parse_path(problem.field)), below(location, problem)) for problem in context["problems"]
            )
        else:
            found.append((location, _problem(details, location, model)))
    return found


def wrong_keys(error: ValidationError, data: object) -> set[Location]:
    """The places in *data* at which the name itself is wrong, and not only what stands under it."""
    places = (details["loc"] for details in error.errors(include_url=False, include_input=False))
    return {_real_location(place, data) for place in places if place[-1:] == ("[key]",)}


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
            given=(given or None) if given is not None else _safe(location, value),
            fix=context.get("fix"),
        )
    if kind == "extra_forbidden":
        return _unknown_field(location, value, model)
    if kind == "missing":
        return Problem(code="missing-field", field=path, rule="must be given")
    if kind == "literal_error":
        allowed = str(context.get("expected", "")).replace("'", "")
        close = meant(value, allowed.replace(" or ", ", ").split(", ")) if isinstance(value, str) else None
        return Problem(
            code="not-a-choice",
            field=path,
            rule=f"must be {allowed}",
            given=_safe(location, value),
            fix=f"did you mean {close}?" if close else None,
        )
    if kind in _TYPE_RULES:
        fix = of_wrong_type(kind, location, value, model)
        return Problem(code="wrong-type", field=path, rule=_TYPE_RULES[kind], given=_safe(location, value), fix=fix)
    return Problem(code="wrong-value", field=path, rule=_as_rule(details["msg"]), given=_safe(location, value))


def _unknown_field(location: Location, value: object, model: type[BaseModel]) -> Problem:
    name, path = str(location[-1]), field_path(location)
    if names_a_credential(name) and isinstance(value, str) and looks_like_credential(value):
        return Problem(
            code="plain-text-credential",
            field=path,
            rule="must not stand in a spec: it looks like a credential",
            fix="store it in Secrets Manager, name the secret in credentials, and revoke it: it stands in a file now",
        )
    known = fields_at(location[:-1], model)
    return Problem(code="unknown-field", field=path, rule="is not a field here", fix=of_unknown_name(name, known))


def _safe(location: Location, value: object) -> str | None:
    """The value, unless its field's name says that it may be a secret."""
    names = [part for part in location if isinstance(part, str)]
    return None if names and names_a_credential(names[-1]) else shown(value)


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
