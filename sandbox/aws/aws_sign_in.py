"""AWS's sign-in site for SAML: `POST /saml` and `POST /saml/acs/<id of a SAML provider>`, as a browser sends them.

The console behind it is not there: whoever is signed in sees the session, and its credentials.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from sandbox.aws.aws_pages import Answer, role_chooser, signed_in, turned_away
from sandbox.aws.federated_sessions import FederatedSession, assume, find_provider
from sandbox.aws.federation_refusal import FederationRefusedError
from sandbox.aws.saml_claims import RolePair, role_pairs
from sandbox.aws.saml_federation import Federated, announced, federate
from sandbox.aws.sts_saml import DEFAULT_SESSION

if TYPE_CHECKING:
    from collections.abc import Mapping

ROLE_FIELD: Final = "roleIndex"
"""Field of the chooser's form that holds the ARN of the chosen role."""

_PATH = re.compile(r"/saml(?:/acs/[A-Z0-9]+)?/?")
_FORM: Final = b"application/x-www-form-urlencoded"
_CONSOLES: Final = ("aws.amazon.com", "amazonaws-us-gov.com", "amazonaws.cn")


def is_for_sign_in(method: str, path: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a request is a browser's form for the sign-in site, rather than a call of a bucket named saml."""
    a_form = headers.get(b"content-type", b"").partition(b";")[0].strip().lower() == _FORM
    return method == "POST" and a_form and b"authorization" not in headers and bool(_PATH.fullmatch(path))


def answer(path: str, body: bytes) -> Answer:
    """The page for the form *body*, posted to *path*."""
    form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    encoded, relay_state = form.get("SAMLResponse", ""), form.get("RelayState", "")
    now = datetime.now(UTC)
    try:
        pairs = _pairs(encoded, path)
        chosen = _chosen(pairs, form.get(ROLE_FIELD, ""))
        if chosen is None:
            return role_chooser(path, encoded, relay_state, ROLE_FIELD, _offered(encoded, pairs, now))
        federated = federate(encoded, find_provider(chosen.provider), now)
        seconds = federated.claims.session_duration or DEFAULT_SESSION
        session = assume(federated, chosen.role, seconds=seconds, now=now)
    except FederationRefusedError as refusal:
        return turned_away(refusal)
    return signed_in(session, *_destination(session, relay_state))


def _pairs(encoded: str, path: str) -> tuple[RolePair, ...]:
    """What the response says of roles, unverified: enough to know whom to verify it against."""
    said = announced(encoded)
    pairs = role_pairs(said.role_values)
    if not pairs:
        raise FederationRefusedError("InvalidIdentityToken", "the assertion offers no role", no_role=True)
    if urlsplit(said.recipient).path != path.rstrip("/"):
        raise FederationRefusedError(
            "InvalidIdentityToken", f"the response is for {said.recipient or 'nobody'}, and was posted to {path}"
        )
    return pairs


def _chosen(pairs: tuple[RolePair, ...], wanted: str) -> RolePair | None:
    roles = {pair.role: pair for pair in reversed(pairs)}
    if wanted and wanted not in roles:
        raise FederationRefusedError(
            "AccessDenied", f"Not authorized to perform sts:AssumeRoleWithSAML: the assertion does not offer {wanted}"
        )
    return roles[wanted] if wanted else pairs[0] if len(roles) == 1 else None


def _offered(encoded: str, pairs: tuple[RolePair, ...], now: datetime) -> Federated:
    """The response as the first of the providers sees it by which it verifies."""
    refusals: list[FederationRefusedError] = []
    for provider_arn in dict.fromkeys(pair.provider for pair in pairs):
        try:
            return federate(encoded, find_provider(provider_arn), now)
        except FederationRefusedError as refusal:
            refusals.append(refusal)
    raise refusals[0]


def _destination(session: FederatedSession, relay_state: str) -> tuple[str, str]:
    """Where the console would open, and a note where that is not what RelayState asked for."""
    host = (urlsplit(session.federated.recipient).hostname or "").removeprefix("signin.")
    region, _, rest = host.partition(".signin.")
    suffix = rest or host
    home = f"https://{region}.console.{suffix}/console/home?region={region}" if rest else f"https://console.{suffix}/"
    if not relay_state:
        return home, ""
    try:
        parts = urlsplit(relay_state)
        told = parts.hostname or ""
    except ValueError:
        return home, "The RelayState is no URL."
    if parts.scheme == "https" and any(told == one or told.endswith(f".{one}") for one in _CONSOLES):
        return relay_state, ""
    return home, "The RelayState is no page of the AWS console."
