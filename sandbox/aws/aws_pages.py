"""The pages of the AWS sign-in site: the choice of a role, the session, a refusal.  Plain HTML, no script, no state."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.aws.federated_sessions import FederatedSession
    from sandbox.aws.federation_refusal import FederationRefusedError
    from sandbox.aws.saml_claims import RolePair
    from sandbox.aws.saml_federation import Federated

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""

STYLE: Final = """
:root { color-scheme: light; --ink: #16191f; --muted: #545b64; --line: #d5dbdb; --accent: #0b5cad; --paper: #fff; }
* { box-sizing: border-box; }
body { margin: 0; background: #f2f3f3; color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header { background: #232f3e; color: #fff; padding: .75rem 1.25rem; display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
header strong { font-weight: 600; }
header span { color: #d5dbdb; }
main { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; padding: 1.5rem; }
.card + .card { margin-top: 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.0625rem; margin: 0 0 .75rem; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
p:last-child { margin-bottom: 0; }
.muted { color: var(--muted); }
dl { display: grid; grid-template-columns: 11rem 1fr; gap: .5rem 1rem; margin: 1rem 0 0; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
fieldset { border: 1px solid var(--line); border-radius: .375rem; margin: 0 0 1rem; padding: .25rem 1rem .5rem; }
legend { font-weight: 600; padding: 0 .375rem; }
label { display: flex; gap: .75rem; align-items: flex-start; padding: .5rem 0; cursor: pointer; }
label small { display: block; color: var(--muted); overflow-wrap: anywhere; }
input[type=radio] { width: 1.125rem; height: 1.125rem; margin: .1875rem 0 0; flex: none; accent-color: var(--accent); }
button { font: inherit; font-weight: 600; padding: .5rem 1.5rem; border: 0; border-radius: .375rem; cursor: pointer; }
button { background: var(--accent); color: #fff; }
button:hover { background: #084784; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid #f89256; outline-offset: 2px; }
pre { background: #16191f; color: #f2f3f3; padding: 1rem; border-radius: .375rem; margin: 0; font-size: .875rem; }
pre { white-space: pre-wrap; word-break: break-all; }
.refusal { border-left: .375rem solid #b3261e; }
@media (max-width: 34rem) { main { margin: 1rem auto; } .card { padding: 1rem; } button { width: 100%; } }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .625rem; } }
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

INVALID_RESPONSE: Final = "Your request included an invalid SAML response."
"""What AWS's page says where the response offers no role."""


def role_chooser(path: str, encoded: str, relay_state: str, field: str, federated: Federated) -> Answer:
    """One radio button per role, by account; the form posts the response back with the chosen one."""
    roles = {pair.role: pair for pair in federated.claims.roles}
    pairs = sorted(roles.values(), key=lambda pair: (pair.account, pair.role.rpartition("/")[2].lower(), pair.role))
    accounts = "".join(
        f"<fieldset><legend>Account: {escape(account)}</legend>{_radios(group, field)}</fieldset>"
        for account, group in groupby(pairs, key=lambda pair: pair.account)
    )
    body = f"""<div class="card"><h1>Select a role</h1>
<p class="muted">{escape(federated.subject)}, your directory offers you these roles.</p>
<form method="post" action="{escape(path)}">
<input type="hidden" name="SAMLResponse" value="{escape(encoded)}">
<input type="hidden" name="RelayState" value="{escape(relay_state)}">
{accounts}<button type="submit">Sign in</button></form></div>"""
    return _page(200, "Select a role", body)


def signed_in(session: FederatedSession, destination: str, note: str) -> Answer:
    """The session, and in place of the console its credentials."""
    claims = session.federated.claims
    tags = ", ".join(f"{key} = {value}" for key, value in sorted(claims.session_tags.items())) or "none"
    rows = [
        ("Account", "account", session.role_arn.split(":")[4]),
        ("Role", "role-arn", session.role_arn),
        ("Session name", "session-name", claims.session_name),
        ("Signed in as", "subject", session.federated.subject),
        ("Session tags", "session-tags", tags),
        *([("Source identity", "source-identity", claims.source_identity)] if claims.source_identity else []),
        ("Until", "expires", session.expires.strftime("%Y-%m-%d %H:%M:%S UTC")),
    ]
    listed = "".join(f'<dt>{name}</dt><dd data-field="{field}">{escape(value)}</dd>' for name, field, value in rows)
    exports = "\n".join(
        f'export {name}=<span data-field="{name}">{escape(value)}</span>'
        for name, value in (
            ("AWS_ACCESS_KEY_ID", session.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", session.secret_access_key),
            ("AWS_SESSION_TOKEN", session.session_token),
        )
    )
    address = escape(destination)
    body = f"""<div class="card"><h1>Signed in to AWS</h1>
<p>The console would open at
<a href="{address}" rel="noreferrer" data-field="destination">{address}</a>. {escape(note)}</p>
<dl>{listed}</dl></div>
<div class="card"><h2>Credentials of this session</h2>
<p class="muted">AWS's console does not show these; this is an emulator, and has no console. They work with this local
AWS only, and may do what the role may.</p>
<pre>{exports}</pre></div>"""
    return _page(200, "Signed in to AWS", body)


def turned_away(refusal: FederationRefusedError) -> Answer:
    """The refusal: what AWS says, and the cause."""
    sentence = f"{INVALID_RESPONSE} Cause: {refusal}." if refusal.no_role else f"{refusal}."
    body = f"""<div class="card refusal" role="alert"><h1>Could not sign in to AWS</h1>
<p data-field="refusal">{escape(sentence)}</p>
<p class="muted">Service: AWSSecurityTokenService; status code: {refusal.status}; error code:
<span data-field="code">{escape(refusal.code)}</span></p></div>"""
    return _page(refusal.status, "Could not sign in to AWS", body)


def _radios(pairs: Iterable[RolePair], field: str) -> str:
    return "".join(
        f'<label><input type="radio" name="{escape(field)}" value="{escape(pair.role)}" required>'
        f"<span>{escape(pair.role.rpartition('/')[2])}<small>{escape(pair.role)}</small></span></label>"
        for pair in pairs
    )


def _page(status: int, title: str, body: str) -> Answer:
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>{STYLE}</style></head>
<body><header><strong>AWS sign-in</strong><span>local emulator, not Amazon Web Services</span></header>
<main>{body}</main></body></html>
"""
    return status, dict(HEADERS), page.encode()
