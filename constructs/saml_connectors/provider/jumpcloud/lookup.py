"""Finds an application that another stack registered, by its slug, and hands back what metadata is built from.

It never writes.  Not here: making one (`creation.py`).
"""

from __future__ import annotations

from . import contract, plan
from .desired_lookup import lookup
from .errors import ApplicationError
from .session import Outcome
from .verify import saml_facts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .desired_lookup import Lookup
    from .directory import Directory
    from .live import Live
    from .session import Event, Session

SUFFIX = "/lookup"


def read(event: Event, session: Session) -> Outcome:
    """Create and update: look, each time afresh."""
    wanted = lookup(event.properties, logical_id=event.logical_id)
    doing = f"looking up the application with the slug {wanted.slug!r}"
    directory = session.open(wanted.directory)
    found = the_one(wanted, directory, doing)
    live = directory.application(found.id)  # a list need not tell every setting
    if live is None:
        raise ApplicationError(doing, f"{found} was removed in the directory at the same time", "deploy again")
    facts, problems = saml_facts(live)
    if problems:
        fix = "look at the application in the directory's console, and put it right there"
        raise ApplicationError(doing, f"{live} cannot be used: {', '.join(problems)}", fix)
    if live.says_active and not live.active:
        session.journal.note("WARNING", "the application is not active: it signs nobody in", application=live.id)
    return Outcome(live.id + SUFFIX, plan.NONE, data=facts)


def delete(event: Event, session: Session) -> Outcome:
    """Nothing was made, so nothing is taken away, and nobody is asked."""
    session.journal.note("INFO", "a lookup leaves nothing to delete")
    return Outcome(event.physical_id, plan.NONE)


def the_one(wanted: Lookup, directory: Directory, doing: str) -> Live:
    """The application with this slug.

    Raises:
        ApplicationError: There is none, or more than one.
    """
    slugged = [
        live
        for live in directory.applications()
        if live.slug == wanted.slug and live.template != contract.BOOKMARK_TEMPLATE
    ]
    found = [live for live in slugged if wanted.template in {None, live.template}]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(sorted(map(str, found)))
        fix = "give each a slug of its own, remove those that are not needed, or name the Template"
        raise ApplicationError(doing, f"there are {len(found)}: {several}", fix)
    of_template = f" made from template {wanted.template!r}" if wanted.template else ""
    others = ", ".join(f"{live} from {live.template!r}" for live in slugged)
    near = f" (there is {others})" if others else ""
    raise ApplicationError(
        doing,
        f"there is none{of_template}{near}",
        "deploy the stack that registers it first; if it is there already, check Slug and Template, and that ApiUrl "
        "and OrgId name the region and the organization that it is registered in",
    )
