"""The command `saml-connectors check`: what it takes, which form it prints, how it ends.

Not here: reading templates (`cloudformation/`), and everything that is found in them (`checks/`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from saml_connectors import __version__
from saml_connectors.terminal import coloured

if TYPE_CHECKING:
    from saml_connectors.checks.report import Report


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path())
@click.option("--strict", is_flag=True, help="Exit 1 on warnings too.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github", "gitlab"]),
    default="text",
    help="How findings are printed; github is workflow commands, gitlab a code quality report.  Default: text.",
)
@click.option("--suppressions", metavar="FILE", type=click.Path(), help="What does not count, each with its reason.")
@click.option("--now", metavar="DATE", help="The day or the time to judge by, as in 2027-03-31.  Default: now.")
def check(paths: Sequence[str], form: str, suppressions: str | None, now: str | None, *, strict: bool) -> None:
    """Check synthesized templates for mistakes of SAML sign-in.

    Reads cdk.out folders and CloudFormation templates, JSON or YAML, whoever made them.  docs/rules.md
    has every rule, docs/check.md says how to suppress a finding.

    Exits 1 where one of the findings is an error, 0 where there are only warnings and notes, or none,
    2 where the arguments are wrong.
    """
    from saml_connectors.checks.report import check as judge  # noqa: PLC0415 - `--help` stays instant

    report = judge(paths, now=time_to_judge_by(now), suppressions=suppressions)
    for line in _lines(report, form):
        click.echo(line)
    if form in {"text", "github"}:
        click.echo(report.summary(), err=True)
    if report.fails(strict=strict):
        raise SystemExit(1)


def _lines(report: Report, form: str) -> Iterator[str]:
    if form == "json":
        yield json.dumps(report.to_json(), indent=2)
    elif form == "sarif":
        from saml_connectors.checks.sarif import sarif  # noqa: PLC0415 - as above

        yield json.dumps(sarif(report.told, version=__version__), indent=2)
    elif form == "gitlab":
        from saml_connectors.checks.code_quality import code_quality  # noqa: PLC0415 - as above

        yield json.dumps(code_quality(report.findings), indent=2)
    elif form == "github":
        from saml_connectors.checks.workflow_commands import workflow_commands  # noqa: PLC0415 - as above

        yield from workflow_commands(report.findings)
    else:
        yield from map(coloured, [*report.findings, *report.suppressed])


def time_to_judge_by(given: str | None) -> datetime:
    """The day or time that a person gave, in UTC unless it says otherwise; else the clock's."""
    if given is None:
        return datetime.now(UTC)
    try:
        time = datetime.fromisoformat(given)
    except ValueError:
        raise click.BadParameter("must be a day or a time, as in 2027-03-31", param_hint="--now") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
