"""How the emulated directory reads and judges AuthnRequests, by both bindings, signed and not."""

from __future__ import annotations

import base64
import json
import zlib
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree
from signxml.signer import XMLSigner

from sandbox.directory import saml_request
from sandbox.directory.applications import Application
from sandbox.directory.catalogue import TEMPLATES
from sandbox.directory.certificates import KeyPool, SigningPair, encoded, self_signed
from sandbox.directory.saml_request import RequestRefused

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SSO_URL = "https://sso.jumpcloud.com/saml2/portal"
ACS = "https://sp.example/acs"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


@pytest.fixture(scope="module")
def sp_pair() -> SigningPair:
    """The service provider's signing pair, made for this run."""
    return self_signed(KeyPool(2048).take(), organization="SP", now=NOW)


@pytest.fixture
def application() -> Application:
    """An application that knows `urn:sp`."""
    template = TEMPLATES["saml2"]
    config = template.defaults() | {"spEntityId": "urn:sp", "acsUrl": ACS}
    return Application(
        id="0" * 24, template=template, organization="1" * 24, created=NOW, sso_url=SSO_URL, config=config
    )


def request(**changes: str | None) -> bytes:
    """An AuthnRequest; an attribute given as None is left out, `issuer` is the Issuer's text."""
    values: dict[str, str | None] = {
        "ID": "_1",
        "Version": "2.0",
        "Destination": SSO_URL,
        "AssertionConsumerServiceURL": ACS,
        "issuer": "urn:sp",
    }
    values |= changes
    issuer = values.pop("issuer")
    attributes = " ".join(f'{name}="{value}"' for name, value in values.items() if value is not None)
    return (
        f'<p:AuthnRequest xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" '
        f'xmlns:s="urn:oasis:names:tc:SAML:2.0:assertion" {attributes}><s:Issuer>{issuer}</s:Issuer></p:AuthnRequest>'
    ).encode()


def query_of(document: bytes, relay_state: str | None = None) -> str:
    """An unsigned HTTP-Redirect query."""
    deflater = zlib.compressobj(wbits=-15)
    packed = base64.b64encode(deflater.compress(document) + deflater.flush()).decode()
    return f"SAMLRequest={quote(packed, safe='')}" + (f"&RelayState={quote(relay_state)}" if relay_state else "")


def signed_query(document: bytes, pair: SigningPair, relay_state: str | None = None) -> str:
    """A signed HTTP-Redirect query."""
    query = f"{query_of(document, relay_state)}&SigAlg={quote(RSA_SHA256, safe='')}"
    key = serialization.load_pem_private_key(pair.private_key.encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    signature = key.sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{query}&Signature={quote(base64.b64encode(signature).decode(), safe='')}"


def signed_form(document: bytes, pair: SigningPair) -> str:
    """The HTTP-POST form field of a signed request."""
    signed = XMLSigner().sign(
        etree.fromstring(document), key=pair.private_key, cert=pair.certificate, reference_uri="#_1", id_attribute="ID"
    )
    return base64.b64encode(etree.tostring(signed)).decode()


def test_a_right_request_is_read_by_both_bindings(application: Application) -> None:
    """Deflated in a query, or plain in a form."""
    assert saml_request.from_redirect(query_of(request(), "x"), application) == request()
    assert saml_request.from_post(base64.b64encode(request()).decode(), application) == request()
    asked = saml_request.judged(request(), application)
    assert (asked.id, asked.acs_url, asked.force_authn) == ("_1", ACS, False)
    assert saml_request.judged(request(ForceAuthn="true"), application).force_authn


def test_what_may_be_left_out_is(application: Application) -> None:
    """Without Destination and ACS URL the application's own settings count."""
    asked = saml_request.judged(request(Destination=None, AssertionConsumerServiceURL=None), application)
    assert asked.acs_url == ACS


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"issuer": "urn:other"}, "issuer"),
        ({"issuer": ""}, "issuer"),
        ({"AssertionConsumerServiceURL": "https://evil.example/acs"}, "ACS URL"),
        ({"AssertionConsumerServiceURL": ACS + "/"}, "ACS URL"),
        ({"AssertionConsumerServiceURL": None, "AssertionConsumerServiceIndex": "7"}, "ACS URL"),
        ({"Destination": "https://sso.jumpcloud.com/saml2/other"}, "Destination"),
        ({"ProtocolBinding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"}, "binding"),
        ({"Version": "1.1"}, "AuthnRequest"),
        ({"ID": None}, "AuthnRequest"),
    ],
)
def test_a_request_that_does_not_fit_is_refused_and_told_why(
    application: Application, changes: dict[str, str | None], why: str
) -> None:
    """Issuer, ACS URL, Destination, binding, version and ID are checked."""
    with pytest.raises(RequestRefused, match=why):
        saml_request.judged(request(**changes), application)


def test_several_acs_urls_are_a_list_inside_the_string(application: Application) -> None:
    """Any of them may be asked for, by URL or index; else the default is taken."""
    rows = [
        {"index": "0", "isDefault": "false", "url": "https://a.example/acs"},
        {"index": "1", "isDefault": "true", "url": "https://b.example/acs"},
    ]
    application.config["acsUrl"] = json.dumps(rows)
    for changes, wanted in (
        ({"AssertionConsumerServiceURL": "https://a.example/acs"}, "https://a.example/acs"),
        ({"AssertionConsumerServiceURL": None}, "https://b.example/acs"),
        ({"AssertionConsumerServiceURL": None, "AssertionConsumerServiceIndex": "0"}, "https://a.example/acs"),
    ):
        assert saml_request.judged(request(**changes), application).acs_url == wanted


@pytest.mark.parametrize("query", ["SAMLRequest=%21", "SAMLRequest=" + quote(base64.b64encode(b"plain").decode())])
def test_a_query_that_is_not_deflated_base64_is_refused(application: Application, query: str) -> None:
    """Neither rubbish nor what was only encoded."""
    with pytest.raises(RequestRefused, match="deflated"):
        saml_request.from_redirect(query, application)


def test_a_request_that_grows_when_inflated_is_refused(application: Application) -> None:
    """A small query cannot become a huge document."""
    with pytest.raises(RequestRefused, match="large"):
        saml_request.from_redirect(query_of(b"<a>" + b" " * 1_000_000), application)


@pytest.mark.parametrize(
    ("document", "why"),
    [(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "DOCTYPE"), (b"<a>", "well-formed"), (b"<a/>", "AuthnRequest")],
)
def test_a_document_that_is_no_plain_request_is_refused(application: Application, document: bytes, why: str) -> None:
    """No DOCTYPE, no broken XML, no other element."""
    with pytest.raises(RequestRefused, match=why):
        saml_request.judged(document, application)


@pytest.mark.parametrize("as_pem", [True, False])
def test_signed_requests_are_verified_where_there_is_an_sp_certificate(
    application: Application, sp_pair: SigningPair, as_pem: bool
) -> None:
    """By query with and without RelayState, and by form; the certificate may be PEM or base64 of it."""
    application.config["spCertificate"] = sp_pair.certificate if as_pem else encoded(sp_pair.certificate)
    for relay_state in (None, "a b&c"):
        query = signed_query(request(), sp_pair, relay_state)
        assert saml_request.from_redirect(query, application) == request()
    document = saml_request.from_post(signed_form(request(), sp_pair), application)
    assert saml_request.judged(document, application).id == "_1"


def test_an_unsigned_request_is_refused_where_there_is_an_sp_certificate(
    application: Application, sp_pair: SigningPair
) -> None:
    """By either binding."""
    application.config["spCertificate"] = encoded(sp_pair.certificate)
    with pytest.raises(RequestRefused, match="signed"):
        saml_request.from_redirect(query_of(request()), application)
    with pytest.raises(RequestRefused, match="signature"):
        saml_request.from_post(base64.b64encode(request()).decode(), application)


def test_a_signature_over_something_else_is_refused(application: Application, sp_pair: SigningPair) -> None:
    """A changed RelayState, a changed request, and another's key are found out."""
    application.config["spCertificate"] = encoded(sp_pair.certificate)
    other = self_signed(KeyPool(2048).take(), organization="SP", now=NOW)
    query = signed_query(request(), sp_pair, "a")
    for wrong in (query.replace("RelayState=a", "RelayState=b"), signed_query(request(), other)):
        with pytest.raises(RequestRefused, match="signature"):
            saml_request.from_redirect(wrong, application)
    changed = base64.b64decode(signed_form(request(), sp_pair)).replace(b"urn:sp<", b"urn:xx<")
    for form in (base64.b64encode(changed).decode(), signed_form(request(), other)):
        with pytest.raises(RequestRefused, match="signature"):
            saml_request.from_post(form, application)


def test_an_sp_certificate_that_cannot_be_read_refuses_everything(application: Application) -> None:
    """It never counts as none."""
    application.config["spCertificate"] = "not a certificate"
    with pytest.raises(RequestRefused, match="SP certificate"):
        saml_request.from_redirect(query_of(request()), application)
