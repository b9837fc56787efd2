"""Which resources make one connector: those that sign-in leads through, found by what refers to what.

Not here: what they say (`reading_*.py`).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from saml_connectors.cloudformation.intrinsics import plain_text
from saml_connectors.provider.identity_store import contract as identity_store
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review.held import Held, referred, rows, value
from saml_connectors.review.model import Place
from saml_connectors.review.values import IDENTITY_PROVIDER, SAML_PROVIDER, is_known

if TYPE_CHECKING:
    from saml_connectors.cloudformation import Resource, Template

POOL = "AWS::Cognito::UserPool"
PERMISSION_SET, ASSIGNMENT = "AWS::SSO::PermissionSet", "AWS::SSO::Assignment"
ACCESS_CONTROL = "AWS::SSO::InstanceAccessControlAttributeConfiguration"
STORE_GROUP = "AWS::IdentityStore::Group"
OF_INSTANCE = (PERMISSION_SET, ASSIGNMENT, ACCESS_CONTROL)
OF_STORE = (identity_store.GROUP, STORE_GROUP)
APPLICATIONS = (contract.APPLICATION, contract.LOOKUP)
SATELLITES = (contract.LAUNCH, contract.ACCESS, contract.SIGNING_CERTIFICATE, contract.APPLICATION_SIGNING)

_STORE = re.compile(r"/platform/saml/(d-[0-9a-f]{10})\b")
_INSTANCE = re.compile(r"arn:[\w-]+:sso:::instance/[\w.-]+")


class _Sets:
    """What belongs together, directly or by way of others."""

    def __init__(self) -> None:
        self._above: dict[Hashable, Hashable] = {}

    def top(self, one: Hashable) -> Hashable:
        found = one
        while (above := self._above.setdefault(found, found)) != found:
            found = above
        self._above[one] = found
        return found

    def join(self, one: Hashable, other: Hashable) -> None:
        first, second = self.top(one), self.top(other)
        if first != second:
            self._above[second] = first


def groups(held: Held) -> list[list[Resource]]:
    """The anchors of each connector: applications, identity providers, and what Identity Center assigns."""
    anchors = [
        *held.of_type(*APPLICATIONS),
        *(each for each in held.of_type(IDENTITY_PROVIDER) if each.text("ProviderType") in {"SAML", None}),
        *held.of_type(SAML_PROVIDER, *OF_INSTANCE, *OF_STORE),
    ]
    sets = _Sets()
    for anchor in anchors:
        sets.top(held.place(anchor))
        for other in _near(held, anchor):
            sets.join(held.place(anchor), other)
    found: dict[Hashable, list[Resource]] = {}
    for anchor in anchors:
        found.setdefault(sets.top(held.place(anchor)), []).append(anchor)
    return list(found.values())


def _near(held: Held, anchor: Resource) -> Iterator[Hashable]:
    """What belongs to the same connector as *anchor*."""
    if anchor.type in {IDENTITY_PROVIDER, SAML_PROVIDER}:
        yield from _signers(held, anchor)
    elif anchor.type == contract.LOOKUP:
        yield ("slug", value(anchor, contract.DIRECTORY, contract.API_URL), value(anchor, contract.SLUG))
    elif anchor.type == contract.APPLICATION:
        yield from _near_application(held, anchor)
    elif anchor.type in OF_INSTANCE:
        yield _instance(held, anchor, value(anchor, "InstanceArn"))
        yield from (held.place(each) for name in ("PermissionSetArn", "PrincipalId") for each in referred(anchor, name))
    else:
        yield _store(held, anchor, value(anchor, identity_store.IDENTITY_STORE_ID))


def _near_application(held: Held, anchor: Resource) -> Iterator[Hashable]:
    slug = value(anchor, contract.SLUG)
    if slug:
        yield ("slug", value(anchor, contract.DIRECTORY, contract.API_URL), slug)
    yield from (
        held.place(each) for each in referred(anchor, contract.IDP_ENTITY_ID) if each.type == contract.APPLICATION
    )
    for _, role in rows(anchor, contract.CONSTANT_ATTRIBUTES, contract.NAME, contract.VALUE):
        provider = role.rpartition(":saml-provider/")
        if provider[1]:
            yield from _provider_called(held, anchor, provider[2])
    store = _STORE.search(value(anchor, contract.SP_ENTITY_ID))
    if store:
        yield ("store", store[1])
        yield from _of_identity_center(held, anchor)
    pool = value(anchor, contract.SP_ENTITY_ID).removeprefix("urn:amazon:cognito:sp:")
    for each in anchor.template.keep(_providers_by_pool).get(pool, ()):
        if not any(_signers(held, each)):
            yield held.place(each)  # its metadata was uploaded by hand


def _providers_by_pool(template: Template) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for each in template.of_type(IDENTITY_PROVIDER):
        found.setdefault(value(each, "UserPoolId"), []).append(each)
    return found


def _providers_by_name(template: Template) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for each in template.of_type(SAML_PROVIDER):
        found.setdefault(value(each, "Name"), []).append(each)
    return found


def _provider_called(held: Held, anchor: Resource, name: str) -> Iterator[Place]:
    """The SAML provider of that name in the template itself: an ARN of another account is another one's."""
    for each in anchor.template.keep(_providers_by_name).get(name, ()):
        yield held.place(each)


def _of_identity_center(held: Held, application: Resource) -> Iterator[Hashable]:
    """What its own template says of the instance, where it is the template's only application of Identity Center."""
    template = application.template
    alike = [
        each for each in template.of_type(contract.APPLICATION) if _STORE.search(value(each, contract.SP_ENTITY_ID))
    ]
    if len(alike) > 1:
        return
    yield from (held.place(each) for each in template.of_type(*OF_INSTANCE, *OF_STORE))
    for output in template.outputs.values():
        known = plain_text(output)
        if known is not None and _INSTANCE.fullmatch(known):
            yield ("instance", known)


def _signers(held: Held, provider: Resource) -> Iterator[Place]:
    """The applications whose certificate its metadata has, directly or by way of a signing certificate."""
    for name in sorted(provider.references):
        each = provider.template.resources[name]
        if each.type in APPLICATIONS:
            yield held.place(each)
        elif each.type == contract.SIGNING_CERTIFICATE:
            for user in held.used_by(each, contract.APPLICATION, contract.APPLICATION_SIGNING):
                if user.type == contract.APPLICATION:
                    yield held.place(user)
                yield from (held.place(one) for one in referred(user, contract.APPLICATION_ID))
            yield from (held.place(one) for one in referred(each, contract.APPLICATION_ID))


def _instance(held: Held, anchor: Resource, arn: str) -> Hashable:
    """The instance; one that is not known is that of the template."""
    return ("instance", arn) if is_known(arn) else ("instance", arn, held.place(anchor).template)


def _store(held: Held, anchor: Resource, store: str) -> Hashable:
    return ("store", store) if is_known(store) else ("store", store, held.place(anchor).template)
