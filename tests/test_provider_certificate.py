"""Certificates in every form in which they travel."""

from __future__ import annotations

import base64
import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from saml_connectors.provider.jumpcloud.certificate import as_stored, one_line


@pytest.fixture(scope="module")
def made() -> x509.Certificate:
    """A certificate like JumpCloud's, made now."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "JumpCloudSAMLUser")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = builder.not_valid_before(now).not_valid_after(now + dt.timedelta(days=1825))
    return dated.serial_number(x509.random_serial_number()).sign(key, hashes.SHA256())


def test_every_form_becomes_one_line_of_der_in_base64(made: x509.Certificate) -> None:
    """Base64 of PEM as JumpCloud stores it, PEM, DER in base64, with other line ends and space."""
    der = base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()
    pem = made.public_bytes(serialization.Encoding.PEM).decode()
    stored = base64.b64encode(pem.encode()).decode()
    for form in (der, pem, stored, pem.replace("\n", "\r\n"), f"\n {stored[:76]}\n{stored[76:]} "):
        assert one_line(form) == der
    assert x509.load_pem_x509_certificate(base64.b64decode(as_stored(der))) == made


def test_what_holds_no_whole_certificate_is_refused(made: x509.Certificate) -> None:
    """Cut short, several at once, something else, nothing."""
    pem = made.public_bytes(serialization.Encoding.PEM).decode()
    der = base64.b64encode(made.public_bytes(serialization.Encoding.DER)[:-10]).decode()
    cases = {
        "cut short": der,
        "2 certificates": pem + pem,
        "no certificates": "-----BEGIN CERTIFICATE-----\nAAAA",
        "neither PEM nor base64": "?",
        "no certificate": base64.b64encode(b"hello world").decode(),
    }
    for told, value in cases.items():
        with pytest.raises(ValueError, match=told):
            one_line(value)
    with pytest.raises(ValueError, match="no certificate"):
        one_line("")
