"""Certificates in the forms in which they travel: DER in base64, PEM, and PEM in base64.

Not here: whether a certificate can be trusted, or what it says; no cryptography is done.
"""

from __future__ import annotations

import base64
import binascii
import re

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_BEGIN = "-----BEGIN"
_DER_SEQUENCE = 0x30
_DER_LONG_LENGTH = 0x80
_DER_HEADER_BYTES = 2


def one_line(value: str) -> str:
    """The one certificate in *value* as DER in base64, one line.

    Args:
        value: Base64 of PEM text, as JumpCloud stores it; or PEM text; or DER in base64.

    Raises:
        ValueError: There is no certificate in it, or more than one; the message says which.
    """
    text = value.strip()
    if not text.startswith(_BEGIN):
        inner = _decoded(text)
        if not inner.lstrip().startswith(_BEGIN.encode()):
            return _checked(inner)
        text = inner.decode("ascii", "replace")
    blocks = _BLOCK.findall(text)
    if len(blocks) != 1:
        raise ValueError(f"it holds {len(blocks) or 'no'} certificates instead of one")
    return _checked(_decoded(blocks[0]))


def as_stored(value: str) -> str:
    """*value* as JumpCloud stores a certificate: base64 of its PEM text."""
    der = one_line(value)
    lines = [der[start : start + 64] for start in range(0, len(der), 64)]
    pem = "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])
    return base64.b64encode(pem.encode("ascii")).decode("ascii")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("it is neither PEM nor base64") from None


def _checked(der: bytes) -> str:
    """*der* in base64, provided that it is one whole ASN.1 sequence and nothing else."""
    if len(der) <= _DER_HEADER_BYTES or der[0] != _DER_SEQUENCE:
        raise ValueError("what it decodes to is no certificate")
    start, length = _DER_HEADER_BYTES, der[1]
    if length > _DER_LONG_LENGTH:
        start += length - _DER_LONG_LENGTH
        length = int.from_bytes(der[_DER_HEADER_BYTES:start], "big")
    if start + length != len(der):
        raise ValueError("the certificate in it is cut short")
    return base64.b64encode(der).decode("ascii")
