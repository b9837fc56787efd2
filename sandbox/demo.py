"""The main job, from nothing to verified tokens and AWS roles: deploy the example connectors, sign in, clean up.

Not here: how any of it is done; this file tells the story.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sandbox import console_demo, workforce_demo
from sandbox.directory.state import EXAMPLE_PASSWORD
from sandbox.person import Person
from sandbox.relying_party.oidc import begin, complete
from sandbox.session import Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.deployment import StackEvent
    from sandbox.relying_party.oidc import Person as SignedIn

STACK = "saml-connector-portal"
LOGIN = "ada@example.com"
CALLBACK = "http://localhost:8400/callback"


def run(console: Console) -> None:
    """Deploy, sign in, show what happened."""
    began = time.monotonic()
    with console.status("Starting a local AWS and a JumpCloud-style directory …"):
        sandbox = Sandbox().__enter__()
    try:
        console.print(f"[green]✓[/] local AWS at {sandbox.aws.endpoint_url}, directory at {sandbox.directory_url}")
        _deploy(sandbox, console)
        _show_aws_side(sandbox, console)
        _show_directory_side(sandbox, console)
        person = _sign_in(sandbox, console)
        _show_claims(person, console)
        _open_tiles(sandbox, console)
        console_demo.run(sandbox, console)
        if sandbox.workforce is not None:
            workforce_demo.run(sandbox, sandbox.workforce, console)
        _deploy_again(sandbox, console)
        email = person.email
    finally:
        with console.status("Cleaning up …"):
            sandbox.__exit__()
    console.print(f"[green]✓[/] cleaned up; {time.monotonic() - began:.0f} s in all")
    console.print(f"Signed in: {email}", highlight=False)


def _deploy(sandbox: Sandbox, console: Console) -> None:
    with console.status("cdk synth …"):
        sandbox.synth()
    console.print("[green]✓[/] cdk synth: connectors/*.yaml are stacks")
    with console.status("cdk bootstrap …"):
        sandbox.cdk.bootstrap()
    console.print("[green]✓[/] cdk bootstrap")
    with console.status("cdk deploy …") as status:

        def show(event: StackEvent) -> None:
            status.update(f"cdk deploy … {event.status} {event.resource_type}")
            if event.status == "CREATE_COMPLETE" and event.resource_type.startswith(
                ("AWS::Cognito", "AWS::IAM::SAML", "AWS::SSO", "Custom::")
            ):
                console.print(f"  [dim]{event.status}[/] {event.resource_type}", highlight=False)

        sandbox.deploy(show)
    console.print(f"[green]✓[/] cdk deploy: {', '.join(sandbox.outputs)}")


def _show_aws_side(sandbox: Sandbox, console: Console) -> None:
    outputs = sandbox.outputs[STACK]
    cognito = sandbox.aws.client("cognito-idp")
    provider = cognito.describe_identity_provider(UserPoolId=outputs["UserPoolId"], ProviderName="JumpCloud")
    client = cognito.describe_user_pool_client(UserPoolId=outputs["UserPoolId"], ClientId=outputs["WebClientId"])
    mapping = provider["IdentityProvider"]["AttributeMapping"]
    rows = {
        "User pool": outputs["UserPoolId"],
        "SP entity ID": outputs["SpEntityId"],
        "ACS URL": outputs["AcsUrl"],
        "Identity provider": f"{provider['IdentityProvider']['ProviderName']} (SAML)",
        "Attribute mapping": ", ".join(f"{name} ← {claim}" for name, claim in mapping.items()),
        "App client": outputs["WebClientId"],
        "Callback URL": client["UserPoolClient"]["CallbackURLs"][0],
    }
    _show(console, "Made in AWS", rows)


def _show_directory_side(sandbox: Sandbox, console: Console) -> None:
    directory = sandbox.directory
    for application in directory.applications.values():
        shown = application.document()
        bound = [
            directory.groups[target].name
            for source, kind, target in directory.associations
            if source == application.id and kind == "user_group"
        ]
        rows = {
            "Application": f"{shown['displayLabel']} ({shown['name']})",
            "Groups": ", ".join(bound),
            "Opens" if shown["name"] == "bookmark" else "SSO IdP URL": shown["ssoUrl"],
        }
        if expires := shown["sso"].get("idpCertExpirationAt"):
            rows["Certificate until"] = expires[:10]
        _show(console, "Made in the directory", rows)


def _show(console: Console, title: str, rows: Mapping[str, object]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", show_header=False, box=box.SIMPLE_HEAD)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, Text(str(value)))  # a text as it is: brackets are not markup
    console.print(table)


def _sign_in(sandbox: Sandbox, console: Console) -> SignedIn:
    settings = sandbox.settings(STACK, "Web", CALLBACK)
    with console.status(f"{LOGIN} signs in …"), httpx.Client(timeout=30, trust_env=False) as http:
        request = begin(settings)
        with closing(Person(LOGIN, EXAMPLE_PASSWORD)) as person:
            answer = person.open(request.url, until=CALLBACK)
        signed_in = complete(settings, http, request, answer)
    console.print(
        f"[green]✓[/] {LOGIN} signed in: Cognito → SAML request → directory → signed assertion → code → tokens, "
        "verified against the pool's JWKS"
    )
    return signed_in


def _show_claims(person: SignedIn, console: Console) -> None:
    _show(console, "Claims of the ID token", {name: person.id_claims[name] for name in sorted(person.id_claims)})


def _open_tiles(sandbox: Sandbox, console: Console) -> None:
    with closing(Person(LOGIN, EXAMPLE_PASSWORD)) as person:
        links = [
            link
            for connector in ("portal", "portal-bookmark")
            for link in console_demo.tiles_of(sandbox, person, connector).values()
        ]
        for link in links:
            person.open(link, until=CALLBACK)
    console.print(
        f"[green]✓[/] {len(links)} tiles in {LOGIN}'s portal open the application, without a further password"
    )
    with closing(Person("mallory@example.com", EXAMPLE_PASSWORD)) as stranger:
        shown = stranger.tiles(sandbox.directory_url)
    console.print(f"[green]✓[/] mallory@example.com, in no group, sees {len(shown)} tiles at all")


def _deploy_again(sandbox: Sandbox, console: Console) -> None:
    before = len(sandbox.directory.requests)
    with console.status("cdk deploy, with nothing changed …"):
        sandbox.deploy()
    methods = Counter(request.method for request in sandbox.directory.requests[before:])
    writes = sum(count for method, count in methods.items() if method != "GET")
    console.print(f"[green]✓[/] cdk deploy again: {writes} writes to the directory")
