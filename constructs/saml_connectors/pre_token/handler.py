"""Pre token generation trigger: the groups that the IdP sent, as the `cognito:groups` claim of both tokens.

Not here: which attribute carries them (the function's environment says), and any change to the pool's own groups.

Cognito keeps what the IdP sent in one user attribute, as text.  The rule by which that text is read:

* `[a, b]` is a list.  Cognito form-encodes each value of a list, so a comma inside a name is never a literal one.
* `["a", "b"]` is a list in JSON, which some IdPs send; its values are taken as they are.
* Anything else is one group, commas and all.
* A value is decoded only where form encoding could have made it: `R%26D` becomes `R&D`; `R&D+QA`, which no encoder
  writes, stays.

The attribute counts for people who came from an IdP.  Anybody else could have written it about themselves: an app
client that may write the attribute, as federation needs, lets a person do so who signs up in the pool.

Nothing odd in an event stops a sign-in: what cannot be read is left out, and a warning without personal data is logged.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

GROUPS_ATTRIBUTE: Final = "GROUPS_ATTRIBUTE"
"""Environment variable: the user attribute that carries the groups, as in `custom:groups`."""

_FORM_ENCODED: Final = re.compile(r"(?:[A-Za-z0-9.*_+-]|%[0-9A-Fa-f]{2})*")
_WITHOUT_A_PERSON: Final = "TokenGeneration_ClientCredentials"

_log: Final = logging.getLogger("saml_connectors.pre_token")
_log.setLevel(logging.INFO)


def handle(event: Any, _context: object) -> Any:
    """Answer Cognito's *event*: the event itself, with the groups in its response."""
    if not isinstance(event, dict):
        _warn("event-unreadable", event={})
        return event
    if event.get("triggerSource") == _WITHOUT_A_PERSON:
        return event
    request = _object(event.get("request"))
    configuration = _object(request.get("groupConfiguration"))
    own = _pool_groups(configuration.get("groupsToOverride"), event.get("userPoolId"))
    sent = _idp_groups(_object(request.get("userAttributes")), event)
    details = {
        "groupsToOverride": list(dict.fromkeys([*own, *sent])),
        **{name: configuration[name] for name in ("iamRolesToOverride", "preferredRole") if configuration.get(name)},
    }
    response = _object(event.get("response"))
    overrides = "claimsOverrideDetails" if str(event.get("version", "1")) == "1" else "claimsAndScopeOverrideDetails"
    changed = {**response, overrides: {**_object(response.get(overrides)), "groupOverrideDetails": details}}
    return {**event, "response": changed}


def read_groups(value: object) -> list[str]:
    """The groups that a user attribute's *value* names, by the rule above; repeated and empty names left out.

    Raises:
        ValueError: Where it is neither text nor a list of texts.
    """
    if value is None:
        return []
    if isinstance(value, str):
        return _named(_split(value.strip()))
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return _named(value)
    raise ValueError("the groups are neither text nor a list of texts")


def _split(text: str) -> list[str]:
    if not (text.startswith("[") and text.endswith("]") and len(text) > 1):
        return [_decoded(text)]
    inside = text[1:-1].strip()
    if inside.startswith('"'):
        listed = _json_list(text)
        if listed is not None:
            return listed
    return [_decoded(part.strip()) for part in inside.split(",")]


def _json_list(text: str) -> list[str] | None:
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
        return listed
    return None


def _decoded(value: str) -> str:
    if not _FORM_ENCODED.fullmatch(value):
        return value
    try:
        return unquote_plus(value, errors="strict")
    except UnicodeDecodeError:
        return value


def _named(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, (name.strip() for name in names))))


def _pool_groups(groups: object, user_pool_id: object) -> list[str]:
    """The groups a person has in the pool, less the one that Cognito makes for each IdP: `<pool id>_<provider>`."""
    if not isinstance(groups, list):
        return []
    names = [group for group in groups if isinstance(group, str)]
    if not isinstance(user_pool_id, str) or not user_pool_id:
        return names
    return [name for name in names if not name.startswith(f"{user_pool_id}_")]


def _idp_groups(attributes: Mapping[str, Any], event: Mapping[str, Any]) -> list[str]:
    attribute = os.environ.get(GROUPS_ATTRIBUTE)
    if not attribute:
        _warn("groups-attribute-not-configured", event)
        return []
    value = attributes.get(attribute)
    if value in (None, ""):
        return []
    if not _came_from_an_idp(attributes):
        _warn("groups-of-a-user-without-idp-ignored", event)
        return []
    try:
        return read_groups(value)
    except ValueError:
        _warn("groups-unreadable", event)
        return []


def _came_from_an_idp(attributes: Mapping[str, Any]) -> bool:
    """Whether Cognito says that an IdP vouches for this person; neither attribute can be written by an app client."""
    if attributes.get("cognito:user_status") == "EXTERNAL_PROVIDER":
        return True
    identities = attributes.get("identities")
    if isinstance(identities, str):
        try:
            identities = json.loads(identities)
        except (ValueError, RecursionError):
            return False
    return isinstance(identities, list) and bool(identities)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _warn(reason: str, event: Mapping[str, Any]) -> None:
    """Log one line of JSON that names pool, app client and trigger, never the person or a value."""
    caller = _object(event.get("callerContext"))
    line = {
        "level": "WARNING",
        "reason": reason,
        "userPoolId": event.get("userPoolId"),
        "clientId": caller.get("clientId"),
        "triggerSource": event.get("triggerSource"),
    }
    _log.warning(json.dumps(line, default=str))
