"""What people need to know of the certificates that AWS trusts: fingerprint and end of each, as outputs of a stack."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput

from saml_connectors.spec.signing_certificate import ORIGINAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Stack

    from saml_connectors.application import JumpCloudApplication
    from saml_connectors.signing_certificates import SigningCertificate


def tell_certificates(stack: Stack, applications: Mapping[str, JumpCloudApplication]) -> None:
    """Tell each certificate once.

    Args:
        stack: Whose outputs they become.
        applications: By what the names of their own outputs end with; each has an original certificate of its own.
    """
    found: dict[str, SigningCertificate] = {}
    for end, application in applications.items():
        for each in application.certificates:
            found[f"{_letters(each.name)}{end if each.name == ORIGINAL else ''}"] = each
    for name, each in found.items():
        CfnOutput(
            stack,
            f"Certificate{name}Fingerprint",
            description=f"SHA-256 of certificate {each.name}",
            value=each.fingerprint,
        )
        CfnOutput(
            stack, f"Certificate{name}ExpiresAt", description=f"End of certificate {each.name}", value=each.expires_at
        )


def _letters(name: str) -> str:
    """Letters and digits only, as outputs are called; names that differ in a hyphen are still told apart."""
    plain = name.replace("-", "")
    return (
        plain.capitalize() if plain == name else f"{plain.capitalize()}{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    )
