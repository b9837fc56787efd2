"""Applications of the directory as a review tells them: every managed field by the directory's own name for it.

Not here: what the AWS side makes of what they send (the other `reading_*.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from saml_connectors import aws_sign_in
from saml_connectors.cloudformation.intrinsics import plain_text
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review import facts
from saml_connectors.review.certificates import Certificate, read
from saml_connectors.review.held import Held, rows, value, values
from saml_connectors.review.model import Link, Node, Part, Place, Signing
from saml_connectors.review.values import digest, fields_of, is_known, item, unnamed

if TYPE_CHECKING:
    from saml_connectors.cloudformation import Resource
    from saml_connectors.review.facts import Fact

FIELDS: Final = {
    contract.TEMPLATE: "name",
    contract.DISPLAY_LABEL: "displayLabel",
    contract.DESCRIPTION: "description",
    contract.VISIBLE: "sso.hidden",
    contract.SLUG: "ssoUrl",
    contract.BOOKMARK_URL: "ssoUrl",
    contract.IDP_ENTITY_ID: "config.idpEntityId",
    contract.SP_ENTITY_ID: "config.spEntityId",
    contract.ACS_URL: "config.acsUrl",
    contract.SP_CERTIFICATE: "config.spCertificate",
    contract.SUBJECT_FIELD: "config.subjectField",
    contract.NAME_ID_FORMAT: "config.overrideNameIdFormat",
    contract.SIGNATURE_ALGORITHM: "config.signatureAlgorithm",
    contract.SIGN_ASSERTION: "config.signAssertion",
    contract.SIGN_RESPONSE: "config.signResponse",
    contract.DECLARE_REDIRECT_ENDPOINT: "config.declareRedirectEndpoint",
    contract.GROUPS_ATTRIBUTE: "config.groupsAttributeName",
    contract.LOGIN_URL: "config.idpInitUrl",
    contract.DEFAULT_RELAY_STATE: "config.defaultTargetUrl",
}
"""Properties of application and launch, and the field in the directory that each becomes."""

DATABASE_ATTRIBUTES, CONSTANT_ATTRIBUTES = "config.databaseAttributes", "config.constantAttributes"
INCLUDE_GROUPS, GROUPS = "config.includeGroups", "groups that see it"
CREDENTIALS = "the secret with the directory's credential"
_LISTS = {
    contract.USER_ATTRIBUTES: (DATABASE_ATTRIBUTES, contract.SOURCE),
    contract.CONSTANT_ATTRIBUTES: (CONSTANT_ATTRIBUTES, contract.VALUE),
}
_DIRECTORY = {
    contract.API_URL: "directory",
    contract.TOKEN_URL: "directory, token endpoint",
    contract.ORG_ID: "organization",
}
_NO_FIELDS = frozenset({"ServiceToken", "ServiceTimeout", contract.DIRECTORY, contract.REQUIRED_GROUPS})
_TOLD_APART = frozenset({contract.APPLICATION_ID, contract.GROUPS, contract.TRUSTED_CERTIFICATES})
_SECRETS = {contract.PAIR_SECRET, contract.SIGNING_SECRET}
_NOT_SENT = {aws_sign_in.ROLE, aws_sign_in.TRANSITIVE_TAG_KEYS}
_PRINCIPAL_TAG, _ACCESS_CONTROL = aws_sign_in.principal_tag(""), f"{aws_sign_in.ROLE_ATTRIBUTES}AccessControl:"


@dataclass(frozen=True)
class Application:
    """One application, with what is said of it elsewhere."""

    part: Part
    groups: tuple[str, ...]
    """Names of the groups that the template binds to it."""

    sends: tuple[tuple[str, str], ...]
    """SAML attribute and directory property of each attribute."""

    constants: tuple[tuple[str, str], ...]
    """SAML attribute and value."""

    facts: dict[Fact, Place]
    links: frozenset[Link]

    @property
    def node(self) -> Node:
        """What it is in a picture."""
        return Node("application", self.part.name)


def read_application(held: Held, resource: Resource) -> Application:
    """An application with its launch, its access and its certificates."""
    label = value(resource, contract.DISPLAY_LABEL) or unnamed(resource)
    satellites = {
        kind: held.used_by(resource, kind) for kind in (contract.LAUNCH, contract.ACCESS, contract.APPLICATION_SIGNING)
    }
    place = held.place(resource)
    groups = sorted({name for each in satellites[contract.ACCESS] for name in values(each, contract.GROUPS)})
    sends = tuple(sorted(rows(resource, contract.USER_ATTRIBUTES, contract.NAME, contract.SOURCE)))
    constants = tuple(sorted(rows(resource, contract.CONSTANT_ATTRIBUTES, contract.NAME, contract.VALUE)))
    beside = tuple(one for several in satellites.values() for one in several)

    def fields() -> dict[str, str]:
        told = _fields(resource)
        for each in beside:
            told = _fields_beside(each, told)
        return _ordered(told | {item(GROUPS, name): name for name in groups})

    found = dict.fromkeys(_sent(resource, label, sends, constants), place)
    for access in satellites[contract.ACCESS]:
        for group in values(access, contract.GROUPS):
            found[facts.of("tile", group=group, application=label)] = held.place(access)
    node = Node("application", label)
    directory = Node("directory", value(resource, contract.DIRECTORY, contract.API_URL))
    links = {Link(Node("group", group), node) for group in groups}
    links |= {Link(directory, Node("group", group)) for group in groups} or {Link(directory, node)}
    what = "tile" if value(resource, contract.TEMPLATE) == contract.BOOKMARK_TEMPLATE else "application"
    part = Part(place, resource.type, what, label, fields, resource, _signing(resource), beside)
    return Application(part, tuple(groups), sends, constants, found, frozenset(links))


def read_lookup(held: Held, resource: Resource) -> Part:
    """An application that another stack registered."""
    return Part(
        held.place(resource),
        resource.type,
        "lookup of an application",
        value(resource, contract.SLUG) or unnamed(resource),
        partial(_fields, resource),
        resource,
    )


def read_signing_certificates(held: Held, resource: Resource) -> list[Part]:
    """The certificates that an application names, or that are copied from it."""
    users = [resource, *held.used_by(resource, contract.APPLICATION_SIGNING)]
    found = {
        held.place(each): each
        for user in users
        for name in user.references
        if (each := user.template.resources[name]).type == contract.SIGNING_CERTIFICATE
    }
    found.update({held.place(each): each for each in held.used_by(resource, contract.SIGNING_CERTIFICATE)})
    return [
        Part(
            place,
            each.type,
            "signing certificate",
            value(each, contract.NAME) or unnamed(each),
            partial(_fields, each),
            each,
        )
        for place, each in sorted(found.items())
    ]


def certificate_of_sp(resource: Resource) -> Certificate | None:
    """The service provider's certificate, which the directory checks requests with."""
    given = plain_text(resource.get(contract.SP_CERTIFICATE))
    return read(given) if given else None


def _fields(resource: Resource) -> dict[str, str]:
    """The fields of one resource by the directory's names; properties that this release does not know by their own."""
    found = {
        shown: value(resource, contract.DIRECTORY, name)
        for name, shown in _DIRECTORY.items()
        if resource.has(contract.DIRECTORY, name)
    }
    found.setdefault("directory", "")
    secret = value(resource, contract.DIRECTORY, contract.CREDENTIALS_SECRET)
    found[CREDENTIALS] = secret if not is_known(secret) else digest(secret)
    for name, given in fields_of(resource, _NO_FIELDS | _TOLD_APART | _LISTS.keys()).items():
        head = name.partition(".")[0].partition("[")[0]
        if head == contract.SP_CERTIFICATE:
            certificate = certificate_of_sp(resource)
            found[FIELDS[head]] = str(certificate) if certificate else given
        elif head in _SECRETS:
            found[name] = given if not is_known(given) else digest(given)
        elif head == contract.VISIBLE:
            found[FIELDS[head]] = {"true": "false", "false": "true"}.get(given, given)
        else:
            found[FIELDS.get(name, name)] = given
    for name, (shown, second) in _LISTS.items():
        if resource.has(name):
            for claim, given in rows(resource, name, contract.NAME, second):
                found[item(f"{shown}: {claim}", given)] = given
    if resource.type == contract.APPLICATION and resource.text(contract.TEMPLATE) != contract.BOOKMARK_TEMPLATE:
        found[INCLUDE_GROUPS] = "true" if resource.has(contract.GROUPS_ATTRIBUTE) else "false"
    return found


def _fields_beside(resource: Resource, told: dict[str, str]) -> dict[str, str]:
    """*told* with the fields of a launch, an access or a signing; those that both have are told apart."""
    found = _fields(resource)
    word = resource.type.removeprefix(contract.APPLICATION).lower()
    both = {*_DIRECTORY.values(), CREDENTIALS, *(name for name in found if name in told)}
    apart = {f"{word}: {name}": found.get(name, "none") for name in both if found.get(name) != told.get(name)}
    return found | told | apart


def _ordered(fields: dict[str, str]) -> dict[str, str]:
    return {name: fields[name] for name in sorted(fields)}


def _sent(
    resource: Resource, label: str, sends: Iterable[tuple[str, str]], constants: Iterable[tuple[str, str]]
) -> Iterator[Fact]:
    """What is told of each person, and to whom."""
    for claim, source in sends:
        if claim in _NOT_SENT:
            continue
        if claim.startswith(_PRINCIPAL_TAG):
            key = claim.removeprefix(_PRINCIPAL_TAG)
            yield facts.of("session-tag", property=source, key=key, application=label)
        elif claim.startswith(_ACCESS_CONTROL):
            key = claim.removeprefix(_ACCESS_CONTROL)
            yield facts.of("access-control", property=source, key=key, application=label)
        else:
            yield facts.of("released", property=source, claim=claim, application=label)
    for claim, given in constants:
        if claim.startswith(_PRINCIPAL_TAG):
            key = claim.removeprefix(_PRINCIPAL_TAG)
            yield facts.of("constant-tag", key=key, value=given, application=label)
        elif claim != aws_sign_in.ROLE:
            yield facts.of("constant", claim=claim, value=given, application=label)
    if resource.has(contract.GROUPS_ATTRIBUTE):
        yield facts.of("groups-sent", claim=value(resource, contract.GROUPS_ATTRIBUTE), application=label)


def _signing(resource: Resource) -> Signing | None:
    """The names of its certificates, where the author gives some."""
    pairs = rows(resource, contract.TRUSTED_CERTIFICATES, contract.NAME, contract.FINGERPRINT)
    if not pairs:
        return None
    return Signing(value(resource, contract.SIGNING_NAME), tuple(name for name, _ in pairs), tuple(pairs))
