"""Claims about specs that bring the metadata of another SAML IdP: the document is judged where it is named."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from saml_connectors.metadata import assemble
from saml_connectors.spec import SamlApplication, load

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SPEC = """\
kind: cognito-user-pool
name: portal
metadata:
  file: idp.xml
user_pool: { domain: { prefix: acme } }
app_clients:
  - name: web
    callback_urls: ["https://portal.example.com/callback"]
"""
REDIRECT = "HTTP-Redirect"


def certificate(days: int = 1000, *, key: Any = None) -> str:
    """A self-signed certificate that ends *days* from now, as one line of base64."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(NOW - timedelta(days=2000))
    made = builder.not_valid_after(NOW + timedelta(days=days)).sign(key, hashes.SHA256())
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def document(*certificates: str) -> str:
    """The metadata of an IdP with these certificates."""
    url = "https://idp.example.com/saml2"
    return assemble(entity_id=url, sso_url=url, certificates=certificates or [certificate()])


def weak() -> str:
    """Metadata whose signing key is RSA of 1024 bits."""
    return document(certificate(key=rsa.generate_private_key(65537, 1024)))  # noqa: S505 - what must be found


def without_certificate() -> str:
    """Metadata without any key."""
    text = document()
    start, end = text.index("<md:KeyDescriptor"), text.index("</md:KeyDescriptor>")
    return text[:start] + text[end + len("</md:KeyDescriptor>") :]


def without_redirect() -> str:
    """Metadata whose only binding is HTTP-POST."""
    return "\n".join(line for line in document().splitlines() if REDIRECT not in line)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: "kind: cognito-user-pool", "metadata-not-xml"),
        (lambda: document().replace("IDPSSODescriptor", "SPSSODescriptor"), "metadata-is-sp"),
        (lambda: '<!DOCTYPE a [<!ENTITY b "c">]>' + document().split("?>", 1)[1], "metadata-doctype"),
        (lambda: "<!DOCTYPE html><html></html>", "metadata-doctype"),
        (without_certificate, "metadata-no-certificate"),
        (lambda: document(certificate(-1)), "metadata-certificate-expired"),
        (weak, "metadata-certificate-weak"),
        (without_redirect, "metadata-no-redirect-binding"),
        (lambda: "<!--" + "x" * 3_000_000 + "-->", "metadata-too-large"),
    ],
)
def test_a_document_that_cognito_cannot_use_is_refused(make: Callable[[], str], code: str, tmp_path: Path) -> None:
    """What the document lacks is told at the field that names it, before anything is deployed."""
    (tmp_path / "idp.xml").write_text(make())
    (tmp_path / "portal.yaml").write_text(SPEC)
    loaded = load([tmp_path], now=NOW)
    problem = next(problem for problem in loaded.problems if problem.code == code)
    assert (problem.line, problem.field, problem.level) == (4, "metadata.file", "error")
    assert not loaded.specs


def test_a_good_document_has_no_problems(tmp_path: Path) -> None:
    """The file is found beside the spec, whatever the current folder is."""
    (tmp_path / "idp.xml").write_text(document())
    (tmp_path / "portal.yaml").write_text(SPEC)
    loaded = load([tmp_path / "portal.yaml"], now=NOW)
    assert loaded.problems == []
    assert len(loaded.specs) == 1


def test_a_certificate_that_ends_soon_is_a_warning(tmp_path: Path) -> None:
    """A warning does not stop: the spec is still usable."""
    (tmp_path / "idp.xml").write_text(document(certificate(10)))
    (tmp_path / "portal.yaml").write_text(SPEC)
    loaded = load([tmp_path], now=NOW)
    assert [(problem.code, problem.level) for problem in loaded.problems] == [
        ("metadata-certificate-expiring", "warning")
    ]
    assert len(loaded.specs) == 1


def test_without_a_clock_dates_are_not_judged(tmp_path: Path) -> None:
    """A synth gives the same answer tomorrow: only `validate` looks at the date."""
    (tmp_path / "idp.xml").write_text(document(certificate(-1)))
    (tmp_path / "portal.yaml").write_text(SPEC)
    assert load([tmp_path]).problems == []


def test_a_document_in_the_spec_itself_is_judged_too(tmp_path: Path) -> None:
    """`xml` holds the document as text."""
    good = "\n".join(f"    {line}" for line in document().splitlines())
    for text, codes in ((good, []), ("    <a/>", ["metadata-not-saml"])):
        (tmp_path / "portal.yaml").write_text(SPEC.replace("file: idp.xml", f"xml: |-\n{text}"))
        assert [problem.code for problem in load([tmp_path], now=NOW).problems] == codes


def test_a_device_that_never_ends_does_not_hang(tmp_path: Path) -> None:
    """Of a file that has no end only the beginning is read."""
    (tmp_path / "idp.xml").symlink_to("/dev/zero")
    (tmp_path / "portal.yaml").write_text(SPEC)
    assert [problem.code for problem in load([tmp_path]).problems] == ["metadata-too-large"]


def test_certificate_of_the_service_provider_is_taken() -> None:
    """A PEM certificate passes, so that the directory can check signed authentication requests."""
    body = textwrap.fill(certificate(), 64)
    pem = f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----"
    assert SamlApplication(display_label="Portal", sp_certificate=pem).sp_certificate == pem
