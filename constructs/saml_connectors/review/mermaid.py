"""A picture of who reaches what, as Mermaid draws it: directory, groups, applications, AWS.

Not here: where it stands in a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from saml_connectors.review.model import Link, Node
from saml_connectors.review.phrase import counted
from saml_connectors.review.values import shown

if TYPE_CHECKING:
    from saml_connectors.review.changes import Compared

MOST_NODES = 40
"""A picture of more is none that anybody reads."""

_SAFE = re.compile(r"[\w .,/-]")
_LONGEST = 60
_SHAPES = {"directory": ("[(", ")]"), "group": ("([", "])"), "application": ("[", "]"), "aws": ("{{", "}}")}
_SHARED = {"directory", "group"}
_CLASSES = ("classDef gained stroke:#1a7f37,stroke-width:3px", "classDef lost stroke:#cf222e,stroke-dasharray:4 4")
_NOUNS = {"group": "group", "application": "application", "aws": "target", "directory": "directory"}


def picture(compared: Sequence[Compared]) -> list[str]:
    """Lines of one flowchart of these connectors; where it has too many nodes, those of one kind are told by number."""
    before, after = links_of(compared)
    links = before | after
    if len(nodes_of(links)) > MOST_NODES:
        fewer = _summarised(links)
        return _drawn(sorted(fewer), dict.fromkeys(fewer, ""))
    state = {link: "gained" if link not in before else "lost" if link not in after else "" for link in links}
    return _drawn(sorted(links), state)


def links_of(compared: Sequence[Compared]) -> tuple[set[Link], set[Link]]:
    """What led to what before, and what does now; groups and directories are the same for all connectors."""
    before, after = set[Link](), set[Link]()
    for index, each in enumerate(compared):
        now = {_owned(link, str(index)) for link in each.connector.links}
        is_alone = each.state == "same" and each.base is None
        after |= set() if each.state == "removed" else now
        before |= now if is_alone or each.state == "removed" else {_owned(one, str(index)) for one in each.links_before}
    return before, after


def _owned(link: Link, owner: str) -> Link:
    start, end = (node if node.kind in _SHARED else node._replace(owner=owner) for node in link)
    return Link(start, end)


def nodes_of(links: Iterable[Link]) -> set[Node]:
    """Everything that the links join."""
    return {node for link in links for node in link}


def _summarised(links: set[Link]) -> set[Link]:
    """The same with one node for all of a kind, but for directories."""
    nodes = nodes_of(links)
    instead = {
        node: Node(node.kind, counted(sum(each.kind == node.kind for each in nodes), _NOUNS[node.kind]))
        for node in nodes
        if node.kind != "directory"
    }
    return {Link(instead.get(link.start, link.start), instead.get(link.end, link.end)) for link in links}


def _drawn(links: Sequence[Link], state: dict[Link, str]) -> list[str]:
    nodes = {node: f"n{index}" for index, node in enumerate(sorted(nodes_of(links)))}
    states: dict[Node, set[str]] = {}
    for link in links:
        for node in link:
            states.setdefault(node, set()).add(state[link])
    lines = ["```mermaid", "flowchart LR"]
    for node, name in nodes.items():
        start, end = _SHAPES[node.kind]
        mark = next(iter(states[node])) if len(states[node]) == 1 else ""
        lines.append(f'  {name}{start}"{label(node.name)}"{end}{f":::{mark}" if mark else ""}')
    for link in links:
        arrow = {"gained": "==>|gained|", "lost": "-.->|lost|", "": "-->"}[state[link]]
        lines.append(f"  {nodes[link.start]} {arrow} {nodes[link.end]}")
    return [*lines, *(f"  {each}" for each in _CLASSES), "```"]


def label(name: str) -> str:
    """A name between Mermaid's quotes: what could be markup, or end them, as the number of its character."""
    text = shown(name)
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 1]}…"
    return "".join(one if _SAFE.fullmatch(one) else f"#{ord(one)};" for one in text) or "#45;"
