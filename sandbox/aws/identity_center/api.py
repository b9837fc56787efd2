"""The APIs `identitystore` and `sso-admin` for boto3: who may call what, the input's form, and the answer's.

What the calls do is in `identity_store_api.py`, `permission_set_api.py` and `assignment_api.py`.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Final

from sandbox.aws.identity_center import assignment_api, identity_store_api, permission_set_api
from sandbox.aws.identity_center.api_model import Call, check_input, operations
from sandbox.aws.identity_center.instances import INSTANCES
from sandbox.aws.identity_center.refusals import IdentityCenterError, InvalidError
from sandbox.aws.seams import app, concurrency, responses

SERVICES: Final = {"AWSIdentityStore": "identitystore", "SWBExternalService": "sso-admin"}
"""Services by the first part of the header x-amz-target."""

_ACTIONS: Final = {"identitystore": "identitystore", "sso-admin": "sso"}
_CALLS: Final[dict[str, dict[str, Call]]] = {
    "identitystore": identity_store_api.CALLS,
    "sso-admin": {**permission_set_api.CALLS, **assignment_api.CALLS},
}
_PAGES: Final = {
    **identity_store_api.PAGES,
    **permission_set_api.PAGES,
    **assignment_api.PAGES,
}
LARGEST_PAGE: Final = 100


def install() -> None:
    """Answer the calls before the emulator says that it does not know the services."""
    original = app.dispatch

    async def dispatch(  # noqa: PLR0917 - they are the emulator's, in its order
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], request_id: str
    ) -> Any:
        target, _, operation = headers.get("x-amz-target", "").partition(".")
        if target not in SERVICES:
            return await original(method, path, headers, body, query, request_id)
        asked = _Asked(SERVICES[target], operation, headers, body, query, request_id)
        return await concurrency.run_reentrant(asked.answer)

    app.replace("dispatch", dispatch)


class _Asked:
    """One call of an API."""

    def __init__(  # noqa: PLR0917 - they are the emulator's, in its order
        self,
        service: str,
        operation: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Any],
        request_id: str,
    ) -> None:
        self._service = service
        self._operation = operation
        self._headers = headers
        self._body = body
        self._query = query
        self._request_id = request_id

    def answer(self) -> Any:
        """What AWS answers."""
        account = str(responses.account())
        try:
            call = self._call()
            told = self._input()
            # Who calls is checked before what is there, so that a refusal tells nothing.
            if denied := self._denied(account, told):
                return denied
            with INSTANCES.lock:
                answer = call(account, told)
            if self._operation in _PAGES:
                answer = _page(answer, _PAGES[self._operation], told)
        except IdentityCenterError as refusal:
            return self._sent(refusal.status, {"__type": refusal.code, "Message": str(refusal)})
        return self._sent(200, answer)

    def _call(self) -> Call:
        call = _CALLS[self._service].get(self._operation)
        if call is None:
            here = "AWS has it, this local AWS does not" if self._operation in operations(self._service) else "unknown"
            raise InvalidError(f"calling {self._service}:{self._operation}: {here}")
        return call

    def _input(self) -> dict[str, Any]:
        try:
            told = json.loads(self._body or b"{}")
        except ValueError:
            told = None
        check_input(self._service, self._operation, told)
        return dict(told)

    def _denied(self, account: str, told: dict[str, Any]) -> Any:
        action = f"{_ACTIONS[self._service]}:{self._operation}"
        named = identity_store_api.resources if self._service == "identitystore" else permission_set_api.resources
        for resource in named(account, self._operation, told):
            denied = app.enforce(
                self._service, action, self._headers, self._query, self._request_id, resource_arn=resource
            )
            if denied:
                status, headers, body = denied
                answer = json.loads(body)
                if str(answer.get("__type", "")).rpartition("#")[2] == "AccessDenied":
                    answer["__type"] = "AccessDeniedException"
                    return self._sent(400, answer)
                return status, headers, body
        return None

    def _sent(self, status: int, told: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-requestid": self._request_id}
        return status, headers, json.dumps(told).encode()


def _page(answer: dict[str, Any], name: str, told: dict[str, Any]) -> dict[str, Any]:
    """One page of the list *name* in *answer*."""
    listed = answer[name]
    start, size = _start(told.get("NextToken")), told.get("MaxResults") or LARGEST_PAGE
    end = start + size
    more = {"NextToken": base64.b64encode(f"from:{end}".encode()).decode()} if end < len(listed) else {}
    return {**answer, name: listed[start:end], **more}


def _start(token: str | None) -> int:
    if not token:
        return 0
    try:
        begin, _, number = base64.b64decode(token, validate=True).decode().partition(":")
        if begin == "from":
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise InvalidError("1 validation error detected: Value at 'NextToken' is no token of an earlier answer")
