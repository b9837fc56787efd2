"""One comment of ours, whatever there is: found by its mark and its author and updated, else made.

A lost answer is no second comment: what was made is found when it is tried again.  Not here: the services (`github.py`,
`gitlab.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from saml_connectors.problems import Problem
from saml_connectors.pull_request.body import body, mark
from saml_connectors.pull_request.forge import Comment, Forge
from saml_connectors.pull_request.refusals import NotCommented, Refused, Unanswered

Outcome = Literal["created", "updated", "unchanged", "left out"]

ATTEMPTS = 4
_LONGEST_WAIT = 60.0
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404


def publish(
    forge: Forge,
    page: str,
    *,
    key: str = "review",
    author: str | None = None,
    only_update: bool = False,
    sleep: Callable[[float], None] | None = None,
) -> Outcome:
    """Make *page* the comment of that key.

    Args:
        forge: The pull request.
        page: Markdown.
        key: What tells several comments of one pull request apart.
        author: Whose comments are ours.  Default: the token's owner.
        only_update: Make none where there is none.
        sleep: Waits so many seconds.  Default: the clock's.

    Raises:
        NotCommented: It is not, and why.
    """
    marker = mark(key)
    text = body(forge.rewrite(page), marker, forge.longest)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _publish(forge, text, marker, author, only_update=only_update)
        except Refused as refused:
            raise NotCommented(_told(refused, forge)) from None
        except Unanswered as unanswered:
            wait = 2.0**attempt if unanswered.wait is None else unanswered.wait
            if attempt == ATTEMPTS or wait > _LONGEST_WAIT:
                rule = f"must answer, but {unanswered.cause} (attempts: {attempt})"
                fix = "run the job again; if it stays so, look at the service's status page"
                raise NotCommented(Problem(code="comment-unanswered", rule=rule, fix=fix)) from None
            (sleep or time.sleep)(wait)
    raise AssertionError  # every way through the loop has left it


def _publish(forge: Forge, text: str, marker: str, author: str | None, *, only_update: bool) -> Outcome:
    marked = [each for each in forge.comments() if each.body.startswith(marker)]
    me = (author or forge.me()) if marked else None
    ours = [each for each in marked if each.author == me]
    if ours:
        first, *others = ours
        if not _same(first, text):
            forge.update(first, text)
        _remove(forge, others)
        return "unchanged" if _same(first, text) and not others else "updated"
    if only_update:
        return "left out"
    made = forge.create(text)
    # An app's token cannot ask whose it is; the comment that it has just made says so.
    _remove(forge, [each for each in marked if each.author == made.author])
    return "created"


def _same(comment: Comment, text: str) -> bool:
    """Whether it says so already: services give line ends back as they like."""
    return comment.body.replace("\r\n", "\n").strip() == text.strip()


def _remove(forge: Forge, comments: list[Comment]) -> None:
    """Remove what two jobs made at the same time; one that is gone already is as it must be."""
    for each in comments:
        try:
            forge.delete(each)
        except Refused as refused:
            if refused.status != _NOT_FOUND:
                raise


def _told(refused: Refused, forge: Forge) -> Problem:
    said = f"{refused.status} {refused.said}".strip()
    match refused.status:
        case 403:
            rule = f"may not write comments here, so the page is none: {said}"
            fix = "as it must be for a pull request from a fork; else give the job pull-requests: write, or scope api"
            return Problem(code="comment-not-allowed", level="warning", field=forge.secret, rule=rule, fix=fix)
        case 401:
            rule, fix = f"must be a valid token, but the service answered {said}", "make a new one: it may have ended"
            return Problem(code="comment-token", field=forge.secret, rule=rule, fix=fix)
        case _:
            fix = "check that the token reaches this repository, and that the pull request is there"
            return Problem(code="comment-refused", rule=f"must take the comment, but answered {said}", fix=fix)
