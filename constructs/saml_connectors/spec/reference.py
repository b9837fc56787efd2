"""The reference of all fields of a spec, as Markdown, from the models themselves.

    python -m saml_connectors.spec.reference > docs/spec.md

Not here: what the fields are used for, which the guides say, and what is wrong with a spec (docs/problems.md).
"""

from __future__ import annotations

import inspect
import json
import types
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from saml_connectors.spec.access_attribute import AccessAttribute
from saml_connectors.spec.attribute import Attribute
from saml_connectors.spec.aws_session import SessionTag
from saml_connectors.spec.docstrings import field_descriptions
from saml_connectors.spec.loading import KINDS
from saml_connectors.spec.shape import named_fields, parts_below
from saml_connectors.spec.sourced import Sourced

if TYPE_CHECKING:
    from pydantic import BaseModel

_HEAD = """\
# Connector specs: every field

<!-- Made by `python -m saml_connectors.spec.reference > docs/spec.md`; a test compares. -->

A spec is one YAML file, or the same fields in Python (`saml_connectors.spec`, where `from` is spelled `from_`). Fields
that are not listed here are refused. `saml-connectors schema` prints the JSON Schema, from which editors complete;
`saml-connectors validate` checks, and [problems.md](problems.md) explains what it finds.

A field without a default must be given.
"""

_SCALARS = {str: "text", bool: "true or false", int: "number"}
_SHORTHANDS: dict[type[BaseModel], str] = {
    Attribute: "given_name: firstname",
    SessionTag: "department: department",
    AccessAttribute: "CostCenter: costCenter",
}


def reference() -> str:
    """The whole reference."""
    parts: dict[type[BaseModel], list[str]] = {}
    for kind, spec in KINDS.items():
        _collect(spec, f"`{kind}`", parts)
    lines = [_HEAD, *_kinds_table()]
    for model, holders in parts.items():
        lines.extend(["", *_section(model, holders)])
    return "\n".join(lines) + "\n"


def _kinds_table() -> Iterator[str]:
    yield "| kind | what it is |"
    yield "| --- | --- |"
    for kind, model in KINDS.items():
        yield f"| [`{kind}`](#{_anchor(_heading(model))}) | {_summary(model)} |"


def _collect(model: type[BaseModel], holder: str, parts: dict[type[BaseModel], list[str]]) -> None:
    """Note *model* and every model below it, each with what it is found in."""
    known = model in parts
    holders = parts.setdefault(model, [])
    if holder not in holders:
        holders.append(holder)
    if known:
        return
    for name, below in parts_below(model):
        _collect(below, f"`{name}` of {_heading(model)}", parts)


def _section(model: type[BaseModel], holders: list[str]) -> Iterator[str]:
    yield f"## {_heading(model)}"
    yield ""
    if model in KINDS.values():
        yield _summary(model)
    else:
        yield f"{_summary(model)} Found as {', '.join(holders)}."
    if issubclass(model, Sourced):
        yield f"A text alone is short for `from`: `{_SHORTHANDS[model]}`."
    yield ""
    yield "| field | type | what it is |"
    yield "| --- | --- | --- |"
    descriptions = field_descriptions(model)
    for name, (own, field) in sorted(named_fields(model).items(), key=lambda item: item[0] != "kind"):
        needed = "**Must be given.** " if field.is_required() or own == "kind" else ""
        yield f"| `{name}` | {_type(field.annotation)} | {needed}{_cell(descriptions[own])}{_example(field)} |"


def _heading(model: type[BaseModel]) -> str:
    return next((f"Kind {kind}" for kind, each in KINDS.items() if each is model), model.__name__)


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def _summary(model: type[BaseModel]) -> str:
    return " ".join((inspect.getdoc(model) or "").partition("\n\n")[0].split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _example(field: FieldInfo) -> str:
    own = field.examples or []
    inner = [] if own else [one for each in _flat(field.annotation) for one in (each.examples or [])]
    found = own[:1] or inner[-1:]
    return f" Example: `{json.dumps(found[0], ensure_ascii=False)}`." if found else ""


def _flat(annotation: Any) -> Iterator[FieldInfo]:
    """What is noted on the members of a union."""
    if get_origin(annotation) in {Union, types.UnionType}:
        for one in get_args(annotation):
            yield from _flat(one)
    elif get_origin(annotation) is Annotated:
        yield from (each for each in get_args(annotation)[1:] if isinstance(each, FieldInfo))


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0])
    if origin in {Union, types.UnionType}:
        return ", ".join(_type(one) for one in arguments if one is not type(None))
    if origin is dict:
        return "mapping" if arguments[1] is Any else f"names with {_type(arguments[1])}"
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in arguments)
    return _SCALARS.get(annotation) or f"[{_heading(annotation)}](#{_anchor(_heading(annotation))})"


if __name__ == "__main__":
    print(reference(), end="")  # noqa: T201 - what the module is run for
