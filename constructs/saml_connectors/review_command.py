"""The command `saml-connectors review`: what it takes, which form it writes, how it ends.

Not here: reading templates (`cloudformation/`), and everything that is told of them (`review/`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from saml_connectors import __version__
from saml_connectors.check_command import time_to_judge_by
from saml_connectors.problems import Problem, SpecError
from saml_connectors.terminal import coloured

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from saml_connectors.checks.suppressions import Suppression
    from saml_connectors.review import Review


@click.command()
@click.argument("new", metavar="NEW", type=click.Path())
@click.option("--base", metavar="OLD", type=click.Path(), help="What it is compared with.  Default: nothing.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "json", "sarif"]),
    default="markdown",
    help="What is written.  Default: markdown.",
)
@click.option("--suppressions", metavar="FILE", type=click.Path(), help="As for check: what does not count.")
@click.option("--now", metavar="DATE", help="The day or the time to judge by, as in 2027-03-31.  Default: now.")
@click.option("--output", metavar="FILE", type=click.Path(), help="Where it is written.  Default: standard output.")
def review(
    new: str, base: str | None, form: str, suppressions: str | None, *, now: str | None, output: str | None
) -> None:
    """Tell what a change means for people who sign in.

    NEW and OLD are cdk.out folders or CloudFormation templates.  Without OLD, what is there is described.
    The same input gives the same bytes for the same --now.

    Exits 0 whenever a review was written, whatever it says: check is what fails.  Exits 1 where
    something cannot be read or written, 2 where the arguments are wrong.
    """
    time = time_to_judge_by(now)
    try:
        text = _written(_reviewed(new, base, suppressions, time), form)
        _write(text, output)
    except SpecError as error:
        for problem in error.problems:
            click.echo(coloured(problem), err=True)
        raise SystemExit(1) from None


def _reviewed(new: str, base: str | None, suppressions: str | None, now: datetime) -> Review:
    from saml_connectors.cloudformation import read  # noqa: PLC0415 - `--help` stays instant
    from saml_connectors.review import review as compare  # noqa: PLC0415 - likewise

    problems: list[Problem] = []
    assemblies = []
    for path in filter(None, (new, base)):
        try:
            assemblies.append(read([path]))
        except SpecError as error:
            problems += error.problems
    given = _suppressions(suppressions, problems)
    if problems:
        raise SpecError(problems, "the templates")
    return compare(assemblies[0], assemblies[1] if base else None, now=now, suppressions=given)


def _suppressions(file: str | None, problems: list[Problem]) -> Sequence[Suppression]:
    """The entries of a file of suppressions; what is wrong with it goes to *problems*."""
    if file is None:
        return ()
    from saml_connectors.checks.rules import RULES  # noqa: PLC0415 - few need it
    from saml_connectors.checks.suppression_file import read  # noqa: PLC0415 - likewise

    found, wrong = read(file, frozenset(rule.code for rule in RULES))
    problems += [problem for problem in wrong if problem.level == "error"]
    return found


def _written(found: Review, form: str) -> str:
    from saml_connectors import review as telling  # noqa: PLC0415 - as above

    if form == "markdown":
        return telling.markdown(found)
    document = telling.as_json(found) if form == "json" else telling.as_sarif(found, __version__)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _write(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        Path(output).write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        rule = "must be a file that can be written"
        problem = Problem(code="review-output", rule=rule, given=error.strerror, file=output)
        raise SpecError([problem], output) from None
