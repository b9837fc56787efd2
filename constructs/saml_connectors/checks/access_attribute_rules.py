"""Rules of attributes for access control in IAM Identity Center: their keys, and where each comes from.

Not here: reading them (`access_attributes.py`), and policies that ask for them (`permission_rules.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from saml_connectors.checks.access_attributes import (
    CONFIGURATION,
    DEPRECATED,
    is_for_identity_center,
    key_of,
    rows,
    sent_keys,
)
from saml_connectors.checks.known_values import known, text_of
from saml_connectors.checks.registrations import applications
from saml_connectors.checks.rule import Context, Hit, Rule
from saml_connectors.checks.spec_values import SpecValue
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.spec.access_attribute import MAX_ACCESS_ATTRIBUTES, AccessAttribute, AccessKey
from saml_connectors.spec.findings import shown
from saml_connectors.spec.values import repeated

_KEY, _ATTRIBUTE = SpecValue(AccessKey), SpecValue(AccessAttribute)


def _rows(template: Template) -> Iterator[tuple[Resource, str, Any]]:
    for configuration in template.of_type(CONFIGURATION):
        for path, row in rows(configuration) or ():
            yield configuration, path, row


def _keys(template: Template, _: Context) -> Iterator[Hit]:
    for configuration, path, row in _rows(template):
        key = key_of(row)
        rule = _KEY.broken(key) if key is not None else None
        if rule is not None:
            yield Hit(resource=configuration, path=f"{path}.Key", message=f"the key {shown(key)} {rule}")


def _source_counts(template: Template, _: Context) -> Iterator[Hit]:
    for configuration, path, row in _rows(template):
        sources = _sources(row)
        if sources is not None and len(sources) != 1:
            message = f"{shown(key_of(row))} has {len(sources) or 'no'} sources, not one"
            yield Hit(resource=configuration, path=f"{path}.Value.Source", message=message)


def _unknown_sources(template: Template, _: Context) -> Iterator[Hit]:
    for configuration, path, row in _rows(template):
        for source in _sources(row) or ():
            text = known(source)
            if text is None:
                continue
            rule = _ATTRIBUTE.broken({"path": text})
            if rule is not None or not text.startswith("${path:"):
                message = (
                    f"the source of {shown(key_of(row))} is {shown(text)}, and must be ${{path:…}} of an attribute "
                )
                yield Hit(
                    resource=configuration, path=f"{path}.Value.Source", message=f"{message}of the identity store"
                )


def _sources(row: Any) -> list[Any] | None:
    """What an attribute's value is taken from; None where that is not known."""
    value = row.get("Value") if isinstance(row, dict) else None
    source = value.get("Source") if isinstance(value, dict) else None
    return source if isinstance(source, list) else None


def _many_attributes(template: Template, _: Context) -> Iterator[Hit]:
    for configuration in template.of_type(CONFIGURATION):
        count = len(rows(configuration) or ())
        if count > MAX_ACCESS_ATTRIBUTES:
            message = f"there are {count} attributes for access control, and {MAX_ACCESS_ATTRIBUTES} are the most"
            yield Hit(resource=configuration, path="Properties.AccessControlAttributes", message=message)


def _keys_twice(template: Template, _: Context) -> Iterator[Hit]:
    for configuration in template.of_type(CONFIGURATION):
        keyed = [(path, key) for path, row in rows(configuration) or () if (key := key_of(row)) is not None]
        for index, _key in repeated(key.lower() for _, key in keyed):
            path, key = keyed[index]
            yield Hit(resource=configuration, path=f"{path}.Key", message=f"the key {shown(key)} is there twice")


def _deprecated(template: Template, _: Context) -> Iterator[Hit]:
    for configuration in template.of_type(CONFIGURATION):
        if configuration.has(DEPRECATED):
            message = f"the property {DEPRECATED} is deprecated"
            yield Hit(resource=configuration, path=f"Properties.{DEPRECATED}", message=message)


def _instances_twice(template: Template, context: Context) -> Iterator[Hit]:
    everything = [each for other in context.assembly.templates for each in other.of_type(CONFIGURATION)]
    for configuration in template.of_type(CONFIGURATION):
        first = _first_of_instance(configuration, everything)
        if first is not None and first is not configuration:
            message = f"{first.logical_id} of {first.template.name} configures the same instance"
            yield Hit(resource=configuration, path="Properties.InstanceArn", message=message)


def _first_of_instance(configuration: Resource, everything: list[Resource]) -> Resource | None:
    """The first resource that is certain to configure the same instance."""
    arn = text_of(configuration, "InstanceArn")
    if arn is None or configuration.is_conditional:
        return None
    return next((each for each in everything if text_of(each, "InstanceArn") == arn and not each.is_conditional), None)


def _both_ways(template: Template, context: Context) -> Iterator[Hit]:
    sent = {
        key.lower()
        for each in context.assembly.templates
        for one in applications(each)
        if is_for_identity_center(one)
        for key in sent_keys(one)
    }
    for configuration, path, row in _rows(template):
        key = key_of(row)
        if key is not None and key.lower() in sent:
            message = f"{shown(key)} comes from the identity store, and the directory's application sends it too"
            yield Hit(resource=configuration, path=f"{path}.Key", message=message)


_CFN_ABAC = f"CloudFormation, {CONFIGURATION}"
_ABAC = "IAM Identity Center User Guide, Attributes for access control"
_REFUSED = "Identity Center refuses it, and the deployment fails."

RULES: tuple[Rule, ...] = (
    Rule(
        code="access-attribute-key",
        level="error",
        what="The key of an attribute for access control has 1 to 128 letters, digits, spaces or any of `_.:/=+-@`.",
        why=_REFUSED,
        fix="write the key alone, such as CostCenter",
        source=_CFN_ABAC,
        find=_keys,
    ),
    Rule(
        code="access-attribute-source",
        level="error",
        what="An attribute for access control has exactly one source.",
        why=_REFUSED,
        fix="write one source, such as ${path:enterprise.costCenter}",
        source=_CFN_ABAC,
        find=_source_counts,
    ),
    Rule(
        code="access-attribute-source-unknown",
        level="warning",
        what="The source of an attribute for access control is one of the identity store's attributes.",
        why="Nothing is there, so people get no such tag, and policies that ask for it do not apply.",
        fix="write a source such as ${path:enterprise.costCenter}",
        source=_ABAC,
        find=_unknown_sources,
    ),
    Rule(
        code="access-attribute-count",
        level="error",
        what="An instance has at most 50 attributes for access control.",
        why=_REFUSED,
        fix="leave out those that no policy asks for",
        source=_CFN_ABAC,
        find=_many_attributes,
    ),
    Rule(
        code="access-attribute-twice",
        level="error",
        what="Each attribute for access control is there once.",
        why=_REFUSED,
        fix="leave one of them out",
        source=_CFN_ABAC,
        find=_keys_twice,
    ),
    Rule(
        code="access-attribute-deprecated",
        level="warning",
        what="Attributes for access control stand under AccessControlAttributes.",
        why="The older property may be taken away; what stands in both is not what either says.",
        fix="write the same list as AccessControlAttributes",
        source=_CFN_ABAC,
        find=_deprecated,
    ),
    Rule(
        code="access-attribute-instance",
        level="error",
        what="Attributes for access control of an instance are configured by one resource.",
        why="An instance has one configuration: the second resource fails, or takes the first one's place.",
        fix="put all attributes into one resource",
        source=_CFN_ABAC,
        find=_instances_twice,
    ),
    Rule(
        code="access-attribute-both-ways",
        level="warning",
        what="An attribute for access control comes from the identity store or from the assertion, not from both.",
        why="AWS's guide says in one place that the assertion wins, and in another that the store does.",
        fix="leave it out here, or in the application",
        source=_ABAC,
        find=_both_ways,
    ),
)
