"""Whether two synthesized apps are the same but for their logical ids.

Not here: making them.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUNDS = 6
"""How far a name looks along references, in both directions: more than the longest chain of them in a connector."""


def normalized(template: dict[str, Any]) -> dict[str, Any]:
    """*template* with every logical id replaced by a name that follows from the resource and its neighbours.

    Raises:
        ValueError: Two resources have the same neighbourhood, so that their names would be the same.
    """
    resources: dict[str, Any] = template.get("Resources", {})
    users: dict[str, set[str]] = {logical_id: set() for logical_id in resources}
    for logical_id, resource in resources.items():
        for text in texts(resource):
            if text in users:
                users[text].add(logical_id)
    names = {logical_id: resource["Type"] for logical_id, resource in resources.items()}
    for _ in range(ROUNDS):
        names = {
            logical_id: f"{resource['Type']}:{_digest(resource, users[logical_id], names)}"
            for logical_id, resource in resources.items()
        }
    if len(set(names.values())) != len(names):
        raise ValueError("comparing templates: two resources of one template are the same; give each its own values")
    return {
        "Resources": {names[logical_id]: _renamed(resource, names) for logical_id, resource in resources.items()},
        **{section: _renamed(content, names) for section, content in template.items() if section != "Resources"},
    }


def read_templates(folder: Path) -> dict[str, dict[str, Any]]:
    """The templates of a cloud assembly by stack, normalized."""
    return {
        path.name.removesuffix(".template.json"): normalized(json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*.template.json"))
    }


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Where two normalized templates differ, as lines to read; nothing where they are the same."""
    found = []
    for side, here, there in (("first", one, other), ("second", other, one)):
        for section, content in here.items():
            for name, value in content.items():
                if there.get(section, {}).get(name) != value:
                    found.append(f"only the {side} has {section} {name}: {json.dumps(value, sort_keys=True)}")
    return found


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        renamed = {key: _renamed(each, names) for key, each in value.items()}
        if isinstance(renamed.get("DependsOn"), list):
            renamed["DependsOn"].sort()
        return renamed
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value


def texts(value: Any) -> Iterator[str]:
    """Every text in a part of a template, the ids of the resources that it names among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


def _digest(resource: Any, users: set[str], names: dict[str, str]) -> str:
    neighbourhood = [_renamed(resource, names), sorted(names[user] for user in users)]
    return hashlib.sha256(json.dumps(neighbourhood, sort_keys=True).encode()).hexdigest()[:16]
