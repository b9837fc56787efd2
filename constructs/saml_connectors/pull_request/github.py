"""Comments of a pull request on GitHub, by its REST API.

Not here: which pull request it is (`place.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from saml_connectors import __version__
from saml_connectors.pull_request.exchange import Exchange
from saml_connectors.pull_request.forge import Comment, id_of, paged, text_of
from saml_connectors.pull_request.refusals import Refused

WORKFLOW = "github-actions[bot]"
"""Who comments with the token of a workflow's job."""

_FORBIDDEN = 403


class GitHub:
    """One pull request.

    Args:
        api: Base of the API.
        repository: Owner and name.
        number: The pull request's number.
        token: What may write comments.
    """

    longest = 65_536
    secret = "GITHUB_TOKEN"  # noqa: S105 - a variable's name

    def __init__(self, api: str, repository: str, number: int, token: str) -> None:
        self._ask = Exchange(
            api,
            {
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {token}",
                "User-Agent": f"saml-connectors/{__version__}",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        self._repository = f"/repos/{repository}"
        self._of_request = f"{self._repository}/issues/{number}/comments"

    def rewrite(self, page: str) -> str:
        """*page* as it is: a comment carries nothing out here."""
        return page

    def me(self) -> str:
        """The token's owner; that of a job, and of every app, may not ask, and is taken for the workflow's."""
        try:
            return text_of(self._ask("GET", "/user"), "login") or WORKFLOW
        except Refused as refused:
            if refused.status != _FORBIDDEN:
                raise
            return WORKFLOW

    def comments(self) -> Iterator[Comment]:
        """All comments, the oldest first."""
        for each in paged(self._ask, self._of_request):
            yield Comment(id_of(each), text_of(each, "user", "login"), text_of(each, "body"))

    def create(self, body: str) -> Comment:
        """Make a comment."""
        made = self._ask("POST", self._of_request, {"body": body})
        return Comment(id_of(made), text_of(made, "user", "login"), body)

    def update(self, comment: Comment, body: str) -> None:
        """Replace the text of one."""
        self._ask("PATCH", f"{self._repository}/issues/comments/{comment.id}", {"body": body})

    def delete(self, comment: Comment) -> None:
        """Remove one."""
        self._ask("DELETE", f"{self._repository}/issues/comments/{comment.id}")
