"""What a review knows of a connector: its parts, the facts about it, its certificates, and the picture of it.

Not here: reading it from templates (`reading.py`), and comparing two (`comparing.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from saml_connectors.provider.jumpcloud.contract import SIGNING_CERTIFICATE

if TYPE_CHECKING:
    from saml_connectors.cloudformation import Resource, Template
    from saml_connectors.review.certificates import Certificate
    from saml_connectors.review.facts import Fact


class Place(NamedTuple):
    """Which resource of which template."""

    template: str
    """What the template is called on both sides of a comparison."""

    logical_id: str


class Node(NamedTuple):
    """Something in the picture of a connector."""

    kind: str
    """`directory`, `group`, `application` or `aws`."""

    name: str
    """As `values.text` writes it."""

    owner: str = ""
    """In a picture of several connectors, the one that it belongs to.  Default: they share it."""


class Link(NamedTuple):
    """Somebody, or something, that leads to something else."""

    start: Node
    end: Node


class Signing(NamedTuple):
    """Which certificates of an application AWS trusts, and with which one it signs."""

    signs: str
    trusted: tuple[str, ...]
    """Names, the original first, the others sorted."""

    prints: tuple[tuple[str, str], ...] = ()
    """Name and fingerprint of each, as far as synthesis knows it: another fingerprint is another certificate."""

    def is_same(self, name: str, other: Signing) -> bool:
        """Whether both know a certificate by *name*, and it is one."""
        mine, others = dict(self.prints).get(name), dict(other.prints).get(name)
        return mine is not None and mine == others


def _around(template: Template) -> tuple[object, ...]:
    """What the functions of a template may refer to."""
    known = (template.data.get("Mappings"), template.data.get("Parameters"))
    return (*known, frozenset(template.resources), template.region, template.account, template.stack_name)


_NAMING = {"AWS::IAM::Role", "AWS::IAM::SAMLProvider", "AWS::Cognito::UserPoolIdentityProvider", SIGNING_CERTIFICATE}
"""Types whose references read as a name that they have."""


@dataclass(frozen=True)
class Part:
    """One resource of a connector."""

    place: Place
    type: str
    what: str
    """In a word: `user pool`."""

    name: str
    """As `values.text` writes it."""

    read_fields: Callable[[], Mapping[str, str]] = field(repr=False, compare=False)
    """Reads `fields`, where they are asked for."""

    resource: Resource = field(repr=False, compare=False)

    signing: Signing | None = None
    """For an application whose certificates the template names."""

    beside: tuple[Resource, ...] = field(default=(), repr=False, compare=False)
    """Other resources that say something of it."""

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """All that is said of it, by the names of the service that it is part of."""
        return self.read_fields()

    def says_what(self, other: Part) -> bool:
        """Whether it is certain to have the same fields as *other*, without reading them: all is declared alike."""
        return self._declared == other._declared

    @cached_property
    def _declared(self) -> list[object]:
        """What the fields are read from: the resources, what gives them names, and what their functions refer to."""
        found: list[object] = [self.resource.template.keep(_around)]
        for resource in (self.resource, *self.beside):
            found.append(resource.declared)
            named = (resource.template.resources[name] for name in sorted(resource.references))
            found += [each.declared for each in named if each.type in _NAMING]
        return found

    @property
    def stays(self) -> bool:
        """Whether it stays where it is when it leaves its template."""
        return self.resource.declared.get("DeletionPolicy") in {"Retain", "RetainExceptOnCreate"}

    @property
    def location(self) -> tuple[str, str, int | None, str]:
        """For programs: file, template's name, line, construct."""
        template = self.resource.template
        return template.file, template.name, template.line_of(self.place.logical_id), self.resource.path


@dataclass(frozen=True)
class Connector:
    """One way to sign in, as the templates show it."""

    name: str
    kind: str
    """`cognito-user-pool`, `iam`, `identity-center`, `bookmark` or `application`."""

    anchors: frozenset[Place]
    """What it is known by on the other side of a comparison."""

    parts: tuple[Part, ...]
    facts: Mapping[Fact, Place]
    """Each with the resource that says so."""

    certificates: tuple[Certificate, ...] = ()
    links: frozenset[Link] = frozenset()
    directories: tuple[str, ...] = ()
    """Addresses of the directories' APIs."""

    @cached_property
    def by_place(self) -> dict[Place, Part]:
        """The parts by their place."""
        return {part.place: part for part in self.parts}

    @property
    def templates(self) -> tuple[str, ...]:
        """What the templates are called that hold its parts."""
        return tuple(sorted({part.place.template for part in self.parts}))

    def of_type(self, kind: str) -> list[Part]:
        """The parts of a resource type."""
        return [part for part in self.parts if part.type == kind]


class Function(NamedTuple):
    """A Lambda function that sign-in, or its deployment, depends on."""

    what: str
    code: str
    """Tells one code from another."""

    settings: str
    """The same for what it is told: environment, handler and run time."""


@dataclass(frozen=True)
class Reading:
    """All connectors of an assembly."""

    connectors: tuple[Connector, ...]
    functions: Mapping[Place, Function]
    templates: Mapping[str, Template]
    """By what they are called, those without a connector too."""
