"""Whether Identity Center's SCIM endpoint and the token for it work, and for how long; two reads, nothing is changed.

No redirect is followed: it could carry the token elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from saml_connectors.problems import Problem
from saml_connectors.provider.jumpcloud.deadline import Deadline
from saml_connectors.provider.jumpcloud.errors import AnswerLost, ProviderError, Unreachable
from saml_connectors.provider.jumpcloud.retry import Answer, Caller
from saml_connectors.provider.jumpcloud.transport import Request
from saml_connectors.provisioning.trouble import Trouble

if TYPE_CHECKING:
    from saml_connectors.spec.scim import Scim

WARNING_DAYS = 90
"""Days before a token's end from which Identity Center itself reminds of it."""

LIFE_DAYS = 366
"""The longest that a token lives: a year."""

CONSOLE = "the Identity Center console: Settings, Automatic provisioning"
_CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
_LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_TOKEN = re.compile(r"[\x21-\x7e]+")
_REFUSALS = {
    401: Problem(
        code="scim-token-refused",
        field="scim.token",
        rule="must hold a token that the endpoint accepts, and it does not: wrong, deleted, or over",
        fix=f"make a new one in {CONSOLE}; store it in the secret, and paste it into the Admin Portal",
    ),
    403: Problem(
        code="scim-token-forbidden",
        field="scim.token",
        rule="must hold a token for this endpoint, which knows it but allows it nothing",
        fix=f"look in {CONSOLE}, whether endpoint and token are of the same instance",
    ),
    404: Problem(
        code="scim-endpoint-missing",
        field="scim.endpoint",
        rule="must be the endpoint of an instance whose automatic provisioning is on, and there is nothing at it",
        fix=f"copy it again from {CONSOLE}",
    ),
    429: Problem(
        code="scim-throttled",
        field="scim.endpoint",
        rule="must answer, but was asked too much at once",
        fix="wait some minutes, then run it again",
    ),
}


def expiry_findings(scim: Scim, today: date) -> Iterator[Problem]:
    """What the day on which the token ends says on the day *today*."""
    ends = scim.expiry
    field = "scim.token_expires"
    renew = f"make a new one in {CONSOLE}; store it, paste it into the Admin Portal, and write its day here"
    if ends is None:
        rule = "is not known, so nobody is warned before provisioning stops a year after the token was made"
        fix = "write the day that the console names"
        yield Problem(code="scim-token-unwatched", level="warning", field=field, rule=rule, fix=fix)
        return
    left = (ends - today).days
    if left < 0:
        rule = "must be a day to come: the token is over, and nothing is provisioned"
        yield Problem(code="scim-token-over", field=field, rule=rule, given=str(ends), fix=renew)
    elif left <= WARNING_DAYS:
        when = {0: "today", 1: "tomorrow"}.get(left, f"in {left} days")
        rule = f"is {when}: provisioning stops then"
        yield Problem(code="scim-token-ends", level="warning", field=field, rule=rule, given=str(ends), fix=renew)
    elif left > LIFE_DAYS:
        rule = "must be within a year: no token lives longer"
        yield Problem(code="scim-token-expiry-far", field=field, rule=rule, given=str(ends), fix="look in the console")


def read_token(text: str) -> str:
    """The token in the text of its secret.

    Raises:
        Trouble: It is none; the sentence repeats nothing of it.
    """
    token = text.strip()
    if not _TOKEN.fullmatch(token) or token.startswith(("{", '"')):
        rule = "must name a secret that holds the token and nothing else, as one line of plain text"
        fix = "store it without quotes, JSON, or the word Bearer"
        raise Trouble(Problem(code="scim-token-form", field="scim.token", rule=rule, fix=fix))
    return token


def check_endpoint(scim: Scim, token: str, caller: Caller, deadline: Deadline) -> Iterator[Problem]:
    """Ask the endpoint what it is, and for one user: what is wrong, or a note that it works."""
    host = urlsplit(scim.endpoint).hostname or ""
    config, problem = _ask(f"{scim.endpoint}/ServiceProviderConfig", token, caller, deadline, host)
    if problem is None:
        problem = _not_scim(config, _CONFIG, host)
    if problem is not None:
        yield problem
        return
    users, problem = _ask(f"{scim.endpoint}/Users?startIndex=1&count=1", token, caller, deadline, host)
    if problem is None:
        problem = _not_scim(users, _LIST, host)
    if problem is not None:
        yield problem
        return
    total = users.get("totalResults")
    held = f"; it holds {total:,} user{'' if total == 1 else 's'}" if isinstance(total, int) else ""
    yield Problem(code="scim-ready", level="note", field="scim", rule=f"works: {host} accepts the token{held}")


def _ask(url: str, token: str, caller: Caller, deadline: Deadline, host: str) -> tuple[Any, Problem | None]:
    """The JSON that the endpoint answers, or what is wrong."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/scim+json, application/json",
        "User-Agent": "cdk-saml-connectors",
    }
    try:
        answer = caller.call(Request("GET", url, headers), deadline, "asking the SCIM endpoint", repeatable=True)
    except ProviderError as error:
        return None, _lost(error, host)
    if answer.status // 100 == 2:  # noqa: PLR2004 - 2xx
        return answer.payload if answer.readable else None, None
    return None, _refused(answer, host)


def _not_scim(payload: Any, schema: str, host: str) -> Problem | None:
    schemas = payload.get("schemas") if isinstance(payload, dict) else None
    if isinstance(schemas, list) and schema in schemas:
        return None
    return Problem(
        code="scim-endpoint-other",
        field="scim.endpoint",
        rule=f"must speak SCIM 2.0, but {host} answered something else",
        fix=f"copy it again from {CONSOLE}; look at any proxy in between",
    )


def _refused(answer: Answer, host: str) -> Problem:
    given = f"{answer.status} from {host}"
    if answer.status in _REFUSALS:
        return replace(_REFUSALS[answer.status], given=given)
    if answer.status // 100 == 3:  # noqa: PLR2004 - 3xx
        return Problem(
            code="scim-endpoint-redirect",
            field="scim.endpoint",
            rule="must answer itself, but redirects elsewhere, and a token is never sent after a redirect",
            given=given,
            fix=f"copy it again from {CONSOLE}",
        )
    times = f", {answer.attempts} times" if answer.attempts > 1 else ""
    return Problem(
        code="scim-endpoint-failed",
        field="scim.endpoint",
        rule="must answer, and fails",
        given=f"{given}{times}",
        fix="run it again; if it stays so, look at the AWS Health Dashboard",
    )


def _lost(error: ProviderError, host: str) -> Problem:
    fix = "check scim.endpoint, and that this machine can reach it"
    if isinstance(error, Unreachable):
        rule = f"must be an address that can be reached safely, but {error.cause}"
        return Problem(code="scim-endpoint-unreachable", field="scim.endpoint", rule=rule, fix=fix)
    cause = error.cause if isinstance(error, AnswerLost) else f"{host} did not answer in time"
    return Problem(code="scim-endpoint-lost", field="scim.endpoint", rule=f"must answer, but {cause}", fix=fix)
