"""What the source says of each field of a model: the text in quotes below it.

Not here: judging specs, which needs no description and is faster without.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import BaseModel


@cache
def field_descriptions(model: type[BaseModel]) -> dict[str, str]:
    """The description of each field of *model* by its name in Python, each on one line."""
    found: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if owner.__module__.startswith(__package__):
            found.update(_documented(owner))
    return {name: found[name] for name in model.model_fields if name in found}


def _documented(owner: type) -> dict[str, str]:
    definition = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {}
    for statement, following in zip(definition.body, definition.body[1:], strict=False):
        match statement, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = " ".join(text.split())
            case _:
                pass
    return found
