"""The pages of the AWS access portal: the way to the IdP, the accounts, a refusal.  Plain HTML, no script, no state."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import urlsplit

from sandbox.aws.aws_pages import HEADERS, STYLE
from sandbox.aws.identity_center.http_request import Answer

_STYLE: Final = f"""{STYLE}
section {{ border-top: 1px solid var(--line); padding: 1rem 0 .25rem; }}
section h2 {{ margin-bottom: .25rem; }}
.sets {{ display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center; padding: .5rem 0; }}
.sets p {{ flex: 1 1 14rem; margin: 0; }}
"""
_POLICY: Final = HEADERS["Content-Security-Policy"]
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_OTHER_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One permission set that somebody has in one account."""

    account: str
    permission_set: str
    """ARN."""

    name: str
    description: str


def accounts(user_name: str, action: str, session: str, offers: Sequence[Offer]) -> Answer:
    """Every account with its permission sets, each with a button."""
    sections = "".join(
        f'<section><h2>Account <span data-field="account">{escape(account)}</span></h2>'
        f"{''.join(_offer(one, action, session) for one in offers if one.account == account)}</section>"
        for account in sorted({one.account for one in offers})
    )
    nothing = '<p data-field="nothing">No account is assigned to you: ask whoever administers AWS.</p>'
    body = f"""<div class="card"><h1>AWS access portal</h1>
<p class="muted">Signed in as <span data-field="user-name">{escape(user_name)}</span>.</p>
{sections or nothing}</div>"""
    return _page(200, "AWS access portal", body)


def to_idp(destination: str, encoded: str, relay_state: str) -> Answer:
    """The form that carries the request to an IdP that takes it by HTTP-POST only."""
    body = f"""<div class="card"><h1>Sign in to AWS</h1>
<p>Your organization signs you in at {escape(urlsplit(destination).netloc)}.</p>
<form method="post" action="{escape(destination)}">
<input type="hidden" name="SAMLRequest" value="{escape(encoded)}">
<input type="hidden" name="RelayState" value="{escape(relay_state)}">
<button type="submit">Continue</button></form></div>"""
    parts = urlsplit(destination)
    return _page(200, "Sign in to AWS", body, form_action=f"'self' {parts.scheme}://{parts.netloc}")


def refused(status: int, code: str, sentence: str) -> Answer:
    """Why somebody is not let in."""
    body = f"""<div class="card refusal" role="alert"><h1>Could not sign in to the AWS access portal</h1>
<p data-field="refusal">{escape(sentence)}.</p>
<p class="muted">Code: <span data-field="code">{escape(code)}</span></p></div>"""
    return _page(status, "Could not sign in to the AWS access portal", body)


def _offer(offer: Offer, action: str, session: str) -> str:
    description = f'<br><span class="muted">{escape(offer.description)}</span>' if offer.description else ""
    return f"""<form method="post" action="{escape(action)}" class="sets">
<input type="hidden" name="session" value="{escape(session)}">
<input type="hidden" name="account" value="{escape(offer.account)}">
<input type="hidden" name="permission-set" value="{escape(offer.permission_set)}">
<p><span data-field="permission-set">{escape(offer.name)}</span>{description}</p>
<button type="submit" aria-label="Open {escape(offer.name)} in account {escape(offer.account)}">Open</button></form>"""


def _page(status: int, title: str, body: str, *, form_action: str = "'self'") -> Answer:
    policy = _POLICY.replace(_OTHER_HASH, _HASH).replace("form-action 'self'", f"form-action {form_action}")
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>{_STYLE}</style></head>
<body><header><strong>AWS access portal</strong><span>local emulator, not Amazon Web Services</span></header>
<main>{body}</main></body></html>
"""
    return status, {**HEADERS, "Content-Security-Policy": policy}, page.encode()
