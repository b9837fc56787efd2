"""Tags of an application: kept at the end of its description, the one free text that the directory has for it.

    The customer portal [owner=web team; stage=prod]

The directory knows no tags of applications, and keeps nothing else that is not a part of the sign-in.  So people who
look at the description see them, which nobody needs who gives none.  Pure.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_SEPARATOR = "; "
_AT_THE_END = re.compile(
    r"(?P<text>.*?)(?:\A|(?<=.) )\[(?P<tags>[^\[\]=;]+=[^\[\];]*(?:; [^\[\]=;]+=[^\[\];]*)*)\]", re.DOTALL
)
_RESERVED = re.compile(r"[%\[\];]")


def joined(text: str, tags: Mapping[str, str]) -> str:
    """The description that holds *text* and *tags*, in the order of their keys."""
    if not tags:
        return text
    pairs = [f"{_escaped(key).replace('=', '%3D')}={_escaped(value)}" for key, value in sorted(tags.items())]
    written = f"[{_SEPARATOR.join(pairs)}]"
    return f"{text} {written}" if text else written


def split(description: str) -> tuple[str, dict[str, str]]:
    """The text and the tags in *description*."""
    found = _AT_THE_END.fullmatch(description)
    if found is None:
        return description, {}
    pairs = [pair.partition("=") for pair in found["tags"].split(_SEPARATOR)]
    return found["text"], {unquote(key): unquote(value) for key, _, value in pairs}


def _escaped(text: str) -> str:
    return _RESERVED.sub(lambda found: f"%{ord(found[0]):02X}", text)
