"""What Cognito refuses when pools, clients, domains and providers are set up; pure: text in, a sentence or None out."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RESERVED_IN_DOMAINS: Final = ("aws", "amazon", "cognito")
RESERVED_PROVIDER_NAMES: Final = ("COGNITO", "Facebook", "Google", "SignInWithApple", "LoginWithAmazon")
STANDARD_SCOPES: Final = frozenset({"openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"})
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

SHORTEST_NAME, LONGEST_NAME = 3, 32
MOST_IDENTIFIERS: Final = 50

_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_IDENTIFIER = re.compile(r"[\w\s+=.@-]{1,40}")
_NAME_PATTERN: Final = r"[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+"


def provider_name_problem(name: str) -> str | None:
    """Why no provider can have this name: the pattern of CreateIdentityProvider, 3 to 32 characters."""
    inner_and_last = name[2:]
    fits = (
        SHORTEST_NAME <= len(name) <= LONGEST_NAME
        and not _space_or_underscore(name[0])
        and unicodedata.category(name[1])[0] in "LMSNP"
        and not any(_space_or_underscore(character) for character in inner_and_last)
    )
    if not fits:
        return _constraint(name, "providerName", f"regular expression pattern: {_NAME_PATTERN}, 3 to 32 characters")
    if name in RESERVED_PROVIDER_NAMES:
        return f"{name} is a reserved provider name."
    return None


def identifiers_problem(identifiers: Iterable[str]) -> str | None:
    """Why these IdP identifiers cannot be set."""
    given = list(identifiers)
    if len(given) > MOST_IDENTIFIERS:
        return _constraint(str(len(given)), "idpIdentifiers", f"length less than or equal to {MOST_IDENTIFIERS}")
    for identifier in given:
        if not _IDENTIFIER.fullmatch(identifier):
            return _constraint(
                identifier, "idpIdentifiers", r"regular expression pattern: [\w\s+=.@-]+, 1 to 40 characters"
            )
    return None


def domain_prefix_problem(prefix: str) -> str | None:
    """Why no user pool can have this domain prefix."""
    if not _DOMAIN.fullmatch(prefix):
        return _constraint(prefix, "domain", r"regular expression pattern: ^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$")
    for word in RESERVED_IN_DOMAINS:
        if word in prefix:
            return f"Domain cannot contain reserved word: {word}"
    return None


def redirect_uri_problem(uri: str) -> str | None:
    """Why an app client cannot have this callback or sign-out URL."""
    parts = urlsplit(uri)
    if not parts.scheme or "#" in uri or (parts.scheme in ("http", "https") and not parts.hostname):
        return f"{uri} is not a valid redirect URI: it has to be absolute, without a fragment."
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        return f"{uri} cannot use the HTTP protocol."
    return None


def client_problem(client: Mapping[str, Any], pool: Mapping[str, Any], pool_id: str) -> str | None:
    """Why the app client cannot be as *client* would make it, except for its scopes."""
    providers: Mapping[str, Any] = pool.get("_identity_providers", {})
    listed = client.get("SupportedIdentityProviders") or []
    for name in listed:
        if name != "COGNITO" and name not in providers:
            return f"The provider {name} does not exist for User Pool {pool_id}."
    initiating = [name for name in listed if _detail(providers.get(name), "IDPInit") == "true"]
    others = [name for name in listed if (providers.get(name) or {}).get("ProviderType") != "SAML"]
    if initiating and others:
        return (
            f"An app client with the IdP-initiated provider {initiating[0]} supports SAML identity providers only, "
            f"not {', '.join(others)}."
        )
    return _urls_problem(client) or _flows_problem(client)


def _urls_problem(client: Mapping[str, Any]) -> str | None:
    callbacks = client.get("CallbackURLs") or []
    for uri in [*callbacks, *(client.get("LogoutURLs") or [])]:
        if problem := redirect_uri_problem(uri):
            return problem
    default = client.get("DefaultRedirectURI")
    if default and default not in callbacks:
        return f"The default redirect URI {default} is not in the list of callback URLs."
    return None


def _flows_problem(client: Mapping[str, Any]) -> str | None:
    flows = client.get("AllowedOAuthFlows") or []
    if client.get("AllowedOAuthFlowsUserPoolClient") and not (flows and client.get("AllowedOAuthScopes")):
        return (
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."
        )
    if "client_credentials" in flows and len(flows) > 1:
        return "client_credentials flow can not be selected along with code flow or implicit flow."
    return None


def unknown_scopes(scopes: Iterable[str], resource_servers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The scopes that are neither standard nor a resource server's."""
    defined = {
        f"{identifier}/{scope['ScopeName']}"
        for identifier, server in resource_servers.items()
        for scope in server.get("Scopes") or []
    }
    return [scope for scope in scopes if scope not in STANDARD_SCOPES and scope not in defined]


def _detail(provider: Mapping[str, Any] | None, key: str) -> str:
    return str(((provider or {}).get("ProviderDetails") or {}).get(key, "")).lower()


def _space_or_underscore(character: str) -> bool:
    return character == "_" or unicodedata.category(character).startswith("Z")


def _constraint(value: str, field: str, rule: str) -> str:
    return (
        f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: "
        f"Member must satisfy {rule}"
    )
