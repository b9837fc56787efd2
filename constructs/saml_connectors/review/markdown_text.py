"""Names that templates give, as Markdown and HTML that mean nothing but their text; and blocks cut to a length.

Whoever writes a template may write anything into it: pipes, backticks, tags, mentions.  Not here: what is told.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from saml_connectors.review.values import LONGEST, shown

LONGEST_SENTENCE = 600
"""Characters of a finding's sentence."""

_PLAIN = re.compile(r"[^`|\\<>\r\n]+")


def code(name: str, longest: int = LONGEST) -> str:
    """A name from a template as code: what is not plain is written as entities, in which nothing is markup."""
    text = shown(name, longest)
    if not text:
        return "*nothing*"
    if _PLAIN.fullmatch(text) and text == text.strip():
        return f"`{text}`"
    return f"<code>{entities(text)}</code>"


def entities(text: str) -> str:
    """*text* with all but letters, digits and spaces as entities: neither HTML nor Markdown sees markup in it."""
    return "".join(one if one.isalnum() or one == " " else f"&#{ord(one)};" for one in text)


def in_html(name: str) -> str:
    """A name from a template as code inside a line of HTML."""
    return f"<code>{html.escape(shown(name)).replace('@', '&#64;')}</code>"


_WORD = re.compile(r"[A-Za-z0-9]+(?:[-'][A-Za-z0-9]+)*")
_AROUND = {"(": ")", "{": "}", '"': '"', "'": "'"}
_CLOSING = {after: before for before, after in _AROUND.items()}
_ENDS = ".,;:!?"


class Head(str):
    """A line that says nothing without the one after it."""

    __slots__ = ()


def prose(sentence: str) -> str:
    """A sentence of ours with names from a template in it, each word that is no plain one as code."""
    words = shown(sentence, LONGEST_SENTENCE).split(" ")
    return " ".join(_worded(word) for word in words)


def _worded(word: str) -> str:
    """One word, as code where it is no plain one; what punctuation is around it stays outside."""
    start, end = _inside(word)
    inner = word[start:end]
    return f"{word[:start]}{inner if not inner or _WORD.fullmatch(inner) else code(inner)}{word[end:]}"


def _inside(word: str) -> tuple[int, int]:
    """Where a word begins and ends without the punctuation around it; a bracket that it holds itself is part of it."""
    start, end = 0, len(word)
    while start < end:
        if word[end - 1] in _ENDS:
            end -= 1
        elif end - start > 1 and _AROUND.get(word[start]) == word[end - 1] and word[start] != "{":
            start, end = start + 1, end - 1
        elif word[start] in _AROUND and _AROUND[word[start]] not in word[start + 1 : end]:
            start += 1
        elif word[end - 1] in _CLOSING and _CLOSING[word[end - 1]] not in word[start : end - 1]:
            end -= 1
        else:
            break
    return start, end


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; cells are Markdown without pipes."""
    lines = [Head(f"| {' | '.join(head)} |"), Head(f"|{' --- |' * len(head)}")]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]


class Block(NamedTuple):
    """A folded part of a page: cut from its end where the page is too long."""

    title: str
    """HTML."""

    lines: tuple[str, ...]
    """Markdown; each may be the last one that is shown."""


def folded(block: Block) -> str:
    """The block as it stands in a page."""
    inner = "\n".join(block.lines).rstrip("\n")
    return f"<details><summary>{block.title}</summary>\n\n{inner}\n\n</details>\n"


def size(text: str) -> int:
    """How long *text* is for whoever limits it: in bytes, which are never fewer than characters."""
    return len(text.encode("utf-8", "backslashreplace"))


def fitted(blocks: Iterable[Block], room: int) -> tuple[list[str], int, int]:
    """As many blocks as fit into *room*, the last one cut; then how many are left out, and how many lines of it."""
    found: list[str] = []
    left_out = cut = 0
    full = False
    for block in blocks:
        whole = folded(block)
        if not full and size(whole) + 1 <= room:
            found.append(whole)
            room -= size(whole) + 1
            continue
        if not full:
            shorter, lines = _shortened(block, room)
            if shorter is not None:
                found.append(shorter)
                cut = lines
                full = True
                continue
        full = True
        left_out += 1
    return found, left_out, cut


def _shortened(block: Block, room: int) -> tuple[str | None, int]:
    """The beginning of a block, with a line that says how many lines are left out."""
    kept = list(block.lines)
    room -= size(folded(Block(block.title, ("", "*000,000 lines more are left out.*"))))
    total = sum(size(line) + 1 for line in kept)
    while kept and total > room:
        total -= size(kept.pop()) + 1
    while kept and (isinstance(kept[-1], Head) or not kept[-1]):
        kept.pop()
    if not kept:
        return None, 0
    left = len(block.lines) - len(kept)
    lines = (*kept, "", f"*{left:,} lines more are left out.*")
    return folded(Block(block.title, lines)), left
