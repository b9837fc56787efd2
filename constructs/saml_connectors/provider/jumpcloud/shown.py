"""Values of settings as a person may read them in a log, an error or an alarm: short, and nothing that may be a secret.

Pure.  Not here: secrets that are known as such, which the log takes out of every line (`journal.py`).
"""

from __future__ import annotations

import base64
import hashlib
import re

from . import certificate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HIDDEN = "[hidden]"
LONGEST = 300
"""Characters of a value that are told: a Login URL is longer than 200, and two may differ at their end."""
NO_CERTIFICATE, UNREADABLE = "none", "none that can be read"
_SECRET = re.compile(r"secret|token|passw|private|credential|api.?key", re.IGNORECASE)


def value(given: Any) -> str:
    """*given*, cut where it is long."""
    if given is None or given == "":
        return "empty"
    if isinstance(given, bool):
        return "true" if given else "false"
    text = given if isinstance(given, str) else str(given)
    return repr(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")


def is_secret(name: str) -> bool:
    """Whether what is called so is a secret, as far as its name tells."""
    return _SECRET.search(name) is not None


def of(name: str, given: Any) -> str:
    """The value of what is called *name*; hidden where the name says that it is a secret."""
    return HIDDEN if given and is_secret(name) else value(given)


def fingerprint(given: Any) -> str:
    """SHA-256 of the certificate in *given*, in any form that one travels in; what else it is, in words."""
    if not isinstance(given, str) or not given.strip():
        return NO_CERTIFICATE
    try:
        return hashlib.sha256(base64.b64decode(certificate.one_line(given))).hexdigest()
    except ValueError:
        return UNREADABLE
