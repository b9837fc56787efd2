"""How the local AWS reads XML from outside: one parser without entities, DTDs or network; it judges no content."""

from __future__ import annotations

from typing import Final

from lxml import etree

SAMLP: Final = "{urn:oasis:names:tc:SAML:2.0:protocol}"
SAML: Final = "{urn:oasis:names:tc:SAML:2.0:assertion}"
MD: Final = "{urn:oasis:names:tc:SAML:2.0:metadata}"
DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"

HTTP_REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
HTTP_POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"


class NotXmlError(ValueError):
    """The text is not XML that may be read."""


def parse_xml(text: bytes) -> etree._Element:
    """The root element of *text*.

    Raises:
        NotXmlError: It is not well-formed, or it carries a document type declaration.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotXmlError(str(error)) from None
    if root.getroottree().docinfo.doctype:
        raise NotXmlError("a document type declaration is not allowed")
    return root
