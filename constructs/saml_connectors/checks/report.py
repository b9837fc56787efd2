"""What `check` found in some templates, counted and told: lines for a terminal, and JSON.

Not here: SARIF (`sarif.py`), workflow commands (`workflow_commands.py`), and finding anything (`judge.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from saml_connectors.checks.federation import has_federation
from saml_connectors.checks.judge import in_order, judge
from saml_connectors.checks.rules import RULES
from saml_connectors.checks.suppressions import acknowledgements, apply, declared, of_problem
from saml_connectors.cloudformation import Assembly, read
from saml_connectors.problems import SpecError

if TYPE_CHECKING:
    from datetime import datetime

    from saml_connectors.checks.rule import Finding, Rule
    from saml_connectors.checks.suppressions import Suppression


@dataclass(frozen=True)
class Report:
    """What was found; what is suppressed is told apart and never counted."""

    told: tuple[Finding, ...]
    """All findings, in the order in which they are told."""

    templates: int = 0
    """How many templates were judged."""

    federated: bool = False
    """Whether one of them has anything to do with SAML."""

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What counts."""
        return tuple(each for each in self.told if each.suppressed is None)

    @cached_property
    def suppressed(self) -> tuple[Finding, ...]:
        """What does not, each with its reason."""
        return tuple(each for each in self.told if each.suppressed is not None)

    def fails(self, *, strict: bool = False) -> bool:
        """Whether an error counts; where *strict*, a warning too."""
        return bool({each.level for each in self.findings} & ({"error", "warning"} if strict else {"error"}))

    def to_json(self) -> dict[str, Any]:
        """For programs: `findings`, and `suppressed` beside them where there are any."""
        document = {"findings": [each.to_json() for each in self.findings]}
        if self.suppressed:
            document["suppressed"] = [each.to_json() for each in self.suppressed]
        return document

    def summary(self) -> str:
        """One line: how many templates, and how many findings of each level."""
        head = _count(self.templates, "template")
        if not self.told:
            return (
                f"{head}: no findings" if self.federated else f"{head}: no SAML in {_them(self.templates)}, no findings"
            )
        levels = Counter(each.level for each in self.findings)
        counted = [_count(levels["error"], "error"), _count(levels["warning"], "warning")]
        counted += [_count(levels["note"], "note")] if levels["note"] else []
        counted += [f"{len(self.suppressed):,} suppressed"] if self.suppressed else []
        return f"{head}: {', '.join(counted)}"


def check(
    paths: Sequence[str],
    *,
    now: datetime,
    suppressions: str | None = None,
    rules: Sequence[Rule] = RULES,
) -> Report:
    """Judge cloud assemblies and templates; what cannot be read is a finding like any other.

    Args:
        paths: Folders that `cdk synth` wrote, and files of templates.
        now: The time, with its time zone: certificates and suppressions are judged by it.
        suppressions: A file of suppressions.  Default: those in the templates alone.
        rules: Which rules.  Default: all of them.
    """
    given: list[Suppression] = []
    wrong: list[Finding] = []
    if suppressions is not None:
        from saml_connectors.checks.suppression_file import read as read_file  # noqa: PLC0415 - few need it

        given, problems = read_file(suppressions, frozenset(rule.code for rule in rules))
        wrong = [of_problem(each) for each in problems]
    try:
        assembly = read(paths)
    except SpecError as error:
        return Report(tuple(in_order([*wrong, *(of_problem(each) for each in error.problems)])))
    report = check_assembly(assembly, now=now, suppressions=given, rules=rules)
    return Report(tuple(in_order([*wrong, *report.told])), report.templates, report.federated)


def check_assembly(
    assembly: Assembly,
    *,
    now: datetime,
    suppressions: Sequence[Suppression] = (),
    acknowledged: bool = True,
    rules: Sequence[Rule] = RULES,
) -> Report:
    """Judge templates that have been read.

    Args:
        assembly: The templates.
        now: The time, with its time zone.
        suppressions: What does not count, beside what the templates say.
        acknowledged: Whether the CDK's acknowledgements count.
        rules: Which rules.  Default: all of them.
    """
    codes = frozenset(rule.code for rule in rules)
    known = list(suppressions)
    wrong: list[Finding] = []
    for template in assembly.templates:
        more, problems = declared(template, codes)
        known += more
        wrong += problems
        known += acknowledgements(template, codes) if acknowledged else ()
    told, notes = apply(judge(assembly, now=now, rules=rules), known, now)
    federated = any(map(has_federation, assembly.templates))
    return Report(tuple(in_order([*wrong, *told, *notes])), len(assembly.templates), federated)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _them(number: int) -> str:
    return "it" if number == 1 else "them"
