"""The verification of SAML responses in the local AWS: what it believes, and every kind of response that it refuses."""

from __future__ import annotations

import base64
import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from sandbox.aws.forged_idp import ForgedIdp, Statement, form_field
from sandbox.aws.saml_verification import Expected, SamlResponseRefusedError, VerifiedAssertion, verify_response
from sandbox.aws.xml_parsing import DS, SAML, SAMLP

AUDIENCE = "urn:amazon:cognito:sp:us-east-1_abc"
ACS_URL = "https://portal.auth.us-east-1.amazoncognito.com/saml2/idpresponse"
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def idp() -> ForgedIdp:
    """An IdP that the service provider trusts."""
    return ForgedIdp()


@pytest.fixture(scope="module")
def stranger() -> ForgedIdp:
    """An IdP of the same name with another key."""
    return ForgedIdp()


@pytest.fixture
def truth() -> Statement:
    """A statement with which everything is right."""
    return Statement(
        audience=AUDIENCE, acs_url=ACS_URL, request_id="_r1", now=NOW, attributes={"memberOf": ["Admins", "Users"]}
    )


@pytest.fixture
def expected(idp: ForgedIdp) -> Expected:
    """What the service provider knows of the request that is answered."""
    return Expected(
        issuer=idp.entity_id,
        certificates=(idp.certificate,),
        audience=AUDIENCE,
        acs_url=ACS_URL,
        request_id="_r1",
        now=NOW,
    )


def refusal(response: etree._Element, expected: Expected) -> str:
    """Code of the refusal of *response*."""
    with pytest.raises(SamlResponseRefusedError) as caught:
        verify_response(form_field(response), expected)
    return caught.value.code


@pytest.mark.parametrize("signed", ["assertion", "response", "both"])
def test_a_signed_assertion_is_believed(idp: ForgedIdp, truth: Statement, expected: Expected, signed: str) -> None:
    """It does not matter which of the two elements carries the signature."""
    statement = replace(truth, signed=signed, assertion_id="_a1")  # type: ignore[arg-type]  # one of the three above
    assert verify_response(form_field(idp.response(statement)), expected) == VerifiedAssertion(
        id="_a1",
        name_id="ada@example.com",
        attributes={"memberOf": ("Admins", "Users")},
        not_on_or_after=NOW + timedelta(minutes=5),
    )


def test_any_certificate_of_the_metadata_may_have_signed(
    idp: ForgedIdp, stranger: ForgedIdp, truth: Statement, expected: Expected
) -> None:
    """While a certificate is rotated, metadata holds the old and the new one."""
    both = replace(expected, certificates=(stranger.certificate, idp.certificate))
    assert verify_response(form_field(idp.response(truth)), both).name_id == "ada@example.com"


def test_another_key_is_refused(stranger: ForgedIdp, truth: Statement, expected: Expected) -> None:
    """A key that the metadata does not name proves nothing, not even with its certificate in the signature."""
    assert refusal(stranger.response(truth), expected) == "signature-invalid"


def test_no_signature_is_refused(idp: ForgedIdp, truth: Statement, expected: Expected) -> None:
    """Without a signature anybody could have written it."""
    assert refusal(idp.response(replace(truth, signed="nothing")), expected) == "not-signed"


def test_a_change_after_signing_is_refused(idp: ForgedIdp, truth: Statement, expected: Expected) -> None:
    """One changed character of the NameID breaks the digest."""
    response = idp.response(truth)
    name_id = next(response.iter(f"{SAML}NameID"))
    name_id.text = "bob@example.com"
    assert refusal(response, expected) == "signature-invalid"


def test_an_expired_certificate_is_refused(truth: Statement, expected: Expected) -> None:
    """A signature by a certificate that has run out is no signature."""
    old = ForgedIdp(valid_from=NOW - timedelta(days=30), valid_for=timedelta(days=10))
    assert refusal(old.response(truth), replace(expected, certificates=(old.certificate,))) == "signature-invalid"


def test_the_time_is_the_callers_not_the_machines(truth: Statement, expected: Expected) -> None:
    """A certificate that has run out since was good at the time in question."""
    old = ForgedIdp(valid_from=NOW - timedelta(days=30), valid_for=timedelta(days=10))
    then = NOW - timedelta(days=25)
    at_that_time = replace(expected, certificates=(old.certificate,), now=then)
    assert verify_response(form_field(old.response(replace(truth, now=then))), at_that_time).name_id == truth.name_id


def test_a_comment_does_not_cut_a_name_id_short(idp: ForgedIdp, truth: Statement, expected: Expected) -> None:
    """Comments are not signed; a name must not end where one was put in."""
    response = idp.response(replace(truth, name_id="ada@example.com.evil.test"))
    text = etree.tostring(response).replace(b"example.com.evil", b"example.com<!-- cut -->.evil")
    assert verify_response(base64.b64encode(text).decode(), expected).name_id == "ada@example.com.evil.test"


def test_a_second_assertion_is_refused(idp: ForgedIdp, truth: Statement, expected: Expected) -> None:
    """An unsigned assertion beside the signed one is the classic wrapping attack."""
    response = idp.response(truth)
    forged = copy.deepcopy(response.find(f"{SAML}Assertion"))
    assert forged is not None
    forged.set("ID", "_forged")
    response.insert(0, forged)
    assert refusal(response, expected) == "not-one-assertion"


def test_a_signed_assertion_hidden_in_a_forged_one_is_refused(
    idp: ForgedIdp, truth: Statement, expected: Expected
) -> None:
    """The signature still verifies, but it covers what nobody reads."""
    response = idp.response(truth)
    original = response.find(f"{SAML}Assertion")
    assert original is not None
    forged = idp.response(replace(truth, signed="nothing", name_id="root@example.com")).find(f"{SAML}Assertion")
    assert forged is not None
    response.replace(original, forged)
    etree.SubElement(forged, f"{SAML}Advice").append(original)
    assert refusal(response, expected) == "not-one-assertion"


def test_a_signature_that_covers_another_element_is_refused(
    idp: ForgedIdp, truth: Statement, expected: Expected
) -> None:
    """A signature has to cover the element that it stands in, not one hidden in an extension."""
    response = idp.response(truth)
    assertion = response.find(f"{SAML}Assertion")
    assert assertion is not None
    signature = assertion.find(f"{DS}Signature")
    hidden = etree.SubElement(response, f"{SAMLP}Extensions")
    other = etree.SubElement(hidden, "Other", attrib={"ID": "_hidden"})
    other.text = "anything"
    signed_other = idp.sign(other).find(f"{DS}Signature")
    assert signature is not None
    assert signed_other is not None
    assertion.replace(signature, signed_other)
    with pytest.raises(SamlResponseRefusedError, match="covers something else"):
        verify_response(form_field(response), expected)


def test_two_elements_of_one_id_are_refused(idp: ForgedIdp, truth: Statement, expected: Expected) -> None:
    """A reference by ID has to mean one element."""
    response = idp.response(truth)
    etree.SubElement(response, f"{SAMLP}Extensions", attrib={"ID": truth.assertion_id})
    assert refusal(response, expected) == "ids-not-unique"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"audience": "urn:amazon:cognito:sp:us-east-1_other"}, "wrong-audience"),
        ({"recipient": "https://evil.test/acs"}, "wrong-recipient"),
        ({"destination": "https://evil.test/acs"}, "wrong-destination"),
        ({"destination": "", "signed": "response"}, "wrong-destination"),
        ({"request_id": "_other"}, "wrong-in-response-to"),
        ({"request_id": None}, "wrong-in-response-to"),
        ({"subject_request_id": "_other"}, "wrong-in-response-to"),
        ({"issuer": "https://evil.test/idp"}, "wrong-issuer"),
        ({"not_before_ago": timedelta(seconds=-30)}, "not-valid-yet"),
        ({"issued_ago": timedelta(seconds=-30)}, "not-valid-yet"),
        ({"valid_for": timedelta(seconds=-1)}, "expired"),
        ({"confirmed_for": timedelta(seconds=-1)}, "expired"),
        ({"status": "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"}, "not-successful"),
        ({"name_id": ""}, "no-name-id"),
        ({"authenticated": False}, "no-authn-statement"),
    ],
)
def test_a_wrong_statement_is_refused(
    idp: ForgedIdp, truth: Statement, expected: Expected, change: dict[str, object], code: str
) -> None:
    """A good signature does not help what it signs."""
    assert refusal(idp.response(replace(truth, **change)), expected) == code  # type: ignore[arg-type]  # fields of it


def test_an_unsolicited_assertion_is_believed_while_it_is_young(
    idp: ForgedIdp, truth: Statement, expected: Expected
) -> None:
    """Nobody asked, so there is no InResponseTo, and the age counts."""
    unasked = replace(expected, request_id=None, longest_age=timedelta(minutes=6))
    young = replace(truth, request_id=None, issued_ago=timedelta(minutes=5))
    old = replace(young, issued_ago=timedelta(minutes=7))
    assert verify_response(form_field(idp.response(young)), unasked).name_id == "ada@example.com"
    assert refusal(idp.response(old), unasked) == "expired"


def test_an_answer_to_a_request_is_no_unsolicited_one(idp: ForgedIdp, truth: Statement, expected: Expected) -> None:
    """An assertion that was stolen on its way must not be handed in as if the IdP had begun."""
    assert refusal(idp.response(truth), replace(expected, request_id=None)) == "wrong-in-response-to"


def test_a_document_type_is_refused(idp: ForgedIdp, truth: Statement, expected: Expected) -> None:
    """Entities could read files; no document type is read at all."""
    text = b'<!DOCTYPE r [<!ENTITY e "x">]>' + etree.tostring(idp.response(truth))
    with pytest.raises(SamlResponseRefusedError, match="document type"):
        verify_response(base64.b64encode(text).decode(), expected)


@pytest.mark.parametrize("text", ["", "%%%", base64.b64encode(b"<a>").decode(), base64.b64encode(b"<a/>").decode()])
def test_what_is_no_response_is_refused(expected: Expected, text: str) -> None:
    """Neither noise nor other XML ends in a traceback."""
    with pytest.raises(SamlResponseRefusedError):
        verify_response(text, expected)
