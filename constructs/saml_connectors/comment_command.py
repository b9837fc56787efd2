"""The command `saml-connectors comment`: what it takes, what it says, how it ends.

Not here: the pull request (`pull_request/`), and the page (`review/`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from saml_connectors.terminal import coloured

if TYPE_CHECKING:
    from saml_connectors.pull_request.publishing import Outcome

_LARGEST = 16 * 1024 * 1024


@click.command()
@click.argument("file", metavar="FILE", type=click.Path())
@click.option("--key", default="review", metavar="KEY", help="Tells several comments apart.  Default: review.")
@click.option("--author", metavar="LOGIN", help="Whose comments are ours.  Default: the token's owner.")
@click.option("--only-update", is_flag=True, help="Make no comment where there is none.")
def comment(file: str, key: str, author: str | None, *, only_update: bool) -> None:
    """Make a page the comment of a pull request.

    FILE is Markdown, such as review writes.  In a job of GitHub Actions or GitLab CI it becomes the one
    comment of the pull request: the first time it is made, afterwards updated.  GITHUB_TOKEN or
    GITLAB_TOKEN holds the token; docs/review.md has the whole way.

    Exits 0 where there is no pull request, or the token may not comment, as for one from a fork: stderr
    says so.  Exits 1 where the comment could not be made, 2 where the arguments are wrong.
    """
    from saml_connectors.pull_request.refusals import NotCommented  # noqa: PLC0415 - `--help` stays instant

    try:
        outcome = _publish(file, key, author, only_update=only_update)
    except NotCommented as refused:
        click.echo(coloured(refused.problem), err=True)
        raise SystemExit(1 if refused.problem.level == "error" else 0) from None
    click.echo(f"comment: {outcome}", err=True)


def _publish(file: str, key: str, author: str | None, *, only_update: bool) -> Outcome:
    from saml_connectors.pull_request.place import forge_of  # noqa: PLC0415 - as above
    from saml_connectors.pull_request.publishing import publish  # noqa: PLC0415 - as above

    page = _page(file)
    return publish(forge_of(os.environ), page, key=key, author=author, only_update=only_update)


def _page(file: str) -> str:
    from saml_connectors.problems import Problem  # noqa: PLC0415 - as above
    from saml_connectors.pull_request.refusals import NotCommented  # noqa: PLC0415 - as above

    cause = ""
    try:
        with Path(file).open("rb") as stream:
            raw = stream.read(_LARGEST + 1)
        page = raw.decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        cause = (getattr(error, "strerror", None) or "it cannot be read").lower()
    else:
        if len(raw) > _LARGEST:
            cause = f"it is longer than {_LARGEST:,} bytes"
        elif not page.strip():
            cause = "there is nothing in it"
    if cause:
        raise NotCommented(Problem(code="comment-file", rule=f"must be a page of Markdown, but {cause}", file=file))
    return page
