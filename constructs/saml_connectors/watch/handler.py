"""Measures how many whole days are left until something ends: one CloudWatch metric for each item of the event.

Not here: when it runs, and who is told how few days (`scim_token_watch.py`).

The event is `{"Items": [{"What": "scim-token", "Connector": "workforce", "ExpiresAt": "2027-11-22"}]}`.  `ExpiresAt` is
a day, whose beginning in UTC counts, or a time with its time zone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from importlib import import_module
from typing import Any, Final, NamedTuple

NAMESPACE: Final = "SamlConnectors"
METRIC: Final = "DaysUntilExpiry"
ITEMS: Final = "Items"
WHAT, CONNECTOR, EXPIRES_AT = "What", "Connector", "ExpiresAt"

MOST_IN_A_CALL: Final = 500
"""CloudWatch takes twice as many at once."""

_SECONDS_A_DAY: Final = 86_400


class Item(NamedTuple):
    """Something that ends."""

    what: str
    connector: str
    expires_at: datetime


def handle(event: Any, _context: object) -> None:
    """Lambda's entry point."""
    measure(event, now=datetime.now(UTC), put=_put)


def measure(
    event: Any,
    *,
    now: datetime,
    put: Callable[[list[dict[str, Any]]], object],
    write: Callable[[str], object] | None = None,
) -> None:
    """Measure every item that can be read.

    Args:
        event: What is to be measured.
        now: The time.
        put: Takes the measurements, as CloudWatch does.
        write: Where a line of the log goes.  Default: standard output, which Lambda records.

    Raises:
        ValueError: There is no item, or some cannot be read; the others are measured nevertheless.
    """
    items, problems = read(event)
    data: list[dict[str, Any]] = []
    for item in items:
        days = days_left(item.expires_at, now)
        dimensions = {CONNECTOR: item.connector, WHAT: item.what}
        line = {"level": "INFO", "event": "measured", **dimensions, METRIC: days}
        (write or sys.stdout.write)(json.dumps(line) + "\n")
        named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        data.append({"MetricName": METRIC, "Dimensions": named, "Timestamp": now, "Value": float(days)})
    for first in range(0, len(data), MOST_IN_A_CALL):
        put(data[first : first + MOST_IN_A_CALL])
    if problems:
        raise ValueError(f"measuring what ends: {'; '.join(problems)}; correct the input of the EventBridge rule")


def read(event: Any) -> tuple[list[Item], list[str]]:
    """The items of *event*, and what is wrong with those that cannot be read."""
    rows = event.get(ITEMS) if isinstance(event, dict) else None
    if not isinstance(rows, list) or not rows:
        return [], [f"the event has no list {ITEMS!r} with something in it"]
    items: list[Item] = []
    problems: list[str] = []
    for position, row in enumerate(rows):
        given = row if isinstance(row, dict) else {}
        texts = {name: given.get(name) for name in (WHAT, CONNECTOR, EXPIRES_AT)}
        lacking = [name for name, text in texts.items() if not isinstance(text, str) or not text.strip()]
        if lacking:
            problems.append(f"{ITEMS}[{position}] has no {' and no '.join(lacking)}")
            continue
        what, connector, expires = (str(text) for text in texts.values())
        ends = moment(expires)
        if ends is None:
            wanted = "a day such as 2027-11-22, or a time with its time zone"
            problems.append(f"{ITEMS}[{position}].{EXPIRES_AT} must be {wanted}, got {expires[:100]!r}")
        else:
            items.append(Item(what, connector, ends))
    return items, problems


def moment(text: str) -> datetime | None:
    """When something ends: a time as it is, a day at its beginning in UTC; None where it is neither."""
    try:
        return datetime.combine(date.fromisoformat(text), time.min, UTC)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def days_left(ends: datetime, now: datetime) -> int:
    """Whole days from *now* until *ends*; below zero when it has ended."""
    return int((ends - now).total_seconds() // _SECONDS_A_DAY)


def _put(data: list[dict[str, Any]]) -> None:
    boto3 = import_module("boto3")
    config = import_module("botocore.config").Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard"})
    exceptions = import_module("botocore.exceptions")
    try:
        boto3.client("cloudwatch", config=config).put_metric_data(Namespace=NAMESPACE, MetricData=data)
    except exceptions.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if not code.startswith("AccessDenied"):
            raise
        doing = f"writing {len(data)} metrics of namespace {NAMESPACE!r}"
        fix = "allow the function cloudwatch:PutMetricData for this namespace"
        raise PermissionError(f"{doing}: the function may not do it ({code}); {fix}") from None
