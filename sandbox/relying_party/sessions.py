"""Who is signed in at the portal, and which sign-ins are under way: in memory, bounded, gone when the process ends.

Not here: the cookie, which holds a session's random id and nothing else.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sandbox.relying_party.oidc import Person, SignInRequest

_MAX_SESSIONS: Final = 1_000
_MAX_UNDER_WAY: Final = 8


@dataclass(slots=True)
class Session:
    """What the portal remembers of one browser."""

    person: Person | None = None
    _under_way: OrderedDict[str, SignInRequest] = field(default_factory=OrderedDict)

    def begin(self, request: SignInRequest) -> None:
        """Remember a sign-in; of many that were never finished, the oldest is forgotten."""
        self._under_way[request.state] = request
        while len(self._under_way) > _MAX_UNDER_WAY:
            self._under_way.popitem(last=False)

    def take(self, state: str) -> SignInRequest | None:
        """The sign-in with that state, once: a second answer to it finds nothing."""
        return self._under_way.pop(state, None)


class Sessions:
    """All sessions, by the random id that a cookie carries."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def get(self, session_id: str | None) -> Session | None:
        """The session with that id, where there is one."""
        return self._sessions.get(session_id or "")

    def new(self, session: Session) -> str:
        """Keep *session* under a new id; of too many, the oldest is forgotten."""
        session_id = secrets.token_urlsafe(32)
        self._sessions[session_id] = session
        while len(self._sessions) > _MAX_SESSIONS:
            self._sessions.popitem(last=False)
        return session_id

    def end(self, session_id: str | None) -> None:
        """Forget the session with that id."""
        self._sessions.pop(session_id or "", None)
