"""Pure: the fields of an application that are not as wanted, each with both values as a person may read them.

Which differ is judged in `plan.py`.  Not here: the other things that a resource is compared with (`drift.py`).
"""

from __future__ import annotations

from typing import NamedTuple

from . import plan, shown
from .desired import CONSTANT_ATTRIBUTES, DATABASE_ATTRIBUTES, SP_CERTIFICATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from .live import Live

NOT_THERE = "not there"
_LISTS = {plan.CONFIG + DATABASE_ATTRIBUTES, plan.CONFIG + CONSTANT_ATTRIBUTES}


class Difference(NamedTuple):
    """One field that is not as it should be; values as a person reads them, certificates as fingerprints."""

    field: str
    """Its path: `displayLabel`, `config.acsUrl`, `config.constantAttributes['Role']`, `groups['staff']`."""

    desired: str
    live: str


def of_settings(wanted: Mapping[str, Any], live: Live) -> list[Difference]:
    """Those of the *wanted* fields that *live* has otherwise; of a list of attributes, each by its name."""
    found: list[Difference] = []
    for path, value in sorted(plan.differences(wanted, live).items()):
        there = live.value_at(path)
        if path in _LISTS:
            found += _rows(path, value, there)
        elif path == plan.CONFIG + SP_CERTIFICATE:
            found.append(Difference(path, shown.fingerprint(value), shown.fingerprint(there)))
        else:
            found.append(Difference(path, shown.of(path, value), shown.of(path, there)))
    return found


def _rows(path: str, wanted: Any, there: Any) -> list[Difference]:
    """One for each SAML attribute: it may have several values."""
    is_wanted, is_there = _values(wanted), _values(there)
    return [
        Difference(f"{path}[{name!r}]", _listed(name, is_wanted.get(name, [])), _listed(name, is_there.get(name, [])))
        for name in sorted(is_wanted.keys() | is_there.keys())
        if is_wanted.get(name) != is_there.get(name)
    ]


def _values(rows: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            found.setdefault(str(row.get("name") or ""), []).append(str(row.get("value") or ""))
    return {name: sorted(values) for name, values in found.items()}


def _listed(name: str, values: Iterable[str]) -> str:
    return ", ".join(shown.of(name, value) for value in values) or "none"


def of_part(path: str, rows: Iterable[tuple[str, ...]], total: int, there: Any) -> list[Difference]:
    """What of some rows of the list at *path* is missing; and where *total* is not 0, whether it has so many rows."""
    values = _values(there)
    found = [
        Difference(f"{path}[{name!r}]", shown.of(name, value), NOT_THERE)
        for name, value in rows
        if value not in values.get(name, ())
    ]
    count = sum(map(len, values.values()))
    if total and count != total:
        found.append(Difference(path, f"{total} rows", f"{count} rows"))
    return found
