"""The third part of the demo: the article on Identity Center, from the steps by hand to a person who was disabled.

Not here: those steps (`workforce.py`).
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from rich import box
from rich.table import Table
from rich.text import Text

from sandbox.directory.state import EXAMPLE_PASSWORD
from sandbox.person import Person, PersonError

if TYPE_CHECKING:
    from rich.console import Console

    from sandbox.aws_session import AwsSession
    from sandbox.session import Sandbox
    from sandbox.workforce import Workforce

PLANS = ("/analytics/plan", "/compilers/plan")
"""Parameters that belong to a cost center each."""

ACCOUNT, PERMISSION_SET = "000000000000", "Analyst"


def run(sandbox: Sandbox, workforce: Workforce, console: Console) -> None:
    """Set provisioning up, sign two people in, and disable one of them."""
    with console.status("The steps by hand: metadata, endpoint, token …"):
        workforce.trust_directory()
        workforce.enable_provisioning()
        for command in ("check", "preflight"):
            workforce.scim(command)
        workforce.activate()
        workforce.scim("verify")
    people, groups = workforce.console.users(), workforce.console.groups()
    console.print(
        "[green]✓[/] Identity Center trusts the directory; saml-connectors scim check, preflight, verify: no error"
    )
    console.print(f"[green]✓[/] SCIM brought {len(people)} people and {len(groups)} groups, none of them made by hand")
    with console.status("cdk deploy: permission sets and assignments …"):
        sandbox.deploy()
    console.print("[green]✓[/] cdk deploy: the groups were looked up by name, and assigned")
    _show_access(sandbox, console)
    _disable(sandbox, workforce, console)


def sign_in(sandbox: Sandbox, workforce: Workforce, login: str) -> tuple[tuple[str, ...], AwsSession]:
    """The permission sets that *login* is offered from the tile in the directory's portal, and a session in one."""
    application = sandbox.outputs[workforce.stack]["ApplicationId"]
    with closing(Person(login, EXAMPLE_PASSWORD)) as person:
        (tile,) = [link for link in person.tiles(sandbox.directory_url) if link.endswith(f"/{application}")]
        portal = person.open_access_portal(tile)
        return portal.accounts[ACCOUNT], portal.choose(ACCOUNT, PERMISSION_SET)


def may_read(sandbox: Sandbox, session: AwsSession, parameter: str) -> bool:
    """Whether *session* may read *parameter*."""
    client = session.client("ssm", sandbox.aws.endpoint_url, sandbox.aws.region)
    try:
        client.get_parameter(Name=parameter)
    except ClientError as error:
        if not str(error.response["Error"]["Code"]).startswith("AccessDenied"):
            raise
        return False
    return True


def _show_access(sandbox: Sandbox, console: Console) -> None:
    workforce = sandbox.workforce
    assert workforce is not None  # this part of the demo is about it
    for name in PLANS:
        sandbox.aws.client("ssm").put_parameter(Name=name, Value="42", Type="String")
    table = Table(title="AWS, by cost center", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for name in ("Person", "Permission sets", *PLANS):
        table.add_column(name, overflow="fold", no_wrap=name == "Person")
    for login in ("ada@example.com", "grace@example.com"):
        with console.status(f"{login} signs in …"):
            offered, session = sign_in(sandbox, workforce, login)
            may = [may_read(sandbox, session, name) for name in PLANS]
        outcomes = [Text("allowed", style="green") if each else Text("refused", style="red") for each in may]
        table.add_row(login, ", ".join(offered), *outcomes)
    console.print(table)
    console.print(
        "[green]✓[/] tile → access portal → SAML request → directory → assertion with the cost center → permission set"
    )


def _disable(sandbox: Sandbox, workforce: Workforce, console: Console) -> None:
    with console.status("grace@example.com is suspended in the directory …"):
        directory = sandbox.directory
        grace = next(each for each in directory.users.values() if each.email == "grace@example.com")
        before = grace.state
        grace.state = "SUSPENDED"
        directory.provisioning.settle()
        active = {each.user_name: each.active for each in workforce.console.users()}
        refused = False
        try:
            sign_in(sandbox, workforce, "grace@example.com")
        except PersonError:
            refused = True
        grace.state = before
        directory.provisioning.settle()
    console.print(
        f"[green]✓[/] grace@example.com suspended in the directory: {'in' if not active['grace@example.com'] else ''}"
        f"active in Identity Center, sign-in {'refused' if refused else 'possible'}"
    )
