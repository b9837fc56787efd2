"""The directory's credential: read from Secrets Manager at run time, an API key or a service account.

A credential never shows what it holds: not in its repr, not in an error.  Not here: which calls it is used for.
"""

from __future__ import annotations

import base64
import json
import re
import time
from importlib import import_module
from urllib.parse import quote_plus, urlencode, urlsplit

from .answers import payload_or_error
from .errors import CredentialError, Refused
from .transport import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .deadline import Deadline
    from .desired import DirectoryRef
    from .journal import Redactor
    from .retry import Caller

FORMS = (
    "store the API key as plain text, or a JSON object: "
    '{"api_key": "…"}, or {"client_id": "…", "client_secret": "…"} for a service account'
)
RIGHT_WAITS_SECONDS = (2.0, 4.0, 8.0, 16.0)
"""Waits before a secret that may not be read is asked for again: the right may have been given a moment ago, in the
same deployment, and IAM takes some seconds to make it known everywhere."""

_DENIED = frozenset({"AccessDeniedException", "AccessDenied"})
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_API_KEY, _CLIENT_ID, _CLIENT_SECRET = "api_key", "client_id", "client_secret"
HOSTS = "hosts"
"""In the secret's JSON object: the only hosts that the credential may be sent to.  Left out: those that are asked."""


class ApiKey:
    """An administrator's, or a service account's, API key."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "ApiKey([hidden])"

    def headers(self, org_id: str | None) -> dict[str, str]:
        """What proves the right to call; *org_id* only where there is one."""
        return {"x-api-key": self._key} | ({"x-org-id": org_id} if org_id else {})


class ServiceAccount:
    """An OAuth client that trades its secret for a token that lasts an hour."""

    __slots__ = ("_client_id", "_client_secret")

    def __init__(self, client_id: str, client_secret: str) -> None:
        self._client_id = client_id
        self._client_secret = client_secret

    def __repr__(self) -> str:
        return "ServiceAccount([hidden])"

    def sign_in(self, token_url: str | None, caller: Caller, deadline: Deadline, redactor: Redactor) -> AccessToken:
        """Trade the client's secret for an access token."""
        doing = "signing in as the service account"
        if not token_url:
            fix = "set the directory's TokenUrl, or store an API key instead"
            raise CredentialError(doing, "the secret holds a service account, but the directory has no TokenUrl", fix)
        pair = f"{quote_plus(self._client_id)}:{quote_plus(self._client_secret)}"
        basic = base64.b64encode(pair.encode()).decode("ascii")
        redactor.hide(basic)
        request = Request(
            "POST",
            token_url,
            {
                "Authorization": f"Basic {basic}",
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            urlencode({"grant_type": "client_credentials", "scope": "api"}).encode(),
        )
        answer = caller.call(request, deadline, doing, repeatable=True)
        host = urlsplit(token_url).hostname or "the token endpoint"
        try:
            payload = payload_or_error(answer, doing, host=host, scope="api")
        except Refused as error:
            fix = "check client_id and client_secret in the secret, that neither has expired, and TokenUrl's region"
            raise CredentialError(doing, error.cause, fix) from None
        token = payload.get("access_token") if isinstance(payload, dict) else None
        if not isinstance(token, str) or not _PRINTABLE.fullmatch(token):
            raise CredentialError(doing, f"{host} answered without an access_token", "check the directory's TokenUrl")
        redactor.hide(token)
        return AccessToken(token)


class AccessToken:
    """What a service account shows instead of an API key."""

    __slots__ = ("_token",)

    def __init__(self, token: str) -> None:
        self._token = token

    def __repr__(self) -> str:
        return "AccessToken([hidden])"

    def headers(self, org_id: str | None) -> dict[str, str]:  # noqa: ARG002 - a token belongs to one organization
        """What proves the right to call; the token itself names the organization."""
        return {"Authorization": f"Bearer {self._token}"}


def parse(text: str, secret: str, redactor: Redactor) -> ApiKey | ServiceAccount:
    """The credential in *text*, the content of the secret named *secret*.

    Raises:
        CredentialError: It holds none; the sentence never repeats any of it.
    """
    doing = f"reading the credential in secret {secret!r}"
    text = text.strip()
    redactor.hide(text)
    if not text:
        raise CredentialError(doing, "the secret is empty", FORMS)
    if not text.startswith("{"):
        return ApiKey(_one_line(text, "the API key", doing))
    try:
        fields = json.loads(text)
    except ValueError:
        raise CredentialError(doing, "it begins like a JSON object but is none", FORMS) from None
    given = {name: str(value).strip() for name, value in fields.items() if value not in (None, "")}
    redactor.hide(given.get(_API_KEY), given.get(_CLIENT_SECRET))
    if _API_KEY in given and _CLIENT_SECRET not in given and _CLIENT_ID not in given:
        return ApiKey(_one_line(given[_API_KEY], _API_KEY, doing))
    if _CLIENT_ID in given and _CLIENT_SECRET in given and _API_KEY not in given:
        client_id = _one_line(given[_CLIENT_ID], _CLIENT_ID, doing)
        return ServiceAccount(client_id, _one_line(given[_CLIENT_SECRET], _CLIENT_SECRET, doing))
    known = [name for name in (_API_KEY, _CLIENT_ID, _CLIENT_SECRET) if name in given]
    cause = f"its JSON object has {' and '.join(known) or 'neither api_key nor client_id and client_secret'}"
    raise CredentialError(doing, cause, FORMS)


def hold_to_its_hosts(credential: ApiKey | ServiceAccount, text: str, ref: DirectoryRef) -> None:
    """Refuse to send *credential* to the directory of *ref*, where *text*, its secret's content, allows other hosts.

    Who may call the function, or writes a spec, says which directory is asked; who keeps the secret says this.

    Raises:
        CredentialError: One of them is at another host, or it does not say it as a list of hosts.
    """
    if not text.strip().startswith("{"):
        return
    doing = f"reading the credential in secret {ref.secret!r}"
    hosts = json.loads(text).get(HOSTS)
    if hosts is None:
        return
    if not isinstance(hosts, list) or not all(isinstance(host, str) for host in hosts):
        fix = f'write it as in "{HOSTS}": ["console.jumpcloud.com"], each with its port where it has one'
        raise CredentialError(doing, f"its {HOSTS} is no list of hosts", fix)
    allowed = {host.strip().lower() for host in hosts}
    asked = (ref.api_url, ref.token_url) if isinstance(credential, ServiceAccount) else (ref.api_url,)
    others = sorted({urlsplit(each).netloc.lower() for each in asked if each} - allowed)
    if others:
        cause = f"it may be sent to {' and '.join(sorted(allowed)) or 'no host'}, not to {' and '.join(others)}"
        fix = f"correct the directory's ApiUrl and TokenUrl; who keeps the secret decides about its {HOSTS}"
        raise CredentialError(doing, cause, fix)


def _one_line(value: str, what: str, doing: str) -> str:
    if not _PRINTABLE.fullmatch(value):
        raise CredentialError(doing, f"{what} has more than one line, a space, or a character outside ASCII", FORMS)
    return value


def read_secret(
    secret: str,
    deadline: Deadline,
    *,
    sleep: Callable[[float], None] = time.sleep,
    identity: Mapping[str, str] | None = None,
) -> str:
    """The content of the Secrets Manager secret with this name or ARN.

    Args:
        secret: Its name or ARN.
        deadline: Until when.
        sleep: Waits so many seconds.
        identity: Who reads it, and where, as boto3 names it.  Default: the function itself, in its own region.
    """
    doing = f"reading the secret {secret!r}"
    deadline.require(doing)
    boto3 = import_module("boto3")
    config = import_module("botocore.config").Config
    exceptions = import_module("botocore.exceptions")
    patience = max(1.0, min(10.0, deadline.remaining() / 3))
    given = {**(identity or {})}
    region = given.pop("region_name", None)
    client = boto3.client(
        "secretsmanager",
        region_name=region_of(secret) or region,
        **given,
        config=config(connect_timeout=patience, read_timeout=patience, retries={"total_max_attempts": 3}),
    )
    waits = iter(RIGHT_WAITS_SECONDS)
    while True:
        try:
            answer: Mapping[str, Any] = client.get_secret_value(SecretId=secret)
            break
        except exceptions.ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            wait = next(waits, None) if code in _DENIED else None
            if wait is None or wait >= deadline.remaining():
                raise _secret_error(doing, code) from None
            sleep(wait)
        except exceptions.BotoCoreError as error:
            fix = "check that the function can reach Secrets Manager (in a VPC it needs an endpoint or a NAT gateway)"
            raise CredentialError(doing, f"Secrets Manager did not answer ({type(error).__name__})", fix) from None
    text = answer.get("SecretString")
    if not isinstance(text, str):
        raise CredentialError(doing, "the secret is binary", FORMS)
    return text


def region_of(arn: str) -> str | None:
    """The region that *arn* names; None where it is only a name: then the function's own."""
    parts = arn.split(":")
    return parts[3] if parts[0] == "arn" and len(parts) > 3 and parts[3] else None  # noqa: PLR2004 - arn:p:s:region


def _secret_error(doing: str, code: str) -> CredentialError:
    if code == "ResourceNotFoundException":
        fix = "create it with the directory's API key in it, in the region of the stack, or correct CredentialsSecret"
        return CredentialError(doing, "there is no such secret, or it has no value yet", fix)
    if code in {*_DENIED, "DecryptionFailure", "DecryptionFailureException"}:
        fix = "allow the function secretsmanager:GetSecretValue on it, and kms:Decrypt on a key of its own"
        return CredentialError(doing, f"the function may not read it ({code})", fix)
    if code == "InvalidRequestException":
        fix = "restore it, or name another secret in CredentialsSecret"
        return CredentialError(doing, "the secret is marked for deletion", fix)
    return CredentialError(doing, f"Secrets Manager answered {code or 'an error'}", "check CredentialsSecret")
