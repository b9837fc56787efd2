"""Claims about reading and assembling metadata: what comes out is what went in, and no input does harm."""

from __future__ import annotations

import base64
import contextlib
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from saml_connectors.metadata import HTTP_POST, HTTP_REDIRECT, Service, assemble, check, parse
from saml_connectors.problems import Problem, SpecError

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ENTITY_ID = "https://sso.example.com/saml2/portal"
DAY = timedelta(days=1)
SHA256_WITH_RSA = bytes.fromhex("2a864886f70d01010b")
SHA1_WITH_RSA = bytes.fromhex("2a864886f70d010105")
TOKEN = "${Token[TOKEN.12]}"

MakeCertificate = Callable[..., str]


def with_certificates(*certificates: str) -> str:
    """A good document with these certificates."""
    return assemble(entity_id=ENTITY_ID, sso_url=ENTITY_ID, certificates=certificates)


def codes(problems: list[Problem]) -> dict[str, str]:
    """Each code, with its level."""
    return {problem.code: problem.level for problem in problems}


def found(xml: str | bytes, service: Service = "cognito") -> dict[str, str]:
    """What the check finds, at the time of these tests."""
    return codes(check(xml, now=NOW, service=service))


# --- assembling and reading -----------------------------------------------------------------------------------------


def test_an_assembled_document_says_what_it_was_made_of(certificate: Callable[..., str]) -> None:
    """Every part comes out of the reader as it went in, markup characters included."""
    texts = [certificate(), certificate("rsa-2048")]
    url = "https://sso.example.com/saml2?a=1&b='2'"
    persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    document = assemble(
        entity_id='Acme & Söhne <"1">',
        sso_url=url,
        certificates=texts,
        name_id_format=persistent,
        want_authn_requests_signed=True,
    )
    metadata = parse(document)
    assert metadata.entity_id == 'Acme & Söhne <"1">'
    assert [(one.binding, one.url) for one in metadata.single_sign_on_services] == [
        (HTTP_POST, url),
        (HTTP_REDIRECT, url),
    ]
    assert metadata.sso_url() == metadata.sso_url(HTTP_POST) == url
    assert metadata.single_logout_services == ()
    assert [one.text for one in metadata.certificates] == texts
    assert metadata.name_id_formats == (persistent,)
    assert metadata.want_authn_requests_signed
    assert metadata.valid_until is None


def test_an_assembled_document_is_well_formed_by_another_parser_and_prefixed(good: str) -> None:
    """A parser that is not ours reads it, and its elements keep the prefixes that AWS's examples have."""
    root = etree.fromstring(good.encode())
    md = "{urn:oasis:names:tc:SAML:2.0:metadata}"
    assert root.tag == f"{md}EntityDescriptor"
    assert root.prefix == "md"
    role = root[0]
    assert [child.tag for child in role] == [
        f"{md}KeyDescriptor",
        f"{md}SingleSignOnService",
        f"{md}SingleSignOnService",
    ]
    assert role.get("protocolSupportEnumeration") == "urn:oasis:names:tc:SAML:2.0:protocol"
    assert role.get("WantAuthnRequestsSigned") == "false"
    assert "<ds:X509Certificate>" in good


def test_an_assembled_document_is_the_same_for_the_same_parts() -> None:
    """Otherwise every synth would change the template."""
    parts: dict[str, Any] = {"entity_id": "a", "sso_url": "https://a.example", "certificates": [TOKEN, "QUJD"]}
    assert assemble(**parts) == assemble(**parts)


def test_tokens_go_into_a_document_as_they_are() -> None:
    """CloudFormation fills in what the template holds to the letter."""
    document = assemble(entity_id=TOKEN, sso_url=f"https://{TOKEN}/saml2", certificates=[TOKEN])
    assert f'entityID="{TOKEN}"' in document
    assert document.count(f'Location="https://{TOKEN}/saml2"') == 2
    assert f"<ds:X509Certificate>{TOKEN}</ds:X509Certificate>" in document


def test_a_document_without_a_certificate_is_not_assembled() -> None:
    """Nothing that such an IdP sends could be verified."""
    with pytest.raises(SpecError, match="metadata-no-certificate"):
        assemble(entity_id="a", sso_url="https://a.example", certificates=[])


@pytest.mark.parametrize(
    ("kind", "key_type", "size", "signature_hash"),
    [("rsa-2048", "RSA", 2048, "sha256"), ("p-256", "EC", 256, "sha256"), ("ed25519", "Ed25519", 256, None)],
)
def test_a_certificate_tells_its_life_key_and_fingerprint(
    kind: str, key_type: str, size: int, signature_hash: str | None, certificate: Callable[..., str]
) -> None:
    """What the review shows of a certificate is what is in it."""
    text = certificate(kind)
    (one,) = parse(with_certificates(text)).certificates
    expected = x509.load_der_x509_certificate(base64.b64decode(text)).fingerprint(hashes.SHA256()).hex()
    assert (one.key_type, one.key_size, one.signature_hash) == (key_type, size, signature_hash)
    assert (one.not_before, one.not_after) == (NOW - timedelta(days=400), NOW + timedelta(days=1000))
    assert one.sha256 == expected


def test_a_certificate_that_is_only_for_encryption_is_not_taken_for_a_signing_one(good: str) -> None:
    """An IdP does not sign with its encryption key."""
    only = good.replace('use="signing"', 'use="encryption"')
    assert found(only) == {"metadata-no-certificate": "error"}
    both = good.replace(' use="signing"', "")
    assert len(parse(both).certificates) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_document_is_read_in_every_encoding_that_tools_save_it_in(good: str, encoding: str) -> None:
    """Editors on Windows save UTF-16 and byte order marks."""
    assert parse(good.replace(ENTITY_ID, "https://söhne.example").encode(encoding)).entity_id == "https://söhne.example"


def test_a_document_is_read_in_the_encoding_it_declares(certificate: Callable[..., str]) -> None:
    """Latin-1 is read as such, and its umlauts survive."""
    document = assemble(entity_id="söhne", sso_url="https://a.example", certificates=[certificate()])
    declared = document.replace("UTF-8", "ISO-8859-1").encode("latin-1")
    assert parse(declared).entity_id == "söhne"


def test_only_what_an_idp_offers_by_saml_2_is_read(good: str) -> None:
    """An IdP may describe its SAML 1.1 side in the same document; AWS does not speak it."""
    start, end = good.index("<md:IDPSSODescriptor"), good.index("</md:EntityDescriptor>")
    older = (
        good[start:end].replace("SAML:2.0:protocol", "SAML:1.1:protocol").replace("sso.example.com", "old.example.com")
    )
    metadata = parse(good[:start] + older + good[start:])
    assert {one.url for one in metadata.single_sign_on_services} == {ENTITY_ID}
    assert len(metadata.certificates) == 1


def test_names_count_by_their_namespace_not_by_their_prefix(good: str) -> None:
    """A default namespace is the same document; the right prefix on a wrong namespace is not."""
    default = good.replace("md:", "").replace("xmlns:md=", "xmlns=")
    assert parse(default).entity_id == ENTITY_ID
    stranger = good.replace("urn:oasis:names:tc:SAML:2.0:metadata", "urn:example:other")
    assert found(stranger) == {"metadata-not-saml": "error"}


# --- no input does harm ---------------------------------------------------------------------------------------------


def harmless(xml: str | bytes) -> None:
    """Reading and judging either works or is refused by `SpecError`, and soon."""
    started = time.perf_counter()
    for service in ("cognito", "iam"):
        for problem in check(xml, now=NOW, service=service):
            assert str(problem)
    with contextlib.suppress(SpecError):
        parse(xml)
    assert time.perf_counter() - started < 5


@given(st.binary(max_size=400) | st.text(max_size=400))
def test_arbitrary_input_does_no_harm(xml: str | bytes) -> None:
    """Not even what is no XML at all."""
    harmless(xml)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(data=st.data())
def test_a_damaged_document_does_no_harm(good: str, data: st.DataObject) -> None:
    """Bytes cut, changed and put in anywhere: the damage reaches structure, attributes and certificates."""
    document = bytearray(good.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(document)))
        document[at : at + data.draw(st.integers(0, 30))] = data.draw(
            st.binary(max_size=6)
            | st.sampled_from(
                [b"<md:x/>", b'"', b">", b"<!--", b"&amp;", b"&#0;", b"xmlns:md='md' ", b"<![CDATA[x]]>", b"<?x?>"]
            )
        )
    harmless(bytes(document))


@settings(max_examples=300)
@given(at=st.integers(0, 2000), replacement=st.binary(min_size=1, max_size=4))
def test_a_damaged_certificate_does_no_harm(
    at: int,
    replacement: bytes,
    certificate: Callable[..., str],
) -> None:
    """Every byte of the DER may be wrong."""
    der = bytearray(base64.b64decode(certificate()))
    at %= len(der)
    der[at : at + len(replacement)] = replacement
    harmless(with_certificates(base64.b64encode(bytes(der)).decode()))


def test_a_certificate_of_an_unknown_version_is_unreadable(certificate: Callable[..., str]) -> None:
    """The library that reads certificates has an exception of its own for it."""
    der = base64.b64decode(certificate())
    version = bytes.fromhex("a003020102")
    assert der.count(version) == 1
    changed = base64.b64encode(der.replace(version, bytes.fromhex("a003020176"))).decode()
    assert found(with_certificates(changed)) == {"metadata-certificate-unreadable": "error"}


def test_what_is_slow_to_import_is_imported_when_it_is_needed() -> None:
    """The command line starts fast: xmltodict brings urllib.request, cryptography its own library."""
    program = (
        "import sys, saml_connectors.metadata as m\n"
        "assert 'xmltodict' not in sys.modules and 'urllib.request' not in sys.modules\n"
        "try: m.parse('<a/>')\n"
        "except ValueError: pass\n"
        "sys.exit('cryptography' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603 - our own program
