"""Verify a SAML response as a careful service provider does; pure: no clock, no state, no knowledge of Cognito.

Replay (an assertion id seen before) and RelayState need a memory, so they are the caller's: `VerifiedAssertion` has
the id and the time until which it must be remembered.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from lxml import etree
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from sandbox.aws.xml_parsing import DS, SAML, SAMLP, NotXmlError, parse_xml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"


class SamlResponseRefusedError(ValueError):
    """The response proves nothing; `code` is stable, the sentence says why."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the service provider knows, and the response has to match."""

    issuer: str
    certificates: tuple[x509.Certificate, ...]
    audience: str
    acs_url: str
    request_id: str | None
    """ID of the AuthnRequest that is answered; None for a response that nobody asked for."""

    now: datetime
    longest_age: timedelta | None = None
    """How old the assertion may be.  Default: its own times decide alone."""

    certificates_expire: bool = True
    """Whether a certificate that has run out verifies nothing any more.  IAM does not look at its dates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedAssertion:
    """What the signed assertion says; nothing in it comes from an unsigned part of the response."""

    id: str
    name_id: str
    attributes: dict[str, tuple[str, ...]]
    not_on_or_after: datetime
    """Until when the id must be remembered, so that nobody uses it twice."""

    name_id_format: str = ""
    """Format of the NameID; empty where it has none."""

    session_not_on_or_after: datetime | None = None
    """End of the session at the IdP, where it names one."""


def verify_response(encoded: str, expected: Expected) -> VerifiedAssertion:
    """The assertion in a `SAMLResponse` form field, when everything about it is right.

    Raises:
        SamlResponseRefusedError: Anything is not.
    """
    try:
        document = base64.b64decode("".join(encoded.split()), validate=True)
        root = parse_xml(document)
    except (binascii.Error, NotXmlError) as error:
        raise SamlResponseRefusedError("not-xml", f"the response is not base64 of XML: {error}") from None
    _check_shape(root)
    _check_envelope(root, expected)
    assertion = _signed_assertion(root, expected)
    return _read_assertion(assertion, expected)


def _check_shape(root: etree._Element) -> None:
    """Exactly one assertion, where it belongs, and ids that name one element each: no room for a wrapped copy."""
    if root.tag != f"{SAMLP}Response" or root.get("Version") != "2.0":
        raise SamlResponseRefusedError("not-a-response", "the document is not a SAML 2.0 Response")
    if next(root.iter(f"{SAML}EncryptedAssertion"), None) is not None:
        raise SamlResponseRefusedError("encrypted", "the assertion is encrypted, which the sandbox does not support")
    status = root.find(f"{SAMLP}Status/{SAMLP}StatusCode")
    if status is None or status.get("Value") != SUCCESS:
        value = None if status is None else status.get("Value")
        raise SamlResponseRefusedError("not-successful", f"the IdP answered with status {value}")
    assertions = list(root.iter(f"{SAML}Assertion"))
    if len(assertions) != 1 or assertions[0].getparent() is not root:
        raise SamlResponseRefusedError("not-one-assertion", "the Response has to hold exactly one Assertion")
    ids = [value for element in root.iter() for name, value in element.attrib.items() if str(name).lower() == "id"]
    if len(ids) != len(set(ids)) or not root.get("ID") or not assertions[0].get("ID"):
        raise SamlResponseRefusedError("ids-not-unique", "every ID in the response has to be there, and only once")
    for signature in root.iter(f"{DS}Signature"):
        parent = signature.getparent()
        if parent is None or (parent is not root and parent is not assertions[0]):
            raise SamlResponseRefusedError(
                "signature-misplaced", "a Signature is neither the Response's nor the Assertion's"
            )


def _check_envelope(root: etree._Element, expected: Expected) -> None:
    """Destination, InResponseTo and Issuer of the Response itself, which its own signature may not cover."""
    destination = root.get("Destination")
    if destination is not None and destination != expected.acs_url:
        raise SamlResponseRefusedError("wrong-destination", f"Destination is {destination}, not {expected.acs_url}")
    if destination is None and root.find(f"{DS}Signature") is not None:
        raise SamlResponseRefusedError("wrong-destination", "a signed Response has to name its Destination")
    if root.get("InResponseTo") != expected.request_id:
        raise SamlResponseRefusedError(
            "wrong-in-response-to", f"InResponseTo of the Response is {root.get('InResponseTo')}, not the request's ID"
        )
    issuer = root.find(f"{SAML}Issuer")
    if issuer is not None and _text(issuer) != expected.issuer:
        raise SamlResponseRefusedError(
            "wrong-issuer", f"the Response's Issuer is {_text(issuer)}, not {expected.issuer}"
        )


def _signed_assertion(root: etree._Element, expected: Expected) -> etree._Element:
    """The Assertion as the signatures cover it; every signature there is has to verify."""
    assertion = root.find(f"{SAML}Assertion")
    signed: etree._Element | None = None
    for parent, location in ((assertion, f"./{SAML}Assertion/"), (root, "./")):
        signatures = [] if parent is None else parent.findall(f"{DS}Signature")
        if not signatures or parent is None:
            continue
        if len(signatures) != 1:
            raise SamlResponseRefusedError("signature-misplaced", "more than one Signature in the same place")
        covered = _verify(root, location, expected)
        if covered.tag != parent.tag or covered.get("ID") != parent.get("ID"):
            raise SamlResponseRefusedError("signature-invalid", "the signature covers something else than it stands in")
        signed = covered if parent is assertion else covered.find(f"{SAML}Assertion")
    if signed is None:
        raise SamlResponseRefusedError("not-signed", "neither Response nor Assertion is signed")
    return signed


def _verify(root: etree._Element, location: str, expected: Expected) -> etree._Element:
    problems: list[str] = []
    for certificate in expected.certificates:
        time = expected.now if expected.certificates_expire else certificate.not_valid_before_utc
        configuration = SignatureConfiguration(location=location, expect_references=1, verification_time=time)
        try:
            result = XMLVerifier().verify(
                etree.tostring(root), x509_cert=certificate, expect_config=configuration, id_attribute="ID"
            )
        except (SignXMLException, etree.LxmlError, ValueError) as error:
            problems.append(str(error) or type(error).__name__)
            continue
        verified = result[0] if isinstance(result, list) else result
        if verified.signed_xml is not None:
            return verified.signed_xml
        problems.append("what is signed is not XML")
    raise SamlResponseRefusedError(
        "signature-invalid", f"SAML Assertion signature is invalid ({'; '.join(dict.fromkeys(problems))})"
    )


def _read_assertion(assertion: etree._Element, expected: Expected) -> VerifiedAssertion:
    issuer = _text(assertion.find(f"{SAML}Issuer"))
    if issuer != expected.issuer:
        raise SamlResponseRefusedError("wrong-issuer", f"Issuer is {issuer}, not {expected.issuer}")
    _check_age(assertion, expected)
    _check_conditions(assertion, expected)
    not_on_or_after = _confirmed_until(assertion, expected)
    statement = assertion.find(f"{SAML}AuthnStatement")
    if statement is None:
        raise SamlResponseRefusedError("no-authn-statement", "the assertion does not say that anybody signed in")
    session_end = statement.get("SessionNotOnOrAfter")
    session_not_on_or_after = None if session_end is None else _time(session_end)
    if session_not_on_or_after is not None and expected.now >= session_not_on_or_after:
        raise SamlResponseRefusedError("expired", f"the session at the IdP ended at {session_end}")
    subject = assertion.find(f"{SAML}Subject/{SAML}NameID")
    name_id = _text(subject)
    if subject is None or not name_id:
        raise SamlResponseRefusedError("no-name-id", "the assertion has no NameID")
    attributes: dict[str, tuple[str, ...]] = {}
    for attribute in assertion.findall(f"{SAML}AttributeStatement/{SAML}Attribute"):
        name = attribute.get("Name", "")
        values = tuple(_text(value) for value in attribute.findall(f"{SAML}AttributeValue"))
        attributes[name] = attributes.get(name, ()) + values
    return VerifiedAssertion(
        id=assertion.get("ID", ""),
        name_id=name_id,
        attributes=attributes,
        not_on_or_after=not_on_or_after,
        name_id_format=subject.get("Format", ""),
        session_not_on_or_after=session_not_on_or_after,
    )


def _check_age(assertion: etree._Element, expected: Expected) -> None:
    issued = _time(assertion.get("IssueInstant"))
    if issued > expected.now:
        raise SamlResponseRefusedError("not-valid-yet", "the assertion was issued in the future")
    if expected.longest_age is not None and expected.now - issued > expected.longest_age:
        raise SamlResponseRefusedError("expired", f"the assertion is older than {expected.longest_age}")


def _check_conditions(assertion: etree._Element, expected: Expected) -> None:
    conditions = assertion.find(f"{SAML}Conditions")
    if conditions is None:
        raise SamlResponseRefusedError("wrong-audience", "the assertion has no Conditions, so no Audience")
    not_before, not_on_or_after = conditions.get("NotBefore"), conditions.get("NotOnOrAfter")
    if not_before is not None and expected.now < _time(not_before):
        raise SamlResponseRefusedError("not-valid-yet", f"the assertion is not valid before {not_before}")
    if not_on_or_after is not None and expected.now >= _time(not_on_or_after):
        raise SamlResponseRefusedError("expired", f"the assertion was valid until {not_on_or_after}")
    restrictions = conditions.findall(f"{SAML}AudienceRestriction")
    audiences = [[_text(audience) for audience in one.findall(f"{SAML}Audience")] for one in restrictions]
    if not audiences or any(expected.audience not in one for one in audiences):
        raise SamlResponseRefusedError("wrong-audience", f"Audience is {audiences}, not {expected.audience}")


def _confirmed_until(assertion: etree._Element, expected: Expected) -> datetime:
    """The end of the bearer confirmation that fits; at least one has to."""
    refusals: list[SamlResponseRefusedError] = []
    for confirmation in assertion.findall(f"{SAML}Subject/{SAML}SubjectConfirmation"):
        data = confirmation.find(f"{SAML}SubjectConfirmationData")
        if confirmation.get("Method") != BEARER or data is None:
            continue
        try:
            return _bearer_until(data, expected)
        except SamlResponseRefusedError as refusal:
            refusals.append(refusal)
    raise _first(refusals)


def _first(refusals: Sequence[SamlResponseRefusedError]) -> SamlResponseRefusedError:
    return refusals[0] if refusals else SamlResponseRefusedError("no-bearer", "there is no bearer SubjectConfirmation")


def _bearer_until(data: etree._Element, expected: Expected) -> datetime:
    if data.get("Recipient") != expected.acs_url:
        raise SamlResponseRefusedError(
            "wrong-recipient", f"Recipient is {data.get('Recipient')}, not {expected.acs_url}"
        )
    if data.get("InResponseTo") != expected.request_id:
        raise SamlResponseRefusedError(
            "wrong-in-response-to", f"InResponseTo of the subject is {data.get('InResponseTo')}, not the request's ID"
        )
    if data.get("NotBefore") is not None:
        raise SamlResponseRefusedError("not-valid-yet", "a bearer SubjectConfirmationData must not have NotBefore")
    until = _time(data.get("NotOnOrAfter"))
    if expected.now >= until:
        raise SamlResponseRefusedError("expired", f"the subject was confirmed until {data.get('NotOnOrAfter')}")
    return until


def _time(text: str | None) -> datetime:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise SamlResponseRefusedError("bad-time", f"{text} is not a time in UTC")
    return moment


def _text(element: etree._Element | None) -> str:
    return "" if element is None else "".join(element.itertext()).strip()
