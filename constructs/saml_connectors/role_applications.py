"""What the directory's application for one set of roles is called: label, slug, and the groups that see it.

Pure.  Not here: which sets there are (`spec/role_sets.py`), and the application itself (`application.py`).
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saml_connectors.spec.directory import SamlApplication
    from saml_connectors.spec.role_sets import RoleSet

LONGEST_LABEL = 80
"""Characters up to which a label names the roles one by one."""

_LONGEST_SLUG = 63
_READABLE = 20
_HASH = 8


def construct_id(sets: Sequence[RoleSet], index: int) -> str:
    """Id of the construct: neither a further role nor a further group changes it."""
    return "Application" if index == 0 else f"Application-{_told_apart(sets[index])}"


def application_for(application: SamlApplication, sets: Sequence[RoleSet], index: int) -> SamlApplication:
    """The spec's *application* as it is made for one of *sets*.

    The first has the slug as it is, and is the one that is adopted.  Where there are several, the label names the
    roles.
    """
    each = sets[index]
    slug = application.slug
    if slug is not None and index > 0:
        end = f"-{_told_apart(each)}"
        slug = slug[: _LONGEST_SLUG - len(end)] + end
    label = application.display_label
    if len(sets) > 1:
        named = f"{label} ({', '.join(each.roles)})"
        label = named if len(named) <= LONGEST_LABEL else f"{label} ({len(each.roles)} roles of {each.key})"
    made = {"display_label": label, "slug": slug, "groups": each.groups}
    return application.model_copy(update=made | ({"adopt": None} if index > 0 else {}))


def _told_apart(each: RoleSet) -> str:
    """A name for *each*, of lower-case letters, digits and hyphens: something to read, and something unique."""
    readable = re.sub(r"[^a-z0-9]+", "-", each.key.lower()).strip("-")[:_READABLE].rstrip("-")
    digest = hashlib.sha256(each.key.encode()).hexdigest()[:_HASH]
    return f"{readable}-{digest}" if readable else digest
