"""What a SAML response proves to AWS: who it is, from which IAM SAML provider, and what the IdP offers them.

Pure: no clock, no stores.  Whether a role may be assumed is `role_trust.py`'s.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sandbox.aws.federation_refusal import FederationRefusedError
from sandbox.aws.saml_claims import ROLE, AwsClaims, read_claims
from sandbox.aws.saml_verification import Expected, SamlResponseRefusedError, VerifiedAssertion, verify_response
from sandbox.aws.xml_parsing import SAML, NotXmlError, parse_xml

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.aws.saml_metadata import IdpMetadata

SHORTEST_RESPONSE, LONGEST_RESPONSE = 4, 100_000
"""Characters of a SAML response in base64."""

LONGEST_AGE: Final = timedelta(minutes=5)
"""How long after it was issued an assertion may be handed in."""

UNSPECIFIED: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
_NAME_ID_FORMATS: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:"

_COMMERCIAL = re.compile(
    r"https://(?:[a-z]{2}(?:-[a-z]+)+-\d+\.)?signin\.aws\.amazon\.com/saml(?:/acs/(?P<provider>[A-Z0-9]{22,64}))?"
)
_AUDIENCES: Final = {
    "https://signin.amazonaws-us-gov.com/saml": "urn:amazon:webservices:govcloud",
    "https://signin.amazonaws.cn/saml": "urn:amazon:webservices:cn-north-1",
}
_COMMERCIAL_AUDIENCE: Final = "urn:amazon:webservices"


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlProvider:
    """What IAM keeps of a SAML provider."""

    arn: str
    account: str
    name: str
    identifier: str
    """The SamlProviderUUID."""

    encryption_required: bool
    metadata: IdpMetadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What a response says before anybody checked it: good for finding out what to check it against, nothing else."""

    recipient: str
    role_values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Federated:
    """A person whom an IdP vouches for, and what the IdP says that they may have."""

    provider: SamlProvider
    recipient: str
    subject: str
    subject_type: str
    claims: AwsClaims
    session_not_on_or_after: datetime | None

    @property
    def name_qualifier(self) -> str:
        """The hash that tells apart equal names from different providers."""
        told = f"{self.provider.metadata.entity_id}{self.provider.account}/{self.provider.name}"
        return base64.b64encode(hashlib.sha1(told.encode(), usedforsecurity=False).digest()).decode()


def announced(encoded: str) -> Announced:
    """What the response in *encoded* says of itself, unverified.

    Raises:
        FederationRefusedError: It is no SAML response at all.
    """
    if not SHORTEST_RESPONSE <= len(encoded) <= LONGEST_RESPONSE:
        raise FederationRefusedError(
            "ValidationError",
            f"the SAML response has {len(encoded)} characters, and AWS takes {SHORTEST_RESPONSE} to {LONGEST_RESPONSE}",
        )
    try:
        root = parse_xml(base64.b64decode("".join(encoded.split()), validate=True))
    except (binascii.Error, NotXmlError) as error:
        raise FederationRefusedError(
            "InvalidIdentityToken", f"Invalid base64 SAMLResponse: it is not base64 of XML ({error})"
        ) from None
    data = root.find(f".//{SAML}SubjectConfirmationData")
    values = (
        "".join(value.itertext()).strip()
        for attribute in root.iter(f"{SAML}Attribute")
        if attribute.get("Name") == ROLE
        for value in attribute.iter(f"{SAML}AttributeValue")
    )
    return Announced(recipient="" if data is None else data.get("Recipient", ""), role_values=tuple(values))


def federate(encoded: str, provider: SamlProvider, now: datetime) -> Federated:
    """What the response in *encoded* proves, as *provider* sees it.

    Raises:
        FederationRefusedError: Nothing.
    """
    assertion = verified(encoded, provider, now)
    return Federated(
        provider=provider,
        recipient=announced(encoded).recipient,
        subject=assertion.name_id,
        subject_type=_subject_type(assertion),
        claims=read_claims(assertion.attributes),
        session_not_on_or_after=assertion.session_not_on_or_after,
    )


def verified(encoded: str, provider: SamlProvider, now: datetime) -> VerifiedAssertion:
    """The assertion in *encoded*, if it is by *provider*'s IdP and for AWS; its claims are not looked at.

    Raises:
        FederationRefusedError: It is not.
    """
    try:
        assertion = verify_response(encoded, _expected(announced(encoded).recipient, provider, now))
    except SamlResponseRefusedError as refusal:
        raise _refused(refusal) from None
    if provider.encryption_required:
        raise FederationRefusedError(
            "InvalidIdentityToken",
            f"the assertion is not encrypted, and the SAML provider {provider.name} takes encrypted ones only",
        )
    return assertion


def audience_for(recipient: str, provider: SamlProvider) -> str:
    """The audience of an assertion for the sign-in endpoint *recipient*.

    Raises:
        FederationRefusedError: It is not a sign-in endpoint of AWS, or that of another provider.
    """
    if recipient in _AUDIENCES:
        return _AUDIENCES[recipient]
    found = _COMMERCIAL.fullmatch(recipient)
    if found is None:
        raise FederationRefusedError(
            "InvalidIdentityToken",
            f"Recipient {recipient or 'is missing, and it'} is not a sign-in endpoint of AWS, such as "
            "https://signin.aws.amazon.com/saml",
        )
    if found["provider"] not in (None, provider.identifier):
        raise FederationRefusedError(
            "InvalidIdentityToken", f"Recipient {recipient} is the sign-in endpoint of another provider"
        )
    return _COMMERCIAL_AUDIENCE


def _expected(recipient: str, provider: SamlProvider, now: datetime) -> Expected:
    return Expected(
        issuer=provider.metadata.entity_id,
        certificates=provider.metadata.certificates,
        audience=audience_for(recipient, provider),
        acs_url=recipient,
        request_id=None,
        now=now,
        longest_age=LONGEST_AGE,
        certificates_expire=False,
    )


def _refused(refusal: SamlResponseRefusedError) -> FederationRefusedError:
    if refusal.code == "expired":
        return FederationRefusedError(
            "ExpiredTokenException", f"Token must be redeemed within 5 minutes of issuance: {refusal}"
        )
    if refusal.code == "not-successful":
        return FederationRefusedError("IDPRejectedClaim", f"the IdP did not sign anybody in: {refusal}")
    begins = {
        "signature-invalid": "Response signature invalid",
        "not-signed": "Response signature invalid",
        "wrong-issuer": "Issuer not present in specified provider",
        "wrong-audience": "Response does not contain the required audience",
    }
    return FederationRefusedError("InvalidIdentityToken", f"{begins.get(refusal.code, 'Invalid response')}: {refusal}")


def _subject_type(assertion: VerifiedAssertion) -> str:
    """The NameID's format as STS reports it: without the prefix that SAML 2.0's own formats have."""
    return (assertion.name_id_format or UNSPECIFIED).removeprefix(_NAME_ID_FORMATS)
