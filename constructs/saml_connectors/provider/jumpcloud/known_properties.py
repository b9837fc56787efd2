"""Which properties each resource type has: one that is not among them comes from a newer construct, and is told.

It is ignored, not refused: a rollback runs the older function over what the newer construct had asked for, and must be
able to.  So a property that must not be ignored gets a resource type of its own, which an older function refuses.
Not here: what each property means (`desired.py` and its neighbours).
"""

from __future__ import annotations

from . import contract

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_ALL = frozenset({"ServiceToken", "ServiceTimeout", contract.DIRECTORY})
"""Those of every type; the first two are CloudFormation's own."""

_KNOWN = {
    contract.APPLICATION: frozenset(
        {
            contract.TEMPLATE,
            contract.DISPLAY_LABEL,
            contract.DESCRIPTION,
            contract.VISIBLE,
            contract.SLUG,
            contract.BOOKMARK_URL,
            contract.IDP_ENTITY_ID,
            contract.SP_ENTITY_ID,
            contract.ACS_URL,
            contract.SP_CERTIFICATE,
            contract.SUBJECT_FIELD,
            contract.NAME_ID_FORMAT,
            contract.SIGNATURE_ALGORITHM,
            contract.SIGN_ASSERTION,
            contract.SIGN_RESPONSE,
            contract.DECLARE_REDIRECT_ENDPOINT,
            contract.USER_ATTRIBUTES,
            contract.CONSTANT_ATTRIBUTES,
            contract.GROUPS_ATTRIBUTE,
            contract.REQUIRED_GROUPS,
            contract.ADOPT,
            contract.ON_REMOVAL,
            contract.TRUSTED_CERTIFICATES,
            contract.SIGNING_NAME,
            contract.SIGNING_SECRET,
        }
    ),
    contract.LAUNCH: frozenset(
        {
            contract.APPLICATION_ID,
            contract.LOGIN_URL,
            contract.DEFAULT_RELAY_STATE,
            contract.ACS_URL,
            contract.ADOPTED,
        }
    ),
    contract.ACCESS: frozenset({contract.APPLICATION_ID, contract.GROUPS, contract.ADOPTED}),
    contract.GROUP_ATTRIBUTES: frozenset({contract.ATTRIBUTES}),
    contract.LOOKUP: frozenset({contract.SLUG, contract.TEMPLATE, contract.REVISION}),
    contract.SIGNING_CERTIFICATE: frozenset(
        {
            contract.NAME,
            contract.PAIR_SECRET,
            contract.KEY_ID,
            contract.SUBJECT,
            contract.APPLICATION_ID,
            contract.CERTIFICATE,
            contract.CERTIFICATE_EXPIRES_AT,
            contract.TRUSTED_CERTIFICATES,
        }
    ),
    contract.APPLICATION_SIGNING: frozenset(
        {
            contract.APPLICATION_ID,
            contract.TRUSTED_CERTIFICATES,
            contract.SIGNING_NAME,
            contract.SIGNING_SECRET,
        }
    ),
}


def unknown(resource_type: str, properties: Mapping[str, Any]) -> list[str]:
    """The names in *properties* that this type does not have, sorted; none where the type is not known."""
    known = _KNOWN.get(resource_type)
    return [] if known is None else sorted(str(name) for name in properties.keys() - known - _ALL)
