"""Read and judge an IdP's SAML metadata as a Cognito user pool does; fetching it from a URL is not done here."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509

from sandbox.aws.xml_parsing import DS, HTTP_REDIRECT, MD, NotXmlError, parse_xml

if TYPE_CHECKING:
    from datetime import datetime

    from lxml import etree

LONGEST_CERTIFICATE: Final = 4096
"""Characters of base64 that Cognito allows for one certificate in metadata."""


class MetadataRefusedError(ValueError):
    """The metadata cannot serve as that of a SAML IdP; the sentence is the answer to whoever sent it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdpMetadata:
    """What a service provider takes from an IdP's metadata."""

    entity_id: str
    sso_url: str | None
    """Where AuthnRequests go by the HTTP-Redirect binding."""

    slo_url: str | None
    """Where LogoutRequests go by the HTTP-Redirect binding."""

    certificates: tuple[x509.Certificate, ...]
    """Every certificate that may sign; any of them is good enough."""


def read_idp_metadata(text: str) -> IdpMetadata:
    """What *text* says of the IdP.

    Raises:
        MetadataRefusedError: It is not the metadata of one SAML 2.0 IdP with a certificate.
    """
    try:
        root = parse_xml(text.strip().encode())
    except NotXmlError:
        raise MetadataRefusedError("Unable to unmarshall metadata") from None
    if root.tag != f"{MD}EntityDescriptor":
        raise MetadataRefusedError("Unable to unmarshall metadata: no EntityDescriptor at its root")
    role = root.find(f"{MD}IDPSSODescriptor")
    if role is None:
        raise MetadataRefusedError("No IDPSSODescriptor found in metadata.")
    entity_id = root.get("entityID")
    if not entity_id:
        raise MetadataRefusedError("No entityID found in metadata.")
    certificates = tuple(
        _certificate(element)
        for key in role.findall(f"{MD}KeyDescriptor")
        if key.get("use", "signing") == "signing"
        for element in key.iter(f"{DS}X509Certificate")
    )
    if not certificates:
        raise MetadataRefusedError("No signing certificate found in metadata.")
    return IdpMetadata(
        entity_id=entity_id,
        sso_url=_redirect_location(role, "SingleSignOnService"),
        slo_url=_redirect_location(role, "SingleLogoutService"),
        certificates=certificates,
    )


def read_for_cognito(text: str, now: datetime) -> IdpMetadata:
    """The same, with what Cognito asks beyond it: the HTTP-Redirect binding, and no expired certificate.

    Raises:
        MetadataRefusedError: Cognito would not configure this IdP.
    """
    metadata = read_idp_metadata(text)
    if metadata.sso_url is None:
        raise MetadataRefusedError("No SingleSignOn Http redirect binding location found in metadata.")
    for certificate in metadata.certificates:
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise MetadataRefusedError(
                f"The signing certificate in metadata is valid from {certificate.not_valid_before_utc:%Y-%m-%d} to "
                f"{certificate.not_valid_after_utc:%Y-%m-%d} only: expired or not valid yet."
            )
    return metadata


def _certificate(element: etree._Element) -> x509.Certificate:
    body = "".join((element.text or "").split())
    if len(body) > LONGEST_CERTIFICATE:
        raise MetadataRefusedError(f"A certificate in metadata is longer than {LONGEST_CERTIFICATE} characters.")
    try:
        return x509.load_der_x509_certificate(base64.b64decode(body, validate=True))
    except (binascii.Error, ValueError):
        raise MetadataRefusedError("Unable to parse a certificate in metadata.") from None


def _redirect_location(role: etree._Element, service: str) -> str | None:
    for element in role.findall(f"{MD}{service}"):
        location = element.get("Location")
        if element.get("Binding") == HTTP_REDIRECT and location:
            return location
    return None
