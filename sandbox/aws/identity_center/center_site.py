"""Identity Center on a running local AWS with everything enabled, and ways to write to it; for tests only."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import httpx

from sandbox.aws.forged_idp import ForgedIdp, Statement, form_field
from sandbox.aws.identity_center.directory_records import ENTERPRISE
from sandbox.identity_center_console import IdentityCenterConsole

if TYPE_CHECKING:
    from sandbox.aws.process import LocalAws

USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def user_document(user_name: str = "ada@example.com", /, **changes: Any) -> dict[str, Any]:
    """A user that Identity Center takes, changed by *changes*; a change to None leaves an attribute out."""
    document = {
        "schemas": [USER, ENTERPRISE],
        "userName": user_name,
        "externalId": f"directory-{user_name}",
        "displayName": "Ada Lovelace",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": user_name, "type": "work", "primary": True}],
        "active": True,
        ENTERPRISE: {"costCenter": "blue"},
        **changes,
    }
    return {key: value for key, value in document.items() if value is not None}


def group_document(name: str, members: tuple[str, ...] = (), **changes: Any) -> dict[str, Any]:
    """A group."""
    told = [{"value": one} for one in members]
    return {"schemas": [GROUP], "displayName": name, **({"members": told} if told else {}), **changes}


@dataclass(frozen=True)
class CenterSite:
    """One instance, with an external IdP and automatic provisioning."""

    aws: LocalAws
    account: str = "000000000000"
    idp: ForgedIdp = field(default_factory=ForgedIdp)

    def __post_init__(self) -> None:
        self.instance  # noqa: B018 - enables it
        self.console.use_external_idp(self.idp.metadata())
        self.provisioning  # noqa: B018 - likewise

    @cached_property
    def console(self) -> IdentityCenterConsole:
        """Its console."""
        return IdentityCenterConsole(self.aws.endpoint_url, self.account)

    @cached_property
    def instance(self) -> Any:
        """The instance, enabled when first asked for."""
        return self.console.enable()

    @cached_property
    def provisioning(self) -> Any:
        """SCIM's endpoint and token."""
        return self.console.enable_provisioning()

    @cached_property
    def http(self) -> httpx.Client:
        """A client that sends no token by itself."""
        return httpx.Client(timeout=30, trust_env=False)

    @property
    def base(self) -> str:
        """SCIM's endpoint, as the directory has it."""
        return str(self.provisioning.endpoint).rstrip("/")

    def scim(self, method: str, path: str, document: Any = None, *, token: str = "", **query: str) -> httpx.Response:
        """One SCIM request, with the first token unless another one is told."""
        headers = {"Authorization": f"Bearer {token or self.provisioning.token}"}
        return self.http.request(method, f"{self.base}{path}", json=document, headers=headers, params=query)

    def patch(self, path: str, *operations: dict[str, Any]) -> httpx.Response:
        """One PATCH."""
        return self.scim("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def close(self) -> None:
        """Close what is open."""
        self.http.close()

    def add_user(self, name: str, **changes: Any) -> str:
        """A provisioned user; gives its id."""
        answer = self.scim("POST", "/Users", user_document(name, **changes))
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return str(answer.json()["id"])

    def add_group(self, name: str, *members: str) -> str:
        """A provisioned group; gives its id."""
        answer = self.scim("POST", "/Groups", group_document(name, members))
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return str(answer.json()["id"])

    def client(self, service: str, **credentials: str) -> Any:
        """A client with all rights in the account, or with *credentials*."""
        import boto3  # type: ignore[import-untyped]  # noqa: PLC0415 - slow, and not every test wants a client
        from botocore.config import Config  # type: ignore[import-untyped]  # noqa: PLC0415 - likewise

        told = credentials or {"aws_access_key_id": self.account, "aws_secret_access_key": "test"}
        session = boto3.session.Session(region_name=self.aws.region, **told)
        configuration = Config(proxies={}, retries={"total_max_attempts": 1}, ignore_configured_endpoint_urls=True)
        return session.client(service, endpoint_url=self.aws.endpoint_url, config=configuration)

    def permission_set(self, name: str, policy: str = "", **settings: Any) -> str:
        """A permission set with this inline policy; gives its ARN."""
        sso = self.client("sso-admin")
        made = sso.create_permission_set(InstanceArn=self.instance.arn, Name=name, **settings)
        arn = str(made["PermissionSet"]["PermissionSetArn"])
        if policy:
            sso.put_inline_policy_to_permission_set(
                InstanceArn=self.instance.arn, PermissionSetArn=arn, InlinePolicy=policy
            )
        return arn

    def assign(self, permission_set: str, principal: str, *, kind: str = "GROUP", account: str = "") -> dict[str, Any]:
        """Assign it; gives the status."""
        answer = self.client("sso-admin").create_account_assignment(
            InstanceArn=self.instance.arn,
            TargetId=account or self.account,
            TargetType="AWS_ACCOUNT",
            PermissionSetArn=permission_set,
            PrincipalType=kind,
            PrincipalId=principal,
        )
        return dict(answer["AccountAssignmentCreationStatus"])

    def statement(self, name: str = "ada@example.com", **changes: Any) -> Statement:
        """What the IdP says of *name* with which everything is right, changed by *changes*."""
        told: dict[str, Any] = {
            "audience": self.instance.sp_entity_id,
            "acs_url": self.instance.acs_url,
            "request_id": None,
            "name_id": name,
        }
        return Statement(**{**told, **changes})

    def respond(self, statement: Statement, *, idp: ForgedIdp | None = None, relay_state: str = "") -> httpx.Response:
        """What the ACS answers to a response that says *statement*."""
        encoded = form_field((idp or self.idp).response(statement))
        return self.post_response(encoded, relay_state=relay_state)

    def post_response(self, encoded: str, *, relay_state: str = "") -> httpx.Response:
        """What the ACS answers to this form field."""
        path = str(self.instance.acs_url).partition("amazon.com")[2]
        form = {"SAMLResponse": encoded, "RelayState": relay_state}
        return self.http.post(f"{self.aws.endpoint_url}{path}", data=form)
