"""Pure: which certificates AWS trusts, which one signs, and whether a change keeps sign-in working.

AWS trusts every certificate of a list, and the directory signs with one.  Sign-in works as long as the one is in the
list, before a deployment, in it and after it is rolled back.  Not here: what changes either (`application_signing.py`,
and the stack).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from . import contract
from .errors import ApplicationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .properties import Properties

SHOWN_DIGITS = 16
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


class Signing(NamedTuple):
    """What of an application's certificates a resource is told."""

    name: str = ""
    """Which one signs; empty: nobody says, and AWS trusts what the application signs with."""

    trusted: tuple[tuple[str, str], ...] = ()
    """Name and fingerprint of each that AWS trusts; of the original certificate, `original` where it is not known."""

    secret: str = ""
    """The secret that keeps the pair of the one that signs; empty for the original certificate."""

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the one that signs; empty where nobody says."""
        return dict(self.trusted).get(self.name, "")

    @property
    def is_original(self) -> bool:
        """Whether the one that signs is the directory's own, which nothing can switch to."""
        return self.name == contract.ORIGINAL

    def name_of(self, fingerprint: str) -> str | None:
        """The name of the certificate with this fingerprint; None where AWS does not trust it."""
        return next((name for name, each in self.trusted if each == fingerprint), None)

    @property
    def trusts_unknown_original(self) -> bool:
        """Whether AWS trusts the original certificate, and its fingerprint is not known."""
        return (contract.ORIGINAL, contract.ORIGINAL) in self.trusted


def read(read: Properties, *, originals: bool) -> Signing:
    """What the properties say of certificates; *originals*: whether the original's fingerprint may be unknown."""
    rows = read.rows(contract.TRUSTED_CERTIFICATES, contract.NAME, contract.FINGERPRINT)
    name = read.text(contract.SIGNING_NAME, needed=rows is not None) or ""
    trusted = tuple((row[0], row[1]) for row in rows or ())
    for position, (each, fingerprint) in enumerate(trusted):
        known = _FINGERPRINT.fullmatch(fingerprint)
        if not known and not (originals and each == fingerprint == contract.ORIGINAL):
            field = f"{contract.TRUSTED_CERTIFICATES}[{position}].{contract.FINGERPRINT}"
            read.wrong(field, f"must be 64 hexadecimal digits, got {fingerprint!r}")
    if name and name not in dict(trusted):
        read.wrong(contract.SIGNING_NAME, f"must be one of {contract.TRUSTED_CERTIFICATES}, got {name!r}")
    secret = read.text(contract.SIGNING_SECRET, needed=bool(name) and name != contract.ORIGINAL) or ""
    return Signing(name, trusted, secret)


def hold(wanted: Signing, before: Signing, now: str, doing: str) -> None:
    """Refuse a change after which, or after whose rollback, AWS would not trust what the application signs with.

    Args:
        wanted: What the change leads to.
        before: What was deployed before it: AWS goes back to that where the change fails.
        now: Fingerprint of what the application signs with; empty where it cannot be read.
        doing: For the error's sentence.

    Raises:
        ApplicationError: It would.
    """
    if not wanted.name:
        return
    known_before = before.name_of(wanted.fingerprint) is not None
    if not _trusts(wanted, now, before):
        was_changed = bool(before.name) and not _trusts(before, now, wanted)
        if was_changed and not wanted.is_original:
            return  # nobody can sign in as it is, nor if this is rolled back: a pair that AWS trusts then puts it right
        if was_changed:
            raise ApplicationError(
                doing,
                f"it signs with certificate {_shown(now, before)}, which AWS does not trust: it was changed in the "
                "directory, so nobody can sign in",
                f"deploy with {contract.ORIGINAL!r} and one more name in certificates: the stack then takes over what "
                "the application signs with",
            )
        raise ApplicationError(
            doing,
            f"it signs with certificate {_shown(now, before)}, which AWS would not trust any more, so nobody could "
            "sign in",
            f"keep {before.name_of(now) or contract.ORIGINAL!r} in certificates, in second place, until a deployment "
            f"has made {wanted.name!r} the one that signs",
        )
    if not (wanted.is_original or now == wanted.fingerprint or known_before):
        raise ApplicationError(
            doing,
            f"it signs with certificate {_shown(now, before)}, and AWS did not trust {wanted.name!r} before this "
            "deployment, so nobody could sign in if it were rolled back",
            f"deploy with {wanted.name!r} in second place of certificates, and move it to the first in another "
            "deployment",
        )


def _trusts(signing: Signing, fingerprint: str, other: Signing) -> bool:
    """Whether AWS trusts a certificate by *signing*; one that no list names is the original."""
    if signing.name_of(fingerprint) is not None:
        return True
    return signing.trusts_unknown_original and other.name_of(fingerprint) is None


def _shown(fingerprint: str, known: Signing) -> str:
    name = known.name_of(fingerprint)
    shown = f"{fingerprint[:SHOWN_DIGITS]}…" if fingerprint else "that cannot be read"
    return f"{name!r} ({shown})" if name else shown
