"""What a SAML SP says of itself in its metadata: entity ID and ACS URLs.

Not here: an IdP's metadata (`entity.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from saml_connectors.metadata.document import Element, read
from saml_connectors.metadata.entity import HTTP_POST, MD, SAML_2
from saml_connectors.problems import Problem, SpecError, raise_if_any

WHAT: Final = "the SP's SAML metadata"

_ROLE: Final = f"{MD}:SPSSODescriptor"
_EXPORT: Final = "export the service provider's metadata from AWS"


@dataclass(frozen=True, slots=True)
class SpMetadata:
    """What a metadata document says of one SP."""

    entity_id: str
    acs_urls: tuple[str, ...]
    """Where responses are posted: the default first, then in the document's order."""


def parse_sp(xml: str | bytes) -> SpMetadata:
    """What *xml* says of an SP.

    Raises:
        SpecError: it is not the metadata of one SP.
    """
    root = _root(xml)
    refusal = _why_not_one_sp(root)
    if refusal is not None:
        raise SpecError([refusal], WHAT)
    roles = root.children(_ROLE)
    entity_id = (root.attribute("entityID") or "").strip()
    services = [one for role in roles for one in role.children(f"{MD}:AssertionConsumerService")]
    posted = [one for one in services if one.attribute("Binding") == HTTP_POST]
    ordered = sorted(posted, key=lambda one: (one.attribute("isDefault") or "").strip() not in {"true", "1"})
    urls = tuple(url for one in ordered if (url := (one.attribute("Location") or "").strip()))
    problems = []
    if not entity_id:
        problems.append(Problem(code="metadata-no-entity-id", rule="must name the SP in the attribute entityID"))
    if not urls:
        rule = "must hold an AssertionConsumerService with the binding HTTP-POST"
        problems.append(Problem(code="metadata-no-acs-url", rule=rule))
    raise_if_any(problems, WHAT)
    return SpMetadata(entity_id, urls)


def _root(xml: str | bytes) -> Element:
    try:
        return read(xml).root
    except SpecError as error:
        # Whoever reads these documents elsewhere has them from the directory.
        told = [
            replace(each, fix=f"this is a web page: {_EXPORT} instead") if "web page" in (each.fix or "") else each
            for each in error.problems
        ]
        raise SpecError(told, WHAT) from None


def _why_not_one_sp(root: Element) -> Problem | None:
    if root.name == f"{MD}:EntitiesDescriptor":
        count = len(root.children(f"{MD}:EntityDescriptor"))
        given = f"an EntitiesDescriptor of {count}"
        rule = "must be one EntityDescriptor"
        return Problem(code="metadata-several-entities", rule=rule, given=given, fix=_EXPORT)
    if root.name != f"{MD}:EntityDescriptor":
        rule, given = "must be SAML 2.0 metadata: an EntityDescriptor", f"the element {root.name[-80:]}"
        return Problem(code="metadata-not-saml", rule=rule, given=given, fix=_EXPORT)
    roles = root.children(_ROLE)
    if any(SAML_2 in (role.attribute("protocolSupportEnumeration") or SAML_2).split() for role in roles):
        return None
    rule = "must be an SP's metadata, with an SPSSODescriptor of SAML 2.0"
    if root.children(f"{MD}:IDPSSODescriptor"):
        fix = f"{_EXPORT}, not that of the directory"
        return Problem(code="metadata-is-idp", rule=rule, given="an IdP's", fix=fix)
    return Problem(code="metadata-not-saml", rule=rule, fix=_EXPORT)
