"""STS's call AssumeRoleWithSAML, which the emulator lacks; it needs no credentials, as on AWS."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape
from typing import Any, Final
from urllib.parse import parse_qs

from sandbox.aws.federated_sessions import FederatedSession, assume, find_provider, packed_percentage
from sandbox.aws.federation_refusal import FederationRefusedError
from sandbox.aws.saml_claims import LONGEST_SESSION, SHORTEST_SESSION
from sandbox.aws.saml_federation import federate
from sandbox.aws.seams import concurrency, iam, responses, sts

ACTION: Final = "AssumeRoleWithSAML"
DEFAULT_SESSION: Final = 3600
"""Seconds of a session for which no duration was asked."""

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/.+")
_PROVIDER = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):saml-provider/.+")


def install() -> None:
    """Answer the call before the emulator says that it does not know it."""
    original = sts.handle

    async def handle(method: str, path: str, headers: Any, body: bytes, query: dict[str, Any]) -> Any:
        parameters = {**query, **(parse_qs(body.decode("utf-8", "replace")) if method == "POST" else {})}
        if _given(parameters, "Action") != ACTION:
            return await original(method, path, headers, body, query)
        return await concurrency.run_reentrant(_assume_role_with_saml, parameters)

    sts.replace("handle", handle)


def _assume_role_with_saml(parameters: dict[str, Any]) -> Any:
    try:
        role_arn, provider_arn = _arn(parameters, "RoleArn", _ROLE), _arn(parameters, "PrincipalArn", _PROVIDER)
        seconds = _seconds(_given(parameters, "DurationSeconds"))
        account = role_arn.split(":")[4]
        with responses.request_scope(account, responses.region()):
            session_policies, problem = sts.session_policies(parameters, account)
        if problem:
            return problem
        now = datetime.now(UTC)
        federated = federate(_given(parameters, "SAMLAssertion"), find_provider(provider_arn), now)
        session = assume(federated, role_arn, seconds=seconds, now=now, session_policies=session_policies)
    except FederationRefusedError as refusal:
        return iam.error(refusal.status, refusal.code, escape(str(refusal)), ns="sts")
    return iam.xml(200, f"{ACTION}Response", _result(session, packed_percentage(federated, session_policies)), ns="sts")


def _arn(parameters: dict[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = _given(parameters, name)
    if not pattern.fullmatch(value):
        raise FederationRefusedError("ValidationError", f"{value or 'nothing'} is invalid for {name}")
    return value


def _seconds(text: str) -> int:
    if not text:
        return DEFAULT_SESSION
    if not re.fullmatch(r"[0-9]{1,9}", text) or not SHORTEST_SESSION <= int(text) <= LONGEST_SESSION:
        raise FederationRefusedError(
            "ValidationError",
            f"1 validation error detected: Value '{text}' at 'durationSeconds' failed to satisfy constraint: Member "
            f"must have value from {SHORTEST_SESSION} to {LONGEST_SESSION}",
        )
    return int(text)


def _result(session: FederatedSession, packed: int | None) -> str:
    federated = session.federated
    fields = {
        "Audience": federated.recipient,
        "Issuer": federated.provider.metadata.entity_id,
        "NameQualifier": federated.name_qualifier,
        "PackedPolicySize": "" if packed is None else str(packed),
        "SourceIdentity": federated.claims.source_identity or "",
        "Subject": federated.subject,
        "SubjectType": federated.subject_type,
    }
    user = {"Arn": session.user_arn, "AssumedRoleId": session.user_id}
    credentials = {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": session.session_token,
        "Expiration": session.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    inner = f"<AssumedRoleUser>{_elements(user)}</AssumedRoleUser><Credentials>{_elements(credentials)}</Credentials>"
    return f"<{ACTION}Result>{inner}{_elements(fields)}</{ACTION}Result>"


def _elements(fields: dict[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items() if value)


def _given(parameters: dict[str, Any], name: str) -> str:
    return str(iam.parameter(parameters, name))
