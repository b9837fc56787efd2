"""What goes wrong for the registry's handlers alone, and which of CloudFormation's error codes each error becomes.

CloudFormation tries again after `Throttling`, `NetworkFailure` and `ServiceInternalError`, and gives up after the rest.
"""

from __future__ import annotations

from saml_connectors.provider.jumpcloud.errors import (
    AnswerLost,
    ApplicationError,
    Conflict,
    CredentialError,
    DeadlineExceeded,
    GroupError,
    KeyPairError,
    NotFound,
    OwnershipError,
    PropertyError,
    ProviderError,
    Refused,
    Unreachable,
)

INTERNAL_FAILURE = "InternalFailure"
GENERAL_SERVICE_EXCEPTION = "GeneralServiceException"


class InvalidRequest(ProviderError):  # noqa: N818 - as CloudFormation calls it
    """The request asks for what cannot be."""


class NotUpdatable(ProviderError):  # noqa: N818 - likewise
    """A property was changed that makes it another application."""


class Absent(ProviderError):  # noqa: N818 - reads as what is the case
    """There is no such application."""


class Ambiguous(ProviderError):  # noqa: N818 - reads as what is the case
    """Several applications have the SSO URL that is to name one."""


class ConfigurationError(ProviderError):
    """The type's configuration does not say which directory is meant."""


_CODES: tuple[tuple[type[ProviderError], str], ...] = (
    (InvalidRequest, "InvalidRequest"),
    (NotUpdatable, "NotUpdatable"),
    (Absent, "NotFound"),
    (Ambiguous, "ResourceConflict"),
    (ConfigurationError, "InvalidTypeConfiguration"),
    (PropertyError, "InvalidRequest"),
    (GroupError, "InvalidRequest"),
    (CredentialError, "InvalidCredentials"),
    (OwnershipError, "AlreadyExists"),
    (DeadlineExceeded, "NetworkFailure"),
    (NotFound, "NotFound"),
    (Conflict, "ResourceConflict"),
    (Unreachable, "NetworkFailure"),
    (AnswerLost, "ServiceInternalError"),
    (ApplicationError, GENERAL_SERVICE_EXCEPTION),
    (KeyPairError, GENERAL_SERVICE_EXCEPTION),
)
_STATUSES = {401: "InvalidCredentials", 403: "AccessDenied", 429: "Throttling"}
_REDIRECTS = range(300, 400)


def code_of(error: Exception) -> str:
    """CloudFormation's error code for *error*."""
    if isinstance(error, Refused) and type(error) is Refused:
        if error.status in _REDIRECTS:  # to the login page: the credential is missing
            return "InvalidCredentials"
        return _STATUSES.get(error.status, "InvalidRequest")
    return next((code for kind, code in _CODES if isinstance(error, kind)), INTERNAL_FAILURE)
