"""What a SAML response proves to AWS, and every response that proves nothing: the pure part of AssumeRoleWithSAML."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from sandbox.aws.federation_refusal import FederationRefusedError
from sandbox.aws.forged_idp import ForgedIdp, form_field
from sandbox.aws.role_site import SIGN_IN, statement_for
from sandbox.aws.saml_claims import ROLE, RolePair
from sandbox.aws.saml_federation import Federated, SamlProvider, federate
from sandbox.aws.saml_metadata import read_idp_metadata
from sandbox.aws.xml_parsing import SAML

NOW = datetime.now(UTC).replace(microsecond=0)
ACCOUNT = "123456789012"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/directory"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/ops/Viewer"
PAIR = f"{ROLE_ARN},{PROVIDER}"
IDENTIFIER = "SAMLSPABCDEFGH12345678"


@pytest.fixture(scope="module")
def idp() -> ForgedIdp:
    """An IdP whose metadata the provider has."""
    return ForgedIdp()


@pytest.fixture(scope="module")
def provider(idp: ForgedIdp) -> SamlProvider:
    """The SAML provider in IAM."""
    return provider_of(idp)


def provider_of(idp: ForgedIdp, **more: Any) -> SamlProvider:
    """A SAML provider with the metadata of *idp*."""
    told = {"arn": PROVIDER, "account": ACCOUNT, "name": "directory", "identifier": IDENTIFIER, **more}
    return SamlProvider(
        encryption_required=told.pop("encryption_required", False), metadata=read_idp_metadata(idp.metadata()), **told
    )


def prove(idp: ForgedIdp, provider: SamlProvider, **changes: Any) -> Federated:
    """What a response with *changes* proves."""
    statement = replace(statement_for(changes.pop("roles", [PAIR]), **changes), now=NOW)
    return federate(form_field(idp.response(statement)), provider, NOW)


def refusal(idp: ForgedIdp, provider: SamlProvider, **changes: Any) -> FederationRefusedError:
    """The refusal of a response with *changes*."""
    with pytest.raises(FederationRefusedError) as caught:
        prove(idp, provider, **changes)
    return caught.value


def test_a_good_response_proves_who_it_is_and_what_they_may_have(idp: ForgedIdp, provider: SamlProvider) -> None:
    """Every claim of the assertion is read, in the form in which STS reports it."""
    ends = NOW + timedelta(hours=2)
    found = prove(
        idp,
        provider,
        name_id_format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        session_ends=ends,
        SessionDuration=["7200"],
        SourceIdentity=["ada"],
        TransitiveTagKeys=["Team"],
        **{"PrincipalTag:Team": ["platform eng"], "PrincipalTag:Cost/Center": [""]},
    )
    assert (found.subject, found.subject_type) == ("ada@example.com", "persistent")
    assert found.recipient == SIGN_IN
    assert found.session_not_on_or_after == ends
    claims = found.claims
    assert claims.roles == (RolePair(role=ROLE_ARN, provider=PROVIDER),)
    assert claims.roles[0].account == ACCOUNT
    assert claims.session_name == "ada@example.com"
    assert claims.session_duration == 7200
    assert claims.session_tags == {"Team": "platform eng", "Cost/Center": ""}
    assert claims.transitive_tag_keys == ("Team",)
    assert claims.source_identity == "ada"


def test_role_and_provider_may_come_in_either_order(idp: ForgedIdp, provider: SamlProvider) -> None:
    """AWS takes both, and a role's name may hold a comma."""
    odd = f"arn:aws:iam::{ACCOUNT}:role/a,b"
    found = prove(idp, provider, roles=[f"{PROVIDER},{ROLE_ARN}", PAIR, f"{odd},{PROVIDER}"])
    assert [pair.role for pair in found.claims.roles] == [ROLE_ARN, odd]


def test_the_name_qualifier_tells_providers_apart(idp: ForgedIdp) -> None:
    """It is a hash of issuer, account and the provider's name."""
    qualifiers = {prove(idp, provider_of(idp, name=name)).name_qualifier for name in ("directory", "other")}
    assert len(qualifiers) == 2
    assert all(len(base64.b64decode(one)) == 20 for one in qualifiers)


def test_an_expired_certificate_still_verifies_for_iam() -> None:
    """IAM does not look at the dates of a certificate in metadata."""
    old = ForgedIdp(valid_from=NOW - timedelta(days=90), valid_for=timedelta(days=30))
    assert prove(old, provider_of(old)).subject == "ada@example.com"


@pytest.mark.parametrize(
    ("recipient", "audience"),
    [
        (SIGN_IN, "urn:amazon:webservices"),
        (f"{SIGN_IN}/acs/{IDENTIFIER}", "urn:amazon:webservices"),
        ("https://eu-central-1.signin.aws.amazon.com/saml", "urn:amazon:webservices"),
        (f"https://ap-southeast-2.signin.aws.amazon.com/saml/acs/{IDENTIFIER}", "urn:amazon:webservices"),
        ("https://signin.amazonaws-us-gov.com/saml", "urn:amazon:webservices:govcloud"),
        ("https://signin.amazonaws.cn/saml", "urn:amazon:webservices:cn-north-1"),
    ],
)
def test_every_sign_in_endpoint_has_its_audience(
    idp: ForgedIdp, provider: SamlProvider, recipient: str, audience: str
) -> None:
    """The endpoint decides which partition's audience the assertion needs."""
    assert prove(idp, provider, acs_url=recipient, audience=audience).recipient == recipient
    assert "audience" in str(refusal(idp, provider, acs_url=recipient, audience=f"{audience}:other"))


@pytest.mark.parametrize(
    "recipient",
    [
        "https://signin.aws.amazon.com/saml/",
        "https://signin.aws.amazon.com.evil.test/saml",
        "http://signin.aws.amazon.com/saml",
        f"{SIGN_IN}/acs/SAMLSPOTHER00000000000",
        "https://portal.auth.us-east-1.amazoncognito.com/saml2/idpresponse",
    ],
)
def test_another_recipient_is_refused(idp: ForgedIdp, provider: SamlProvider, recipient: str) -> None:
    """An assertion for somebody else is not for AWS, nor one for another provider's endpoint."""
    found = refusal(idp, provider, acs_url=recipient)
    assert found.code == "InvalidIdentityToken"
    assert "Recipient" in str(found)


def test_a_destination_for_somebody_else_is_refused(idp: ForgedIdp, provider: SamlProvider) -> None:
    """The Response has to be for the same endpoint as the assertion in it."""
    assert "Destination" in str(refusal(idp, provider, destination="https://evil.test/saml"))


def test_another_key_is_refused(provider: SamlProvider) -> None:
    """Only the certificates in the provider's metadata count, not the one in the response."""
    found = refusal(ForgedIdp(), provider)
    assert found.code == "InvalidIdentityToken"
    assert "signature invalid" in str(found)


def test_a_role_added_after_signing_is_refused(idp: ForgedIdp, provider: SamlProvider) -> None:
    """The roles are covered by the signature."""
    response = idp.response(replace(statement_for([PAIR]), now=NOW))
    attribute = next(one for one in response.iter(f"{SAML}Attribute") if one.get("Name") == ROLE)
    etree.SubElement(attribute, f"{SAML}AttributeValue").text = PAIR.replace("Viewer", "Admin")
    with pytest.raises(FederationRefusedError, match="signature invalid"):
        federate(form_field(response), provider, NOW)


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"signed": "nothing"}, "InvalidIdentityToken", "signature invalid"),
        ({"issuer": "https://evil.test/idp"}, "InvalidIdentityToken", "Issuer not present in specified provider"),
        ({"audience": "urn:amazon:cognito:sp:us-east-1_a"}, "InvalidIdentityToken", "required audience"),
        ({"request_id": "_r1"}, "InvalidIdentityToken", "InResponseTo"),
        ({"issued_ago": timedelta(minutes=6)}, "ExpiredTokenException", "within 5 minutes"),
        ({"valid_for": timedelta(seconds=-1)}, "ExpiredTokenException", "valid until"),
        ({"confirmed_for": timedelta(seconds=-1)}, "ExpiredTokenException", "confirmed until"),
        ({"session_ends": NOW}, "ExpiredTokenException", "session at the IdP ended"),
        ({"status": "urn:oasis:names:tc:SAML:2.0:status:Responder"}, "IDPRejectedClaim", "Responder"),
        ({"roles": []}, "InvalidIdentityToken", "no value of the attribute"),
        ({"roles": [ROLE_ARN]}, "InvalidIdentityToken", "not the ARNs of a role and a SAML provider"),
        ({"roles": [f"{ROLE_ARN}, {PROVIDER}"]}, "InvalidIdentityToken", "not the ARNs"),
        ({"RoleSessionName": []}, "InvalidIdentityToken", "RoleSessionName is required"),
        ({"RoleSessionName": ["ada", "bob"]}, "InvalidIdentityToken", "2 values"),
        ({"RoleSessionName": ["ada lovelace"]}, "InvalidIdentityToken", "must match"),
        ({"RoleSessionName": ["a"]}, "InvalidIdentityToken", "must match"),
        ({"RoleSessionName": ["ä" * 3]}, "InvalidIdentityToken", "must match"),
        ({"SessionDuration": ["899"]}, "InvalidIdentityToken", "SessionDuration"),
        ({"SessionDuration": ["43201"]}, "InvalidIdentityToken", "SessionDuration"),
        ({"SessionDuration": ["1h"]}, "InvalidIdentityToken", "SessionDuration"),
        ({"SessionDuration": ["900", "900"]}, "InvalidIdentityToken", "SessionDuration"),
        ({"PrincipalTag:Team": ["a", "b"]}, "InvalidIdentityToken", "2 values"),
        ({"PrincipalTag:Team": []}, "InvalidIdentityToken", "0 values"),
        ({"PrincipalTag:Team": ["a" * 257]}, "InvalidIdentityToken", "at most 256"),
        ({"PrincipalTag:Team": ["a*"]}, "InvalidIdentityToken", "value of the session tag Team"),
        ({f"PrincipalTag:{'k' * 129}": ["a"]}, "InvalidIdentityToken", "not a key of a session tag"),
        ({"PrincipalTag:aws:team": ["a"]}, "InvalidIdentityToken", "not a key of a session tag"),
        ({"PrincipalTag:Team": ["a"], "PrincipalTag:team": ["b"]}, "InvalidIdentityToken", "differ in case only"),
        ({f"PrincipalTag:k{number}": ["a"] for number in range(51)}, "InvalidIdentityToken", "at most 50"),
        ({"TransitiveTagKeys": ["Team"]}, "InvalidIdentityToken", "no session tag"),
        ({"SourceIdentity": ["aws:ada"]}, "InvalidIdentityToken", "Source Identity"),
        ({"SourceIdentity": ["ada lovelace"]}, "InvalidIdentityToken", "Source Identity"),
    ],
)
def test_a_wrong_statement_is_refused(
    idp: ForgedIdp, provider: SamlProvider, changes: dict[str, Any], code: str, says: str
) -> None:
    """Each refusal has STS's code, and names its cause."""
    found = refusal(idp, provider, **changes)
    assert (found.code, says in str(found)) == (code, True), str(found)


def test_only_a_missing_role_gets_the_sign_in_pages_own_words(idp: ForgedIdp, provider: SamlProvider) -> None:
    """AWS's page does not say what is wrong then."""
    assert refusal(idp, provider, roles=[]).no_role
    assert not refusal(idp, provider, RoleSessionName=[]).no_role


def test_a_provider_that_wants_encryption_takes_no_plain_assertion(idp: ForgedIdp) -> None:
    """However well it is signed."""
    assert "encrypted ones only" in str(refusal(idp, provider_of(idp, encryption_required=True)))


def test_an_encrypted_assertion_is_refused_in_so_many_words(idp: ForgedIdp, provider: SamlProvider) -> None:
    """The sandbox does not decrypt, and does not pretend to."""
    response = idp.response(replace(statement_for([PAIR]), now=NOW))
    next(response.iter(f"{SAML}Assertion")).tag = f"{SAML}EncryptedAssertion"
    with pytest.raises(FederationRefusedError, match="encrypted, which the sandbox does not support"):
        federate(form_field(response), provider, NOW)


@pytest.mark.parametrize(
    ("encoded", "code"),
    [
        ("", "ValidationError"),
        ("A" * 100_001, "ValidationError"),
        ("%%%%", "InvalidIdentityToken"),
        (base64.b64encode(b"<a/>").decode(), "InvalidIdentityToken"),
    ],
)
def test_what_is_no_response_is_refused(provider: SamlProvider, encoded: str, code: str) -> None:
    """Neither noise nor too much of it ends in a traceback."""
    with pytest.raises(FederationRefusedError) as caught:
        federate(encoded, provider, NOW)
    assert caught.value.code == code
