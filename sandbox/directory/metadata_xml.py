"""The IdP metadata that the undocumented export answers for one application.

The HTTP-Redirect endpoint is in it only where `declareRedirectEndpoint` is set.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sandbox.directory.certificates import decoded_certificate

if TYPE_CHECKING:
    from sandbox.directory.applications import Application

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
POST_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"


def metadata_xml(application: Application) -> bytes | None:
    """The document; None where the stored certificate makes it impossible, which answers 500."""
    certificate = decoded_certificate(str(application.config.get("idpCertificate") or ""))
    if application.metadata_broken or certificate is None:
        return None
    root = etree.Element(f"{{{MD}}}EntityDescriptor", nsmap={"md": MD})
    root.set("entityID", str(application.config["idpEntityId"] or ""))
    idp = etree.SubElement(root, f"{{{MD}}}IDPSSODescriptor")
    idp.set("WantAuthnRequestsSigned", "false")
    idp.set("protocolSupportEnumeration", PROTOCOL)
    key = etree.SubElement(idp, f"{{{MD}}}KeyDescriptor", use="signing")
    info = etree.SubElement(key, f"{{{DS}}}KeyInfo", nsmap={"ds": DS})
    data = etree.SubElement(info, f"{{{DS}}}X509Data")
    der = certificate.public_bytes(Encoding.DER)
    etree.SubElement(data, f"{{{DS}}}X509Certificate").text = base64.b64encode(der).decode("ascii")
    bindings = [POST_BINDING]
    if application.config.get("declareRedirectEndpoint"):
        bindings.append(REDIRECT_BINDING)
    for binding in bindings:
        etree.SubElement(idp, f"{{{MD}}}SingleSignOnService", Binding=binding, Location=application.sso_url)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
