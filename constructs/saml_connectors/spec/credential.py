"""What a credential looks like, so that none is taken for a name, and none is repeated in a message.

Not here: where credentials are kept, and reading them; a spec only names a secret.
"""

from __future__ import annotations

import re

_KEY = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{40,}|jc[a-z]{1,2}_[A-Za-z0-9_-]{8,})(?![0-9A-Za-z])")
_LONG_BASE64 = re.compile(r"[A-Za-z0-9+/]{60,}={0,2}")
_FIELD = re.compile(r"(?:key|secret|password|passwd|token|credential)s?", re.IGNORECASE)


def looks_like_credential(text: str) -> bool:
    """Whether *text* is, or holds, what JumpCloud's API keys and similar credentials look like."""
    return _KEY.search(text) is not None or _LONG_BASE64.fullmatch(text) is not None


def names_a_credential(field: str) -> bool:
    """Whether the name of a *field* says that a credential stands in it: `api_key`, not `token_url`."""
    return any(_FIELD.fullmatch(part) for part in re.split(r"[_\W]+|(?<=[a-z])(?=[A-Z])", field)[-1:])
