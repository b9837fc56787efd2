"""Which names the functions in a value refer to: what depends on what.

Not here: what the functions give (`intrinsics.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from saml_connectors.cloudformation.intrinsics import is_function

_IN_SUB = re.compile(r"\$\{([^!}][^}]*)\}")


def references_in(value: Any) -> Iterator[str]:
    """Names that functions in *value* refer to; parameters too."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            if is_function(each):
                name, argument = next(iter(each.items()))
                if name == "Ref" and isinstance(argument, str):
                    yield argument
                elif name == "Fn::GetAtt":
                    first = argument.split(".", 1) if isinstance(argument, str) else argument
                    if isinstance(first, list) and first and isinstance(first[0], str):
                        yield first[0]
                elif name == "Fn::Sub":
                    template = argument[0] if isinstance(argument, list) and argument else argument
                    if isinstance(template, str):
                        yield from (match.split(".", 1)[0].strip() for match in _IN_SUB.findall(template))
            waiting += each.values()
