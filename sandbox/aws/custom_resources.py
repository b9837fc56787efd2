"""CloudFormation's custom-resource protocol as AWS holds it; how a function itself runs stays the emulator's.

The emulator takes any answer of any size, loses the physical id of a failed Create and never sends its Delete, and
resolves secrets into the event.  All of that goes unnoticed until the first deployment to AWS.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from typing import Any, Final

from sandbox.aws.seams import cloudformation, custom_resource, functions, operations, responses, stack_api

LONGEST_ANSWER: Final = 4096
"""Bytes of an answer's body."""

LONGEST_PHYSICAL_ID: Final = 1024
"""Bytes of a physical id."""

LONGEST_WAIT: Final = 3600
"""Seconds until an answer has to be there, where the resource sets no ServiceTimeout."""

TOO_LONG: Final = "Response object is too long."

_REFUSED: Final = "sandbox:refused"
_FAILED_CREATES: Final = "_sandbox_failed_creates"
_SECRET_REFERENCE: Final = "{{resolve:secretsmanager:"
_MASKED_REFERENCE: Final = "{{sandbox-masked-secretsmanager:"

_log = logging.getLogger("sandbox.aws.custom_resources")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What is wrong with an answer, and the physical id it has all the same."""

    reason: str
    physical_id: str | None


def install() -> None:
    """Put the strict exchange, the strict rollback and the unresolved secrets in place."""
    custom_resource.replace("invoke", invoke)
    original_roll_back = operations.roll_back

    async def roll_back(name: str, stack_id: str, stack: Any, operation: Any, reason_override: str = "") -> None:
        """Delete what a failed Create left, before anything else, as one of the resources of the operation."""
        failed = stack.pop(_FAILED_CREATES, [])
        known = list(operation.get("created", []))
        operation["created"] = [*known, *(one for one in failed if one not in known)]
        await original_roll_back(name, stack_id, stack, operation, reason_override)

    operations.replace("roll_back", roll_back)
    stack_api.replace("roll_back", roll_back)
    original_resolve = operations.resolve_dynamic_references

    def resolve(value: Any, *args: Any, **kwargs: Any) -> Any:
        """Leave secrets alone in the properties of custom resources, the only ones that have a ServiceToken."""
        if not (isinstance(value, dict) and "ServiceToken" in value):
            return original_resolve(value, *args, **kwargs)
        resolved, literals = original_resolve(_swap(value, _SECRET_REFERENCE, _MASKED_REFERENCE), *args, **kwargs)
        return _swap(resolved, _MASKED_REFERENCE, _SECRET_REFERENCE), literals

    operations.replace("resolve_dynamic_references", resolve)


def refuse_long_answer(token: str) -> None:
    """Tell the exchange behind *token* that its answer had too many bytes to be read."""
    custom_resource.deliver(token, {_REFUSED: TOO_LONG})


def check_answer(answer: dict[str, Any], event: dict[str, Any]) -> Refused | None:
    """What CloudFormation would not accept in *answer*, or None."""
    physical_id = answer.get("PhysicalResourceId")
    named = physical_id if isinstance(physical_id, str) and physical_id else None
    if _REFUSED in answer:
        return Refused(reason=str(answer[_REFUSED]), physical_id=None)
    for key in ("StackId", "RequestId", "LogicalResourceId"):
        if answer.get(key) != event[key]:
            return Refused(reason=f"Invalid response object: {key} is not the request's", physical_id=named)
    return _check_outcome(answer, named)


def _check_outcome(answer: dict[str, Any], named: str | None) -> Refused | None:
    if answer.get("Status") not in ("SUCCESS", "FAILED"):
        return Refused(reason="Invalid response object: Status is neither SUCCESS nor FAILED", physical_id=named)
    if named is None or len(named.encode()) > LONGEST_PHYSICAL_ID:
        reason = f"Invalid PhysicalResourceId: it has to be a text of 1 to {LONGEST_PHYSICAL_ID} bytes"
        return Refused(reason=reason, physical_id=None)
    if answer["Status"] == "FAILED":
        said = answer.get("Reason") or "nothing"
        reason = f"Received response status [FAILED] from custom resource. Message returned: {said}"
        return Refused(reason=reason, physical_id=named)
    if not isinstance(answer.get("Data", {}) or {}, dict):
        return Refused(reason="Invalid response object: Data is not an object", physical_id=named)
    return None


def invoke(  # noqa: PLR0917 - the emulator calls it so
    request_type: str,
    logical_id: str,
    props: dict[str, Any],
    stack_name: str,
    stack_id: str,
    resource_type: str,
    physical_id: str | None = None,
    old_props: dict[str, Any] | None = None,
) -> tuple[str, dict[str, Any]]:
    """Send one event to the resource's function and wait for its answer; blocks, so it runs on a thread of its own.

    Raises:
        ValueError: The function does not exist.
        TimeoutError: No answer came in time.
        RuntimeError: The answer was FAILED, or not acceptable.
    """
    token = responses.uuid()
    event = {
        "RequestType": request_type,
        "RequestId": responses.uuid(),
        "StackId": stack_id,
        "ResponseURL": custom_resource.response_url(token),
        "ResourceType": resource_type,
        "LogicalResourceId": logical_id,
        "ResourceProperties": custom_resource.as_strings(props),
    }
    if physical_id is not None:
        event["PhysicalResourceId"] = physical_id
    if old_props is not None:
        event["OldResourceProperties"] = custom_resource.as_strings(old_props)
    answer = _exchange(token, event, props)
    refused = None if answer is None else check_answer(answer, event)
    if answer is not None and refused is None:
        return answer["PhysicalResourceId"], answer.get("Data") or {}
    if request_type == "Create":
        made = refused.physical_id if refused else None
        _remember_failed_create(stack_name, logical_id, resource_type, props, made)
    if refused is None:
        raise TimeoutError(f"custom resource {logical_id}: no answer within {_longest_wait(props)} seconds")
    raise RuntimeError(refused.reason)


def _exchange(token: str, event: dict[str, Any], props: dict[str, Any]) -> dict[str, Any] | None:
    service_token = props.get("ServiceToken", "")
    record, configuration, _ = functions.find(service_token)
    if record is None or configuration is None:
        raise ValueError(f"custom resource {event['LogicalResourceId']}: the function {service_token} does not exist")
    answered = custom_resource.register(token)
    try:
        functions.execute(functions.execution_record(record, configuration), event)
    except Exception as error:  # noqa: BLE001 - CloudFormation invokes asynchronously and sees no failure
        _log.warning("custom resource %s: its function failed: %s", event["LogicalResourceId"], error)
    answered.wait(timeout=_longest_wait(props))
    with custom_resource.lock:
        entry = custom_resource.pending.pop(token, None)
    answer: dict[str, Any] | None = entry["result"] if entry else None
    return answer


def _longest_wait(props: dict[str, Any]) -> int:
    text = str(props.get("ServiceTimeout", LONGEST_WAIT))
    return int(text) if text.isdecimal() else LONGEST_WAIT


def _remember_failed_create(
    stack_name: str, logical_id: str, resource_type: str, props: dict[str, Any], physical_id: str | None
) -> None:
    """Make the failed resource part of its stack, so that the rollback, or a later removal, sends its Delete.

    Where the answer named no physical id, CloudFormation makes one up.
    """
    stack = cloudformation.stacks.get(stack_name)
    if stack is None:
        return
    stack.setdefault("_resources", {})[logical_id] = {
        "PhysicalResourceId": physical_id or f"{stack_name}-{logical_id}-{secrets.token_hex(6).upper()}",
        "ResourceType": resource_type,
        "ResourceStatus": "CREATE_FAILED",
        "LogicalResourceId": logical_id,
        "Properties": props,
        "Attributes": {},
    }
    stack.setdefault(_FAILED_CREATES, []).append(logical_id)


def _swap(node: Any, old: str, new: str) -> Any:
    if isinstance(node, str):
        return node.replace(old, new)
    if isinstance(node, list):
        return [_swap(one, old, new) for one in node]
    if isinstance(node, dict):
        return {key: _swap(value, old, new) for key, value in node.items()}
    return node
