"""What a list request may ask: page, order and filters, each in the dialect of its API version.

v1: `filter=field:$eq:value`, `filter[0]=…`, `filter[or][0]=…`, `sort` separated by spaces.
v2: `filter=field:eq:value`, separated by commas, `*` stands for anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.directory.answers import BAD_REQUEST, json_answer, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from starlette.datastructures import QueryParams
    from starlette.requests import Request
    from starlette.responses import Response

DEFAULT_LIMIT, MAX_LIMIT = 10, 100
_V1_FILTER = re.compile(r"filter(\[(?P<or>or)\])?(\[\d*\])?")
_V1_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "$eq": lambda have, want: have == want,
    "$ne": lambda have, want: have != want,
    "$in": lambda have, want: have in want.split("|"),
    "$nin": lambda have, want: have not in want.split("|"),
    "$lt": lambda have, want: have < want,
    "$lte": lambda have, want: have <= want,
    "$gt": lambda have, want: have > want,
    "$gte": lambda have, want: have >= want,
    "$sw": lambda have, want: have.startswith(want),
}


def _matches(have: str, pattern: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), have, re.DOTALL) is not None


_V2_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "eq": _matches,
    "ne": lambda have, want: not _matches(have, want),
    "gt": lambda have, want: have > want,
    "ge": lambda have, want: have >= want,
    "lt": lambda have, want: have < want,
    "le": lambda have, want: have <= want,
    "search": lambda have, want: want.lower() in have.lower(),
    "in": lambda have, want: have in want.split("|"),
}


def page(query: QueryParams, items: Sequence[Any]) -> list[Any]:
    """The part of *items* that `limit` (default 10, at most 100) and `skip` ask for."""
    limit = _number(query, "limit", DEFAULT_LIMIT) or DEFAULT_LIMIT
    skip = _number(query, "skip", 0)
    return list(items[skip : skip + min(limit, MAX_LIMIT)])


def ordered(query: QueryParams, items: Iterable[dict[str, Any]], *, separator: str, default: str) -> list[Any]:
    """*items* in the order of `sort`; a leading `-` turns a field round."""
    answer = list(items)
    for key in reversed((query.get("sort") or default).split(separator)):
        path = key.strip().removeprefix("-")
        answer.sort(key=lambda item, path=path: text(item, path), reverse=key.strip().startswith("-"))  # type: ignore[misc] # the default binds the loop's value
    return answer


def v1_filtered(query: QueryParams, items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is left of *items* under the v1 filters: all of `filter`, and any one of `filter[or]`."""
    every: list[Callable[[dict[str, Any]], bool]] = []
    some: list[Callable[[dict[str, Any]], bool]] = []
    for key, value in query.multi_items():
        match = _V1_FILTER.fullmatch(key)
        if match:
            (some if match["or"] else every).append(_test(value, _V1_COMPARISONS))
    return [
        item
        for item in items
        if all(holds(item) for holds in every) and (not some or any(holds(item) for holds in some))
    ]


def v2_filtered(query: QueryParams, items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is left of *items* under the v2 filters; a comma always begins the next filter, even within a value."""
    tests = [
        _test(part, _V2_COMPARISONS)
        for key, value in query.multi_items()
        if key in {"filter", "filter[]"}
        for part in value.split(",")
    ]
    return [item for item in items if all(holds(item) for holds in tests)]


def fields(query: QueryParams, item: dict[str, Any], *, separator: str) -> dict[str, Any]:
    """*item* with the `fields` asked for; ids always stay."""
    asked = [name for name in (query.get("fields") or "").split(separator) if name]
    if not asked:
        return item
    return {key: value for key, value in item.items() if key in asked or key in {"_id", "id"}}


def text(item: dict[str, Any], path: str) -> str:
    """The value at the dotted *path*, as the filters compare it."""
    value: Any = item
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def v1_list(request: Request, documents: list[dict[str, Any]], *, default: str = "name") -> Response:
    """The v1 answer to a list request: filtered, in order, one page, and how many there are on all pages."""
    query = request.query_params
    left = ordered(query, v1_filtered(query, documents), separator=" ", default=default)
    results = [fields(query, document, separator=" ") for document in page(query, left)]
    return json_answer({"totalCount": len(left), "results": results})


def v2_list(request: Request, items: list[dict[str, Any]]) -> Response:
    """The v2 answer to a list request: one page as a bare array; how many there are in all is in a header."""
    query = request.query_params
    results = [fields(query, item, separator=",") for item in page(query, items)]
    return json_answer(results, headers={"x-total-count": str(len(items))})


def _test(value: str, comparisons: dict[str, Callable[[str, str], bool]]) -> Callable[[dict[str, Any]], bool]:
    path, _, rest = value.partition(":")
    operator, found, want = rest.partition(":")
    if not path or not found or operator not in comparisons:
        raise refusal(BAD_REQUEST, f"invalid filter: {value}")
    compare = comparisons[operator]
    return lambda item: compare(text(item, path), want)


def _number(query: QueryParams, name: str, default: int) -> int:
    given = query.get(name)
    if given is None or given == "":
        return default
    if not given.isascii() or not given.isdigit():
        raise refusal(BAD_REQUEST, f"invalid {name}: {given}")
    return int(given)
