"""Rules over the OAuth 2.0 flows of app clients, with the secret and the refresh tokens that they go with.

Not here: scopes (`client_scope_rules.py`), and who signs in (`app_client_rules.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saml_connectors.checks.app_client_rules import API, clients
from saml_connectors.checks.known_values import listed, text_of
from saml_connectors.checks.rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.checks.rule import Context
    from saml_connectors.cloudformation import Resource, Template

_FLOWS, _ON = "AllowedOAuthFlows", "AllowedOAuthFlowsUserPoolClient"
_PATH = f"Properties.{_FLOWS}"
_SCOPES, _SECRET = "AllowedOAuthScopes", "GenerateSecret"
_MACHINES, _IMPLICIT, _CODE = "client_credentials", "implicit", "code"
_REFRESH_FLOW = "ALLOW_REFRESH_TOKEN_AUTH"
_BROWSER_APPS = "RFC 9700, Best current practice for OAuth 2.0 security, section 2.1.2"

_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}
_DAY = _SECONDS["days"]
_DIGITS = 12
"""More than any life has: of longer numbers the rest does not matter."""

_TOKENS = {
    "AccessToken": ("hours", 5 * 60, _DAY),
    "IdToken": ("hours", 5 * 60, _DAY),
    "RefreshToken": ("days", 60 * 60, 3_650 * _DAY),
}
"""Kinds of tokens: the unit that counts where none is said, the shortest and the longest life in seconds."""


def _flows(template: Template) -> Iterator[tuple[Resource, list[str]]]:
    """App clients whose flows are known."""
    for _pool, client in clients(template):
        flows = listed(client, _FLOWS)
        if flows is not None:
            yield client, flows


def _off(template: Template, _: Context) -> Iterator[Hit]:
    for client, flows in _flows(template):
        if flows and (not client.has(_ON) or client.flag(_ON) is False):
            message = f"{_FLOWS} is {', '.join(flows)}, but {_ON} is not true"
            yield Hit(resource=client, path=f"Properties.{_ON}", message=message)


def _missing(template: Template, _: Context) -> Iterator[Hit]:
    for client, _flows_given in _flows(template):
        for name in (_FLOWS, _SCOPES):
            if client.flag(_ON) and client.items(name) == []:
                message = f"{_ON} is true, but {name} names none"
                yield Hit(resource=client, path=f"Properties.{name}", message=message, fix=f"give {name}")


def _mixed(template: Template, _: Context) -> Iterator[Hit]:
    for client, flows in _flows(template):
        if _MACHINES in flows and len(set(flows)) > 1:
            message = f"{_MACHINES} stands beside other flows: {', '.join(flows)}"
            yield Hit(resource=client, path=_PATH, message=message)


def _is_public(client: Resource) -> bool:
    return not client.has(_SECRET) or client.flag(_SECRET) is False


def _no_secret(template: Template, _: Context) -> Iterator[Hit]:
    for client, flows in _flows(template):
        if _MACHINES in flows and _is_public(client):
            message = f"the flow {_MACHINES} is allowed to an app client without a secret"
            yield Hit(resource=client, path=f"Properties.{_SECRET}", message=message)


def _implicit_public(template: Template, _: Context) -> Iterator[Hit]:
    for client, flows in _flows(template):
        if _IMPLICIT in flows and _is_public(client):
            message = "the implicit flow is allowed to an app client without a secret"
            yield Hit(resource=client, path=_PATH, message=message)


def _implicit_with_secret(template: Template, _: Context) -> Iterator[Hit]:
    for client, flows in _flows(template):
        if _IMPLICIT in flows and not _is_public(client):
            yield Hit(resource=client, path=_PATH, message="the implicit flow is allowed to an app client")


def _no_callback(template: Template, _: Context) -> Iterator[Hit]:
    for client, flows in _flows(template):
        if {_CODE, _IMPLICIT} & set(flows) and client.items("CallbackURLs") == []:
            message = f"the flow {' and '.join(flows)} has nowhere to send people back to"
            yield Hit(resource=client, path="Properties.CallbackURLs", message=message)


def _rotation(template: Template, _: Context) -> Iterator[Hit]:
    for _pool, client in clients(template):
        flows = listed(client, "ExplicitAuthFlows") or ()
        if text_of(client, "RefreshTokenRotation", "Feature") == "ENABLED" and _REFRESH_FLOW in flows:
            message = f"refresh tokens rotate, and {_REFRESH_FLOW} is allowed as well"
            yield Hit(resource=client, path="Properties.ExplicitAuthFlows", message=message)


def _life(client: Resource, token: str) -> int | None:
    """The life of a kind of token in seconds, where it is said and known."""
    unit, number = _TOKENS[token][0], text_of(client, f"{token}Validity")
    if client.has("TokenValidityUnits", token):
        unit = text_of(client, "TokenValidityUnits", token) or ""
    if number is None or not number.isascii() or not number.isdigit() or unit not in _SECONDS:
        return None
    return int(number[:_DIGITS]) * _SECONDS[unit] or None  # 0 is Cognito's word for its default


def _lifetime(template: Template, _: Context) -> Iterator[Hit]:
    for _pool, client in clients(template):
        lives = {token: _life(client, token) for token in _TOKENS}
        refresh = lives["RefreshToken"]
        for token, life in lives.items():
            _unit, least, most = _TOKENS[token]
            path = f"Properties.{token}Validity"
            if life is not None and not least <= life <= most:
                message = f"the life of {token} must be from {_told(least)} to {_told(most)}, got {_told(life)}"
                yield Hit(resource=client, path=path, message=message)
            elif life is not None and refresh is not None and life > refresh:
                message = f"{token} lives {_told(life)}, longer than RefreshToken with {_told(refresh)}"
                yield Hit(resource=client, path=path, message=message)


def _told(seconds: int) -> str:
    unit = next(name for name in ("days", "hours", "minutes", "seconds") if seconds % _SECONDS[name] == 0)
    count = seconds // _SECONDS[unit]
    return f"{count:,} {unit if count != 1 else unit.removesuffix('s')}"


RULES: tuple[Rule, ...] = (
    Rule(
        code="client-flows-off",
        level="error",
        what="An app client with flows has AllowedOAuthFlowsUserPoolClient: true.",
        why="Without it the app client cannot use flows, callback URLs and scopes, and sign-in by SAML needs them.",
        fix="set AllowedOAuthFlowsUserPoolClient: true",
        source=API,
        find=_off,
    ),
    Rule(
        code="client-flows-missing",
        level="error",
        what="An app client with AllowedOAuthFlowsUserPoolClient: true has flows and scopes.",
        why="Cognito requires both, and the deployment fails.",
        fix="give AllowedOAuthFlows and AllowedOAuthScopes",
        source=API,
        find=_missing,
    ),
    Rule(
        code="client-credentials-mixed",
        level="error",
        what="client_credentials is the only flow of its app client.",
        why="Cognito refuses it beside flows by which people sign in.",
        fix="make an app client of its own for machines",
        source=API,
        find=_mixed,
    ),
    Rule(
        code="client-credentials-no-secret",
        level="error",
        what="An app client with client_credentials has a secret.",
        why="The flow consists of showing the secret; Cognito refuses the app client without one.",
        fix="set GenerateSecret: true",
        source=API,
        find=_no_secret,
    ),
    Rule(
        code="client-implicit-public",
        level="warning",
        what="A public app client does not use the implicit flow.",
        why="Tokens stand in the address, where histories, logs and referring pages keep them, and nothing binds them "
        "to the application that asked.",
        fix="allow the flow code only, and let the application use PKCE (S256)",
        source=_BROWSER_APPS,
        find=_implicit_public,
    ),
    Rule(
        code="client-implicit",
        level="warning",
        what="An app client with a secret does not use the implicit flow.",
        why="Tokens stand in the address, where histories, logs and referring pages keep them; the secret protects "
        "nothing in this flow.",
        fix="allow the flow code only",
        source=_BROWSER_APPS,
        find=_implicit_with_secret,
    ),
    Rule(
        code="client-callback-missing",
        level="error",
        what="An app client that people sign in with has a callback URL.",
        why="Cognito has nowhere to send the code or the tokens, and refuses the app client.",
        fix="give CallbackURLs",
        source=API,
        find=_no_callback,
    ),
    Rule(
        code="client-refresh-rotation",
        level="error",
        what="An app client whose refresh tokens rotate does not allow ALLOW_REFRESH_TOKEN_AUTH.",
        why="Cognito refuses the two together: that flow would go on with a token that has been replaced.",
        fix="take ALLOW_REFRESH_TOKEN_AUTH out of ExplicitAuthFlows",
        source="Amazon Cognito developer guide, Refresh tokens",
        find=_rotation,
    ),
    Rule(
        code="client-token-lifetime",
        level="error",
        what="Access and ID tokens live 5 minutes to 1 day; refresh tokens 60 minutes to 10 years, and no less.",
        why="Cognito refuses other lives, and the deployment fails.",
        fix="change the number, or its unit in TokenValidityUnits (default: hours; refresh tokens: days)",
        source=API,
        find=_lifetime,
    ),
)
