"""Every rule over every template.

Not here: reading templates (`cloudformation/`), what does not count (`suppressions.py`) and telling what was found
(`report.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saml_connectors.checks.rule import Context, Finding
from saml_connectors.checks.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from saml_connectors.checks.rule import Hit, Rule
    from saml_connectors.cloudformation import Assembly, Template

GRAVITY = {"error": 0, "warning": 1, "note": 2}


def judge(assembly: Assembly, *, now: datetime, rules: Sequence[Rule] = RULES) -> list[Finding]:
    """What is wrong in *assembly*: the gravest first, then in the order of the templates.

    Args:
        assembly: The templates.
        now: The time, with its time zone: certificates are judged by it.
        rules: Which rules.  Default: all of them.
    """
    context = Context(assembly, now)
    found = [
        _finding(rule, hit, template)
        for template in assembly.templates
        for rule in rules
        for hit in rule.find(template, context)
    ]
    return in_order(found)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The gravest first, then by template, resource and place; the same for the same findings, however they come."""
    return sorted(
        findings,
        key=lambda each: (
            GRAVITY[each.level],
            each.template,
            each.file,
            each.resource,
            each.path,
            each.code,
            each.line or 0,
            each.message,
        ),
    )


def _finding(rule: Rule, hit: Hit, template: Template) -> Finding:
    return Finding(
        code=rule.code,
        level=rule.level,
        template=template.name,
        file=template.file,
        line=template.line_of(hit.resource.logical_id),
        resource=hit.resource.logical_id,
        construct=hit.resource.path,
        path=hit.path,
        message=hit.message,
        fix=hit.fix or rule.fix,
        source=rule.source,
    )
