"""The custom resources of connectors in a template: applications in the directory, what they send, who sees them.

Not here: judging them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from saml_connectors.aws_sign_in import ROLE, ROLE_ATTRIBUTES, SIGN_IN, principal_tag
from saml_connectors.checks.arns import read_arn, split
from saml_connectors.checks.known_values import known, text_of
from saml_connectors.checks.known_values import parts as parts_of
from saml_connectors.checks.saml_trusts import PROVIDER, Trust, federated_with, saml_trusts
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.cloudformation.intrinsics import Part, Reference, Unknown, joined
from saml_connectors.provider.jumpcloud import contract

IDP = "AWS::Cognito::UserPoolIdentityProvider"
_METADATA = {
    PROVIDER: (("SamlMetadataDocument",),),
    IDP: (("ProviderDetails", "MetadataFile"), ("ProviderDetails", "MetadataURL")),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One SAML attribute that an application sends."""

    name: str
    path: str
    """Where it stands."""

    is_constant: bool
    """Whether it is the same for everybody."""

    value: Any
    """The constant, or the name of the directory property, evaluated."""


@dataclass(frozen=True, eq=False)
class Application:
    """An application that the template registers."""

    resource: Resource

    @cached_property
    def is_bookmark(self) -> bool:
        """Whether it only opens a URL."""
        return text_of(self.resource, contract.TEMPLATE) == contract.BOOKMARK_TEMPLATE

    @cached_property
    def sent(self) -> tuple[Sent, ...] | None:
        """The attributes that it sends; None where one of them is not known."""
        found: list[Sent] = []
        for name in (contract.USER_ATTRIBUTES, contract.CONSTANT_ATTRIBUTES):
            rows = self.resource.items(name)
            for index, row in enumerate(rows or ()):
                attribute = known(row.get(contract.NAME)) if isinstance(row, dict) else None
                if attribute is None:
                    return None
                is_constant = name == contract.CONSTANT_ATTRIBUTES
                value = row.get(contract.VALUE if is_constant else contract.SOURCE)
                found.append(Sent(attribute, f"Properties.{name}[{index}]", is_constant, value))
            if rows is None:
                return None
        return tuple(found)

    @cached_property
    def is_complete(self) -> bool:
        """Whether everything that it sends is known: no attribute is left to the directory's template."""
        lists = (contract.USER_ATTRIBUTES, contract.CONSTANT_ATTRIBUTES)
        return self.sent is not None and all(self.resource.items(name) for name in lists)

    def of(self, name: str) -> list[Sent]:
        """The attributes called *name* that it sends."""
        return [one for one in self.sent or () if one.name == name]

    @cached_property
    def tags(self) -> dict[str, Sent]:
        """The session tags that it sends, by key."""
        prefix = principal_tag("")
        return {one.name.removeprefix(prefix): one for one in self.sent or () if one.name.startswith(prefix)}

    @cached_property
    def is_for_aws(self) -> bool:
        """Whether it is for sign-in to AWS itself, in roles."""
        entity_id = text_of(self.resource, contract.SP_ENTITY_ID)
        return entity_id in {each.sp_entity_id for each in SIGN_IN.values()} or bool(
            any(one.name.startswith(ROLE_ATTRIBUTES) and "AccessControl:" not in one.name for one in self.sent or ())
        )

    @cached_property
    def consumers(self) -> list[Resource]:
        """The identity providers of the template whose metadata is made of what it tells of itself."""
        return self.resource.template.keep(_consumers_by_source).get(self.resource.logical_id, [])

    @cached_property
    def role_values(self) -> list[tuple[Resource, str, Any]]:
        """The values of Role that people are sent, as constants or by their groups: resource, place and value."""
        own = [one for one in self.of(ROLE) if one.is_constant]
        found = [(self.resource, f"{one.path}.{contract.VALUE}", one.value) for one in own]
        inherited = {known(one.value) for one in self.of(ROLE) if not one.is_constant}
        for resource, path, name, value in group_values(self.resource.template):
            if name is not None and name in inherited:
                found.append((resource, path, value))
        return [each for each in found if each[2] is not None]

    @cached_property
    def roles(self) -> list[Trust]:
        """The roles of the template that it offers: those it names, or else those that trust its provider."""
        template = self.resource.template
        if self.role_values:
            made = (role_made(read_role_value(value)[0], template) for _, _, value in self.role_values)
            trusted = template.keep(_trust_of_role)
            return [
                trusted[name] for name in dict.fromkeys(each.logical_id for each in made if each) if name in trusted
            ]
        if self.of(ROLE):
            return []  # groups carry them that another stack writes
        return [trust for one in self.consumers if one.type == PROVIDER for trust in federated_with(one)]


def applications(template: Template) -> list[Application]:
    """The applications that *template* registers, bookmarks too."""
    return template.keep(_applications)


def offering(role: Resource) -> list[Application]:
    """The applications of the template that offer *role*."""
    return role.template.keep(_offering).get(role.logical_id, [])


def group_values(template: Template) -> list[tuple[Resource, str, str | None, Any]]:
    """What groups are given: resource, place, name of the attribute, and value."""
    return template.keep(_group_values)


def consumers(template: Template) -> list[Resource]:
    """The identity providers that have SAML metadata."""
    return template.of_type(*_METADATA)


def metadata_parts(consumer: Resource) -> tuple[Any, ...]:
    """The metadata of an identity provider, in parts."""
    return tuple(part for path in _METADATA[consumer.type] for part in parts_of(consumer.get(*path)))


def sources(consumer: Resource) -> list[Resource]:
    """The resources that an identity provider's metadata is made of."""
    known = consumer.template.resources
    names = dict.fromkeys(part.logical_id for part in metadata_parts(consumer) if isinstance(part, Reference))
    return [known[name] for name in names if name in known]


def read_role_value(value: Any) -> tuple[Any, Any]:
    """Role and provider of a value of the attribute Role: each evaluated; None where it is not of this form."""
    pieces = split(value, ",")
    if len(pieces) != len(("role", "provider")):
        return None, None
    first, second = (_evaluated(piece) for piece in pieces)
    return (second, first) if _is_provider(first) else (first, second)


def is_turned_round(value: Any) -> bool:
    """Whether a value of the attribute Role names the provider before the role."""
    pieces = split(value, ",")
    return bool(pieces) and _is_provider(_evaluated(pieces[0]))


def role_made(value: Any, template: Template) -> Resource | None:
    """The role of *template* that an evaluated *value* is the ARN of, by reference or by name and path."""
    parts = parts_of(value)
    if len(parts) == 1 and isinstance(parts[0], Reference):
        found = template.resources.get(parts[0].logical_id)
        return found if found is not None and found.type == "AWS::IAM::Role" else None
    arn = read_arn(value)
    name = arn.named("role/") if arn is not None and arn.is_of(template) else None
    return template.keep(_roles_by_name).get(name) if name else None


def path_and_name(role: Resource) -> str | None:
    """A role's path and name as its ARN has them, where both are known."""
    name, path = text_of(role, "RoleName"), text_of(role, "Path") if role.has("Path") else "/"
    return None if name is None or path is None else f"{path.removeprefix('/')}{name}"


def _applications(template: Template) -> list[Application]:
    return [Application(resource) for resource in template.of_type(contract.APPLICATION)]


def _offering(template: Template) -> dict[str, list[Application]]:
    found: dict[str, list[Application]] = {}
    for application in applications(template):
        for trust in application.roles:
            found.setdefault(trust.role.logical_id, []).append(application)
    return found


def _consumers_by_source(template: Template) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for one in consumers(template):
        for source in sources(one):
            found.setdefault(source.logical_id, []).append(one)
    return found


def _trust_of_role(template: Template) -> dict[str, Trust]:
    return {trust.role.logical_id: trust for trust in saml_trusts(template)}


def _roles_by_name(template: Template) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    for role in template.of_type("AWS::IAM::Role"):
        name = path_and_name(role)
        if name is not None:
            found.setdefault(name, role)
    return found


def _group_values(template: Template) -> list[tuple[Resource, str, str | None, Any]]:
    return list(_each_group_value(template))


def _each_group_value(template: Template) -> Iterator[tuple[Resource, str, str | None, Any]]:
    for resource in template.of_type(contract.GROUP_ATTRIBUTES):
        for index, row in enumerate(resource.items(contract.ATTRIBUTES) or ()):
            if isinstance(row, dict):
                path = f"Properties.{contract.ATTRIBUTES}[{index}].{contract.VALUE}"
                yield resource, path, known(row.get(contract.NAME)), row.get(contract.VALUE)


def _evaluated(parts: tuple[Part, ...]) -> Any:
    """One half of a value of the attribute Role, without the white space around it."""
    first, last = parts[:1], parts[-1:]
    if first and isinstance(first[0], str):
        parts = (first[0].lstrip(), *parts[1:])
    if last and isinstance(last[0], str):
        parts = (*parts[:-1], str(parts[-1]).rstrip())
    return parts[0] if len(parts) == 1 and isinstance(parts[0], Unknown) else joined(parts)


def _is_provider(value: Any) -> bool:
    return any(isinstance(part, str) and ":saml-provider/" in part for part in parts_of(value))
