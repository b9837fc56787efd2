"""DER, the encoding of ASN.1 in which keys and certificates are written: as much of it as those need, both ways.

Pure, and strict: what is cut short, or has something behind it, is refused.  Not here: what the values mean
(`x509.py`).
"""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID = 0x01, 0x02, 0x03, 0x04, 0x06
UTF8_STRING, UTC_TIME, GENERALIZED_TIME = 0x0C, 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31
EXPLICIT_0, EXPLICIT_3 = 0xA0, 0xA3

_LONG = 0x80
_LONGEST_LENGTH = 4
_HEADER = 2


class Element(NamedTuple):
    """One value: what kind it is, what it holds, and all of it as it was written."""

    tag: int
    content: bytes
    whole: bytes


def read(data: bytes) -> Element:
    """The one value that *data* is.

    Raises:
        ValueError: It is none, or there is something behind it.
    """
    found = list(_values(data))
    if len(found) != 1:
        raise ValueError("it is not one value in DER")
    return found[0]


def parts(element: Element, tag: int = SEQUENCE) -> list[Element]:
    """The values inside *element*, which has to be of this kind.

    Raises:
        ValueError: It is of another kind, or holds something else.
    """
    if element.tag != tag:
        raise ValueError("a value in DER is of another kind than it should be")
    return list(_values(element.content))


def whole_number(element: Element) -> int:
    """The number that *element* holds.

    Raises:
        ValueError: It holds none.
    """
    if element.tag != INTEGER or not element.content:
        raise ValueError("a number is missing")
    return int.from_bytes(element.content, "big", signed=True)


def bits(element: Element) -> bytes:
    """The whole bytes that a bit string holds.

    Raises:
        ValueError: It is none.
    """
    if element.tag != BIT_STRING or element.content[:1] != b"\0":
        raise ValueError("a bit string is missing")
    return element.content[1:]


def _values(data: bytes) -> Iterator[Element]:
    at = 0
    while at < len(data):
        if len(data) - at < _HEADER:
            raise ValueError("a value in DER is cut short")
        start, length = at + _HEADER, data[at + 1]
        if length >= _LONG:
            count = length - _LONG
            if not 0 < count <= _LONGEST_LENGTH:
                raise ValueError("a value in DER has no length")
            start, length = start + count, int.from_bytes(data[start : start + count], "big")
        if start + length > len(data):
            raise ValueError("a value in DER is cut short")
        yield Element(data[at], data[start : start + length], data[at : start + length])
        at = start + length


def value(tag: int, content: bytes) -> bytes:
    """One value of this kind."""
    length = len(content)
    if length < _LONG:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, _LONG + len(size)]) + size + content


def sequence(*values: bytes) -> bytes:
    """Several values, one after the other."""
    return value(SEQUENCE, b"".join(values))


def number(given: int) -> bytes:
    """A number that is not negative."""
    return value(INTEGER, given.to_bytes(given.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    """An object identifier, written with dots."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    content = bytearray([40 * first + second])
    for each in rest:
        groups = [each & 0x7F]
        while each := each >> 7:
            groups.append(0x80 | each & 0x7F)
        content += bytes(reversed(groups))
    return value(OID, bytes(content))


def bit_string(content: bytes, unused: int = 0) -> bytes:
    """Bits; *unused* are left over in the last byte."""
    return value(BIT_STRING, bytes([unused]) + content)
