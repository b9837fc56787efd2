"""What only a deployed stack knows of its template: physical ids, attributes, parameters and exports.

Not here: asking a stack for them (`saml_connectors.deployed`), and what functions make of them (`intrinsics.py`).
"""

from __future__ import annotations

from typing import Any


class Deployed:
    """Knows nothing, as synthesis does; who has looked at a stack overrides what it knows."""

    def attribute(self, logical_id: str, attribute: str) -> Any:
        """An attribute of a resource, or what `Ref` gives where *attribute* is `Ref`; None where it is not known."""

    def parameter(self, name: str) -> Any:
        """A parameter, or a pseudo parameter; None where it is not known."""

    def export(self, name: str) -> Any:
        """What another stack exports as *name*; None where it is not known."""


NOT_DEPLOYED = Deployed()
