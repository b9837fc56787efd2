"""Resources that are in the templates of both sides, but part of a connector on one side only.

An app client that no longer offers an identity provider is still there: who compares must see what it became.
Not here: comparing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from saml_connectors.review.reading_cognito import CLIENT, client_facts, part_of_pool

if TYPE_CHECKING:
    from saml_connectors.review.model import Connector, Part, Reading


def is_in(part: Part, other: Reading) -> bool:
    """Whether the resource of *part* is in the templates of *other*, as a resource of the same type."""
    template = other.templates.get(part.place.template)
    resource = template.resources.get(part.place.logical_id) if template else None
    return resource is not None and resource.type == part.type


def with_staying(connector: Connector, beside: Connector, reading: Reading) -> Connector:
    """*connector* of *reading* with the app clients that only *beside*, its other side, has, where they are there."""
    found, facts = [], dict(connector.facts)
    for part in beside.of_type(CLIENT):
        if part.place not in connector.by_place and is_in(part, reading):
            resource = reading.templates[part.place.template].resources[part.place.logical_id]
            found.append(part_of_pool(part.place, resource))
            facts.update(dict.fromkeys(client_facts(resource), part.place))
    return replace(connector, parts=(*connector.parts, *found), facts=facts) if found else connector
