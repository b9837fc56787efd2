"""A SAML IdP's metadata document: read it, judge it for an AWS service, assemble one from its parts.

Not here: fetching a document, verifying its signature (AWS does not either), and an SP's metadata.
"""

from __future__ import annotations

from saml_connectors.metadata.assembly import assemble
from saml_connectors.metadata.certificate import Certificate
from saml_connectors.metadata.checks import Service, check
from saml_connectors.metadata.entity import HTTP_POST, HTTP_REDIRECT, IdpMetadata, Location, parse

__all__ = [
    "HTTP_POST",
    "HTTP_REDIRECT",
    "Certificate",
    "IdpMetadata",
    "Location",
    "Service",
    "assemble",
    "check",
    "parse",
]
