"""CloudFormation's intrinsic functions, followed as far as synthesis knows: what is not known stays so, never guessed.

Not here: which resources there are (`template.py`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from saml_connectors.cloudformation.deployed import NOT_DEPLOYED, Deployed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Reference(NamedTuple):
    """What a resource of the template will be known by, or an attribute that it will have."""

    logical_id: str
    attribute: str
    """`Ref` for what `Ref` gives, else the name of the attribute."""


class Unknown(NamedTuple):
    """A value that nobody knows before the deployment; two that are equal are the same value."""

    why: str
    """Where it comes from, as in `parameter Stage` or `AWS::Region`."""

    call: str = ""
    """Tells apart what two calls of one function give.  Default: `why` says it all."""


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
_EXPANDED = ("Fn::ForEach::", "Fn::Transform")
"""How names of keys begin in whose place a macro puts others."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a template's functions may refer to.

    Args:
        resources: Logical ids.
        parameters: Names.
        mappings: The section of that name.
        pseudo: Pseudo parameters whose value is known: `AWS::Region` and the like.
        deployed: What is known beside them, where the stack is deployed.
    """

    resources: frozenset[str]
    parameters: frozenset[str]
    mappings: Mapping[str, Any]
    pseudo: Mapping[str, str]
    deployed: Deployed = NOT_DEPLOYED


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
        return _unknown("nested too deeply", value)
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


def is_expanded(value: dict[Any, Any]) -> bool:
    """Whether a macro puts more into a mapping at deployment, which is then not known."""
    return any(isinstance(key, str) and key.startswith(_EXPANDED) for key in value)


def _unknown(why: str, call: Any) -> Unknown:
    """The value of a call that cannot be followed: equal to that of the same call, and of no other."""
    text = json.dumps(call, sort_keys=True, default=str)
    return Unknown(why, sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16])


def _mapping(value: dict[Any, Any], around: Surroundings, depth: int) -> dict[str, Any] | Unknown:
    if is_expanded(value):
        return _unknown("a macro", value)
    pairs = ((str(key), _evaluate(each, around, depth + 1)) for key, each in value.items())
    return {key: each for key, each in pairs if each is not _ABSENT}


def _call(name: str, argument: Any, around: Surroundings, depth: int) -> Any:
    known = _FUNCTIONS.get(name)
    if known is None:
        return _unknown(name, {name: argument})
    try:
        return known(argument, around, depth)
    except (TypeError, ValueError, LookupError, AttributeError):
        return _unknown(f"{name} in a form that is not known", {name: argument})


def _ref(argument: Any, around: Surroundings, _: int) -> Any:
    name = str(argument)
    if name == "AWS::NoValue":
        return _ABSENT
    if name in around.pseudo:
        return around.pseudo[name]
    known = around.deployed.attribute(name, "Ref") if name in around.resources else around.deployed.parameter(name)
    if known is not None:
        return known
    if name in around.resources:
        return Text((Reference(name, "Ref"),))
    if name in around.parameters:
        return Unknown(f"parameter {name}")
    return Unknown(name if name.startswith("AWS::") else f"{name}, which the template does not define")


def _get_att(argument: Any, around: Surroundings, depth: int) -> Any:
    found = argument.split(".", 1) if isinstance(argument, str) else argument
    logical_id, attribute = found[0], plain_text(_evaluate(found[1], around, depth))
    if attribute is None:
        return _unknown(f"an attribute of {logical_id}", argument)
    if logical_id not in around.resources:
        return Unknown(f"{logical_id}.{attribute}, which the template does not define")
    known = around.deployed.attribute(logical_id, attribute)
    return Text((Reference(logical_id, attribute),)) if known is None else known


def _join(argument: Any, around: Surroundings, depth: int) -> Any:
    between, items = plain_text(argument[0]), _evaluate(argument[1], around, depth)
    if isinstance(items, Unknown):
        return _unknown(f"Fn::Join of {items.why}", argument)
    if between is None or not isinstance(items, list):
        raise TypeError
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
    if index is None or not isinstance(items, list) or not 0 <= int(index) < len(items):
        return _unknown("Fn::Select", argument)
    return items[int(index)]


def _split(argument: Any, around: Surroundings, depth: int) -> Any:
    parts = parts_of(_evaluate(argument[1], around, depth))
    if len(parts) == 1 and isinstance(parts[0], str):
        return parts[0].split(argument[0])
    return _unknown("Fn::Split of what is not known", argument)


def _find_in_map(argument: Any, around: Surroundings, depth: int) -> Any:
    keys = [plain_text(_evaluate(key, around, depth)) for key in argument[:3]]
    found: Any = around.mappings
    for key in keys:
        if key is None:
            return _unknown("Fn::FindInMap", argument)
        found = found[key]
    return found


def _to_json(argument: Any, around: Surroundings, depth: int) -> Any:
    found = _evaluate(argument, around, depth)
    return json.dumps(found) if is_known(found) else _unknown("Fn::ToJsonString", argument)


def is_known(value: Any) -> bool:
    """Whether an evaluated value is known to its last part."""
    if isinstance(value, dict):
        return all(is_known(each) for each in value.values())
    if isinstance(value, list):
        return all(is_known(each) for each in value)
    return not isinstance(value, Text | Unknown)


def _if(argument: Any, around: Surroundings, depth: int) -> Any:
    first, second = (_evaluate(each, around, depth) for each in argument[1:3])
    return first if first == second else _unknown(f"condition {argument[0]}", argument)


def _import(argument: Any, around: Surroundings, depth: int) -> Any:
    name = plain_text(_evaluate(argument, around, depth))
    known = None if name is None else around.deployed.export(name)
    if known is not None:
        return known
    return _unknown("Fn::ImportValue", argument) if name is None else Unknown(f"export {name}")


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
