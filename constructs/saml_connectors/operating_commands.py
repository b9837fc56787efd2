"""The commands `saml-connectors drift` and `doctor`: what they take, which form they print, how they end.

Not here: what they find out (`deployed/`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

import click

from saml_connectors.terminal import coloured

if TYPE_CHECKING:
    from collections.abc import Callable

    from saml_connectors.provisioning.command import World

Command = TypeVar("Command", bound="Callable[..., Any]")


def _options(command: Command) -> Command:
    """Argument and options of both."""
    for option in (
        click.option(
            "--format",
            "form",
            type=click.Choice(["text", "json"]),
            default="text",
            help="How findings are printed.  Default: text.",
        ),
        click.option("--region", metavar="REGION", help="AWS region of the stack.  Default: the environment's."),
        click.argument("stack", metavar="STACK"),
    ):
        command = option(command)
    return command


@click.command()
@_options
@click.pass_context
def drift(context: click.Context, stack: str, region: str | None, form: str) -> None:
    """Tell what somebody changed in the directory.

    Compares a deployed connector's stack with the directory, field by field, and names who is affected.
    What the stack does not manage is no drift.  Reads only; docs/operating.md says what it needs.

    Exits 1 where something differs, or could not be read; 0 where nothing does; 2 where the arguments
    are wrong.
    """
    from saml_connectors.deployed.drift import run_drift  # noqa: PLC0415 - `--help` and `--version` stay instant

    report = _run(lambda world: run_drift(stack, region, world), context)
    _print(report.to_json() if form == "json" else None, report.lines(), report.summary(), failed=bool(report.drift))


@click.command()
@_options
@click.pass_context
def doctor(context: click.Context, stack: str, region: str | None, form: str) -> None:
    """Look at every link of a deployed connector.

    From the secret with the directory's credential to the role or the app client: what is wrong, and what to
    do about it.  Reads only, and signs nobody in; docs/operating.md lists the steps and what they need.

    Exits 1 where something is wrong, 0 where nothing is, 2 where the arguments are wrong.
    """
    import shutil  # noqa: PLC0415 - as above

    from saml_connectors.deployed.checkup import WIDTH  # noqa: PLC0415 - as above
    from saml_connectors.deployed.doctor import run_doctor  # noqa: PLC0415 - as above

    checkup = _run(lambda world: run_doctor(stack, region, world), context)
    width = shutil.get_terminal_size((WIDTH, 0)).columns
    _print(
        checkup.to_json() if form == "json" else None, checkup.lines(width), checkup.summary(), failed=checkup.failed
    )


def _run(work: Callable[[World], Any], context: click.Context) -> Any:
    """Do the work; what keeps it from being done is told, and ends the command."""
    from saml_connectors.problems import SpecError  # noqa: PLC0415 - as above
    from saml_connectors.provisioning.command import World  # noqa: PLC0415 - as above
    from saml_connectors.provisioning.trouble import Trouble  # noqa: PLC0415 - as above

    try:
        return work(context.obj if isinstance(context.obj, World) else World())
    except (Trouble, SpecError) as error:
        for problem in error.problems if isinstance(error, SpecError) else [error.problem]:
            click.echo(coloured(problem), err=True)
        raise SystemExit(1) from None


def _print(data: Any, lines: Any, summary: str, *, failed: bool) -> None:
    if data is not None:
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        for line in lines:
            click.echo(line)
        click.echo(summary, err=True)
    if failed:
        raise SystemExit(1)
