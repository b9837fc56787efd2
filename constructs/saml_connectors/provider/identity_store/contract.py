"""The names that construct and function share: resource type, property names, attribute names.

Nothing else is shared between the two sides.  A name is added here, then on both sides; none is ever renamed, because
stacks in the field hold the old name.
"""

from __future__ import annotations

from typing import Final

GROUP: Final = "Custom::IdentityStoreGroup"
"""A group that automatic provisioning (SCIM) brings, found by its display name; read only."""

IDENTITY_STORE_ID: Final = "IdentityStoreId"
DISPLAY_NAME: Final = "DisplayName"

WAIT_SECONDS: Final = "WaitSeconds"
"""How long to wait for the group.  Left out: `DEFAULT_WAIT_SECONDS`; zero: it is looked for once."""

DEFAULT_WAIT_SECONDS: Final = 600
LONGEST_WAIT_SECONDS: Final = 840
"""Lambda ends a function after 900 seconds; what is left of them is for the last look and for the answer."""

GROUP_ID: Final = "GroupId"
"""Attribute: the group's id in the identity store, which an assignment takes as its principal."""
