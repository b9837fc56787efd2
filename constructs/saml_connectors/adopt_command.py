"""The command `saml-connectors adopt`: what it takes, what it prints, how it ends.

Not here: reading the directory, and what a spec can say of an application (`provisioning/`).
"""

from __future__ import annotations

from typing import Any

import click

from saml_connectors.terminal import coloured


@click.command()
@click.argument("application", metavar="APPLICATION")
@click.option("--kind", metavar="KIND", help="Kind of the connector.  Default: found from entity ID and ACS URL.")
@click.option("--name", metavar="NAME", help="Name of the connector.  Default: from the application's label.")
@click.option("--secret", metavar="NAME", help="Secret of AWS that will hold the API key.  Default: to be filled in.")
@click.option("--directory-region", type=click.Choice(["us", "eu", "in"]), help="The organization's.  Default: us.")
@click.option("--directory-api-url", metavar="URL", help="Base of the directory's API, such as a sandbox's.")
@click.option("--org-id", metavar="ID", help="Organization id; only multi-tenant administrators need it.")
@click.pass_context
def adopt(context: click.Context, /, **chosen: Any) -> None:
    """Print the spec of an application that was made by hand.

    APPLICATION is its id, slug or label.  Deploying the spec takes it over without changing it.  What
    the directory does not know is marked <fill in: ...>, and validate refuses it until that is done;
    docs/adopt.md has the whole way.

    Reads the directory only; JUMPCLOUD_API_KEY holds the credential.  Exits 1, and prints no spec,
    where it is no application that a connector could take over as it is, 2 where the arguments are wrong.
    """
    from saml_connectors.problems import SpecError  # noqa: PLC0415 - `--help` and `--version` stay instant
    from saml_connectors.provisioning.adoption import AdoptChoice, run_adopt  # noqa: PLC0415 - as above
    from saml_connectors.provisioning.command import World  # noqa: PLC0415 - as above
    from saml_connectors.provisioning.trouble import Trouble  # noqa: PLC0415 - as above
    from saml_connectors.spec.loading import KINDS  # noqa: PLC0415 - as above

    if chosen["kind"] is not None and chosen["kind"] not in KINDS:
        raise click.BadParameter(f"must be one of {', '.join(KINDS)}, got {chosen['kind']!r}", param_hint="--kind")
    try:
        adopted = run_adopt(AdoptChoice(**chosen), context.obj if isinstance(context.obj, World) else World())
    except (Trouble, SpecError) as error:
        for problem in error.problems if isinstance(error, SpecError) else [error.problem]:
            click.echo(coloured(problem), err=True)
        raise SystemExit(1) from None
    click.echo(adopted.yaml(), nl=False)
    click.echo(f"{adopted.kind}: {len(adopted.unknown)} to fill in, {len(adopted.notes)} to know", err=True)
