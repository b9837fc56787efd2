"""The namespace that metrics are written to, as policies ask for it: the emulator's IAM knows no such key."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import parse_qs

from sandbox.aws.seams import actions

WRITES: Final = "cloudwatch:PutMetricData"
KEY: Final = "cloudwatch:namespace"


def install() -> None:
    """Let requests that write metrics carry the condition key that AWS gives them."""
    original = actions.tag_context

    def tag_context(service: str, action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        return {**original(service, action, body, params), **condition_keys(action, body)}

    actions.replace("tag_context", tag_context)


def condition_keys(action: str, body: bytes) -> dict[str, str]:
    """The keys of a request: none where it writes no metrics, or names no namespace that can be read."""
    if action != WRITES:
        return {}
    try:
        given = json.loads(body) if body[:1] == b"{" else {}
    except ValueError:
        return {}
    if body[:1] != b"{":  # an older SDK
        given = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    namespace = given.get("Namespace")
    return {KEY: namespace} if isinstance(namespace, str) else {}
