"""Which application in the directory is this resource's own.

A derived slug proves it.  A chosen one, and a bookmark's URL, prove nothing, so more has to be equal.
Not here: what is done with it (`creation.py`, `lifecycle.py`).
"""

from __future__ import annotations

from .live import IDP_ENTITY_ID
from .plan import CONFIG, differences, identity_differences, managed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .desired import Application
    from .directory import Directory
    from .live import Live

RECENT_SECONDS = 15 * 60
"""How long a retried function may look back: Lambda's longest run."""

ROLLBACK_SECONDS = 24 * 60 * 60
"""How old a replacement may be for another one to be its rollback: no stack's update takes longer."""

UNANSWERED_SECONDS = 60 * 60
"""How old what a create has made may be when CloudFormation, which waits no longer than an hour, deletes it."""

CLOCK_SLACK_SECONDS = 60
"""How far into the future an application's time may lie: servers' clocks differ a little."""


def proves_ownership(desired: Application) -> bool:
    """Whether where the application is found says whose it is."""
    return not desired.slug_is_chosen and not desired.is_bookmark


def in_its_place(desired: Application, directory: Directory) -> list[Live]:
    """The applications where *desired* belongs, oldest first: with its slug, or, bookmarks, with its URL."""
    found = [
        live
        for live in directory.applications()
        if (
            live.template == desired.template and live.sso_url == desired.bookmark_url
            if desired.is_bookmark
            else live.slug == desired.slug and live.template != "bookmark"
        )
    ]
    return sorted(found, key=lambda live: (live.created or 0.0, live.id))


def is_recent(live: Live, directory: Directory, seconds: float = RECENT_SECONDS) -> bool:
    """Whether it was made within the last 15 minutes, or *seconds*, by the directory's own clock; unknown is no."""
    if live.created is None or directory.now is None:
        return False
    return -CLOCK_SLACK_SECONDS <= directory.now - live.created <= seconds


def looks_like_own(desired: Application, live: Live) -> bool:
    """Whether identity and every managed field are equal.

    An IdP entity ID that nobody chose follows from the rest, and may not have been written yet: it is no evidence.
    """
    wanted = managed(desired, live)
    if desired.idp_entity_id is None:
        wanted.pop(CONFIG + IDP_ENTITY_ID, None)
    return not identity_differences(desired, live) and not differences(wanted, live)
