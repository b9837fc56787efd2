"""One template: its resources as a graph, with properties whose functions have been followed.

Not here: reading files (`document.py`, `assembly.py`), and the functions themselves (`intrinsics.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from saml_connectors.cloudformation.deployed import NOT_DEPLOYED, Deployed
from saml_connectors.cloudformation.intrinsics import (
    Part,
    Reference,
    Surroundings,
    Text,
    Unknown,
    evaluate,
    is_expanded,
    parts_of,
    plain_text,
)
from saml_connectors.cloudformation.lines import resource_lines
from saml_connectors.cloudformation.references import references_in
from saml_connectors.endpoints import partition_of

if TYPE_CHECKING:
    from collections.abc import Callable

Kept = TypeVar("Kept")

_URL_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}
_CDK_PATH = "aws:cdk:path"


class Acknowledgement(NamedTuple):
    """What the CDK's `Validations.of(…).acknowledge(…)` says about a construct of a stack."""

    path: str
    """The construct's path; it counts for what is below it too."""

    id: str
    """Name of a plugin and of its rule, as in `saml-connectors::metadata-expired`."""

    reason: str


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource of a template; equal only to itself."""

    logical_id: str
    type: str
    """As in `AWS::Cognito::UserPool`."""

    template: Template = field(repr=False)
    declared: Mapping[str, Any] = field(repr=False)
    """What the template says of it, functions and all."""

    @cached_property
    def _evaluated(self) -> Any:
        return self.template.evaluate(self.declared.get("Properties"))

    @property
    def properties(self) -> dict[str, Any]:
        """Its properties, functions followed: `Text` and `Unknown` stand for what is not known."""
        return self._evaluated if isinstance(self._evaluated, dict) else {}

    @cached_property
    def metadata(self) -> Mapping[str, Any]:
        """Its section `Metadata`, as declared."""
        found = self.declared.get("Metadata")
        return found if isinstance(found, dict) else {}

    @property
    def path(self) -> str:
        """The construct's path as the CDK tells it, in the template or beside it; without the CDK, the logical id."""
        found = self.metadata.get(_CDK_PATH)
        return found if isinstance(found, str) else self.template.construct_paths.get(self.logical_id, self.logical_id)

    @property
    def is_conditional(self) -> bool:
        """Whether a condition decides at deployment if it is there."""
        return "Condition" in self.declared

    def get(self, *path: str | int) -> Any:
        """The value at *path* below the properties, functions followed; None where there is none.

        `Unknown` where a part of the way is not known.
        """
        found: Any = self._evaluated
        for step in path:
            if isinstance(found, Unknown):
                return found
            if isinstance(found, dict):
                found = found.get(str(step))
            elif isinstance(found, list) and isinstance(step, int) and 0 <= step < len(found):
                found = found[step]
            else:
                return None
        return found

    def text(self, *path: str | int) -> str | None:
        """The value at *path* where it is a text, a number or a boolean, and known; booleans as `true` and `false`."""
        return plain_text(self.get(*path))

    def parts(self, *path: str | int) -> tuple[Part, ...]:
        """The text at *path* in parts, known and unknown; nothing where there is none."""
        return parts_of(self.get(*path))

    def flag(self, *path: str | int) -> bool | None:
        """The value at *path* as a truth value; None where it is absent, unknown, or none."""
        found = self.text(*path)
        return {"true": True, "false": False}.get(found.lower()) if found is not None else None

    def items(self, *path: str | int) -> list[Any] | None:
        """The list at *path*; empty where it is absent, None where it is not known or no list."""
        found = self.get(*path)
        if found is None:
            return []
        return found if isinstance(found, list) else None

    def has(self, *path: str | int) -> bool:
        """Whether something is there, known or not."""
        return self.get(*path) is not None

    def target(self, *path: str | int) -> Resource | None:
        """The resource of the template that the value at *path* refers to, where it is nothing but that reference."""
        parts = self.parts(*path)
        if len(parts) == 1 and isinstance(parts[0], Reference):
            return self.template.resources.get(parts[0].logical_id)
        return None

    @cached_property
    def references(self) -> frozenset[str]:
        """Logical ids of what its properties refer to, and of what it says it depends on."""
        known = self.template.resources
        found = {name for name in references_in(self.declared.get("Properties")) if name in known}
        depends_on = self.declared.get("DependsOn")
        names = depends_on if isinstance(depends_on, list) else [depends_on]
        return frozenset(found | {name for name in names if isinstance(name, str) and name in known})

    def comes_after(self, other: Resource) -> bool:
        """Whether CloudFormation makes *other* first, because of what depends on what."""
        seen: set[str] = set()
        waiting = list(self.references)
        while waiting:
            name = waiting.pop()
            if name == other.logical_id:
                return True
            if name not in seen:
                seen.add(name)
                waiting += self.template.resources[name].references
        return False


class Template:
    """One template of a stack.

    Args:
        data: The template.
        name: How it is told in findings: the stack's name, or the file.
        file: The file, as the caller named it.
        text: The file's text, for lines.  Default: there are no lines.
        region: Where it is deployed, where that is known.
        account: Likewise.
        stack_name: Name of the stack, where it is known.
        construct_paths: Paths of constructs by logical id, where the CDK notes them beside the template.
        acknowledgements: What the CDK's acknowledgements say of the stack's constructs.
        deployed: What is known of it where it is deployed.  Default: it is not.
    """

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        name: str,
        file: str,
        text: str = "",
        region: str | None = None,
        account: str | None = None,
        stack_name: str | None = None,
        construct_paths: Mapping[str, str] | None = None,
        acknowledgements: tuple[Acknowledgement, ...] = (),
        deployed: Deployed = NOT_DEPLOYED,
    ) -> None:
        self.data = data
        self.name = name
        self.file = file
        self.region = region
        self.account = account
        self.stack_name = stack_name
        self.construct_paths = construct_paths or {}
        self.acknowledgements = acknowledgements
        self._text = text
        self._kept: dict[Callable[[Template], Any], Any] = {}
        declared = _section(data, "Resources")
        self.resources: dict[str, Resource] = {
            logical_id: Resource(logical_id, each["Type"], self, each)
            for logical_id, each in declared.items()
            if isinstance(each, dict) and isinstance(each.get("Type"), str)
        }
        """The resources by logical id; what has no type is none."""
        self._around = Surroundings(
            frozenset(self.resources),
            frozenset(_section(data, "Parameters")),
            _section(data, "Mappings"),
            dict(_pseudo(region, account, stack_name)),
            deployed,
        )
        self._by_type: dict[str, list[Resource]] = {}
        for resource in self.resources.values():
            self._by_type.setdefault(resource.type, []).append(resource)

    @property
    def has_more(self) -> bool:
        """Whether a macro may put more resources into it at deployment: then what is not there may still come."""
        return self.data.get("Transform") is not None or is_expanded(_section(self.data, "Resources"))

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of these types, in the template's order within each."""
        return [resource for each in types for resource in self._by_type.get(each, [])]

    def evaluate(self, value: Any) -> Any:
        """A value of the template with its functions followed."""
        return evaluate(value, self._around)

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """Values of the outputs by name, functions followed."""
        return {
            name: self.evaluate(each.get("Value"))
            for name, each in _section(self.data, "Outputs").items()
            if isinstance(each, dict)
        }

    @cached_property
    def exports(self) -> dict[str, Any]:
        """Values of the exports by the name that other stacks import them by, where that is known."""
        found = {}
        for name, each in _section(self.data, "Outputs").items():
            export = each.get("Export") if isinstance(each, dict) else None
            export_name = plain_text(self.evaluate(export.get("Name"))) if isinstance(export, dict) else None
            if export_name is not None:
                found[export_name] = self.outputs[name]
        return found

    def keep(self, make: Callable[[Template], Kept]) -> Kept:
        """What *make* gives for this template, worked out once."""
        if make not in self._kept:
            self._kept[make] = make(self)
        kept: Kept = self._kept[make]
        return kept

    @cached_property
    def _lines(self) -> dict[str, int]:
        return resource_lines(self._text, frozenset(self.resources))

    def line_of(self, logical_id: str) -> int | None:
        """Line on which a resource begins, from 1; None where the template's text is not at hand."""
        return self._lines.get(logical_id)


def _section(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _pseudo(region: str | None, account: str | None, stack_name: str | None) -> Iterator[tuple[str, str]]:
    if stack_name is not None:
        yield "AWS::StackName", stack_name
    if account is not None:
        yield "AWS::AccountId", account
    if region is not None:
        yield "AWS::Region", region
        partition = partition_of(region)
        yield "AWS::Partition", partition
        if partition in {"aws", "aws-cn", "aws-us-gov"}:
            yield "AWS::URLSuffix", _URL_SUFFIXES.get(partition, "amazonaws.com")


__all__ = ["Acknowledgement", "Part", "Reference", "Resource", "Template", "Text", "Unknown"]
