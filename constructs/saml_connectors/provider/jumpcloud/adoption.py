"""Taking over an application that was made by hand: found by its id, compared, and neither written nor ever deleted.

A first deployment only looks: where everything that is managed is equal, the application is this resource's from then
on, and later deployments change it as any other.  Not here: those changes (`lifecycle.py`, `launch.py`, `access.py`).
"""

from __future__ import annotations

from . import contract, plan, shown, trust
from .creation import ADOPT, note_assumed
from .desired import CONSTANT_ATTRIBUTES, DATABASE_ATTRIBUTES, SP_CERTIFICATE
from .errors import ApplicationError, OwnershipError
from .groups import GroupIndex
from .live import APPLICATION_ID
from .session import LEFT_BEHIND, Outcome
from .verify import facts, fingerprint_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from .desired import Application
    from .directory import Directory
    from .live import Live
    from .session import Event, Session

LATER = "make the properties equal to what is there, or the other way round; what is to be changed is changed by a "
LATER += "second deployment"

_LISTS = {plan.CONFIG + DATABASE_ATTRIBUTES, plan.CONFIG + CONSTANT_ATTRIBUTES}


def take_over(wanted: Application, directory: Directory, session: Session) -> Outcome:
    """Make the application of the id in `Adopt` this resource's, without a write.

    Raises:
        ApplicationError: It is not there, or a managed field differs: each is told, and nothing was changed.
        OwnershipError: It is another one than the rest of the properties describes.
        GroupError: A group is missing, or there more than once.
    """
    live, doing = found(wanted, directory)
    GroupIndex(directory).exactly_one_each(wanted.required_groups, doing)
    note_assumed(wanted, live.config, session.journal)
    trust.hold(wanted.signing, trust.Signing(), fingerprint_of(live), doing)
    differing = plan.differences(plan.managed(wanted, live), live)
    if differing:
        raise ApplicationError(doing, f"it is not as the properties say: {told(differing, live)}", LATER)
    return Outcome(live.id, ADOPT, data=facts(wanted, live, doing))


def found(wanted: Application, directory: Directory) -> tuple[Live, str]:
    """The application of the id in `Adopt`, and what is being done.

    Raises:
        ApplicationError: It is not there.
        OwnershipError: It is another one than the rest of the properties describes.
    """
    doing = f"taking over {wanted} ({wanted.adopt})"
    live = directory.application(wanted.adopt or "")
    if live is None:
        fix = "correct Adopt, or leave it out to have one made; it may be of another organization or region, too"
        raise ApplicationError(doing, "the directory has no application of this id", fix)
    differing = plan.identity_differences(wanted, live)
    if differing:
        parts = {
            "template": (live.template, wanted.template),
            "slug": (live.slug, wanted.slug),
            "bookmark URL": (live.sso_url, wanted.bookmark_url),
        }
        cause = "; ".join(f"its {part} is {parts[part][0]!r}, not {parts[part][1]!r}" for part in differing)
        fix = "correct Adopt or the others: they must describe one application; leave Adopt out to have one made"
        raise OwnershipError(doing, f"{live} is another one: {cause}", fix)
    return live, doing


def is_left(event: Event) -> bool:
    """Whether a delete of an application changes nothing: it was made by hand, or nothing was made at all."""
    adopted = event.properties.get(contract.ADOPT)
    if not isinstance(adopted, str) or not adopted:
        return False
    named = event.physical_id.removeprefix(LEFT_BEHIND)
    return event.physical_id == adopted or not APPLICATION_ID.fullmatch(named)


def is_first(physical_id: str, event: Event, *, adopted: bool) -> bool:
    """Whether a launch or an access meets an application made by hand for the first time, and so only looks."""
    return adopted and event.physical_id != physical_id


def told(differing: Mapping[str, Any], live: Live) -> str:
    """Each field with what is there and what is wanted; nothing that may be a secret."""
    return "; ".join(_told(path, value, live.value_at(path)) for path, value in sorted(differing.items()))


def _told(path: str, wanted: Any, there: Any) -> str:
    if path == plan.CONFIG + SP_CERTIFICATE:
        return f"{path} is {'another certificate' if there else 'empty'}"
    if path in _LISTS:
        is_there, is_wanted = _rows(there), _rows(wanted)
        more = sorted(is_there - is_wanted)
        less = sorted(is_wanted - is_there)
        parts = [f"has {_named(more)}, which is not wanted"] if more else []
        parts += [f"lacks {_named(less)}"] if less else []
        return f"{path} {' and '.join(parts) or 'holds a row more than once'}"
    return f"{path} is {shown.value(there)}, wanted is {shown.value(wanted)}"


def _rows(value: Any) -> set[tuple[str, str]]:
    rows = value if isinstance(value, list) else []
    return {(str(row.get("name") or ""), str(row.get("value") or "")) for row in rows if isinstance(row, dict)}


def _named(rows: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name!r} = {shown.of(name, value)}" for name, value in rows)
