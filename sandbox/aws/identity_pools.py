"""Identity pools with IAM SAML providers: the emulator believes any text in place of a SAML response, this does not.

The default mapping of claims to principal tags (`UseDefaults`) is not modelled for SAML: it tags nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sandbox.aws.federated_sessions import find_provider
from sandbox.aws.federation_refusal import FederationRefusedError
from sandbox.aws.identity_pool_roles import role_for
from sandbox.aws.policy_variables import conditions_hold
from sandbox.aws.role_trust import TAG, Verdict, verdict
from sandbox.aws.saml_federation import verified
from sandbox.aws.seams import cognito, evaluator, iam, provisioners, responses, sts

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.aws.saml_verification import VerifiedAssertion

COGNITO: Final = "cognito-identity.amazonaws.com"
TYPE: Final = "AWS::Cognito::IdentityPool"
LONGEST_TOKEN: Final = 50_000
"""Characters of a login's token."""

_REFUSED: Final = 400


@dataclass(frozen=True, slots=True)
class _Login:
    provider: str
    assertion: VerifiedAssertion


def install() -> None:
    """Put the strict calls in front of the emulator's."""
    for alias in ("create_identity_pool", "update_identity_pool"):
        cognito.replace(alias, _checked(getattr(cognito, alias)))
    handlers = provisioners.handlers[TYPE]
    for operation, position in (("create", 1), ("update", 2)):
        handlers[operation] = _checked_type(handlers[operation], position)
    original_id, original_credentials = cognito.get_id, cognito.get_credentials
    cognito.replace("get_id", lambda data: _with_verified_logins(data, lambda known, _: original_id(known)))
    cognito.replace(
        "get_credentials",
        lambda data: _with_verified_logins(data, lambda known, login: _credentials(known, login, original_credentials)),
    )
    original_token = cognito.get_open_id_token

    def open_id_token(data: dict[str, Any]) -> Any:
        if any(_is_saml(name) for name in data.get("Logins") or {}):
            return _not_authorized("Basic (classic) flow is not supported with SAML, use the enhanced flow.")
        return original_token(data)

    cognito.replace("get_open_id_token", open_id_token)


# --- the pool itself --------------------------------------------------------------------------------------------------


def _unknown_provider(properties: dict[str, Any]) -> str | None:
    for arn in properties.get("SamlProviderARNs") or []:
        if arn not in iam.saml_providers:
            return f"Identity provider {arn} is not valid for account {responses.account()}"
    return None


def _checked(original: Any) -> Callable[[dict[str, Any]], Any]:
    def checked(data: dict[str, Any]) -> Any:
        problem = _unknown_provider(data)
        return responses.json_error("InvalidParameterException", problem) if problem else original(data)

    return checked


def _checked_type(original: Any, position: int) -> Callable[..., Any]:
    def checked(*args: Any, **kwargs: Any) -> Any:
        if problem := _unknown_provider(args[position]):
            raise ValueError(f"creating or updating {TYPE}: {problem} (InvalidParameterException)")
        return original(*args, **kwargs)

    return checked


# --- signing in ------------------------------------------------------------------------------------------------------


def _is_saml(name: str) -> bool:
    return ":saml-provider/" in name


def _not_authorized(sentence: str) -> Any:
    return responses.json_error("NotAuthorizedException", sentence)


def _with_verified_logins(data: dict[str, Any], answer: Callable[[dict[str, Any], _Login | None], Any]) -> Any:
    """The answer, after SAML responses gave way to what they prove: the same person is then the same login."""
    logins, login = dict(data.get("Logins") or {}), None
    pool = _pool_of(data)
    for name, token in logins.items():
        if not _is_saml(name):
            continue
        if pool is None or name not in (pool.get("SamlProviderARNs") or []):
            return _not_authorized("Token is not from a supported provider of this identity pool.")
        try:
            login = _Login(name, _proved(name, token))
        except FederationRefusedError as refusal:
            return _not_authorized(f"Invalid login token. {refusal}")
        logins[name] = f"saml:{login.assertion.name_id_format}:{login.assertion.name_id}"
    return answer({**data, "Logins": logins}, login)


def _pool_of(data: dict[str, Any]) -> dict[str, Any] | None:
    if "IdentityPoolId" in data:
        found: dict[str, Any] | None = cognito.identity_pools.get(data["IdentityPoolId"])
        return found
    pools = cognito.identity_pools.values()
    return next((pool for pool in pools if data.get("IdentityId") in pool.get("_identities", {})), None)


def _proved(provider: str, token: str) -> VerifiedAssertion:
    if len(token) > LONGEST_TOKEN:
        raise FederationRefusedError("ValidationError", f"the token is longer than {LONGEST_TOKEN} characters")
    return verified(token, find_provider(provider), datetime.now(UTC))


# --- credentials ------------------------------------------------------------------------------------------------------


def _credentials(data: dict[str, Any], login: _Login | None, original: Any) -> Any:
    """The emulator's credentials, as the role's that the person may have."""
    pool = _pool_of(data)
    if login is None or pool is None:
        return original(data)
    custom_role = str(data.get("CustomRoleArn") or "")
    try:
        role_arn = role_for(login.assertion.attributes, login.provider, custom_role, pool)
        tags = _tags(login, pool)
        role = _trusting(role_arn, login, pool, str(data.get("IdentityId")), tags)
    except FederationRefusedError as refusal:
        return _not_authorized(str(refusal))
    status, headers, body = original(data)
    if status < _REFUSED:
        session = sts.sessions[json.loads(body)["Credentials"]["AccessKeyId"]]
        account = role_arn.split(":")[4]
        session["Arn"] = f"arn:aws:sts::{account}:assumed-role/{role['RoleName']}/CognitoIdentityCredentials"
        session["UserId"] = f"{role['RoleId']}:CognitoIdentityCredentials"
        session["SessionTags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return status, headers, body


def _tags(login: _Login, pool: dict[str, Any]) -> dict[str, str]:
    mapping = (pool.get("_principal_tags") or {}).get(login.provider) or {}
    if mapping.get("UseDefaults"):
        return {}
    said = login.assertion.attributes
    return {tag: said[claim][0] for tag, claim in (mapping.get("PrincipalTags") or {}).items() if said.get(claim)}


def _trusting(
    role_arn: str, login: _Login, pool: dict[str, Any], identity: str, tags: dict[str, str]
) -> dict[str, Any]:
    """The role, if it trusts the identity pool, with every action that is needed.

    Raises:
        FederationRefusedError: There is no such role, or it does not.
    """
    role: dict[str, Any] | None = iam.roles.get_scoped(responses.account(), None, role_arn.rpartition("/")[2])
    if role is None or role["Arn"] != role_arn:
        raise FederationRefusedError("AccessDenied", f"there is no role {role_arn} in this account")
    for action in ("sts:AssumeRoleWithWebIdentity", *([TAG] if tags else [])):
        context = evaluator.Context(
            principal_arn=COGNITO,
            principal_type="Federated",
            principal_account=responses.account(),
            action=action,
            resource_arn=role_arn,
            region=responses.region(),
            secure_transport=True,
            request_tags=tags,
            tag_keys=list(tags) or None,
            service_context={
                f"{COGNITO}:aud": pool["IdentityPoolId"],
                f"{COGNITO}:sub": identity,
                f"{COGNITO}:amr": ["authenticated", login.provider],
            },
        )
        trust = role["AssumeRolePolicyDocument"]
        if verdict(trust, action, COGNITO, partial(conditions_hold, context)) is not Verdict.ALLOWED:
            raise FederationRefusedError(
                "AccessDenied", f"Access denied: the trust policy of {role_arn} does not allow {action} to {COGNITO}"
            )
    return role
