"""What the answer of a pre token generation trigger does to the claims of a token; pure, the trigger is not called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

GROUPS: Final = "cognito:groups"

PROTECTED: Final = frozenset(
    {
        *(
            "acr",
            "amr",
            "at_hash",
            "aud",
            "auth_time",
            "azp",
            "client_id",
            "cognito:username",
            "device_key",
            "event_id",
        ),
        *("exp", "iat", "identities", "iss", "jti", "nbf", "nonce", "origin_jti", "sub", "token_use", "username"),
        *("version", GROUPS, "scope"),
    }
)
"""Claims that no trigger adds, overrides or suppresses; groups and scopes have fields of their own."""

SECTIONS: Final = {"id": "idTokenGeneration", "access": "accessTokenGeneration"}


class TriggerFailedError(Exception):
    """The trigger failed, or answered what Cognito does not understand: there are no tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """The details a trigger answered with, and in which shape."""

    version: str
    """`V1_0`, `V2_0` or `V3_0`."""

    details: dict[str, Any]


def read_overrides(version: str, payload: Any) -> Overrides | None:
    """The overrides in what the function returned: the whole event, with its `response` filled in.

    Raises:
        TriggerFailedError: It is not that.
    """
    response = payload.get("response") if isinstance(payload, dict) else None
    if not isinstance(response, dict):
        raise TriggerFailedError("Unrecognizable lambda output")
    details = response.get("claimsOverrideDetails" if version == "V1_0" else "claimsAndScopeOverrideDetails")
    if details is None:
        return None
    if not isinstance(details, dict):
        raise TriggerFailedError("Unrecognizable lambda output")
    claims = details.get("claimsToAddOrOverride") or {}
    if version == "V1_0" and not all(isinstance(value, str) for value in claims.values()):
        raise TriggerFailedError("Unrecognizable lambda output: claimsToAddOrOverride of V1_0 holds texts only")
    return Overrides(version=version, details=details)


def apply_overrides(claims: dict[str, Any], token_type: str, overrides: Overrides) -> dict[str, Any]:
    """*claims* of an `id` or `access` token, as the trigger wants them."""
    result = dict(claims)
    section = overrides.details
    if overrides.version == "V1_0":
        section = section if token_type == "id" else {}
    else:
        section = section.get(SECTIONS[token_type]) or {}
    added = section.get("claimsToAddOrOverride") or {}
    result.update({name: value for name, value in added.items() if name not in PROTECTED})
    for name in section.get("claimsToSuppress") or []:
        if name not in PROTECTED:
            result.pop(name, None)
    if token_type == "access" and overrides.version != "V1_0":
        result["scope"] = _scopes(result.get("scope", ""), section)
    _apply_groups(result, token_type, overrides.details)
    return result


def _scopes(current: str, section: dict[str, Any]) -> str:
    suppressed = section.get("scopesToSuppress") or []
    kept = [scope for scope in current.split() if scope not in suppressed]
    added = [scope for scope in section.get("scopesToAdd") or [] if scope not in kept]
    return " ".join([*kept, *added])


def _apply_groups(claims: dict[str, Any], token_type: str, details: dict[str, Any]) -> None:
    """Groups in both kinds of token; an empty or null override takes them away, none at all leaves them."""
    if "groupOverrideDetails" not in details:
        return
    override = details["groupOverrideDetails"] or {}
    claims.pop(GROUPS, None)
    if override.get("groupsToOverride"):
        claims[GROUPS] = list(override["groupsToOverride"])
    if token_type == "id":
        if override.get("iamRolesToOverride"):
            claims["cognito:roles"] = list(override["iamRolesToOverride"])
        if override.get("preferredRole"):
            claims["cognito:preferred_role"] = override["preferredRole"]
