"""The log of a registry type: kept in the account of whoever deploys, because the function runs in another.

Delivering it never fails a request: it is tried once, for seconds, and where that does not work, the log that AWS keeps
itself says so.  Not here: what is logged (`journal.py` of the core).
"""

from __future__ import annotations

import re
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from .request import Request

PATIENCE_SECONDS = 2
LONGEST_NAME = 512
_UNFIT = re.compile(r"[:*]")


def open_logs(identity: Mapping[str, str]) -> Any:
    """A client for CloudWatch Logs that acts as *identity*."""
    config = import_module("botocore.config").Config
    patience = config(
        connect_timeout=PATIENCE_SECONDS, read_timeout=PATIENCE_SECONDS, retries={"total_max_attempts": 1}
    )
    return import_module("boto3").client("logs", config=patience, **identity)


def stream_of(request: Request) -> str:
    """The log stream of the resource; of what is in no stack, that of account and region."""
    in_stack = f"{request.stack_id}/{request.logical_id}" if request.stack_id and request.logical_id else ""
    return _UNFIT.sub("_", in_stack or f"{request.account}-{request.region}")[:LONGEST_NAME]


def deliver(
    lines: Sequence[tuple[float, str]], request: Request, open_client: Callable[[Mapping[str, str]], Any]
) -> str | None:
    """Put *lines*, each with its time in seconds since 1970, into the log; what kept it from that, or None."""
    if not (lines and request.log_group and request.provider):
        return None
    events = [{"timestamp": round(at * 1000), "message": line} for at, line in lines]
    try:
        client = open_client(request.provider)
        where = {"logGroupName": request.log_group, "logStreamName": stream_of(request)}
        try:
            client.put_log_events(**where, logEvents=events)
        except client.exceptions.ResourceNotFoundException:
            _make(client, where)
            client.put_log_events(**where, logEvents=events)
    except Exception as error:  # noqa: BLE001 - a log that cannot be written must not fail what it tells of
        return type(error).__name__
    return None


def _make(client: Any, where: Mapping[str, str]) -> None:
    there = client.exceptions.ResourceAlreadyExistsException
    for make, names in ((client.create_log_group, ("logGroupName",)), (client.create_log_stream, tuple(where))):
        try:
            make(**{name: where[name] for name in names})
        except there:
            continue
