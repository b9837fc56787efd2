"""Deploys the directory's side of a template to the sandbox's emulator, in this process, as CloudFormation would.

AWS's resources are not made: they are compared with those of the template before, and stand for themselves where
others refer to them.  Not here: what is deployed (`changes.py`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.provider_calls import DIRECTORY, Calls, Provider
from benchmarks.templates import texts
from saml_connectors.provider.jumpcloud import contract

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_PSEUDO_PARAMETERS = {"AWS::Partition": "aws", "AWS::AccountId": "111122223333", "AWS::Region": "eu-central-1"}
_OF_THE_FUNCTION = {"ServiceToken", "ServiceTimeout"}
_NO_CALLS = Calls(0, 0)


@dataclass(frozen=True, slots=True)
class Deployed:
    """What one deployment changed: types of resources, and calls to the directory."""

    added: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    calls: Calls = _NO_CALLS

    @property
    def is_nothing(self) -> bool:
        """Whether CloudFormation would have nothing to do."""
        return not (self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class _Made:
    """A resource as it was deployed: what `Ref` and `Fn::GetAtt` give, and the properties without references."""

    resource_type: str
    physical_id: str
    data: Mapping[str, str]
    properties: dict[str, Any]


class Deployment:
    """One stack in a directory of its own.

    Args:
        groups: The groups that the directory has beside those of its example.
    """

    def __init__(self, groups: Iterable[str]) -> None:
        self.provider = Provider()
        for name in groups:
            self.provider.directory.add_group(name)
        self._made: dict[str, _Made] = {}

    def deploy(self, template: Mapping[str, Any]) -> Deployed:
        """Bring the stack to *template*: what is new, then what differs, then what is gone."""
        added, changed, removed = Counter[str](), Counter[str](), Counter[str]()
        calls, resources = _NO_CALLS, template["Resources"]
        for logical_id in _in_order(resources):
            resource_type = resources[logical_id]["Type"]
            properties = self._resolved(resources[logical_id].get("Properties", {}))
            old = self._made.get(logical_id)
            if old is not None and old.properties == properties:
                continue
            (added if old is None else changed)[resource_type] += 1
            calls = calls.more(self._put(logical_id, resource_type, properties, old))
        for logical_id in [each for each in reversed(self._made) if each not in resources]:
            removed[self._made[logical_id].resource_type] += 1
            calls = calls.more(self._remove(logical_id))
        return Deployed(added, changed, removed, calls)

    def send_again(self) -> Calls:
        """Send each custom resource an update in which nothing differs."""
        calls = _NO_CALLS
        for logical_id, made in list(self._made.items()):
            calls = calls.more(self._put(logical_id, made.resource_type, made.properties, made))
        return calls

    def _put(self, logical_id: str, resource_type: str, properties: dict[str, Any], old: _Made | None) -> Calls:
        if resource_type not in contract.TYPES:
            self._made[logical_id] = _Made(resource_type, f"<{logical_id}>", {}, properties)
            return _NO_CALLS
        given = self._of_the_directory(properties)
        more: dict[str, Any] = {"LogicalResourceId": logical_id}
        if old is not None:
            more |= {
                "PhysicalResourceId": old.physical_id,
                "OldResourceProperties": self._of_the_directory(old.properties),
            }
        physical_id, calls = self.provider.send("Update" if old else "Create", resource_type, given, **more)
        self._made[logical_id] = _Made(resource_type, physical_id, self.provider.data, properties)
        return calls

    def _remove(self, logical_id: str) -> Calls:
        made = self._made.pop(logical_id)
        if made.resource_type not in contract.TYPES:
            return _NO_CALLS
        more = {"LogicalResourceId": logical_id, "PhysicalResourceId": made.physical_id}
        given = self._of_the_directory(made.properties)
        _, calls = self.provider.send("Delete", made.resource_type, given, **more)
        return calls

    @staticmethod
    def _of_the_directory(properties: dict[str, Any]) -> dict[str, Any]:
        """What the function is given, with the emulator as the directory."""
        given = {name: value for name, value in properties.items() if name not in _OF_THE_FUNCTION}
        return given | {contract.DIRECTORY: DIRECTORY}

    def _resolved(self, value: Any) -> Any:
        """A part of the template with all references followed, and texts where CloudFormation sends texts."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list):
            return [self._resolved(each) for each in value]
        if isinstance(value, dict):
            return self._followed(value)
        return value

    def _followed(self, value: dict[str, Any]) -> Any:
        match value:
            case {"Ref": name}:
                return _PSEUDO_PARAMETERS.get(name) or self._made[name].physical_id
            case {"Fn::GetAtt": [name, attribute]}:
                return self._attribute(name, attribute)
            case {"Fn::Join": [separator, parts]}:
                return separator.join(self._resolved(part) for part in parts)
        return {key: self._resolved(each) for key, each in value.items()}

    def _attribute(self, name: str, attribute: str) -> str:
        made = self._made[name]
        if made.resource_type in contract.TYPES:
            return made.data[attribute]
        return f"<{name}.{attribute}>"


def _in_order(resources: Mapping[str, Any]) -> Iterator[str]:
    """The ids of all resources, each after those that it refers to."""
    waiting = {name: {text for text in texts(each) if text in resources} - {name} for name, each in resources.items()}
    done: set[str] = set()
    while waiting:
        ready = [name for name, needs in waiting.items() if needs <= done]
        if not ready:
            raise ValueError(f"deploying a template: {', '.join(waiting)} wait for each other")
        for name in ready:
            del waiting[name]
            done.add(name)
            yield name
