"""What several specs of one app must not share, and what they may name of each other.

Not here: rules that concern one spec alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from saml_connectors.problems import Problem
from saml_connectors.spec.bookmark import BookmarkSpec
from saml_connectors.spec.cognito import CognitoUserPoolSpec
from saml_connectors.spec.connector import ConnectorSpec
from saml_connectors.spec.directory import Directory, SamlApplication, Tile
from saml_connectors.spec.findings import Location, field_path, shown
from saml_connectors.spec.iam import IamSpec
from saml_connectors.spec.identity_center import IdentityCenterSpec
from saml_connectors.spec.source import Source


@dataclass(frozen=True, slots=True)
class Claimant:
    """A spec beside others."""

    spec: ConnectorSpec
    source: Source
    broken: tuple[Location, ...] = ()
    """Where something is wrong already: what stands there in *spec* only stands in."""

    def means(self, location: Location) -> bool:
        """Whether what stands at *location* in the spec is what its author wrote."""
        return not any(location[: len(each)] == each or each[: len(location)] == location for each in self.broken)


Found = tuple[Claimant, Location, Problem]
"""Which spec; which field; what is wrong."""


def check_together(claimants: Sequence[Claimant], *, complete: bool = True) -> list[Found]:
    """Everything that is wrong between specs.

    Args:
        claimants: The specs.
        complete: Whether these are all.  Otherwise a link to a connector that is not here is not told to be broken.
    """
    known = complete and all(claimant.means(("name",)) for claimant in claimants)
    return [*_claimed_twice(claimants), *_broken_links(claimants, complete=known)]


@dataclass(frozen=True, slots=True)
class _Claim:
    """Something that a spec claims for itself."""

    key: tuple[str, ...]
    """What must be unique."""

    location: Location
    """The field that claims it."""

    what: str
    """How to say it."""

    given: str
    """What the author wrote."""

    rests_on: tuple[Location, ...] = ()
    """Other fields that say where it is claimed."""


def _claims(spec: ConnectorSpec) -> Iterator[_Claim]:
    yield _Claim(("name", spec.name), ("name",), "connector name", spec.name)
    for name in _further_stacks(spec):  # stacks are named after connectors
        yield _Claim(("name", name), ("name",), "stack", name)
    if isinstance(spec, IamSpec):
        yield from _iam_claims(spec)
    if isinstance(spec, CognitoUserPoolSpec):
        yield from _pool_claims(spec)
    if isinstance(spec, IdentityCenterSpec):
        yield from _identity_center_claims(spec)
    directory, application = getattr(spec, "directory", None), getattr(spec, "application", None)
    if isinstance(directory, Directory) and isinstance(application, Tile) and application.adopt is not None:
        adopted = ("adopt", directory.api_base, application.adopt)
        yield _Claim(adopted, ("application", "adopt"), "application", application.adopt, (("directory",),))
    if isinstance(directory, Directory) and isinstance(application, SamlApplication) and application.slug is not None:
        key = ("slug", directory.api_base, directory.org_id or "", application.slug)
        yield _Claim(key, ("application", "slug"), "SSO IdP URL", application.slug, (("directory",),))


def _further_stacks(spec: ConnectorSpec) -> list[str]:
    """What follows `saml-connector-` in the names of the stacks that a connector has besides its own."""
    if isinstance(spec, IdentityCenterSpec) and spec.permission_sets:
        return [f"{spec.name}-access"]
    if isinstance(spec, IamSpec) and spec.other_accounts is not None and spec.other_accounts.deployed_by == "stacks":
        return [f"{spec.name}-{account}" for account in spec.other_accounts.ids]
    return []


def _iam_claims(spec: IamSpec) -> Iterator[_Claim]:
    where: tuple[Location, ...] = (("aws", "account"), ("other_accounts",))
    for account in spec.accounts:
        if not spec.provider.existing:
            name = spec.provider.name
            rests_on = (*where, ("provider", "existing"))
            yield _Claim(("saml-provider", account, name), ("provider", "name"), "SAML provider", name, rests_on)
        for name, role in spec.roles_in(account).items():
            if not role.existing:
                yield _Claim(("role", account, name.lower()), ("roles", name), "role", name, where)


def _identity_center_claims(spec: IdentityCenterSpec) -> Iterator[_Claim]:
    arn: tuple[Location, ...] = (("instance", "arn"),)
    if spec.attributes:
        yield _Claim(
            ("access-control", spec.instance.arn), ("attributes",), "set of attributes of one instance", "", arn
        )
    for name in spec.permission_sets:
        key = ("permission-set", spec.instance.arn, name.lower())
        yield _Claim(key, ("permission_sets", name), "permission set of one instance", name, arn)


def _pool_claims(spec: CognitoUserPoolSpec) -> Iterator[_Claim]:
    region, pool = spec.aws.region or "", spec.user_pool
    domain: Location = ("user_pool", "domain")
    if pool.domain.prefix is not None:
        key = ("prefix", region, pool.domain.prefix)
        yield _Claim(key, (*domain, "prefix"), "domain prefix", pool.domain.prefix, (("aws", "region"),))
    if pool.domain.custom is not None:
        yield _Claim(("custom", pool.domain.custom), (*domain, "custom"), "domain", pool.domain.custom)
    if pool.id is not None:
        place: Location = ("user_pool", "provider_name")
        key, what = ("provider", pool.id, pool.provider_name), "provider name in one user pool"
        yield _Claim(key, place, what, pool.provider_name, (("user_pool", "id"),))
        for index, identifier in enumerate(pool.identifiers):
            place = ("user_pool", "identifiers", index)
            key, what = ("identifier", pool.id, identifier), "identifier in one user pool"
            yield _Claim(key, place, what, identifier, (("user_pool", "id"),))


def _claimed_twice(claimants: Sequence[Claimant]) -> Iterator[Found]:
    first: dict[tuple[str, ...], tuple[Claimant, Location]] = {}
    for claimant in claimants:
        told: set[Location] = set()
        for claim in _claims(claimant.spec):
            if claim.location in told or not all(map(claimant.means, (claim.location, *claim.rests_on))):
                continue
            other, place = first.setdefault(claim.key, (claimant, claim.location))
            if other is claimant:
                continue  # its own, or one that it names twice, which its own rules tell
            told.add(claim.location)
            line = other.source.line_of(place)
            where = f"{other.source.file}:{line}" if line else "another connector"
            rule = f"must be a {claim.what} of its own, but {where} has it too"
            problem = Problem(
                code="claimed-twice", field=field_path(claim.location), rule=rule, given=shown(claim.given)
            )
            yield claimant, claim.location, problem


def _broken_links(claimants: Sequence[Claimant], *, complete: bool) -> Iterator[Found]:
    named = {claimant.spec.name: claimant for claimant in claimants}
    for claimant in claimants:
        spec = claimant.spec
        if not isinstance(spec, BookmarkSpec) or spec.opens is None or not claimant.means(("opens",)):
            continue
        link, target = spec.opens, named.get(spec.opens.connector)
        pool = target.spec if target is not None else None
        if not isinstance(pool, CognitoUserPoolSpec):
            if complete:
                names = [each.spec.name for each in claimants if isinstance(each.spec, CognitoUserPoolSpec)]
                what = "a connector of kind cognito-user-pool"
                yield _broken(claimant, "connector", what, link.connector, names)
            continue
        if target is None or target.broken:
            continue  # what the link names in it is looked at when it is right
        if spec.aws != pool.aws and None in {spec.aws.region, pool.aws.region}:
            problem = Problem(
                code="link-broken",
                field="opens.connector",
                rule="must be deployed to the same account and region as this, or both must say their region",
                given=shown(link.connector),
                fix="give both the same aws, with a region",
            )
            yield claimant, ("opens", "connector"), problem
        clients = {client.name: client for client in pool.app_clients if client.interactive}
        if link.app_client is not None and link.app_client not in clients:
            yield _broken(claimant, "app_client", f"an app client of '{pool.name}'", link.app_client, list(clients))
            continue
        chosen = [clients[link.app_client]] if link.app_client is not None else list(clients.values())[:1]
        urls = [*chain.from_iterable(client.callback_urls for client in chosen)]
        if link.callback_url is not None and link.callback_url not in urls:
            yield _broken(claimant, "callback_url", "a callback URL of the app client", link.callback_url, urls)
        if link.identifier is not None and link.identifier not in pool.user_pool.identifiers:
            known = list(pool.user_pool.identifiers)
            yield _broken(claimant, "identifier", f"an identifier of '{pool.name}'", link.identifier, known)


def _broken(claimant: Claimant, field: str, what: str, given: str, known: Sequence[str]) -> Found:
    return (
        claimant,
        ("opens", field),
        Problem(
            code="link-broken",
            field=f"opens.{field}",
            rule=f"must be {what} in the same app",
            given=shown(given),
            fix=f"there are {', '.join(known)}" if known else "there is none",
        ),
    )
