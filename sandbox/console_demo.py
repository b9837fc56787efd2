"""The second part of the demo: people of two groups sign in to AWS itself, and may do what their role may.

Not here: the sign-in to an application (`demo.py`), and how any of it is done.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from rich import box
from rich.table import Table
from rich.text import Text

from sandbox.directory.state import EXAMPLE_PASSWORD
from sandbox.person import Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from sandbox.aws_session import AwsSession
    from sandbox.session import Sandbox

CONNECTOR = "console"
ACTIONS: tuple[tuple[str, str, str], ...] = (
    ("iam", "list_users", "list IAM users"),
    ("s3", "list_buckets", "list S3 buckets"),
)
"""What people try: service, call, and how to say it."""


def run(sandbox: Sandbox, console: Console) -> None:
    """Sign two people in with their roles, and look for the tile of a third."""
    table = Table(title="AWS, by group", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for name in ("Person", "Roles offered", "Chosen", *(text for _, _, text in ACTIONS)):
        table.add_column(name, overflow="fold", no_wrap=name == "Person")
    for login, role in (("ada", "Engineer"), ("grace", "Auditor")):
        with console.status(f"{login}@example.com signs in to AWS …"):
            session = sign_in(sandbox, f"{login}@example.com", role)
        table.add_row(
            f"{login}@example.com",
            ", ".join(each.rsplit("/", 1)[-1] for each in session.roles),
            session.role_arn.rsplit("/", 1)[-1],
            *(_outcome(sandbox, session, service, call) for service, call, _ in ACTIONS),
        )
    console.print(table)
    console.print(
        "[green]✓[/] two people signed in to AWS: tile → signed assertion → role → credentials that are limited to it"
    )
    with closing(Person("mallory@example.com", EXAMPLE_PASSWORD)) as stranger:
        tiles = tiles_of(sandbox, stranger, CONNECTOR)
    console.print(f"[green]✓[/] mallory@example.com, in no group, sees {len(tiles)} of them")


def tiles_of(sandbox: Sandbox, person: Person, connector: str) -> dict[str, str]:
    """The tiles of a connector that *person* sees: label to launch link, the one with most to offer first."""
    ids = {value for name, value in _outputs(sandbox, connector).items() if name.startswith("ApplicationId")}
    shown = {link.rsplit("/", 1)[-1]: link for link in person.tiles(sandbox.directory_url)}
    applications = sandbox.directory.applications
    found = {applications[each].display_label: link for each, link in shown.items() if each in ids}
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def sign_in(sandbox: Sandbox, login: str, role: str) -> AwsSession:
    """A session of *login* in *role*, from the tile that offers most."""
    with closing(Person(login, EXAMPLE_PASSWORD)) as person:
        return person.sign_in_to_aws(next(iter(tiles_of(sandbox, person, CONNECTOR).values())), role=role)


def _outputs(sandbox: Sandbox, connector: str) -> dict[str, str]:
    return sandbox.outputs[f"saml-connector-{connector}"]


def _outcome(sandbox: Sandbox, session: AwsSession, service: str, call: str) -> Text:
    client = session.client(service, sandbox.aws.endpoint_url, sandbox.aws.region)
    asked: Callable[[], object] = getattr(client, call)
    try:
        asked()
    except ClientError as error:
        if not str(error.response["Error"]["Code"]).startswith("AccessDenied"):
            raise
        return Text("refused", style="red")
    return Text("allowed", style="green")
