"""Create, update and delete of what an application signs with: switched once AWS trusts the certificate, and only then.

Nothing switches back to the original certificate, whose private key the directory never tells: what signs goes on
signing, and AWS trusts that.  Not here: the switch itself (`switching.py`), and the rule (`trust.py`).
"""

from __future__ import annotations

from . import contract, desired_signing, plan, trust
from .errors import ApplicationError, PairEndedError, PropertyError
from .session import Outcome
from .switching import pair_of, switch
from .verify import fingerprint_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .key_pair import KeyPair
    from .session import Event, Session

SUFFIX = "/signing"
FIELDS = ("config.idpCertificate", "config.idpPrivateKey")


def apply(event: Event, session: Session) -> Outcome:
    """Create and update: let the application sign with the certificate that is first.

    Raises:
        ApplicationError: The application is gone, or AWS does not, or would not, trust what signs.
        KeyPairError: The pair cannot be used.
    """
    wanted = desired_signing.signing(event.properties, logical_id=event.logical_id)
    signing = wanted.signing
    doing = f"letting application {wanted.application_id} sign with certificate {signing.name!r}"
    directory = session.open(wanted.directory)
    live = directory.application(wanted.application_id)
    if live is None:
        fix = "if it was removed in the console, deploy a change to the application itself: it is then made anew"
        raise ApplicationError(doing, "there is no such application", fix)
    now = fingerprint_of(live)
    before = _before(event)
    trust.hold(signing, before, now, doing)
    physical_id, step, fields = wanted.application_id + SUFFIX, plan.NONE, tuple[str, ...]()
    if signing.is_original and now != signing.fingerprint:
        session.journal.note(
            "WARNING",
            "it goes on signing with another certificate that AWS trusts: nothing switches back to the original, whose "
            "private key the directory never tells",
            application=live.id,
            signs_with=signing.name_of(now),
        )
    elif now != signing.fingerprint:
        pair = _pair(signing, before, now, session)
        if pair is not None:
            live = switch(directory, live, pair, session, doing)
            step, fields = plan.UPDATE, FIELDS
    return Outcome(physical_id, step, fields, {contract.FINGERPRINT: fingerprint_of(live)})


def delete(event: Event, session: Session) -> Outcome:
    """The application goes on signing with what it signs with, and nobody is asked."""
    session.journal.note("INFO", "an application signs with the same certificate when nobody says any more which")
    return Outcome(event.physical_id, plan.NONE)


def _pair(signing: trust.Signing, before: trust.Signing, now: str, session: Session) -> KeyPair | None:
    """The pair to switch to; None where that has ended since, and what signs instead of it is trusted and stays.

    A rollback goes back from one that was named to one that was named before it, and must be able to.
    """
    try:
        return pair_of(signing, session)
    except PairEndedError as error:
        if before.is_original or before.fingerprint != now or signing.name_of(now) is None:
            raise
        session.journal.note(
            "WARNING",
            "it goes on signing with another certificate that AWS trusts",
            cause=error.cause,
            signs_with=signing.name_of(now),
        )
        return None


def _before(event: Event) -> trust.Signing:
    """What was deployed before: AWS goes back to that where this deployment fails."""
    try:
        return desired_signing.signing(event.old_properties, logical_id=event.logical_id).signing
    except PropertyError:
        return trust.Signing()
