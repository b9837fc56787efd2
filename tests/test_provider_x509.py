"""Keys and certificates read and written with the standard library alone, held against what others wrote."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography import x509 as reference
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtensionOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from saml_connectors.provider.jumpcloud import der, x509

if TYPE_CHECKING:
    from pathlib import Path

    from tests.signing_fixtures import Pems

pytest_plugins = ["tests.signing_fixtures"]

BEGINS = dt.datetime(2026, 11, 21, 10, 30, 15, tzinfo=dt.UTC)
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_ENCODED = _KEY.private_bytes(
    serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)


def written(name: str = "Acme portal", serial: int = 7, begins: dt.datetime = BEGINS, days: int = 1095) -> bytes:
    """A certificate of ours."""
    private, ends = x509.read_private_key(_ENCODED), begins + dt.timedelta(days=days)
    return x509.self_signed(private, common_name=name, serial=serial, not_before=begins, not_after=ends)


_WRITTEN = written()


@settings(max_examples=30, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80),
    st.integers(1, 2**127),
    st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2090, 1, 1)).map(lambda at: at.replace(microsecond=0)),  # noqa: DTZ001 - given its zone below
    st.integers(1, 4000),
)
def test_what_is_written_is_what_a_library_reads(name: str, serial: int, begins: dt.datetime, days: int) -> None:
    """Version, names, dates to either side of 2050, key, extensions, and a signature that verifies."""
    begins = begins.replace(tzinfo=dt.UTC)
    found = reference.load_der_x509_certificate(written(name, serial, begins, days))
    assert found.version is reference.Version.v3
    assert found.serial_number == serial
    assert found.subject == found.issuer
    assert found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == (
        name.encode()[:64].decode(errors="ignore")
    )
    assert found.not_valid_before_utc == begins
    assert found.not_valid_after_utc == begins + dt.timedelta(days=days)
    assert found.public_key() == _KEY.public_key()
    found.verify_directly_issued_by(found)


def test_extensions_say_that_it_may_sign_and_nothing_else() -> None:
    """It is no authority; nothing is said twice, which AWS refuses."""
    found = reference.load_der_x509_certificate(written())
    constraints = found.extensions.get_extension_for_class(reference.BasicConstraints)
    usage = found.extensions.get_extension_for_class(reference.KeyUsage)
    assert (constraints.critical, constraints.value.ca, usage.critical) == (True, False, True)
    assert usage.value == reference.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    key_id = found.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_KEY_IDENTIFIER).value
    assert key_id == reference.SubjectKeyIdentifier.from_public_key(_KEY.public_key())
    assert len(list(found.extensions)) == 3


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine")
def test_openssl_verifies_what_is_written(tmp_path: Path) -> None:
    """As its own issuer, strictly."""
    (tmp_path / "made.der").write_bytes(written())
    for command in (
        ["x509", "-inform", "DER", "-in", "made.der", "-out", "made.pem"],
        [
            "verify",
            "-x509_strict",
            "-check_ss_sig",
            "-partial_chain",
            "-no_check_time",
            "-trusted",
            "made.pem",
            "made.pem",
        ],
    ):
        said = subprocess.run(["openssl", *command], cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603, S607 - the system's own
        assert said.returncode == 0, said.stdout + said.stderr


def test_what_a_library_wrote_is_read(pems: type[Pems]) -> None:
    """RSA of any size in both forms of private keys; certificates of other kinds of keys have none that is of use."""
    for bits in (1024, 2048, 3072):
        key = pems.key_of(bits)
        public = key.public_key().public_numbers()
        for form in (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL):
            encoded = key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())
            read = x509.read_private_key(encoded)
            assert read.public == (public.n, public.e)
            assert read.public.size == bits
            key.public_key().verify(read.sign(b"a message"), b"a message", padding.PKCS1v15(), hashes.SHA256())
            assert str(public.n) not in repr(read)
        begins = dt.datetime(1999, 12, 31, tzinfo=dt.UTC)
        found = x509.read_certificate(_der(pems.certificate_of(key, begins, 20_000)))
        assert found == (begins, begins + dt.timedelta(days=20_000), read.public)
    other = x509.read_certificate(_der(pems.certificate_of(ec.generate_private_key(ec.SECP256R1()), BEGINS)))
    assert other.key is None


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 4000), st.integers(0, 4000), st.binary(max_size=8))
def test_what_is_damaged_is_refused_or_read_as_something_else(at: int, length: int, instead: bytes) -> None:
    """Whatever is cut out and put in: a certificate or a `ValueError`, and no other error."""
    for read, whole in ((x509.read_certificate, _WRITTEN), (x509.read_private_key, _ENCODED)):
        start = at % len(whole)
        damaged = whole[:start] + instead + whole[start + length :]
        with contextlib.suppress(ValueError):
            read(damaged)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x30", b"\x30\x80\x00\x00", b"\x30\x85\x01\x00\x00\x00\x00", b"\x30\x00", b"\x30\x02\x30\x00", b"\x02\x00"],
)
def test_what_is_no_key_and_no_certificate_is_refused(data: bytes) -> None:
    """Nothing, a length that is none, and values of another kind."""
    with pytest.raises(ValueError, match=r"\w"):
        x509.read_certificate(data)
    with pytest.raises(ValueError, match=r"\w"):
        x509.read_private_key(data)


def test_a_damaged_key_does_not_sign() -> None:
    """One digit of the private exponent is another one; and a key may be too short for the digest."""
    numbers = _KEY.private_numbers()
    public = x509.PublicKey(numbers.public_numbers.n, numbers.public_numbers.e)
    with pytest.raises(ValueError, match="does not verify"):
        x509.PrivateKey(public, numbers.d ^ 1 << 100).sign(b"a message")
    with pytest.raises(ValueError, match="too short"):
        x509.PrivateKey(x509.PublicKey(2**300 + 1, 3), 5).sign(b"a message")


@pytest.mark.parametrize("dotted", ["2.5.4.3", "1.2.840.113549.1.1.11", "1.3.6.1.4.1.311.21.20", "2.5.29.15"])
def test_object_identifiers_are_as_a_library_writes_them(dotted: str) -> None:
    """In seven bits a byte."""
    name = reference.Name([reference.NameAttribute(reference.ObjectIdentifier(dotted), "x")])
    assert der.oid(dotted) in name.public_bytes()


def _der(pem: str) -> bytes:
    return base64.b64decode("".join(pem.splitlines()[1:-1]))
