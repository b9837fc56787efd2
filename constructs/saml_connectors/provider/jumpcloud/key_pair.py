"""A certificate and its private key, as a secret keeps them and as the directory takes them; checked to fit each other.

A pair never shows its private key: not in its repr, not in an error.  Not here: where secrets are (`key_store.py`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import secrets
from datetime import UTC, datetime, timedelta

from . import certificate, x509
from .errors import KeyPairError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .journal import Redactor

FORM = 'store a JSON object: {"certificate": "…", "private_key": "…"}, each in PEM, an RSA key that has no passphrase'
DAYS_VALID = 1_095
"""What JumpCloud's own instructions say for a certificate of one's own."""

BACKDATED = timedelta(days=1)
"""How long before it is made a certificate begins: clocks differ, and nobody signs with it yet."""

SHORTEST_KEY, LONGEST_KEY = 2_048, 8_192
CERTIFICATE, PRIVATE_KEY = "certificate", "private_key"
SHORTEST_HIDDEN = 12
"""Characters of a line of a private key that is hidden by itself too: less of it is of no use to anybody."""

_LINE = 64
_KEY = re.compile(r"-----BEGIN (RSA )?PRIVATE KEY-----(.+?)-----END (RSA )?PRIVATE KEY-----", re.DOTALL)
_LOCKED = re.compile(r"BEGIN ENCRYPTED PRIVATE KEY|Proc-Type:[^\n]*ENCRYPTED")
_PROOF = b"does this private key belong to the certificate"


class Trusted:
    """A certificate, as AWS is told of it: DER in base64, its SHA-256 fingerprint, its life."""

    __slots__ = ("expires", "fingerprint", "line")

    def __init__(self, line: str) -> None:
        """Read it; *line* is DER in base64, or any other form in which one travels.

        Raises:
            ValueError: It is none.
        """
        self.line = certificate.one_line(line)
        data = base64.b64decode(self.line)
        self.expires = x509.read_certificate(data).not_after
        self.fingerprint = hashlib.sha256(data).hexdigest()

    @property
    def expires_at(self) -> str:
        """End of its life, ISO 8601 in UTC."""
        return self.expires.strftime("%Y-%m-%dT%H:%M:%SZ")

    def kept(self) -> str:
        """What a secret keeps of it."""
        return json.dumps({CERTIFICATE: _pem(self.line, "CERTIFICATE")})


class KeyPair:
    """A certificate with its private key."""

    __slots__ = ("_private_key", "begins", "trusted")

    def __init__(self, trusted: Trusted, private_key: str, begins: datetime) -> None:
        self.trusted = trusted
        self.begins = begins
        self._private_key = private_key

    def __repr__(self) -> str:
        return f"KeyPair({self.trusted.fingerprint}, [hidden])"

    def as_stored(self) -> tuple[str, str]:
        """Certificate and private key as JumpCloud takes them: each base64 of its PEM text."""
        return certificate.as_stored(self.trusted.line), base64.b64encode(self._private_key.encode()).decode("ascii")


def read(text: str, secret: str, redactor: Redactor) -> KeyPair:
    """The pair in *text*, the content of the secret named *secret*.

    Raises:
        KeyPairError: It holds none that can sign; the sentence never repeats any of it.
    """
    doing = f"reading the key pair in secret {secret!r}"
    fields = _fields(text, doing)
    given = fields.get(PRIVATE_KEY)
    if not isinstance(given, str) or not given.strip():
        raise KeyPairError(doing, f"its JSON object has no {PRIVATE_KEY}", FORM)
    hide(given, redactor)
    trusted, made = _certificate(fields, doing)
    key = _private_key(given, doing)
    if made.key is None:
        raise KeyPairError(doing, "the certificate's key is none of RSA", FORM)
    if not SHORTEST_KEY <= made.key.size <= LONGEST_KEY:
        rule = f"a key of {SHORTEST_KEY:,} to {LONGEST_KEY:,} bits"
        raise KeyPairError(doing, f"the certificate's key has {made.key.size:,} bits", f"make a pair with {rule}")
    if key.public != made.key:
        raise KeyPairError(doing, "the private key is another certificate's", "store the key that belongs to it")
    try:
        key.sign(_PROOF)
    except ValueError as error:
        raise KeyPairError(doing, str(error), "make a new pair") from None
    return KeyPair(trusted, _normal(given), made.not_before)


def kept(text: str, secret: str) -> Trusted:
    """The certificate alone in *text*, the content of the secret named *secret*.

    Raises:
        KeyPairError: It holds none.
    """
    doing = f"reading the certificate in secret {secret!r}"
    return _certificate(_fields(text, doing), doing)[0]


def make(private_key: bytes, common_name: str, now: float, redactor: Redactor) -> str:
    """What a secret keeps of a new pair: *private_key*, which is PKCS#8 in DER, and a certificate of it, made now.

    Raises:
        ValueError: The key is none of RSA.
    """
    line = base64.b64encode(private_key).decode("ascii")
    pem = _pem(line, "PRIVATE KEY")
    hide(pem, redactor)
    redactor.hide_key(line)
    begins = datetime.fromtimestamp(now, UTC).replace(microsecond=0) - BACKDATED
    made = x509.self_signed(
        x509.read_private_key(private_key),
        common_name=common_name,
        serial=secrets.randbits(127) + 1,
        not_before=begins,
        not_after=begins + timedelta(days=DAYS_VALID),
    )
    return json.dumps({CERTIFICATE: _pem(base64.b64encode(made).decode("ascii"), "CERTIFICATE"), PRIVATE_KEY: pem})


def hide(private_key: str, redactor: Redactor) -> None:
    """Let no log and no error tell *private_key*, in any form that is sent."""
    redactor.hide_key(private_key, private_key.strip(), base64.b64encode(_normal(private_key).encode()).decode("ascii"))
    redactor.hide(*(line for line in private_key.split() if len(line) >= SHORTEST_HIDDEN and "-----" not in line))


def _fields(text: str, doing: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise KeyPairError(doing, "it is no JSON object", FORM)
    return fields


def _certificate(fields: dict[str, Any], doing: str) -> tuple[Trusted, x509.Certificate]:
    given = fields.get(CERTIFICATE)
    if not isinstance(given, str) or not given.strip():
        raise KeyPairError(doing, f"its JSON object has no {CERTIFICATE}", FORM)
    try:
        trusted = Trusted(given)
        return trusted, x509.read_certificate(base64.b64decode(trusted.line))
    except ValueError as error:
        raise KeyPairError(doing, f"its {CERTIFICATE} cannot be used: {error}", FORM) from None


def _private_key(text: str, doing: str) -> x509.PrivateKey:
    if _LOCKED.search(text):
        raise KeyPairError(doing, f"its {PRIVATE_KEY} has a passphrase", "store it without one: the secret protects it")
    found = _KEY.fullmatch(text.strip())
    if found is None:
        raise KeyPairError(doing, f"its {PRIVATE_KEY} is no RSA key in PEM", FORM)
    try:
        return x509.read_private_key(base64.b64decode("".join(found[2].split()), validate=True))
    except binascii.Error:
        raise KeyPairError(doing, f"its {PRIVATE_KEY} cannot be used: it is damaged", FORM) from None
    except ValueError as error:
        raise KeyPairError(doing, f"its {PRIVATE_KEY} cannot be used: {error}", FORM) from None


def _normal(pem: str) -> str:
    return "\n".join([*(line.strip() for line in pem.strip().splitlines()), ""])


def _pem(line: str, what: str) -> str:
    lines = [line[start : start + _LINE] for start in range(0, len(line), _LINE)]
    return "\n".join([f"-----BEGIN {what}-----", *lines, f"-----END {what}-----", ""])
