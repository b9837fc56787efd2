"""The session of a person whom an IAM SAML provider vouches for: credentials that are limited to one role.

What the assertion proves is `saml_federation.py`'s, what the trust policy allows `role_trust.py`'s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.aws.federation_refusal import FederationRefusedError
from sandbox.aws.policy_variables import conditions_hold
from sandbox.aws.role_trust import check_trust
from sandbox.aws.saml_federation import Federated, SamlProvider
from sandbox.aws.saml_metadata import MetadataRefusedError, read_idp_metadata
from sandbox.aws.saml_providers import ENCRYPTION, IDENTIFIER, REQUIRED
from sandbox.aws.seams import evaluator, iam, responses, sts

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS = "_sandbox_condition_keys"
"""Key of a session under which the condition keys lie that SAML gave it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FederatedSession:
    """Temporary credentials of a role, and whose they are."""

    role_arn: str
    user_arn: str
    user_id: str
    federated: Federated
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expires: datetime


def install() -> None:
    """Let policies see what SAML said of whoever calls."""
    original = evaluator.principal_keys

    def principal_keys(credential: Any) -> dict[str, Any]:
        session = sts.sessions.get(credential.access_key_id) or {}
        return {**original(credential), **session.get(KEYS, {})}

    evaluator.replace("principal_keys", principal_keys)


def find_provider(arn: str) -> SamlProvider:
    """The SAML provider of *arn*, in whatever account it is.

    Raises:
        FederationRefusedError: There is none, or its metadata is not any more good.
    """
    account, name = _account(arn), arn.rpartition("/")[2]
    record = iam.saml_providers.get_scoped(account, None, arn)
    if record is None:
        raise FederationRefusedError("InvalidIdentityToken", f"Specified provider doesn't exist: {arn}")
    try:
        metadata = read_idp_metadata(record["SAMLMetadataDocument"])
    except MetadataRefusedError as refusal:
        raise FederationRefusedError("InvalidIdentityToken", f"Could not parse metadata of {arn}: {refusal}") from None
    return SamlProvider(
        arn=arn,
        account=account,
        name=name,
        identifier=record[IDENTIFIER],
        encryption_required=record.get(ENCRYPTION) == REQUIRED,
        metadata=metadata,
    )


def assume(
    federated: Federated,
    role_arn: str,
    *,
    seconds: int,
    now: datetime,
    session_policies: Mapping[str, Any] | None = None,
) -> FederatedSession:
    """Credentials of the role for *seconds*, or until the session at the IdP ends, whichever comes first.

    Raises:
        FederationRefusedError: The role is not this person's to have.
    """
    role = _find_role(federated, role_arn)
    check_trust(
        role["AssumeRolePolicyDocument"],
        role_arn,
        federated,
        lambda action, conditions: _conditions_met(federated, role_arn, action, conditions),
    )
    if seconds > role["MaxSessionDuration"]:
        raise FederationRefusedError(
            "ValidationError",
            f"The requested DurationSeconds exceeds the MaxSessionDuration set for this role: {seconds} is more than "
            f"{role['MaxSessionDuration']}",
        )
    expires = now + timedelta(seconds=seconds)
    if federated.session_not_on_or_after is not None:
        expires = min(expires, federated.session_not_on_or_after)
    session_name = federated.claims.session_name
    session = FederatedSession(
        role_arn=role_arn,
        user_arn=f"arn:{role_arn.split(':')[1]}:sts::{_account(role_arn)}:assumed-role/{role['RoleName']}/{session_name}",
        user_id=f"{role['RoleId']}:{session_name}",
        federated=federated,
        access_key_id=iam.new_access_key_id(),
        secret_access_key=iam.new_secret(),
        session_token=iam.new_session_token(),
        expires=expires,
    )
    _register(session, session_policies)
    return session


def packed_percentage(federated: Federated, session_policies: Mapping[str, Any]) -> int | None:
    """How much of the room for policies and tags is taken, as far as their plain length tells; None without any."""
    tags = federated.claims.session_tags
    told = str(session_policies["Policy"] or "") + "".join([*session_policies["PolicyArns"], *tags, *tags.values()])
    return min(100, math.ceil(100 * len(told.encode()) / 2048)) if told else None


def _find_role(federated: Federated, role_arn: str) -> dict[str, Any]:
    offered = [pair for pair in federated.claims.roles if pair.role == role_arn]
    if not offered:
        raise _not_authorized(f"the assertion does not offer {role_arn}")
    provider = federated.provider
    if all(pair.provider != provider.arn for pair in offered):
        raise _not_authorized(f"the assertion does not offer {role_arn} by {provider.arn}")
    if _account(role_arn) != provider.account:
        raise _not_authorized(f"{role_arn} is of another account than {provider.arn}")
    role: dict[str, Any] | None = iam.roles.get_scoped(provider.account, None, role_arn.rpartition("/")[2])
    if role is None or role["Arn"] != role_arn:
        raise _not_authorized(f"there is no role {role_arn}")
    return role


def _conditions_met(federated: Federated, role_arn: str, action: str, conditions: dict[str, Any]) -> bool:
    claims, tags = federated.claims, federated.claims.session_tags
    context = evaluator.Context(
        principal_arn=federated.provider.arn,
        principal_type="Federated",
        principal_account=federated.provider.account,
        action=action,
        resource_arn=role_arn,
        region=responses.region(),
        secure_transport=True,
        request_tags=tags,
        tag_keys=list(tags) or None,
        service_context={
            **_saml_keys(federated),
            "sts:rolesessionname": claims.session_name,
            "sts:sourceidentity": claims.source_identity,
            "sts:transitivetagkeys": list(claims.transitive_tag_keys) or None,
        },
    )
    return conditions_hold(context, conditions)


def _saml_keys(federated: Federated) -> dict[str, str]:
    provider = federated.provider
    return {
        "aws:federatedprovider": provider.arn,
        "saml:aud": federated.recipient,
        "saml:doc": f"{provider.account}/{provider.name}",
        "saml:iss": provider.metadata.entity_id,
        "saml:namequalifier": federated.name_qualifier,
        "saml:sub": federated.subject,
        "saml:sub_type": federated.subject_type,
    }


def _register(session: FederatedSession, session_policies: Mapping[str, Any] | None) -> None:
    """Make the credentials known to the emulator, which from then on limits them to the role."""
    claims = session.federated.claims
    keys = _saml_keys(session.federated)
    if claims.source_identity is not None:
        keys["aws:sourceidentity"] = claims.source_identity
    sts.register(
        session.access_key_id,
        {
            "Arn": session.user_arn,
            "UserId": session.user_id,
            "SecretAccessKey": session.secret_access_key,
            "SessionToken": session.session_token,
            "Expiration": session.expires.timestamp(),
            "AccountId": _account(session.role_arn),
            "PrincipalType": "AssumedRole",
            "SessionTags": [{"Key": key, "Value": value} for key, value in claims.session_tags.items()],
            "SessionPolicies": session_policies if session_policies and any(session_policies.values()) else None,
            KEYS: keys,
        },
    )


def _account(arn: str) -> str:
    return arn.split(":")[4]


def _not_authorized(cause: str) -> FederationRefusedError:
    return FederationRefusedError("AccessDenied", f"Not authorized to perform sts:AssumeRoleWithSAML: {cause}")
