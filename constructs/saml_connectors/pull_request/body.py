"""The text of the comment: a mark that tells it from others, and the page, cut to what the service takes.

Pure.  Not here: sending it (`publishing.py`).
"""

from __future__ import annotations

import re

from saml_connectors.problems import Problem
from saml_connectors.pull_request.refusals import NotCommented

KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
"""What tells several comments of one pull request apart.  Two hyphens would end the mark, which is an HTML comment."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_QUICK_ACTION = re.compile(r"^(\s*)/(?=[A-Za-z])")
_ROOM_FOR_THE_END = 300


def mark(key: str) -> str:
    """The first line of the comment: nobody sees it, and it is how the comment is found again."""
    if not KEY.fullmatch(key) or "--" in key:
        rule = "must be 1 to 40 lower-case letters, digits or single hyphens"
        raise NotCommented(Problem(code="comment-key", field="--key", rule=rule, given=repr(key[:60])))
    return f"<!-- saml-connectors: {key} -->"


def body(page: str, marker: str, longest: int) -> str:
    """The comment: *marker*, then as much of *page* as *longest* bytes take."""
    page = page.replace("\r\n", "\n").replace("\0", "\N{REPLACEMENT CHARACTER}")
    return f"{marker}\n{cut(page, longest - size(marker) - 1)}"


def size(text: str) -> int:
    """How long *text* is in bytes, which are never fewer than characters."""
    return len(text.encode())


def cut(page: str, room: int) -> str:
    """*page*, or its beginning with what it opens closed, and a line that says how much is left out."""
    if size(page) <= room:
        return page
    lines = page.split("\n")
    kept: list[str] = []
    left = room - _ROOM_FOR_THE_END
    fence, begun, opened = "", 0, 0
    for line in lines:
        left -= size(line) + 1
        if left < len("</details>\n") * (opened + max(0, _opened(line))):  # what closes them has to fit too
            break
        fence, begun = _fenced(line, fence, begun, len(kept))
        opened += _opened(line)
        kept.append(line)
    if fence:
        del kept[begun:]  # half a picture is none
    ends = ["", *["</details>"] * sum(map(_opened, kept))]
    said = f"*{len(lines) - len(kept):,} lines more are left out: a comment takes no more. The job has the whole page.*"
    return "\n".join([*kept, *ends, "", said, ""])


def _fenced(line: str, fence: str, begun: int, here: int) -> tuple[str, int]:
    """The fence that is open after *line*, and where it began."""
    found = _FENCE.match(line)
    if found is None:
        return fence, begun
    if not fence:
        return found[1], here
    closes = found[1].startswith(fence) and not line.strip(f" {fence[0]}")
    return ("" if closes else fence), begun


def _opened(line: str) -> int:
    """How many more folded parts are open after a line."""
    return line.count("<details>") - line.count("</details>")


def without_quick_actions(page: str) -> str:
    """*page* with no line that GitLab would carry out, as `/close`: outside of code, the slash becomes its number."""
    found: list[str] = []
    fence, begun = "", 0
    for line in page.split("\n"):
        found.append(line if fence else _QUICK_ACTION.sub(r"\1&#47;", line))
        fence, begun = _fenced(line, fence, begun, 0)
    return "\n".join(found)
