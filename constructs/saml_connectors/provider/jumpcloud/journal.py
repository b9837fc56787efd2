"""The log: one JSON object a line, with everything secret taken out before it is written.

Not here: what is logged.  Headers, bodies and CloudFormation's answer address are never handed over in the first place.
"""

from __future__ import annotations

import json
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

HIDDEN = "[hidden]"
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_RUN = re.compile(r"[A-Za-z0-9+/]{24,}")
"""What may be a piece of a key."""

_SIGNED_QUERY = re.compile(r"\bX-Amz-[A-Za-z-]+=[^&\s\"']+")


class Redactor:
    """Knows what is secret in this invocation, and takes it out of any text."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._keys: set[str] = set()

    def hide(self, *secrets: str | None) -> None:
        """Take these out from now on, also in the form that they have inside JSON and in a URL's query."""
        for secret in secrets:
            if secret:
                self._secrets.update((secret, json.dumps(secret)[1:-1]))
                if "?" in secret and "://" in secret:
                    self._secrets.add(secret.partition("?")[2] or secret)

    def hide_key(self, *forms: str) -> None:
        """Take a private key in these forms out from now on, pieces of it too: whoever repeats it may cut it."""
        self.hide(*forms)
        self._keys.update(forms, (json.dumps(form)[1:-1] for form in forms))

    def clean(self, text: str) -> str:
        """*text* without a secret in it."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        if self._keys:
            text = _RUN.sub(lambda run: HIDDEN if any(run[0] in key for key in self._keys) else run[0], text)
        return _SIGNED_QUERY.sub(HIDDEN, _PRIVATE_KEY.sub(HIDDEN, text))


class Journal:
    """Writes the log.

    Args:
        redactor: Takes the secrets out of every line.
        write: Where a line goes.  Default: standard output, which Lambda records.
    """

    def __init__(self, redactor: Redactor, write: Callable[[str], object] | None = None) -> None:
        self.redactor = redactor
        self._write = write or sys.stdout.write
        self._context: dict[str, Any] = {}

    def about(self, **context: Any) -> None:
        """Say this in every line from now on."""
        self._context.update(context)

    def note(self, level: str, event: str, **fields: Any) -> None:
        """Write one line."""
        line = json.dumps({"level": level, "event": event, **self._context, **fields}, default=str)
        self._write(self.redactor.clean(line) + "\n")
