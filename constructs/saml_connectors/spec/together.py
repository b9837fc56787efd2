"""What several specs of one app must not share, and what they may name of each other.

Not here: rules that concern one spec alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from saml_connectors.problems import Problem
from saml_connectors.spec.bookmark import BookmarkSpec
from saml_connectors.spec.cognito import CognitoUserPoolSpec
from saml_connectors.spec.connector import ConnectorSpec
from saml_connectors.spec.findings import Location

Found = tuple[int, Location, Problem]
"""Which spec, by its place in the sequence; which field; what is wrong."""


def check_together(specs: Sequence[ConnectorSpec]) -> list[Found]:
    """Everything that is wrong between *specs*, each of which is right by itself."""
    return [*_claimed_twice(specs), *_broken_links(specs)]


def _claims(spec: ConnectorSpec) -> Iterator[tuple[tuple[str, ...], Location, str]]:
    """What a spec claims for itself: the key that must be unique, the field, and how to say it."""
    yield ("name", spec.name), ("name",), "connector name"
    if not isinstance(spec, CognitoUserPoolSpec):
        return
    region, pool = spec.aws.region or "", spec.user_pool
    if pool.domain.prefix is not None:
        yield ("prefix", region, pool.domain.prefix), ("user_pool", "domain", "prefix"), "domain prefix"
    if pool.domain.custom is not None:
        yield ("custom", pool.domain.custom), ("user_pool", "domain", "custom"), "domain"
    if pool.id is not None:
        yield (
            ("provider", pool.id, pool.provider_name),
            ("user_pool", "provider_name"),
            "provider name in one user pool",
        )
        for index, identifier in enumerate(pool.identifiers):
            place: Location = ("user_pool", "identifiers", index)
            yield ("identifier", pool.id, identifier), place, "identifier in one user pool"
    if spec.application is not None and spec.application.slug is not None and spec.directory is not None:
        directory = (spec.directory.api_base, spec.directory.org_id or "")
        yield ("slug", *directory, spec.application.slug), ("application", "slug"), "SSO IdP URL"


def _claimed_twice(specs: Sequence[ConnectorSpec]) -> Iterator[Found]:
    first: dict[tuple[str, ...], str] = {}
    for index, spec in enumerate(specs):
        for key, location, what in _claims(spec):
            if key in first:
                yield (
                    index,
                    location,
                    Problem(
                        code="claimed-twice",
                        field=".".join(str(part) for part in location),
                        rule=f"must be a {what} of its own, but connector '{first[key]}' has it too",
                        given=f'"{key[-1]}"',
                    ),
                )
            else:
                first[key] = spec.name


def _broken_links(specs: Sequence[ConnectorSpec]) -> Iterator[Found]:
    named = {spec.name: spec for spec in specs}
    for index, spec in enumerate(specs):
        if not isinstance(spec, BookmarkSpec) or spec.opens is None:
            continue
        link, target = spec.opens, named.get(spec.opens.connector)
        if not isinstance(target, CognitoUserPoolSpec):
            names = [each.name for each in specs if isinstance(each, CognitoUserPoolSpec)]
            yield _broken(index, "connector", "a connector of kind cognito-user-pool", link.connector, names)
            continue
        clients = {client.name: client for client in target.app_clients if client.interactive}
        if link.app_client is not None and link.app_client not in clients:
            yield _broken(index, "app_client", f"an app client of '{target.name}'", link.app_client, list(clients))
        urls = [*chain.from_iterable(client.callback_urls for client in clients.values())]
        if link.callback_url is not None and link.callback_url not in urls:
            yield _broken(index, "callback_url", "a callback URL of the app client", link.callback_url, urls)
        if link.identifier is not None and link.identifier not in target.user_pool.identifiers:
            known = list(target.user_pool.identifiers)
            yield _broken(index, "identifier", f"an identifier of '{target.name}'", link.identifier, known)


def _broken(index: int, field: str, what: str, given: str, known: Sequence[str]) -> Found:
    return (
        index,
        ("opens", field),
        Problem(
            code="link-broken",
            field=f"opens.{field}",
            rule=f"must be {what} in the same app",
            given=f'"{given}"',
            fix=f"there are {', '.join(known)}" if known else "there is none",
        ),
    )
