"""Why AWS refuses a SAML sign-in, by the error codes of STS.  Nothing is decided here."""

from __future__ import annotations

from typing import Final

STATUS: Final = {
    "AccessDenied": 403,
    "ExpiredTokenException": 400,
    "IDPRejectedClaim": 403,
    "InvalidIdentityToken": 400,
    "MalformedPolicyDocument": 400,
    "ValidationError": 400,
}
"""HTTP status of each error code."""


class FederationRefusedError(ValueError):
    """Nobody is signed in; `code` is STS's, the sentence says why.

    Args:
        code: One of `STATUS`.
        sentence: What AWS says, and the cause, which AWS often keeps to itself.
        no_role: Whether the assertion offers no role at all: AWS's sign-in page has words of its own for that.
    """

    def __init__(self, code: str, sentence: str, *, no_role: bool = False) -> None:
        super().__init__(sentence)
        self.code = code
        self.no_role = no_role

    @property
    def status(self) -> int:
        """HTTP status of the answer."""
        return STATUS[self.code]
