"""Makes an application sign with the certificate of a key pair: the one place where its certificate may change.

Read-merge-write as everywhere (`merge_write.py`), where another certificate afterwards is an error.  That the API takes
certificate and private key together, each as base64 of PEM, is inferred (docs/certificates.md).  Not here: whether it
may be switched (`trust.py`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from . import bodies, key_pair, plan
from .errors import ApplicationError, KeyPairError, PairEndedError
from .live import IDP_CERTIFICATE
from .verify import fingerprint_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .directory import Directory
    from .key_pair import KeyPair
    from .live import Live
    from .session import Session
    from .trust import Signing

IDP_PRIVATE_KEY = "idpPrivateKey"
_KEY_UPDATED = "sso.idpPrivateKeyUpdatedAt"


def pair_of(signing: Signing, session: Session) -> KeyPair | None:
    """The pair that an application is to sign with; None for the original certificate, and where nobody says.

    Raises:
        KeyPairError: The secret holds none, another one than AWS was told of, or one whose time is not now.
    """
    if not signing.name or signing.is_original:
        return None
    doing = f"reading the key pair {signing.name!r} in secret {signing.secret!r}"
    text = session.keys.read(signing.secret, session.deadline)
    if text is None:
        raise KeyPairError(doing, "there is no such secret, or it has no value yet", key_pair.FORM)
    session.journal.redactor.hide(text)
    pair = key_pair.read(text, signing.secret, session.journal.redactor)
    if pair.trusted.fingerprint != signing.fingerprint:
        cause = f"it holds another certificate ({pair.trusted.fingerprint}) than AWS trusts ({signing.fingerprint})"
        raise KeyPairError(doing, cause, "put the former pair back, and give a new pair a name and a secret of its own")
    problem = life_problem(pair, session)
    if problem:
        kind = PairEndedError if has_ended(pair, session) else KeyPairError
        raise kind(doing, problem, "make another one the first of certificates")
    return pair


def life_problem(pair: KeyPair, session: Session) -> str | None:
    """What keeps a certificate from being good now, if anything."""
    if pair.begins > _now(session):
        return f"its certificate begins only at {pair.begins:%Y-%m-%d %H:%M:%S} UTC"
    if has_ended(pair, session):
        return f"its certificate ended at {pair.trusted.expires:%Y-%m-%d %H:%M:%S} UTC"
    return None


def has_ended(pair: KeyPair, session: Session) -> bool:
    """Whether a certificate was good once, and is not any more."""
    return pair.trusted.expires <= _now(session)


def _now(session: Session) -> datetime:
    return datetime.fromtimestamp(session.now(), UTC)


def switch(directory: Directory, live: Live, pair: KeyPair, session: Session, doing: str) -> Live:
    """Let *live*, an application just read, sign with *pair*; returns it as it is then.

    Raises:
        ApplicationError: It has no setting for it, was removed, or does not sign with it afterwards.
    """
    certificate, private_key = pair.as_stored()
    changes = {plan.CONFIG + IDP_CERTIFICATE: certificate, plan.CONFIG + IDP_PRIVATE_KEY: private_key}
    directory.replace_application(live.id, bodies.merged(live, changes, doing), doing)
    after = directory.application(live.id)
    if after is None:
        raise ApplicationError(doing, "it was removed in the directory at the same time", "deploy again")
    signs_with = fingerprint_of(after)
    if signs_with != pair.trusted.fingerprint:
        raise ApplicationError(
            doing,
            f"the directory did not keep the certificate: it signs with {signs_with or 'one that cannot be read'}, not "
            f"with {pair.trusted.fingerprint}",
            "look at the application in the directory's console; sign-in works as long as AWS trusts that one",
        )
    told = after.value_at(_KEY_UPDATED)
    if told and told == live.value_at(_KEY_UPDATED):
        session.journal.note(
            "WARNING",
            "the directory does not say that it took the private key: sign in once to see that it did",
            application=live.id,
        )
    session.journal.note(
        "INFO", "switched", application=live.id, before=fingerprint_of(live), after=pair.trusted.fingerprint
    )
    return after
