"""The name or ARN of a Secrets Manager secret, and never what is in it.

Not here: what looks like a credential (`credential.py`).
"""

from __future__ import annotations

import re

from saml_connectors.spec.credential import looks_like_credential
from saml_connectors.spec.model import refuse

_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")
_SECRET_ARN = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]{1,519}")
_BEGINNINGS = ("{", "-----BEGIN ")
"""What secrets begin with that are no single word: JSON, and a key in PEM."""


def secret_name(value: str) -> str:
    """*value*, where it names a secret; what looks like the secret itself is refused, and not repeated."""
    if not value.startswith("arn:") and (looks_like_credential(value) or value.lstrip().startswith(_BEGINNINGS)):
        raise refuse(
            "plain-text-credential",
            "must be the name or ARN of a Secrets Manager secret, but looks like the credential itself",
            fix="store it in Secrets Manager, name the secret here, and revoke it: it stands in a file now",
            given="",
        )
    if value.startswith("arn:"):
        if not _SECRET_ARN.fullmatch(value):
            raise refuse("credentials-secret", "must be the ARN of a Secrets Manager secret", given="")
    elif not _SECRET_NAME.fullmatch(value):
        raise refuse(
            "credentials-secret",
            "must be the name of a Secrets Manager secret: 1 to 512 letters, digits or /_+=.@-",
            given="",
        )
    return value
