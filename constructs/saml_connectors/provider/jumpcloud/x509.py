"""RSA keys and certificates: what they say, and how a self-signed one is written.  Standard library only.

A certificate of an IdP is trusted as it stands, so no chain is followed and no signature on one is judged.  Not here:
where keys come from (`key_store.py`), and which pair is good enough (`key_pair.py`).
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import NamedTuple

from . import der

NULL = b"\x05\x00"
RSA, SHA256_WITH_RSA = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11"
COMMON_NAME, KEY_USAGE, BASIC_CONSTRAINTS, SUBJECT_KEY_ID = "2.5.4.3", "2.5.29.15", "2.5.29.19", "2.5.29.14"
LONGEST_COMMON_NAME = 64
"""Bytes.  RFC 5280 has so many characters (ub-common-name), but some libraries count bytes."""

_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before a SHA-256 digest that RSA signs (RFC 8017, section 9.2)."""

_LAST_UTC_TIME_YEAR = 2049
_CENTURY_TURN = 50


class PublicKey(NamedTuple):
    """An RSA public key."""

    modulus: int
    exponent: int

    @property
    def size(self) -> int:
        """Its length in bits."""
        return self.modulus.bit_length()


class PrivateKey:
    """An RSA private key; it never shows what it holds."""

    __slots__ = ("_exponent", "public")

    def __init__(self, public: PublicKey, exponent: int) -> None:
        self.public = public
        self._exponent = exponent

    def __repr__(self) -> str:
        return "PrivateKey([hidden])"

    def sign(self, message: bytes) -> bytes:
        """The signature on *message*: RSASSA-PKCS1-v1_5 with SHA-256, checked before it is handed out.

        Raises:
            ValueError: The key is damaged: what it signs does not verify.
        """
        length = (self.public.size + 7) // 8
        info = _SHA256_INFO + hashlib.sha256(message).digest()
        if length < len(info) + 11:
            raise ValueError("the key is too short to sign with")
        padded = b"\0\1" + b"\xff" * (length - len(info) - 3) + b"\0" + info
        signature = pow(int.from_bytes(padded, "big"), self._exponent, self.public.modulus)
        if not hmac.compare_digest(pow(signature, *reversed(self.public)).to_bytes(length, "big"), padded):
            raise ValueError("what the private key signs does not verify with its own public key")
        return signature.to_bytes(length, "big")


class Certificate(NamedTuple):
    """What a certificate says of itself."""

    not_before: datetime
    not_after: datetime
    key: PublicKey | None
    """Its key; None where it is none of RSA."""


def read_certificate(data: bytes) -> Certificate:
    """Read a certificate.

    Raises:
        ValueError: It is none.
    """
    signed = der.parts(der.read(data))
    fields = der.parts(signed[0]) if signed else []
    if fields and fields[0].tag == der.EXPLICIT_0:
        fields = fields[1:]
    if len(fields) < 6 or len(signed) != 3:  # noqa: PLR2004 - RFC 5280, section 4.1
        raise ValueError("it is no X.509 certificate")
    validity = der.parts(fields[3])
    if len(validity) != 2:  # noqa: PLR2004 - when it begins and when it ends
        raise ValueError("it does not say when it begins and ends")
    return Certificate(_time(validity[0]), _time(validity[1]), _public_key(fields[5]))


def read_private_key(data: bytes) -> PrivateKey:
    """Read a private key: PKCS#8, or PKCS#1 as older tools write it.

    Raises:
        ValueError: It is none of RSA.
    """
    fields = der.parts(der.read(data))
    if len(fields) >= 3 and fields[1].tag == der.SEQUENCE and fields[2].tag == der.OCTET_STRING:  # noqa: PLR2004 - PKCS#8
        algorithm = der.parts(fields[1])
        if not algorithm or algorithm[0].whole != der.oid(RSA):
            raise ValueError("it is no RSA key")
        fields = der.parts(der.read(fields[2].content))
    if len(fields) < 9 or any(each.tag != der.INTEGER for each in fields[:9]):  # noqa: PLR2004 - RFC 8017, A.1.2
        raise ValueError("it is no RSA private key")
    modulus, public, private = (der.whole_number(each) for each in fields[1:4])
    if min(modulus, public, private) < 1:
        raise ValueError("it is no RSA private key")
    return PrivateKey(PublicKey(modulus, public), private)


def self_signed(
    private: PrivateKey, *, common_name: str, serial: int, not_before: datetime, not_after: datetime
) -> bytes:
    """A certificate of this key, signed by the key itself, which may sign and nothing else.

    Args:
        private: The key.
        common_name: Subject and issuer; what does not fit is left out.
        serial: A number above zero, of at most 20 bytes, that no other certificate of the same issuer has.
        not_before: When it begins, to the second.
        not_after: When it ends.
    """
    algorithm = der.sequence(der.oid(SHA256_WITH_RSA), NULL)
    fits = common_name.encode()[:LONGEST_COMMON_NAME].decode(errors="ignore")
    shown = der.value(der.UTF8_STRING, fits.encode())
    name = der.sequence(der.value(der.SET, der.sequence(der.oid(COMMON_NAME), shown)))
    key = der.sequence(der.number(private.public.modulus), der.number(private.public.exponent))
    signed = der.sequence(
        der.value(der.EXPLICIT_0, der.number(2)),  # version 3
        der.number(serial),
        algorithm,
        name,
        der.sequence(_written(not_before), _written(not_after)),
        name,
        der.sequence(der.sequence(der.oid(RSA), NULL), der.bit_string(key)),
        der.value(der.EXPLICIT_3, der.sequence(*_extensions(key))),
    )
    return der.sequence(signed, algorithm, der.bit_string(private.sign(signed)))


def _extensions(key: bytes) -> tuple[bytes, ...]:
    critical = der.value(der.BOOLEAN, b"\xff")
    key_id = der.value(der.OCTET_STRING, hashlib.sha1(key, usedforsecurity=False).digest())  # RFC 5280, 4.2.1.2
    return (
        der.sequence(der.oid(BASIC_CONSTRAINTS), critical, der.value(der.OCTET_STRING, der.sequence())),
        der.sequence(der.oid(KEY_USAGE), critical, der.value(der.OCTET_STRING, der.bit_string(b"\x80", 7))),
        der.sequence(der.oid(SUBJECT_KEY_ID), der.value(der.OCTET_STRING, key_id)),
    )


def _public_key(element: der.Element) -> PublicKey | None:
    fields = der.parts(element)
    algorithm = der.parts(fields[0]) if fields else []
    if not algorithm or len(fields) != 2:  # noqa: PLR2004 - algorithm and key
        raise ValueError("it has no public key")
    if algorithm[0].whole != der.oid(RSA):
        return None
    numbers = der.parts(der.read(der.bits(fields[1])))
    if len(numbers) != 2:  # noqa: PLR2004 - modulus and exponent
        raise ValueError("it has no public key")
    return PublicKey(der.whole_number(numbers[0]), der.whole_number(numbers[1]))


def _time(element: der.Element) -> datetime:
    text = element.content.decode("ascii", "replace")
    if element.tag == der.UTC_TIME and text[:2].isdecimal():
        text = ("19" if int(text[:2]) >= _CENTURY_TURN else "20") + text
    elif element.tag != der.GENERALIZED_TIME:
        raise ValueError("it does not say when it begins and ends")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _written(moment: datetime) -> bytes:
    if moment.year <= _LAST_UTC_TIME_YEAR:
        return der.value(der.UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())
    return der.value(der.GENERALIZED_TIME, moment.strftime("%Y%m%d%H%M%SZ").encode())
