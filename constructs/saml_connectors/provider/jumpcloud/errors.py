"""The error tree of the provider: each sentence says what was being done, to which thing, why it failed, what to do.

    ProviderError
    ├── PropertyError          properties are malformed or missing; all of them in one sentence
    ├── CredentialError        the secret, or what is in it, cannot be used
    ├── KeyPairError           a secret with a certificate and its private key cannot be made, kept, read or used
    ├── GroupError             groups that are missing, exist more than once, or cannot carry what they should; all of
    │                          them in one sentence
    ├── OwnershipError         the slug belongs to an application that this resource did not make
    ├── ApplicationError       the application, read back, is not what was asked for
    ├── WatchError             some of what is watched could not be looked at, or not be measured
    ├── DeadlineExceeded       the function's own time is nearly up
    └── DirectoryError         what the directory answered, or failed to answer
        ├── Refused            it said no: nothing was changed, and asking again will not help
        │   ├── NotFound       404
        │   └── Conflict       409
        ├── Unreachable        nothing was sent: no connection, no name, no trusted certificate
        └── AnswerLost         it was sent, and may have been done: time-out, cut connection, 5xx, unreadable answer

Not here: when to try again (`retry.py`), and which answer becomes which error (`answers.py`).
"""

from __future__ import annotations


class ProviderError(Exception):
    """Something a person can act on.

    Args:
        doing: What was being done, and to which thing: `creating application 'Portal'`.
        cause: Why it failed.
        fix: What to do about it.
    """

    def __init__(self, doing: str, cause: str, fix: str) -> None:
        super().__init__(doing, cause, fix)
        self.doing = doing
        self.cause = cause
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.doing}: {self.cause}; {self.fix}"


class PropertyError(ProviderError):
    """Properties of the resource are malformed or missing."""


class CredentialError(ProviderError):
    """The secret cannot be read, or what it holds is no credential of the directory."""


class KeyPairError(ProviderError):
    """A certificate and its private key cannot be made, kept, read, or used."""


class PairEndedError(KeyPairError):
    """The certificate of a key pair was good once, and has ended."""


class GroupError(ProviderError):
    """Groups that must exist exactly once do not, or cannot carry what they should."""


class OwnershipError(ProviderError):
    """The application that has this slug is not this resource's."""


class ApplicationError(ProviderError):
    """The application cannot be, or is not, as it was asked for."""


class WatchError(ProviderError):
    """Some of what is watched could not be looked at, or not be measured; the rest was."""


class DeadlineExceeded(ProviderError):  # noqa: N818 - the name that every deadline has
    """The function's own time is nearly up; what is left is needed for cleaning up and answering."""

    def __init__(self, doing: str) -> None:
        super().__init__(
            doing,
            "the time of this function is nearly up",
            "deploy again; if it happens again, look in the function's log for slow or repeated calls to the directory",
        )


class DirectoryError(ProviderError):
    """The directory answered with an error, or not at all."""


class Refused(DirectoryError):  # noqa: N818 - reads as what happened
    """The directory said no: nothing was changed."""

    def __init__(self, doing: str, cause: str, fix: str, *, status: int) -> None:
        super().__init__(doing, cause, fix)
        self.status = status


class NotFound(Refused):
    """The directory does not have it."""


class Conflict(Refused):
    """The directory has it already, or something like it."""


class Unreachable(DirectoryError):  # noqa: N818 - reads as what happened
    """Nothing was sent.  `transient` tells whether it may be different in a moment."""

    def __init__(self, doing: str, cause: str, fix: str, *, transient: bool = True) -> None:
        super().__init__(doing, cause, fix)
        self.transient = transient


class AnswerLost(DirectoryError):  # noqa: N818 - reads as what happened
    """It was sent, and may have been done, but no usable answer came back."""
