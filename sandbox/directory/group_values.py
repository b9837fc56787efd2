"""What the body of a POST or PUT says of a user group: judged, and with defaults for all that it leaves out.

Read-only parts of a group may be sent, and are ignored.  Not here: HTTP, and the groups themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.directory.answers import BAD_REQUEST, refusal
from sandbox.directory.people import MEMBERSHIP_METHODS, QUERY_TYPES, STATIC

if TYPE_CHECKING:
    from collections.abc import Mapping


def group_values(body: Mapping[str, Any]) -> dict[str, Any]:
    """Every writable field of a group, by the name that it has in `people.Group`."""
    name = body.get("name")
    if not isinstance(name, str) or not name:
        raise refusal(BAD_REQUEST, "name is required")
    method = body.get("membershipMethod") or STATIC
    if method not in MEMBERSHIP_METHODS:
        raise refusal(BAD_REQUEST, f"membershipMethod must be one of {', '.join(MEMBERSHIP_METHODS)}")
    return {
        "name": name,
        "description": _typed(body, "description", ""),
        "email": _typed(body, "email", ""),
        "attributes": _typed(body, "attributes", {}),
        "membership_method": method,
        "member_query": _query(body),
        "member_query_exemptions": _exemptions(body),
        "member_suggestions_notify": _typed(body, "memberSuggestionsNotify", False),
    }


def _query(body: Mapping[str, Any]) -> dict[str, Any] | None:
    query: dict[str, Any] = _typed(body, "memberQuery", {})
    if not query:
        return None
    if query.get("queryType", QUERY_TYPES[0]) not in QUERY_TYPES:
        raise refusal(BAD_REQUEST, f"memberQuery.queryType must be one of {', '.join(QUERY_TYPES)}")
    if not isinstance(query.get("filters", []), list) or not isinstance(query.get("searchFilters", ""), str):
        raise refusal(BAD_REQUEST, "memberQuery.filters must be an array, and memberQuery.searchFilters a string")
    return query


def _exemptions(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    exemptions: list[Any] = _typed(body, "memberQueryExemptions", [])
    for exemption in exemptions:
        named = isinstance(exemption, dict) and {"id", "type"} <= exemption.keys()
        if not named or not all(isinstance(exemption[key], str) for key in ("id", "type")):
            raise refusal(BAD_REQUEST, "memberQueryExemptions must hold objects with type and id")
    return exemptions


def _typed(body: Mapping[str, Any], key: str, default: Any) -> Any:
    """What *body* has at *key*, of the type of its default; null and absent are the default."""
    value = body.get(key)
    if value is None:
        return default
    if not isinstance(value, type(default)):
        kinds = {str: "a string", dict: "an object", list: "an array", bool: "a boolean"}
        raise refusal(BAD_REQUEST, f"{key} must be {kinds[type(default)]}")
    return value
