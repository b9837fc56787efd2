"""What the properties of a lookup ask for, typed: an application that another stack registered.

Not here: the other resources' properties (`desired.py`), and the application as it is.
"""

from __future__ import annotations

from typing import NamedTuple

from . import contract
from .desired import DirectoryRef, check_slug, directory_ref
from .properties import Properties

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Lookup(NamedTuple):
    """An application that another stack registered.  Without a template, one of any template."""

    directory: DirectoryRef
    slug: str
    template: str | None = None


def lookup(values: Mapping[str, Any], *, logical_id: str) -> Lookup:
    """Read the properties of a lookup."""
    read = Properties(values, contract.LOOKUP, logical_id)
    slug = read.text(contract.SLUG, needed=True) or ""
    check_slug(read, slug)
    made = Lookup(directory_ref(read), slug, read.text(contract.TEMPLATE))
    read.raise_if_wrong()
    return made
