"""The kinds of facts that a review compares, each with its words and its risk.

Not here: single facts (`facts.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from saml_connectors.review.risk import Risk


class Kind(NamedTuple):
    """One kind of fact."""

    code: str
    names: tuple[str, ...]
    """What is named in it, in this order."""

    merged: str
    """Which of the names are told together, where all others are equal."""

    stated: str
    """That it is so, in words with the names in braces."""

    added: str
    """That it becomes so."""

    removed: str
    """That it ceases to be so."""

    added_risk: Risk
    removed_risk: Risk
    is_access: bool
    """Whether it says that somebody gets somewhere: told of connectors that are added or removed, too."""


_VERBS = re.compile(r"\[([^|]+)\|([^|]+)\|([^]]+)\]")
_NAME = re.compile(r"\{(\w+)\}")
_W, _R, _T, _C = Risk.WIDENED, Risk.REMOVED, Risk.TRUST, Risk.CHANGED


def _access(code: str, merged: str, words: str) -> Kind:
    """Somebody gets somewhere; *words* have the three verbs for it is so, becomes so, ceases: `[have|gain|lose]`."""
    stated, added, removed = (_VERBS.sub(rf"\{place}", words) for place in (1, 2, 3))
    return Kind(code, tuple(_NAME.findall(words)), merged, stated, added, removed, _W, _R, is_access=True)


def _other(code: str, merged: str, words: str, added: Risk = _C, removed: Risk = _C) -> Kind:
    """Anything else that holds."""
    names = tuple(_NAME.findall(words))
    return Kind(code, names, merged, words, f"New: {words}", f"No longer: {words}", added, removed, is_access=False)


def _signers(prefix: str, idp: str) -> Iterator[Kind]:
    """Whom an identity provider of AWS believes; *idp*: what it is, in words with its name."""
    for code, merged, words in (
        ("signer", "application", "the certificate that the directory made for {application}, known at deployment"),
        ("signer-named", "certificate", "the signing certificate {certificate}, known at deployment"),
        ("signer-known", "certificate", "certificate {certificate} of {subject}, until {ends}"),
        ("signer-url", "url", "what {url} serves, which synthesis cannot know"),
        ("signer-unknown", "idp", "somebody whom synthesis cannot know"),
    ):
        yield _other(f"{prefix}{code}", merged, f"{idp} trusts {words}", _T, _T)


_ALL = (
    _access("role", "group", "Members of {group} [have|gain|lose] role {role} in account {account}"),
    _access(
        "permission-set",
        "group",
        "Members of {group} [have|gain|lose] permission set {permission_set} in account {account}",
    ),
    _access(
        "sign-in",
        "group",
        "Members of {group} [may sign in|may now sign in|may no longer sign in] to app client {client}",
    ),
    _access("tile", "group", "Members of {group} [see|gain|lose] the tile {application} in the portal"),
    _access(
        "foreign-sign-in",
        "client",
        "Everybody whom the IdP behind {idp} lets in [may sign in|may now sign in|may no longer sign in] to app client "
        "{client}",
    ),
    _access(
        "foreign-role",
        "role",
        "Whomever the IdP of SAML provider {provider} names for it [has|gains|loses] role {role} in account {account}",
    ),
    _access(
        "property-role",
        "property",
        "Whoever has a Role value in the directory's property {property}, which synthesis cannot know, "
        "[has|gains|loses] that role through {application}",
    ),
    _access(
        "pool-rule",
        "rule",
        "Whoever comes to identity pool {pool} with {rule} [gets|now gets|no longer gets] role {role}",
    ),
    _access(
        "pool-token",
        "provider",
        "Whoever shows identity pool {pool} a response of {provider} [gets|now gets|no longer gets] AWS credentials",
    ),
    _access(
        "principal", "principal", "{principal} [has|gains|loses] permission set {permission_set} in account {account}"
    ),
    _access(
        "sign-up",
        "pool",
        "Anybody [may make|may now make|may no longer make] an account of his own in user pool {pool}",
    ),
    _access(
        "group-attribute",
        "group",
        "Members of {group} [inherit|now inherit|no longer inherit] the attribute {attribute} with the value {value}",
    ),
    _other("callback-host", "host", "app client {client} sends codes and tokens to {host}", _W, _R),
    _other("scope", "scope", "app client {client} may ask for scope {scope}", _W, _R),
    _other("flow", "flow", "app client {client} may use the OAuth flow {flow}", _W, _R),
    _other("auth-flow", "flow", "app client {client} takes {flow} through Cognito's API", _W, _R),
    _other("other-provider", "provider", "app client {client} lets in people of {provider}", _W, _R),
    _other("reads", "attribute", "app client {client} reads {attribute}", _W, _R),
    _other("writes", "attribute", "app client {client} writes {attribute}", _W, _R),
    _other("released", "claim", "{application} sends each person's {property} as SAML attribute {claim}", _W),
    _other("session-tag", "key", "{application} sends each person's {property} as session tag {key}", _W),
    _other(
        "access-control",
        "key",
        "{application} sends each person's {property} as attribute for access control {key}",
        _W,
    ),
    _other(
        "groups-sent", "claim", "{application} sends the names of each person's groups as SAML attribute {claim}", _W
    ),
    _other("constant-tag", "value", "{application} sends {value} as session tag {key} for everybody", _W),
    _other("constant", "value", "{application} sends {value} as SAML attribute {claim} for everybody"),
    _other("kept", "attribute", "SAML attribute {claim} of {idp} becomes {attribute} in the user pool"),
    _other(
        "instance-attribute",
        "source",
        "Identity Center {instance} takes attribute for access control {key} from {source}",
        _T,
        _T,
    ),
    _other("may", "permission", "role {role} in {account} may {permission}", _W, _R),
    _other("may-not", "permission", "role {role} in {account} must not {permission}", _R, _W),
    _other("policy", "policy", "role {role} in {account} has policy {policy}", _W, _R),
    _other("boundary", "policy", "role {role} in {account} is bounded by {policy}", _R, _W),
    _other("set-may", "permission", "permission set {permission_set} may {permission}", _W, _R),
    _other("set-may-not", "permission", "permission set {permission_set} must not {permission}", _R, _W),
    _other("set-policy", "policy", "permission set {permission_set} has policy {policy}", _W, _R),
    _other("set-boundary", "policy", "permission set {permission_set} is bounded by {policy}", _R, _W),
    _other("trust", "action", "role {role} in {account} trusts {principal} for {action}, where {condition}", _T, _T),
    _other(
        "trust-anyhow", "action", "role {role} in {account} trusts {principal} for {action}, whatever is asked", _T, _T
    ),
    _other(
        "distrust", "action", "role {role} in {account} refuses {principal} for {action}, where {condition}", _R, _W
    ),
    *_signers("", "SAML provider {idp}"),
    *_signers("pool-", "identity provider {idp} of the user pool"),
    _other("server-scope", "scope", "resource server {server} has scope {scope}"),
    _other("watched", "ends", "the end of {what} is watched: {ends}"),
)
KINDS = {kind.code: kind for kind in _ALL}
ORDER = {kind.code: place for place, kind in enumerate(_ALL)}
