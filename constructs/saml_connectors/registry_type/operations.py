"""Create, read, update, delete and list, as the registry asks for them: on the core's own plan and apply.

Not here: the protocol (`handler.py`), and what is wanted (`wanted.py`).
"""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from saml_connectors.provider.jumpcloud import contract, lifecycle
from saml_connectors.provider.jumpcloud.live import APPLICATION_ID

from .claim import Claim
from .model import identifiers, is_one, model_of
from .problems import Absent, Ambiguous, InvalidRequest
from .wanted import directory_of, sso_url_of, to_change, to_create

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from saml_connectors.provider.jumpcloud.directory import Directory
    from saml_connectors.provider.jumpcloud.live import Live
    from saml_connectors.provider.jumpcloud.session import Session

    from .request import Request

PAGE = 100
"""Applications that one list tells: as many as the directory does in one answer."""

_LONGEST_TOKEN = 9


class Done(NamedTuple):
    """What came of a request."""

    plan: str
    fields: tuple[str, ...] = ()
    model: dict[str, Any] | None = None
    models: list[dict[str, Any]] | None = None
    next_token: str | None = None


def create(request: Request, session: Session) -> Done:
    """Make it, where no application has its SSO URL."""
    ref = directory_of(request)
    wanted = to_create(request)
    directory = session.open(ref)
    outcome = Claim(wanted, sso_url_of(request), directory, session, token=request.token).run()
    live = directory.application(outcome.physical_id)
    if live is None:
        raise _absent("reading back what was just made", outcome.physical_id)
    return Done(outcome.plan, outcome.fields, model_of(live, request.properties))


def read(request: Request, session: Session) -> Done:
    """Tell all that the schema names of it."""
    live = _find(request, session.open(directory_of(request)))
    return Done("none", model=model_of(live, request.properties))


def update(request: Request, session: Session) -> Done:
    """Change what differs, where it stays the same application."""
    directory = session.open(directory_of(request))
    live = _find(request, directory)
    change = to_change(request, live)
    after, outcome = lifecycle.change(change.wanted, change.old, live, directory, session)
    return Done(outcome.plan, outcome.fields, model_of(after, request.properties))


def delete(request: Request, session: Session) -> Done:
    """Take it away.  Where somebody else does so at the same time, it is gone all the same."""
    directory = session.open(directory_of(request))
    live = _find(request, directory)
    directory.delete_application(live.id)
    return Done(lifecycle.DELETE, (live.id,))


def list_all(request: Request, session: Session) -> Done:
    """Tell the identifiers of every SAML application, a page at a time."""
    token = request.next_token
    if token and not (token.isascii() and token.isdecimal() and len(token) <= _LONGEST_TOKEN):
        raise InvalidRequest("listing applications", "nextToken is none that this type gives", "begin without one")
    skip = int(token or "0")
    page = list(islice(session.open(directory_of(request)).applications(skip), PAGE))
    more = str(skip + PAGE) if len(page) == PAGE else None
    return Done("none", models=[identifiers(live) for live in page if is_one(live)], next_token=more)


def _find(request: Request, directory: Directory) -> Live:
    """The application that the request names: by its id, where it says one, and its SSO URL; else by that alone.

    Raises:
        Absent: There is none.  One that has the SSO URL, but another id, is somebody else's.
        Ambiguous: Several have the SSO URL.
        InvalidRequest: It names none.
    """
    sso_url, application_id = sso_url_of(request), str(request.properties.get(contract.APPLICATION_ID) or "")
    doing = f"looking for the application {sso_url or application_id}"
    if application_id:
        live = directory.application(application_id) if APPLICATION_ID.fullmatch(application_id) else None
        if live is None or not is_one(live) or sso_url not in {"", live.sso_url}:
            raise _absent(doing, f"{sso_url} ({application_id})" if sso_url else application_id)
        return live
    if not sso_url:
        raise InvalidRequest("looking for an application", "neither SsoUrl nor ApplicationId is given", "give one")
    found = [live for live in directory.applications() if is_one(live) and live.sso_url == sso_url]
    if len(found) > 1:
        several = ", ".join(map(str, found))
        raise Ambiguous(doing, f"there are {len(found)}: {several}", "remove those that are not needed")
    live = directory.application(found[0].id) if found else None  # a list need not tell every setting
    if live is None:
        raise _absent(doing, sso_url)
    return live


def _absent(doing: str, named: str) -> Absent:
    fix = "if it was removed in the directory's console, remove it from the stack, too, or create it anew"
    return Absent(doing, f"the directory has no SAML application {named}", fix)
