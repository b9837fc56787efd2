"""Which answer of the directory becomes which error, in words that a person can act on.

Not here: whether to ask again (`retry.py`).
"""

from __future__ import annotations

import re

from .errors import AnswerLost, Conflict, DirectoryError, NotFound, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .retry import Answer

SAID_CHARACTERS = 300
"""As much as is repeated of what the directory said."""

_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"<[^>]*>")
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _CONFLICT, _TOO_MANY = 401, 403, 404, 409, 429
_SERVER_ERROR = 500


def said(answer: Answer) -> str:
    """What the directory said about it: `message`, else `error`, else its text; one short line."""
    words: Any = None
    if isinstance(answer.payload, dict):
        words = answer.payload.get("message") or answer.payload.get("error")
    if not isinstance(words, str) or not words.strip():
        words = _TAG.sub(" ", answer.text)
    line = _SPACE.sub(" ", str(words)).strip()
    return line if len(line) <= SAID_CHARACTERS else line[: SAID_CHARACTERS - 1] + "…"


def payload_or_error(answer: Answer, doing: str, *, host: str, scope: str) -> Any:
    """The answer's JSON, or None where it is empty; an error's sentence where it failed.

    Args:
        answer: What came back.
        doing: What was asked for.
        host: The directory's host, to be named.
        scope: The right that the call needs, as JumpCloud names it: `applications.create`.
    """
    if answer.status // 100 == 2:  # noqa: PLR2004 - 2xx
        if answer.readable:
            return answer.payload
        raise _unreadable(answer, doing, host)
    raise _error(answer, doing, host, scope)


def _unreadable(answer: Answer, doing: str, host: str) -> AnswerLost:
    if "html" in answer.headers.get("content-type", "").lower() or answer.text.lstrip().startswith("<"):
        return AnswerLost(
            doing,
            f"{host} answered {answer.status} with a web page instead of JSON",
            "check the directory's ApiUrl, and any proxy in between",
        )
    return AnswerLost(
        doing,
        f"{host} answered {answer.status} with JSON that is cut short or damaged",
        "deploy again; if it happens again, look at any proxy between the function and the directory",
    )


def _error(answer: Answer, doing: str, host: str, scope: str) -> DirectoryError:
    status = answer.status
    words = said(answer)
    cause = f"{host} answered {status}" + (f": {words}" if words else "")
    times = f", {answer.attempts} times" if answer.attempts > 1 else ""
    if status >= _SERVER_ERROR:
        fix = "deploy again; if it happens again, look at the directory's status page, or ask its support"
        return AnswerLost(doing, f"{cause}{times}", fix)
    if status // 100 == 3:  # noqa: PLR2004 - 3xx
        cause = "the API key is missing or the URL is wrong: the directory answered with a redirect to its login page"
        return Refused(doing, cause, "check the directory's ApiUrl and the secret", status=status)
    if status == _TOO_MANY:
        wait = f" and asked to wait {answer.asked_wait:.0f} seconds, more than are left" if answer.asked_wait else ""
        cause = f"{cause}{times}{wait}"
    kind = {_NOT_FOUND: NotFound, _CONFLICT: Conflict}.get(status, Refused)
    fixes = {
        _UNAUTHORIZED: "the credential is wrong, expired, or of another region: check the secret, and ApiUrl's region",
        _FORBIDDEN: f"give the administrator or service account of the credential a role with the scope {scope}",
        _NOT_FOUND: "check in the directory whether it was removed there",
        _CONFLICT: "look for it in the directory: it may have been made by hand",
        _TOO_MANY: "too many requests: wait some minutes, then deploy again, with fewer stacks at a time",
    }
    return kind(doing, cause, fixes.get(status, "correct what the directory objects to, deploy again"), status=status)
