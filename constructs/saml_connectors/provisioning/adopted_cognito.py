"""What an application made by hand for a Cognito user pool says of a connector of kind `cognito-user-pool`.

The directory does not know the pool's side: what that holds stays to be filled in.  Not here: what all kinds have
(`adopted_spec.py`).
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from saml_connectors.provider.jumpcloud.desired import GROUPS_ATTRIBUTE_NAME, INCLUDE_GROUPS
from saml_connectors.provisioning.adopted_draft import LOGIN_URL, RELAY_STATE, Draft, as_mapping
from saml_connectors.spec.attribute import STANDARD_ATTRIBUTES
from saml_connectors.spec.plain import fill_in

ENTITY_ID = re.compile(r"urn:amazon:cognito:sp:(?P<pool>(?P<region>[a-z0-9-]+)_[0-9A-Za-z]+)")
ACS_PATH = "/saml2/idpresponse"


def add(draft: Draft) -> None:
    """Add what only this kind has."""
    found = draft.found
    pool = ENTITY_ID.fullmatch(found.entity_id)
    if pool is None:
        what = "must have the SP entity ID of a user pool, urn:amazon:cognito:sp:<pool id>"
        draft.unfit(what, found.entity_id, "put it right in the Admin Portal, then run it again")
    host = _host(draft)
    sign_in = _sign_in(draft, host)
    draft.data["aws"] = {"region": pool["region"]}
    draft.data["user_pool"] = {
        "id": pool["pool"],
        "domain": {"existing": host},
        "provider_name": sign_in.get("identity_provider")
        or fill_in("name of the SAML IdP in the pool; people's user names begin with it"),
        "attributes": _attributes(draft),
        **_groups(draft),
    }
    if draft.application.get("default_relay_state") and not found.text(LOGIN_URL) and "client_id" in sign_in:
        draft.data["user_pool"]["idp_initiated"] = True
    client: dict[str, Any] = {
        "name": "web",
        "callback_urls": [
            sign_in.get("redirect_uri") or fill_in("callback URLs of the app client, as the pool has them")
        ],
    }
    if sign_in.get("scope"):
        client["scopes"] = sign_in["scope"].split()
    if found.text(LOGIN_URL):
        client["login_url"] = found.text(LOGIN_URL)
    draft.data["app_clients"] = [client]
    draft.note(
        f"user pool {pool['pool']}: its IdP and app clients are there already; docs/adopt.md says how the stack gets"
        " them. `aws cognito-idp describe-identity-provider` shows the attribute mapping."
    )


def _host(draft: Draft) -> str:
    acs_url = draft.found.acs_url
    try:
        parts = urlsplit(acs_url)
        host = parts.netloc if parts.scheme == "https" and not parts.query and not parts.fragment else ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if not host or parts.path != ACS_PATH:
        what = f"must have one ACS URL, that of the pool's domain: https://<domain>{ACS_PATH}"
        draft.unfit(what, acs_url, "put it right in the Admin Portal, then run it again")
    return host


def _sign_in(draft: Draft, host: str) -> dict[str, str]:
    """What the tile's address says of the sign-in at Cognito: a callback URL, scopes, the name of the IdP."""
    url = draft.found.text(LOGIN_URL)
    query = draft.found.text(RELAY_STATE)
    if url:
        try:
            parts = urlsplit(url)
        except ValueError:
            return {}
        if parts.netloc != host or parts.path not in {"/oauth2/authorize", "/login"}:
            return {}
        query = parts.query
    asked = {name: values[0] for name, values in parse_qs(query).items() if len(values) == 1}
    return asked if "client_id" in asked and "redirect_uri" in asked else {}


def _attributes(draft: Draft) -> dict[str, Any]:
    rows = as_mapping(draft.found.user_rows())
    if rows is None:
        draft.note("user attributes: left as found: one has no name or value, or two have one name")
        return {}
    attributes: dict[str, Any] = {}
    for number, (claim, source) in enumerate(rows.items(), 1):
        if claim in STANDARD_ATTRIBUTES:
            attributes[claim] = source
        else:
            key = fill_in(f"pool attribute of user attribute {number}, as in custom:team")
            attributes[key] = {"from": source, "claim": claim}
    return attributes


def _groups(draft: Draft) -> dict[str, Any]:
    claim = draft.found.text(GROUPS_ATTRIBUTE_NAME)
    if draft.found.live.config_value(INCLUDE_GROUPS) is not True or not claim:
        return {}
    return {"groups": {"to": fill_in("custom attribute of the pool that keeps the groups"), "claim": claim}}
