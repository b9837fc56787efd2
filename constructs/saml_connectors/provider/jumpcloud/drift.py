"""What of one resource is not as its properties ask for: read only, nothing is ever written here.

The watch asks it regularly, and the command `drift` when somebody wants to know.  What the properties do not manage is
no drift.  Not here: what is done about it, which is a deployment (`lifecycle.py`), and who is told (`watching.py`).
"""

from __future__ import annotations

from typing import NamedTuple

from . import contract, desired, desired_lookup, desired_signing, lookup, plan, shown
from .desired import CONSTANT_ATTRIBUTES, DATABASE_ATTRIBUTES
from .desired_attributes import group_attributes
from .differences import NOT_THERE, Difference, of_part, of_settings
from .errors import ApplicationError, NotFound, PropertyError
from .groups import GroupIndex
from .live import APPLICATION_ID, IDP_CERTIFICATE
from .properties import Properties
from .verify import fingerprint_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol

    from .desired import DirectoryRef
    from .directory import Directory
    from .live import Live
    from .trust import Signing

    class Opens(Protocol):
        """What of a session is needed: it opens a directory with its credential.  `session.Session` is one."""

        def open(self, ref: DirectoryRef) -> Directory:
            """The directory."""


APPLICATION, LISTED = "application", "groups"
THERE, BOUND, NOT_BOUND = "there", "bound", "not bound"
NOT_TRUSTED, NOT_GIVEN = "not trusted by AWS", "not what AWS was given"


class Comparison(NamedTuple):
    """What came of comparing one resource."""

    differences: tuple[Difference, ...] = ()
    application: Live | None = None
    """The application as it was read; None where there is none, or the resource is about none."""


class Resource(NamedTuple):
    """One custom resource as CloudFormation knows it."""

    type: str
    properties: Mapping[str, Any]
    """Resolved: no intrinsic function is left in them."""

    stack_id: str
    logical_id: str
    physical_id: str
    trusted: str | None = None
    """The certificate that AWS was given of an application or a lookup (its attribute `Certificate`), where no
    `TrustedCertificates` say which; None: not known, so not compared."""

    part: int | None = None
    """Where the properties of an application are some rows of one list of attributes: how many the whole list has, 0
    where that is not said.  None: they are all of its properties."""


def compare(resource: Resource, session: Opens) -> Comparison:
    """Compare what *resource* asks for with what the directory has; nothing is written.

    A signing certificate is the account's own, so it is always as it should be.

    Raises:
        ProviderError: The properties cannot be read, the credential cannot be used, the directory cannot be asked.
    """
    if resource.type == contract.APPLICATION and resource.part is not None:
        return _part(resource, resource.part, session)
    work = _WORK.get(resource.type)
    if work is None:
        raise PropertyError(
            f"comparing {resource.logical_id!r} with the directory",
            f"its type {resource.type!r} is not known",
            f"compare {', '.join(contract.TYPES)}; a newer construct needs a newer provider",
        )
    return work(resource, session)


def _application(resource: Resource, session: Opens) -> Comparison:
    wanted = desired.application(resource.properties, stack_id=resource.stack_id, logical_id=resource.logical_id)
    directory = session.open(wanted.directory)
    live = directory.application(resource.physical_id) if APPLICATION_ID.fullmatch(resource.physical_id) else None
    if live is None:
        return _gone()
    identity = {
        "template": (wanted.template, live.template),
        "slug": (wanted.slug, live.slug),
        "bookmark URL": (wanted.bookmark_url, live.sso_url),
    }
    found = [
        Difference(part, shown.value(identity[part][0]), shown.value(identity[part][1]))
        for part in plan.identity_differences(wanted, live)
    ]
    found += of_settings(plan.managed(wanted, live), live)
    if not wanted.is_bookmark and not wanted.signing.name:
        found += _certificate(resource.trusted, live)
    return Comparison(tuple(found), live)


def _part(resource: Resource, total: int, session: Opens) -> Comparison:
    """Some rows of a list are there; all parts together say that no other is, by the number of all of them."""
    read = Properties(resource.properties, contract.APPLICATION, resource.logical_id)
    directory = desired.directory_ref(read)
    lists = {
        plan.CONFIG + DATABASE_ATTRIBUTES: read.rows(contract.USER_ATTRIBUTES, contract.NAME, contract.SOURCE),
        plan.CONFIG + CONSTANT_ATTRIBUTES: read.rows(contract.CONSTANT_ATTRIBUTES, contract.NAME, contract.VALUE),
    }
    read.raise_if_wrong()
    live = session.open(directory).application(resource.physical_id)
    if live is None:  # told once, of the application itself
        return Comparison()
    found = [each for path, rows in lists.items() if rows for each in of_part(path, rows, total, live.value_at(path))]
    return Comparison(tuple(found))


def _launch(resource: Resource, session: Opens) -> Comparison:
    wanted = desired.launch(resource.properties, logical_id=resource.logical_id)
    live = session.open(wanted.directory).application(wanted.application_id)
    if live is None:
        return _gone()
    found = of_settings({plan.CONFIG + key: value for key, value in wanted.config.items()}, live)
    return Comparison(tuple(found), live)


def _access(resource: Resource, session: Opens) -> Comparison:
    wanted = desired.access(resource.properties, logical_id=resource.logical_id)
    directory = session.open(wanted.directory)
    try:
        bound = directory.bound_groups(wanted.application_id)
    except NotFound:
        return _gone()
    index = GroupIndex(directory)
    found = []
    for name in wanted.groups:
        groups = index.named(name)
        if not any(group["id"] in bound for group in groups):
            found.append(Difference(f"{LISTED}[{name!r}]", BOUND, NOT_BOUND if groups else _how_many(groups)))
    return Comparison(tuple(found))


def _signing(resource: Resource, session: Opens) -> Comparison:
    wanted = desired_signing.signing(resource.properties, logical_id=resource.logical_id)
    live = session.open(wanted.directory).application(wanted.application_id)
    if live is None:
        return _gone()
    now = fingerprint_of(live)
    if now == wanted.signing.fingerprint:
        return Comparison((), live)
    path = plan.CONFIG + IDP_CERTIFICATE
    there = _named(now, wanted.signing) if now else shown.UNREADABLE
    if wanted.signing.name_of(now) is None:
        there += f", {NOT_TRUSTED}"
    return Comparison((Difference(path, _named(wanted.signing.fingerprint, wanted.signing), there),), live)


def _group_attributes(resource: Resource, session: Opens) -> Comparison:
    wanted = group_attributes(resource.properties, logical_id=resource.logical_id)
    if not wanted.groups:
        return Comparison()
    directory = session.open(wanted.directory)
    index = GroupIndex(directory)
    found: list[Difference] = []
    for name, carried in wanted.groups.items():
        groups = index.named(name)
        live = directory.group(groups[0]["id"]) if len(groups) == 1 else None
        if live is None:
            found.append(Difference(f"{LISTED}[{name!r}]", THERE, _how_many(groups)))
            continue
        if live.is_dynamic:  # its members inherit nothing then
            found.append(Difference(f"{LISTED}[{name!r}].membershipMethod", "static", "dynamic"))
        found += [
            Difference(
                f"{LISTED}[{name!r}].attributes[{attribute!r}]",
                shown.of(attribute, value),
                shown.of(attribute, live.attributes.get(attribute)),
            )
            for attribute, value in carried.items()
            if live.attributes.get(attribute) != value
        ]
    return Comparison(tuple(found))


def _lookup(resource: Resource, session: Opens) -> Comparison:
    """An application of another stack: it is there, and signs with what AWS was given of it."""
    wanted = desired_lookup.lookup(resource.properties, logical_id=resource.logical_id)
    directory = session.open(wanted.directory)
    try:
        found = lookup.the_one(wanted, directory, "comparing")
    except ApplicationError:
        return _gone()
    live = directory.application(found.id)  # a list need not tell every setting
    if live is None:
        return _gone()
    return Comparison(tuple(_certificate(resource.trusted, live)), live)


def _signing_certificate(resource: Resource, _session: Opens) -> Comparison:
    desired_signing.certificate(resource.properties, logical_id=resource.logical_id)
    return Comparison()


_WORK: Mapping[str, Callable[[Resource, Opens], Comparison]] = {
    contract.APPLICATION: _application,
    contract.LAUNCH: _launch,
    contract.ACCESS: _access,
    contract.GROUP_ATTRIBUTES: _group_attributes,
    contract.LOOKUP: _lookup,
    contract.SIGNING_CERTIFICATE: _signing_certificate,
    contract.APPLICATION_SIGNING: _signing,
}


def _gone() -> Comparison:
    return Comparison((Difference(APPLICATION, THERE, NOT_THERE),))


def _how_many(groups: list[dict[str, str]]) -> str:
    return f"{len(groups)} groups of this name" if groups else "no group of this name"


def _certificate(trusted: str | None, live: Live) -> list[Difference]:
    """What AWS was given, and what the application signs with, by their fingerprints."""
    if not trusted:
        return []
    given, now = shown.fingerprint(trusted), shown.fingerprint(live.config_value(IDP_CERTIFICATE))
    if given == now:
        return []
    return [Difference(plan.CONFIG + IDP_CERTIFICATE, given, f"{now}, {NOT_GIVEN}")]


def _named(fingerprint: str, signing: Signing) -> str:
    name = signing.name_of(fingerprint)
    return f"{name!r} ({fingerprint})" if name else fingerprint
