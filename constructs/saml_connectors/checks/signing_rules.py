"""Rules of certificate rotation: what an application signs with must be trusted by the AWS side before it does.

Not here: metadata documents that stand in the template (`metadata_rules.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from saml_connectors.checks.known_values import known, text_of
from saml_connectors.checks.known_values import parts as parts_of
from saml_connectors.checks.registrations import Application, applications, metadata_parts
from saml_connectors.checks.rule import Context, Hit, Rule
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.cloudformation.intrinsics import Reference
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.spec.findings import shown


def _signers(template: Template) -> Iterator[tuple[Resource, Application | None]]:
    by_resource = {one.resource.logical_id: one for one in applications(template)}
    for signing in template.of_type(contract.APPLICATION_SIGNING):
        target = signing.target(contract.APPLICATION_ID)
        yield signing, by_resource.get(target.logical_id) if target is not None else None


def _trusted(signing: Resource) -> dict[str, Any] | None:
    """Fingerprints of the certificates that AWS trusts, by name; None where one has no name that is known."""
    found: dict[str, Any] = {}
    for row in signing.items(contract.TRUSTED_CERTIFICATES) or [None]:
        name = known(row.get(contract.NAME)) if isinstance(row, dict) else None
        if name is None:
            return None
        found[name] = row.get(contract.FINGERPRINT)
    return found


def _unlisted(template: Template, _: Context) -> Iterator[Hit]:
    for signing, _application in _signers(template):
        name, trusted = text_of(signing, contract.SIGNING_NAME), _trusted(signing)
        if name is not None and trusted is not None and name not in trusted:
            message = f"is to sign with {shown(name)}, which is none of those that AWS trusts: {', '.join(trusted)}"
            yield Hit(resource=signing, path=f"Properties.{contract.SIGNING_NAME}", message=message)


def _not_in_metadata(template: Template, _: Context) -> Iterator[Hit]:
    for signing, application in _signers(template):
        certificates = [
            part.logical_id
            for fingerprint in (_trusted(signing) or {}).values()
            for part in parts_of(fingerprint)
            if isinstance(part, Reference) and template.resources[part.logical_id].type == contract.SIGNING_CERTIFICATE
        ]
        for one in application.consumers if application is not None else ():
            there = {part.logical_id for part in metadata_parts(one) if isinstance(part, Reference)}
            for missing in certificates:
                if missing not in there:
                    message = f"the metadata of {one.logical_id} does not have the certificate {missing}"
                    yield Hit(resource=signing, path=f"Properties.{contract.TRUSTED_CERTIFICATES}", message=message)


def _early(template: Template, _: Context) -> Iterator[Hit]:
    for signing, application in _signers(template):
        for one in application.consumers if application is not None else ():
            if not signing.comes_after(one):
                message = f"the application may sign with another certificate before {one.logical_id} trusts it"
                yield Hit(resource=signing, message=message, fix=f"write DependsOn: {one.logical_id}")


_HOW = "docs/provider.md"

RULES: tuple[Rule, ...] = (
    Rule(
        code="signing-certificate-unlisted",
        level="error",
        what="An application signs with one of the certificates that AWS trusts.",
        why="The provider refuses the switch, and the deployment fails; if it did not, nobody could sign in.",
        fix="list the certificate as trusted, in a deployment before the one that signs with it",
        source=_HOW,
        find=_unlisted,
    ),
    Rule(
        code="signing-certificate-untrusted",
        level="error",
        what="The metadata on the AWS side has every certificate that the application is said to be trusted with.",
        why="AWS refuses every assertion as soon as the directory signs with that certificate.",
        fix="add a KeyDescriptor with the certificate to the metadata",
        source=_HOW,
        find=_not_in_metadata,
    ),
    Rule(
        code="signing-early",
        level="error",
        what="The directory signs with another certificate once the AWS side trusts it.",
        why="Between the two nobody can sign in, and if the deployment fails there, it stays so.",
        fix="let the switch depend on the identity provider",
        source=_HOW,
        find=_early,
    ),
)
