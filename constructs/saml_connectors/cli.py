"""The command `saml-connectors`: checks and prints, without Node.  Few commands use the network.

Not here: anything that decides; each command hands over to the layer that does.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from saml_connectors import __version__
from saml_connectors.adopt_command import adopt
from saml_connectors.check_command import check as check_templates
from saml_connectors.comment_command import comment
from saml_connectors.operating_commands import doctor, drift
from saml_connectors.review_command import review
from saml_connectors.terminal import coloured

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from saml_connectors.problems import Problem
    from saml_connectors.provisioning.command import World
    from saml_connectors.provisioning.report import Report

_LATER = "; rules between fields of a wrong type and others are judged once these are mended"

Command = TypeVar("Command", bound="Callable[..., Any]")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="saml-connectors")
def main() -> None:
    """SAML sign-in between a JumpCloud-style directory and AWS, from typed connector specs."""
    for stream in (sys.stdout, sys.stderr):  # a terminal that lacks a character must not end the command
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


main.add_command(check_templates)
main.add_command(review)
main.add_command(comment)
main.add_command(adopt)
main.add_command(drift)
main.add_command(doctor)


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
    the arguments are wrong.
    """
    from saml_connectors.spec.loading import load  # noqa: PLC0415 - `--help` and `--version` stay instant

    loaded = load(paths, now=datetime.now(UTC))
    errors = sum(problem.level == "error" for problem in loaded.problems)
    if form == "json":
        click.echo(json.dumps({"findings": [problem.to_json() for problem in loaded.problems]}, indent=2))
    else:
        for problem in loaded.problems:
            click.echo(coloured(problem))
        summary = _summary(loaded.files, errors, len(loaded.problems) - errors)
        click.echo(f"{summary}{_LATER if _waits(loaded.problems) else ''}", err=True)
    if errors:
        raise SystemExit(1)


@main.command()
@click.option("--kind", default=None, metavar="KIND", help="One kind of connector.  Default: all of them.")
def schema(kind: str | None) -> None:
    """Print the JSON Schema of connector specs.

    Editors complete specs, and check them while you write.  Rules between fields are beyond a schema: validate has all.

    Exits 0, or 2 where the arguments are wrong.
    """
    from saml_connectors.spec.json_schema import json_schema  # noqa: PLC0415 - as above
    from saml_connectors.spec.loading import KINDS  # noqa: PLC0415 - as above

    if kind is not None and kind not in KINDS:
        raise click.BadParameter(f"must be one of {', '.join(KINDS)}, got {kind!r}", param_hint="--kind")
    document: dict[str, Any] = json_schema(kind)
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


@main.command()
@click.argument("stack", metavar="STACK")
@click.option(
    "--outputs", metavar="FILE", type=click.Path(), help="What cdk deploy --outputs-file wrote; then offline."
)
@click.option("--region", metavar="REGION", help="AWS region of the stack.  Default: the environment's.")
@click.pass_context
def metadata(context: click.Context, stack: str, outputs: str | None, region: str | None) -> None:
    """Print the IdP metadata of a deployed connector.

    It is what the Identity Center console asks for; `> idp.xml` makes a file to upload.  It is made of the outputs
    SsoUrl, IdpEntityId and Certificate of stack STACK, which stacks of kind identity-center have.

    Exits 1, and prints no XML, where the stack lacks one of them, 2 where the arguments are wrong.
    """
    from saml_connectors.provisioning.command import run_metadata  # noqa: PLC0415 - as above
    from saml_connectors.provisioning.trouble import Trouble  # noqa: PLC0415 - as above

    try:
        document, concerns = run_metadata(stack, outputs, region, _world(context))
    except Trouble as trouble:
        click.echo(coloured(trouble.problem), err=True)
        raise SystemExit(1) from None
    for problem in concerns:
        click.echo(coloured(problem), err=True)
    click.echo(document)


@main.group()
def scim() -> None:
    """Look at automatic provisioning (SCIM) from both sides.

    Reads only.  For connectors of kind identity-center; docs/scim.md has the whole way.
    """


def _scim_options(*, application: bool) -> Callable[[Command], Command]:
    """Argument and options that the commands under `scim` share."""
    options = [click.argument("spec", metavar="SPEC", type=click.Path())]
    if application:
        options += [
            click.option("--application", metavar="ID", help="Application in the directory.  Default: the stack's."),
            click.option("--stack", metavar="NAME", help="The connector's stack.  Default: saml-connector-<name>."),
            click.option(
                "--directory-api-url", metavar="URL", help="Base of the directory's API, such as a sandbox's."
            ),
        ]
    options.append(
        click.option(
            "--format",
            "form",
            type=click.Choice(["text", "json"]),
            default="text",
            help="How findings are printed: text shows 20 of each code.  Default: text.",
        )
    )

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


@scim.command()
@_scim_options(application=True)
@click.option("--without-aws", is_flag=True, help="Ask the directory only; JUMPCLOUD_API_KEY holds the credential.")
@click.pass_context
def preflight(context: click.Context, /, form: str, *, without_aws: bool, **chosen: Any) -> None:
    """List who would fail, or be changed, by provisioning.

    Run it before anyone turns provisioning on in the Admin Portal.

    Exits 1 where one of the findings is an error, 0 where there are only warnings and notes, or none, 2 where
    the arguments are wrong.
    """
    from saml_connectors.provisioning.command import Choice, run_preflight  # noqa: PLC0415 - as above

    _one_application(chosen)
    if without_aws and chosen["application"] is None:
        raise click.UsageError("--without-aws needs --application: the stack's outputs are in AWS")
    choice = Choice(**chosen, with_aws=not without_aws)
    _show(run_preflight(choice, _world(context)), form)


@scim.command()
@_scim_options(application=False)
@click.pass_context
def check(context: click.Context, spec: str, form: str) -> None:
    """Prove that the SCIM endpoint answers and accepts the token.

    Warns from 90 days before the token ends.  Exits 1 where something does not work, 2 where the
    arguments are wrong.
    """
    from saml_connectors.provisioning.command import Choice, run_check  # noqa: PLC0415 - as above

    _show(run_check(Choice(spec=spec), _world(context)), form)


@scim.command()
@_scim_options(application=True)
@click.pass_context
def verify(context: click.Context, /, form: str, **chosen: Any) -> None:
    """Compare people, groups and members on both sides.

    Exits 1 on a difference, 2 where the arguments are wrong: for a schedule, or CI.
    """
    from saml_connectors.provisioning.command import Choice, run_verify  # noqa: PLC0415 - as above

    _one_application(chosen)
    _show(run_verify(Choice(**chosen), _world(context)), form)


def _one_application(chosen: dict[str, Any]) -> None:
    if chosen["application"] is not None and chosen["stack"] is not None:
        raise click.UsageError("--application and --stack name the same thing: give one of them")


def _world(context: click.Context) -> World:
    """What is outside this process; a test hands over another."""
    from saml_connectors.provisioning.command import World  # noqa: PLC0415 - as above

    return context.obj if isinstance(context.obj, World) else World()


def _show(report: Report, form: str) -> None:
    """Print the findings, and leave with what they amount to."""
    if form == "json":
        click.echo(json.dumps(report.to_json(), indent=2))
    else:
        for each in report.excerpt():
            click.echo(each if isinstance(each, str) else coloured(each))
        click.echo(report.summary(), err=True)
    if report.failed:
        raise SystemExit(1)


def _waits(problems: Sequence[Problem]) -> bool:
    """Whether a field of a spec has a wrong type, so that rules between it and others cannot be judged."""
    return any(problem.code == "wrong-type" and problem.field for problem in problems)


def _summary(files: int, errors: int, warnings: int) -> str:
    def count(number: int, noun: str) -> str:
        return f"{number:,} {noun}{'' if number == 1 else 's'}"

    if not errors and not warnings:
        return f"{count(files, 'spec')}: no problems"
    return f"{count(files, 'spec')}: {count(errors, 'error')}, {count(warnings, 'warning')}"
