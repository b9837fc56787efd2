"""What GitHub and GitLab have in common: comments, and who we are.

Not here: either of them (`github.py`, `gitlab.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from saml_connectors.pull_request.refusals import Unanswered

PAGE = 100
"""Comments on one page of an answer: the most that both services give."""

_MOST_PAGES = 200


class Comment(NamedTuple):
    """A comment that is there."""

    id: int
    author: str
    body: str


class Forge(Protocol):
    """One pull request of a service."""

    longest: int
    """Bytes that a comment takes."""

    secret: str
    """Name of the environment variable that holds the token."""

    def rewrite(self, page: str) -> str:
        """*page* as it is safe here."""

    def me(self) -> str:
        """Who the token belongs to."""

    def comments(self) -> Iterator[Comment]:
        """All comments, the oldest first."""

    def create(self, body: str) -> Comment:
        """Make a comment."""

    def update(self, comment: Comment, body: str) -> None:
        """Replace the text of one."""

    def delete(self, comment: Comment) -> None:
        """Remove one."""


def paged(ask: Any, path: str) -> Iterator[dict[str, Any]]:
    """Everything on all pages of a list."""
    for number in range(1, _MOST_PAGES + 1):
        found = ask("GET", f"{path}{'&' if '?' in path else '?'}per_page={PAGE}&page={number}")
        if not isinstance(found, list):
            raise Unanswered("the service answered with something else than a list")
        yield from (each for each in found if isinstance(each, dict))
        if len(found) < PAGE:
            return


def text_of(data: Any, *names: str) -> str:
    """A text inside an answer; empty where there is none."""
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, str) else ""


def id_of(data: Any) -> int:
    """The number of a comment in an answer."""
    found = data.get("id") if isinstance(data, dict) else None
    if not isinstance(found, int):
        raise Unanswered("the service answered with something else than a comment")
    return found
