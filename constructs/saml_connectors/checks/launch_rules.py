"""Rules over what the tile of an application opens: an authorize address of the user pool that signs people in.

Not here: what responses are posted to (`application_rules.py`), and app clients by themselves (`client_url_rules.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from saml_connectors.checks.app_client_rules import clients
from saml_connectors.checks.known_values import known, listed, parts, text_of
from saml_connectors.checks.rule import Hit, Rule
from saml_connectors.cloudformation.intrinsics import Reference
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.spec.findings import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.checks.rule import Context
    from saml_connectors.checks.user_pools import Pool
    from saml_connectors.cloudformation import Resource, Template
    from saml_connectors.cloudformation.intrinsics import Part

_PATH = f"Properties.{contract.LOGIN_URL}"
_AUTHORIZE = ("/oauth2/authorize", "/login")
_MARK = "\0"
"""Stands around the number of a part that is not known; no URL has it."""


def _tiles(template: Template) -> Iterator[tuple[Resource, dict[str, str], Pool, Resource]]:
    """Each launch that opens a sign-in page of a pool of the template: its known parameters, the pool, the client."""
    known_clients = {client.logical_id: (pool, client) for pool, client in clients(template)}
    for launch in template.of_type(contract.LAUNCH):
        found = parts(launch.get(contract.LOGIN_URL))
        query = _query(found)
        client_id = query.get("client_id", "")
        place = client_id.removeprefix(_MARK).removesuffix(_MARK)
        part = found[int(place)] if client_id == f"{_MARK}{place}{_MARK}" and place.isdigit() else None
        if isinstance(part, Reference) and part.attribute in {"Ref", "ClientId"} and part.logical_id in known_clients:
            told = {name: value for name, value in query.items() if _MARK not in value}
            yield launch, told, *known_clients[part.logical_id]


def _query(found: tuple[Part, ...]) -> dict[str, str]:
    """The parameters of an authorize address that stand there once; empty where it is none, or cannot be read."""
    texts = [part if isinstance(part, str) else f"{_MARK}{place}{_MARK}" for place, part in enumerate(found)]
    address, _, query = "".join(texts).partition("?")
    if not address.endswith(_AUTHORIZE):
        return {}
    try:
        read = parse_qs(query.partition("#")[0], keep_blank_values=True)
    except ValueError:
        return {}
    return {name: values[0] for name, values in read.items() if len(values) == 1}


def _unregistered(template: Template, _: Context) -> Iterator[Hit]:
    for launch, query, _pool, client in _tiles(template):
        url, callbacks = query.get("redirect_uri"), listed(client, "CallbackURLs")
        if url is not None and callbacks and url not in callbacks:
            given = "" if "@" in url else f" {shown(url)}"
            message = f"the redirect_uri{given} is none of the CallbackURLs of {client.logical_id}"
            yield Hit(resource=launch, path=_PATH, message=message)


def _provider_missing(template: Template, _: Context) -> Iterator[Hit]:
    for launch, query, pool, client in _tiles(template):
        name = query.get("identity_provider")
        offered = _offered(pool, client)
        if name is not None and offered and name not in offered:
            there = ", ".join(map(shown, sorted(offered)))
            message = f"the identity_provider {shown(name)} is none that {client.logical_id} offers, which are {there}"
            yield Hit(resource=launch, path=_PATH, message=message)


def _offered(pool: Pool, client: Resource) -> set[str] | None:
    """Names of the providers that an app client offers; None where one is not known."""
    found: set[str] = set()
    for item in client.items("SupportedIdentityProviders") or ():
        provider = pool.provider(item)
        name = known(item) if provider is None else text_of(provider, "ProviderName")
        if name is None:
            return None
        found.add(name)
    return found


_GUIDE = "Amazon Cognito Developer Guide, The redirect and authorization endpoint"

RULES: tuple[Rule, ...] = (
    Rule(
        code="launch-redirect-unregistered",
        level="error",
        what="What the tile opens returns to a callback URL of the app client that it names.",
        why="Cognito compares to the letter and shows an error page: nobody signs in from the portal.",
        fix="write one of its CallbackURLs into LoginUrl, percent-encoded, or add this one to them",
        source=_GUIDE,
        find=_unregistered,
    ),
    Rule(
        code="launch-provider-missing",
        level="error",
        what="What the tile opens names an identity provider that the app client offers.",
        why="Cognito does not take people there, so nobody signs in from the portal as it was meant.",
        fix="write the ProviderName of one of its SupportedIdentityProviders",
        source=_GUIDE,
        find=_provider_missing,
    ),
)
