"""One certificate of a metadata document: its life, its key, its fingerprint.

Not here: whether it is good enough, which the checks say, and chains: an IdP's certificate is trusted as it stands.
"""

from __future__ import annotations

import base64
import binascii
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from saml_connectors.problems import Problem, SpecError

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

_MAX_TEXT: Final = 64 * 1024
"""Longer than any certificate: what is longer is not decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What a signing certificate says about itself."""

    text: str
    """DER in base64, one line, without PEM's header and footer."""

    sha256: str
    """Fingerprint: 64 hexadecimal digits, lower case, no colons."""

    not_before: datetime
    not_after: datetime

    key_type: str
    """`RSA`, `EC`, `DSA`, `Ed25519`, `Ed448`, or the name of another kind."""

    key_size: int
    """In bits; 0 where the kind has no size that could be told."""

    signature_hash: str | None
    """`sha256` and the like; None where the signature's algorithm names no hash, as Ed25519's does."""


def read_certificate(text: str) -> Certificate:
    """The certificate in the text of an `X509Certificate` element.

    Raises:
        SpecError: Where it is none: `metadata-certificate-unreadable`.
    """
    compact = "".join(text.split())
    if compact.startswith("-----BEGIN"):
        raise _unreadable("PEM with its header and footer", fix="leave out the BEGIN and END lines")
    if not compact:
        raise _unreadable("nothing")
    if len(compact) > _MAX_TEXT:
        raise _unreadable(f"{len(compact)} characters")
    try:
        der = base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError):  # the second: a character outside ASCII
        raise _unreadable("text that is not base64") from None
    return _described(der, compact)


def _described(der: bytes, text: str) -> Certificate:
    # Imported where a certificate is read, because the command line must start fast.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of harmless oddities in certificates that it reads all the same
        try:
            read = x509.load_der_x509_certificate(der)
            key_type, key_size = _key(read.public_key())
            _ = read.extensions  # one that repeats an extension is refused by AWS too
            return Certificate(
                text=text,
                sha256=read.fingerprint(hashes.SHA256()).hex(),
                not_before=read.not_valid_before_utc,
                not_after=read.not_valid_after_utc,
                key_type=key_type,
                key_size=key_size,
                signature_hash=_signature_hash(read),
            )
        except x509.DuplicateExtension:
            raise _unreadable("one that repeats an extension") from None
        except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.UnsupportedGeneralNameType):
            raise _unreadable(f"{len(der)} bytes that are no X.509 certificate with a public key") from None


def _key(key: CertificatePublicKeyTypes) -> tuple[str, int]:
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa  # noqa: PLC0415

    match key:
        case rsa.RSAPublicKey():
            return "RSA", key.key_size
        case ec.EllipticCurvePublicKey():
            return "EC", key.curve.key_size
        case dsa.DSAPublicKey():
            return "DSA", key.key_size
        case ed25519.Ed25519PublicKey():
            return "Ed25519", 256
        case ed448.Ed448PublicKey():
            return "Ed448", 456
        case _:
            return type(key).__name__.removesuffix("PublicKey"), 0


def _signature_hash(certificate: x509.Certificate) -> str | None:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415

    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return certificate.signature_algorithm_oid.dotted_string
    return None if algorithm is None else algorithm.name


def _unreadable(given: str, fix: str | None = None) -> SpecError:
    rule = "must be one X.509 certificate, DER in base64"
    problem = Problem(code="metadata-certificate-unreadable", rule=rule, given=given, fix=fix)
    return SpecError([problem], "the certificate")
