"""SAML providers and roles on a running local AWS, and ways to sign in to them; for tests only."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import httpx

from sandbox.aws.environment import ACCOUNT
from sandbox.aws.forged_idp import ForgedIdp, Statement, form_field
from sandbox.aws.saml_claims import PREFIX, ROLE, SESSION_NAME

if TYPE_CHECKING:
    from sandbox.aws.process import LocalAws

SIGN_IN: Final = "https://signin.aws.amazon.com/saml"
AUDIENCE: Final = "urn:amazon:webservices"
OTHER_ACCOUNT: Final = "111111111111"
LIST_BUCKETS: Final = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}


def statement_for(roles: list[str], **changes: Any) -> Statement:
    """A statement with which everything is right; *changes* are fields of it, or attributes in AWS's own names."""
    fields = {name for name in changes if name in Statement.__dataclass_fields__}
    attributes = {ROLE: roles, SESSION_NAME: ["ada@example.com"]}
    for name, values in changes.items():
        if name not in fields:
            attributes[PREFIX + name] = values
    told = Statement(audience=AUDIENCE, acs_url=SIGN_IN, request_id=None, attributes=attributes)
    return replace(told, **{name: changes[name] for name in fields})


@dataclass(frozen=True, kw_only=True)
class RoleSite:
    """A SAML provider of one account, to which roles can be added."""

    aws: LocalAws
    idp: ForgedIdp = field(default_factory=ForgedIdp)
    account: str = ACCOUNT
    name: str = "directory"

    @property
    def provider(self) -> str:
        """ARN of the SAML provider."""
        return f"arn:aws:iam::{self.account}:saml-provider/{self.name}"

    def client(self, service: str) -> Any:
        """A client with all rights in the account."""
        return self._client(service, aws_access_key_id=self.account, aws_secret_access_key="test")

    def as_session(self, service: str, credentials: dict[str, Any]) -> Any:
        """A client with the credentials of an answer of STS."""
        return self._client(
            service,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )

    def create_provider(self, **more: Any) -> None:
        """Make the provider, with the IdP's metadata."""
        self.client("iam").create_saml_provider(Name=self.name, SAMLMetadataDocument=self.idp.metadata(), **more)

    def create_role(self, name: str, *, allowed: Any = LIST_BUCKETS, **trust: Any) -> str:
        """Make a role whose trust policy has one statement, changed by *trust*; gives its ARN."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Federated": self.provider},
            "Action": "sts:AssumeRoleWithSAML",
            "Condition": {"StringEquals": {"SAML:aud": SIGN_IN}},
            **trust,
        }
        iam = self.client("iam")
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"])
        document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam.put_role_policy(RoleName=name, PolicyName="allowed", PolicyDocument=document)
        return arn

    def pair(self, role: str) -> str:
        """The value of the attribute Role for *role*."""
        return f"{role},{self.provider}"

    def encoded(self, roles: list[str], **changes: Any) -> str:
        """A response that offers *roles* of this provider, with *changes* as of `statement_for`."""
        return form_field(self.idp.response(statement_for([self.pair(role) for role in roles], **changes)))

    def assume(self, role: str, encoded: str = "", **more: Any) -> dict[str, Any]:
        """STS's answer to AssumeRoleWithSAML, asked without any credentials."""
        asked = {"RoleArn": role, "PrincipalArn": self.provider, "SAMLAssertion": encoded or self.encoded([role])}
        # boto3 does not sign this call, whatever credentials it has: these do not exist.
        sts = self._client("sts", aws_access_key_id="AKIANOBODY", aws_secret_access_key="none")
        return dict(sts.assume_role_with_saml(**{**asked, **more}))

    def post(self, path: str = "/saml", **form: str) -> httpx.Response:
        """What the sign-in site answers to a form."""
        return httpx.post(f"{self.aws.endpoint_url}{path}", data=form, trust_env=False)

    def _client(self, service: str, **credentials: str) -> Any:
        import boto3  # type: ignore[import-untyped]  # noqa: PLC0415 - slow, and not every test wants a client
        from botocore.config import Config  # type: ignore[import-untyped]  # noqa: PLC0415 - likewise

        session = boto3.session.Session(region_name=self.aws.region, **credentials)
        configuration = Config(proxies={}, retries={"total_max_attempts": 1}, ignore_configured_endpoint_urls=True)
        return session.client(service, endpoint_url=self.aws.endpoint_url, config=configuration)
