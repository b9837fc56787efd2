"""What somebody has decided not to count, and why: entries, what they apply to, and those that apply to nothing.

Not here: the file that `--suppressions` names (`suppression_file.py`), and what is found (`judge.py`).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from saml_connectors.checks.rule import Finding
from saml_connectors.problems import Problem

if TYPE_CHECKING:
    from datetime import datetime

    from saml_connectors.cloudformation import Resource, Template

METADATA_KEY, METADATA_LIST = "saml-connectors", "suppress"
"""Where a resource's `Metadata` holds suppressions: `saml-connectors: {suppress: [{code, reason}]}`."""

ACKNOWLEDGED_AS = "saml-connectors::"
"""What the ids of the CDK's acknowledgements begin with: the name of the validation plugin."""

PROBLEMS_PAGE = "docs/problems.md"
"""Where the codes are explained that are no rules."""

_EVERYWHERE = frozenset({"code", "reason", "until"})
_IN_FILE = frozenset({"template", "resource"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One rule that does not count at one place, or at several."""

    code: str
    reason: str
    until: date | None = None
    """The last day on which it counts.  Default: it has no end."""

    template: str | None = None
    """Name of the stack, or the template's file.  Default: all."""

    resource: str | None = None
    """Logical id, or the path of a construct: then it counts for all below it.  Default: all."""

    file: str
    """The file that says so."""

    line: int | None = None
    """The line, where it is known."""

    at: Resource | None = None
    """The resource in whose template it stands.  Default: it stands in a file of its own."""

    acknowledged: bool = False
    """Whether it is an acknowledgement of the CDK's."""

    def covers(self, finding: Finding) -> bool:
        """Whether *finding*, which is of its rule, is at the place that it names."""
        if self.template not in {None, finding.template, finding.file}:
            return False
        return self.resource is None or _is_below(finding, self.resource)

    @property
    def note_group(self) -> tuple[object, ...]:
        """Equal for those of which one must apply: several resources that one construct made are marked alike."""
        if self.at is None:
            return (id(self),)
        return (self.at.template.name, self.code, self.reason, self.until)


def _is_below(finding: Finding, place: str) -> bool:
    return place in {finding.resource, finding.construct} or finding.construct.startswith(f"{place}/")


def entry(data: Any, codes: frozenset[str], *, in_file: bool) -> Suppression | list[Problem]:
    """One entry of a list of suppressions, or all that is wrong with it.

    Args:
        data: The entry, as it stands in YAML or JSON.
        codes: The rules that there are.
        in_file: Whether it stands in a file of its own, and so may name its place.
    """
    if not isinstance(data, Mapping):
        rule = "must be a mapping with code and reason"
        return [Problem(code="suppression-form", rule=rule, given=_shown(data))]
    problems = list(_wrong_fields(data, codes, _EVERYWHERE | _IN_FILE if in_file else _EVERYWHERE))
    if problems:
        return problems
    until = data.get("until")
    return Suppression(
        code=data["code"],
        reason=data["reason"].strip(),
        until=None if until is None else date.fromisoformat(until),
        template=data.get("template"),
        resource=data.get("resource"),
        file="",
    )


def _wrong_fields(data: Mapping[Any, Any], codes: frozenset[str], allowed: frozenset[str]) -> Iterator[Problem]:
    for name in data:
        if name not in allowed:
            rule = f"is not a field here: there are {', '.join(sorted(allowed))}"
            yield Problem(code="suppression-form", field=str(name)[:80], rule=rule)
    code, reason, until = data.get("code"), data.get("reason"), data.get("until")
    if not isinstance(code, str) or code not in codes:
        close = difflib.get_close_matches(code, codes, 1) if isinstance(code, str) else []
        fix = f"did you mean {close[0]}?" if close else "docs/rules.md has them all"
        rule = "must be the code of a rule"
        yield Problem(code="suppression-code-unknown", field="code", rule=rule, given=_shown(code), fix=fix)
    if not isinstance(reason, str) or not reason.strip():
        rule = "must say why it does not count: a finding is not suppressed without a reason"
        yield Problem(code="suppression-no-reason", field="reason", rule=rule)
    if until is not None and not _is_date(until):
        rule = "must be a day, as in 2027-03-31"
        yield Problem(code="suppression-until", field="until", rule=rule, given=_shown(until))
    for name in sorted(allowed & _IN_FILE):
        if name in data and not isinstance(data[name], str):
            yield Problem(code="suppression-form", field=name, rule="must be text", given=_shown(data[name]))


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    return repr(value[:80]) if isinstance(value, str) else type(value).__name__


def declared(template: Template, codes: frozenset[str]) -> tuple[list[Suppression], list[Finding]]:
    """The suppressions that stand in the resources' sections `Metadata`, and what is wrong with them."""
    found: list[Suppression] = []
    wrong: list[Finding] = []
    for resource in template.resources.values():
        section = resource.metadata.get(METADATA_KEY)
        if not isinstance(section, Mapping) or METADATA_LIST not in section:
            continue
        entries = section[METADATA_LIST]
        for index, data in enumerate(entries if isinstance(entries, list) else [entries]):
            read = entry(data, codes, in_file=False)
            if isinstance(read, Suppression):
                line = template.line_of(resource.logical_id)
                place = replace(read, template=template.name, resource=resource.logical_id, at=resource)
                found.append(replace(place, file=template.file, line=line))
                continue
            where = f"Metadata.{METADATA_KEY}.{METADATA_LIST}[{index}]"
            wrong += [of_problem(each, resource=resource, path=where) for each in read]
    return found, wrong


def acknowledgements(template: Template, codes: frozenset[str]) -> list[Suppression]:
    """What the CDK's acknowledgements of a stack say, for the construct at which they were made and all below it."""
    return [
        Suppression(code=code, reason=reason, resource=path, file=template.file, acknowledged=True)
        for path, rule, reason in template.acknowledgements
        if rule.startswith(ACKNOWLEDGED_AS) and (code := rule.removeprefix(ACKNOWLEDGED_AS)) in codes
    ]


def apply(
    findings: Iterable[Finding], suppressions: Sequence[Suppression], now: datetime
) -> tuple[list[Finding], list[Finding]]:
    """The findings, those that do not count with their reason; and notes on suppressions that do nothing."""
    today = now.date()
    in_force: dict[str, list[Suppression]] = {}
    for each in suppressions:
        if each.until is None or today <= each.until:
            in_force.setdefault(each.code, []).append(each)
    used: set[tuple[object, ...]] = set()
    told: list[Finding] = []
    for finding in findings:
        first = next((each for each in in_force.get(finding.code, ()) if each.covers(finding)), None)
        if first is None:
            told.append(finding)
            continue
        used |= {each.note_group for each in in_force[finding.code] if each.covers(finding)}
        told.append(replace(finding, suppressed=first.reason, suppressed_in=first.file))
    return told, list(_idle(suppressions, used, today))


def _idle(suppressions: Sequence[Suppression], used: set[tuple[object, ...]], today: date) -> Iterator[Finding]:
    seen = set(used)
    for each in suppressions:
        if each.note_group in seen or each.acknowledged:
            continue  # whether an acknowledgement is needed, the CDK has to say
        seen.add(each.note_group)
        if each.until is not None and each.until < today:
            rule = f"counts no more: {each.code} was suppressed until {each.until.isoformat()}"
            problem = Problem(
                code="suppression-expired", level="note", rule=rule, fix="mend what it hides, or renew it"
            )
        else:
            rule = f"suppresses nothing: {each.code} is not found there"
            problem = Problem(code="suppression-unused", level="note", rule=rule, fix="remove it")
        if each.at is not None:
            yield of_problem(problem, resource=each.at, path=f"Metadata.{METADATA_KEY}")
        else:
            yield of_problem(problem.at(file=each.file, line=each.line))


def of_problem(problem: Problem, *, resource: Resource | None = None, path: str = "") -> Finding:
    """A problem as a finding: what could not be read, or makes no sense, is told beside what the rules find."""
    given = f", got {problem.given}" if problem.given is not None else ""
    template = resource.template if resource else None
    return Finding(
        code=problem.code,
        level=problem.level,
        template=template.name if template else problem.file or "",
        file=template.file if template else problem.file or "",
        line=template.line_of(resource.logical_id) if template and resource else problem.line,
        resource=resource.logical_id if resource else "",
        construct=resource.path if resource else "",
        path=".".join(part for part in (path, problem.field) if part),
        message=f"{problem.rule}{given}",
        fix=problem.fix or "",
        source=PROBLEMS_PAGE,
    )
