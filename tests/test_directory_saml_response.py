"""The SAML Responses of the emulated directory: what is in them, and that their signatures hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree
from signxml.exceptions import InvalidSignature
from signxml.verifier import XMLVerifier

from sandbox.directory.certificates import KeyPool, SigningPair, self_signed
from sandbox.directory.saml_response import build_response

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NS = {
    "s": "urn:oasis:names:tc:SAML:2.0:assertion",
    "p": "urn:oasis:names:tc:SAML:2.0:protocol",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}


@pytest.fixture(scope="module")
def pair() -> SigningPair:
    """A signing pair, made for this run."""
    return self_signed(KeyPool(2048).take(), organization="Acme", now=NOW)


@pytest.fixture(scope="module")
def other() -> SigningPair:
    """Somebody else's."""
    return self_signed(KeyPool(2048).take(), organization="Acme", now=NOW)


def build(pair: SigningPair, **more: Any) -> str:
    """A Response with the usual arguments."""
    usual: dict[str, Any] = {
        "issuer": "urn:idp",
        "audience": "urn:sp",
        "acs_url": "https://sp.example/acs",
        "name_id": "ada@example.com",
        "certificate": pair.certificate,
        "private_key": pair.private_key,
        "now": NOW,
        "in_response_to": "_request",
        "attributes": [("email", ["ada@example.com"]), ("memberOf", ["a & b", "c"])],
    }
    return build_response(**(usual | more))


def verified(xml: str | bytes, pair: SigningPair) -> etree._Element:
    """What the first signature covers, checked against a certificate that is known beforehand."""
    result = XMLVerifier().verify(xml, x509_cert=pair.certificate, id_attribute="ID")
    one = result[0] if isinstance(result, list) else result
    assert one.signed_xml is not None
    return one.signed_xml


def one(root: etree._Element, path: str) -> etree._Element:
    """The only element at *path*."""
    found = root.xpath(path, namespaces=NS)
    assert isinstance(found, list)
    assert len(found) == 1
    element = found[0]
    assert isinstance(element, etree._Element)
    return element


def test_a_signed_assertion_says_what_it_was_told(pair: SigningPair) -> None:
    """Subject, conditions, statement and attributes are inside the signature, with the right addresses and times."""
    assertion = verified(build(pair), pair)
    assert etree.QName(assertion).localname == "Assertion"
    assert one(assertion, "s:Issuer").text == "urn:idp"
    name_id = one(assertion, "s:Subject/s:NameID")
    assert (name_id.text, name_id.get("Format")) == (
        "ada@example.com",
        "urn:oasis:names:tc:SAML:1.0:nameid-format:unspecified",
    )
    confirmation = one(assertion, "s:Subject/s:SubjectConfirmation")
    assert confirmation.get("Method") == "urn:oasis:names:tc:SAML:2.0:cm:bearer"
    assert dict(one(confirmation, "s:SubjectConfirmationData").attrib) == {
        "Recipient": "https://sp.example/acs",
        "NotOnOrAfter": "2026-03-01T12:05:00Z",
        "InResponseTo": "_request",
    }
    conditions = one(assertion, "s:Conditions")
    assert dict(conditions.attrib) == {"NotBefore": "2026-03-01T11:59:30Z", "NotOnOrAfter": "2026-03-01T12:05:00Z"}
    assert one(conditions, "s:AudienceRestriction/s:Audience").text == "urn:sp"
    statement = one(assertion, "s:AuthnStatement")
    assert statement.get("AuthnInstant") == "2026-03-01T12:00:00Z"
    assert statement.get("SessionIndex")
    values = {
        attribute.get("Name"): [value.text for value in attribute]
        for attribute in one(assertion, "s:AttributeStatement")
    }
    assert values == {"email": ["ada@example.com"], "memberOf": ["a & b", "c"]}


def test_the_response_has_status_destination_and_request(pair: SigningPair) -> None:
    """The envelope agrees with the assertion."""
    root = etree.fromstring(build(pair))
    assert (root.get("Destination"), root.get("InResponseTo")) == ("https://sp.example/acs", "_request")
    assert one(root, "p:Status/p:StatusCode").get("Value") == "urn:oasis:names:tc:SAML:2.0:status:Success"
    assert root.get("ID") != one(root, "s:Assertion").get("ID")


def test_an_unsolicited_response_names_no_request(pair: SigningPair) -> None:
    """Neither the Response nor the confirmation has InResponseTo."""
    assert "InResponseTo" not in build(pair, in_response_to=None)


@pytest.mark.parametrize(
    ("assertion", "response", "places"),
    [
        (True, False, ["p:Response/s:Assertion"]),
        (False, True, ["p:Response"]),
        (True, True, ["p:Response", "p:Response/s:Assertion"]),
        (False, False, []),
    ],
)
def test_signatures_are_where_they_are_asked_for_right_after_the_issuer(
    pair: SigningPair, assertion: bool, response: bool, places: list[str]
) -> None:
    """Each of the two may be signed; the schema wants the signature second."""
    root = etree.fromstring(build(pair, sign_assertion=assertion, sign_response=response))
    for place in places:
        signed = one(root, f"/{place}")
        assert [etree.QName(child).localname for child in signed][:2] == ["Issuer", "Signature"]
        assert one(signed, "ds:Signature/ds:SignedInfo/ds:Reference").get("URI") == f"#{signed.get('ID')}"
        method = one(signed, "ds:Signature/ds:SignedInfo/ds:SignatureMethod").get("Algorithm")
        assert method == "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    assert len(root.findall(".//ds:Signature", NS)) == len(places)


def test_both_signatures_hold_when_both_are_asked_for(pair: SigningPair) -> None:
    """The inner one survives the outer one, and holds when its assertion is taken out."""
    xml = build(pair, sign_response=True)
    response = verified(xml, pair)
    assert etree.QName(response).localname == "Response"
    assertion = one(etree.fromstring(xml), "s:Assertion")
    assert etree.QName(verified(etree.tostring(assertion), pair)).localname == "Assertion"


@pytest.mark.parametrize("changed", ["ada@example.com", "urn:sp", "2026-03-01T12:05:00Z", "a &amp; b"])
def test_a_changed_assertion_is_found_out(pair: SigningPair, changed: str) -> None:
    """Nothing inside can be altered."""
    xml = build(pair)
    assert changed in xml
    with pytest.raises(InvalidSignature):
        verified(xml.replace(changed, changed[:-1] + "x"), pair)


def test_another_certificate_does_not_verify_it(pair: SigningPair, other: SigningPair) -> None:
    """The certificate in KeyInfo counts for nothing."""
    with pytest.raises(InvalidSignature):
        verified(build(pair), other)


def test_validity_and_ids_can_be_chosen(pair: SigningPair) -> None:
    """So that others can build a Response that is too old, or is sent twice."""
    xml = build(pair, validity=timedelta(minutes=-1), response_id="_r", assertion_id="_a", session_index="_s")
    root = etree.fromstring(xml)
    assert one(root, "s:Assertion/s:Conditions").get("NotOnOrAfter") == "2026-03-01T11:59:00Z"
    assert (root.get("ID"), one(root, "s:Assertion").get("ID")) == ("_r", "_a")
    assert one(root, "s:Assertion/s:AuthnStatement").get("SessionIndex") == "_s"
