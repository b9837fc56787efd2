"""What a request asks for, as the core understands it: the schema's properties as those of the custom resource.

What the template leaves out stays as it is when an application is updated: an imported one has what no template says.
Pure.  Not here: the properties' own rules (`desired.py` of the core), and the way back (`model.py`).
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from saml_connectors.provider.jumpcloud import certificate, contract, desired, plan, slugs
from saml_connectors.provider.jumpcloud.errors import PropertyError
from saml_connectors.provider.jumpcloud.properties import Properties

from . import tags
from .model import ACTIVE, CREATE_ONLY, KEY, PLAIN, READ_ONLY, TAGS, VALUE, WRITABLE
from .problems import ConfigurationError, InvalidRequest, NotUpdatable
from .request import TYPE_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from saml_connectors.provider.jumpcloud.desired import Application, DirectoryRef
    from saml_connectors.provider.jumpcloud.live import Live

    from .request import Request

_CORRECT = "correct the properties; nothing was sent to the directory"


class Change(NamedTuple):
    """What is wanted of an application that is there, and what was before; None where that cannot be told."""

    wanted: Application
    old: Application | None


def directory_of(request: Request) -> DirectoryRef:
    """Which directory the type's configuration names.

    Raises:
        ConfigurationError: It names none.
    """
    read = Properties(request.configuration, TYPE_NAME, request.logical_id)
    ref = desired.directory_ref(read)
    try:
        read.raise_if_wrong()
    except PropertyError as error:
        fix = f"set it with aws cloudformation set-type-configuration --type RESOURCE --type-name {TYPE_NAME}"
        raise ConfigurationError("reading the type's configuration", error.cause, fix) from None
    return ref


def sso_url_of(request: Request) -> str:
    """The SSO URL that is to name the application; empty where none is given."""
    return str(request.properties.get(contract.SSO_URL) or "")


def to_create(request: Request) -> Application:
    """What is to be made.

    Raises:
        InvalidRequest: Properties are unknown, or do not go together.
        PropertyError: They are malformed or missing.
    """
    given = request.properties
    _check(request, given)
    made = _application(request, _values(request, given))
    # Never None: a description that marks what is just being made has to go.
    return made._replace(description=_description(request, given, {}, "") or "")


def to_change(request: Request, live: Live) -> Change:
    """What is to become of *live*.

    Raises:
        InvalidRequest: Properties are unknown, or do not go together.
        NotUpdatable: One is changed that cannot be.
        PropertyError: They are malformed or missing.
    """
    given, before = request.properties, request.previous
    _check(request, given)
    _check_unchanged(given, live)
    values = _values(request, given, live)
    if contract.VISIBLE not in {*given, *before}:
        values[contract.VISIBLE] = live.value_at(plan.HIDDEN) is not True
    if contract.IDP_ENTITY_ID in before and contract.IDP_ENTITY_ID not in given:
        values[contract.IDP_ENTITY_ID] = live.sso_url
    wanted = _application(request, values)
    wanted = wanted._replace(description=_description(request, given, before, str(live.body.get("description") or "")))
    try:
        old = _application(request, _values(request, before, live))
    except PropertyError:
        return Change(wanted, None)
    return Change(wanted, old._replace(description=None))


def _application(request: Request, values: Mapping[str, Any]) -> Application:
    return desired.application(values, stack_id=request.stack_id, logical_id=request.logical_id)


def _values(request: Request, given: Mapping[str, Any], live: Live | None = None) -> dict[str, Any]:
    """The custom resource's properties.  With *live* they are those of an application that is taken as it is."""
    values = {name: given[name] for name in PLAIN if name in given}
    values |= {contract.DIRECTORY: request.configuration.get(contract.DIRECTORY)}
    if live is None:
        return values | {contract.TEMPLATE: given.get(contract.TEMPLATE), contract.SLUG: slugs.of(sso_url_of(request))}
    return values | {contract.TEMPLATE: live.template, contract.SLUG: live.slug, contract.ADOPT: live.id}


def _check(request: Request, given: Mapping[str, Any]) -> None:
    """Refuse, all at once, what the core cannot know to be wrong."""
    problems = [f"{name} is no property of {TYPE_NAME}" for name in sorted({*given} - {*WRITABLE, *READ_ONLY})]
    url = given.get(contract.SSO_URL)
    if url is not None or not given.get(contract.APPLICATION_ID):
        problems += _sso_url_problems(url)
    if given.get(contract.TEMPLATE) == contract.BOOKMARK_TEMPLATE:
        problems.append("Template must not be 'bookmark': a bookmark has no SSO URL of its own to name it by")
    if str(given.get(ACTIVE, True)).lower() != "true":
        problems.append("Active must be true: an application that is not to sign anybody in is removed")
    sp_certificate = given.get(contract.SP_CERTIFICATE)
    if isinstance(sp_certificate, str) and sp_certificate:
        problems += _certificate_problems(sp_certificate)
    if problems:
        count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
        raise InvalidRequest(_reading(request), f"{count}: {', '.join(problems)}", _CORRECT)


def _sso_url_problems(url: Any) -> list[str]:
    rule = "SsoUrl must be an absolute https address that ends in a slug, as in https://sso.jumpcloud.com/saml2/portal"
    if not isinstance(url, str):
        return [f"{rule}, got {type(url).__name__}" if url is not None else "SsoUrl is missing"]
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"https", "http"} and bool(parts.hostname) and not (parts.username or parts.query)
    except ValueError:
        fits = False
    if not fits or parts.fragment or not slugs.CHOSEN.fullmatch(parts.path.rpartition("/")[2]):
        return [rule]
    return []


def _certificate_problems(value: str) -> list[str]:
    try:
        certificate.one_line(value)
    except ValueError as error:
        return [f"SpCertificate is no certificate: {error}"]
    return []


def _check_unchanged(given: Mapping[str, Any], live: Live) -> None:
    is_now = {contract.SSO_URL: live.sso_url, contract.TEMPLATE: live.template}
    changed = [name for name in CREATE_ONLY if given.get(name) not in (None, is_now[name])]
    if changed:
        cause = ", ".join(f"{name} is {is_now[name]!r} and cannot become {given[name]!r}" for name in changed)
        fix = "replace it: with another SsoUrl, CloudFormation makes a new application before it removes this one"
        raise NotUpdatable(f"updating {live}", cause, fix)


def _description(request: Request, given: Mapping[str, Any], before: Mapping[str, Any], there: str) -> str | None:
    """The description with the tags in it; None where neither is managed."""
    if not {contract.DESCRIPTION, TAGS} & {*given, *before}:
        return None
    text, tagged = tags.split(there)
    if contract.DESCRIPTION in {*given, *before}:
        text = str(given.get(contract.DESCRIPTION) or "")
    if TAGS in {*given, *before}:
        tagged = _tags(request, given.get(TAGS) or [])
    problems = []
    if tags.split(text)[1]:
        problems.append("Description must not end in [key=value]: so tags are kept")
    whole = tags.joined(text, tagged)
    if len(whole) > desired.DESCRIPTION_CHARACTERS:
        problems.append(
            f"Description with the Tags after it has {len(whole)} characters, and the directory keeps "
            f"{desired.DESCRIPTION_CHARACTERS}"
        )
    if problems:
        raise InvalidRequest(_reading(request), ", ".join(problems), _CORRECT)
    return whole


def _tags(request: Request, rows: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in rows if isinstance(rows, list) else [rows]:
        key, value = (row.get(KEY), row.get(VALUE)) if isinstance(row, dict) else (None, None)
        if not (isinstance(key, str) and key and isinstance(value, str)):
            raise InvalidRequest(_reading(request), "Tags must be a list of objects with a Key and a Value", _CORRECT)
        if key in found:
            raise InvalidRequest(_reading(request), f"Tags has the key {key!r} more than once", _CORRECT)
        found[key] = value
    return found


def _reading(request: Request) -> str:
    return f"reading the properties of {TYPE_NAME} {request.logical_id!r}"
