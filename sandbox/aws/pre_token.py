"""Ask a user pool's pre token generation trigger, once for all tokens of a sign-in or refresh; failure means no tokens.

The emulator asks it once per token, for V1_0 not at all before an access token, looks for groups in the wrong place,
and issues tokens when it fails.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import Any, Final

from sandbox.aws.seams import cognito, functions
from sandbox.aws.trigger_overrides import Overrides, TriggerFailedError, apply_overrides, read_overrides

API_SCOPE: Final = "aws.cognito.signin.user.admin"
"""The scope of tokens from API sign-ins, which the emulator passes as None."""

CLIENT_CREDENTIALS: Final = "TokenGeneration_ClientCredentials"
COGNITO_SERVICE: Final = "cognito-idp.amazonaws.com"

_NOT_ASKED: Final = object()
_answer: ContextVar[Any] = ContextVar("pre_token_answer", default=_NOT_ASKED)


def install() -> None:
    """Ask before the emulator builds a set of tokens, and apply the answer as it builds each of them."""
    original_build, original_apply = cognito.build_tokens, cognito.apply_pre_token

    def build(pool_id: str, client_id: str, user: dict[str, Any], **rest: Any) -> Any:
        attributes = cognito.attributes_to_dict(user.get("Attributes", []))
        answer = _ask(
            pool_id=pool_id,
            client_id=client_id,
            username=user.get("Username", ""),
            attributes={**attributes, "cognito:user_status": user.get("UserStatus", "")},
            groups=user.get("_groups", []),
            trigger_source=rest.get("trigger_source") or "TokenGeneration_Authentication",
            client_metadata=rest.get("client_metadata"),
            scope=rest.get("scope"),
        )
        mark = _answer.set(answer)
        try:
            return original_build(pool_id, client_id, user, **rest)
        finally:
            _answer.reset(mark)

    def apply(**said: Any) -> dict[str, Any]:
        if said["trigger_source"] == CLIENT_CREDENTIALS:
            untouched: dict[str, Any] = original_apply(**said)
            return untouched
        claims: dict[str, Any] = said["claims"]
        if said["token_type"] == "id" and "email" in said["user_attrs"] and "email_verified" not in said["user_attrs"]:
            claims = {**claims, "email_verified": False}
        answer = _answer.get()
        if answer is _NOT_ASKED:
            answer = _ask(
                pool_id=said["pool_id"],
                client_id=said["client_id"],
                username=said["username"],
                attributes=said["user_attrs"],
                groups=said["groups"],
                trigger_source=said["trigger_source"],
                client_metadata=said.get("client_metadata"),
                scope=said.get("scope"),
            )
        return claims if answer is None else apply_overrides(claims, said["token_type"], answer)

    cognito.replace("build_tokens", build)
    cognito.replace("apply_pre_token", apply)


def _trigger(pool: dict[str, Any]) -> tuple[str, str] | None:
    """ARN of the function and version of the event, or None where the pool has no trigger."""
    configuration = pool.get("LambdaConfig") or {}
    versioned = configuration.get("PreTokenGenerationConfig") or {}
    if versioned.get("LambdaArn"):
        return versioned["LambdaArn"], versioned.get("LambdaVersion") or "V1_0"
    arn = configuration.get("PreTokenGeneration")
    return (arn, "V1_0") if arn else None


def _ask(
    *,
    pool_id: str,
    client_id: str,
    username: str,
    attributes: dict[str, str],
    groups: list[str],
    trigger_source: str,
    client_metadata: dict[str, str] | None,
    scope: str | None,
) -> Overrides | None:
    pool = cognito.pools.get(pool_id) or {}
    trigger = _trigger(pool)
    if trigger is None:
        return None
    arn, version = trigger
    record, configuration, _ = functions.find(arn)
    if record is None or configuration is None:
        raise TriggerFailedError("PreTokenGeneration invocation failed due to configuration.")
    if not may_invoke(record, str(pool.get("Arn", ""))):
        raise TriggerFailedError("PreTokenGeneration invocation failed due to error AccessDeniedException.")
    event = cognito.pre_token_event(
        pool_id=pool_id,
        client_id=client_id,
        username=username,
        user_attrs=attributes,
        groups=groups,
        trigger_source=trigger_source,
        version=version,
        client_metadata=client_metadata,
        scope=API_SCOPE if scope is None else scope,
    )
    result = functions.execute(functions.execution_record(record, configuration), event)
    payload = result.get("body") if isinstance(result, dict) else None
    payload = _parsed(payload)
    if not isinstance(result, dict) or result.get("error"):
        said = payload.get("errorMessage") if isinstance(payload, dict) else None
        raise TriggerFailedError(f"PreTokenGeneration failed with error {said or 'unknown'}.")
    return read_overrides(version, payload)


def may_invoke(record: dict[str, Any], pool_arn: str) -> bool:
    """Whether the function's resource policy lets Cognito invoke it for this user pool."""
    for statement in (record.get("policy") or {}).get("Statement") or []:
        principal = statement.get("Principal") or {}
        service = principal.get("Service") if isinstance(principal, dict) else principal
        conditions = (statement.get("Condition") or {}).values()
        sources = [value for condition in conditions for key, value in condition.items() if key == "AWS:SourceArn"]
        if statement.get("Effect") == "Allow" and service == COGNITO_SERVICE and all(s == pool_arn for s in sources):
            return True
    return False


def _parsed(payload: Any) -> Any:
    if isinstance(payload, (str, bytes, bytearray)):
        try:
            return json.loads(payload)
        except ValueError:
            return None
    return payload
