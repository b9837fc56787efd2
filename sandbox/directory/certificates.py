"""Signing keys and certificates as JumpCloud makes them: RSA, self-signed with SHA-256, five years to the second.

Not here: which application has which certificate, and when it changes.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

YEARS_VALID = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningPair:
    """A certificate and its private key, both as PEM text."""

    certificate: str
    private_key: str


class KeyPool:
    """Private keys, made ahead of time because RSA-4096 takes seconds; safe to use from several threads."""

    def __init__(self, key_size: int) -> None:
        self.key_size = key_size
        self._ready: deque[rsa.RSAPrivateKey] = deque()
        self._changed = threading.Condition()
        self._wanted = 0

    def take(self) -> rsa.RSAPrivateKey:
        """Hand out a key that nobody else gets: one made ahead, or else a new one."""
        with self._changed:
            if self._ready:
                key = self._ready.popleft()
                self._changed.notify()
                return key
        return self._make()

    def keep_ready(self, count: int) -> None:
        """From now on keep *count* keys ready, made in the background."""
        with self._changed:
            started, self._wanted = self._wanted > 0, count
            self._changed.notify()
        if not started:
            threading.Thread(target=self._fill, name="sandbox-directory-keys", daemon=True).start()

    def _fill(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: len(self._ready) < self._wanted)
            key = self._make()
            with self._changed:
                self._ready.append(key)

    def _make(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=self.key_size)


def self_signed(key: rsa.RSAPrivateKey, *, organization: str, now: datetime) -> SigningPair:
    """A certificate for *key* with the subject that JumpCloud gives its generated ones."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "CO"),
            x509.NameAttribute(NameOID.LOCALITY_NAME, "Boulder"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:64]),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "JumpCloudSAMLIdP"),
            x509.NameAttribute(NameOID.COMMON_NAME, "JumpCloudSAMLUser"),
        ]
    )
    begins = now.astimezone(UTC).replace(microsecond=0)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(_years_later(begins, YEARS_VALID))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return SigningPair(
        certificate=certificate.public_bytes(serialization.Encoding.PEM).decode("ascii"),
        private_key=key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode("ascii"),
    )


def encoded(pem: str) -> str:
    """PEM text the way the API carries it: base64 of the whole text."""
    return base64.b64encode(pem.encode("ascii")).decode("ascii")


def decoded_certificate(value: str) -> x509.Certificate | None:
    """The certificate in *value*, which has to be base64 of PEM text; None where it is anything else."""
    try:
        return x509.load_pem_x509_certificate(base64.b64decode(value, validate=True))
    except (ValueError, binascii.Error):
        return None


def decoded_private_key(value: str) -> str | None:
    """The private key in *value*, PEM or base64 of it, as unencrypted PEM; None where it is neither."""
    try:
        data = (
            value.encode("ascii") if value.lstrip().startswith("-----BEGIN") else base64.b64decode(value, validate=True)
        )
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError, binascii.Error):
        return None
    if not isinstance(key, rsa.RSAPrivateKey):
        return None
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")


def _years_later(begin: datetime, years: int) -> datetime:
    try:
        return begin.replace(year=begin.year + years)
    except ValueError:  # 29 February, and no leap year then
        return begin.replace(year=begin.year + years, month=3, day=1)
