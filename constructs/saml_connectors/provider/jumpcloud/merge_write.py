"""Read-merge-write: JumpCloud's PUT resets what is not sent and makes a new certificate where that is left out.

So the body is always the one just read, with the changed fields in it, and what came of it is read again.
"""

from __future__ import annotations

from . import bodies
from .errors import ApplicationError
from .live import IDP_CERTIFICATE
from .plan import differences
from .verify import certificate_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .directory import Directory
    from .live import Live

_IDP_CERTIFICATE_PATH = f"config.{IDP_CERTIFICATE}"


def write_changes(directory: Directory, live: Live, changes: Mapping[str, Any], doing: str) -> Live:
    """Write *changes* into *live*, an application just read; returns it as it is then.

    Raises:
        ApplicationError: A setting is unknown, was not kept, or the certificate is another one now.
    """
    directory.replace_application(live.id, bodies.merged(live, changes, doing), doing)
    after = directory.application(live.id)
    if after is None:
        raise ApplicationError(doing, "it was removed in the directory at the same time", "deploy again")
    if _certificate(after) != _certificate(live):
        raise ApplicationError(
            doing,
            "its IdP certificate changed at the same time, so sign-in fails until AWS knows the new one",
            "deploy again after any change to this resource: the stack then takes over the new certificate",
        )
    lost = sorted(differences(changes, after))
    if lost:
        raise ApplicationError(
            doing,
            f"the directory did not keep {', '.join(lost)}",
            "look at the application in the directory's console; if the setting cannot be kept there, leave it out",
        )
    return after


def _certificate(live: Live) -> str:
    """What the certificate is, in whichever form it is told."""
    try:
        return certificate_of(live)
    except ValueError:
        return str(live.value_at(_IDP_CERTIFICATE_PATH))
