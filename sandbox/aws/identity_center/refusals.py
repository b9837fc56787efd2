"""Why Identity Center refuses a call, by the error codes of its APIs.  Nothing is decided here."""

from __future__ import annotations


class IdentityCenterError(ValueError):
    """A call was refused; `code` is the exception's name in AWS's APIs, `status` its HTTP status."""

    code = "InternalServerException"
    status = 500


class NotFoundError(IdentityCenterError):
    """What the call names is not there."""

    code = "ResourceNotFoundException"
    status = 404


class ConflictError(IdentityCenterError):
    """What the call would make is there already, or in use."""

    code = "ConflictException"
    status = 409


class InvalidError(IdentityCenterError):
    """The call is not one that AWS understands."""

    code = "ValidationException"
    status = 400


class DeniedError(IdentityCenterError):
    """The call reaches for something of another account."""

    code = "AccessDeniedException"
    status = 400
