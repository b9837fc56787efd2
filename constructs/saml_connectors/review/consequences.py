"""What another value of a field means for people, where the resource stays: what breaks, what lasts longer.

Not here: replacements (`replacing.py`), rotations (`rotation.py`), and who gains what (`comparing.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review.changes import Change
from saml_connectors.review.grouping import PERMISSION_SET, POOL
from saml_connectors.review.held import value, values
from saml_connectors.review.lasting import lasting
from saml_connectors.review.phrase import Name, phrase
from saml_connectors.review.reading_applications import FIELDS
from saml_connectors.review.reading_cognito import CLIENT, DOMAIN, host_of
from saml_connectors.review.risk import Risk
from saml_connectors.review.values import IDENTITY_PROVIDER, ROLE

if TYPE_CHECKING:
    from saml_connectors.review.model import Connector, Part

_UNSAID = "what the directory sets"
_AUDIENCE = "urn:amazon:cognito:sp:"
_TRIGGERS = ("LambdaConfig.PreTokenGeneration",)


def consequences(before: Part, after: Part, base: Connector, new: Connector) -> Iterator[Change]:
    """What the fields that differ mean, for one part."""
    if after.type == contract.APPLICATION:
        yield from _of_application(before, after, base, new)
    elif after.type == CLIENT:
        yield from _of_client(before, after, base, new)
    elif after.type == POOL and _has_trigger(before) and not _has_trigger(after):
        words = "user pool {part} runs no function before it makes tokens any more: groups no longer reach tokens by it"
        yield _told(Risk.REMOVED, "group-trigger-removed", words, after)
    if after.type in {contract.APPLICATION, CLIENT, ROLE, PERMISSION_SET}:
        yield from lasting(before, after)


def credentials_sent(base: Connector, new: Connector) -> Iterator[Change]:
    """Hosts that get the directory's credential from now on, and did not before."""
    known = {host for part in base.parts for host in _asked(part)}
    told: set[str] = set()
    for part in new.parts:
        fresh = tuple(sorted(_asked(part) - known - told))
        if fresh and known:
            told.update(fresh)
            words = "the directory's credential is sent to {hosts} from now on, was {known}"
            yield _told(Risk.TRUST, "credential-sent", words, part, hosts=fresh, known=tuple(sorted(known)))


def _asked(part: Part) -> set[str]:
    """The hosts of the directory's API and of its token endpoint, for a resource that has a credential for them."""
    found = {
        value(each, contract.DIRECTORY, name)
        for each in (part.resource, *part.beside)
        for name in (contract.API_URL, contract.TOKEN_URL)
    }
    return {host_of(each) for each in found if each}


def _of_application(before: Part, after: Part, base: Connector, new: Connector) -> Iterator[Change]:
    old, now = _both(before, after, FIELDS[contract.SUBJECT_FIELD])
    if old != now:
        words = "the NameID of {part} is {now} now, was {old}: everybody who has signed in becomes a new user"
        yield _told(Risk.BREAKS, "name-id-changed", words, after, now=now, old=old)
    old, now = _both(before, after, FIELDS[contract.NAME_ID_FORMAT])
    if old != now:
        words = "the format of {part}'s NameID is {now} now, was {old}: people who have signed in may become new users"
        yield _told(Risk.BREAKS, "name-id-changed", words, after, now=now, old=old)
    yield from _service_provider(before, after, base, new)
    yield from _signed(before, after)


def _service_provider(before: Part, after: Part, base: Connector, new: Connector) -> Iterator[Change]:
    """Whom the responses are for, and where they go."""
    old, now = _both(before, after, FIELDS[contract.SP_ENTITY_ID])
    pools = {f"{_AUDIENCE}{value(each.resource, 'UserPoolId')}" for each in new.of_type(IDENTITY_PROVIDER)}
    if old != now and pools and now not in pools:
        words = "the SP entity ID of {part} is {now} now, which is not that of its user pool: nobody can sign in"
        yield _told(Risk.BREAKS, "audience-changed", words, after, now=now)
    elif old != now and not pools:
        words = "the SP entity ID of {part} is {now} now, was {old}: only who goes by that name takes its responses"
        yield _told(Risk.TRUST, "audience-changed", words, after, now=now, old=old)
    old, now = _both(before, after, FIELDS[contract.ACS_URL])
    if old == now:
        return
    if pools and _domains(base) == _domains(new) != set():
        words = "the ACS URL of {part} is {now} now, but the user pool's domain stays: nobody can sign in"
        yield _told(Risk.BREAKS, "acs-url-changed", words, after, now=now)
    else:
        words = "people who sign in by {part} are sent to the ACS URL {now} from now on, was {old}"
        yield _told(Risk.TRUST, "acs-url-changed", words, after, now=now, old=old)


def _domains(connector: Connector) -> set[tuple[str, str]]:
    return {(part.place.logical_id, part.fields.get("Domain", "")) for part in connector.of_type(DOMAIN)}


def _signed(before: Part, after: Part) -> Iterator[Change]:
    assertion, response = FIELDS[contract.SIGN_ASSERTION], FIELDS[contract.SIGN_RESPONSE]
    stopped = before.fields.get(assertion) != "false" or _both(before, after, response) == ("true", "false")
    if after.fields.get(assertion) != "false" or not stopped:
        return
    if after.fields.get(response) == "true":
        words = "the assertion of {part} is not signed any more, only the response around it"
        yield _told(Risk.TRUST, "assertion-unsigned", words, after)
    else:
        words = "neither assertion nor response of {part} is signed any more: nobody can sign in"
        yield _told(Risk.BREAKS, "assertion-unsigned", words, after)


def _of_client(before: Part, after: Part, base: Connector, new: Connector) -> Iterator[Change]:
    offered, left = (set(values(each.resource, "SupportedIdentityProviders")) for each in (before, after))
    ours = {part.name for connector in (base, new) for part in connector.of_type(IDENTITY_PROVIDER)}
    gone = tuple(sorted((offered & ours) - left))
    if gone:
        words = "app client {part} stays, and no longer offers {gone}: "
        words += "it offers {left} now" if left else "it offers nothing now"
        if left - ours - {"COGNITO"}:
            words += ", whose people this page cannot follow"
        names: dict[str, Name] = {"gone": gone, "left": tuple(sorted(left))}
        yield _told(Risk.REMOVED, "provider-not-offered", words, after, **names)
    if before.fields.get("GenerateSecret") == "true" and after.fields.get("GenerateSecret", "false") == "false":
        words = "app client {part} has no secret any more: it is a public client, and whoever knows its id may be it"
        yield _told(Risk.WIDENED, "client-public", words, after)


def _has_trigger(pool: Part) -> bool:
    return any(name.startswith(_TRIGGERS) for name in pool.fields)


def _both(before: Part, after: Part, field: str) -> tuple[str, str]:
    return before.fields.get(field, _UNSAID), after.fields.get(field, _UNSAID)


def _told(risk: Risk, code: str, words: str, part: Part, **names: Name) -> Change:
    return Change(risk, code, phrase(words, part=part.name, **names), "other", part)
