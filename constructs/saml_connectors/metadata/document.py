"""An XML document from a stranger, read within bounds: no DOCTYPE, no entities, not too large, not too deep.

Not here: what its elements mean.  The tree is xmltodict's, with every name as `namespace:local`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final
from xml.parsers import expat

from saml_connectors.problems import Problem, SpecError

WHAT: Final = "the SAML metadata"

MAX_BYTES: Final = 1 << 20
"""Real documents are 2 to 100 kB; ten times the longest that Cognito takes is enough."""

MAX_DEPTH: Final = 64
MAX_ELEMENTS: Final = 20_000
MAX_NAMESPACE: Final = 512
"""A namespace's name is copied into the name of every element that is in it: a long one multiplies."""

_DECLARED_ENCODING: Final = re.compile(r"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")

_SAME_AS_UTF_8: Final = ("utf-8", "utf8", "us-ascii", "ascii")
_CODECS: Final = {"iso-8859-1": "iso-8859-1", "latin1": "iso-8859-1", "windows-1252": "windows-1252"}
"""What a document may declare besides.  Any other is read as UTF-8, and refused where it is not."""

_WEB_PAGE: Final = re.compile(r"\s{0,99}<(!doctype\s+html|html)\b", re.IGNORECASE)
_INSTEAD_OF_A_WEB_PAGE: Final = "this is a web page: export the metadata from the directory instead"

_BYTE_ORDER_MARK: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class Element:
    """One element of the tree."""

    name: str
    """`namespace:local`, or the local name where it is in no namespace."""

    content: Any

    def attribute(self, name: str) -> str | None:
        """The value of an attribute without a namespace; None where it is absent."""
        value = self.content.get(f"@{name}") if isinstance(self.content, dict) else None
        return value if isinstance(value, str) else None

    def children(self, name: str) -> list[Element]:
        """The child elements of that name, in the document's order."""
        if not isinstance(self.content, dict) or name not in self.content:
            return []
        found = self.content[name]
        return [Element(name, one) for one in (found if isinstance(found, list) else [found])]

    @property
    def text(self) -> str:
        """The text directly in it, without the space around it."""
        content = self.content.get("#text") if isinstance(self.content, dict) else self.content
        return content if isinstance(content, str) else ""


@dataclass(frozen=True, slots=True)
class Document:
    """A well-formed document within bounds."""

    root: Element
    text: str
    """The document as text, without a byte order mark."""

    byte_order_mark: bool
    other_encoding: str | None
    """The encoding it is in, or declares, where that is not UTF-8."""


def read(xml: str | bytes) -> Document:
    """The document that *xml* holds.

    Raises:
        SpecError: Where it is none, or one that is not read: `metadata-not-xml`, `metadata-doctype`,
            `metadata-too-large`.
    """
    import xmltodict  # type: ignore[import-untyped]  # noqa: PLC0415 - it ships no types; urllib.request comes with it

    text, encoding = _decoded(xml)
    marked = text.startswith(_BYTE_ORDER_MARK)
    text = text.removeprefix(_BYTE_ORDER_MARK)
    try:
        octets = text.encode("utf-8")
    except UnicodeEncodeError:
        raise _refusal("metadata-not-xml", "must be well-formed XML", given="half of a surrogate pair") from None
    if len(octets) > MAX_BYTES:
        raise _too_large(f"{len(octets)} bytes", f"at most {MAX_BYTES} bytes long")
    try:
        _refuse_unbounded(octets)
        tree = xmltodict.parse(text, process_namespaces=True, disable_entities=True)
    except SpecError:
        raise
    except (expat.ExpatError, ValueError) as error:
        given = str(error) if text.strip() else "nothing"
        fix = _INSTEAD_OF_A_WEB_PAGE if _WEB_PAGE.match(text) else None
        raise _refusal("metadata-not-xml", "must be well-formed XML", given=given, fix=fix) from None
    ((name, content),) = tree.items()
    declared = _DECLARED_ENCODING.match(text)
    encodings = {encoding, declared[1].lower() if declared else "utf-8"} - set(_SAME_AS_UTF_8)
    return Document(Element(name, content), text, marked, min(encodings, default=None))


def _decoded(xml: str | bytes) -> tuple[str, str]:
    """The text of the document, and the encoding it was read with."""
    if isinstance(xml, str):
        return xml, "utf-8"
    if len(xml) > 2 * MAX_BYTES:
        raise _too_large(f"{len(xml)} bytes", f"at most {MAX_BYTES} bytes long")
    codec = _codec(xml)
    try:
        return xml.decode(codec), codec
    except UnicodeDecodeError as error:
        given = f"byte {xml[error.start]:#04x} at offset {error.start}, which is not {codec}"
        raise _refusal("metadata-not-xml", "must be well-formed XML", given=given) from None


def _codec(xml: bytes) -> str:
    if xml.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"  # keeps no byte order mark
    if xml.startswith(b"<\x00"):
        return "utf-16-le"
    if xml.startswith(b"\x00<"):
        return "utf-16-be"
    declared = _DECLARED_ENCODING.match(xml[:300].decode("latin-1"))
    return _CODECS.get(declared[1].lower(), "utf-8") if declared else "utf-8"


def _refuse_unbounded(octets: bytes) -> None:
    """Walk the document once, without building anything, and stop at what may grow beyond bounds."""
    parser = expat.ParserCreate("utf-8")
    depth = 0
    elements = 0

    def doctype(name: str, *_: object) -> None:
        fix = "remove it: metadata needs none"
        if name.lower() == "html":
            fix = _INSTEAD_OF_A_WEB_PAGE
        raise _refusal("metadata-doctype", "must have no DOCTYPE", given=f"one of {name[:40]!r}", fix=fix)

    def start(_: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1
        if depth > MAX_DEPTH:
            raise _too_large("deeper ones", f"at most {MAX_DEPTH} elements deep")
        if elements > MAX_ELEMENTS:
            raise _too_large("more", f"at most {MAX_ELEMENTS} elements long")
        for name, value in attributes.items():
            if name.startswith("xmlns") and len(value) > MAX_NAMESPACE:
                rule = f"built of namespaces with names of at most {MAX_NAMESPACE} characters"
                raise _too_large(f"{len(value)}", rule)

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.Parse(octets, True)


def _too_large(given: str, rule: str) -> SpecError:
    return _refusal("metadata-too-large", f"must be {rule}", given=given)


def _refusal(code: str, rule: str, *, given: str | None = None, fix: str | None = None) -> SpecError:
    return SpecError([Problem(code=code, rule=rule, given=given, fix=fix)], WHAT)
