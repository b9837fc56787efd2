"""Signed-in people, and what waits for a person to sign in; both known by a random token only.

The cookie holds nothing but the token, so there is nothing in it to forge, and signing out ends it for good.
"""

from __future__ import annotations

import itertools
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.directory.saml_request import AuthnRequest

COOKIE = "sandbox_session"
MOST_WAITING = 500
"""How many waiting requests are kept; older ones are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What a person wanted when they were asked to sign in: an answer to a SAML request, or to open a tile."""

    application_id: str
    request: AuthnRequest | None = None
    """The request, judged already.  Default: a tile was opened."""

    relay_state: str | None = None
    force_authn: bool = False
    """Whether a session from before does not do."""


class Sessions:
    """Sessions and what waits; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._order = itertools.count()
        self._people: dict[str, tuple[str, int]] = {}
        self._waiting: OrderedDict[str, tuple[Waiting, int]] = OrderedDict()

    def begin(self, user_id: str) -> str:
        """Sign a person in; the token to put into the cookie."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._people[token] = user_id, next(self._order)
        return token

    def user_id(self, token: str | None) -> str | None:
        """Who is signed in under *token*."""
        with self._lock:
            found = self._people.get(token or "")
        return found[0] if found else None

    def end(self, token: str | None) -> None:
        """Sign out."""
        with self._lock:
            self._people.pop(token or "", None)

    def wait(self, waiting: Waiting) -> str:
        """Keep *waiting* until its person has signed in; the token to ask for it."""
        token = secrets.token_urlsafe(16)
        with self._lock:
            self._waiting[token] = waiting, next(self._order)
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popitem(last=False)
        return token

    def waiting(self, token: str | None) -> Waiting | None:
        """What is kept under *token*."""
        with self._lock:
            found = self._waiting.get(token or "")
        return found[0] if found else None

    def done(self, token: str) -> None:
        """Forget what is kept under *token*: each request is answered once."""
        with self._lock:
            self._waiting.pop(token, None)

    def newer(self, session: str | None, waiting: str) -> bool:
        """Whether the session under one token began after the other token's request came in."""
        with self._lock:
            person, request = self._people.get(session or ""), self._waiting.get(waiting)
        return person is not None and request is not None and person[1] > request[1]

    def clear(self) -> None:
        """Forget everybody and everything."""
        with self._lock:
            self._people.clear()
            self._waiting.clear()
