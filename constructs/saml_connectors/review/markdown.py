"""A review as a Markdown page: short first, details folded, never longer than a comment may be.

Not here: the details of one connector (`describing.py`), and writing names safely (`markdown_text.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from saml_connectors.review.describing import certificates, description, details, sentence
from saml_connectors.review.markdown_text import Block, code, fitted, in_html, prose, size
from saml_connectors.review.mermaid import MOST_NODES, links_of, nodes_of, picture
from saml_connectors.review.phrase import counted, listed
from saml_connectors.review.risk import Risk

if TYPE_CHECKING:
    from saml_connectors.checks import Finding
    from saml_connectors.review.changes import Compared, Findings, Review

LIMIT = 65_536
"""Characters of a comment on GitHub."""

_ROOM = 64_000
"""What a page takes of it, in bytes: whoever posts it adds a line of his own."""

_GRAVEST = 10
"""Changes that stand above everything that is folded."""

_ALWAYS = {"callback-host-added", "credential-sent"}
"""Changes that stand there too, however many are as grave: who gets codes, tokens or the directory's credential."""

_NAMED = 30
"""Connectors that are named without details."""

_FOOT = (
    "<sub>What stands in braces is known at deployment only. Told from templates alone: what people set by hand in the "
    "directory or in AWS, and resources that have no part in sign-in, are not in it.</sub>\n"
)


def markdown(review: Review) -> str:
    """The page."""
    head = "\n".join(_head(review)) + "\n"
    found, left_out, cut = fitted(_blocks(review), _ROOM - size(head) - size(_FOOT) - 400)
    page = [head, *found]
    if left_out or cut:
        page.append(
            f"*The page would be too long: {_parts_left(left_out, cut)} here; "
            "`saml-connectors review --format json` tells all.*\n"
        )
    return "\n".join([*page, _FOOT])


def _parts_left(left_out: int, cut: int) -> str:
    told = ["one part is cut"] if cut else []
    told += [f"{counted(left_out, 'part')} {'is' if left_out == 1 else 'are'} left out"] if left_out else []
    return listed(told, len(told))


def _head(review: Review) -> Iterator[str]:
    yield f"## {_title(review)}"
    yield ""
    if review.has_base:
        yield from _what_changes(review)
    else:
        yield from _what_is(review)
    yield _found(review.findings, has_base=review.has_base)


def _times(risks: Counter[Risk]) -> str:
    """How often each risk: `access widened: 2, replaced: 1`."""
    return ", ".join(f"{risk.told}: {risks[risk]:,}" for risk in Risk if risks[risk])


def _title(review: Review) -> str:
    total = counted(len(review.connectors), "connector")
    if not review.has_base:
        return f"Sign-in: {total}" if review.connectors else "Sign-in: no connector in these templates"
    if review.is_empty:
        return "Sign-in review: nothing changes for people who sign in"
    states = Counter(each.state for each in review.changed)
    told = [f"{states[state]:,} {state}" for state in ("changed", "added", "removed") if states[state]]
    return f"Sign-in review: of {total}, {listed(told, len(told))}"


def _what_changes(review: Review) -> Iterator[str]:
    risks = Counter(change.risk for _, change in review.gravest)
    if risks:
        yield f"**{_times(risks)}**"
        yield ""
    always = [each for each in review.gravest[_GRAVEST:] if each[1].code in _ALWAYS][:_GRAVEST]
    first = [*review.gravest[:_GRAVEST], *always]
    for compared, change in first:
        yield f"- **{change.risk.told}** · {code(compared.connector.name)}: {sentence(change.phrase)}"
    if len(review.gravest) > len(first):
        yield f"- and {len(review.gravest) - len(first):,} more, below"
    rows = sum(len(each.rows) for each in review.changed)
    if rows:
        yield f"- {counted(rows, 'field')} with another value, before and after below"
    for note in review.notes:
        yield f"- {sentence(note.phrase)}"
    if risks or rows or review.notes:
        yield ""


def _what_is(review: Review) -> Iterator[str]:
    for each in review.connectors[:_NAMED]:
        groups = {name for fact in each.connector.facts for name in fact.names[:1] if fact.kind in _OF_GROUPS}
        yield f"- {code(each.connector.name)} ({each.connector.kind}): {counted(len(groups), 'group')}"
    if len(review.connectors) > _NAMED:
        yield f"- and {len(review.connectors) - _NAMED:,} more, below"
    if review.connectors:
        yield ""


_OF_GROUPS = {"role", "permission-set", "sign-in", "tile"}


def _found(findings: Findings, *, has_base: bool) -> str:
    levels = Counter(each.level for each in findings.new)
    new = "new " if has_base else ""
    told = [counted(levels[level], f"{new}{level}") for level in ("error", "warning", "note") if levels[level]]
    line = f"`saml-connectors check`: {f'**{listed(told, len(told))}**' if told else f'no {new}findings'}"
    if findings.old:
        line += f"; {len(findings.old):,} there before"
    if findings.gone:
        line += f"; {len(findings.gone):,} of the base {'is' if len(findings.gone) == 1 else 'are'} gone"
    return f"{line}."


def _blocks(review: Review) -> Iterator[Block]:
    if review.findings.new:
        title = "New findings of check" if review.has_base else "Findings of check"
        yield Block(title, tuple(map(_finding, review.findings.new)))
    told = review.changed if review.has_base else review.connectors
    whole = len(nodes_of(link for side in links_of(told) for link in side)) <= MOST_NODES
    if whole and any(each.connector.links for each in told):
        yield Block("Picture: who reaches what", ("\n".join(picture(told)),))
    for each in told:
        drawn = [] if whole or not each.connector.links else ["", "\n".join(picture([each]))]
        lines = details(each, review.now) if review.has_base else _described(each, review)
        yield Block(_block_title(each, has_base=review.has_base), (*lines, *drawn))
    same = [each for each in review.connectors if each.state == "same"]
    if review.has_base and same:
        title = f"{counted(len(same), 'connector')} as before"
        yield Block(title, tuple(f"- {code(each.connector.name)} ({each.connector.kind})" for each in same))
    if review.findings.old:
        yield Block("Findings of check that were there before", tuple(map(_finding, review.findings.old)))


def _described(compared: Compared, review: Review) -> list[str]:
    return [*description(compared.connector), *certificates(compared.connector, review.now)]


def _block_title(compared: Compared, *, has_base: bool) -> str:
    head = f"{in_html(compared.connector.name)} ({compared.connector.kind})"
    if not has_base:
        return head
    if compared.state != "changed":
        return f"{head}: {compared.state}"
    ways = Counter(change.way for change in compared.changes)
    risks = Counter(change.risk for change in compared.changes)
    told = [_times(risks)] if risks else []
    told += [counted(len(compared.rows), "field")] if compared.rows else []
    told += ["people gain"] if ways["gains"] else []
    told += ["people lose"] if ways["loses"] else []
    return f"{head}: {', '.join(told)}"


def _finding(finding: Finding) -> str:
    place = " ".join(code(part) for part in dict.fromkeys((finding.template, finding.construct, finding.path)) if part)
    return f"- **{finding.level}** {code(finding.code)} at {place}: {prose(finding.sentence)}"
