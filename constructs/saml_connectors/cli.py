"""The command `saml-connectors`: checks and prints, without Node, credential or network.

Not here: anything that decides; each command hands over to the layer that does.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from saml_connectors import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saml_connectors.problems import Problem


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="saml-connectors")
def main() -> None:
    """SAML sign-in between a JumpCloud-style directory and AWS, from typed connector specs."""
    for stream in (sys.stdout, sys.stderr):  # a terminal that lacks a character must not end the command
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE...", type=click.Path())
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How findings are printed.  Default: text.",
)
def validate(paths: Sequence[str], form: str) -> None:
    """Check connector specs: files, or folders of them.

    Prints every problem with file, line, field, rule, value and code; docs/problems.md explains each
    code.  Certificates are judged by today's date.

    Exits 1 where one of the problems is an error, 0 where there are only warnings or none, 2 where
    the command itself is misspelt.
    """
    from saml_connectors.spec.loading import load  # noqa: PLC0415 - `--help` and `--version` stay instant

    loaded = load(paths, now=datetime.now(UTC))
    errors = sum(problem.level == "error" for problem in loaded.problems)
    if form == "json":
        click.echo(json.dumps({"findings": [problem.to_json() for problem in loaded.problems]}, indent=2))
    else:
        for problem in loaded.problems:
            click.echo(_coloured(problem))
        click.echo(_summary(loaded.files, errors, len(loaded.problems) - errors), err=True)
    if errors:
        raise SystemExit(1)


@main.command()
@click.option("--kind", default=None, metavar="KIND", help="One kind of connector.  Default: all of them.")
def schema(kind: str | None) -> None:
    """Print the JSON Schema of connector specs.

    Editors complete specs, and check them while you write.  Rules between fields are beyond a schema: validate has all.
    """
    from saml_connectors.spec.json_schema import json_schema  # noqa: PLC0415 - as above
    from saml_connectors.spec.loading import KINDS  # noqa: PLC0415 - as above

    if kind is not None and kind not in KINDS:
        raise click.BadParameter(f"must be one of {', '.join(KINDS)}, got {kind!r}", param_hint="--kind")
    document: dict[str, Any] = json_schema(kind)
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def _coloured(problem: Problem) -> str:
    """The problem for a terminal; click drops the colours where there is none."""
    from saml_connectors.spec.findings import visible  # noqa: PLC0415 - as above

    text = visible(str(problem))
    colour = {"error": "red", "warning": "yellow", "note": "blue"}[problem.level]
    head, _, code = text.rpartition(" [")
    return f"{head} {click.style(f'[{code}', fg=colour)}"


def _summary(files: int, errors: int, warnings: int) -> str:
    def count(number: int, noun: str) -> str:
        return f"{number:,} {noun}{'' if number == 1 else 's'}"

    if not errors and not warnings:
        return f"{count(files, 'spec')}: no problems"
    return f"{count(files, 'spec')}: {count(errors, 'error')}, {count(warnings, 'warning')}"
