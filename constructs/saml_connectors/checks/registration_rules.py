"""Rules of what is registered in the directory: who may use it, how the directory is reached, by which credential.

Not here: what the AWS side and the application must agree on (`application_rules.py`), and roles that are offered
(`role_value_rules.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from saml_connectors.checks.known_values import known, text_of
from saml_connectors.checks.known_values import parts as parts_of
from saml_connectors.checks.registrations import applications
from saml_connectors.checks.rule import Context, Hit, Rule
from saml_connectors.checks.saml_trusts import says_all
from saml_connectors.cloudformation import Resource, Template
from saml_connectors.cloudformation.intrinsics import Unknown
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.spec.credential import looks_like_credential, names_a_credential
from saml_connectors.spec.findings import shown
from saml_connectors.spec.values import repeated

_HERE = {"localhost", "127.0.0.1", "::1"}
_RESOLVED = re.compile(r"\{\{resolve:")
_PASTED = re.compile(r"PRIVATE KEY|[\"'](?:api_key|client_secret)[\"']|^\s*\{(?!\{)")
_WHERE = (contract.API_URL, contract.ORG_ID, contract.CREDENTIALS_SECRET)


def _registered(template: Template) -> list[Resource]:
    return template.of_type(*contract.TYPES)


def _without_access(template: Template, context: Context) -> Iterator[Hit]:
    accesses = [each for other in context.assembly.templates for each in other.of_type(contract.ACCESS)]
    targets = [access.target(contract.APPLICATION_ID) for access in accesses]
    if None in targets or not all(map(says_all, context.assembly.templates)):
        return  # one of them, or one that is not seen, may be this application's
    for application in applications(template):
        if application.resource not in targets and not application.resource.has(contract.ADOPT):
            yield Hit(resource=application.resource, message="no group may use the application")


def _without_groups(template: Template, _: Context) -> Iterator[Hit]:
    for access in template.of_type(contract.ACCESS):
        if access.items(contract.GROUPS) == [] and access.flag(contract.ADOPTED) is not True:
            yield Hit(resource=access, path=f"Properties.{contract.GROUPS}", message="no group may use the application")


def _groups_twice(template: Template, _: Context) -> Iterator[Hit]:
    for resource in template.of_type(contract.ACCESS, contract.APPLICATION):
        name = contract.GROUPS if resource.type == contract.ACCESS else contract.REQUIRED_GROUPS
        groups = [known(each) for each in resource.items(name) or ()]
        for index, group in repeated(group or f"\0{position}" for position, group in enumerate(groups)):
            yield Hit(
                resource=resource,
                path=f"Properties.{name}[{index}]",
                message=f"the group {shown(group)} is there twice",
            )


def _attributes_twice(template: Template, _: Context) -> Iterator[Hit]:
    for resource in template.of_type(contract.GROUP_ATTRIBUTES):
        seen: dict[tuple[str, str], Any] = {}
        for index, row in enumerate(resource.items(contract.ATTRIBUTES) or ()):
            if not isinstance(row, dict):
                continue
            group, name = known(row.get(contract.GROUP)), known(row.get(contract.NAME))
            value = parts_of(row.get(contract.VALUE))
            if group is None or name is None or not value:
                continue
            if seen.setdefault((group, name), value) != value:
                message = f"gives the group {shown(group)} the attribute {shown(name)} with a second value"
                yield Hit(resource=resource, path=f"Properties.{contract.ATTRIBUTES}[{index}]", message=message)


def _credentials(template: Template, _: Context) -> Iterator[Hit]:
    for resource in _registered(template):
        for name, path in _texts_of(resource):
            text = resource.text(*path)
            if text is None or _RESOLVED.search(text):
                continue
            is_secret = name == contract.CREDENTIALS_SECRET
            if (is_secret or names_a_credential(name)) and (looks_like_credential(text) or _PASTED.search(text)):
                place = ".".join(("Properties", *path))
                yield Hit(resource=resource, path=place, message="a credential of the directory stands in the template")


def _texts_of(resource: Resource) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names of the properties that may hold a text, those of the directory too."""
    for name in resource.properties:
        yield name, (name,)
    directory = resource.get(contract.DIRECTORY)
    for name in directory if isinstance(directory, dict) else ():
        yield name, (contract.DIRECTORY, name)


def _resolved(template: Template, _: Context) -> Iterator[Hit]:
    for resource in _registered(template):
        path = (contract.DIRECTORY, contract.CREDENTIALS_SECRET)
        known = "".join(part for part in resource.parts(*path) if isinstance(part, str))
        if _RESOLVED.search(known):
            message = "a dynamic reference stands where the secret's name is asked for"
            yield Hit(resource=resource, path=".".join(("Properties", *path)), message=message)


def _plain_http(template: Template, _: Context) -> Iterator[Hit]:
    for resource in _registered(template):
        for name in (contract.API_URL, contract.TOKEN_URL):
            path = (contract.DIRECTORY, name)
            begins = next(iter(parts_of(resource.get(*path))), None)
            if isinstance(begins, str) and begins.lower().startswith("http://") and _host(begins) not in _HERE:
                message = f"the directory is reached without TLS: {shown(_host(begins))}"
                yield Hit(resource=resource, path=".".join(("Properties", *path)), message=message)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _slugs_twice(template: Template, context: Context) -> Iterator[Hit]:
    for application in applications(template):
        own = _identity(application.resource)
        if own is None or application.resource.is_conditional:
            continue
        for first in (one.resource for each in context.assembly.templates for one in applications(each)):
            if first is application.resource:
                break
            if _identity(first) == own and not first.is_conditional:
                message = f"the slug {shown(own[0])} is that of {first.logical_id} of {first.template.name} too"
                yield Hit(resource=application.resource, path=f"Properties.{contract.SLUG}", message=message)
                break


def _identity(application: Resource) -> tuple[Any, ...] | None:
    """What may be there once: the chosen slug, in its directory; None where it is derived, or not known."""
    slug = text_of(application, contract.SLUG)
    where = [parts_of(application.get(contract.DIRECTORY, name)) for name in _WHERE]
    if slug is None or any(isinstance(part, Unknown) for parts in where for part in parts):
        return None
    return (slug, *where)


def _bookmarks(template: Template, _: Context) -> Iterator[Hit]:
    for application in applications(template):
        resource, kind = application.resource, text_of(application.resource, contract.TEMPLATE)
        if kind is None:
            continue
        if application.is_bookmark and not resource.has(contract.BOOKMARK_URL):
            yield Hit(resource=resource, message="the bookmark has no URL to open")
        elif not application.is_bookmark and resource.has(contract.BOOKMARK_URL):
            message = f"an application of the template {shown(kind)} has the URL of a bookmark"
            yield Hit(resource=resource, path=f"Properties.{contract.BOOKMARK_URL}", message=message)


def _two_addresses(template: Template, _: Context) -> Iterator[Hit]:
    for launch in template.of_type(contract.LAUNCH):
        application = launch.target(contract.APPLICATION_ID)
        if application is not None and application.has(contract.ACS_URL) and launch.has(contract.ACS_URL):
            message = f"the ACS URL is said here and by {application.logical_id}"
            yield Hit(resource=launch, path=f"Properties.{contract.ACS_URL}", message=message)


_HOW = "docs/provider.md"

RULES: tuple[Rule, ...] = (
    Rule(
        code="application-without-access",
        level="note",
        what="An application in the directory has groups that may use it.",
        why="Nobody sees the tile until somebody binds a group by hand.",
        fix=f"add a {contract.ACCESS} with the groups",
        source=_HOW,
        find=_without_access,
    ),
    Rule(
        code="access-without-groups",
        level="warning",
        what="An access names groups.",
        why="It takes away every group that it bound before: nobody sees the tile.",
        fix="name the groups, or leave the access out",
        source=_HOW,
        find=_without_groups,
    ),
    Rule(
        code="application-group-twice",
        level="warning",
        what="Each group of an application is named once.",
        why="Another group was probably meant, and its people do not see the tile.",
        fix="leave one out, or name the group that was meant",
        source=_HOW,
        find=_groups_twice,
    ),
    Rule(
        code="group-attribute-twice",
        level="error",
        what="A group carries each attribute with one value.",
        why="The provider refuses it, and the deployment fails.",
        fix="give each role an attribute of its own",
        source=_HOW,
        find=_attributes_twice,
    ),
    Rule(
        code="directory-credential",
        level="error",
        what="The credential of the directory does not stand in the template.",
        why="Whoever can read the repository, the assembly or the stack can administer the directory.",
        fix="store it in Secrets Manager, write the secret's name, and revoke the credential: it has been shown",
        source=_HOW,
        find=_credentials,
    ),
    Rule(
        code="directory-credential-resolved",
        level="error",
        what="The credential of the directory is named, not resolved.",
        why="CloudFormation resolves no secret for a custom resource; a parameter's value would stand in its events.",
        fix="write the name or the ARN of the secret; the provider reads it when it runs",
        source="CloudFormation User Guide, Dynamic references",
        find=_resolved,
    ),
    Rule(
        code="directory-http",
        level="error",
        what="The directory is reached over TLS.",
        why="The credential, and whom AWS trusts, could be read and changed on the way.",
        fix="write https://",
        source=_HOW,
        find=_plain_http,
    ),
    Rule(
        code="application-slug-twice",
        level="error",
        what="No two applications of a directory have the same chosen slug.",
        why="The slug is the end of the application's address: the second one is refused, and the deployment fails.",
        fix="choose another slug, or leave it out",
        source=_HOW,
        find=_slugs_twice,
    ),
    Rule(
        code="bookmark-url",
        level="error",
        what="A bookmark, and nothing else, has a URL to open.",
        why="The provider refuses it, and the deployment fails.",
        fix=f"write {contract.BOOKMARK_URL} at the template {contract.BOOKMARK_TEMPLATE} alone",
        source=_HOW,
        find=_bookmarks,
    ),
    Rule(
        code="application-acs-twice",
        level="error",
        what="The ACS URL is said by an application or by its launch, not by both.",
        why="Each deployment of one of them takes the other's away, and sign-in works or not by chance.",
        fix="leave it out in the application",
        source=_HOW,
        find=_two_addresses,
    ),
)
