"""That `saml-connectors check` finds nothing, as one line of a test.

Not here: finding anything (`checks/`), and templates (`synthesis.py`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from saml_connectors.checks.report import Report, check_assembly
from saml_connectors.checks.rules import RULES
from saml_connectors.checks.suppression_file import read as read_suppressions
from saml_connectors.checks.suppressions import Suppression, entry, of_problem
from saml_connectors.cloudformation import Assembly, Template, read
from saml_connectors.problems import Problem, SpecError
from saml_connectors.testing.synthesis import ConnectorTemplate, Synth, Synthesized

if TYPE_CHECKING:
    from saml_connectors.testing.synthesis import Source

    Checkable = Synthesized | ConnectorTemplate | Assembly | Source
    """What can be checked; a path is that of a cloud assembly or a template, as `saml-connectors check` takes it."""


class CheckConnectors:
    """Fails the test where a finding counts.

    Args:
        synth: What synthesizes constructs and specs.
        folder: What paths are relative to.
    """

    def __init__(self, synth: Synth, folder: Path) -> None:
        self._synth = synth
        self._folder = folder

    def __call__(
        self,
        *what: Checkable,
        strict: bool = False,
        suppressions: str | Path | None = None,
        suppress: Mapping[str, str] | None = None,
        now: datetime | None = None,
    ) -> Report:
        """Check, and fail on errors; what was found is given back for closer looks.

        Args:
            what: What is checked, all of it together.
            strict: Fail on warnings too.
            suppressions: A file of findings that do not count.
            suppress: Reasons by the code of the rule that does not count anywhere in it.
            now: The time that certificates are judged by.  Default: the clock's.
        """
        import pytest  # noqa: PLC0415 - a test has it

        __tracebackhide__ = True
        known, problems = self._suppressions(suppressions, suppress or {})
        report = check_assembly(self._assembly(what), now=now or datetime.now(UTC), suppressions=known)
        if problems:
            report = Report((*map(of_problem, problems), *report.told), report.templates, report.federated)
        if report.fails(strict=strict):
            pytest.fail(_told(report), pytrace=False)
        return report

    def _path(self, given: str | os.PathLike[str]) -> str:
        """A path as findings tell it: from where pytest runs, where it is below that."""
        path = (self._folder / given).absolute()
        here = Path.cwd()
        return str(path.relative_to(here) if path.is_relative_to(here) else path)

    def _assembly(self, what: tuple[Checkable, ...]) -> Assembly:
        if not what:
            raise TypeError("check_connectors must be given something to check")
        templates: list[Template] = []
        for each in what:
            if isinstance(each, ConnectorTemplate):
                templates += each.synthesized.assembly.templates
            elif isinstance(each, Synthesized):
                templates += each.assembly.templates
            elif isinstance(each, Assembly):
                templates += each.templates
            elif isinstance(each, str | os.PathLike):
                templates += read([self._path(each)]).templates
            else:
                templates += self._synth(each).assembly.templates
        return Assembly(tuple(templates))

    def _suppressions(
        self, file: str | Path | None, suppress: Mapping[str, str]
    ) -> tuple[list[Suppression], list[Problem]]:
        codes = frozenset(rule.code for rule in RULES)
        known, problems = read_suppressions(self._path(file), codes) if file is not None else ([], [])
        for code, reason in suppress.items():
            made = entry({"code": code, "reason": reason}, codes, in_file=True)
            if not isinstance(made, Suppression):
                raise SpecError(made, f"the suppression of {code}")
            known.append(made)
        return known, problems


def _told(report: Report) -> str:
    lines = [f"saml-connectors check: {report.summary()}", *(f"  {each}" for each in report.findings)]
    lines.append("docs/rules.md explains each code; a finding that is right as it is, is suppressed with a reason")
    return "\n".join(lines)
