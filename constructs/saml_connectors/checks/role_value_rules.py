"""Rules of the roles that the directory offers: values of the SAML attribute Role, as constants or on groups.

Not here: whom a role trusts besides (`trust_rules.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from saml_connectors.aws_sign_in import ROLE as ROLE_ATTRIBUTE
from saml_connectors.checks.arns import ROLE, SAML_PROVIDER, read_arn, split
from saml_connectors.checks.known_values import known, text_of
from saml_connectors.checks.known_values import parts as parts_of
from saml_connectors.checks.registrations import (
    applications,
    group_values,
    is_turned_round,
    path_and_name,
    read_role_value,
    role_made,
)
from saml_connectors.checks.rule import Context, Hit, Rule
from saml_connectors.checks.saml_trusts import PROVIDER, own_provider, provider_made, saml_trusts, says_all, trusts
from saml_connectors.checks.trust_rules import meant, provider_names
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.cloudformation.intrinsics import Unknown
from saml_connectors.spec.findings import shown


class Offer(NamedTuple):
    """One value of the attribute Role."""

    resource: Resource
    path: str
    value: Any

    role: Any
    """The role's part."""

    provider: Any
    """The provider's part."""

    def hit(self, message: str, fix: str | None = None) -> Hit:
        """What is wrong with it."""
        return Hit(resource=self.resource, path=self.path, message=message, fix=fix)


def offers(template: Template) -> list[Offer]:
    """Every role that the template lets the directory offer, each place once."""
    return template.keep(_offers)


def _offers(template: Template) -> list[Offer]:
    found: dict[tuple[str, str], Offer] = {}
    for application in applications(template):
        for resource, path, value in application.role_values:
            found.setdefault((resource.logical_id, path), Offer(resource, path, value, *read_role_value(value)))
    for resource, path, _, value in group_values(template):
        if any(isinstance(part, str) and f":{SAML_PROVIDER}" in part for part in parts_of(value)):
            found.setdefault((resource.logical_id, path), Offer(resource, path, value, *read_role_value(value)))
    return list(found.values())


def _form(template: Template, _: Context) -> Iterator[Hit]:
    for offer in offers(template):
        wrong = _what_is_wrong(offer)
        if wrong is not None:
            yield offer.hit(wrong)


def _what_is_wrong(offer: Offer) -> str | None:
    pieces = split(offer.value, ",")
    unknown = any(isinstance(part, Unknown) and not part.why.startswith("AWS::") for part in parts_of(offer.value))
    if len(pieces) != len(("role", "provider")):
        return None if unknown or not pieces else "is not one role and one provider with a comma between them"
    for value, kind, what in ((offer.role, ROLE, "a role"), (offer.provider, SAML_PROVIDER, "a SAML provider")):
        plain = known(value)
        arn = read_arn(value)
        if plain is not None and arn is None:
            return f"{shown(plain)} is not the ARN of {what}"
        if arn is not None and isinstance(arn.resource, str) and not arn.named(kind):
            return f"{shown(arn.resource)} is not {what}"
    return None


def _spelling(template: Template, _: Context) -> Iterator[Hit]:
    for offer in offers(template):
        if is_turned_round(offer.value):
            yield offer.hit("names the provider before the role")
        elif any(isinstance(part, str) and (", " in part or " ," in part) for part in parts_of(offer.value)):
            yield offer.hit("has a space beside the comma")


def _accounts(template: Template, _: Context) -> Iterator[Hit]:
    for offer in offers(template):
        role, provider = read_arn(offer.role), read_arn(offer.provider)
        if role is None or provider is None:
            continue
        for name, one, other in (
            ("account", role.account, provider.account),
            ("partition", role.partition, provider.partition),
        ):
            if isinstance(one, str) and isinstance(other, str) and one != other:
                yield offer.hit(f"the role is in {name} {shown(one)}, and the provider in {shown(other)}")
                break


def _own_role(offer: Offer, template: Template) -> str | None:
    """Path and name of a role of the template's own account that the template does not make."""
    arn = read_arn(offer.role)
    name = arn.named(ROLE) if arn is not None and arn.is_of(template) else None
    return name if name and role_made(offer.role, template) is None else None


def _roles(template: Template) -> dict[str, Resource] | None:
    """The roles that the template makes for people of a SAML provider, by path and name; None: one is not known."""
    found: dict[str, Resource] = {}
    for trust in saml_trusts(template):
        name = path_and_name(trust.role)
        if name is None:
            return None
        found[name] = trust.role
    return found


def _misspelt(template: Template, _: Context) -> Iterator[Hit]:
    made = _roles(template) or {}
    for offer in offers(template):
        name = _own_role(offer, template)
        close = _meant_role(name, list(made)) if name is not None else None
        if name is not None and close is not None and close not in _offered(template):
            message = f"offers the role {shown(name)}, and the template makes {shown(close)}"
            yield offer.hit(message, f"write role/{close}, or !GetAtt {made[close].logical_id}.Arn")


def _meant_role(name: str, made: list[str]) -> str | None:
    """The role that *name* was probably meant to be: of the same name with another path, or of almost the same name."""
    last = name.rpartition("/")[2]
    for each in made:
        if each.rpartition("/")[2] == last:
            return each
    return meant(name, made)


def _offered(template: Template) -> set[str]:
    """Path and name of the roles of the template that are offered as they are."""
    return template.keep(_offered_names)


def _offered_names(template: Template) -> set[str]:
    found = (role_made(offer.role, template) for offer in offers(template))
    return {name for role in found if role is not None and (name := path_and_name(role)) is not None}


def _missing(template: Template, context: Context) -> Iterator[Hit]:
    made = _roles(template)
    if not made or not says_all(template) or _another_makes(template, context):
        return
    offered = _offered(template)
    if set(made) <= offered:
        return  # every role that is made is offered, so a further one is probably there already
    for offer in offers(template):
        name = _own_role(offer, template)
        is_made = provider_made(offer.provider, template) is not None
        if name is not None and is_made and _meant_role(name, [each for each in made if each not in offered]) is None:
            there = ", ".join(shown(each) for each in made)
            yield offer.hit(f"no template makes the role {shown(name)}: those that trust the provider are {there}")


def _another_makes(template: Template, context: Context) -> bool:
    """Whether another template may make roles in the same account."""
    return any(
        other is not template
        and (None in {other.account, template.account} or other.account == template.account)
        and any(trusts(other))
        and any(trust.federated for trust in trusts(other))
        for other in context.assembly.templates
    )


def _providers(template: Template, context: Context) -> Iterator[Hit]:
    names = provider_names(template, context)
    own = [name for each in template.of_type(PROVIDER) if (name := text_of(each, "Name")) is not None]
    for offer in offers(template):
        name = own_provider(offer.provider, template)
        if name is None or names is None or name in names:
            continue
        close = meant(name, own)
        if close is not None:
            message = f"names the SAML provider {shown(name)}, and the template makes {shown(close)}"
            yield offer.hit(message, f"write saml-provider/{close}")


def _untrusted(template: Template, _: Context) -> Iterator[Hit]:
    by_role = {trust.role.logical_id: trust for trust in trusts(template)}
    for offer in offers(template):
        role = role_made(offer.role, template)
        trust = by_role.get(role.logical_id) if role is not None else None
        provider, name = provider_made(offer.provider, template), own_provider(offer.provider, template)
        if role is None or trust is None or (provider is None and name is None):
            continue
        trusted = [value for one in trust.statements for value in one.saml_providers]
        if any(isinstance(value, Unknown) for one in trust.statements for value in one.principals.get("Federated", ())):
            continue
        if any(one.actions is None for one in trust.statements) or any(
            provider_made(value, template) is provider
            if provider is not None
            else own_provider(value, template) in {name, None}
            for value in trusted
        ):
            continue
        given = name or (provider.logical_id if provider is not None else "")
        yield offer.hit(f"offers {role.logical_id} through the SAML provider {shown(given)}, which it does not trust")


_GUIDE = "IAM User Guide, Configure SAML assertions for the authentication response"
_REFER = "compose the value of the ARN of a role and a provider that the template makes"

RULES: tuple[Rule, ...] = (
    Rule(
        code="role-value-form",
        level="error",
        what=f"A value of {ROLE_ATTRIBUTE} is the ARN of a role, a comma, and the ARN of a SAML provider.",
        why="AWS refuses the sign-in of whoever is sent anything else.",
        fix="write arn:aws:iam::<account>:role/<name>,arn:aws:iam::<account>:saml-provider/<name>",
        source=_GUIDE,
        find=_form,
    ),
    Rule(
        code="role-value-spelling",
        level="warning",
        what="A value of the attribute Role names the role first, and has no spaces.",
        why="AWS documents this form alone.",
        fix="write the role's ARN, a comma, and the provider's ARN",
        source=_GUIDE,
        find=_spelling,
    ),
    Rule(
        code="role-value-account",
        level="error",
        what="Role and provider of a value of the attribute Role are in the same account.",
        why="A role trusts only a provider of its own account: AWS refuses the sign-in in that role.",
        fix="name the provider of the role's account",
        source=_GUIDE,
        find=_accounts,
    ),
    Rule(
        code="role-value-misspelt",
        level="error",
        what="The directory offers the roles that the template makes, by exactly their names and paths.",
        why="People are offered a role that is not there, and nobody is offered the one that is.",
        fix=_REFER,
        source=_GUIDE,
        find=_misspelt,
    ),
    Rule(
        code="role-value-missing",
        level="warning",
        what="A role that the directory offers is made by one of the templates.",
        why="People are offered a role that is not there, and AWS refuses the sign-in in it.",
        fix=f"{_REFER}; or say that the role is there already, by suppressing this with the reason",
        source=_GUIDE,
        find=_missing,
    ),
    Rule(
        code="role-value-provider-misspelt",
        level="error",
        what="The directory names the SAML provider that the template makes, by exactly its name.",
        why="AWS looks for a provider that is not there, and nobody can sign in.",
        fix=_REFER,
        source=_GUIDE,
        find=_providers,
    ),
    Rule(
        code="role-value-untrusted",
        level="error",
        what="A role that the directory offers trusts the provider that it is offered through.",
        why="AWS refuses the sign-in in that role.",
        fix="name the provider in the role's trust policy",
        source="IAM User Guide, Create a role for SAML 2.0 federation",
        find=_untrusted,
    ),
)
