"""What the resources of signing certificates ask for, typed; read as `desired.py` reads those of an application.

Not here: what of it an application is told too (`trust.py`).
"""

from __future__ import annotations

from typing import NamedTuple

from . import contract, trust
from .desired import application_id, directory_ref
from .properties import Properties

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .desired import DirectoryRef


class Certificate(NamedTuple):
    """A certificate of a key pair that a secret keeps."""

    name: str
    secret: str
    key: str | None = None
    """The KMS key that makes the pair; None where it is the author's own."""

    subject: str = ""


class Original(NamedTuple):
    """The certificate that the directory made with an application, of which a secret keeps a copy."""

    directory: DirectoryRef
    application_id: str
    secret: str
    named: trust.Signing = trust.Signing()
    """The other certificates that AWS trusts: the application may sign with one of them by now."""


class ApplicationSigning(NamedTuple):
    """Which certificate an application signs with."""

    directory: DirectoryRef
    application_id: str
    signing: trust.Signing


def certificate(values: Mapping[str, Any], *, logical_id: str) -> Certificate | Original:
    """Read the properties of a signing certificate.

    Raises:
        PropertyError: With everything that is wrong.
    """
    read = Properties(values, contract.SIGNING_CERTIFICATE, logical_id)
    name = read.text(contract.NAME, needed=True) or ""
    secret = read.text(contract.PAIR_SECRET, needed=True) or ""
    made: Certificate | Original
    if name == contract.ORIGINAL:
        rows = read.rows(contract.TRUSTED_CERTIFICATES, contract.NAME, contract.FINGERPRINT) or []
        named = trust.Signing(trusted=tuple((row[0], row[1]) for row in rows))
        made = Original(directory_ref(read), application_id(read), secret, named)
    else:
        key = read.text(contract.KEY_ID)
        made = Certificate(name, secret, key, read.text(contract.SUBJECT, needed=key is not None) or "")
    read.raise_if_wrong()
    return made


def signing(values: Mapping[str, Any], *, logical_id: str) -> ApplicationSigning:
    """Read the properties of an application's signing.

    Raises:
        PropertyError: With everything that is wrong.
    """
    read = Properties(values, contract.APPLICATION_SIGNING, logical_id)
    if not values.get(contract.TRUSTED_CERTIFICATES):
        read.wrong(contract.TRUSTED_CERTIFICATES, "is missing")
    found = trust.read(read, originals=False)
    made = ApplicationSigning(directory_ref(read), application_id(read), found)
    read.raise_if_wrong()
    return made
