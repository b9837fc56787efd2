"""Puts Identity Center into the emulator: its APIs, its CloudFormation types, its paths, and its part of a reset."""

from __future__ import annotations

from typing import Final

from sandbox.aws.identity_center import api, cloudformation, console, group_types, portal, scim_server
from sandbox.aws.identity_center.http_request import Answer, HttpRequest
from sandbox.aws.identity_center.instances import INSTANCES
from sandbox.aws.seams import app

_JSON_PATHS: Final = {scim_server.PREFIX: scim_server.answer, console.PREFIX: console.answer}


def install() -> None:
    """Add all of it."""
    api.install()
    cloudformation.install()
    group_types.install()
    original_reset = app.reset

    def reset() -> None:
        original_reset()
        INSTANCES.reset()
        portal.forget()

    app.replace("reset", reset)


def is_for_identity_center(method: str, path: str, headers: dict[bytes, bytes]) -> bool:
    """Whether a request is for SCIM, the console, or the access portal, and not a call of an API."""
    return path.startswith(tuple(_JSON_PATHS)) or portal.is_for_portal(method, path, headers)


def answer(request: HttpRequest) -> Answer:
    """The answer to such a request."""
    for prefix, answered in _JSON_PATHS.items():
        if request.path.startswith(prefix):
            return answered(request)
    return portal.answer(request)
