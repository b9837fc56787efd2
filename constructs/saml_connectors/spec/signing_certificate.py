"""Certificates that AWS trusts and the directory signs with: the one that it made, and key pairs of the author.

Not here: the application that signs (`directory.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final

from pydantic import AfterValidator, Discriminator, Field, Tag

from saml_connectors.problems import Problem
from saml_connectors.spec.findings import shown
from saml_connectors.spec.model import SpecModel, refuse
from saml_connectors.spec.secret import secret_name
from saml_connectors.spec.values import repeated, spelled

ORIGINAL: Final = "original"
"""Name of the certificate that the directory made with the application."""

MOST: Final = 3
"""Certificates at a time: the one that signs, one that comes, and one that goes."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")
_NAMED, _OWN = "by its name", "with a secret of the author's"


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        rule = "must be 1 to 20 lower-case letters, digits or hyphens, and not begin with a hyphen"
        raise refuse("certificate-name", rule)
    return value


CertificateName = Annotated[str, AfterValidator(_name), spelled(_NAME, "2027")]
"""Name of a certificate, unique in the application."""


class OwnKeyPair(SpecModel):
    """A key pair of the author's own, kept in a secret."""

    name: CertificateName
    """Its name.  Another pair needs another name."""

    secret: Annotated[str, AfterValidator(secret_name), Field(examples=["jumpcloud/signing-2027"])]
    """Name or ARN of the AWS Secrets Manager secret that keeps it, as JSON with `certificate` and `private_key`, each
    in PEM; RSA of at least 2,048 bits, without a passphrase.  Never the key itself."""


SigningCertificate = Annotated[
    Annotated[CertificateName, Tag(_NAMED)] | Annotated[OwnKeyPair, Tag(_OWN)],
    # Told apart first, so that what is wrong with one is not told of the other too.
    Discriminator(lambda given: _OWN if isinstance(given, Mapping | OwnKeyPair) else _NAMED),
    Field(examples=["2027"]),
]
"""A certificate: its name alone, where the stack makes the key pair, or the name with a secret."""


def name_of(certificate: str | OwnKeyPair) -> str:
    """The name of an entry."""
    return certificate.name if isinstance(certificate, OwnKeyPair) else certificate


def secret_of(certificate: str | OwnKeyPair) -> str | None:
    """The secret of the author's own pair; None where the stack makes it, and for the original certificate."""
    return certificate.secret if isinstance(certificate, OwnKeyPair) else None


def rules(certificates: Sequence[str | OwnKeyPair] | None) -> Iterator[Problem]:
    """What does not go together in a list of certificates."""
    if certificates is None:
        return
    if not 1 <= len(certificates) <= MOST:
        yield Problem(
            code="certificate-count",
            field="certificates",
            rule=f"must be 1 to {MOST}: the first signs, the others are trusted beside it",
            given=f"{len(certificates)}",
            fix=None if certificates else f"leave it out, or write [{ORIGINAL}]",
        )
    for index, name in repeated(name_of(each) for each in certificates):
        rule = "must name each certificate once"
        yield Problem(code="certificate-twice", field=f"certificates[{index}]", rule=rule, given=shown(name))
    own = [(index, each) for index, each in enumerate(certificates) if isinstance(each, OwnKeyPair)]
    for position, _ in repeated(each.secret for _, each in own):
        rule = "must be another secret than that of another certificate: a pair has one name"
        yield Problem(code="certificate-twice", field=f"certificates[{own[position][0]}].secret", rule=rule)
    for index, each in own:
        if each.name == ORIGINAL:
            yield Problem(
                code="certificate-original",
                field=f"certificates[{index}].name",
                rule=f"must not be {ORIGINAL}: that is the certificate that the directory made, whose private key it "
                "never tells",
                fix="give the pair another name",
            )
