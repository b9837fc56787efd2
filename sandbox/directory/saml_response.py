"""A SAML 2.0 Response with one assertion, signed with signxml; nothing but its arguments decides what is in it.

Not here: whether the person may have it, and which attributes they have (`claims`).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureMethod
from signxml.signer import XMLSigner

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
DS = "http://www.w3.org/2000/09/xmldsig#"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
BASIC_NAMES = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.0:nameid-format:unspecified"
VALIDITY = timedelta(minutes=5)
SKEW = timedelta(seconds=30)
"""How far the clock of whoever reads it may be behind."""

ALGORITHMS = {"RSA-SHA256": SignatureMethod.RSA_SHA256}
"""The signature algorithms that can be used, by the names that applications have for them."""

Attributes = Sequence[tuple[str, Sequence[str]]]
"""Name and values of each attribute."""


def build_response(
    *,
    issuer: str,
    audience: str,
    acs_url: str,
    name_id: str,
    certificate: str,
    private_key: str,
    now: datetime,
    attributes: Attributes = (),
    in_response_to: str | None = None,
    name_id_format: str = UNSPECIFIED,
    validity: timedelta = VALIDITY,
    session_validity: timedelta = timedelta(hours=8),
    session_index: str | None = None,
    sign_assertion: bool = True,
    sign_response: bool = False,
    signature_algorithm: str = "RSA-SHA256",
    authn_context: str = PASSWORD,
    response_id: str | None = None,
    assertion_id: str | None = None,
) -> str:
    """The Response's XML, ready to be encoded and posted to *acs_url*.

    Args:
        issuer: The IdP's entity ID.
        audience: The SP's entity ID.
        acs_url: Where it is posted to: Destination and Recipient.
        name_id: Who it is about.
        certificate: The IdP's certificate, PEM; it goes into KeyInfo.
        private_key: Its private key, PEM.
        now: Time of issue.
        attributes: What it says about the person, in this order.
        in_response_to: ID of the AuthnRequest.  Default: unsolicited, there is none.
        name_id_format: URI of the NameID's format.
        validity: From *now* until NotOnOrAfter.
        session_validity: From *now* until SessionNotOnOrAfter.
        session_index: Default: a fresh one.
        sign_assertion: Whether the assertion carries a signature.
        sign_response: Whether the Response carries one.
        signature_algorithm: One of `ALGORITHMS`.
        authn_context: URI of how the person proved who they are.
        response_id: Default: a fresh one.
        assertion_id: Default: a fresh one.
    """
    algorithm = ALGORITHMS[signature_algorithm]
    response_id, assertion_id = response_id or new_message_id(), assertion_id or new_message_id()
    expiry = _instant(now + validity)
    answering = {"InResponseTo": in_response_to} if in_response_to is not None else {}

    assertion = etree.Element(f"{{{SAML}}}Assertion", nsmap={"saml": SAML})
    assertion.attrib.update({"ID": assertion_id, "Version": "2.0", "IssueInstant": _instant(now)})
    _child(assertion, SAML, "Issuer", issuer)
    if sign_assertion:
        _signature_place(assertion)
    subject = _child(assertion, SAML, "Subject")
    _child(subject, SAML, "NameID", name_id, Format=name_id_format)
    confirmation = _child(subject, SAML, "SubjectConfirmation", Method=BEARER)
    _child(confirmation, SAML, "SubjectConfirmationData", Recipient=acs_url, NotOnOrAfter=expiry, **answering)
    conditions = _child(assertion, SAML, "Conditions", NotBefore=_instant(now - SKEW), NotOnOrAfter=expiry)
    _child(_child(conditions, SAML, "AudienceRestriction"), SAML, "Audience", audience)
    statement = _child(
        assertion,
        SAML,
        "AuthnStatement",
        AuthnInstant=_instant(now),
        SessionIndex=session_index or new_message_id(),
        SessionNotOnOrAfter=_instant(now + session_validity),
    )
    _child(_child(statement, SAML, "AuthnContext"), SAML, "AuthnContextClassRef", authn_context)
    if attributes:
        described = _child(assertion, SAML, "AttributeStatement")
        for name, values in attributes:
            attribute = _child(described, SAML, "Attribute", Name=name, NameFormat=BASIC_NAMES)
            for value in values:
                _child(attribute, SAML, "AttributeValue", value)
    if sign_assertion:
        assertion = _signed(assertion, assertion_id, algorithm, certificate, private_key)

    response = etree.Element(f"{{{SAMLP}}}Response", nsmap={"samlp": SAMLP, "saml": SAML})
    response.attrib.update({"ID": response_id, "Version": "2.0", "IssueInstant": _instant(now), "Destination": acs_url})
    response.attrib.update(answering)
    _child(response, SAML, "Issuer", issuer)
    if sign_response:
        _signature_place(response)
    _child(_child(response, SAMLP, "Status"), SAMLP, "StatusCode", Value=SUCCESS)
    response.append(assertion)
    if sign_response:
        response = _signed(response, response_id, algorithm, certificate, private_key)
    return etree.tostring(response, encoding="unicode")


def new_message_id() -> str:
    """A fresh ID for a SAML message; it must not begin with a digit."""
    return f"_{secrets.token_hex(20)}"


def _signed(
    element: etree._Element, reference: str, algorithm: SignatureMethod, certificate: str, private_key: str
) -> etree._Element:
    signer = XMLSigner(
        signature_algorithm=algorithm, c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
    )
    return signer.sign(element, key=private_key, cert=certificate, reference_uri=f"#{reference}", id_attribute="ID")


def _signature_place(element: etree._Element) -> None:
    """Mark where the schema wants the signature: right after the Issuer."""
    etree.SubElement(element, f"{{{DS}}}Signature", Id="placeholder", nsmap={"ds": DS})


def _child(
    parent: etree._Element, namespace: str, name: str, text: str | None = None, **attributes: str
) -> etree._Element:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}", attributes)
    element.text = text
    return element


def _instant(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
