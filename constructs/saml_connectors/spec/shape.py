"""What a spec may hold at a place: the fields there, and a value that is right there.

Not here: judging the values that do stand there.
"""

from __future__ import annotations

import copy
import difflib
import enum
import types
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from saml_connectors.spec.findings import Location


class _Absent(enum.Enum):
    ABSENT = enum.auto()


ABSENT: Final = _Absent.ABSENT
"""No value: nothing is right there, or nothing need stand there."""

_UNIONS: Final = (Union, types.UnionType)
_TRUE: Final = ("true", "yes", "on", "1", "y")


def fields_at(location: Location, model: type[BaseModel]) -> list[str]:
    """The names of the fields that a spec may have at *location*, in the order of the documentation."""
    return [name for each in _models_of(_type_at(location, model)) for name in named_fields(each)]


@cache
def named_fields(model: type[BaseModel]) -> dict[str, tuple[str, FieldInfo]]:
    """The fields of *model* as a spec names them: name in Python, and what is known of it."""
    return {field.alias or name: (name, field) for name, field in model.model_fields.items()}


def nearest(name: str, known: Sequence[str], cutoff: float = 0.6) -> str | None:
    """The one of *known* that *name* was probably meant to be, if any."""
    if len(name) > 2 * max(map(len, known), default=0):
        return None  # nothing is near, and comparing takes long
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=cutoff)), None)


def models_at(location: Location, model: type[BaseModel]) -> list[type[BaseModel]]:
    """The models that a spec may hold at *location* itself."""
    return _models_of(_type_at(location, model))


def takes_texts(location: Location, model: type[BaseModel]) -> bool:
    """Whether texts may stand at *location*, of any content or a few words."""
    return _is_text(_type_at(location, model))


def stand_in(location: Location, given: object, model: type[BaseModel]) -> Any:
    """A value that is right at *location*, as near to *given* as can be told; `ABSENT` where none need stand there."""
    return copy.deepcopy(_example(_type_at(location, model), given))


def typed_part(location: Location, model: type[BaseModel]) -> Location:
    """*location*, or the nearest around it of which the model knows what may stand there."""
    while location and _type_at(location, model) in {None, Any}:
        location = location[:-1]
    return location


@cache
def parts_of(model: type[BaseModel]) -> tuple[tuple[str, str], ...]:
    """The fields of *model* that hold other models: name in Python, name in a spec."""
    return tuple((own, name) for name, (own, field) in named_fields(model).items() if _models_in(field.annotation))


def parts_below(model: type[BaseModel]) -> list[tuple[str, type[BaseModel]]]:
    """The models that a spec may hold in the fields of *model*, each with the name of its field."""
    return [(name, one) for name, (_, field) in named_fields(model).items() for one in _models_in(field.annotation)]


def _type_at(location: Location, model: type[BaseModel]) -> Any:
    """The annotation of what stands at *location*; None where nothing may."""
    return _cached_type_at(tuple(0 if isinstance(part, int) else part for part in location), model)


@lru_cache(maxsize=1024)
def _cached_type_at(location: Location, model: type[BaseModel]) -> Any:
    here: Any = model
    for part in location:
        here = _type_below(here, part)
    return here


def _type_below(annotation: Any, part: str | int) -> Any:
    if isinstance(annotation, type) and hasattr(annotation, "model_fields"):
        found = named_fields(annotation).get(str(part))
        return None if found is None else Annotated[found[1].annotation, found[1]]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inner = _type_below(arguments[0], part)
        return _item(annotation, inner) if isinstance(part, int) else inner
    if origin in _UNIONS:
        return next((found for one in arguments if (found := _type_below(one, part)) is not None), None)
    if origin is tuple and isinstance(part, int):
        return arguments[0]
    return arguments[1] if origin is dict and isinstance(part, str) else None


def _item(annotation: Any, item: Any) -> Any:
    """The type of an *item* of a list, with the first example of the whole list as its own."""
    examples = _examples(annotation)
    return Annotated[item, FieldInfo(examples=examples[0][:1])] if item is not None and examples else item


def _examples(annotation: Any) -> list[Any]:
    if get_origin(annotation) is not Annotated:
        return []
    noted = [one.examples for one in get_args(annotation) if isinstance(one, FieldInfo) and one.examples]
    return noted[-1] if noted else []  # the last is the field's own, those before it are of its type


def _example(annotation: Any, given: object) -> Any:
    """A value of the type; its own example, unless the value *given* says better what was meant."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        examples = _examples(annotation)
        return _example(arguments[0], given) if not examples or _is_choice(arguments[0]) else examples[0]
    if origin in _UNIONS:
        return next((found for one in arguments if (found := _example(one, given)) is not ABSENT), ABSENT)
    if origin is Literal:
        return (nearest(given, arguments) if isinstance(given, str) else None) or arguments[0]
    if annotation is bool:
        return isinstance(given, str | int) and str(given).lower() in _TRUE
    return _example_of_many(annotation, given)


def _example_of_many(annotation: Any, given: object) -> Any:
    if _models_of(annotation):
        needed = [name for name, (_, field) in named_fields(annotation).items() if field.is_required()]
        return {name: _example(_type_at((name,), annotation), ABSENT) for name in needed}
    if get_origin(annotation) is tuple:
        one = _example(get_args(annotation)[0], given)
        return ABSENT if one is ABSENT else [one]
    if get_origin(annotation) is dict:
        return {}
    return "text" if annotation is str else ABSENT  # a text with a rule of its own has an example


def _is_choice(annotation: Any) -> bool:
    """Whether the type has few values, so that one that is wrong is near to the one that was meant."""
    if get_origin(annotation) is tuple:
        return _is_choice(get_args(annotation)[0])
    return annotation is bool or get_origin(annotation) is Literal


def _is_text(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        return _is_text(get_args(annotation)[0])
    if get_origin(annotation) in _UNIONS:
        return any(map(_is_text, get_args(annotation)))
    return annotation is str or get_origin(annotation) is Literal


def _models_of(annotation: Any) -> list[type[BaseModel]]:
    """The models that a value may be of itself."""
    if isinstance(annotation, type) and hasattr(annotation, "model_fields"):
        return [annotation]
    if get_origin(annotation) is Annotated:
        return _models_of(get_args(annotation)[0])
    if get_origin(annotation) in _UNIONS:
        return [model for one in get_args(annotation) for model in _models_of(one)]
    return []


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models that a value may be of, or may hold."""
    inner = [
        model for one in get_args(annotation) if get_origin(annotation) is not Literal for model in _models_in(one)
    ]
    return inner or _models_of(annotation)
