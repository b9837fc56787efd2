"""Cognito's set-up calls, made as strict as AWS's: each refuses first, then the emulator does the rest."""

from __future__ import annotations

import http.client
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from sandbox.aws.cognito_rules import (
    LOOPBACK,
    client_problem,
    domain_prefix_problem,
    identifiers_problem,
    provider_name_problem,
    unknown_scopes,
)
from sandbox.aws.saml_metadata import IdpMetadata, MetadataRefusedError, read_for_cognito, read_idp_metadata
from sandbox.aws.seams import cognito, concurrency, responses
from sandbox.aws.signing_keys import forget_keys, signing_certificate

if TYPE_CHECKING:
    from collections.abc import Callable

METADATA: Final = "_sandbox_saml_metadata"
"""Key of a user pool's record under which its providers' metadata is kept, by provider name."""

_OK: Final = 200

_CLIENT_FIELDS: Final = (
    "SupportedIdentityProviders",
    "CallbackURLs",
    "LogoutURLs",
    "DefaultRedirectURI",
    "AllowedOAuthFlows",
    "AllowedOAuthFlowsUserPoolClient",
    "AllowedOAuthScopes",
)


def install() -> None:
    """Put the strict calls in front of the emulator's."""
    _guard("create_provider", _create_provider_problem)
    _guard("update_provider", _update_provider_problem)
    _guard("create_client", _client_problem)
    _guard("update_client", _client_problem)
    _guard("create_domain", _domain_problem)
    original_dispatch = cognito.dispatch

    async def dispatch(action: str, data: dict[str, Any]) -> Any:
        if action == "GetSigningCertificate":
            return await concurrency.run_reentrant(_get_signing_certificate, data)
        return await original_dispatch(action, data)

    cognito.replace("dispatch", dispatch)
    original_reset = cognito.reset

    def reset() -> None:
        original_reset()
        forget_keys()

    cognito.replace("reset", reset)


def metadata_of(pool: dict[str, Any], provider_name: str) -> IdpMetadata:
    """The metadata that the provider was configured with.

    Raises:
        MetadataRefusedError: It has none, or not any more a good one.
    """
    text = pool.get(METADATA, {}).get(provider_name)
    if text is None:
        raise MetadataRefusedError(f"The provider {provider_name} has no SAML metadata.")
    return read_idp_metadata(text)


def _guard(alias: str, problem_of: Callable[[dict[str, Any], dict[str, Any]], Any]) -> None:
    original = getattr(cognito, alias)

    def guarded(data: dict[str, Any]) -> Any:
        pool = cognito.pools.get(data.get("UserPoolId"))
        problem = problem_of(data, pool) if pool is not None else None
        if isinstance(problem, str):
            return responses.json_error("InvalidParameterException", problem)
        return problem or original(data)

    cognito.replace(alias, guarded)


def _create_provider_problem(data: dict[str, Any], pool: dict[str, Any]) -> str | None:
    name = str(data.get("ProviderName") or "")
    problem = provider_name_problem(name) or identifiers_problem(data.get("IdpIdentifiers") or [])
    if problem or data.get("ProviderType") != "SAML" or name in pool.get("_identity_providers", {}):
        return problem
    return _take_details(data, pool, name)


def _update_provider_problem(data: dict[str, Any], pool: dict[str, Any]) -> str | None:
    name = str(data.get("ProviderName") or "")
    provider = pool.get("_identity_providers", {}).get(name)
    problem = identifiers_problem(data.get("IdpIdentifiers") or [])
    if problem or provider is None or provider["ProviderType"] != "SAML" or "ProviderDetails" not in data:
        return problem
    return _take_details(data, pool, name)


def _take_details(data: dict[str, Any], pool: dict[str, Any], name: str) -> str | None:
    """Judge ProviderDetails, keep the metadata, and add the details that Cognito derives from it."""
    details = data.get("ProviderDetails") or {}
    algorithm = details.get("RequestSigningAlgorithm")
    if algorithm not in (None, "", "rsa-sha256"):
        return f"RequestSigningAlgorithm {algorithm} is not supported."
    try:
        text = details.get("MetadataFile") or _fetch(details.get("MetadataURL") or "")
        metadata = read_for_cognito(text, datetime.now(UTC))
    except MetadataRefusedError as refusal:
        return str(refusal)
    pool.setdefault(METADATA, {})[name] = text
    derived = {"SSORedirectBindingURI": metadata.sso_url, "SLORedirectBindingURI": metadata.slo_url}
    data["ProviderDetails"] = {**details, **{key: value for key, value in derived.items() if value}}
    return None


def _fetch(url: str) -> str:
    """The document at *url*; the sandbox only fetches from this machine, whatever the port."""
    if not url:
        raise MetadataRefusedError("At least one of the MetadataURL or MetadataFile should be provided.")
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise MetadataRefusedError(
            f"Error retrieving metadata from {url}: the sandbox fetches from http://127.0.0.1 only, use MetadataFile."
        )
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=10)
    try:
        connection.request("GET", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")
        response = connection.getresponse()
        if response.status != _OK:
            raise MetadataRefusedError(
                f"Non-ok status code {response.status} returned from remote metadata source {url}"
            )
        return response.read().decode()
    except (OSError, http.client.HTTPException, UnicodeDecodeError):
        raise MetadataRefusedError(f"Error retrieving metadata from {url}") from None
    finally:
        connection.close()


def _client_problem(data: dict[str, Any], pool: dict[str, Any]) -> Any:
    """The problem of a client as the call would leave it: on an update, together with what it does not change."""
    current = pool["_clients"].get(data.get("ClientId"), {})
    client = {field: data.get(field, current.get(field)) for field in _CLIENT_FIELDS}
    problem = client_problem(client, pool, str(data["UserPoolId"]))
    if problem:
        return problem
    unknown = unknown_scopes(client["AllowedOAuthScopes"] or [], cognito.resource_servers(pool))
    if unknown:
        return responses.json_error("ScopeDoesNotExistException", f"Invalid scope requested: {', '.join(unknown)}")
    return None


def _domain_problem(data: dict[str, Any], _pool: dict[str, Any]) -> str | None:
    return None if data.get("CustomDomainConfig") else domain_prefix_problem(str(data.get("Domain") or ""))


def _get_signing_certificate(data: dict[str, Any]) -> Any:
    pool_id = data.get("UserPoolId")
    if cognito.pools.get(pool_id) is None:
        return responses.json_error("ResourceNotFoundException", f"User pool {pool_id} does not exist.")
    return responses.json({"Certificate": signing_certificate(str(pool_id))})
