"""The key that a user pool signs its AuthnRequests with, made when first needed; token keys are the emulator's."""

from __future__ import annotations

import base64
import threading
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
TEN_YEARS: Final = timedelta(days=3650)

_keys: dict[str, tuple[rsa.RSAPrivateKey, x509.Certificate]] = {}
_lock = threading.Lock()


def signing_certificate(pool_id: str) -> str:
    """The pool's certificate as GetSigningCertificate answers it: DER in base64, one line."""
    return base64.b64encode(_pair(pool_id)[1].public_bytes(Encoding.DER)).decode()


def sign(pool_id: str, query: str) -> str:
    """RSA-SHA256 over a query string of the HTTP-Redirect binding, in base64."""
    signature = _pair(pool_id)[0].sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def forget_keys() -> None:
    """Start anew, as after a reset of the whole emulator."""
    with _lock:
        _keys.clear()


def _pair(pool_id: str) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    with _lock:
        if pool_id not in _keys:
            _keys[pool_id] = _new_pair(pool_id)
        return _keys[pool_id]


def _new_pair(pool_id: str) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, pool_id)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + TEN_YEARS)
        .sign(key, hashes.SHA256())
    )
    return key, certificate
