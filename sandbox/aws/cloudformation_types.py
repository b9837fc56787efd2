"""Cognito's CloudFormation types that the emulator lacks; what their services accept is judged by the services."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import uuid4

from sandbox.aws.seams import cognito, provisioners

PROVIDER: Final = "AWS::Cognito::UserPoolIdentityProvider"
REFUSED: Final = 400
"""The lowest HTTP status of a refusal."""

BRANDING: Final = "AWS::Cognito::ManagedLoginBranding"

Created = tuple[str, dict[str, Any]]
"""Physical id, and the attributes for `Fn::GetAtt`."""


def install() -> None:
    """Register the types; the emulator's engine does replacement, clean-up and rollback by itself."""
    provisioners.handlers[PROVIDER] = {
        "create": _create_provider,
        "update": _update_provider,
        "delete": _delete_provider,
    }
    provisioners.replacing_properties[PROVIDER] = ("UserPoolId", "ProviderName", "ProviderType")
    provisioners.handlers[BRANDING] = {
        "create": _create_branding,
        "update": _update_branding,
        "delete": _delete_branding,
    }
    provisioners.replacing_properties[BRANDING] = ("UserPoolId", "ClientId")
    _report_provider_url()


def _report_provider_url() -> None:
    """Give AWS::Cognito::UserPool its attribute ProviderURL, which the emulator leaves out."""
    handlers = provisioners.handlers["AWS::Cognito::UserPool"]
    for operation in ("create", "update"):

        def reported(*args: Any, original: Any = handlers[operation], **kwargs: Any) -> Created:
            physical_id, attributes = original(*args, **kwargs)
            return physical_id, {**attributes, "ProviderURL": f"https://{attributes['ProviderName']}"}

        handlers[operation] = reported


def _answer(kind: str, doing: str, response: Any) -> dict[str, Any]:
    status, _, body = response
    answer: dict[str, Any] = json.loads(body) if body else {}
    if status >= REFUSED:
        code = str(answer.get("__type", status)).rpartition("#")[2]
        raise ValueError(f"{doing} {kind}: {answer.get('message')} ({code})")
    return answer


# --- AWS::Cognito::UserPoolIdentityProvider: Ref is the provider's name, there is nothing for Fn::GetAtt --------------


def _provider_request(properties: dict[str, Any]) -> dict[str, Any]:
    """The API's request; booleans in ProviderDetails become strings, as CloudFormation hands them on."""
    details = {
        key: ("true" if value else "false") if isinstance(value, bool) else str(value)
        for key, value in (properties.get("ProviderDetails") or {}).items()
    }
    return {
        "UserPoolId": properties.get("UserPoolId"),
        "ProviderName": properties.get("ProviderName"),
        "ProviderType": properties.get("ProviderType"),
        "ProviderDetails": details,
        "AttributeMapping": properties.get("AttributeMapping") or {},
        "IdpIdentifiers": properties.get("IdpIdentifiers") or [],
    }


def _create_provider(_logical_id: str, properties: dict[str, Any], _stack_name: str) -> Created:
    request = _provider_request(properties)
    _answer(PROVIDER, "creating", cognito.create_provider(request))
    return request["ProviderName"], {}


def _update_provider(physical_id: str, _old: dict[str, Any], new: dict[str, Any], _stack_name: str) -> Created:
    request = _provider_request(new)
    del request["ProviderType"]
    _answer(PROVIDER, "updating", cognito.update_provider(request))
    return physical_id, {}


def _delete_provider(physical_id: str, properties: dict[str, Any]) -> None:
    pool = cognito.pools.get(properties.get("UserPoolId")) or {}
    if physical_id in pool.get("_identity_providers", {}):
        request = {"UserPoolId": properties["UserPoolId"], "ProviderName": physical_id}
        _answer(PROVIDER, "deleting", cognito.delete_provider(request))


# --- AWS::Cognito::ManagedLoginBranding: kept and counted, the pages themselves are not drawn -------------------------


def _brandings(properties: dict[str, Any]) -> dict[str, str]:
    pool = cognito.pools.get(properties.get("UserPoolId"))
    if pool is None:
        raise ValueError(f"creating {BRANDING}: User pool {properties.get('UserPoolId')} does not exist.")
    brandings: dict[str, str] = pool.setdefault("_managed_login_brandings", {})
    return brandings


def _create_branding(_logical_id: str, properties: dict[str, Any], _stack_name: str) -> Created:
    brandings = _brandings(properties)
    client = str(properties.get("ClientId", ""))
    if client not in cognito.pools[properties["UserPoolId"]]["_clients"]:
        raise ValueError(f"creating {BRANDING}: User pool client {client} does not exist.")
    if client in brandings:
        raise ValueError(f"creating {BRANDING}: Managed login branding already exists for the client {client}.")
    brandings[client] = str(uuid4())
    return f"{properties['UserPoolId']}|{brandings[client]}", {"ManagedLoginBrandingId": brandings[client]}


def _update_branding(physical_id: str, _old: dict[str, Any], _new: dict[str, Any], _stack_name: str) -> Created:
    return physical_id, {"ManagedLoginBrandingId": physical_id.rpartition("|")[2]}


def _delete_branding(_physical_id: str, properties: dict[str, Any]) -> None:
    pool = cognito.pools.get(properties.get("UserPoolId")) or {}
    pool.get("_managed_login_brandings", {}).pop(properties.get("ClientId"), None)
