"""The bearer tokens of automatic provisioning: made once, never kept in plain text, good for a year."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

LIFETIME: Final = timedelta(days=365)
MOST_TOKENS: Final = 2
"""Tokens that an instance has at a time, so that a new one can take over before the old one ends."""


@dataclass(slots=True, kw_only=True)
class AccessToken:
    """What is kept of a token: its digest, never itself."""

    id: str
    digest: bytes = field(repr=False)
    created: datetime
    expires: datetime


def new_token(now: datetime) -> tuple[str, AccessToken]:
    """A token that is shown once, and what is kept of it."""
    plain = f"{uuid4()}{secrets.token_urlsafe(120)}"
    return plain, AccessToken(id=str(uuid4()), digest=_digest(plain), created=now, expires=now + LIFETIME)


def accepted(plain: str, tokens: list[AccessToken], now: datetime) -> bool:
    """Whether *plain* is one of *tokens* that has not expired; each is compared, in constant time."""
    digest = _digest(plain)
    fitting = [hmac.compare_digest(digest, token.digest) and now < token.expires for token in tokens]
    return any(fitting)


def _digest(plain: str) -> bytes:
    return hashlib.sha256(plain.encode()).digest()
