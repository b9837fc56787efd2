"""Certificates and documents for the tests of metadata, made when they are asked for."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from saml_connectors.metadata import assemble

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ENTITY_ID = "https://sso.example.com/saml2/portal"
SHA256_WITH_RSA = bytes.fromhex("2a864886f70d01010b")
SHA1_WITH_RSA = bytes.fromhex("2a864886f70d010105")

_KEYS: dict[str, Any] = {}


def key(kind: str) -> Any:
    """A private key of that kind, made once."""
    make: dict[str, Callable[[], Any]] = {
        "rsa-2048": lambda: rsa.generate_private_key(65537, 2048),
        "rsa-1024": lambda: rsa.generate_private_key(65537, 1024),  # noqa: S505 - what the check must find
        "dsa-2048": lambda: dsa.generate_private_key(2048),
        "p-256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "p-192": lambda: ec.generate_private_key(ec.SECP192R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }
    if kind not in _KEYS:
        _KEYS[kind] = make[kind]()
    return _KEYS[kind]


def _certificate(
    kind: str = "p-256",
    *,
    begins: timedelta = timedelta(days=-400),
    ends: timedelta = timedelta(days=1000),
    claims_sha1: bool = False,
    host_names: int = 0,
) -> str:
    """A self-signed certificate as one line of base64."""
    own = key(kind)
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(own.public_key())
        .serial_number(7)
        .not_valid_before(NOW + begins)
        .not_valid_after(NOW + ends)
    )
    if host_names:
        names = x509.SubjectAlternativeName([x509.DNSName(f"host-{n:04}.example.com") for n in range(host_names)])
        builder = builder.add_extension(names, critical=False)
    made = builder.sign(own, None if kind == "ed25519" else hashes.SHA256())
    der = made.public_bytes(serialization.Encoding.DER)
    if claims_sha1:  # cryptography no longer signs with it, so the algorithm's name is changed in what it signed
        assert der.count(SHA256_WITH_RSA) == 2
        der = der.replace(SHA256_WITH_RSA, SHA1_WITH_RSA)
    return base64.b64encode(der).decode()


@pytest.fixture(scope="session")
def certificate() -> Callable[..., str]:
    """Makes self-signed certificates, each as one line of base64."""
    return _certificate


@pytest.fixture(scope="session")
def good() -> str:
    """A document that both services take."""
    return assemble(entity_id=ENTITY_ID, sso_url=ENTITY_ID, certificates=[_certificate("rsa-2048")])
