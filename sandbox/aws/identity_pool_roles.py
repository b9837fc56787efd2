"""Which role of an identity pool a person gets who signed in by SAML: by the assertion, by rules, or by default.

Pure; whether the role lets them in is not decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.aws.federation_refusal import FederationRefusedError
from sandbox.aws.saml_claims import ROLE, role_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MATCHES: Final[dict[str, Callable[[str, str], bool]]] = {
    "Equals": lambda value, wanted: value == wanted,
    "NotEqual": lambda value, wanted: value != wanted,
    "Contains": lambda value, wanted: wanted in value,
    "StartsWith": lambda value, wanted: value.startswith(wanted),
}


def role_for(
    attributes: Mapping[str, tuple[str, ...]], provider: str, custom_role: str, pool: Mapping[str, Any]
) -> str:
    """ARN of the role.

    Args:
        attributes: What the assertion says.
        provider: ARN of the SAML provider.
        custom_role: The role that the caller asks for; empty for none.
        pool: The identity pool's record.

    Raises:
        FederationRefusedError: None fits, or more than one.
    """
    mapping = mapping_for(provider, pool.get("_role_mappings") or {})
    if mapping.get("Type") == "Rules":
        fitting = _by_rules(attributes, mapping.get("RulesConfiguration") or {})
    else:
        pairs = role_pairs(attributes.get(ROLE, ()))
        fitting = list(dict.fromkeys(pair.role for pair in pairs if pair.provider == provider))
    if custom_role:
        if custom_role not in fitting:
            raise _refused(f"the role {custom_role} is not among those that the person may have")
        return custom_role
    if len(fitting) == 1:
        return fitting[0]
    default = (pool.get("_roles") or {}).get("authenticated")
    if mapping.get("AmbiguousRoleResolution") == "Deny" or not default:
        raise _refused(f"{len(fitting) or 'none'} of the roles fit, and the pool names no other for that case")
    return str(default)


def mapping_for(provider: str, mappings: Mapping[str, Any]) -> dict[str, Any]:
    """The role mapping of *provider*; in a template its name may be inside instead of the key."""
    for name, mapping in mappings.items():
        if provider in (name, mapping.get("IdentityProvider")):
            return dict(mapping)
    return {}


def _by_rules(attributes: Mapping[str, tuple[str, ...]], configuration: Mapping[str, Any]) -> list[str]:
    """The role of the first rule that fits, if one does; a claim of several values fits if one of them does."""
    for rule in configuration.get("Rules") or []:
        matches = MATCHES[rule["MatchType"]]
        if any(matches(value, rule["Value"]) for value in attributes.get(rule["Claim"], ())):
            return [str(rule["RoleARN"])]
    return []


def _refused(cause: str) -> FederationRefusedError:
    return FederationRefusedError("AccessDenied", f"Invalid identity pool configuration or login: {cause}")
