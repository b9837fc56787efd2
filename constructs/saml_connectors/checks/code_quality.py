"""Findings as GitLab's report of code quality, which a merge request shows beside its changes.

Not here: SARIF (`sarif.py`).
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saml_connectors.checks.rule import Finding

_SEVERITIES = {"error": "critical", "warning": "minor", "note": "info"}


def code_quality(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """The list of issues: one for each finding that counts.

    A fingerprint is the same for the same mistake at the same place, whatever the day and the line, so that GitLab can
    tell what a merge request adds.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    issues = []
    for each in findings:
        identity = (each.code, each.template, each.construct or each.resource, each.path)
        digest = sha256("\0".join((*identity, str(seen[identity]))).encode("utf-8", "backslashreplace")).hexdigest()
        seen[identity] += 1
        place = ": ".join(part for part in (each.construct, each.path) if part)
        issues.append(
            {
                "description": f"{place}: {each.sentence}" if place else each.sentence,
                "check_name": each.code,
                "fingerprint": digest,
                "severity": _SEVERITIES[each.level],
                "location": {"path": each.file.removeprefix("./") or ".", "lines": {"begin": each.line or 1}},
            }
        )
    return issues
