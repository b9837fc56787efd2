"""The IAM SAML provider of a connector: its name, and how assertions reach it.

Not here: its metadata, which comes from the directory's application or from `metadata_source.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator

from saml_connectors.problems import Problem
from saml_connectors.spec.model import Flag, SpecModel, refuse
from saml_connectors.spec.secret import secret_name
from saml_connectors.spec.values import spelled

_PROVIDER_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")


def _provider_name(value: str) -> str:
    if not _PROVIDER_NAME.fullmatch(value):
        raise refuse("saml-provider-name", "must be 1 to 128 letters, digits, or any of _.-")
    return value


class Encryption(SpecModel):
    """Assertions that only AWS can read, decrypted with a private key of yours."""

    mode: Literal["required", "allowed"] = "required"
    """Whether assertions that are not encrypted are refused, or taken too.  Default: they are refused."""

    private_key: Annotated[str, AfterValidator(secret_name)] | None = None
    """Name or ARN of the AWS Secrets Manager secret that holds the private key in PEM, as plain text, in each account.
    CloudFormation reads it; it stands in no template.  Another secret needs another name of the provider with it,
    because CloudFormation replaces no resource whose name is fixed.  Default: none, which is refused."""

    def rules(self) -> Iterator[Problem]:
        """Without a key nothing can be decrypted."""
        if self.private_key is None:
            yield Problem(
                code="encryption-key-missing",
                field="private_key",
                rule="must name the secret with the private key that assertions are decrypted with",
            )


class SamlProvider(SpecModel):
    """What stands for the IdP in an AWS account: an IAM SAML provider."""

    name: Annotated[str, AfterValidator(_provider_name), spelled(_PROVIDER_NAME, "JumpCloud")] = "JumpCloud"
    """Its name, unique in the account; part of every Role value.  Default: `JumpCloud`."""

    existing: Flag = False
    """Whether a provider of this name is there already, with its metadata; then neither it nor an application is
    made, and only roles are.  Default: it is made."""

    acs: Literal["shared", "provider"] = "shared"
    """Where assertions are posted: the address that all SAML providers share, or this provider's own, which is known
    only once the provider is there and is then set in the application.  Default: the shared one."""

    encryption: Encryption | None = None
    """Encrypted assertions.  Default: they are signed, and travel over TLS only."""

    rests_on: ClassVar = {"encryption-shared-acs": ("encryption.mode",), "provider-existing": ("existing",)}

    def rules(self) -> Iterator[Problem]:
        """What an address and encryption need of each other."""
        required = self.encryption is not None and self.encryption.mode == "required"
        if required and self.acs == "shared" and not self.existing:
            yield Problem(
                code="encryption-shared-acs",
                field="acs",
                rule="must be provider where encryption is required: AWS finds the key by the address",
                given="shared",
                fix="write acs: provider",
            )
        if self.existing and self.acs == "provider":
            yield Problem(
                code="provider-existing",
                field="acs",
                rule="must be left out for a provider that is there already: its own address is not known here",
            )
        if self.existing and self.encryption is not None:
            yield Problem(
                code="provider-existing",
                field="encryption",
                rule="must be left out for a provider that is there already",
            )
