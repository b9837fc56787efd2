"""The constraints of Identity Center's SCIM that schemas cannot say: filters, single values, and what PATCH may do.

Each check sees a request as it came, before it is applied; pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from scim2_models import InvalidFilterException, InvalidValueException, ScimFilter
from scim2_models.path import CompareOperator, Comparison, LogicalExpr

from sandbox.aws.identity_center.directory_records import ENTERPRISE
from sandbox.aws.identity_center.scim_schema import MOST_MEMBERS, MOST_RESULTS, SINGLE

USERS, GROUPS = "Users", "Groups"

_FILTERS: Final[dict[str, tuple[frozenset[str], ...]]] = {
    USERS: tuple(map(frozenset, (["username"], ["externalid"], ["id"], ["id", "manager"]))),
    GROUPS: tuple(map(frozenset, (["displayname"], ["externalid"], ["members"], ["id"], ["id", "members"]))),
}
_NOT_FOR_LISTS: Final = frozenset({"attributes", "excludedattributes", "sortby", "sortorder"})
_PATCHED: Final[dict[str, frozenset[str]]] = {
    USERS: frozenset({"username", "active", "externalid", "displayname", "nickname", "profileurl", "title"})
    | {"usertype", "preferredlanguage", "locale", "timezone", "name", "emails", "addresses", "phonenumbers"}
    | {"roles", "schemas", ENTERPRISE.lower()},
    GROUPS: frozenset({"displayname", "members", "externalid"}),
}
_ONCE: Final = frozenset({"username", "active"})
"""Attributes of users that one request may change once, and never remove."""


def check_list(endpoint: str, query: Mapping[str, str]) -> None:
    """Refuse a list that Identity Center does not give.

    Raises:
        InvalidValueException: A parameter is not supported.
        InvalidFilterException: The filter is not one of those supported.
    """
    for name in query:
        if name.lower() in _NOT_FOR_LISTS:
            raise InvalidValueException(detail=f"listing {endpoint}: {name} is not supported")
        if name.lower() == "startindex" and query[name] != "1":
            raise InvalidValueException(
                detail=f"listing {endpoint}: a startIndex other than 1 is not supported: a list ends after "
                f"{MOST_RESULTS}; ask with a filter, or ask the API identitystore"
            )
    if "filter" in query:
        compared = frozenset(filter_values(query["filter"]))
        if compared not in _FILTERS[endpoint]:
            supported = "; ".join(" and ".join(sorted(each)) for each in _FILTERS[endpoint])
            raise InvalidFilterException(
                detail=f"listing {endpoint}: a filter by {', '.join(sorted(compared))} is not supported, only by "
                f"{supported}"
            )


def filter_values(expression: str) -> dict[str, str]:
    """What a filter compares, by attribute in lower case.

    Raises:
        InvalidFilterException: It is more than comparisons by `eq`, joined by `and`.
    """
    found: dict[str, str] = {}
    for term in _terms(ScimFilter(expression).ast):
        name = term.attr_path.attr.lower()
        if term.attr_path.sub_attr not in (None, "value") or not isinstance(term.value, str) or name in found:
            raise InvalidFilterException(detail=f"filtering by {term.attr_path}: only a text, once, is supported")
        found[name] = term.value
    return found


def check_user(document: Any) -> None:
    """Refuse a user with more than one e-mail, phone number, address or role, or whose e-mail is not the primary.

    Raises:
        InvalidValueException: So it is.
    """
    if not isinstance(document, dict):
        return  # scim2-server says what is wrong with it
    told = {str(key).lower(): value for key, value in document.items()}
    for name in SINGLE:
        values = told.get(name.lower())
        if isinstance(values, list) and len(values) > 1:
            raise InvalidValueException(
                detail=f"writing a user: {name} has {len(values)} values, and Identity Center takes one"
            )
    for email in told.get("emails") or []:
        if isinstance(email, dict) and email.get("primary") is not True:
            raise InvalidValueException(detail="writing a user: the e-mail has to be marked as primary")


def check_new_group(document: Any) -> None:
    """Refuse a group with too many members at once, or with groups as members.

    Raises:
        InvalidValueException: So it is.
    """
    if isinstance(document, dict):
        told = {str(key).lower(): value for key, value in document.items()}
        _check_members(told.get("members"))


def check_patch(endpoint: str, body: Any) -> None:
    """Refuse a PATCH that Identity Center does not apply.

    Raises:
        InvalidValueException: An operation is not supported.
    """
    operations = list(_operations(body))
    if endpoint == USERS:
        _check_user_patch(operations)
    else:
        _check_group_patch(operations)


def without_own_id(body: Any, resource_id: str) -> Any:
    """*body* of a PATCH without the resource's own id in its values, which Identity Center's guide has there."""
    if not isinstance(body, dict) or not isinstance(body.get("Operations"), list):
        return body
    operations = [
        {**one, "value": {key: told for key, told in one["value"].items() if (key, told) != ("id", resource_id)}}
        if isinstance(one, dict) and isinstance(one.get("value"), dict)
        else one
        for one in body["Operations"]
    ]
    return {**body, "Operations": operations}


def _check_user_patch(operations: list[tuple[str, str, Any]]) -> None:
    changed: set[str] = set()
    for kind, path, value in operations:
        if kind == "remove" and not path:
            raise InvalidValueException(detail="changing a user: a removal has to have a path")
        for name in _touched(USERS, path, value):
            if name in _ONCE and (kind == "remove" or name in changed):
                raise InvalidValueException(detail=f"changing a user: {name} is changed once, and not removed")
            changed.add(name)


def _check_group_patch(operations: list[tuple[str, str, Any]]) -> None:
    changes = 0
    for kind, path, value in operations:
        touched = _touched(GROUPS, path, value)
        if "members" not in touched:
            continue
        members = value if path else {str(key).lower(): told for key, told in value.items()}["members"]
        selected = "[" in path
        if kind == "replace" or (kind == "remove" and not selected and not members):
            raise InvalidValueException(
                detail="changing a group: all its members cannot be replaced or removed in one request"
            )
        _check_members(members)
        changes += 1 if selected else len(members) if isinstance(members, list) else 1
    if changes > MOST_MEMBERS:
        raise InvalidValueException(
            detail=f"changing a group: {changes} changes of members, and Identity Center takes {MOST_MEMBERS}"
        )


def _check_members(members: Any) -> None:
    if not isinstance(members, list):
        return
    if len(members) > MOST_MEMBERS:
        raise InvalidValueException(
            detail=f"writing a group: {len(members)} members at once, and Identity Center takes {MOST_MEMBERS}"
        )
    if any(isinstance(one, dict) and str(one.get("type", "User")).lower() == "group" for one in members):
        raise InvalidValueException(detail="writing a group: a group cannot be a member of a group")


def _operations(body: Any) -> Iterator[tuple[str, str, Any]]:
    """Kind, path and value of each operation that is one; what is none is scim2-server's to refuse."""
    told = body.get("Operations") if isinstance(body, dict) else None
    for one in told if isinstance(told, list) else []:
        if isinstance(one, dict):
            yield str(one.get("op", "")).lower(), str(one.get("path") or ""), one.get("value")


def _touched(endpoint: str, path: str, value: Any) -> list[str]:
    """Names, in lower case, of the attributes that an operation is about."""
    names = [path] if path else [str(key) for key in value] if isinstance(value, dict) else []
    touched = []
    for told in names:
        name = told.lower()
        if name.startswith(ENTERPRISE.lower()):
            touched.append(ENTERPRISE.lower())
            continue
        name = name.rpartition(":")[2] if name.startswith("urn:") else name
        touched.append(name.partition("[")[0].partition(".")[0])
    for name in touched:
        if name not in _PATCHED[endpoint]:
            raise InvalidValueException(detail=f"changing {endpoint}: {name} cannot be changed")
    return touched


def _terms(node: Any) -> Iterator[Comparison]:
    if isinstance(node, LogicalExpr) and str(node.op).lower() == "and":
        for term in node.terms:
            yield from _terms(term)
    elif isinstance(node, Comparison) and node.op == CompareOperator.eq:
        yield node
    else:
        raise InvalidFilterException(detail="filtering: only eq is supported, and several of them joined by and")
