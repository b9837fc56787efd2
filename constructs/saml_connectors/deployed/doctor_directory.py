"""Check-up of the directory's side: secret, credential, applications, what drifted, their certificates, who sees them.

Not here: what AWS makes of them (`doctor_trust.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from saml_connectors.cloudformation import Resource
from saml_connectors.deployed.certificate_given import CERTIFICATE, signature
from saml_connectors.deployed.checkup import Checkup
from saml_connectors.deployed.compared import compared
from saml_connectors.deployed.deployment import Deployment
from saml_connectors.deployed.drift_report import Drift, people
from saml_connectors.deployed.resolved import NotKnown, resolved
from saml_connectors.metadata.certificate import Certificate, read_certificate
from saml_connectors.provider.jumpcloud import contract, desired
from saml_connectors.provider.jumpcloud.credentials import ServiceAccount, parse
from saml_connectors.provider.jumpcloud.desired import DirectoryRef
from saml_connectors.provider.jumpcloud.errors import PropertyError
from saml_connectors.provider.jumpcloud.journal import Redactor
from saml_connectors.provider.jumpcloud.live import Live
from saml_connectors.provider.jumpcloud.verify import certificate_of

WARN_DAYS = 30
"""Days before its end from which on a certificate that is still good gets an advice."""

SHOWN_FIELDS = 6
_REMOVED = "deploy a change to the application, such as of its description: it is made anew, and AWS told of it"


class Seen(NamedTuple):
    """An application that a resource registered or found, as it is now; None where it is gone or cannot be read."""

    resource: Resource
    live: Live | None
    untold: bool = False
    """Whether no output of the stack tells which certificate AWS was given: AWS itself has to be asked."""

    @property
    def is_bookmark(self) -> bool:
        """Whether it only opens a URL."""
        return self.resource.text(contract.TEMPLATE) == contract.BOOKMARK_TEMPLATE


def look(here: Deployment, checkup: Checkup, now: datetime) -> list[Seen]:
    """Look at everything in the directory; gives the applications."""
    refs: dict[str, DirectoryRef] = {}
    for resource in here.of_type(contract.APPLICATION, contract.LOOKUP, contract.GROUP_ATTRIBUTES):
        try:
            refs[resource.logical_id] = here.ref(resource)
        except PropertyError as error:
            checkup.unknown("secret", resource.logical_id, error.cause, "name the directory by values that are known")
    usable = {ref for ref in dict.fromkeys(refs.values()) if _sign_in(ref, here, checkup)}
    found = []
    for resource in here.of_type(contract.APPLICATION, contract.LOOKUP):
        if refs.get(resource.logical_id) in usable:
            found.append(_application(resource, here, checkup, now))
        else:
            checkup.skipped("application", resource.logical_id, "the directory cannot be asked")
    for resource in here.of_type(contract.ACCESS):
        _groups(resource, here, checkup, usable)
    for resource in here.of_type(contract.GROUP_ATTRIBUTES):
        if refs.get(resource.logical_id) in usable:
            _drift([resource], "group-attributes", here, checkup)
        else:
            checkup.skipped("group-attributes", resource.logical_id, "the directory cannot be asked")
    return found


def judge_certificate(checkup: Checkup, step: str, of: str, certificate: Certificate, now: datetime) -> None:
    """Whether a certificate is good now, and how long."""
    days = (certificate.not_after - now).days
    seen = f"{signature(certificate.sha256)}, until {certificate.not_after:%Y-%m-%d}, {days:,} days"
    renew = "rotate it, as docs/certificates.md says: without an outage while the old one is good"
    if now > certificate.not_after:
        checkup.wrong(step, of, f"it ended on {certificate.not_after:%Y-%m-%d}: nobody can sign in", renew)
    elif now < certificate.not_before:
        begins = f"it begins only on {certificate.not_before:%Y-%m-%d %H:%M} UTC"
        checkup.wrong(step, of, begins, "check the clock of this machine; wait, or use another certificate")
    else:
        checkup.ok(step, of, seen, renew if days < WARN_DAYS else "")


def _sign_in(ref: DirectoryRef, here: Deployment, checkup: Checkup) -> bool:
    """Whether the directory can be asked: the secret, its form, and whether the directory accepts what is in it."""
    with checkup.step("secret", ref.secret):
        text = here.credential(ref)
        holds = "a service account" if isinstance(parse(text, ref.secret, Redactor()), ServiceAccount) else "an API key"
        checkup.ok("secret", ref.secret, f"it can be read, and holds {holds}")
        with checkup.step("credential", ref.api_url):
            here.directory(ref).groups_named("saml-connectors-doctor")
            checkup.ok("credential", ref.api_url, "the directory accepts it")
            return True
        return False
    checkup.skipped("credential", ref.api_url, "the secret cannot be used")
    return False


def _application(resource: Resource, here: Deployment, checkup: Checkup, now: datetime) -> Seen:
    of = resource.logical_id
    with checkup.step("application", of):
        live = here.live(resource)
        if live is None:
            seen = f"application {here.application_id(resource)} is not in the directory any more"
            checkup.wrong("application", of, seen, _REMOVED)
            checkup.skipped("certificate", of, "the application is gone")
            return Seen(resource, None)
        inactive = "it is deactivated: nobody can use it" if live.says_active and not live.active else None
        checkup.judge("application", of, f"{live} is there", inactive, "activate it in the Admin Portal")
        about = [each for each in here.of_type(contract.LAUNCH, contract.APPLICATION_SIGNING) if _is_about(each, live)]
        untold = _drift([resource, *about], "settings", here, checkup)
        seen_now = Seen(resource, live, untold)
        if not seen_now.is_bookmark:
            _certificate(of, live, checkup, now)
        return seen_now
    return Seen(resource, None)


def _is_about(resource: Resource, live: Live) -> bool:
    return resource.text(contract.APPLICATION_ID) == live.id


def _certificate(of: str, live: Live, checkup: Checkup, now: datetime) -> None:
    try:
        line = certificate_of(live)
    except ValueError as error:
        advice = "look at the application in the Admin Portal, and give it a certificate"
        checkup.wrong("certificate", of, f"the application's cannot be used: {error}", advice)
        return
    with checkup.step("certificate", of):
        judge_certificate(checkup, "certificate", of, read_certificate(line), now)


def _drift(resources: Iterable[Resource], step: str, here: Deployment, checkup: Checkup) -> bool:
    """Whether everything that is managed is as it was deployed.

    Gives whether no output tells which certificate AWS was given, which the step `trust` finds out from AWS.
    """
    resources = list(resources)
    of, untold = resources[0].logical_id, False
    with checkup.step(step, of):
        found = [each for resource in resources for each in compared(resource, here)]
        drift = [each for each in found if isinstance(each, Drift)]
        missing = [each for each in found if isinstance(each, NotKnown)]
        if drift:
            shown = [f"{each.field} is {each.live}, not {each.desired}" for each in drift[:SHOWN_FIELDS]]
            more = [f"and {len(drift) - SHOWN_FIELDS} more"] if len(drift) > SHOWN_FIELDS else []
            advice = (
                "put them right in the Admin Portal, or into the spec; `saml-connectors drift` says who is affected"
            )
            checkup.wrong(step, of, "; ".join(shown + more), advice)
        else:
            checkup.ok(step, of, "everything that the stack manages is as it was deployed")
        for each in missing:
            if each.field == CERTIFICATE:
                untold = True
            else:
                checkup.unknown(step, of, f"{each.field}: {each.why}")
    return untold


def _groups(resource: Resource, here: Deployment, checkup: Checkup, usable: set[DirectoryRef]) -> None:
    """Whether the groups that are to see an application exist, are bound, and have people in them."""
    of = resource.logical_id
    try:
        ref, wanted = here.ref(resource), _wanted(resource)
    except PropertyError as error:
        checkup.unknown("groups", of, error.cause)
        return
    if ref not in usable:
        checkup.skipped("groups", of, "the directory cannot be asked")
        return
    with checkup.step("groups", of):
        directory = here.directory(ref)
        bound = directory.bound(wanted.application_id)
        if bound is None:
            checkup.skipped("groups", of, "the application is gone")
            return
        for name in wanted.groups:
            there = directory.index.named(name)
            if len(there) != 1:
                seen = f"there are {len(there)} groups {name!r}" if there else f"there is no group {name!r}"
                checkup.wrong(
                    "groups", of, seen, "make it, or rename: one group of that name, bound to the application"
                )
            elif there[0]["id"] not in bound:
                seen = f"group {name!r} ({people(directory.size(there[0]['id']))}) does not see the application"
                checkup.wrong("groups", of, seen, "bind it to the application in the Admin Portal, under User Groups")
            else:
                size = directory.size(there[0]["id"])
                nobody = "" if size else "add people to it: nobody gets the application by it now"
                checkup.ok("groups", of, f"group {name!r} is bound ({people(size)})", nobody)


def _wanted(resource: Resource) -> desired.Access:
    return desired.access(resolved(resource)[0], logical_id=resource.logical_id)
