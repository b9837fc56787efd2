"""The Lambda function behind the custom resources: one in a stack, whatever number of applications it registers.

Not here: what it does (`provider/`), and the resources that call it (`application.py`).
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from aws_cdk import ArnFormat, CustomResource, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct, IDependable

from saml_connectors.functions import define_function
from saml_connectors.provider.jumpcloud import contract

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aws_cdk import aws_secretsmanager as secretsmanager

    from saml_connectors.spec.directory import Directory

FUNCTION_TIMEOUT_MINUTES = 15
"""Lambda's longest run.  A request takes seconds; but hundreds at a time share the directory's limit of requests, and
each waits for its turn.  The provider answers before it is up."""

SERVICE_TIMEOUT_MINUTES = 35
"""What CloudFormation waits for an answer: Lambda runs a killed asynchronous call again after a minute, and this leaves
time for one more whole run.  CloudFormation's own default is an hour."""

_ANY_SUFFIX = "-??????"
"""Secrets Manager ends the ARN of every secret with a hyphen and six characters of its own."""

_WHOLE_ARN = re.compile(r"-[A-Za-z0-9]{6}\Z")
_CONSTRUCT_ID = "JumpCloudDirectoryProvider"
_ASSET = Path(__file__).parent / "provider"
# jsii holds every construct for as long as the process lives, so holding them here keeps nothing longer.
_provider_of: dict[Stack, DirectoryProvider] = {}


class Defined(NamedTuple):
    """One custom resource that was defined."""

    resource: CustomResource
    type: str
    properties: Mapping[str, Any]


class DirectoryProvider(Construct):
    """The function that registers applications in a JumpCloud-style directory.

    It may read the secrets that it is told of, and write its own log; nothing else.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.function, self._role = define_function(
            self,
            description="Registers SAML applications in a JumpCloud-style directory",
            asset=_ASSET,
            handler="jumpcloud.handler.handle",
            timeout_seconds=FUNCTION_TIMEOUT_MINUTES * 60,
            log_retention=logs.RetentionDays.ONE_YEAR,
            memory_mib=256,
        )
        self._service_token = self.function.function_arn
        self._service_timeout = Duration.minutes(SERVICE_TIMEOUT_MINUTES)
        self._rights: dict[str, IDependable] = {}
        self._defined: list[Defined] = []

    @staticmethod
    def of(scope: Construct) -> DirectoryProvider:
        """The provider of the stack that *scope* is in; made when it is first asked for."""
        stack = Stack.of(scope)
        if stack not in _provider_of:
            _provider_of[stack] = DirectoryProvider(stack, _CONSTRUCT_ID)
        return _provider_of[stack]

    def resource(
        self,
        scope: Construct,
        construct_id: str,
        resource_type: str,
        directory: Mapping[str, str] | None,
        properties: Mapping[str, Any],
        *,
        after: Iterable[IDependable] = (),
    ) -> CustomResource:
        """A custom resource of *resource_type*, made after *after*; properties without a value are left out.

        Without a *directory*, one that asks no directory anything.
        """
        given = {name: value for name, value in properties.items() if value is not None}
        if directory is not None:
            given = {contract.DIRECTORY: directory, **given}
        resource = CustomResource(
            scope,
            construct_id,
            resource_type=resource_type,
            service_token=self._service_token,
            service_timeout=self._service_timeout,
            properties=given,
        )
        self._defined.append(Defined(resource, resource_type, given))
        if directory is not None:
            after = (self._rights[directory[contract.CREDENTIALS_SECRET]], *after)
        resource.node.add_dependency(*after)
        return resource

    def allow(self, scope: Construct, construct_id: str, statements: Sequence[iam.PolicyStatement]) -> IDependable:
        """A policy of the function, as a child of *scope*: what needs it depends on it, as for credentials."""
        return iam.Policy(scope, construct_id, roles=[self._role], statements=list(statements))

    def defined_in(self, scope: Construct) -> list[Defined]:
        """The custom resources below *scope* that have been defined so far, in the order of their definition."""
        below = f"{scope.node.path}/"
        return [each for each in self._defined if each.resource.node.path.startswith(below)]

    def whole_arn(self, secret: str) -> str:
        """The ARN, for a policy, of a secret that is known by its name or ARN."""
        if not secret.startswith("arn:"):
            return Stack.of(self).format_arn(
                service="secretsmanager",
                resource="secret",
                resource_name=secret + _ANY_SUFFIX,
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
        # The ARN in an IAM decision is the whole one, whichever the function asks by.
        return secret if _WHOLE_ARN.search(secret) else secret + _ANY_SUFFIX

    def reach(self, directory: Directory, credentials: secretsmanager.ISecret | None) -> dict[str, str]:
        """The property that says how to reach *directory*; lets the function read its credential.

        Args:
            directory: Which directory.
            credentials: The secret, when the stack has it as a resource.  Default: the one that the spec names.
        """
        secret = directory.credentials if credentials is None else credentials.secret_arn
        self._allow(secret, credentials)
        reach = {
            contract.API_URL: directory.api_base,
            contract.TOKEN_URL: directory.token_endpoint,
            contract.CREDENTIALS_SECRET: secret,
            contract.ORG_ID: directory.org_id,
        }
        return {name: value for name, value in reach.items() if value is not None}

    def _allow(self, secret: str, credentials: secretsmanager.ISecret | None) -> None:
        """Let the function read a credential, for as long as a custom resource of the stack needs it.

        Each credential has a policy of its own, on which its resources depend.  CloudFormation changes a shared policy
        before it deletes what left the stack, and the function could not sign in to the directory for that delete.
        """
        if secret in self._rights:
            return
        if credentials is not None:
            policy = iam.Policy(self, f"ReadCredential{credentials.node.addr[-8:]}", roles=[self._role])
            credentials.grant_read(policy)  # and to decrypt with the key that the secret is encrypted with
            self._rights[secret] = policy
            return
        arn = self.whole_arn(secret)
        self._rights[secret] = iam.Policy(
            self,
            f"ReadCredential{hashlib.sha256(secret.encode()).hexdigest()[:8]}",
            roles=[self._role],
            statements=[
                iam.PolicyStatement(sid="ReadCredential", actions=["secretsmanager:GetSecretValue"], resources=[arn])
            ],
        )
