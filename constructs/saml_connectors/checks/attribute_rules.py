"""Rules over attribute mappings: which pool attributes a SAML provider writes, and whether it can.

Not here: what the IdP sends, and what app clients may do with attributes (`client_attribute_rules.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saml_connectors.checks.rule import Hit, Rule
from saml_connectors.checks.user_pools import DEVELOPERS_PREFIX, federated, mapping
from saml_connectors.spec.attribute import CUSTOM_PREFIX, check_attribute_name
from saml_connectors.spec.shape import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.checks.rule import Context
    from saml_connectors.checks.user_pools import Pool
    from saml_connectors.cloudformation import Resource, Template

GUIDE = "Amazon Cognito developer guide, Mapping IdP attributes to profiles and tokens"
_API = "Amazon Cognito API reference, SchemaAttributeType"
_PATH = "Properties.AttributeMapping"
_USERNAME = "username"
_VERIFIABLE = frozenset({"email", "phone_number"})


def mapped(template: Template) -> Iterator[tuple[Pool, Resource, str]]:
    """Each pool attribute that a SAML provider writes."""
    for pool in federated(template):
        for provider in pool.saml:
            for name in mapping(provider):
                yield pool, provider, name


def at(name: str) -> str:
    """The path of one attribute of a mapping."""
    return f"{_PATH}.{name}"


def _unknown(template: Template, _: Context) -> Iterator[Hit]:
    for pool, provider, name in mapped(template):
        prefixed = f"{CUSTOM_PREFIX}{name}"
        if name == _USERNAME or name.startswith(DEVELOPERS_PREFIX) or prefixed in (pool.schema or ()):
            continue
        problem = check_attribute_name(name)
        if problem is not None:
            message = f"the pool attribute {problem.rule}, got {name[:80]!r}"
            yield Hit(resource=provider, path=at(name), message=message, fix=problem.fix)


def _unprefixed(template: Template, _: Context) -> Iterator[Hit]:
    for pool, provider, name in mapped(template):
        if f"{CUSTOM_PREFIX}{name}" in (pool.schema or ()):
            message = f"the pool's custom attribute {name!r} is mapped without the prefix {CUSTOM_PREFIX}"
            yield Hit(resource=provider, path=at(name), message=message, fix=f"write {CUSTOM_PREFIX}{name}")


def _undeclared(template: Template, _: Context) -> Iterator[Hit]:
    for pool, provider, name in mapped(template):
        schema = pool.schema
        if not name.startswith(CUSTOM_PREFIX) or check_attribute_name(name) or schema is None or name in schema:
            continue
        if not pool.made_otherwise(provider):
            close = nearest(name, [each for each in schema if each.startswith(CUSTOM_PREFIX)])
            message = f"the schema of the pool declares no {name}"
            hint = f"did you mean {close}?" if close else None
            yield Hit(resource=provider, path=at(name), message=message, fix=hint)


def _immutable(template: Template, _: Context) -> Iterator[Hit]:
    for pool, provider, name in mapped(template):
        declared = (pool.schema or {}).get(name)
        if declared is not None and declared.mutable is False:
            message = f"{name} is mapped, but the pool's schema says Mutable: false"
            yield Hit(resource=provider, path=at(name), message=message)


def _unsaid(template: Template, _: Context) -> Iterator[Hit]:
    for pool, provider, name in mapped(template):
        declared = (pool.schema or {}).get(name)
        if declared is not None and declared.mutable is None and name.startswith(CUSTOM_PREFIX):
            message = f"{name} is mapped, but the pool's schema does not say Mutable: true"
            yield Hit(resource=provider, path=at(name), message=message)


def _required(template: Template, _: Context) -> Iterator[Hit]:
    for pool in federated(template):
        required = [each.name for each in (pool.schema or {}).values() if each.required]
        for provider in pool.saml:
            given = provider.get("AttributeMapping")
            if given is None or isinstance(given, dict):
                for name in required:
                    if name not in (given or {}):
                        message = f"the pool requires {name} of everybody, and the mapping does not write it"
                        yield Hit(resource=provider, path=_PATH, message=message, fix=f"map {name}")


def _mapped_username(template: Template, _: Context) -> Iterator[Hit]:
    for _pool, provider, name in mapped(template):
        if name == _USERNAME:
            message = "username is mapped, which Cognito makes of the provider's name and the NameID"
            yield Hit(resource=provider, path=at(name), message=message)


def _unverified(template: Template, _: Context) -> Iterator[Hit]:
    for pool, provider, name in mapped(template):
        aliases = pool.resource.items("AliasAttributes") if pool.resource is not None else None
        if (
            name in {"email", "phone_number"}
            and name in (aliases or ())
            and f"{name}_verified" not in mapping(provider)
        ):
            message = f"{name} is an alias in the pool, and the mapping writes it without {name}_verified"
            yield Hit(resource=provider, path=at(name), message=message, fix=f"map {name}_verified as well")


RULES: tuple[Rule, ...] = (
    Rule(
        code="attribute-unknown",
        level="error",
        what="Each mapped pool attribute is a standard one, or is written custom:<name>.",
        why="Cognito refuses the mapping, and the deployment fails.",
        fix="write a standard attribute's name, or custom: before the name of one of your own",
        source=GUIDE,
        find=_unknown,
    ),
    Rule(
        code="attribute-unprefixed",
        level="error",
        what="A custom attribute is mapped with its prefix custom:.",
        why="Cognito knows it by that name only, and refuses the mapping; the CDK does not add the prefix.",
        fix="write custom: before the name",
        source="https://github.com/aws/aws-cdk/issues/26820",
        find=_unprefixed,
    ),
    Rule(
        code="attribute-undeclared",
        level="error",
        what="A mapped custom attribute is in the schema of the pool.",
        why="Cognito refuses to map what the pool does not have, and the deployment fails.",
        fix="declare it in Schema of the pool, as String with Mutable: true",
        source=GUIDE,
        find=_undeclared,
    ),
    Rule(
        code="attribute-immutable",
        level="error",
        what="A mapped attribute is mutable.",
        why="Cognito writes it again at each sign-in: the first one works, the second one of the same person fails.",
        fix="declare the attribute with Mutable: true; one that the pool has already needs another name",
        source=_API,
        find=_immutable,
    ),
    Rule(
        code="attribute-mutability-unsaid",
        level="warning",
        what="The schema says Mutable: true of a custom attribute that is mapped.",
        why="What is not said to be mutable is made immutable, cannot be changed later, and breaks the second sign-in "
        "of each person; the CDK's StringAttribute says nothing by itself.",
        fix="say Mutable: true in the schema (mutable=True in the CDK)",
        source=_API,
        find=_unsaid,
    ),
    Rule(
        code="attribute-required-unmapped",
        level="error",
        what="Each attribute that the pool requires is mapped.",
        why="A person without it cannot be created, so nobody's first sign-in succeeds.",
        fix="map it",
        source=GUIDE,
        find=_required,
    ),
    Rule(
        code="attribute-username-mapped",
        level="warning",
        what="username is not mapped.",
        why="With SAML, Cognito makes the user name of the provider's name and the NameID, whatever the mapping says.",
        fix="map preferred_username for a name of your choice, or choose another NameID in the directory",
        source=GUIDE,
        find=_mapped_username,
    ),
    Rule(
        code="attribute-unverified",
        level="note",
        what="An attribute that people may sign in by is mapped together with the one that says it is verified.",
        why="What comes from an IdP counts as unverified, and an unverified address is no alias.",
        fix="map email_verified and phone_number_verified as well",
        source=GUIDE,
        find=_unverified,
    ),
)
