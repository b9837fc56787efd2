"""The AWS access portal over HTTP: the way in, the ACS, and the choice of a permission set.

`https://<store>.awsapps.com/...` comes as `/_sandbox/access-portal/<store>/...`, because a route keeps no host name.
"""

from __future__ import annotations

import base64
import re
import secrets
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from sandbox.aws.aws_pages import signed_in as session_page
from sandbox.aws.identity_center import assignments, permission_sets
from sandbox.aws.identity_center.http_request import Answer, HttpRequest
from sandbox.aws.identity_center.instances import INSTANCES, Instance
from sandbox.aws.identity_center.portal_pages import Offer, accounts, refused, to_idp
from sandbox.aws.identity_center.sign_in import SignedIn, SignInRefusedError, current_user, open_role, sign_in
from sandbox.aws.identity_center.sign_in_requests import SignInRequests, authn_request, redirect_url

PREFIX: Final = "/_sandbox/access-portal/"
LONGEST_SESSION: Final = timedelta(hours=8)
"""How long somebody stays in the access portal: AWS's default."""

_PORTAL = re.compile(r"/_sandbox/access-portal/(?P<store>d-[0-9a-f]{10})/(?P<what>start|role)/?")
_ACS = re.compile(r"/platform/saml/acs/(?P<acs>[A-Za-z0-9-]{4,64})")
_FORM: Final = b"application/x-www-form-urlencoded"

_requests: Final = SignInRequests()
_lock: Final = threading.Lock()
_sessions: Final[dict[str, tuple[SignedIn, datetime]]] = {}


def is_for_portal(method: str, path: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a request is a browser's for the portal, rather than a call of a bucket named platform."""
    if path.startswith(PREFIX):
        return True
    a_form = headers.get(b"content-type", b"").partition(b";")[0].strip().lower() == _FORM
    return method == "POST" and a_form and b"authorization" not in headers and bool(_ACS.fullmatch(path))


def forget() -> None:
    """Sign everybody out."""
    _requests.clear()
    with _lock:
        _sessions.clear()


def answer(request: HttpRequest) -> Answer:
    """The page for *request*."""
    try:
        with INSTANCES.lock:
            return _answer(request, datetime.now(UTC))
    except SignInRefusedError as refusal:
        return refused(404 if refusal.code == "not-found" else 403, refusal.code, str(refusal))


def _answer(request: HttpRequest, now: datetime) -> Answer:
    if found := _ACS.fullmatch(request.path):
        return _take(_instance_with(acs=found["acs"]), request.form, now)
    found = _PORTAL.fullmatch(request.path)
    wanted = (request.method, found["what"]) if found else None
    if found and wanted == ("GET", "start"):
        return _begin(_instance_with(store=found["store"]), now)
    if found and wanted == ("POST", "role"):
        return _open(_instance_with(store=found["store"]), request.form, now)
    raise SignInRefusedError("not-found", "the access portal has no such page; begin at /start")


def _instance_with(*, acs: str = "", store: str = "") -> Instance:
    found = INSTANCES.find(lambda one: one.acs_id == acs or one.store.store_id == store)
    if found is None:
        raise SignInRefusedError("not-found", "no Identity Center has this address")
    return found


def _begin(instance: Instance, now: datetime) -> Answer:
    """Send the browser to the IdP."""
    if instance.idp is None:
        raise SignInRefusedError("no-external-idp", "the identity source is not an external IdP; change it first")
    request_id, relay_state = _requests.begin(instance.acs_id, now), secrets.token_urlsafe(24)
    destination = instance.idp.sso_url or instance.idp_post_url
    asked = authn_request(instance, request_id, destination, now)
    if instance.idp.sso_url is None:
        return to_idp(destination, base64.b64encode(asked).decode(), relay_state)
    return 302, {"Location": redirect_url(asked, destination, relay_state), "Cache-Control": "no-store"}, b""


def _take(instance: Instance, form: Mapping[str, str], now: datetime) -> Answer:
    """Take the IdP's response, and show the accounts."""
    signed_in = sign_in(instance, form.get("SAMLResponse", ""), _requests, now)
    session = secrets.token_urlsafe(32)
    with _lock:
        for one in [one for one, (_, end) in _sessions.items() if end <= now]:
            del _sessions[one]
        _sessions[session] = (signed_in, now + LONGEST_SESSION)
    user = current_user(instance, signed_in)
    offers = [
        Offer(
            account=one.account,
            permission_set=one.permission_set,
            name=permission_sets.find(instance, one.permission_set).name,
            description=permission_sets.find(instance, one.permission_set).description,
        )
        for one in assignments.of_user(instance, user)
    ]
    return accounts(user.user_name, f"{PREFIX}{instance.store.store_id}/role", session, offers)


def _open(instance: Instance, form: Mapping[str, str], now: datetime) -> Answer:
    """Open a permission set in an account."""
    with _lock:
        signed_in, end = _sessions.get(form.get("session", ""), (None, now))
    if signed_in is None or end <= now or signed_in.store_id != instance.store.store_id:
        raise SignInRefusedError("signed-out", "the session in the access portal is over; begin again at /start")
    arn = form.get("permission-set", "")
    session = open_role(instance, signed_in, (form.get("account", ""), arn), now)
    home = f"https://{instance.region}.console.aws.amazon.com/console/home?region={instance.region}"
    return session_page(session, permission_sets.find(instance, arn).relay_state or home, "")
