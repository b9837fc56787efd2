"""A review for programs: JSON with everything in it, and SARIF with findings and changes.

Not here: the page for people (`markdown.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from saml_connectors.checks import Finding
from saml_connectors.checks.sarif import sarif
from saml_connectors.review.describing import told_fields
from saml_connectors.review.fact_kinds import KINDS
from saml_connectors.review.phrase import phrase
from saml_connectors.review.risk import Risk
from saml_connectors.review.values import shown

if TYPE_CHECKING:
    from saml_connectors.review.changes import Change, Compared, Review, Row
    from saml_connectors.review.model import Connector, Part
    from saml_connectors.review.phrase import Name, Phrase

VERSION = 1
"""Of the JSON's form; a key may be added without another one."""

SOURCE = "docs/review.md"
_WHOLE = 4_000
"""Characters of a value: more than any that matters to a person."""


def as_json(review: Review) -> dict[str, Any]:
    """All that the page tells, and what it leaves out."""
    risks = Counter(change.risk for _, change in review.gravest)
    states = Counter(each.state for each in review.connectors)
    return {
        "version": VERSION,
        "has_base": review.has_base,
        "summary": {
            "connectors": len(review.connectors),
            **{state: states[state] for state in ("changed", "added", "removed", "same")},
            "risks": {risk.name.lower(): risks[risk] for risk in Risk},
            "findings": len(review.findings.new),
        },
        "connectors": [_connector(each) for each in review.connectors],
        "notes": [_change(each) for each in review.notes],
        "findings": {
            "new": [each.to_json() for each in review.findings.new],
            "old": [each.to_json() for each in review.findings.old],
            "gone": [each.to_json() for each in review.findings.gone],
        },
    }


def as_sarif(review: Review, version: str) -> dict[str, Any]:
    """The new findings, and every change as a note, for code scanning.

    Args:
        review: The review.
        version: Version of this package.
    """
    told = [*review.findings.new, *_notes(review)]
    return sarif(told, version=version)


def _connector(compared: Compared) -> dict[str, Any]:
    connector = compared.connector
    return {
        "name": shown(connector.name, _WHOLE),
        "kind": connector.kind,
        "state": compared.state,
        "templates": list(connector.templates),
        "directories": [shown(each, _WHOLE) for each in connector.directories],
        "changes": [_change(each) for each in compared.changes],
        "fields": [_row(each) for each in compared.rows],
        "facts": _facts(connector),
        "parts": [_part(each) for each in connector.parts],
        "certificates": [
            {"sha256": each.fingerprint, "subject": each.subject, "ends": each.ends.isoformat()}
            for each in connector.certificates
        ],
    }


def _facts(connector: Connector) -> list[dict[str, Any]]:
    return [
        {
            "kind": fact.kind,
            **{name: shown(given, _WHOLE) for name, given in zip(KINDS[fact.kind].names, fact.names, strict=True)},
        }
        for fact in sorted(connector.facts)
    ]


def _part(part: Part) -> dict[str, Any]:
    return {
        "what": part.what,
        "name": shown(part.name, _WHOLE),
        "type": part.type,
        "template": part.place.template,
        "resource": part.place.logical_id,
        "fields": {
            shown(name, _WHOLE): [shown(each, _WHOLE) for each in given] for name, given in told_fields(part).items()
        },
    }


def _change(change: Change) -> dict[str, Any]:
    file, template, line, construct = change.part.location if change.part else ("", "", None, "")
    return {
        "risk": change.risk.name.lower(),
        "code": change.code,
        "way": change.way,
        "message": _plain(change.phrase),
        "names": {name: _name(given) for name, given in change.phrase.names},
        "template": template,
        "resource": change.part.place.logical_id if change.part else "",
        "construct": construct,
        "file": file,
        "line": line,
    }


def _plain(told: Phrase) -> str:
    return phrase(told.words, **{name: _name(given) for name, given in told.names}).plain()


def _name(given: Name) -> Any:
    return shown(given, _WHOLE) if isinstance(given, str) else tuple(shown(each, _WHOLE) for each in given)


def _row(row: Row) -> dict[str, Any]:
    return {
        "what": row.part.what,
        "name": shown(row.part.name, _WHOLE),
        "field": shown(row.field, _WHOLE),
        "before": None if row.before is None else shown(row.before, _WHOLE),
        "after": None if row.after is None else shown(row.after, _WHOLE),
        "template": row.part.place.template,
        "resource": row.part.place.logical_id,
    }


def _notes(review: Review) -> Iterator[Finding]:
    """Changes, and fields of which no change tells, as findings of the lowest level."""
    for compared, change in review.gravest:
        if change.part is not None:
            message = f"{change.risk.told}: {_plain(change.phrase)} (connector '{shown(compared.connector.name)}')"
            yield _note(change.part, f"review-{change.code}", message)
    for compared in review.connectors:
        for row in compared.rows:
            before, after = ("nothing" if each is None else f"'{shown(each)}'" for each in (row.before, row.after))
            message = f"{row.part.what} '{shown(row.part.name)}', field '{shown(row.field)}': {before} becomes {after}"
            yield _note(row.part, "review-field-changed", message, row.field)


def _note(part: Part, code: str, message: str, path: str = "") -> Finding:
    file, template, line, construct = part.location
    return Finding(
        code=code,
        level="note",
        template=template,
        file=file,
        line=line,
        resource=part.place.logical_id,
        construct=construct,
        path=shown(path),
        message=message,
        fix="",
        source=SOURCE,
    )
