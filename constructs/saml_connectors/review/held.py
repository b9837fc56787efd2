"""The templates of an assembly as one set of resources, with the lookups that reading connectors needs.

Not here: which resources make a connector (`grouping.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from saml_connectors.cloudformation.intrinsics import Reference, parts_of
from saml_connectors.review.model import Place
from saml_connectors.review.values import text

if TYPE_CHECKING:
    from saml_connectors.cloudformation import Assembly, Resource, Template


@dataclass(frozen=True)
class Held:
    """Resources of all templates.

    Args:
        called: The templates by what they are called.
    """

    called: Mapping[str, Template]

    @staticmethod
    def of(assembly: Assembly, other_names: Mapping[str, str] | None = None) -> Held:
        """The templates of *assembly*; *other_names*: what some are called instead, on the other side."""
        names = names_of(assembly)
        return Held({(other_names or {}).get(name, name): template for name, template in names.items()})

    @cached_property
    def _calls(self) -> dict[int, str]:
        return {id(template): name for name, template in self.called.items()}

    def of_type(self, *types: str) -> list[Resource]:
        """Resources of these types, in all templates."""
        return [resource for template in self.called.values() for resource in template.of_type(*types)]

    def place(self, resource: Resource) -> Place:
        """Which resource it is."""
        return Place(self._calls[id(resource.template)], resource.logical_id)

    @cached_property
    def users(self) -> dict[Place, list[Resource]]:
        """What refers to a resource, by its place."""
        found: dict[Place, list[Resource]] = {}
        for name, template in self.called.items():
            for resource in template.resources.values():
                for logical_id in sorted(resource.references):
                    found.setdefault(Place(name, logical_id), []).append(resource)
        return found

    def used_by(self, resource: Resource, *types: str) -> list[Resource]:
        """The resources of these *types* that refer to *resource*."""
        return [each for each in self.users.get(self.place(resource), ()) if each.type in types]


def names_of(assembly: Assembly) -> dict[str, Template]:
    """The templates by names of which no two are the same: region and account tell stacks of one name apart."""
    count = Counter(template.name for template in assembly.templates)
    found: dict[str, Template] = {}
    for template in assembly.templates:
        name = template.name
        if count[name] > 1:
            name = "@".join(filter(None, (name, template.account, template.region)))
        while name in found:
            name += "+"
        found[name] = template
    return found


def matched(new: Assembly, base: Assembly) -> dict[str, str]:
    """What templates of *base* are called in *new*, where that differs.

    A file is the other side's file where there is but one on each; a stack of another name is another stack.
    """
    names, before = names_of(new), names_of(base)
    if len(names) != 1 or len(before) != 1 or any(each.stack_name for each in (*names.values(), *before.values())):
        return {}
    return dict(zip(before, names, strict=True))


def value(resource: Resource, *path: str | int) -> str:
    """The text at *path* of a resource; nothing where there is none."""
    return text(resource.get(*path), resource.template)


def values(resource: Resource, *path: str | int) -> list[str]:
    """The texts of the list at *path*; of what is not known or no list, that alone."""
    found = resource.get(*path)
    listed = found if isinstance(found, list) else [] if found is None else [found]
    return [text(each, resource.template) for each in listed]


def rows(resource: Resource, name: str, first: str, second: str) -> list[tuple[str, str]]:
    """Pairs of a list of mappings; of what is not known, nothing."""
    found = resource.get(name)
    listed = found if isinstance(found, list) else []
    return [
        (text(each.get(first), resource.template), text(each.get(second), resource.template))
        for each in listed
        if isinstance(each, dict)
    ]


def referred(resource: Resource, *path: str | int) -> Iterator[Resource]:
    """The resources that the text at *path*, or those of the list there, refer to."""
    found = resource.get(*path)
    for each in found if isinstance(found, list) else [found]:
        for part in parts_of(each):
            if isinstance(part, Reference) and part.logical_id in resource.template.resources:
                yield resource.template.resources[part.logical_id]
