"""What kept a command from finding out, as a problem: a person can act on it, and it never holds a secret.

Not here: what is wrong with people and groups, which the judgements tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from saml_connectors.problems import Problem
from saml_connectors.provider.jumpcloud.errors import (
    CredentialError,
    DeadlineExceeded,
    ProviderError,
    Refused,
    Unreachable,
)

AGAIN = "run it again; if it stays so, look at the directory's status page"
ELSEWHERE = "check directory.region and directory.api_url, and the secret"
_REFUSED = {
    401: "the credential is wrong, expired, or of another region: check the secret, and directory.region",
    404: "check in the Admin Portal whether it was removed",
    429: "wait some minutes, then run it again",
}


class Trouble(Exception):  # noqa: N818 - it is told, not raised at anybody
    """Something could not be read.

    Args:
        problem: What, why, and what to do.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@contextmanager
def telling_of_the_directory() -> Iterator[None]:
    """Turn an error of the directory's client, which speaks to who deploys, into one for who runs a command."""
    try:
        yield
    except ProviderError as error:
        raise Trouble(_told(error)) from None


def _told(error: ProviderError) -> Problem:
    rule = f"must answer, but {error.doing} failed: {error.cause}"
    match error:
        case DeadlineExceeded():
            rule = f"must answer in time, but {error.doing} took too long"
            return Problem(code="directory-slow", field="directory", rule=rule, fix=AGAIN)
        case CredentialError():
            rule = f"must name a usable credential, but {error.doing} failed: {error.cause}"
            return Problem(code="directory-credential", field="directory.credentials", rule=rule, fix=error.fix)
        case Refused():
            redirected = error.status // 100 == 3  # noqa: PLR2004 - 3xx
            fix = ELSEWHERE if redirected else _REFUSED.get(error.status, error.fix)
            return Problem(code="directory-refused", field="directory", rule=rule, fix=fix)
        case Unreachable():
            fix = "check directory.region and directory.api_url, and that this machine can reach the address"
            return Problem(code="directory-unreachable", field="directory", rule=rule, fix=fix)
        case _:
            return Problem(code="directory-answer", field="directory", rule=rule, fix=AGAIN)
