"""Single values judged by the rules that specs have for them: the same limits, in the same words.

Not here: the rules, which the spec's parts own.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError


class SpecValue:
    """One kind of value of a spec.

    Args:
        kind: Its annotated type, as in `spec.tag.TagKey`.
    """

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._adapter: TypeAdapter[Any] | None = None

    def broken(self, value: object) -> str | None:
        """The rule that *value* breaks, without the value; None where it breaks none."""
        if self._adapter is None:  # most templates ask for few kinds, and each takes a while to make
            self._adapter = TypeAdapter(self._kind)
        try:
            self._adapter.validate_python(value)
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)[0]
            return str(details.get("ctx", {}).get("rule") or details["msg"].lower())
        return None
