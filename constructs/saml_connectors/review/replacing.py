"""What a change of one field means where it cannot be made in place: a replacement, or a deployment that fails.

After CloudFormation's schemas (`createOnlyProperties`, which a test compares), the services' documents, and what the
provider promises.  Not here: other changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review.changes import Change, Row
from saml_connectors.review.grouping import ASSIGNMENT, PERMISSION_SET, POOL
from saml_connectors.review.phrase import phrase
from saml_connectors.review.reading_cognito import CLIENT, DOMAIN, RESOURCE_SERVER
from saml_connectors.review.reading_identity_pool import ATTACHMENT, PRINCIPAL_TAG
from saml_connectors.review.reading_stack_sets import STACK_SET
from saml_connectors.review.risk import Risk
from saml_connectors.review.values import IDENTITY_PROVIDER, ROLE, SAML_PROVIDER

if TYPE_CHECKING:
    from saml_connectors.review.model import Connector, Part

CREATE_ONLY = {
    DOMAIN: ("UserPoolId", "Domain"),
    CLIENT: ("UserPoolId", "GenerateSecret"),
    IDENTITY_PROVIDER: ("UserPoolId", "ProviderName", "ProviderType"),
    RESOURCE_SERVER: ("UserPoolId", "Identifier"),
    SAML_PROVIDER: ("Name", "AddPrivateKey", "RemovePrivateKey"),
    ROLE: ("Path", "RoleName"),
    PERMISSION_SET: ("InstanceArn", "Name"),
    ASSIGNMENT: ("InstanceArn", "TargetId", "TargetType", "PermissionSetArn", "PrincipalType", "PrincipalId"),
    ATTACHMENT: ("IdentityPoolId",),
    PRINCIPAL_TAG: ("IdentityPoolId", "IdentityProviderName"),
    STACK_SET: ("PermissionModel", "StackSetName"),
}
"""Properties that CloudFormation cannot change: another value makes another resource."""

IDENTITY = {
    "name": "template",
    "ssoUrl": "slug",
    "directory": "directory",
    "organization": "organization",
}
"""Fields of an application of which another value makes another application, and what they are called."""

IMMUTABLE = ("Schema", "UsernameAttributes", "AliasAttributes", "UsernameConfiguration")
"""Of a user pool: Cognito refuses another value, but a schema may grow."""

_NAMED = {ROLE: "RoleName", SAML_PROVIDER: "Name", PERMISSION_SET: "Name", DOMAIN: "Domain", STACK_SET: "StackSetName"}
"""Types whose names are given, and must be unique: a second one cannot be made before the first goes."""

_CONSEQUENCES = {
    POOL: "the new one is empty: people become new users there, tokens of the old one are refused, and the entity ID "
    "and issuer are others",
    DOMAIN: "every sign-in address and the ACS URL are others",
    CLIENT: "it has a new client id, which its application must learn, and everybody signs in again",
    IDENTITY_PROVIDER: "people become new users, because their user names begin with the provider's name",
    RESOURCE_SERVER: "its scopes have other names",
    SAML_PROVIDER: "every Role value and every trust policy must name the new one; sign-in fails until they do",
    ROLE: "it has another ARN, what names the old one no longer fits, and its sessions end",
    PERMISSION_SET: "its assignments are made anew, and its sessions end",
    STACK_SET: "provider and roles of its accounts are made anew",
}
_OF_APPLICATION = "it gets a new SSO IdP URL, a new certificate and a new tile, and links to the old ones lead nowhere"
_OF_IDENTITY_CENTER = (
    "; Identity Center trusts the old one until somebody uploads the new metadata, and nobody signs in until then; "
    "provisioning (SCIM) is turned on anew in the new one"
)
_OF_ACCOUNTS = "; each further account's stack is deployed after it, and nobody signs in there until then"


def replaced(before: Part, after: Part, rows: Sequence[Row], connector: Connector) -> Iterator[Change]:
    """What cannot be changed in place in one resource, by the fields that differ."""
    if after.type == contract.APPLICATION:
        reasons = [IDENTITY[row.field] for row in rows if row.field in IDENTITY]
        if after.what == "tile":
            reasons = ["URL" if reason == "slug" else reason for reason in reasons]
        if reasons:
            yield _application(after, connector, tuple(reasons))
        return
    if after.type == POOL:
        yield from _immutable(before, after, rows)
        return
    fields = [name for name in CREATE_ONLY.get(after.type, ()) if any(_is_at(row, name) for row in rows)]
    if not fields or after.type == ASSIGNMENT:  # whose every change is somebody's gain or loss
        return
    named = _NAMED.get(after.type)
    if named and named not in fields and named in after.fields and after.type != PERMISSION_SET:
        yield _fails(after, f"{fields[0]} of {{part}} cannot be changed while its name stays")
    elif after.type == DOMAIN and "UserPoolId" not in fields:
        yield _fails(after, "the pool has a domain, and the new one is made before the old one goes")
    else:
        yield _replaced(after, tuple(fields))


def instead(before: Part, after: Part, connector: Connector) -> Change:
    """A resource in the place of another that goes: its logical id differs."""
    if after.type == contract.APPLICATION:
        return _application(after, connector, ("place in the template",))
    named = _NAMED.get(after.type)
    if named and named in after.fields and after.fields.get(named) == before.fields.get(named):
        return _fails(after, "the new {part} is made before the old one goes, and both have one name")
    return _replaced(after, ("place in the template",))


def _application(part: Part, connector: Connector, reasons: tuple[str, ...]) -> Change:
    if part.what == "tile":
        words, more = "the tile {part} is replaced by a new one, because of its {reasons}", ""
    else:
        words = f"the application {{part}} is replaced, because of its {{reasons}}: {_OF_APPLICATION}"
        more = _OF_IDENTITY_CENTER if connector.kind == "identity-center" else ""
        more += _OF_ACCOUNTS if connector.of_type(contract.LOOKUP) else ""
    told = phrase(f"{words}{more}", part=part.name, reasons=reasons)
    return Change(Risk.REPLACED, "application-replaced", told, "other", part)


def _replaced(part: Part, fields: tuple[str, ...]) -> Change:
    consequence = _CONSEQUENCES.get(part.type)
    words = f"{part.what} {{part}} is replaced, because of its {{fields}}{f': {consequence}' if consequence else ''}"
    if part.type == POOL and part.stays:
        words += "; the old one stays, without a stack, with its people"
    return Change(Risk.REPLACED, "part-replaced", phrase(words, part=part.name, fields=fields), "other", part)


def _fails(part: Part, why: str) -> Change:
    words = f"the deployment fails at {part.what} {{part}}: {why}"
    return Change(Risk.BREAKS, "deployment-fails", phrase(words, part=part.name), "other", part)


def _immutable(before: Part, after: Part, rows: Sequence[Row]) -> Iterator[Change]:
    """What Cognito refuses to change in a pool."""
    fields = [name for name in IMMUTABLE[1:] if any(_is_at(row, name) for row in rows)]
    if any(_is_at(row, IMMUTABLE[0]) for row in rows) and not _schema(before) <= _schema(after):
        fields.insert(0, IMMUTABLE[0])
    if fields:
        words = "the deployment fails at user pool {part}: Cognito never changes {fields} of a pool; make a new one"
        told = phrase(words, part=after.name, fields=tuple(fields))
        yield Change(Risk.BREAKS, "deployment-fails", told, "other", after)


def _schema(pool: Part) -> set[tuple[tuple[str, str], ...]]:
    """The attributes of a pool's schema, whatever their order."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, given in pool.fields.items():
        head, _, rest = name.partition("].")
        if head.startswith("Schema["):
            found.setdefault(head, []).append((rest, given))
    return {tuple(sorted(each)) for each in found.values()}


def _is_at(row: Row, name: str) -> bool:
    return row.field == name or row.field.startswith((f"{name}.", f"{name}["))
