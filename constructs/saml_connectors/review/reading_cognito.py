"""A Cognito user pool and its app clients as a review tells them: who signs in where, and what is known of him there.

Not here: the application that sends people (`reading_applications.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from saml_connectors.review import facts
from saml_connectors.review.grouping import POOL
from saml_connectors.review.held import Held, referred, value, values
from saml_connectors.review.model import Link, Node, Part, Place
from saml_connectors.review.reading_signers import Signers, read_signers
from saml_connectors.review.values import fields_of, key, unnamed

if TYPE_CHECKING:
    from saml_connectors.cloudformation import Resource, Template
    from saml_connectors.review.facts import Fact
    from saml_connectors.review.reading_applications import Application

CLIENT, DOMAIN = "AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPoolDomain"
RESOURCE_SERVER = "AWS::Cognito::UserPoolResourceServer"
_WORDS = {POOL: "user pool", CLIENT: "app client", DOMAIN: "domain", RESOURCE_SERVER: "resource server"}
_NAMES = {POOL: "UserPoolName", CLIENT: "ClientName", DOMAIN: "Domain", RESOURCE_SERVER: "Identifier"}
_METADATA = "ProviderDetails.MetadataFile"


class Cognito:
    """The Cognito side of a connector: its parts, and the facts that they hold.

    Args:
        held: All templates.
        provider: The user pool's SAML identity provider.
        applications: Applications whose people it lets in.
    """

    def __init__(self, held: Held, provider: Resource, applications: list[Application]) -> None:
        self._held = held
        self._provider = provider
        self._applications = applications
        self._name = value(provider, "ProviderName") or unnamed(provider)
        self._pool = value(provider, "UserPoolId")
        self.signers: Signers = read_signers(provider, self._name, "pool-", "ProviderDetails", "MetadataFile")
        place = held.place(provider)
        self.parts = [Part(place, provider.type, "identity provider", self._name, self._fields, provider)]
        self.facts: dict[Fact, Place] = dict.fromkeys(self.signers.told, held.place(provider))
        self.links: set[Link] = set()
        self._read()

    def _fields(self) -> dict[str, str]:
        told = {name: given for name, given in fields_of(self._provider).items() if name != _METADATA}
        return told | self.signers.fields

    def _read(self) -> None:
        template = self._provider.template
        for pool in referred(self._provider, "UserPoolId"):
            if pool.type == POOL:
                self._add(pool, _of_pool(pool))
        for resource in template.keep(_by_pool).get(self._pool, ()):
            if self._is_ours(resource):
                self._add(resource, self._of(resource))
        self._add_facts(self._provider, self._mapped())

    def _is_ours(self, resource: Resource) -> bool:
        """Whether people of this provider reach it; what is open to no SAML provider belongs to each of the pool."""
        if resource.type != CLIENT:
            return True
        listed = set(values(resource, "SupportedIdentityProviders"))
        return self._lists(resource) or not listed - {"COGNITO"}

    def _lists(self, client: Resource) -> bool:
        return self._name in values(client, "SupportedIdentityProviders")

    def _add(self, resource: Resource, found: Iterator[Fact]) -> None:
        self.parts.append(part_of_pool(self._held.place(resource), resource))
        self._add_facts(resource, found)

    def _add_facts(self, resource: Resource, found: Iterator[Fact]) -> None:
        self.facts.update(dict.fromkeys(found, self._held.place(resource)))

    def _of(self, resource: Resource) -> Iterator[Fact]:
        if resource.type == RESOURCE_SERVER:
            for scope in _scopes(resource):
                yield facts.of("server-scope", server=value(resource, "Identifier"), scope=scope)
        elif resource.type == CLIENT:
            yield from self._of_client(resource)

    def _of_client(self, client: Resource) -> Iterator[Fact]:
        name = value(client, "ClientName") or unnamed(client)
        if self._lists(client):
            yield from self._sign_ins(name)
        yield from client_facts(client, self._name)

    def _sign_ins(self, client: str) -> Iterator[Fact]:
        end = Node("aws", f"app client {client}")
        for application in self._applications:
            self.links.add(Link(application.node, end))
            yield from (facts.of("sign-in", group=group, client=client) for group in application.groups)
        if not self._applications:
            self.links.add(Link(Node("directory", f"IdP of {self._name}"), end))
            yield facts.of("foreign-sign-in", idp=self._name, client=client)

    def _mapped(self) -> Iterator[Fact]:
        mapping = self._provider.get("AttributeMapping")
        for attribute in mapping if isinstance(mapping, dict) else ():
            claim = value(self._provider, "AttributeMapping", attribute)
            yield facts.of("kept", idp=self._name, claim=claim, attribute=key(attribute))


def part_of_pool(place: Place, resource: Resource) -> Part:
    """A user pool, or what belongs to one, as a part of a connector."""
    name = value(resource, _NAMES[resource.type]) or unnamed(resource)
    return Part(place, resource.type, _WORDS[resource.type], name, partial(_fields, resource), resource)


def client_facts(client: Resource, provider: str = "") -> Iterator[Fact]:
    """What an app client says of itself, beside letting in the people of *provider*."""
    name = value(client, "ClientName") or unnamed(client)
    for other in values(client, "SupportedIdentityProviders"):
        if other != provider:
            yield facts.of("other-provider", client=name, provider=other)
    for host in sorted({host_of(url) for url in values(client, "CallbackURLs")}):
        yield facts.of("callback-host", client=name, host=host)
    yield from (facts.of("scope", client=name, scope=each) for each in values(client, "AllowedOAuthScopes"))
    yield from (facts.of("flow", client=name, flow=each) for each in values(client, "AllowedOAuthFlows"))
    yield from (
        facts.of("auth-flow", client=name, flow=each)
        for each in values(client, "ExplicitAuthFlows")
        if "REFRESH" not in each
    )
    yield from (facts.of("reads", client=name, attribute=each) for each in values(client, "ReadAttributes"))
    yield from (facts.of("writes", client=name, attribute=each) for each in values(client, "WriteAttributes"))


def _by_pool(template: Template) -> dict[str, list[Resource]]:
    """What belongs to each user pool."""
    found: dict[str, list[Resource]] = {}
    for resource in template.of_type(CLIENT, DOMAIN, RESOURCE_SERVER):
        found.setdefault(value(resource, "UserPoolId"), []).append(resource)
    return found


def _of_pool(pool: Resource) -> Iterator[Fact]:
    only_by_administrators = pool.get("AdminCreateUserConfig", "AllowAdminCreateUserOnly")
    if only_by_administrators is None or pool.flag("AdminCreateUserConfig", "AllowAdminCreateUserOnly") is False:
        yield facts.of("sign-up", pool=value(pool, "UserPoolName") or unnamed(pool))


def _fields(resource: Resource) -> dict[str, str]:
    found = fields_of(resource)
    for name in ("DeletionPolicy", "UpdateReplacePolicy"):
        kept = resource.declared.get(name)
        if isinstance(kept, str) and resource.type == POOL:
            found[name] = kept
    return found


def _scopes(server: Resource) -> list[str]:
    listed = server.get("Scopes")
    count = len(listed) if isinstance(listed, list) else 0
    return [value(server, "Scopes", index, "ScopeName") for index in range(count)]


def host_of(url: str) -> str:
    """Where a URL leads: host and port, or the scheme of an application on a device."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if parts.scheme in {"http", "https"} and parts.netloc:
        return parts.netloc if parts.scheme == "https" else f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:" if parts.scheme else url
