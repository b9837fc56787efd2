"""Key pairs that applications sign with, made and kept in the account: KMS key, secrets, and the certificates of them.

Private keys stand in no template and in no event: the provider makes them at deployment, and a secret keeps them.  Not
here: the application that signs (`application.py`), and what AWS trusts (`cognito.py`, `iam.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from saml_connectors.directory_provider import DirectoryProvider
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.spec.signing_certificate import ORIGINAL, name_of, secret_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import IDependable

    from saml_connectors.spec.signing_certificate import OwnKeyPair

_CONSTRUCT_ID = "SigningKeys"
# jsii holds every construct for as long as the process lives, so holding them here keeps nothing longer.
_keys_of: dict[Stack, SigningKeys] = {}


class SigningKeys(Construct):
    """The KMS key that makes the key pairs of a stack, and encrypts the secrets that keep them."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self,
            "Key",
            description="Makes the key pairs that SAML applications sign with, and encrypts what keeps them",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.DESTROY,  # its secrets go too, and then it is of no use
        )
        """The key; rotated by KMS every year, which changes no key pair."""

    @staticmethod
    def of(scope: Construct) -> SigningKeys:
        """That of the stack that *scope* is in; made when it is first asked for."""
        stack = Stack.of(scope)
        if stack not in _keys_of:
            _keys_of[stack] = SigningKeys(stack, _CONSTRUCT_ID)
        return _keys_of[stack]

    def secret(self, scope: Construct, construct_id: str, description: str) -> secretsmanager.CfnSecret:
        """An empty secret that the key encrypts: the provider puts in what it keeps."""
        return secretsmanager.CfnSecret(scope, construct_id, description=description, kms_key_id=self.key.key_arn)

    def rights(self, secret: secretsmanager.CfnSecret, *, make_pairs: bool) -> list[iam.PolicyStatement]:
        """What a function must be allowed to fill and read *secret*."""
        found = [
            iam.PolicyStatement(
                sid="KeepCertificate",
                actions=["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
                resources=[secret.attr_id],
            ),
            iam.PolicyStatement(
                sid="EncryptSecret",
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[self.key.key_arn],
                conditions={
                    "StringEquals": {"kms:ViaService": f"secretsmanager.{Stack.of(self).region}.amazonaws.com"}
                },
            ),
        ]
        if make_pairs:
            makes = ["kms:GenerateDataKeyPair"]
            found.append(iam.PolicyStatement(sid="MakeKeyPair", actions=makes, resources=[self.key.key_arn]))
        return found


class SigningCertificate(Construct):
    """A certificate that AWS trusts.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.
        name: Name of it.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str) -> None:
        super().__init__(scope, construct_id)
        self.name: str = name
        """What the spec calls it."""
        self.certificate: str = ""
        """DER in base64, one line."""
        self.expires_at: str = ""
        """End of its life, ISO 8601 in UTC."""
        self.fingerprint: str = ""
        """Its SHA-256, 64 hexadecimal digits."""

    def _define(
        self, directory: Mapping[str, str] | None, properties: Mapping[str, object], right: IDependable
    ) -> None:
        """Define the custom resource: each kind does so once, when it is made."""
        resource = DirectoryProvider.of(self).resource(
            self,
            "Resource",
            contract.SIGNING_CERTIFICATE,
            directory,
            {contract.NAME: self.name, **properties},
            after=[right],
        )
        self.certificate = resource.get_att_string(contract.CERTIFICATE)
        self.expires_at = resource.get_att_string(contract.CERTIFICATE_EXPIRES_AT)
        self.fingerprint = resource.get_att_string(contract.FINGERPRINT)


class NamedCertificate(SigningCertificate):
    """The certificate of a key pair, made once, or the author's own.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.
        name: Name of it.
        subject: Its common name, where it is made.
        secret: Name or ARN of the secret that holds the author's own pair.  Default: one is made, and kept in a secret
            of the stack.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, subject: str, secret: str | None = None
    ) -> None:
        super().__init__(scope, construct_id, name=name)
        provider = DirectoryProvider.of(self)
        properties: dict[str, object] = {}
        if secret is not None:
            self.secret: str = secret
            """Name or ARN of the secret that keeps the pair."""
            resources = [provider.whole_arn(secret)]
            reads = iam.PolicyStatement(
                sid="ReadKeyPair", actions=["secretsmanager:GetSecretValue"], resources=resources
            )
            statements = [reads]
        else:
            keys = SigningKeys.of(self)
            kept = keys.secret(self, "KeyPair", f"Key pair {name} that SAML applications sign with")
            self.secret = kept.attr_id
            statements = keys.rights(kept, make_pairs=True)
            properties |= {contract.KEY_ID: keys.key.key_arn, contract.SUBJECT: subject}
        self.right: IDependable = provider.allow(self, "Right", statements)
        """The function's right to read the pair."""
        self._define(None, {contract.PAIR_SECRET: self.secret, **properties}, self.right)


class OriginalCertificate(SigningCertificate):
    """A copy of the certificate that the directory made with an application.

    Once another certificate signs, the directory has it no more, and AWS trusts it all the same until it is dropped.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.
        directory: How to reach the directory.
        application_id: Id of the application.
        named: The other certificates that AWS trusts.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        directory: Mapping[str, str],
        application_id: str,
        named: SigningCertificates,
    ) -> None:
        super().__init__(scope, construct_id, name=ORIGINAL)
        keys = SigningKeys.of(self)
        kept = keys.secret(self, "Copy", "Certificate that the directory made with a SAML application, without its key")
        right = DirectoryProvider.of(self).allow(self, "Right", keys.rights(kept, make_pairs=False))
        properties = {
            contract.APPLICATION_ID: application_id,
            contract.PAIR_SECRET: kept.attr_id,
            contract.TRUSTED_CERTIFICATES: named.rows() or None,
        }
        self._define(directory, properties, right)


class SigningCertificates(Construct):
    """The certificates of a connector, one or several applications of which sign with the first.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.
        certificates: As the spec has them.
        subject: Common name of those that are made.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, certificates: Sequence[str | OwnKeyPair], subject: str
    ) -> None:
        super().__init__(scope, construct_id)
        self.first: str = name_of(certificates[0])
        """Name of the one that signs."""
        self.has_original: bool = any(name_of(each) == ORIGINAL for each in certificates)
        """Whether each application's original certificate is trusted too."""
        self.named: Mapping[str, NamedCertificate] = {
            # In an order of its own: to sign with another one of the list must need no write to AWS.
            name: NamedCertificate(self, f"Certificate-{name}", name=name, subject=subject, secret=secret)
            for name, secret in sorted(
                (name_of(each), secret_of(each)) for each in certificates if name_of(each) != ORIGINAL
            )
        }
        """Those that have a key pair, by name."""

    @property
    def right(self) -> tuple[IDependable, ...]:
        """The function's right to read the pair of the first; none is needed for the original certificate."""
        first = self.named.get(self.first)
        return () if first is None else (first.right,)

    def rows(self, original: str | None = None) -> list[dict[str, str]]:
        """Name and fingerprint of each, that of the original certificate as *original* says."""
        found = {name: each.fingerprint for name, each in self.named.items()}
        if original is not None and self.has_original:
            found = {ORIGINAL: original, **found}
        return [{contract.NAME: name, contract.FINGERPRINT: fingerprint} for name, fingerprint in found.items()]

    def told(self, original: str) -> dict[str, object]:
        """The properties that say what AWS trusts, and which one signs; *original* is the original's fingerprint."""
        first = self.named.get(self.first)
        return {
            contract.TRUSTED_CERTIFICATES: self.rows(original),
            contract.SIGNING_NAME: self.first,
            contract.SIGNING_SECRET: None if first is None else first.secret,
        }
