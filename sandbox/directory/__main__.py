"""`python -m sandbox.directory`: serves the example directory on this machine until it is stopped."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from sandbox.directory.serving import listen, server
from sandbox.directory.state import Directory

JUMPCLOUD_KEY_SIZE = 4096
KEYS_READY = 2


@click.command()
@click.option("--port", default=8500, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of this machine to listen on.")
@click.option("--sso-url", help="What SSO IdP URLs begin with.  Default: where this is served.")
@click.option("--route", "routes", multiple=True, metavar="FROM=TO", help="Send browsers to TO in place of FROM.")
@click.option("--log", type=click.Path(dir_okay=False, path_type=Path), help="File for the request log.")
@click.option("--key-size", default=JUMPCLOUD_KEY_SIZE, show_default=True, help="Bits of the signing keys.")
def main(
    *, port: int, host: str, sso_url: str | None, routes: tuple[str, ...], log: Path | None, key_size: int
) -> None:
    """Serve a JumpCloud-style directory with three people, on this machine only."""
    pairs = [route.rpartition("=")[::2] for route in routes]
    if not all(begin and to for begin, to in pairs):
        raise click.BadParameter("give FROM=TO", param_hint="--route")
    try:
        listening = listen(host, port)
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{listening.getsockname()[1]}"
    directory = Directory.example(key_size=key_size)
    directory.keys.keep_ready(KEYS_READY)
    serving = server(directory, public_url=url, sso_url=sso_url, routes=pairs, log=log)
    click.echo(f"directory ready at {url}")
    with listening, closing(directory):
        serving.run([listening])


if __name__ == "__main__":
    main()
