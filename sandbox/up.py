"""The sandbox kept up, with the demo application, for a person with a browser.

Not here: the servers themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.panel import Panel

from sandbox.directory.state import EXAMPLE_API_KEY, EXAMPLE_PASSWORD
from sandbox.relying_party.serving import running
from sandbox.session import Sandbox

if TYPE_CHECKING:
    from rich.console import Console

STACK = "saml-connector-portal"
AWS_PORT, DIRECTORY_PORT, APPLICATION_PORT = 4566, 8500, 8400
APPLICATION_URL = f"http://localhost:{APPLICATION_PORT}"


def run(console: Console) -> None:
    """Start everything, say where it is, and wait for Ctrl-C."""
    with console.status("Starting a local AWS and a JumpCloud-style directory …"):
        sandbox = Sandbox(aws_port=AWS_PORT, directory_port=DIRECTORY_PORT).__enter__()
    try:
        with console.status("cdk synth …") as status:
            sandbox.synth()
            status.update("cdk bootstrap …")
            sandbox.cdk.bootstrap()
            status.update("cdk deploy …")
            sandbox.deploy(lambda event: status.update(f"cdk deploy … {event.status} {event.resource_type}"))
            if sandbox.workforce is not None:
                status.update("Identity Center: the steps by hand …")
                sandbox.workforce.set_up()
                status.update("cdk deploy: permission sets and assignments …")
                sandbox.deploy()
        settings = sandbox.settings(STACK, "Web", f"{APPLICATION_URL}/callback")
        with running(settings, APPLICATION_PORT) as thread:
            console.print(_where(sandbox))
            thread.join()
    finally:
        with console.status("Cleaning up …"):
            sandbox.__exit__()


def _where(sandbox: Sandbox) -> Panel:
    variables = " ".join(f"{name}={value}" for name, value in sandbox.aws.environment().items() if "AWS_" in name)
    return Panel(
        f"Application   {APPLICATION_URL}\n"
        f"Directory     {sandbox.directory_url}   portal, sign-in, and JumpCloud's API under /api\n"
        f"Admin portal  {sandbox.directory_url}/admin\n"
        f"Local AWS     {sandbox.aws.endpoint_url}\n\n"
        f"People        ada@example.com (users, admins), grace@example.com (users), mallory@example.com (no group)\n"
        f"Password      {EXAMPLE_PASSWORD}\n"
        f"API key       {EXAMPLE_API_KEY}\n\n"
        f"For aws and cdk: export {variables}\n\n"
        "Ctrl-C ends it and removes everything.",
        title="The sandbox is up",
        expand=False,
    )
