"""Properties of a deployed resource as the provider was handed them, apart from those that nobody knows.

Pure.  Not here: what references stand for (`stack_values.py`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from saml_connectors.cloudformation import Reference, Resource, Text, Unknown
from saml_connectors.provider.jumpcloud import contract

_DYNAMIC = "{{resolve:"
_TOGETHER = (contract.TRUSTED_CERTIFICATES, contract.SIGNING_NAME, contract.SIGNING_SECRET)
"""Properties of which one says nothing without the others."""


class NotKnown(NamedTuple):
    """A field of a resource of which nobody can say what it should be."""

    resource: str
    """Its logical id."""

    field: str
    """Its property; `*` where it is all of them."""

    why: str

    def to_json(self) -> dict[str, str]:
        """For programs."""
        return {"resource": self.resource, "field": self.field, "why": self.why}


def resolved(resource: Resource) -> tuple[dict[str, Any], list[NotKnown]]:
    """The properties of *resource* that are known to their last part, and what is not known of the others."""
    whole = resource.get()
    if isinstance(whole, Unknown):
        return {}, [NotKnown(resource.logical_id, "*", whole.why)]
    given: dict[str, Any] = {}
    unknown: list[NotKnown] = []
    for name, value in resource.properties.items():
        why = why_unknown(value)
        if why is None:
            given[name] = value
        else:
            unknown.append(NotKnown(resource.logical_id, name, why))
    if any(each.field in _TOGETHER for each in unknown):
        given = {name: value for name, value in given.items() if name not in _TOGETHER}
    return given, unknown


def why_unknown(value: Any) -> str | None:
    """What in an evaluated value is not known; None where all of it is."""
    if isinstance(value, Unknown):
        return value.why
    if isinstance(value, Reference):
        return f"{value.attribute} of {value.logical_id}"
    if isinstance(value, str):
        return "a dynamic reference" if _DYNAMIC in value else None
    parts: Any = value.parts if isinstance(value, Text) else value
    if isinstance(value, dict):
        parts = value.values()
    if not isinstance(parts, str | int | float | None):
        return next((why for why in map(why_unknown, parts) if why is not None), None)
    return None
