"""Rules over the settings of a pool's SAML provider: signing of requests, and switches.

Not here: its metadata, its mapping, and its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saml_connectors.checks.known_values import text_of
from saml_connectors.checks.rule import Hit, Rule
from saml_connectors.checks.user_pools import federated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.checks.rule import Context
    from saml_connectors.cloudformation import Template

_API = "Amazon Cognito API reference, CreateIdentityProvider"
_DETAILS = "ProviderDetails"
_ALGORITHM, _ONLY_ALGORITHM = "RequestSigningAlgorithm", "rsa-sha256"
_SWITCHES = ("IDPSignout", "IDPInit", "EncryptedResponses")


def _algorithm(template: Template, _: Context) -> Iterator[Hit]:
    for pool in federated(template):
        for provider in pool.saml:
            given = text_of(provider, _DETAILS, _ALGORITHM)
            if given is not None and given != _ONLY_ALGORITHM:
                message = f"{_ALGORITHM} must be {_ONLY_ALGORITHM}, got {given[:80]!r}"
                yield Hit(resource=provider, path=f"Properties.{_DETAILS}.{_ALGORITHM}", message=message)


def _switch(template: Template, _: Context) -> Iterator[Hit]:
    for pool in federated(template):
        for provider in pool.saml:
            for name in _SWITCHES:
                given = text_of(provider, _DETAILS, name)
                if given is not None and given.lower() not in {"true", "false"}:
                    message = f"{name} must be true or false, got {given[:80]!r}"
                    yield Hit(resource=provider, path=f"Properties.{_DETAILS}.{name}", message=message)


RULES: tuple[Rule, ...] = (
    Rule(
        code="provider-signing-algorithm",
        level="error",
        what="RequestSigningAlgorithm is rsa-sha256.",
        why="Cognito signs authentication requests with nothing else; SHA-1, which some IdPs name, is broken.",
        fix="write rsa-sha256, or leave it out: then requests are not signed",
        source=_API,
        find=_algorithm,
    ),
    Rule(
        code="provider-switch",
        level="error",
        what="IDPSignout, IDPInit and EncryptedResponses are true or false.",
        why="Cognito refuses other values, and the deployment fails.",
        fix='write "true" or "false"',
        source=_API,
        find=_switch,
    ),
)
