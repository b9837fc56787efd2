"""Which pull request a job is about, by what its environment says: GitHub Actions, or GitLab CI.

Not here: talking to either (`github.py`, `gitlab.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saml_connectors.problems import Problem
from saml_connectors.pull_request.forge import Forge
from saml_connectors.pull_request.github import GitHub
from saml_connectors.pull_request.gitlab import GitLab
from saml_connectors.pull_request.refusals import NotCommented

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_IS_A_PULL_REQUEST = "run it in a job for pull requests; elsewhere there is nothing to comment on"


def forge_of(environment: Mapping[str, str]) -> Forge:
    """The pull request of the job that has this environment.

    Raises:
        NotCommented: It has none, or no token that could write to it.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        return _github(environment)
    if environment.get("GITLAB_CI") == "true":
        return _gitlab(environment)
    rule = "must run in a job of GitHub Actions or GitLab CI, but GITHUB_ACTIONS and GITLAB_CI are not true"
    raise NotCommented(Problem(code="comment-place", rule=rule))


def _github(environment: Mapping[str, str]) -> Forge:
    repository = environment.get("GITHUB_REPOSITORY", "")
    if not _REPOSITORY.fullmatch(repository):
        raise _wrong("GITHUB_REPOSITORY", "owner and name of a repository", repository)
    number = _of_event(environment.get("GITHUB_EVENT_PATH", ""))
    token = _token(environment, GitHub.secret, "give the step GITHUB_TOKEN: ${{ github.token }}")
    return GitHub(environment.get("GITHUB_API_URL") or "https://api.github.com", repository, number, token)


def _of_event(path: str) -> int:
    """The number of the pull request that the event is about."""
    try:
        event: Any = json.loads(Path(path).read_text("utf-8")) if path else {}
    except (OSError, ValueError):
        raise _wrong("GITHUB_EVENT_PATH", "a file with the event", path) from None
    found = event if isinstance(event, dict) else {}
    issue = found.get("issue")
    for part in (found.get("pull_request"), issue if isinstance(issue, dict) and "pull_request" in issue else None):
        if isinstance(part, dict) and isinstance(part.get("number"), int):
            return int(part["number"])
    raise _no_request("the event is about none")


def _gitlab(environment: Mapping[str, str]) -> Forge:
    number, project = (environment.get(f"CI_MERGE_REQUEST_{name}", "") for name in ("IID", "PROJECT_ID"))
    if not number:
        raise _no_request("CI_MERGE_REQUEST_IID is not set")
    for name, given in (("CI_MERGE_REQUEST_IID", number), ("CI_MERGE_REQUEST_PROJECT_ID", project)):
        if not _NUMBER.fullmatch(given):
            raise _wrong(name, "a number", given)
    fix = "make a project access token with scope api, and a masked variable of this name with it"
    token = _token(environment, GitLab.secret, fix)
    api = environment.get("CI_API_V4_URL") or "https://gitlab.com/api/v4"
    return GitLab(api, int(project), int(number), token, ca_file=environment.get("CI_SERVER_TLS_CA_FILE"))


def _token(environment: Mapping[str, str], name: str, fix: str) -> str:
    """The token, which a request from a fork may not have."""
    token = environment.get(name, "").strip()
    if not token:
        rule = "is not set, so the page is no comment"
        raise NotCommented(Problem(code="comment-token", level="warning", field=name, rule=rule, fix=fix))
    if not token.isascii() or not token.isprintable():
        raise NotCommented(Problem(code="comment-token", field=name, rule="must be a token on one line"))
    return token


def _no_request(cause: str) -> NotCommented:
    rule = f"there is no pull request to comment on: {cause}"
    return NotCommented(Problem(code="comment-no-request", level="note", rule=rule, fix=_IS_A_PULL_REQUEST))


def _wrong(name: str, what: str, given: str) -> NotCommented:
    return NotCommented(Problem(code="comment-place", field=name, rule=f"must be {what}", given=repr(given[:100])))
