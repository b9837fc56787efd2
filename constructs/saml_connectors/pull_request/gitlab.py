"""Notes of a merge request on GitLab, by its REST API.

Not here: which merge request it is (`place.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from saml_connectors import __version__
from saml_connectors.pull_request.body import without_quick_actions
from saml_connectors.pull_request.exchange import Exchange
from saml_connectors.pull_request.forge import Comment, id_of, paged, text_of


class GitLab:
    """One merge request.

    Args:
        api: Base of the API.
        project: Number of the project that it is to be merged into.
        number: The merge request's number in that project.
        token: What may write notes.
        ca_file: Certificates to trust beside the machine's own.
    """

    longest = 1_000_000
    secret = "GITLAB_TOKEN"  # noqa: S105 - a variable's name

    def __init__(self, api: str, project: int, number: int, token: str, *, ca_file: str | None = None) -> None:
        headers = {"PRIVATE-TOKEN": token, "User-Agent": f"saml-connectors/{__version__}"}
        self._ask = Exchange(api, headers, ca_file=ca_file)
        self._notes = f"/projects/{project}/merge_requests/{number}/notes"

    def rewrite(self, page: str) -> str:
        """*page* without what GitLab would carry out with the rights of the token."""
        return without_quick_actions(page)

    def me(self) -> str:
        """The token's owner, which for a project's token is a user of its own."""
        return text_of(self._ask("GET", "/user"), "username")

    def comments(self) -> Iterator[Comment]:
        """All notes that somebody wrote, the oldest first."""
        for each in paged(self._ask, f"{self._notes}?sort=asc&order_by=created_at"):
            if each.get("system") is not True:
                yield Comment(id_of(each), text_of(each, "author", "username"), text_of(each, "body"))

    def create(self, body: str) -> Comment:
        """Make a note."""
        made = self._ask("POST", self._notes, {"body": body})
        return Comment(id_of(made), text_of(made, "author", "username"), body)

    def update(self, comment: Comment, body: str) -> None:
        """Replace the text of one."""
        self._ask("PUT", f"{self._notes}/{comment.id}", {"body": body})

    def delete(self, comment: Comment) -> None:
        """Remove one."""
        self._ask("DELETE", f"{self._notes}/{comment.id}")
