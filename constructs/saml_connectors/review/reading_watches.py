"""What a stack watches the end of, and the functions that sign-in depends on, as a review tells them.

Not here: connectors.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from saml_connectors.cloudformation.intrinsics import plain_text
from saml_connectors.provider.identity_store import contract as identity_store
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review import facts
from saml_connectors.review.grouping import POOL
from saml_connectors.review.held import Held, referred
from saml_connectors.review.model import Function, Place
from saml_connectors.review.values import compact, digest, fields_of, without_secrets

if TYPE_CHECKING:
    from saml_connectors.cloudformation import Resource
    from saml_connectors.review.facts import Fact

RULE, FUNCTION = "AWS::Events::Rule", "AWS::Lambda::Function"
_ITEMS, _WHAT, _CONNECTOR, _EXPIRES_AT = "Items", "What", "Connector", "ExpiresAt"
_SERVED = (*contract.TYPES, identity_store.GROUP)
_CODE = frozenset({"Code"})
_TELLING = ("Environment", "Handler", "Runtime")


def watched(rule: Resource) -> Iterator[tuple[str, Fact]]:
    """What a rule has measured: the connector's name, and the fact."""
    targets = rule.get("Targets")
    for index in range(len(targets) if isinstance(targets, list) else 0):
        for item in _items(plain_text(rule.get("Targets", index, "Input"))):
            what, connector, ends = (item.get(name) for name in (_WHAT, _CONNECTOR, _EXPIRES_AT))
            if isinstance(what, str) and isinstance(ends, str):
                name = connector if isinstance(connector, str) else ""
                yield name, facts.of("watched", what=without_secrets(what), ends=without_secrets(ends))


def _items(given: str | None) -> list[dict[str, Any]]:
    try:
        data = json.loads(given) if given else None
    except (ValueError, RecursionError):
        return []
    listed = data.get(_ITEMS) if isinstance(data, dict) else None
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def functions(held: Held) -> dict[Place, Function]:
    """The functions behind our resources, and the triggers of user pools."""
    found: dict[Place, tuple[Resource, str]] = {}
    for resource in held.of_type(*_SERVED):
        what = "looks groups up" if resource.type == identity_store.GROUP else "writes to the directory"
        for function in referred(resource, "ServiceToken"):
            found.setdefault(held.place(function), (function, what))
    for pool in held.of_type(POOL):
        triggers = pool.get("LambdaConfig")
        for name in sorted(triggers if isinstance(triggers, dict) else ()):
            for function in _below(pool, "LambdaConfig", name):
                found.setdefault(held.place(function), (function, f"is the pool's trigger {name}"))
    return {place: _function(*each) for place, each in found.items()}


def _below(pool: Resource, *path: str) -> Iterator[Resource]:
    inner = pool.get(*path)
    for way in [(*path, key) for key in inner] if isinstance(inner, dict) else [path]:
        yield from (each for each in referred(pool, *way) if each.type == FUNCTION)


def _function(function: Resource, what: str) -> Function:
    code = function.get("Code")
    settings = {
        name: given
        for name, given in fields_of(function, _CODE).items()
        if name.partition(".")[0].partition("[")[0] in _TELLING
    }
    # The asset's name alone: the bucket says where it lies, which is nothing to anybody.
    telling = (
        {name: code[name] for name in ("S3Key", "S3ObjectVersion", "ImageUri", "ZipFile") if name in code}
        if isinstance(code, dict)
        else {}
    )
    return Function(
        what,
        digest(compact(telling, function.template)),
        ", ".join(f"{name} = {given}" for name, given in settings.items()),
    )
