"""What a SAML IdP says of itself in its metadata: entity ID, sign-in addresses, signing certificates.

Not here: whether AWS takes it (the checks), and the parts of metadata that no AWS service reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from saml_connectors.metadata.certificate import Certificate, read_certificate
from saml_connectors.metadata.document import WHAT, Document, Element, read
from saml_connectors.problems import Problem, SpecError, raise_if_any

MD: Final = "urn:oasis:names:tc:SAML:2.0:metadata"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
SAML_2: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
HTTP_POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
HTTP_REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"

_ROLE: Final = f"{MD}:IDPSSODescriptor"


@dataclass(frozen=True, slots=True)
class Location:
    """An address, and the binding spoken there."""

    binding: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdpMetadata:
    """What a metadata document says of one IdP."""

    entity_id: str
    single_sign_on_services: tuple[Location, ...]
    single_logout_services: tuple[Location, ...]
    certificates: tuple[Certificate, ...]
    """Those that it signs with, in the document's order; ones for encryption only are left out."""

    name_id_formats: tuple[str, ...]
    want_authn_requests_signed: bool
    valid_until: datetime | None
    """When the document ceases to hold; None where it does not say."""

    def sso_url(self, binding: str = HTTP_REDIRECT) -> str | None:
        """The first sign-in address with that binding; None where there is none."""
        return next((one.url for one in self.single_sign_on_services if one.binding == binding), None)


def parse(xml: str | bytes) -> IdpMetadata:
    """What *xml* says of an IdP.

    It says what is there, not whether that is good: an expired certificate is read like any other.

    Raises:
        SpecError: Where it is not the metadata of one IdP, or a signing certificate in it is missing or unreadable.
    """
    metadata, problems = describe(read(xml))
    raise_if_any(problems, WHAT)
    assert metadata is not None
    return metadata


def describe(document: Document) -> tuple[IdpMetadata | None, list[Problem]]:
    """What can be read of an IdP, and everything that hinders reading it; None where nothing can."""
    entity = document.root
    refusal = _why_not_one_idp(entity)
    if refusal is not None:
        return None, [refusal]
    problems: list[Problem] = []
    entity_id = (entity.attribute("entityID") or "").strip()
    if not entity_id:
        problems.append(Problem(code="metadata-no-entity-id", rule="must name the IdP in the attribute entityID"))
    roles = [role for role in entity.children(_ROLE) if _speaks_saml_2(role)]
    certificates = _certificates(roles, problems)
    metadata = IdpMetadata(
        entity_id=entity_id,
        single_sign_on_services=_locations(roles, "SingleSignOnService"),
        single_logout_services=_locations(roles, "SingleLogoutService"),
        certificates=certificates,
        name_id_formats=tuple(one.text for role in roles for one in role.children(f"{MD}:NameIDFormat") if one.text),
        want_authn_requests_signed=any(
            (role.attribute("WantAuthnRequestsSigned") or "").strip() in {"true", "1"} for role in roles
        ),
        valid_until=_valid_until([entity, *roles], problems),
    )
    return metadata, problems


def _why_not_one_idp(root: Element) -> Problem | None:
    if root.name == f"{MD}:EntitiesDescriptor":
        count = len(root.children(f"{MD}:EntityDescriptor"))
        return Problem(
            code="metadata-several-entities",
            rule="must be one EntityDescriptor",
            given=f"an EntitiesDescriptor of {count}",
            fix="save the IdP's own EntityDescriptor as a document of its own",
        )
    if root.name != f"{MD}:EntityDescriptor":
        rule = "must be SAML 2.0 metadata: an EntityDescriptor"
        return Problem(code="metadata-not-saml", rule=rule, given=f"the element {root.name[-80:]}")
    roles = root.children(_ROLE)
    if roles and not any(_speaks_saml_2(role) for role in roles):
        rule = f"must be of an IdP that supports {SAML_2}"
        given = f"protocolSupportEnumeration {roles[0].attribute('protocolSupportEnumeration')!r:.200}"
        return Problem(code="metadata-not-saml", rule=rule, given=given)
    if roles:
        return None
    if root.children(f"{MD}:SPSSODescriptor"):
        return Problem(
            code="metadata-is-sp",
            rule="must be an IdP's metadata, with an IDPSSODescriptor",
            given="an SP's",
            fix="export the metadata of the directory's application, not that of AWS",
        )
    return Problem(code="metadata-not-saml", rule="must be an IdP's metadata, with an IDPSSODescriptor")


def _speaks_saml_2(role: Element) -> bool:
    return SAML_2 in (role.attribute("protocolSupportEnumeration") or SAML_2).split()


def _locations(roles: list[Element], name: str) -> tuple[Location, ...]:
    services = [service for role in roles for service in role.children(f"{MD}:{name}")]
    return tuple(
        Location(one.attribute("Binding") or "", (one.attribute("Location") or "").strip()) for one in services
    )


def _certificates(roles: list[Element], problems: list[Problem]) -> tuple[Certificate, ...]:
    texts = [
        certificate.text
        for role in roles
        for key in role.children(f"{MD}:KeyDescriptor")
        if (key.attribute("use") or "signing") == "signing"
        for info in key.children(f"{DS}:KeyInfo")
        for data in info.children(f"{DS}:X509Data")
        for certificate in data.children(f"{DS}:X509Certificate")
    ]
    if not texts:
        rule = "must hold a signing certificate: a KeyDescriptor for signing, with an X509Certificate"
        problems.append(Problem(code="metadata-no-certificate", rule=rule))
    found: list[Certificate] = []
    for index, text in enumerate(texts):
        try:
            found.append(read_certificate(text))
        except SpecError as error:
            problems.extend(problem.at(field=f"certificates[{index}]") for problem in error.problems)
    return tuple(found)


def _valid_until(elements: list[Element], problems: list[Problem]) -> datetime | None:
    ends: list[datetime] = []
    for text in filter(None, (element.attribute("validUntil") for element in elements)):
        try:
            end = datetime.fromisoformat(text.strip())
        except ValueError:
            rule = "validUntil must be a date and time, as in 2030-01-31T12:00:00Z"
            code = "metadata-valid-until-unreadable"
            problems.append(Problem(code=code, rule=rule, given=repr(text[:60]), level="warning"))
            continue
        ends.append(end.replace(tzinfo=UTC) if end.tzinfo is None else end)
    return min(ends, default=None)
