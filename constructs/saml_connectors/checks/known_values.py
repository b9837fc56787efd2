"""What of a template's value is known at synthesis, and which values are certain to be the same.

A dynamic reference (`{{resolve:ssm:/name}}`) stands in a template as plain text; here it is as unknown as a parameter.
Not here: intrinsic functions (`cloudformation/`), and what the values mean.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from saml_connectors.cloudformation.intrinsics import Part, Unknown, parts_of, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.cloudformation import Resource

_DYNAMIC = re.compile(r"\{\{resolve:[^{}]*\}\}")
_OPENING = "{{resolve:"


def known(value: Any) -> str | None:
    """An evaluated value as text, where all of it is known."""
    text = plain_text(value)
    return None if text is None or _OPENING in text else text


def text_of(resource: Resource, *path: str | int) -> str | None:
    """The text at *path* of a resource, where all of it is known."""
    return known(resource.get(*path))


def parts(value: Any) -> tuple[Part, ...]:
    """An evaluated text in parts, known and unknown; nothing where it is none."""
    return tuple(piece for part in parts_of(value) for piece in _pieces(part))


def listed(resource: Resource, *path: str | int) -> list[str] | None:
    """The texts of a list; empty where it is absent, None where not all of it is known."""
    items = resource.items(*path)
    texts = None if items is None else [known(each) for each in items]
    return None if texts is None or None in texts else [text for text in texts if text is not None]


def each_known(resource: Resource, *path: str | int) -> Iterator[tuple[int, str]]:
    """Those texts of a list that are known, with their places."""
    for index, item in enumerate(resource.items(*path) or ()):
        text = known(item)
        if text is not None:
            yield index, text


def identity(value: Any) -> tuple[Part, ...] | None:
    """What makes an evaluated text equal to another; None where there is none."""
    return parts(value) or None


def _pieces(part: Part) -> Iterator[Part]:
    if not isinstance(part, str) or _OPENING not in part:
        yield part
        return
    end = 0
    for match in _DYNAMIC.finditer(part):
        if part[end : match.start()]:
            yield part[end : match.start()]
        yield Unknown(f"dynamic reference {match.group()}")
        end = match.end()
    if part[end:]:
        yield part[end:]
