"""Plain data as the YAML of a spec, with comments at its head.

Pure.  Not here: reading YAML, which refuses more than it writes (`source.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from saml_connectors.spec.findings import visible

WIDTH = 110


def write_yaml(data: Mapping[str, Any], comments: Iterable[str] = ()) -> str:
    """*data* in the order that it has, under *comments*: one line each, whatever is in them."""
    head = "".join(f"# {visible(line)}\n" for line in comments)
    return head + yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=WIDTH)
