"""Create, update and delete of a certificate that AWS trusts: of a key pair in a secret, or the directory's own.

A pair is made once: whoever finds one in the secret takes that.  A private key leaves the secret only for the
directory.  Not here: signing with it (`application_signing.py`), and what a good pair is (`key_pair.py`).
"""

from __future__ import annotations

import hashlib

from . import contract, desired_signing, key_pair, plan
from .desired_signing import Original
from .errors import ApplicationError, KeyPairError, PropertyError
from .exchange import CREATE
from .key_pair import Trusted
from .session import Outcome
from .switching import has_ended, life_problem
from .verify import certificate_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .desired_signing import Certificate
    from .session import Event, Session

PREFIX = "signing-certificate/"
LONGEST_CERTIFICATE = 3_200
"""Characters of one: the application's own answer, which later tells more beside it, has to hold it too."""


def apply(event: Event, session: Session) -> Outcome:
    """Create and update: see that the secret keeps it, and tell it.

    Raises:
        KeyPairError: It cannot be made, kept, read or used.
        ApplicationError: The application is gone, or the original certificate is.
    """
    wanted = desired_signing.certificate(event.properties, logical_id=event.logical_id)
    if isinstance(wanted, Original):
        step, trusted = _original(wanted, session)
        return _told(contract.ORIGINAL, step, trusted)
    step, trusted = _named(wanted, event, session)
    return _told(wanted.name, step, trusted)


def delete(event: Event, session: Session) -> Outcome:
    """The secret is a resource of the stack, or the author's own: nothing is taken away here, and nobody is asked."""
    session.journal.note("INFO", "a certificate leaves nothing to delete")
    return Outcome(event.physical_id, plan.NONE)


def _told(name: str, step: str, trusted: Trusted) -> Outcome:
    data = {
        contract.CERTIFICATE: trusted.line,
        contract.CERTIFICATE_EXPIRES_AT: trusted.expires_at,
        contract.FINGERPRINT: trusted.fingerprint,
    }
    return Outcome(PREFIX + name, step, data=data)


def _named(wanted: Certificate, event: Event, session: Session) -> tuple[str, Trusted]:
    step, text = plan.NONE, session.keys.read(wanted.secret, session.deadline)
    if text is None:
        step, text = plan.CREATE, _made(wanted, session)
    session.journal.redactor.hide(text)
    pair = key_pair.read(text, wanted.secret, session.journal.redactor)
    is_new = event.request_type == CREATE or _was_another(wanted, event)
    doing = f"reading the key pair in secret {wanted.secret!r}"
    if is_new and len(pair.trusted.line) > LONGEST_CERTIFICATE:
        cause = (
            f"its certificate has {len(pair.trusted.line):,} characters in base64, and may have {LONGEST_CERTIFICATE:,}"
        )
        raise KeyPairError(doing, cause, "make a pair with a shorter key, or a certificate that says less")
    problem = life_problem(pair, session)
    if problem and is_new and (event.request_type == CREATE or not has_ended(pair, session)):
        raise KeyPairError(doing, problem, "make a new pair")
    if problem:  # it was good when it came, and a change, or its rollback from another secret, is to go through
        session.journal.note("WARNING", "a certificate is not good now", certificate=wanted.name, cause=problem)
    return step, pair.trusted


def _made(wanted: Certificate, session: Session) -> str:
    """What the secret keeps now that a pair was made: this one, or one that was kept at the same time."""
    doing = f"making the key pair {wanted.name!r}"
    if wanted.key is None:
        raise KeyPairError(doing, f"secret {wanted.secret!r} is not there, or has no value yet", key_pair.FORM)
    private_key = session.keys.new_private_key(wanted.key, session.deadline)
    try:
        text = key_pair.make(private_key, wanted.subject, session.now(), session.journal.redactor)
    except ValueError as error:
        raise KeyPairError(doing, f"what KMS made cannot be used: {error}", "deploy again") from None
    session.journal.redactor.hide(text)
    # One version for ever: a function that was killed and retried, or runs twice, keeps the first pair.
    version = hashlib.sha256(wanted.secret.encode()).hexdigest()
    if session.keys.keep(wanted.secret, text, session.deadline, version=version):
        session.journal.note("INFO", "made a key pair", certificate=wanted.name)
        return text
    kept = session.keys.read(wanted.secret, session.deadline)
    if kept is None:
        raise KeyPairError(doing, "another one was kept at the same time, and cannot be read yet", "deploy again")
    return kept


def _was_another(wanted: Certificate, event: Event) -> bool:
    try:
        old = desired_signing.certificate(event.old_properties, logical_id=event.logical_id)
    except PropertyError:
        return True
    return isinstance(old, Original) or old.secret != wanted.secret


def _original(wanted: Original, session: Session) -> tuple[str, Trusted]:
    """The certificate that the directory made: what signs, or, where a named one signs by now, what was kept of it."""
    doing = f"keeping the original certificate of application {wanted.application_id}"
    live = session.open(wanted.directory).application(wanted.application_id)
    if live is None:
        fix = "if it was removed in the console, deploy a change to the application itself: it is then made anew"
        raise ApplicationError(doing, "there is no such application", fix)
    text = session.keys.read(wanted.secret, session.deadline)
    kept = None if text is None else key_pair.kept(text, wanted.secret)
    try:
        signs = Trusted(certificate_of(live))
    except ValueError as error:
        fix = "look at the application in the directory's console, and put its certificate right there"
        raise ApplicationError(doing, f"its IdP certificate cannot be used: {error}", fix) from None
    signing = wanted.named.name_of(signs.fingerprint)
    if signing is None:
        if kept is not None and kept.fingerprint == signs.fingerprint:
            return plan.NONE, kept
        if kept is not None:
            session.journal.note("WARNING", "the certificate is a new one, and is taken over", application=live.id)
        session.keys.keep(wanted.secret, signs.kept(), session.deadline)
        return plan.UPDATE if kept else plan.CREATE, signs
    if kept is None:
        raise ApplicationError(
            doing,
            f"it signs with {signing!r} already, and its original certificate was not kept",
            f"leave {contract.ORIGINAL!r} out of certificates: nothing is signed with it any more",
        )
    return plan.NONE, kept
