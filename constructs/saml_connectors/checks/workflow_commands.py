"""Findings as GitHub's workflow commands, which its runner turns into annotations of a pull request.

Not here: SARIF for code scanning (`sarif.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from saml_connectors.checks.rule import Finding

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_IN_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_DATA, ":": "%3A", ",": "%2C"}


def workflow_commands(findings: Iterable[Finding]) -> Iterator[str]:
    """One command for each finding that counts, as in `::error file=a.yaml,line=3,title=code::message`."""
    for each in findings:
        given = {"file": each.file, "line": str(each.line) if each.line else "", "title": each.code}
        properties = ",".join(f"{name}={_escaped(value, _IN_PROPERTY)}" for name, value in given.items() if value)
        place = ": ".join(part for part in (each.template, each.construct, each.path) if part)
        text = f"{place}: {each.sentence}" if place else each.sentence
        yield f"::{_COMMANDS[each.level]} {properties}::{_escaped(text, _IN_DATA)}"


def _escaped(text: str, escapes: dict[str, str]) -> str:
    """*text* on one line, with what the runner would read as part of the command written as it asks for."""
    return "".join(escapes.get(one, one if one.isprintable() else "\N{REPLACEMENT CHARACTER}") for one in text)
