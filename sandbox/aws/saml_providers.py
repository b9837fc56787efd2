"""IAM's calls for SAML providers, as strict and as complete as AWS's; who signs in by one is not decided here."""

from __future__ import annotations

import re
import secrets
import string
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox.aws.saml_metadata import MetadataRefusedError, read_idp_metadata
from sandbox.aws.seams import iam

if TYPE_CHECKING:
    from collections.abc import Callable

IDENTIFIER: Final = "SAMLProviderUUID"
ENCRYPTION: Final = "AssertionEncryptionMode"
REQUIRED: Final = "Required"
_KEYS: Final = "PrivateKeyList"
"""What a provider's record holds beside the emulator's: id, mode, and the keys' ids, never the keys."""

SHORTEST_METADATA, LONGEST_METADATA = 1_000, 10_000_000
"""Characters of a metadata document."""

LONGEST_KEY, MOST_KEYS = 16_384, 2
_REFUSED: Final = 400
_NAME = re.compile(r"[\w.-]{1,128}", re.ASCII)
_LETTERS: Final = string.ascii_uppercase + string.digits


def install() -> None:
    """Put the calls in place of the emulator's."""
    iam.handlers["CreateSAMLProvider"] = _creating(iam.handlers["CreateSAMLProvider"])
    iam.handlers["UpdateSAMLProvider"] = _updating(iam.handlers["UpdateSAMLProvider"])
    iam.handlers["GetSAMLProvider"] = _describing(iam.handlers["GetSAMLProvider"])


def _creating(original: Any) -> Callable[[Any], Any]:
    def create(parameters: Any) -> Any:
        name = _given(parameters, "Name")
        if not _NAME.fullmatch(name):
            return _invalid(f"the name {name} may hold 1 to 128 letters, digits, _ . -")
        if problem := _metadata_problem(_given(parameters, "SAMLMetadataDocument")) or _more_problem(parameters, {}):
            return problem
        answer = original(parameters)
        if answer[0] < _REFUSED:
            arn = answer[2].decode().partition("<SAMLProviderArn>")[2].partition("</SAMLProviderArn>")[0]
            record = iam.saml_providers[arn]
            record[IDENTIFIER] = "SAMLSP" + "".join(secrets.choice(_LETTERS) for _ in range(16))
            _keep(parameters, record)
        return answer

    return create


def _updating(original: Any) -> Callable[[Any], Any]:
    """An update changes what it names, and nothing else."""

    def update(parameters: Any) -> Any:
        record = iam.saml_providers.get(_given(parameters, "SAMLProviderArn"))
        if record is None:
            return original(parameters)
        document = _given(parameters, "SAMLMetadataDocument")
        problem = _metadata_problem(document) if document else None
        if problem := problem or _more_problem(parameters, record):
            return problem
        answer = original({**parameters, "SAMLMetadataDocument": [document or record["SAMLMetadataDocument"]]})
        _keep(parameters, record)
        return answer

    return update


def _describing(original: Any) -> Callable[[Any], Any]:
    def describe(parameters: Any) -> Any:
        status, headers, body = original(parameters)
        record = iam.saml_providers.get(_given(parameters, "SAMLProviderArn"))
        if status >= _REFUSED or record is None:
            return status, headers, body
        keys = "".join(
            f"<member><KeyId>{one['KeyId']}</KeyId><Timestamp>{one['Timestamp']}</Timestamp></member>"
            for one in record.get(_KEYS, [])
        )
        mode = f"<{ENCRYPTION}>{record[ENCRYPTION]}</{ENCRYPTION}>" if record.get(ENCRYPTION) else ""
        more = f"<{IDENTIFIER}>{record[IDENTIFIER]}</{IDENTIFIER}>{mode}<{_KEYS}>{keys}</{_KEYS}>"
        end = b"</GetSAMLProviderResult>"
        return status, headers, body.replace(end, more.encode() + end)

    return describe


def _metadata_problem(document: str) -> Any:
    if not SHORTEST_METADATA <= len(document) <= LONGEST_METADATA:
        return _invalid(f"the metadata has to have {SHORTEST_METADATA} to {LONGEST_METADATA} characters")
    try:
        read_idp_metadata(document)
    except MetadataRefusedError as refusal:
        return iam.error(400, "InvalidInput", escape(f"Unable to parse metadata: {refusal}"))
    return None


def _more_problem(parameters: Any, record: dict[str, Any]) -> Any:
    """The problem of encryption mode and private keys, if there is one; no sentence holds any of a key."""
    mode, added, removed = (_given(parameters, name) for name in (ENCRYPTION, "AddPrivateKey", "RemovePrivateKey"))
    if mode not in ("", REQUIRED, "Allowed"):
        return _invalid(f"{ENCRYPTION} has to be Required or Allowed, not {mode}")
    held = [one["KeyId"] for one in record.get(_KEYS, [])]
    if removed and removed not in held:
        return iam.error(404, "NoSuchEntity", escape(f"The provider has no private key {removed}."))
    if added and not _is_private_key(added):
        return _invalid(f"AddPrivateKey has to be a private key in PEM of at most {LONGEST_KEY} characters")
    if added and len(held) - bool(removed) >= MOST_KEYS:
        return iam.error(409, "LimitExceeded", f"A provider has at most {MOST_KEYS} private keys.")
    return None


def _is_private_key(text: str) -> bool:
    if len(text) > LONGEST_KEY:
        return False
    try:
        load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def _keep(parameters: Any, record: dict[str, Any]) -> None:
    if mode := _given(parameters, ENCRYPTION):
        record[ENCRYPTION] = mode
    removed = _given(parameters, "RemovePrivateKey")
    keys = [one for one in record.get(_KEYS, []) if one["KeyId"] != removed]
    if _given(parameters, "AddPrivateKey"):
        identifier = "".join(secrets.choice(_LETTERS) for _ in range(22))
        keys.append({"KeyId": identifier, "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")})
    record[_KEYS] = keys


def _given(parameters: Any, name: str) -> str:
    return str(iam.parameter(parameters, name))


def _invalid(problem: str) -> Any:
    return iam.error(400, "ValidationError", escape(f"1 validation error detected: {problem}"))
