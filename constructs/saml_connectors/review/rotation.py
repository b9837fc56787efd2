"""Where a rotation of certificates stands, and whether a change skips one of its phases.

AWS trusts a list of certificates, and the directory signs with the first.  Sign-in goes on where whatever signs, before
the change and after it, is trusted on both sides of it.  Not here: certificates that no author names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review.changes import Change
from saml_connectors.review.model import Signing
from saml_connectors.review.phrase import phrase
from saml_connectors.review.risk import Risk

if TYPE_CHECKING:
    from saml_connectors.review.model import Part

_AS_MADE = Signing(contract.ORIGINAL, (contract.ORIGINAL,), ((contract.ORIGINAL, contract.ORIGINAL),))
"""What holds where no certificate is named: AWS trusts what the directory made."""


def rotated(before: Part, after: Part) -> Iterator[Change]:
    """What becomes of an application's certificates."""
    if before.signing == after.signing:
        return
    if after.signing is None:
        words = "{part} names no certificates any more: AWS trusts whatever it signs with"
        yield Change(Risk.TRUST, "rotation-ended", phrase(words, part=after.name), "other", after)
        return
    old, new = before.signing or _AS_MADE, after.signing
    skipped = list(_skipped(old, new))
    if skipped:
        words = f"the deployment is refused: a phase of the rotation of {{part}} is skipped: {'; '.join(skipped)}"
        names = {"part": after.name, "old": old.signs, "new": new.signs}
        yield Change(Risk.BREAKS, "rotation-phase-skipped", phrase(words, **names), "other", after)
        return
    yield from _phases(after, old, new)


def stands(signing: Signing) -> str:
    """The phase that a rotation is in, in words with `{signs}` and `{others}`."""
    if len(signing.trusted) == 1:
        return "signs with {signs}, and AWS trusts no other certificate"
    if signing.signs == contract.ORIGINAL:
        return "still signs with {signs}, and AWS trusts {others} too: phase 1 of a rotation"
    if contract.ORIGINAL in signing.trusted:
        return "signs with {signs}, and AWS still trusts {others}: phase 2 of a rotation"
    return "signs with {signs}, and AWS trusts {others} too: in the middle of a rotation"


def others(signing: Signing) -> tuple[str, ...]:
    """What AWS trusts beside what signs."""
    return tuple(name for name in signing.trusted if name != signing.signs)


def _skipped(old: Signing, new: Signing) -> Iterator[str]:
    """Why sign-in would fail at some moment of the deployment, or after a rollback."""
    if not _knows(old, new.signs, new):
        yield "AWS does not trust {new} yet, which is to sign from now on: deploy it in second place first"
    if not _knows(new, old.signs, old):
        yield "AWS would no longer trust {old}, which signs until the deployment ends: leave it in second place"
    if new.signs == contract.ORIGINAL != old.signs:
        yield "nothing can go back to {new}: its key never leaves the directory"


def _knows(signing: Signing, name: str, other: Signing) -> bool:
    """Whether it trusts what *other* knows by *name*: another certificate may have the same name."""
    if name not in signing.trusted:
        return False
    return signing.is_same(name, other) or name == contract.ORIGINAL or name not in dict(other.prints)


def _phases(part: Part, old: Signing, new: Signing) -> Iterator[Change]:
    joined = tuple(name for name in new.trusted if name not in old.trusted)
    left = tuple(name for name in old.trusted if name not in new.trusted)
    if joined:
        words = (
            "rotation of {part}, phase 1: AWS trusts {joined} too, and {signs} still signs; "
            "next, in another deployment, move the new one to the first place"
        )
        told = phrase(words, part=part.name, joined=joined, signs=new.signs)
        yield Change(Risk.TRUST, "rotation-trusted", told, "other", part)
    if new.signs != old.signs:
        words = "rotation of {part}, phase 2: it signs with {signs} instead of {before}; AWS trusts both; "
        if old.signs == contract.ORIGINAL:
            words += "one way, because {before} cannot sign again; "
        words += "sign in once right after the deployment, before anything else"
        told = phrase(words, part=part.name, signs=new.signs, before=old.signs)
        yield Change(Risk.TRUST, "rotation-switched", told, "other", part)
    if left:
        words = "rotation of {part}, phase 3: AWS no longer trusts {left}; {signs} signs; "
        if contract.ORIGINAL in left:
            words += "there is no way back to {gone}"
        else:
            words += "no way leads back to {gone} but a rotation of its own"
        gone = contract.ORIGINAL if contract.ORIGINAL in left else left
        told = phrase(words, part=part.name, left=left, signs=new.signs, gone=gone)
        yield Change(Risk.TRUST, "rotation-ended", told, "other", part)
    if not joined and not left and new.signs == old.signs and set(old.prints) != set(new.prints):
        words = "a certificate of {part} becomes another one of the same name, among {trusted}"
        told = phrase(words, part=part.name, trusted=new.trusted)
        yield Change(Risk.TRUST, "certificate-exchanged", told, "other", part)
