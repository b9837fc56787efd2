"""A SAML IdP for tests of whoever verifies: it tells the truth by default, and any lie on request.  Nobody signs in."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureConstructionMethod
from signxml.signer import XMLSigner

from sandbox.aws.saml_verification import BEARER, SUCCESS
from sandbox.aws.xml_parsing import DS, HTTP_POST, HTTP_REDIRECT, SAML, SAMLP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PREFIXES: Final = {"saml2p": SAMLP.strip("{}"), "saml2": SAML.strip("{}")}
_EXCLUSIVE: Final = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Everything that a response says; a test replaces what shall be wrong in it."""

    audience: str
    acs_url: str
    request_id: str | None
    name_id: str = "ada@example.com"
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    issued_ago: timedelta = timedelta()
    not_before_ago: timedelta = timedelta(minutes=1)
    valid_for: timedelta = timedelta(minutes=5)
    confirmed_for: timedelta = timedelta(minutes=5)
    assertion_id: str = field(default_factory=lambda: f"_{secrets.token_hex(16)}")
    signed: Literal["assertion", "response", "both", "nothing"] = "assertion"
    issuer: str | None = None
    """Default: the IdP's own."""

    recipient: str | None = None
    """Default: the ACS URL."""

    destination: str | None = None
    """Default: the ACS URL; empty for none."""

    subject_request_id: str | None = None
    """InResponseTo of the subject.  Default: that of the response."""

    status: str = SUCCESS
    authenticated: bool = True
    name_id_format: str | None = None
    session_ends: datetime | None = None
    """SessionNotOnOrAfter.  Default: the assertion names none."""


class ForgedIdp:
    """An IdP with a key made now.

    Args:
        entity_id: Its name.
        sso_url: Where it takes AuthnRequests.
        valid_from: Start of its certificate's life.
        valid_for: Length of its certificate's life.
    """

    def __init__(
        self,
        entity_id: str = "https://sso.example.com/saml2/portal",
        sso_url: str = "https://sso.example.com/saml2/portal",
        *,
        valid_from: datetime | None = None,
        valid_for: timedelta = timedelta(days=365),
    ) -> None:
        self.entity_id = entity_id
        self.sso_url = sso_url
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        start = valid_from or datetime.now(UTC) - timedelta(days=1)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "forged IdP")])
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(start).not_valid_after(start + valid_for)
        self.certificate = builder.sign(self.key, hashes.SHA256())

    def metadata(self, *, binding: str = HTTP_REDIRECT, more: Sequence[x509.Certificate] = ()) -> str:
        """Its metadata, with the POST binding and *binding*, and with further certificates."""
        keys = "".join(
            '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>'
            f"{base64.b64encode(one.public_bytes(Encoding.DER)).decode()}"
            "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            for one in (self.certificate, *more)
        )
        services = "".join(
            f'<md:SingleSignOnService Binding="{one}" Location="{self.sso_url}"/>' for one in (HTTP_POST, binding)
        )
        return (
            '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" '
            f'xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{self.entity_id}">'
            '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
            f"{keys}{services}</md:IDPSSODescriptor></md:EntityDescriptor>"
        )

    def response(self, statement: Statement) -> etree._Element:
        """The Response that says *statement*, signed as it asks for."""
        root = etree.Element(
            f"{SAMLP}Response",
            attrib=_given(
                ID=f"_{secrets.token_hex(16)}",
                Version="2.0",
                IssueInstant=_time(statement.now),
                InResponseTo=statement.request_id,
                Destination=statement.acs_url if statement.destination is None else statement.destination,
            ),
            nsmap=_PREFIXES,
        )
        etree.SubElement(root, f"{SAML}Issuer").text = statement.issuer or self.entity_id
        status = etree.SubElement(root, f"{SAMLP}Status")
        etree.SubElement(status, f"{SAMLP}StatusCode", attrib={"Value": statement.status})
        assertion = self._assertion(statement)
        if statement.signed in ("assertion", "both"):
            assertion = self.sign(assertion)
        root.append(assertion)
        return self.sign(root) if statement.signed in ("response", "both") else root

    def sign(self, element: etree._Element) -> etree._Element:
        """*element* with an enveloped signature, placed after its Issuer as SAML's schema wants it."""
        after = element.find(f"{SAML}Issuer")
        # The prefix has to be `ds` from the start: lxml renames prefixes when a tree moves, and breaks the signature.
        placeholder = etree.Element(f"{DS}Signature", attrib={"Id": "placeholder"}, nsmap={"ds": DS.strip("{}")})
        if after is not None:
            after.addnext(placeholder)
        signer = XMLSigner(method=SignatureConstructionMethod.enveloped, c14n_algorithm=_EXCLUSIVE)
        signed: etree._Element = signer.sign(
            element, key=self.key, cert=[self.certificate], reference_uri=element.get("ID"), id_attribute="ID"
        )
        return signed

    def _assertion(self, statement: Statement) -> etree._Element:
        now = statement.now
        confirmed_id = statement.request_id if statement.subject_request_id is None else statement.subject_request_id
        assertion = etree.Element(
            f"{SAML}Assertion",
            attrib=_given(ID=statement.assertion_id, Version="2.0", IssueInstant=_time(now - statement.issued_ago)),
            nsmap=_PREFIXES,
        )
        etree.SubElement(assertion, f"{SAML}Issuer").text = statement.issuer or self.entity_id
        subject = etree.SubElement(assertion, f"{SAML}Subject")
        name_id = etree.SubElement(subject, f"{SAML}NameID", attrib=_given(Format=statement.name_id_format))
        name_id.text = statement.name_id
        confirmation = etree.SubElement(subject, f"{SAML}SubjectConfirmation", attrib={"Method": BEARER})
        etree.SubElement(
            confirmation,
            f"{SAML}SubjectConfirmationData",
            attrib=_given(
                Recipient=statement.acs_url if statement.recipient is None else statement.recipient,
                InResponseTo=confirmed_id,
                NotOnOrAfter=_time(now + statement.confirmed_for),
            ),
        )
        times = {"NotBefore": _time(now - statement.not_before_ago), "NotOnOrAfter": _time(now + statement.valid_for)}
        conditions = etree.SubElement(assertion, f"{SAML}Conditions", attrib=times)
        restriction = etree.SubElement(conditions, f"{SAML}AudienceRestriction")
        etree.SubElement(restriction, f"{SAML}Audience").text = statement.audience
        if statement.authenticated:
            ends = None if statement.session_ends is None else _time(statement.session_ends)
            said_then = _given(AuthnInstant=_time(now), SessionNotOnOrAfter=ends)
            etree.SubElement(assertion, f"{SAML}AuthnStatement", attrib=said_then)
        said = etree.SubElement(assertion, f"{SAML}AttributeStatement")
        for name, values in statement.attributes.items():
            attribute = etree.SubElement(said, f"{SAML}Attribute", attrib={"Name": name})
            for value in values:
                etree.SubElement(attribute, f"{SAML}AttributeValue").text = value
        return assertion


def form_field(response: etree._Element) -> str:
    """*response* as the form field `SAMLResponse`."""
    return base64.b64encode(etree.tostring(response)).decode()


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _given(**attributes: str | None) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if value}
