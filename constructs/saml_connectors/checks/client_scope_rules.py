"""Rules over the scopes of app clients: that they exist, and exist early enough.

Not here: flows (`client_flow_rules.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from saml_connectors.checks.app_client_rules import API, clients
from saml_connectors.checks.known_values import each_known, known, listed, text_of
from saml_connectors.checks.rule import Hit, Rule
from saml_connectors.checks.user_pools import CLIENT, RESOURCE_SERVER, federated
from saml_connectors.spec.app_client import ADMIN_SCOPE, OPENID_SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.checks.rule import Context
    from saml_connectors.checks.user_pools import Pool
    from saml_connectors.cloudformation import Resource, Template

_SCOPES = "AllowedOAuthScopes"
_PATH = f"Properties.{_SCOPES}"
_OPENID = "openid"
_MOST_TOLD = 10


@dataclass(frozen=True)
class _Servers:
    """The resource servers of a pool that the template makes."""

    scopes: dict[str, Resource]
    """Those scopes that are known, with their resource server."""

    is_known: bool
    """Whether no scope is left out."""


def _servers(pool: Pool) -> _Servers:
    scopes: dict[str, Resource] = {}
    is_known = True
    for server in pool.of(RESOURCE_SERVER):
        identifier, items = text_of(server, "Identifier"), server.items("Scopes")
        for item in items or ():
            name = known(item.get("ScopeName")) if isinstance(item, dict) else None
            if identifier is None or name is None:
                is_known = False
            else:
                scopes[f"{identifier}/{name}"] = server
        is_known = is_known and identifier is not None and items is not None
    return _Servers(scopes, is_known)


def _no_openid(template: Template, _: Context) -> Iterator[Hit]:
    for _pool, client in clients(template):
        scopes = listed(client, _SCOPES) or []
        needing = [scope for scope in scopes if scope in OPENID_SCOPES and scope != _OPENID]
        if needing and _OPENID not in scopes:
            message = f"{', '.join(needing)} stands without {_OPENID}"
            yield Hit(resource=client, path=_PATH, message=message)


def _asked(template: Template) -> Iterator[tuple[Pool, _Servers, Resource, int, str]]:
    """Each known scope of an app client, with its place."""
    for pool in federated(template):
        servers = _servers(pool)
        for client in pool.of(CLIENT):
            for index, scope in each_known(client, _SCOPES):
                yield pool, servers, client, index, scope


def _unknown(template: Template, _: Context) -> Iterator[Hit]:
    for pool, servers, client, index, scope in _asked(template):
        if scope in {*OPENID_SCOPES, ADMIN_SCOPE} or scope in servers.scopes:
            continue
        if "/" in scope and not (pool.is_whole and servers.is_known and not pool.made_otherwise(client)):
            continue
        there = f"; those there are {', '.join(sorted(servers.scopes)[:_MOST_TOLD])}" if servers.scopes else ""
        message = f"no resource server of the pool has the scope {scope[:200]!r}{there}"
        yield Hit(resource=client, path=f"{_PATH}[{index}]", message=message)


def _no_dependency(template: Template, _: Context) -> Iterator[Hit]:
    for _pool, servers, client, index, scope in _asked(template):
        server = servers.scopes.get(scope)
        if server is None or server.logical_id in client.references or client.comes_after(server):
            continue
        message = f"the app client asks for {scope[:200]!r}, but does not wait for {server.logical_id}"
        yield Hit(
            resource=client, path=f"{_PATH}[{index}]", message=message, fix=f"write DependsOn: {server.logical_id}"
        )


RULES: tuple[Rule, ...] = (
    Rule(
        code="client-scope-openid",
        level="error",
        what="The scopes email, phone and profile stand together with openid.",
        why="Cognito gives them with openid only.",
        fix="add openid",
        source=API,
        find=_no_openid,
    ),
    Rule(
        code="client-scope-unknown",
        level="error",
        what="Each scope is one of OpenID Connect, aws.cognito.signin.user.admin, or of a resource server of the pool.",
        why="Cognito answers that the scope does not exist, and the deployment fails.",
        fix="declare the scope in the resource server, or correct it: <identifier of the resource server>/<scope>",
        source=API,
        find=_unknown,
    ),
    Rule(
        code="client-scope-no-dependency",
        level="error",
        what="An app client that asks for scopes of a resource server of the template waits for it.",
        why="CloudFormation makes both at once, Cognito does not know the scope yet, and the first deployment fails.",
        fix="write DependsOn with the resource server's logical id",
        source=API,
        find=_no_dependency,
    ),
)
