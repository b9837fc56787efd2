"""How long what people get lasts: tokens of app clients, sessions of roles and permission sets, where it grows.

Not here: what they may do meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from saml_connectors import aws_sign_in
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review.changes import Change
from saml_connectors.review.grouping import PERMISSION_SET
from saml_connectors.review.held import rows
from saml_connectors.review.phrase import counted, phrase
from saml_connectors.review.reading_cognito import CLIENT
from saml_connectors.review.risk import Risk
from saml_connectors.review.values import ROLE

if TYPE_CHECKING:
    from saml_connectors.review.model import Part

_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_HOUR, _DAY = _UNITS["hours"], _UNITS["days"]
_ISO = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?")
_NUMBER = re.compile(r"\d{1,9}(?:\.0)?")


class _Token(NamedTuple):
    """One kind of token, and what Cognito takes where a client does not say."""

    name: str
    told: str
    unit: str
    otherwise: int


_TOKENS = (
    _Token("RefreshToken", "refresh", "days", 30 * _DAY),
    _Token("AccessToken", "access", "hours", _HOUR),
    _Token("IdToken", "ID", "hours", _HOUR),
)


def lasting(before: Part, after: Part) -> Iterator[Change]:
    """What lasts longer than before."""
    if after.type == CLIENT:
        for token in _TOKENS:
            words = f"{token.told} tokens of app client {{part}} live {{now}}, were {{old}}"
            yield from _longer(_token(before, token), _token(after, token), words, "token-lives-longer", after)
    elif after.type == ROLE:
        words = "sessions of role {part} may last {now}, were {old}"
        old, now = (_seconds(each.fields.get("MaxSessionDuration"), _HOUR) for each in (before, after))
        yield from _longer(old, now, words, "session-lasts-longer", after)
    elif after.type == PERMISSION_SET:
        words = "sessions of permission set {part} last {now}, were {old}"
        old, now = (_iso(each.fields.get("SessionDuration")) for each in (before, after))
        yield from _longer(old, now, words, "session-lasts-longer", after)
    elif after.type == contract.APPLICATION:
        words = "sessions that people begin with {part} last {now}, were {old}"
        yield from _longer(_sent(before), _sent(after), words, "session-lasts-longer", after)


def _longer(old: int | None, now: int | None, words: str, code: str, part: Part) -> Iterator[Change]:
    if old is not None and now is not None and now > old:
        told = phrase(words, part=part.name, now=_told(now), old=_told(old))
        yield Change(Risk.WIDENED, code, told, "other", part)


def _token(client: Part, token: _Token) -> int | None:
    unit = _UNITS.get(client.fields.get(f"TokenValidityUnits.{token.name}", token.unit))
    given = _seconds(client.fields.get(f"{token.name}Validity"), 0)
    if given == 0:
        return token.otherwise
    return None if unit is None or given is None else given * unit


def _sent(application: Part) -> int | None:
    """What the application sends as the duration of sessions; AWS takes an hour where it sends none."""
    pairs = rows(application.resource, contract.CONSTANT_ATTRIBUTES, contract.NAME, contract.VALUE)
    given = dict(pairs).get(aws_sign_in.SESSION_DURATION)
    return _seconds(given, _HOUR)


def _seconds(given: str | None, otherwise: int) -> int | None:
    """A number that the template gives; None where synthesis does not know it."""
    if given is None:
        return otherwise
    return int(float(given)) if _NUMBER.fullmatch(given) else None


def _iso(given: str | None) -> int | None:
    """An ISO 8601 duration."""
    if given is None:
        return _HOUR
    found = _ISO.fullmatch(given)
    parts = [int(each or 0) for each in found.groups()] if found else []
    return sum(part * unit for part, unit in zip(parts, (_DAY, _HOUR, 60, 1), strict=True)) if found else None


def _told(seconds: int) -> str:
    """A duration in the greatest unit that it is a whole number of: `12 hours`."""
    for name, unit in reversed(_UNITS.items()):
        if seconds % unit == 0:
            return counted(seconds // unit, name[:-1])
    return counted(seconds, "second")
