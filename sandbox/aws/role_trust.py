"""Whether a role's trust policy lets people assume it whom a federated principal vouches for.

Pure: conditions are evaluated by the caller, who knows the request.
"""

from __future__ import annotations

import fnmatch
import json
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sandbox.aws.federation_refusal import FederationRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sandbox.aws.saml_federation import Federated

ASSUME: Final = "sts:AssumeRoleWithSAML"
TAG: Final = "sts:TagSession"
SET_SOURCE_IDENTITY: Final = "sts:SetSourceIdentity"


class Verdict(Enum):
    """What a trust policy says to an action of a federated principal."""

    ALLOWED = "allows"
    DENIED = "denies"
    CONDITION = "would allow, if a condition held"
    UNNAMED = "does not name"


def verdict(document: str, action: str, principal: str, conditions_met: Callable[[dict[str, Any]], bool]) -> Verdict:
    """What the trust policy *document* says to *action* by the federated *principal*; a denial wins."""
    matching = [one for one in _statements(document) if _names(one, action) and _trusts(one, principal)]
    holding = {one.get("Effect") for one in matching if conditions_met(one.get("Condition") or {})}
    if "Deny" in holding:
        return Verdict.DENIED
    if "Allow" in holding:
        return Verdict.ALLOWED
    return Verdict.CONDITION if any(one.get("Effect") == "Allow" for one in matching) else Verdict.UNNAMED


def needed_actions(federated: Federated) -> tuple[str, ...]:
    """What the trust policy has to allow for this person: more, where the assertion sends tags or an identity."""
    actions = [ASSUME]
    if federated.claims.session_tags:
        actions.append(TAG)
    if federated.claims.source_identity is not None:
        actions.append(SET_SOURCE_IDENTITY)
    return tuple(actions)


def check_trust(
    document: str, role_arn: str, federated: Federated, conditions_met: Callable[[str, dict[str, Any]], bool]
) -> None:
    """Check that the trust policy *document* allows everything that is needed.

    Args:
        document: JSON of the trust policy.
        role_arn: Whose it is.
        federated: Who wants the role.
        conditions_met: Whether the `Condition` of a statement holds for the request of an action.

    Raises:
        FederationRefusedError: It does not, or it denies it.
    """
    provider = federated.provider.arn
    for action in needed_actions(federated):
        found = verdict(document, action, provider, partial(conditions_met, action))
        if found is Verdict.DENIED:
            raise _denied(action, f"the trust policy of {role_arn} denies it to {provider}")
        if found is Verdict.CONDITION:
            cause = f"a condition in the trust policy of {role_arn} does not hold, SAML:aud being {federated.recipient}"
            raise _denied(action, cause)
        if found is Verdict.UNNAMED:
            raise _denied(action, f"the trust policy of {role_arn} does not allow it to {provider}")


def _statements(document: str) -> list[dict[str, Any]]:
    found = json.loads(document).get("Statement", [])
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]


def _names(statement: dict[str, Any], action: str) -> bool:
    """Whether the statement is about *action*; IAM's wildcards, and no difference between cases."""

    def fits(patterns: Sequence[str]) -> bool:
        return any(fnmatch.fnmatchcase(action.lower(), one.lower().replace("[", "[[]")) for one in patterns)

    if "Action" in statement:
        return fits(_listed(statement["Action"]))
    return "NotAction" in statement and not fits(_listed(statement["NotAction"]))


def _trusts(statement: dict[str, Any], federated: str) -> bool:
    principal = statement.get("Principal")
    return principal == "*" or (isinstance(principal, dict) and federated in _listed(principal.get("Federated", [])))


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _denied(action: str, cause: str) -> FederationRefusedError:
    return FederationRefusedError("AccessDenied", f"Not authorized to perform {action}: {cause}")
