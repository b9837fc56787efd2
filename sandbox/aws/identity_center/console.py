"""What an administrator does in Identity Center's console, because no API of AWS does it; as JSON, for the sandbox.

`POST /_sandbox/identity-center/<what>` with `{"account": ..., "region": ..., ...}`.  The client is
`sandbox/identity_center_console.py`.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from sandbox.aws.identity_center.access_tokens import MOST_TOKENS, AccessToken, accepted, new_token
from sandbox.aws.identity_center.directory_records import now
from sandbox.aws.identity_center.external_idp import change_idp, sp_metadata
from sandbox.aws.identity_center.http_request import Answer, HttpRequest
from sandbox.aws.identity_center.instances import INSTANCES, Instance
from sandbox.aws.identity_center.refusals import ConflictError, IdentityCenterError, InvalidError, NotFoundError

PREFIX: Final = "/_sandbox/identity-center/"
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")


def answer(request: HttpRequest) -> Answer:
    """The answer to one request, whose path begins with `PREFIX`."""
    what = request.path.removeprefix(PREFIX)
    try:
        if request.method != "POST" or what not in _OPERATIONS:
            raise NotFoundError(f"asking the console: there is no {request.method} {what}")
        asked = _asked(request.body)
        with INSTANCES.lock:
            told = _OPERATIONS[what](asked, request.base_url)
    except IdentityCenterError as refusal:
        return _json(refusal.status, {"code": refusal.code, "message": str(refusal)})
    return _json(200, told)


def _asked(body: bytes) -> dict[str, str]:
    try:
        asked = json.loads(body)
    except ValueError:
        asked = None
    if not isinstance(asked, dict) or not all(isinstance(value, str) for value in asked.values()):
        raise InvalidError("asking the console: the body has to be a JSON object of texts")
    if not _ACCOUNT.fullmatch(asked.get("account", "")) or not _REGION.fullmatch(asked.get("region", "")):
        raise InvalidError("asking the console: account has to be 12 digits, and region a region's name")
    return asked


def _enable(asked: dict[str, str], _base_url: str) -> dict[str, Any]:
    return _described(INSTANCES.enable(asked["account"], asked["region"]))


def _describe(asked: dict[str, str], _base_url: str) -> dict[str, Any]:
    return _described(_instance(asked))


def _sp_metadata(asked: dict[str, str], _base_url: str) -> dict[str, Any]:
    return {"metadata": sp_metadata(_instance(asked))}


def _use_external_idp(asked: dict[str, str], _base_url: str) -> dict[str, Any]:
    change_idp(_instance(asked), asked.get("metadata", ""))
    return {}


def _enable_provisioning(asked: dict[str, str], base_url: str) -> dict[str, Any]:
    instance = _instance(asked)
    if instance.idp is None:
        raise ConflictError("enabling automatic provisioning: the identity source is no external IdP; change it first")
    if instance.tenant:
        raise ConflictError("enabling automatic provisioning: it is enabled")
    instance.tenant = f"{secrets.token_hex(6)[1:]}-{str(uuid4()).partition('-')[2]}"
    # The console shows it with the slash that JumpCloud must not have.
    return {"endpoint": f"{base_url}/scim/{instance.tenant}/scim/v2/", "token": _add_token(instance)}


def _new_token(asked: dict[str, str], _base_url: str) -> dict[str, Any]:
    instance = _provisioned(asked)
    if len(instance.tokens) >= MOST_TOKENS:
        raise ConflictError(f"making an access token: there are {MOST_TOKENS}; delete one first")
    return {"token": _add_token(instance)}


def _delete_token(asked: dict[str, str], _base_url: str) -> dict[str, Any]:
    instance = _provisioned(asked)
    instance.tokens.remove(_token(instance, asked))
    return {}


def _expire_token(asked: dict[str, str], _base_url: str) -> dict[str, Any]:
    """Not in AWS's console: there, a year passes."""
    _token(_provisioned(asked), asked).expires = now()
    return {}


def _tokens(asked: dict[str, str], _base_url: str) -> dict[str, Any]:
    listed = [
        {"id": one.id, "created": one.created.isoformat(), "expires": one.expires.isoformat()}
        for one in _provisioned(asked).tokens
    ]
    return {"tokens": listed}


def _users(asked: dict[str, str], _base_url: str) -> dict[str, Any]:
    listed = [
        {"id": one.id, "active": one.active, "provisioned": one.provisioned, "document": one.document}
        for one in _instance(asked).store.users.values()
    ]
    return {"users": listed}


def _groups(asked: dict[str, str], _base_url: str) -> dict[str, Any]:
    store = _instance(asked).store
    listed = [
        {
            "id": one.id,
            "displayName": one.display_name,
            "externalId": one.external_id,
            "provisioned": one.provisioned,
            "members": sorted(store.user(user_id).user_name for user_id in one.members),
        }
        for one in store.groups.values()
    ]
    return {"groups": listed}


_OPERATIONS: Final[dict[str, Callable[[dict[str, str], str], dict[str, Any]]]] = {
    "enable": _enable,
    "describe": _describe,
    "sp-metadata": _sp_metadata,
    "use-external-idp": _use_external_idp,
    "enable-provisioning": _enable_provisioning,
    "new-token": _new_token,
    "delete-token": _delete_token,
    "expire-token": _expire_token,
    "tokens": _tokens,
    "users": _users,
    "groups": _groups,
}


def _instance(asked: dict[str, str]) -> Instance:
    instance = INSTANCES.enabled(asked["account"])
    if instance.region != asked["region"]:
        raise NotFoundError(
            f"looking up Identity Center in {asked['region']}: account {asked['account']} has it in {instance.region}"
        )
    return instance


def _provisioned(asked: dict[str, str]) -> Instance:
    instance = _instance(asked)
    if not instance.tenant:
        raise ConflictError("managing access tokens: automatic provisioning is not enabled; enable it first")
    return instance


def _add_token(instance: Instance) -> str:
    plain, token = new_token(now())
    instance.tokens.append(token)
    return plain


def _token(instance: Instance, asked: dict[str, str]) -> AccessToken:
    """The token with the id that is asked for, or that is the one that is told in plain."""
    told, plain = asked.get("id", ""), asked.get("token", "")
    for one in instance.tokens:
        if one.id == told or (plain and accepted(plain, [one], now())):
            return one
    raise NotFoundError("looking up an access token: there is no such token that is still good")


def _described(instance: Instance) -> dict[str, Any]:
    return {
        "arn": instance.arn,
        "identity_store_id": instance.store.store_id,
        "portal_url": instance.portal_url,
        "sp_entity_id": instance.sp_entity_id,
        "acs_url": instance.acs_url,
    }


def _json(status: int, told: dict[str, Any]) -> Answer:
    return status, {"Content-Type": "application/json", "Cache-Control": "no-store"}, json.dumps(told).encode()
