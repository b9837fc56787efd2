"""Certificates that a template holds, told by fingerprint, subject and end; and what a metadata document says besides.

Not here: whether they are good (`checks/`).  The text of a certificate never leaves this file.
"""

from __future__ import annotations

import base64
import re
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from saml_connectors.metadata.certificate import read_certificate
from saml_connectors.problems import SpecError
from saml_connectors.review.values import CLOSE, OPEN, digest, without_secrets

if TYPE_CHECKING:
    from datetime import datetime

_HEADERS = re.compile(r"-----(?:BEGIN|END) CERTIFICATE-----")
_CERTIFICATE = re.compile(r"<(?:[\w.-]{1,40}:)?X509Certificate\b[^<>]{0,400}>([^<]{0,70000})<")
_ENTITY = re.compile(r"<(?:[\w.-]{1,40}:)?EntityDescriptor\b[^>]{0,2000}?\sentityID\s*=\s*[\"']([^\"']{0,1024})")
_SERVICE = re.compile(r"<(?:[\w.-]{1,40}:)?SingleSignOnService\b([^>]{0,4000})>")
_LOCATION = re.compile(r"\sLocation\s*=\s*[\"']([^\"']{0,2048})")
_KEY = re.compile(
    r"<(?:[\w.-]{1,40}:)?KeyDescriptor(?:\suse\s?=\s?[\"']signing[\"'])?\s?>\s?<(?:[\w.-]{1,40}:)?KeyInfo\b[^<>]{0,400}>"
    r"\s?(?:<(?:[\w.-]{1,40}:)?X509Data\b[^<>]{0,400}>\s?/(?:[\w.-]{1,40}:)?X509Certificate>\s?</(?:[\w.-]{1,40}:)?X509Data>"
    r"\s?){1,20}</(?:[\w.-]{1,40}:)?KeyInfo>\s?</(?:[\w.-]{1,40}:)?KeyDescriptor>\s?"
)
"""What is left of a signing key whose certificates are taken out: they are told on their own."""

_BETWEEN = re.compile(r"\s+")
_OF_OWN = re.compile(f"{OPEN}Certificate of ([^{CLOSE}]+){CLOSE}")


class Certificate(NamedTuple):
    """One certificate, without its text."""

    fingerprint: str
    """SHA-256, 64 hexadecimal digits."""

    subject: str
    """As RFC 4514 writes it."""

    ends: datetime

    def __str__(self) -> str:
        return f"certificate {self.fingerprint} of {self.subject}, until {self.ends:%Y-%m-%d}"


class Metadata(NamedTuple):
    """What a metadata document says, as far as synthesis knows it."""

    fields: dict[str, str]
    """Entity ID, addresses, and a digest of the rest, by name."""

    certificates: tuple[Certificate, ...]
    """Those whose text stands in the template."""

    makers: tuple[str, ...]
    """Logical ids of the resources that give the others at deployment."""

    unreadable: int
    """How many are neither."""


def read_metadata(document: str) -> Metadata:
    """Read a *document* in which some parts may not be known, as `values.text` writes them, but nothing is left out."""
    certificates, makers, unreadable = [], [], 0
    for given in _CERTIFICATE.findall(document):
        own, certificate = _OF_OWN.fullmatch(given.strip()), read(given)
        if own:
            makers.append(own[1])
        elif certificate:
            certificates.append(certificate)
        else:
            unreadable += 1
    fields = {}
    entity = _ENTITY.search(document)
    if entity:
        fields["entityID"] = without_secrets(entity[1])
    places = sorted({one[1] for each in _SERVICE.findall(document) if (one := _LOCATION.search(each))})
    if places:
        fields["SingleSignOnService"] = without_secrets(", ".join(places))
    rest = _BETWEEN.sub(" ", _CERTIFICATE.sub("", document)).replace("> <", "><")
    rest = _KEY.sub("", rest)
    for told in [entity[1] if entity else "", *places]:
        rest = rest.replace(told, "") if told else rest
    fields["the rest of the document"] = digest(rest.strip())
    return Metadata(fields, tuple(certificates), tuple(makers), unreadable)


def read(given: str) -> Certificate | None:
    """The certificate in *given*, DER in base64 with or without PEM's lines; None where it is none."""
    try:
        found = read_certificate(_HEADERS.sub("", given))
    except SpecError:
        return None
    return Certificate(found.sha256, _subject(found.text), found.not_after)


@lru_cache(maxsize=256)
def _subject(given: str) -> str:
    from cryptography import x509  # noqa: PLC0415 - it takes a while to import, and few templates hold a certificate

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return x509.load_der_x509_certificate(base64.b64decode(given)).subject.rfc4514_string() or "nobody"
        except ValueError:
            return "a name that cannot be read"
