"""SAML providers and the roles that trust them as a review tells them: who gets which role where, and what it may do.

Not here: the application that offers the roles (`reading_applications.py`), and single policies (`policies.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from saml_connectors import aws_sign_in
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review import facts, policies
from saml_connectors.review.held import Held, rows, value, values
from saml_connectors.review.model import Link, Node, Part, Place
from saml_connectors.review.reading_signers import Signers, read_signers
from saml_connectors.review.role_values import read_arn, read_role_value
from saml_connectors.review.values import CLOSE, OPEN, OWN_ACCOUNT, fields_of, unnamed

if TYPE_CHECKING:
    from saml_connectors.cloudformation import Resource, Template
    from saml_connectors.review.facts import Fact
    from saml_connectors.review.reading_applications import Application

POLICY, MANAGED_POLICY, ROLE_POLICY = "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"
_TOLD_AS_FACTS = frozenset({"AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns", "PermissionsBoundary"})
_FEDERATED = "Federated "
_OF_AWS = re.compile(f"arn:(?:aws[a-z-]*|{OPEN}AWS::Partition{CLOSE}):iam::aws:policy/(.+)")


def read_provider(held: Held, provider: Resource) -> tuple[Part, Signers, dict[Fact, Place]]:
    """A SAML provider, and whom it believes."""
    name = value(provider, "Name") or unnamed(provider)
    signers = read_signers(provider, name, "", "SamlMetadataDocument")

    def fields() -> dict[str, str]:
        return fields_of(provider, frozenset({"SamlMetadataDocument"})) | signers.fields

    place = held.place(provider)
    told = dict.fromkeys(signers.told, place)
    return Part(place, provider.type, "SAML provider", name, fields, provider), signers, told


def account_of(template: Template) -> str:
    """The account that *template* is deployed to."""
    return template.account or OWN_ACCOUNT


def role_name(role: Resource) -> str:
    """What people know a role by."""
    return value(role, "RoleName") or unnamed(role)


def read_role(held: Held, role: Resource) -> tuple[Part, dict[Fact, Place]]:
    """A role: whom it trusts, and what it may do."""
    place = held.place(role)
    account = account_of(role.template)
    found = dict.fromkeys(role_facts(role, account), place)
    for policy in held.used_by(role, POLICY, MANAGED_POLICY, ROLE_POLICY):
        lines = policies.lines(policy.get("PolicyDocument"), policy.template)
        found.update(dict.fromkeys(_may(role_name(role), account, lines), held.place(policy)))
    part = Part(place, role.type, "role", role_name(role), partial(fields_of, role, _TOLD_AS_FACTS), role)
    return part, found


def role_facts(role: Resource, account: str) -> Iterator[Fact]:
    """What a role says of itself, in *account*."""
    name, template = role_name(role), role.template
    for each in policies.trusted(role.get("AssumeRolePolicyDocument"), template):
        who = {"role": name, "account": account, "principal": _without_arn(each.principal), "action": each.action}
        if each.allows and not each.condition:
            yield facts.of("trust-anyhow", **who)
        else:
            yield facts.of("trust" if each.allows else "distrust", **who, condition=each.condition or "anything")
    for policy in values(role, "ManagedPolicyArns"):
        yield facts.of("policy", role=name, account=account, policy=policy_name(policy))
    boundary = value(role, "PermissionsBoundary")
    if boundary:
        yield facts.of("boundary", role=name, account=account, policy=policy_name(boundary))
    inline = role.get("Policies")
    for each in inline if isinstance(inline, list) else []:
        document = each.get("PolicyDocument") if isinstance(each, dict) else each
        yield from _may(name, account, policies.lines(document, template))


def providers_of(role: Resource) -> set[str]:
    """The federated principals that a role trusts, as texts: ARNs, or what stands for them."""
    found = policies.trusted(role.get("AssumeRolePolicyDocument"), role.template)
    return {each.principal.removeprefix(_FEDERATED) for each in found if each.principal.startswith(_FEDERATED)}


def policy_name(arn: str) -> str:
    """What people know a managed policy by: AWS's own by the last part of its ARN, others by all of it."""
    found = _OF_AWS.fullmatch(arn)
    return found[1] if found else arn


def offered(held: Held, application: Application, carriers: Iterable[Resource]) -> tuple[dict[Fact, Place], set[Link]]:
    """The roles that an application offers, by constant attributes or by attributes of groups in *carriers*."""
    found: dict[Fact, Place] = {}
    links: set[Link] = set()
    for claim, given in application.constants:
        if claim == aws_sign_in.ROLE:
            role = read_role_value(given)
            links.add(Link(application.node, role_node(role.role, role.account)))
            for group in application.groups:
                fact = facts.of("role", group=group, role=role.role, account=role.account)
                found[fact] = application.part.place
    sources = {source for claim, source in application.sends if claim == aws_sign_in.ROLE}
    carried: set[str] = set()
    for carrier in carriers:
        for group, name, given in attributes_of(carrier):
            if name in sources:
                role = read_role_value(given)
                carried.add(name)
                links.add(Link(application.node, role_node(role.role, role.account)))
                found[facts.of("role", group=group, role=role.role, account=role.account)] = held.place(carrier)
    for source in sources - carried:
        fact = facts.of("property-role", property=source, application=application.part.name)
        found[fact] = application.part.place
    return found, links


def attributes_of(carrier: Resource) -> list[tuple[str, str, str]]:
    """Group, name and value of each attribute."""
    names = rows(carrier, contract.ATTRIBUTES, contract.GROUP, contract.NAME)
    given = rows(carrier, contract.ATTRIBUTES, contract.NAME, contract.VALUE)
    return [(group, name, one) for (group, name), (_, one) in zip(names, given, strict=True)]


def role_node(role: str, account: str) -> Node:
    """A role in a picture."""
    return Node("aws", f"role {role} in {account}" if account else f"role {role}")


def _may(role: str, account: str, lines: Iterable[policies.Line]) -> Iterator[Fact]:
    for line in lines:
        kind = "may" if line.allows else "may-not"
        yield facts.of(kind, role=role, account=account, permission=line.what)


def _without_arn(principal: str) -> str:
    """A federated principal by its name, where it is a SAML provider of IAM."""
    arn = read_arn(principal.removeprefix(_FEDERATED)) if principal.startswith(_FEDERATED) else None
    return f"SAML provider {arn.name}" if arn and arn.kind == "saml-provider" else principal


def read_carrier(held: Held, carrier: Resource, roles: set[str]) -> tuple[Part, dict[Fact, Place]]:
    """Attributes of groups: those whose name is in *roles* carry roles, the others are told as they are."""
    place = held.place(carrier)
    listed = sorted(attributes_of(carrier))
    found = {
        facts.of("group-attribute", group=group, attribute=name, value=given): place
        for group, name, given in listed
        if name not in roles
    }

    def fields() -> dict[str, str]:
        return {f"attribute {name} of group {group}": given for group, name, given in listed}

    return Part(place, carrier.type, "attributes of groups", unnamed(carrier), fields, carrier), found
