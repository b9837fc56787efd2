"""Connectors as templates show them: ours first, and others as far as their resources say.

Not here: comparing two readings (`comparing.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from saml_connectors import aws_sign_in
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review import facts
from saml_connectors.review.grouping import APPLICATIONS, OF_INSTANCE, OF_STORE, groups
from saml_connectors.review.held import Held, value, values
from saml_connectors.review.model import Connector, Link, Node, Part, Place, Reading
from saml_connectors.review.reading_applications import (
    Application,
    certificate_of_sp,
    read_application,
    read_lookup,
    read_signing_certificates,
)
from saml_connectors.review.reading_cognito import Cognito
from saml_connectors.review.reading_iam import (
    account_of,
    attributes_of,
    offered,
    providers_of,
    read_carrier,
    read_provider,
    read_role,
    role_name,
    role_node,
)
from saml_connectors.review.reading_identity_center import read_part
from saml_connectors.review.reading_identity_pool import IDENTITY_POOL, read_identity_pool
from saml_connectors.review.reading_stack_sets import STACK_SET, read_stack_set
from saml_connectors.review.reading_watches import RULE, functions, watched
from saml_connectors.review.role_values import read_arn
from saml_connectors.review.values import IDENTITY_PROVIDER, ROLE, SAML_PROVIDER, text, unnamed

if TYPE_CHECKING:
    from saml_connectors.cloudformation import Assembly, Resource
    from saml_connectors.review.certificates import Certificate
    from saml_connectors.review.facts import Fact

_PREFIX, _CONSTRUCT = "saml-connector-", "/Connector"
_PORTAL = Node("aws", "IAM Identity Center")


def read_connectors(assembly: Assembly, called: Mapping[str, str] | None = None) -> Reading:
    """The connectors of *assembly*, in the order of their names.

    Args:
        assembly: The templates.
        called: What templates are called on the other side of a comparison, where that differs.
    """
    held = Held.of(assembly, called)
    roles, named = _trusting(held), _named(held)
    carriers = held.of_type(contract.GROUP_ATTRIBUTES)
    built = [_Builder(held, anchors, roles, named, carriers) for anchors in groups(held)]
    _add_left_over(held, built, carriers)
    _add_watches(held, built)
    connectors = sorted((one.connector() for one in built), key=lambda each: (each.name, each.kind, min(each.anchors)))
    return Reading(tuple(connectors), functions(held), held.called)


def _trusting(held: Held) -> dict[str, list[Resource]]:
    """The roles that trust each federated principal."""
    found: dict[str, list[Resource]] = {}
    for role in held.of_type(ROLE):
        for principal in providers_of(role):
            found.setdefault(principal, []).append(role)
    return found


def _named(held: Held) -> dict[tuple[str, str], list[Resource]]:
    """The roles by name and account."""
    found: dict[tuple[str, str], list[Resource]] = {}
    for role in held.of_type(ROLE):
        found.setdefault((role_name(role), account_of(role.template)), []).append(role)
    return found


class _Builder:
    """Gathers one connector from its anchors."""

    def __init__(
        self,
        held: Held,
        anchors: list[Resource],
        trusting: Mapping[str, list[Resource]],
        named: Mapping[tuple[str, str], list[Resource]],
        carriers: list[Resource],
    ) -> None:
        self.held = held
        self._named = named
        self.anchors = anchors
        self.parts: list[Part] = []
        self.facts: dict[Fact, Place] = {}
        self.links: set[Link] = set()
        self.certificates: list[Certificate] = []
        self.carriers: list[Resource] = []
        self.applications = [read_application(held, each) for each in anchors if each.type == contract.APPLICATION]
        self.roles: dict[Place, Resource] = {}
        for application in self.applications:
            self._add_application(application, carriers)
        for anchor in anchors:
            self._add(anchor, trusting)
        self._add_offered_roles()
        for role in self.roles.values():
            part, found = read_role(held, role)
            self.parts.append(part)
            self.facts.update(found)
        self._add_beside()

    @property
    def kind(self) -> str:
        types = {anchor.type for anchor in self.anchors}
        if IDENTITY_PROVIDER in types:
            return "cognito-user-pool"
        if types & {*OF_INSTANCE, *OF_STORE}:
            return "identity-center"
        if SAML_PROVIDER in types or any(fact.kind in {"role", "property-role", "foreign-role"} for fact in self.facts):
            return "iam"
        return _kind_of(self.applications[0]) if self.applications else "application"

    def connector(self) -> Connector:
        parts = {part.place: part for part in self.parts}
        return Connector(
            name=_name(self.anchors[0]),
            kind=self.kind,
            anchors=frozenset(self.held.place(each) for each in self.anchors),
            parts=tuple(parts[place] for place in sorted(parts)),
            facts=self.facts,
            certificates=tuple(sorted(set(self.certificates))),
            links=frozenset(self.links),
            directories=tuple(
                sorted({value(each.part.resource, contract.DIRECTORY, contract.API_URL) for each in self.applications})
            ),
        )

    def _add_application(self, application: Application, carriers: list[Resource]) -> None:
        self.parts += [application.part, *read_signing_certificates(self.held, application.part.resource)]
        self.facts.update(application.facts)
        self.links |= application.links
        sources = {source for claim, source in application.sends if claim == aws_sign_in.ROLE}
        ours = [each for each in carriers if sources & {name for _, name, _ in attributes_of(each)}]
        self.carriers += [each for each in ours if each not in self.carriers]
        found, links = offered(self.held, application, ours)
        self.facts.update(found)
        self.links |= links
        certificate = certificate_of_sp(application.part.resource)
        self.certificates += [certificate] if certificate else []

    def _add(self, anchor: Resource, trusting: Mapping[str, list[Resource]]) -> None:
        if anchor.type == contract.LOOKUP:
            self.parts.append(read_lookup(self.held, anchor))
        elif anchor.type == IDENTITY_PROVIDER:
            cognito = Cognito(self.held, anchor, self.applications)
            self.parts += cognito.parts
            self.facts.update(cognito.facts)
            self.links |= cognito.links
            self.certificates += cognito.signers.certificates
        elif anchor.type == SAML_PROVIDER:
            part, signers, found = read_provider(self.held, anchor)
            self.parts.append(part)
            self.facts.update(found)
            self.certificates += signers.certificates
            for role in trusting.get(_arn(anchor), ()):
                self.roles[self.held.place(role)] = role
            if not self.applications and not any(each.type in APPLICATIONS for each in self.anchors):
                self._add_foreign_roles(anchor)
        elif anchor.type in {*OF_INSTANCE, *OF_STORE}:
            part, found, links = read_part(self.held, anchor)
            self.parts.append(part)
            self.facts.update(found)
            self.links |= links

    def _add_foreign_roles(self, provider: Resource) -> None:
        name = value(provider, "Name") or unnamed(provider)
        for place, role in self.roles.items():
            account = account_of(role.template)
            fact = facts.of("foreign-role", provider=name, role=role_name(role), account=account)
            self.facts[fact] = place
            self.links.add(Link(Node("directory", f"IdP of {name}"), role_node(role_name(role), account)))

    def _add_offered_roles(self) -> None:
        """Roles that the application offers and a template makes, whatever they trust."""
        wanted = {(fact.names[1], fact.names[2]) for fact in self.facts if fact.kind == "role"}
        for role in (one for each in sorted(wanted) for one in self._named.get(each, ())):
            self.roles[self.held.place(role)] = role

    def _add_beside(self) -> None:
        """What hangs on the connector's parts: attributes of groups, StackSets, identity pools."""
        sources = {one for each in self.applications for claim, one in each.sends if claim == aws_sign_in.ROLE}
        for carrier in self.carriers:
            part, found = read_carrier(self.held, carrier, sources)
            self.parts.append(part)
            self.facts.update(found)
        users = {
            self.held.place(user): user
            for anchor in self.anchors
            for user in self.held.used_by(anchor, STACK_SET, IDENTITY_POOL)
        }
        arns = {_arn(anchor) for anchor in self.anchors if anchor.type == SAML_PROVIDER}
        for pool in self.held.of_type(IDENTITY_POOL) if arns else ():
            if arns & set(values(pool, "SamlProviderARNs")):
                users[self.held.place(pool)] = pool
        for user in users.values():
            if user.type == STACK_SET:
                part, found = read_stack_set(self.held, user)
                self.parts.append(part)
            else:
                parts, found, links = read_identity_pool(self.held, user)
                self.parts += parts
                self.links |= links
            self.facts.update(found)
        if self.kind == "identity-center":
            self.links |= {Link(each.node, _PORTAL) for each in self.applications}


def _kind_of(application: Application) -> str:
    """The kind, by what people sign in to."""
    service_provider = value(application.part.resource, contract.SP_ENTITY_ID)
    if "/platform/saml/" in service_provider:
        return "identity-center"
    if service_provider in _SP_ENTITY_IDS:
        return "iam"
    return "bookmark" if application.part.what == "tile" else "application"


_SP_ENTITY_IDS = {each.sp_entity_id for each in aws_sign_in.SIGN_IN.values()}


def _arn(provider: Resource) -> str:
    return text(provider.template.evaluate({"Ref": provider.logical_id}), provider.template)


def _add_left_over(held: Held, built: list[_Builder], carriers: Iterable[Resource]) -> None:
    """Roles that trust a SAML provider of no template, and attributes of groups that no application sends as roles."""
    known = {place for one in built for place in one.roles}
    used = {id(each) for one in built for each in one.carriers}
    for role in held.of_type(ROLE):
        arns = [read_arn(each) for each in sorted(providers_of(role))]
        names = [arn.name for arn in arns if arn and arn.kind == "saml-provider"]
        if names and held.place(role) not in known:
            one = _Builder(held, [role], {}, {}, [])
            part, found = read_role(held, role)
            one.parts.append(part)
            one.facts.update(found)
            for name in names:
                fact = facts.of("foreign-role", provider=name, role=role_name(role), account=account_of(role.template))
                one.facts[fact] = held.place(role)
                one.links.add(Link(Node("directory", f"IdP of {name}"), role_node(fact.names[1], fact.names[2])))
            built.append(one)
    for carrier in carriers:
        if id(carrier) not in used:
            one = _Builder(held, [carrier], {}, {}, [])
            part, found = read_carrier(held, carrier, set())
            one.parts.append(part)
            one.facts.update(found)
            built.append(one)


def _add_watches(held: Held, built: list[_Builder]) -> None:
    """What is watched, for the connector of that name in the same template; else for the template's first."""
    for rule in held.of_type(RULE):
        place = held.place(rule)
        near = [one for one in built if any(held.place(each).template == place.template for each in one.anchors)]
        for name, fact in watched(rule):
            named = [one for one in near if _name(one.anchors[0]).rpartition("/")[2] == name]
            for one in (named or near)[:1]:
                one.facts.setdefault(fact, place)


def _name(anchor: Resource) -> str:
    """What people call the connector: by its stack where that is ours, else by its construct or logical id."""
    template = anchor.template
    path = anchor.path.removesuffix("/Default").removesuffix("/Resource")
    if path == anchor.logical_id:  # without the CDK, or without its paths
        ours = template.name.startswith(_PREFIX) and anchor.logical_id.startswith(_CONSTRUCT[1:])
        return template.name.removeprefix(_PREFIX) if ours else f"{template.name}/{anchor.logical_id}"
    above = path.rpartition("/")[0]
    alone = above.partition("/")[0] if above.endswith(_CONSTRUCT) else ""
    stage, _, stack = above.removesuffix(_CONSTRUCT).rpartition("/") if alone else (above, "", path.rpartition("/")[2])
    if not alone and stack.startswith("Application") and "/" in above:
        stage, _, stack = above.rpartition("/")  # the construct of the connector, in a stack of the user's own
    return "/".join(filter(None, (stage, stack.removeprefix(_PREFIX))))
