"""The external IdP as Identity Center's identity source: its metadata taken, Identity Center's own given."""

from __future__ import annotations

import base64
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sandbox.aws.identity_center.directory_records import now
from sandbox.aws.identity_center.instances import Instance
from sandbox.aws.identity_center.refusals import InvalidError
from sandbox.aws.saml_metadata import MetadataRefusedError, read_idp_metadata
from sandbox.aws.xml_parsing import HTTP_POST, MD, SAMLP, NotXmlError, parse_xml

LONGEST_CERTIFICATE: Final = 2_500
"""Characters of an IdP's certificate."""

_EMAIL: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"


def sp_metadata(instance: Instance) -> str:
    """The metadata file that the console exports for the external IdP."""
    root = etree.Element(f"{MD}EntityDescriptor", entityID=instance.sp_entity_id, nsmap={"md": MD.strip("{}")})
    attributes = {
        "AuthnRequestsSigned": "false",
        "WantAssertionsSigned": "true",
        "protocolSupportEnumeration": SAMLP.strip("{}"),
    }
    role = etree.SubElement(root, f"{MD}SPSSODescriptor", attrib=attributes)
    etree.SubElement(role, f"{MD}NameIDFormat").text = _EMAIL
    service = {"Binding": HTTP_POST, "Location": instance.acs_url, "index": "1", "isDefault": "true"}
    etree.SubElement(role, f"{MD}AssertionConsumerService", attrib=service)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True).decode()


def change_idp(instance: Instance, text: str) -> None:
    """Let the IdP with the metadata *text* sign people in.

    Raises:
        InvalidError: The console would not take the metadata.
    """
    try:
        metadata = read_idp_metadata(text)
    except MetadataRefusedError as refusal:
        raise InvalidError(f"changing the identity source: the metadata is not an IdP's: {refusal}") from None
    for certificate in metadata.certificates:
        length = len(base64.b64encode(certificate.public_bytes(Encoding.DER)))
        if length > LONGEST_CERTIFICATE:
            raise InvalidError(
                f"changing the identity source: a certificate has {length} characters, and Identity Center takes "
                f"{LONGEST_CERTIFICATE}; use a key of 2048 bits, or fewer names"
            )
        if not certificate.not_valid_before_utc <= now() <= certificate.not_valid_after_utc:
            raise InvalidError(
                "changing the identity source: the certificate is good from "
                f"{certificate.not_valid_before_utc:%Y-%m-%d} to {certificate.not_valid_after_utc:%Y-%m-%d} only; "
                "renew it at the IdP"
            )
    post_url = _post_location(text)
    if not metadata.sso_url and not post_url:
        raise InvalidError(
            "changing the identity source: the metadata has no SingleSignOnService with HTTP-Redirect or HTTP-POST"
        )
    instance.idp, instance.idp_post_url = metadata, post_url


def _post_location(text: str) -> str:
    try:
        root = parse_xml(text.strip().encode())
    except NotXmlError:
        return ""
    for element in root.iter(f"{MD}SingleSignOnService"):
        if element.get("Binding") == HTTP_POST and element.get("Location"):
            return str(element.get("Location"))
    return ""
