"""CloudFormation's intrinsic functions, followed as far as synthesis knows: what is not known stays so, never guessed.

Not here: which resources there are (`template.py`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Reference(NamedTuple):
    """What a resource of the template will be known by, or an attribute that it will have."""

    logical_id: str
    attribute: str
    """`Ref` for what `Ref` gives, else the name of the attribute."""


class Unknown(NamedTuple):
    """A value that nobody knows before the deployment."""

    why: str
    """Where it comes from, as in `parameter Stage` or `AWS::Region`; equal ones are the same value."""


Part = str | Reference | Unknown


@dataclass(frozen=True, slots=True)
class Text:
    """A text of which some parts are not known; of adjacent parts, no two are plain."""

    parts: tuple[Part, ...]


class _Absent:
    """What `AWS::NoValue` stands for."""


_ABSENT = _Absent()
_IN_SUB = re.compile(r"\$\{(!?)([^}]*)\}")
_DEEPEST = 64
_NAMES = frozenset({"Ref", "Condition"})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a template's functions may refer to.

    Args:
        resources: Logical ids.
        parameters: Names.
        mappings: The section of that name.
        pseudo: Pseudo parameters whose value is known: `AWS::Region` and the like.
    """

    resources: frozenset[str]
    parameters: frozenset[str]
    mappings: Mapping[str, Any]
    pseudo: Mapping[str, str]


def evaluate(value: Any, around: Surroundings, depth: int = 0) -> Any:
    """*value* with its functions followed: plain data, in which `Text` and `Unknown` stand for what is not known.

    A mapping's key and a list's item whose value is `AWS::NoValue` are left out; alone it is None.
    """
    found = _evaluate(value, around, depth)
    return None if found is _ABSENT else found


def is_function(value: Any) -> bool:
    """Whether *value* is a call of an intrinsic function, one that is not known too."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    name = next(iter(value))
    return isinstance(name, str) and (name in _NAMES or name.startswith("Fn::"))


def parts_of(value: Any) -> tuple[Part, ...]:
    """An evaluated value as a text in parts; of what is no text, nothing."""
    if isinstance(value, Text):
        return value.parts
    if isinstance(value, Unknown):
        return (value,)
    plain = plain_text(value)
    return () if plain is None else (plain,)


def plain_text(value: Any) -> str | None:
    """An evaluated value as CloudFormation writes it where a text is asked for; None where it is none, or not known."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return value if isinstance(value, str) else None


def joined(parts: Iterable[Part]) -> Any:
    """A text of *parts*: a plain one where all are."""
    merged: list[Part] = []
    for part in parts:
        # Reference and Unknown are tuples, never plain texts.
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    if all(isinstance(part, str) for part in merged):
        return "".join(str(part) for part in merged)
    return Text(tuple(merged))


def _evaluate(value: Any, around: Surroundings, depth: int) -> Any:
    if depth > _DEEPEST:
        return Unknown("nested too deeply")
    if isinstance(value, list):
        items = [_evaluate(item, around, depth + 1) for item in value]
        return [item for item in items if item is not _ABSENT]
    if not isinstance(value, dict):
        return value
    if is_function(value):
        name, argument = next(iter(value.items()))
        if name == "Condition" and not isinstance(argument, str):
            return _mapping(value, around, depth)  # a policy statement's `Condition` is no function
        return _call(name, argument, around, depth + 1)
    return _mapping(value, around, depth)


def _mapping(value: dict[Any, Any], around: Surroundings, depth: int) -> dict[str, Any]:
    pairs = ((str(key), _evaluate(each, around, depth + 1)) for key, each in value.items())
    return {key: each for key, each in pairs if each is not _ABSENT}


def _call(name: str, argument: Any, around: Surroundings, depth: int) -> Any:
    known = _FUNCTIONS.get(name)
    if known is None:
        return Unknown(name)
    try:
        return known(argument, around, depth)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError):
        return Unknown(f"{name} in a form that is not known")


def _ref(argument: Any, around: Surroundings, _: int) -> Any:
    name = str(argument)
    if name == "AWS::NoValue":
        return _ABSENT
    if name in around.pseudo:
        return around.pseudo[name]
    if name in around.resources:
        return Text((Reference(name, "Ref"),))
    if name in around.parameters:
        return Unknown(f"parameter {name}")
    return Unknown(name if name.startswith("AWS::") else f"{name}, which the template does not define")


def _get_att(argument: Any, around: Surroundings, depth: int) -> Any:
    found = argument.split(".", 1) if isinstance(argument, str) else argument
    logical_id, attribute = found[0], plain_text(_evaluate(found[1], around, depth))
    if attribute is None:
        return Unknown(f"an attribute of {logical_id}")
    if logical_id not in around.resources:
        return Unknown(f"{logical_id}.{attribute}, which the template does not define")
    return Text((Reference(logical_id, attribute),))


def _join(argument: Any, around: Surroundings, depth: int) -> Any:
    between, items = argument[0], _evaluate(argument[1], around, depth)
    if isinstance(items, Unknown):
        return Unknown(f"Fn::Join of {items.why}")
    parts: list[Part] = []
    for index, item in enumerate(items):
        parts += [between, *_needed(item)] if index else _needed(item)
    return joined(parts)


def _needed(item: Any) -> tuple[Part, ...]:
    parts = parts_of(item)
    if not parts:
        raise ValueError(item)
    return parts


def _sub(argument: Any, around: Surroundings, depth: int) -> Any:
    template, given = (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])
    parts: list[Part] = []
    end = 0
    for match in _IN_SUB.finditer(template):
        parts.append(template[end : match.start()])
        end = match.end()
        literal, name = match.group(1), match.group(2).strip()
        if literal:
            parts.append(f"${{{name}}}")
        elif name in given:
            parts += _needed(_evaluate(given[name], around, depth))
        else:
            call = _get_att if "." in name else _ref
            parts += _needed(call(name, around, depth))
    parts.append(template[end:])
    return joined(parts)


def _select(argument: Any, around: Surroundings, depth: int) -> Any:
    index, items = plain_text(_evaluate(argument[0], around, depth)), _evaluate(argument[1], around, depth)
    if index is None or isinstance(items, Unknown):
        return Unknown("Fn::Select")
    return items[int(index)] if 0 <= int(index) < len(items) else Unknown("Fn::Select outside its list")


def _split(argument: Any, around: Surroundings, depth: int) -> Any:
    parts = parts_of(_evaluate(argument[1], around, depth))
    if len(parts) == 1 and isinstance(parts[0], str):
        return parts[0].split(argument[0])
    return Unknown("Fn::Split of what is not known")


def _find_in_map(argument: Any, around: Surroundings, depth: int) -> Any:
    keys = [plain_text(_evaluate(key, around, depth)) for key in argument[:3]]
    found: Any = around.mappings
    for key in keys:
        if key is None:
            return Unknown(f"Fn::FindInMap in {keys[0]}")
        found = found[key]
    return found


def _to_json(argument: Any, around: Surroundings, depth: int) -> Any:
    found = _evaluate(argument, around, depth)
    return json.dumps(found) if is_known(found) else Unknown("Fn::ToJsonString of what is not known")


def is_known(value: Any) -> bool:
    """Whether an evaluated value is known to its last part."""
    if isinstance(value, dict):
        return all(is_known(each) for each in value.values())
    if isinstance(value, list):
        return all(is_known(each) for each in value)
    return not isinstance(value, Text | Unknown)


def _if(argument: Any, around: Surroundings, depth: int) -> Any:
    first, second = (_evaluate(each, around, depth) for each in argument[1:3])
    return first if first == second else Unknown(f"condition {argument[0]}")


def _import(argument: Any, around: Surroundings, depth: int) -> Any:
    name = plain_text(_evaluate(argument, around, depth))
    return Unknown("Fn::ImportValue" if name is None else f"export {name}")


_FUNCTIONS = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Join": _join,
    "Fn::Sub": _sub,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::FindInMap": _find_in_map,
    "Fn::ToJsonString": _to_json,
    "Fn::If": _if,
    "Fn::ImportValue": _import,
}
