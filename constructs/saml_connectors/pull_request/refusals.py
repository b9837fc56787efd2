"""What can keep a page from becoming a comment.

Not here: what the command does about it (`comment_command.py`).
"""

from __future__ import annotations

from saml_connectors.problems import Problem


class NotCommented(Exception):  # noqa: N818 - it is told, not raised at anybody
    """The page is no comment now.

    Args:
        problem: What, why, and what to do; below the level of an error where that is as it must be.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Unanswered(Exception):  # noqa: N818 - likewise; it is tried again
    """No answer, or one that says: later.

    Args:
        cause: What happened, as the end of a sentence.
        wait: Seconds that were asked for.  Default: none were.
    """

    def __init__(self, cause: str, wait: float | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.wait = wait


class Refused(Exception):  # noqa: N818 - likewise; whoever asked knows what it means
    """An answer that says no.

    Args:
        status: The HTTP status.
        said: What the service gives as its reason.
    """

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status} {said}")
        self.status = status
        self.said = said
