"""Findings as SARIF 2.1.0, which code scanning and editors read: rules with their help, places, fingerprints.

Not here: JSON and text (`report.py`).
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from saml_connectors.checks.rules import GROUPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saml_connectors.checks.rule import Finding, Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "samlConnectorsFinding/v1"
"""Name of the fingerprint: the same for the same mistake at the same place, whatever the day and the line."""


def sarif(
    findings: Sequence[Finding], *, version: str, groups: Sequence[tuple[str, Sequence[Rule]]] = GROUPS
) -> dict[str, Any]:
    """A SARIF log with one run.

    Args:
        findings: What was found, suppressed findings too: they are marked as such.
        version: Version of this package.
        groups: The rules, under the names of their groups.  Default: all.
    """
    rules = [_rule(rule, group) for group, members in groups for rule in members]
    known = {rule["id"] for rule in rules}
    others = {each.code: each for each in findings if each.code not in known}
    rules += [_other(others[code]) for code in sorted(others)]
    places = {rule["id"]: index for index, rule in enumerate(rules)}
    seen: Counter[tuple[str, ...]] = Counter()
    results = []
    for each in findings:
        identity = (each.code, each.template, each.construct or each.resource, each.path)
        results.append(_result(each, places[each.code], _digest(*identity, str(seen[identity]))))
        seen[identity] += 1
    driver = {"name": "saml-connectors", "version": version, "semanticVersion": version, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule, group: str) -> dict[str, Any]:
    described = {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.code.split("-")),
        "shortDescription": {"text": rule.what},
        "fullDescription": {"text": f"{rule.what} {rule.why}"},
        "help": {
            "text": f"{rule.why}\n\n{_sentence(rule.fix)}\n\nSource: {rule.source}",
            "markdown": f"{rule.why}\n\n**Fix:** {_sentence(rule.fix)}\n\n**Source:** {rule.source}",
        },
        "defaultConfiguration": {"level": rule.level},
        "properties": {"tags": ["saml", group]},
    }
    if rule.source.startswith("https://") and " " not in rule.source:
        described["helpUri"] = rule.source
    return described


def _other(finding: Finding) -> dict[str, Any]:
    """What is no rule: a template that cannot be read, a suppression that does nothing."""
    text = f"The page {finding.source} explains {finding.code}."
    return {
        "id": finding.code,
        "name": "".join(part.capitalize() for part in finding.code.split("-")),
        "shortDescription": {"text": text},
        "help": {"text": text},
        "defaultConfiguration": {"level": finding.level},
    }


def _result(finding: Finding, rule: int, fingerprint: str) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if finding.file:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": _uri(finding.file)},
            # Code scanning takes no result without a line; what is about a file as a whole is shown at its first.
            "region": {"startLine": finding.line or 1},
        }
    if finding.resource:
        name = "/".join(dict.fromkeys((finding.template, finding.resource)))
        logical = {"name": finding.resource, "fullyQualifiedName": name, "kind": "resource"}
        if finding.construct != finding.resource:
            logical["decoratedName"] = finding.construct
        location["logicalLocations"] = [logical]
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.level,
        "message": {"text": finding.sentence},
        "partialFingerprints": {FINGERPRINT: fingerprint},
        "properties": {"template": finding.template, "path": finding.path, "fix": finding.fix},
    }
    if location:
        result["locations"] = [location]
    if finding.suppressed is not None:
        kind = "inSource" if finding.suppressed_in == finding.file else "external"
        result["suppressions"] = [{"kind": kind, "status": "accepted", "justification": finding.suppressed}]
    return result


def _uri(file: str) -> str:
    """The file as a URI: relative as it was named, so that it fits the repository it is run in."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()


def _sentence(text: str) -> str:
    """*text* with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"
