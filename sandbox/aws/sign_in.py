"""The hosted endpoints of a SAML sign-in, strict: /oauth2/authorize, /saml2/idpresponse and /logout."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from sandbox.aws.attribute_mapping import AttributesRefusedError
from sandbox.aws.authn_request import redirect_to_idp, service_provider
from sandbox.aws.control_plane import metadata_of
from sandbox.aws.hosted_pages import Answer, back_to_app, choice_of_idps, redirect, refusal_page
from sandbox.aws.profiles import profile_for
from sandbox.aws.saml_metadata import MetadataRefusedError
from sandbox.aws.saml_verification import Expected, SamlResponseRefusedError, VerifiedAssertion, verify_response
from sandbox.aws.seams import cognito
from sandbox.aws.sign_in_memory import SignIn, SignInMemory
from sandbox.aws.trigger_overrides import TriggerFailedError

LONGEST_RESPONSE: Final = 100_000
"""Characters of a SAML response."""

LONGEST_UNSOLICITED_AGE: Final = timedelta(minutes=6)
"""How old an assertion may be that nobody asked for."""

FLOWS: Final = {"code": "code", "token": "implicit"}
"""What the app client has to allow for each response_type."""

UNKNOWN_RESPONSE: Final = "Invalid samlResponse or relayState from identity provider"

memory = SignInMemory()


def install() -> None:
    """Put the strict endpoints in place of the emulator's."""
    original_authorize = cognito.authorize

    def authorize(method: str, path: str, headers: Any, query: dict[str, Any]) -> Any:
        return _authorize(query, lambda: original_authorize(method, path, headers, query))

    cognito.replace("authorize", authorize)
    cognito.replace("saml_response", _saml_response)
    cognito.replace("logout", _logout)
    original_reset = cognito.reset

    def reset() -> None:
        original_reset()
        memory.clear()

    cognito.replace("reset", reset)


def _authorize(query: dict[str, Any], emulators_answer: Any) -> Any:
    values = {name: cognito.parameter(query, name) for name in query}
    client_id = values.get("client_id", "")
    pool_id, pool, client = cognito.find_client(client_id)
    if client is None:
        return refusal_page("invalid_client", f"The app client {client_id} does not exist.")
    redirect_uri = values.get("redirect_uri") or client.get("DefaultRedirectURI") or ""
    if redirect_uri not in client.get("CallbackURLs", []):
        return refusal_page(
            "redirect_mismatch", f"redirect_uri {redirect_uri} is not a callback URL of the app client."
        )
    listed = list(client.get("SupportedIdentityProviders") or [])
    name = _provider_name(values, pool, listed)
    if name is None:
        return refusal_page("invalid_request", f"No identity provider has the identifier {values['idp_identifier']}.")
    if name in ("", "COGNITO"):
        others = [one for one in listed if one != "COGNITO"] if not name else []
        return choice_of_idps(others, values, emulators_answer() if "COGNITO" in listed or not others else None)
    provider = pool.get("_identity_providers", {}).get(name)
    if provider is None or name not in listed:
        return refusal_page("invalid_request", f"The app client does not list the identity provider {name}.")
    sign_in = SignIn(
        pool_id=pool_id,
        client_id=client_id,
        provider=name,
        redirect_uri=redirect_uri,
        request_id=f"_{secrets.token_hex(20)}",
        response_type=values.get("response_type", ""),
        scope=values.get("scope", ""),
        state=values.get("state", ""),
        nonce=values.get("nonce", ""),
        code_challenge=values.get("code_challenge", ""),
        code_challenge_method=values.get("code_challenge_method", ""),
    )
    # A provider of another type is the emulator's own affair, as is its password page.
    return _to_idp(sign_in, pool, client) if provider["ProviderType"] == "SAML" else emulators_answer()


def _provider_name(values: dict[str, str], pool: dict[str, Any], listed: list[str]) -> str | None:
    """The provider that is asked for, or the only one there is; empty where a person chooses, None for nobody's id."""
    if values.get("identity_provider"):
        return values["identity_provider"]
    if identifier := values.get("idp_identifier"):
        providers = pool.get("_identity_providers", {}).values()
        return next(
            (str(one["ProviderName"]) for one in providers if identifier in one.get("IdpIdentifiers", [])), None
        )
    return listed[0] if len(listed) == 1 else ""


def _to_idp(sign_in: SignIn, pool: dict[str, Any], client: dict[str, Any]) -> Answer:
    if problem := _request_problem(sign_in, client):
        return _refused(sign_in, *problem)
    if not (pool.get("Domain") or pool.get("CustomDomain")):
        return refusal_page("invalid_request", f"The user pool {sign_in.pool_id} has no domain.")
    try:
        metadata = metadata_of(pool, sign_in.provider)
    except MetadataRefusedError as refusal:
        return _refused(sign_in, "server_error", str(refusal))
    details = pool["_identity_providers"][sign_in.provider]["ProviderDetails"]
    relay_state, now = secrets.token_urlsafe(72), datetime.now(UTC)
    memory.begin(relay_state, sign_in, now)
    return redirect(
        redirect_to_idp(
            request_id=sign_in.request_id or "",
            pool_id=sign_in.pool_id,
            acs_url=cognito.acs_url(pool),
            sso_url=metadata.sso_url or "",
            relay_state=relay_state,
            now=now,
            signed=details.get("RequestSigningAlgorithm") == "rsa-sha256",
        )
    )


def _request_problem(sign_in: SignIn, client: dict[str, Any]) -> tuple[str, str] | None:
    """OAuth error and description for a request that the app client may not make."""
    flow = FLOWS.get(sign_in.response_type)
    if flow is None:
        return "invalid_request", "response_type has to be code or token"
    if flow not in client.get("AllowedOAuthFlows", []) or not client.get("AllowedOAuthFlowsUserPoolClient"):
        return "unauthorized_client", f"the app client does not allow the {flow} flow"
    if set(sign_in.scope.split()) - set(client.get("AllowedOAuthScopes", [])):
        return "invalid_request", "invalid_scope"
    challenged = bool(sign_in.code_challenge or sign_in.code_challenge_method)
    if challenged and not (sign_in.code_challenge and sign_in.code_challenge_method == "S256"):
        return "invalid_request", "code_challenge needs code_challenge_method S256"
    return None


def _refused(sign_in: SignIn, error: str, description: str) -> Answer:
    parameters = {"error_description": description, "error": error, "state": sign_in.state}
    return back_to_app(sign_in.redirect_uri, parameters, in_fragment=sign_in.response_type == "token")


def _saml_response(body: bytes, _query: Any) -> Any:
    form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    encoded, relay_state = form.get("SAMLResponse", ""), form.get("RelayState", "")
    if not encoded or len(encoded) > LONGEST_RESPONSE:
        return refusal_page(
            "invalid_request", f"{UNKNOWN_RESPONSE}: SAMLResponse has to be there, not over 100,000 characters."
        )
    sign_in = memory.take(relay_state, datetime.now(UTC)) or _begun_by_idp(relay_state)
    if sign_in is None:
        return refusal_page("invalid_request", f"{UNKNOWN_RESPONSE}.")
    return _answered(sign_in, encoded)


def _answered(sign_in: SignIn, encoded: str) -> Any:
    pool = cognito.find_pool(sign_in.pool_id)
    client = pool["_clients"].get(sign_in.client_id) if pool else None
    if client is None or sign_in.provider not in pool.get("_identity_providers", {}):
        return refusal_page("invalid_request", "The app client or its identity provider is gone.")
    if problem := _request_problem(sign_in, client):
        return _refused(sign_in, *problem)
    try:
        assertion = _verified(sign_in, pool, encoded)
        return _signed_in(sign_in, profile_for(sign_in, pool, client, assertion), pool, client)
    except (SamlResponseRefusedError, MetadataRefusedError) as refusal:
        return _refused(sign_in, "server_error", f"Invalid SAML response received: {refusal}.")
    except (AttributesRefusedError, TriggerFailedError) as refusal:
        return _refused(sign_in, "server_error", str(refusal))


def _verified(sign_in: SignIn, pool: dict[str, Any], encoded: str) -> VerifiedAssertion:
    now = datetime.now(UTC)
    details = pool["_identity_providers"][sign_in.provider].get("ProviderDetails") or {}
    if details.get("EncryptedResponses") == "true":
        raise SamlResponseRefusedError("encrypted", "the provider wants encryption, which the sandbox does not support")
    metadata = metadata_of(pool, sign_in.provider)
    expected = Expected(
        issuer=metadata.entity_id,
        certificates=metadata.certificates,
        audience=service_provider(sign_in.pool_id),
        acs_url=cognito.acs_url(pool),
        request_id=sign_in.request_id,
        now=now,
        longest_age=None if sign_in.request_id else LONGEST_UNSOLICITED_AGE,
    )
    assertion = verify_response(encoded, expected)
    if not memory.use_assertion(sign_in.pool_id, assertion.id, assertion.not_on_or_after, now):
        raise SamlResponseRefusedError("replayed", f"the assertion {assertion.id} has been used before")
    return assertion


def _begun_by_idp(relay_state: str) -> SignIn | None:
    """What the RelayState of an IdP-initiated sign-in asks for, or None where that must not be."""
    values = {name: found[0] for name, found in parse_qs(relay_state).items()}
    name, client_id, redirect_uri = (values.get(key, "") for key in ("identity_provider", "client_id", "redirect_uri"))
    pool_id, pool, client = cognito.find_client(client_id)
    if client is None or redirect_uri not in client.get("CallbackURLs", []):
        return None
    provider = pool.get("_identity_providers", {}).get(name) or {}
    details = provider.get("ProviderDetails") or {}
    if details.get("IDPInit") != "true" or name not in (client.get("SupportedIdentityProviders") or []):
        return None
    return SignIn(
        pool_id=pool_id,
        client_id=client_id,
        provider=name,
        redirect_uri=redirect_uri,
        response_type=values.get("response_type", ""),
        scope=values.get("scope", ""),
        state=values.get("state", ""),
    )


def _signed_in(sign_in: SignIn, username: str, pool: dict[str, Any], client: dict[str, Any]) -> Any:
    if sign_in.response_type == "code":
        return cognito.issue_code(
            sign_in.client_id,
            sign_in.pool_id,
            sign_in.redirect_uri,
            sign_in.scope,
            username,
            sign_in.nonce,
            sign_in.code_challenge,
            sign_in.code_challenge_method,
            sign_in.state,
        )
    scope = cognito.granted_scopes(client, sign_in.scope)
    tokens = cognito.build_tokens(
        sign_in.pool_id,
        sign_in.client_id,
        pool["_users"][username],
        nonce=sign_in.nonce,
        trigger_source="TokenGeneration_HostedAuth",
        scope=scope,
    )
    parameters = {
        "id_token": tokens["IdToken"] if cognito.id_token_granted(scope) else "",
        "access_token": tokens["AccessToken"],
        "expires_in": str(tokens["ExpiresIn"]),
        "token_type": "Bearer",
        "state": sign_in.state,
    }
    return back_to_app(sign_in.redirect_uri, parameters, in_fragment=True)


def _logout(_method: str, _path: str, _headers: Any, query: dict[str, Any]) -> Answer:
    values = {name: cognito.parameter(query, name) for name in query}
    _, _, client = cognito.find_client(values.get("client_id", ""))
    if client is None:
        return refusal_page("invalid_client", "client_id has to name an app client.")
    logout_uri = values.get("logout_uri", "")
    if logout_uri:
        if logout_uri not in client.get("LogoutURLs", []):
            return refusal_page("invalid_request", f"logout_uri {logout_uri} is not a sign-out URL of the app client.")
        return redirect(logout_uri)
    if values.get("redirect_uri"):
        return redirect(f"/login?{urlencode(values)}")
    return refusal_page("invalid_request", "logout_uri is required.")
