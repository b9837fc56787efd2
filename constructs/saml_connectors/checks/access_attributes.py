"""Attributes for access control in the templates: keys that come from the identity store, and keys that are sent.

Not here: judging them.
"""

from __future__ import annotations

from typing import Any

from saml_connectors.checks.known_values import known, text_of
from saml_connectors.checks.registrations import Application, applications
from saml_connectors.checks.rule import Context
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.spec.access_attribute import ACCESS_CONTROL

CONFIGURATION = "AWS::SSO::InstanceAccessControlAttributeConfiguration"
LISTED, DEPRECATED = "AccessControlAttributes", "InstanceAccessControlAttributeConfiguration"


def rows(configuration: Resource) -> list[tuple[str, Any]] | None:
    """The attributes of an instance, each with its place; None where they are not known."""
    found: list[tuple[str, Any]] = []
    for path in ((LISTED,), (DEPRECATED, LISTED)):
        items = configuration.items(*path)
        if items is None:
            return None
        found += [(f"Properties.{'.'.join(path)}[{index}]", each) for index, each in enumerate(items)]
    return found


def key_of(row: Any) -> str | None:
    """The key of one attribute."""
    return known(row.get("Key")) if isinstance(row, dict) else None


def sent_keys(application: Application) -> dict[str, str]:
    """Keys that an application sends, each with its place."""
    beginning = ACCESS_CONTROL.lower()
    return {
        one.name[len(ACCESS_CONTROL) :]: one.path
        for one in application.sent or ()
        if one.name.lower().startswith(beginning)
    }


def is_for_identity_center(application: Application) -> bool:
    """Whether people sign in to Identity Center through it."""
    entity_id = text_of(application.resource, "SpEntityId") or ""
    return "/platform/saml/" in entity_id or bool(sent_keys(application))


def access_keys(context: Context) -> set[str] | None:
    """Keys, in lower case, of all attributes for access control in the templates; None where some may be elsewhere."""
    found: set[str] = set()
    templates: tuple[Template, ...] = context.assembly.templates
    configurations = [each for template in templates for each in template.of_type(CONFIGURATION)]
    senders = [one for each in templates for one in applications(each) if is_for_identity_center(one)]
    if not configurations or not senders:
        return None
    for configuration in configurations:
        listed = rows(configuration)
        keys = [key_of(row) for _, row in listed or ()]
        if listed is None or None in keys:
            return None
        found |= {key.lower() for key in keys if key is not None}
    for application in senders:
        if application.sent is None:
            return None
        found |= {key.lower() for key in sent_keys(application)}
    return found
