"""Whose signature an identity provider of AWS believes: certificates in its metadata, by whatever way they come there.

Not here: what the people then may do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review import facts
from saml_connectors.review.certificates import Certificate, read_metadata
from saml_connectors.review.grouping import APPLICATIONS
from saml_connectors.review.held import referred, value
from saml_connectors.review.values import part_text, unnamed, without_secrets

if TYPE_CHECKING:
    from saml_connectors.cloudformation import Resource
    from saml_connectors.review.facts import Fact


class Signers(NamedTuple):
    """What an identity provider's metadata says."""

    told: tuple[Fact, ...]
    fields: dict[str, str]
    """The metadata's own fields."""

    certificates: tuple[Certificate, ...]
    """Those that synthesis knows."""


def read_signers(provider: Resource, name: str, kind: str, *path: str) -> Signers:
    """The signers of the metadata at *path* of *provider*, which people call *name*, or of `MetadataURL` beside it.

    *kind*: what the kinds of its facts begin with, by what provider it is.
    """
    parts = provider.parts(*path)
    if not parts:
        url = value(provider, *path[:-1], "MetadataURL")
        unknown = facts.of(f"{kind}signer-unknown", idp=name)
        told = facts.of(f"{kind}signer-url", idp=name, url=url) if url else unknown
        return Signers((told,), {}, ())
    found = read_metadata("".join(part_text(part, provider.template) for part in parts))
    signers = [_by(provider, name, kind, maker) for maker in found.makers]
    signers += [
        facts.of(
            f"{kind}signer-known",
            idp=name,
            certificate=one.fingerprint,
            subject=one.subject,
            ends=f"{one.ends:%Y-%m-%d}",
        )
        for one in found.certificates
    ]
    if found.unreadable or not signers:
        signers.append(facts.of(f"{kind}signer-unknown", idp=name))
    fields = {f"metadata, {field}": without_secrets(given) for field, given in found.fields.items()}
    return Signers(tuple(signers), fields, found.certificates)


def _by(provider: Resource, name: str, kind: str, logical_id: str) -> Fact:
    """What gives a certificate at deployment."""
    maker = provider.template.resources.get(logical_id)
    if maker is not None and maker.type in APPLICATIONS:
        label = value(maker, contract.DISPLAY_LABEL) or value(maker, contract.SLUG) or logical_id
        return facts.of(f"{kind}signer", idp=name, application=label)
    if maker is not None and maker.type == contract.SIGNING_CERTIFICATE:
        made = [each for each in referred(maker, contract.APPLICATION_ID) if each.type == contract.APPLICATION]
        if made and value(maker, contract.NAME) == contract.ORIGINAL:
            return facts.of(
                f"{kind}signer", idp=name, application=value(made[0], contract.DISPLAY_LABEL) or unnamed(made[0])
            )
        return facts.of(f"{kind}signer-named", idp=name, certificate=value(maker, contract.NAME) or logical_id)
    return facts.of(f"{kind}signer-named", idp=name, certificate=logical_id)
