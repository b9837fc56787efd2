"""Reading an AuthnRequest, and judging it against the application it is for.

Both bindings: HTTP-Redirect (deflated, signature beside it) and HTTP-POST (signature inside).
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree
from signxml.exceptions import InvalidInput
from signxml.exceptions import InvalidSignature as InvalidXmlSignature
from signxml.verifier import XMLVerifier

from sandbox.directory.saml_response import SAML, SAMLP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.directory.applications import Application

MAX_SIZE = 100_000
POST_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": hashes.SHA256(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": hashes.SHA384(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": hashes.SHA512(),
}


class RequestRefused(Exception):  # noqa: N818 - it becomes a page, not a fault of the program
    """An AuthnRequest that is not answered; the message says why, for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcsEndpoint:
    """One ACS URL of an application."""

    url: str
    index: str = "0"
    default: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthnRequest:
    """What matters of a request that was found right."""

    id: str
    acs_url: str
    force_authn: bool = False


def acs_endpoints(application: Application) -> list[AcsEndpoint]:
    """The application's ACS URLs: one plain, or several as a JSON list inside the string."""
    value = str(application.config.get("acsUrl") or "")
    if not value.startswith("["):
        return [AcsEndpoint(url=value)] if value else []
    try:
        rows = json.loads(value)
        return [
            AcsEndpoint(url=str(row["url"]), index=str(row["index"]), default=str(row["isDefault"]).lower() == "true")
            for row in rows
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise RequestRefused("The ACS URLs of the application are not readable.") from error


def from_redirect(raw_query: str, application: Application) -> bytes:
    """The request's XML out of a query string; verified where the application has an SP certificate."""
    raw = dict(part.partition("=")[::2] for part in raw_query.split("&"))
    try:
        deflated = base64.b64decode(unquote_plus(raw["SAMLRequest"]), validate=True)
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        document = inflater.decompress(deflated, MAX_SIZE)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise RequestRefused("The SAML request is not deflated and base64, as HTTP-Redirect wants it.") from error
    if inflater.unconsumed_tail:
        raise RequestRefused("The SAML request is too large.")
    certificate = sp_certificate(application)
    if certificate is not None:
        _verify_query(raw, certificate)
    return document


def from_post(value: str, application: Application) -> bytes:
    """The request's XML out of a form field; verified where the application has an SP certificate."""
    if len(value) > MAX_SIZE:
        raise RequestRefused("The SAML request is too large.")
    try:
        document = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestRefused("The SAML request is not base64, as HTTP-POST wants it.") from error
    certificate = sp_certificate(application)
    if certificate is None:
        return document
    try:
        verified = XMLVerifier().verify(_parsed(document), x509_cert=certificate, id_attribute="ID")
    except (InvalidXmlSignature, InvalidInput) as error:
        raise RequestRefused("The signature of the SAML request is missing or wrong.") from error
    signed = verified[0] if isinstance(verified, list) else verified
    if signed.signed_xml is None:
        raise RequestRefused("The signature of the SAML request does not cover it.")
    return etree.tostring(signed.signed_xml)


def judged(document: bytes, application: Application) -> AuthnRequest:
    """What *document* asks for; refused where it is not what the application's settings expect."""
    root = _parsed(document)
    if root.tag != f"{{{SAMLP}}}AuthnRequest" or root.get("Version") != "2.0" or not root.get("ID"):
        raise RequestRefused("What was sent is not a SAML 2.0 AuthnRequest.")
    issuer = (root.findtext(f"{{{SAML}}}Issuer") or "").strip()
    expected = str(application.config.get("spEntityId") or "")
    if not issuer or issuer != expected:
        raise RequestRefused(f"The request's issuer is {issuer!r}; the application's SP Entity ID is {expected!r}.")
    destination = root.get("Destination")
    if destination is not None and destination != application.sso_url:
        raise RequestRefused(f"The request's Destination is {destination!r}; this is {application.sso_url!r}.")
    if root.get("ProtocolBinding", POST_BINDING) != POST_BINDING:
        raise RequestRefused("The request asks for an answer by another binding than HTTP-POST.")
    endpoints = acs_endpoints(application)
    wanted, index = root.get("AssertionConsumerServiceURL"), root.get("AssertionConsumerServiceIndex")
    found = [
        endpoint.url
        for endpoint in endpoints
        if (wanted is None or endpoint.url == wanted) and (index is None or endpoint.index == index)
    ]
    if not found:
        known = ", ".join(repr(endpoint.url) for endpoint in endpoints) or "none"
        raise RequestRefused(f"The request's ACS URL is {wanted or index!r}; the application's is {known}.")
    chosen = wanted or (found[0] if index is not None else default_acs(endpoints))
    return AuthnRequest(
        id=root.get("ID", ""), acs_url=chosen, force_authn=root.get("ForceAuthn", "false") in {"true", "1"}
    )


def default_acs(endpoints: list[AcsEndpoint]) -> str:
    """The ACS URL that an answer goes to where nobody chose one."""
    if not endpoints:
        raise RequestRefused("The application has no ACS URL.")
    return next((endpoint.url for endpoint in endpoints if endpoint.default), endpoints[0].url)


def sp_certificate(application: Application) -> x509.Certificate | None:
    """The certificate that requests have to be signed with; None where requests need not be signed."""
    value = str(application.config.get("spCertificate") or "").strip()
    if not value:
        return None
    try:
        pem = value.encode("ascii") if value.startswith("-----BEGIN") else base64.b64decode(value, validate=True)
        return x509.load_pem_x509_certificate(pem)
    except (ValueError, binascii.Error) as error:
        raise RequestRefused("The SP certificate of the application is not readable.") from error


def _verify_query(raw: Mapping[str, str], certificate: x509.Certificate) -> None:
    signed = "&".join(f"{name}={raw[name]}" for name in ("SAMLRequest", "RelayState", "SigAlg") if name in raw)
    algorithm = _HASHES.get(unquote_plus(raw.get("SigAlg", "")))
    key: Any = certificate.public_key()
    if algorithm is None or "Signature" not in raw or not isinstance(key, rsa.RSAPublicKey):
        raise RequestRefused("The SAML request has to be signed with RSA and SHA-256 or better, and is not.")
    try:
        signature = base64.b64decode(unquote_plus(raw["Signature"]), validate=True)
        key.verify(signature, signed.encode("ascii"), padding.PKCS1v15(), algorithm)
    except (InvalidSignature, ValueError, binascii.Error) as error:
        raise RequestRefused("The signature of the SAML request is wrong.") from error


def _parsed(document: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise RequestRefused("The SAML request is not well-formed XML.") from error
    if root.getroottree().docinfo.doctype:
        raise RequestRefused("The SAML request has a DOCTYPE, which SAML forbids.")
    return root
