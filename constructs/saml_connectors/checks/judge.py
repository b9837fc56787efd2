"""Every rule over every template; what is suppressed, with its reason, stays listed.

Not here: reading templates (`cloudformation/`) and telling what was found (`check_report.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saml_connectors.checks.rule import Context, Finding
from saml_connectors.checks.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Sequence
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
    return sorted(found, key=lambda each: (GRAVITY[each.level], each.template, each.resource, each.path, each.code))


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
