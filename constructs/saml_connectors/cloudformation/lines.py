"""On which line of a template's text each resource begins.

Not here: reading the text as data (`document.py`).
"""

from __future__ import annotations

import re

_KEY = re.compile(
    r"""^([ \t]*)(?:"([^"\\\n]+)"|'([^'\n]+)'|([A-Za-z0-9][^\s:"'{}\[\],]*))[ \t]*:(?=\s|$)""", re.MULTILINE
)
_MENTION = re.compile(r"""([A-Za-z0-9]{1,255})["']?\s*:""")
_SECTION = "Resources"


def resource_lines(text: str, names: frozenset[str]) -> dict[str, int]:
    """Line, from 1, of each of the resources *names* that is found in *text*.

    Looks at the keys one level below the section `Resources`, so that a property or a parameter of the same name is
    not taken for a resource.  Where the levels cannot be seen, as in a template on one line, the first mention after
    the section counts.
    """
    found = _by_level(text, names)
    return found if len(found) == len(names) else {**_by_mention(text, names), **found}


def _by_level(text: str, names: frozenset[str]) -> dict[str, int]:
    starts: dict[str, int] = {}
    top: int | None = None
    level: int | None = None
    inside = False
    for match in _KEY.finditer(text):
        indent, name = len(match[1].expandtabs()), match[2] or match[3] or match[4]
        top = indent if top is None else top
        if not inside:
            inside = indent == top and name == _SECTION
            continue
        if indent <= top:
            break
        level = indent if level is None else level
        if indent == level and name in names:
            starts.setdefault(name, match.start())
    return _as_lines(text, starts)


def _by_mention(text: str, names: frozenset[str]) -> dict[str, int]:
    section = re.search(rf"""{_SECTION}["']?\s*:""", text)
    starts: dict[str, int] = {}
    for match in _MENTION.finditer(text, section.end() if section else 0):
        if match[1] in names:
            starts.setdefault(match[1], match.start())
    return _as_lines(text, starts)


def _as_lines(text: str, starts: dict[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    line, counted = 1, 0
    for name, start in sorted(starts.items(), key=lambda item: item[1]):
        line += text.count("\n", counted, start)
        counted = start
        found[name] = line
    return found
