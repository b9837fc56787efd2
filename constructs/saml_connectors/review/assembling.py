"""A review of templates, alone or against those of a base: reading, comparing, and what `check` finds in both.

Not here: telling it (`markdown.py`, `documents.py`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from saml_connectors.checks import Finding
from saml_connectors.checks.report import check_assembly
from saml_connectors.review.changes import Compared, Findings, Review
from saml_connectors.review.comparing import compare, notes
from saml_connectors.review.held import matched
from saml_connectors.review.reading import read_connectors
from saml_connectors.review.values import shown, without_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from saml_connectors.checks.suppressions import Suppression
    from saml_connectors.cloudformation import Assembly

_LONGEST = 2_000
"""Characters of a finding's sentence."""


def review(
    new: Assembly, base: Assembly | None = None, *, now: datetime, suppressions: Sequence[Suppression] = ()
) -> Review:
    """Review *new* against *base*; without a base, what is there is described.

    Args:
        new: The templates as they are now.
        base: The templates as they were.
        now: The time, with its time zone: certificates are judged by it.
        suppressions: Findings that do not count, beside what the templates say.
    """
    found = _findings(new, now, suppressions)
    if base is None:
        reading = read_connectors(new)
        alone = tuple(Compared("same", each, None) for each in reading.connectors)
        return Review(alone, has_base=False, notes=(), findings=Findings(tuple(found)), now=now)
    called = matched(new, base)
    before, after = read_connectors(base, called), read_connectors(new)
    return Review(
        tuple(compare(before, after)),
        has_base=True,
        notes=tuple(notes(before, after)),
        findings=_apart(found, _findings(base, now, suppressions), called),
        now=now,
    )


def _findings(assembly: Assembly, now: datetime, suppressions: Sequence[Suppression]) -> list[Finding]:
    return [_without_secrets(each) for each in check_assembly(assembly, now=now, suppressions=suppressions).findings]


def _without_secrets(finding: Finding) -> Finding:
    """The finding as a page that many read may tell it: a rule repeats what was given."""
    message, fix, path = (
        shown(without_secrets(each), _LONGEST) for each in (finding.message, finding.fix, finding.path)
    )
    return replace(finding, message=message, fix=fix, path=path)


def _apart(found: list[Finding], before: list[Finding], called: dict[str, str]) -> Findings:
    """The findings that were there before, and those that were not: by code and place, whatever the values."""
    known = Counter((each.code, called.get(each.template, each.template), each.resource, each.path) for each in before)
    new, old = list[Finding](), list[Finding]()
    for each in found:
        key = (each.code, each.template, each.resource, each.path)
        known[key] -= 1
        (old if known[key] >= 0 else new).append(each)
    gone = []
    for each in reversed(before):
        key = (each.code, called.get(each.template, each.template), each.resource, each.path)
        if known[key] > 0:
            known[key] -= 1
            gone.append(each)
    return Findings(tuple(new), tuple(old), tuple(reversed(gone)))
