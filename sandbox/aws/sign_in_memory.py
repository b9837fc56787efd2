"""What the local Cognito remembers of sign-ins under way, in memory only; tokens and codes are kept by the emulator."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LONGEST_SIGN_IN: Final = timedelta(minutes=5)
"""After this time at the IdP, Cognito does not know the request any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One sign-in: what the app asked for, and through which provider."""

    pool_id: str
    client_id: str
    provider: str
    redirect_uri: str
    response_type: str
    scope: str = ""
    state: str = ""
    nonce: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""
    request_id: str | None = None
    """ID of the AuthnRequest; None when the IdP began."""


class SignInMemory:
    """Pending requests by RelayState, and assertion ids that have been used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: dict[str, tuple[SignIn, datetime]] = {}
        self._used: dict[tuple[str, str], datetime] = {}

    def begin(self, relay_state: str, sign_in: SignIn, now: datetime) -> None:
        """Expect an answer with this RelayState."""
        with self._lock:
            self._pending[relay_state] = (sign_in, now)

    def take(self, relay_state: str, now: datetime) -> SignIn | None:
        """The sign-in with this RelayState: once, and not later than five minutes after it began."""
        with self._lock:
            sign_in, began = self._pending.pop(relay_state, (None, now))
        return sign_in if now - began <= LONGEST_SIGN_IN else None

    def use_assertion(self, pool_id: str, assertion_id: str, until: datetime, now: datetime) -> bool:
        """Whether this assertion is used for the first time; it is remembered until it expires."""
        key = (pool_id, assertion_id)
        with self._lock:
            self._used = {one: end for one, end in self._used.items() if end > now}
            if key in self._used:
                return False
            self._used[key] = until
        return True

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._pending.clear()
            self._used.clear()
