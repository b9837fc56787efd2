"""A stage for what looks at deployed stacks: a template deployed into the emulator, and the AWS that it would be in.

A pytest plugin: a test file names it beside `tests.provider_fixtures`, and asks for `deployed`.  Not here: claims.
"""

from __future__ import annotations

import base64
import copy
import json
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner, Result

from saml_connectors.cli import main
from saml_connectors.metadata import assemble
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.provider.jumpcloud.transport import Request, Response
from saml_connectors.provisioning.command import World
from sandbox.directory.state import EXAMPLE_API_KEY
from tests.deployed_names import ACCOUNT, DOMAIN, POOL, PROVIDER, REGION, ROLE, SESSION_NAME, refused
from tests.provider_fixtures import SECRET_NAME, STACK_ID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from saml_connectors.provider.jumpcloud.deadline import Deadline
    from tests.provider_fixtures import Stage


class Aws:
    """Clients of one account: what each operation answers, by service and operation; an exception is raised."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], Any] = {}
        self.calls: list[tuple[str, str]] = []

    def client(self, service: str, region: str | None) -> Any:
        """A client of *service*."""
        assert region in {REGION, None}
        return _Client(self, service)


class _Client:
    def __init__(self, aws: Aws, service: str) -> None:
        self._aws, self._service = aws, service

    def get_paginator(self, operation: str) -> Any:
        return _Pages(getattr(self, operation))

    def __getattr__(self, operation: str) -> Any:
        def call(**given: Any) -> Any:
            self._aws.calls.append((self._service, operation))
            answer = self._aws.answers.get((self._service, operation))
            if answer is None:
                raise refused("AccessDenied", operation)
            answer = answer(**given) if callable(answer) else answer
            if isinstance(answer, Exception):
                raise answer
            return copy.deepcopy(answer)

        return call


class _Pages:
    def __init__(self, call: Any) -> None:
        self._call = call

    def paginate(self, **given: Any) -> Iterator[Any]:
        yield self._call(**given)


class Deployed:
    """A stack that was deployed, and whoever edits what it made."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.aws = stage, Aws()
        self.template: dict[str, Any] = {"Resources": {}, "Outputs": {}}
        self.physical_ids: dict[str, str] = {}
        self.attributes: dict[tuple[str, str], str] = {}
        self.outputs: dict[str, str] = {}
        self.parameters: dict[str, str] = {}
        self.status = "UPDATE_COMPLETE"
        self.waiting: dict[str, tuple[str, float]] = {}
        """Resources that are being changed: their status, and since when."""

        self.environment: dict[str, str] = {}
        self.web: dict[str, Response] = {}
        """What other addresses than the directory's answer, by how they begin."""

        self.idp: dict[str, Any] = {}
        self.client: dict[str, Any] = {}
        self.saml_provider: dict[str, Any] = {}
        self.roles: dict[str, dict[str, Any]] = {}
        self.aws.answers |= {
            ("cloudformation", "describe_stacks"): self._described,
            ("cloudformation", "list_stack_resources"): self._resources,
            ("cloudformation", "get_template"): lambda **_: {"TemplateBody": self.template},
            ("cloudformation", "list_exports"): {"Exports": []},
            ("secretsmanager", "get_secret_value"): {"SecretString": EXAMPLE_API_KEY},
        }

    # --- deployment ---

    def add(self, logical_id: str, kind: str, properties: Mapping[str, Any], physical_id: str | None = None) -> str:
        """Deploy one resource: one of ours into the directory, another as what it is called; gives its physical id."""
        self.template["Resources"][logical_id] = {"Type": kind, "Properties": dict(properties)}
        if kind in contract.TYPES:
            given = self.resolved({contract.DIRECTORY: self.stage.directory_property()} | dict(properties))
            answer = self.stage.created(given, ResourceType=kind, LogicalResourceId=logical_id)
            physical_id = str(answer["PhysicalResourceId"])
            self.attributes |= {(logical_id, name): value for name, value in answer.get("Data", {}).items()}
            self.template["Resources"][logical_id]["Properties"][contract.DIRECTORY] = given[contract.DIRECTORY]
        self.physical_ids[logical_id] = physical_id or logical_id
        return self.physical_ids[logical_id]

    def tell(self, name: str, value: Any) -> None:
        """Give the stack an output."""
        self.template["Outputs"][name] = {"Value": value}
        self.outputs[name] = self.resolved(value)

    def resolved(self, value: Any) -> Any:
        """A value as CloudFormation hands it over."""
        if isinstance(value, list):
            return [self.resolved(each) for each in value]
        if not isinstance(value, dict):
            return str(value).lower() if isinstance(value, bool) else value
        if len(value) == 1 and next(iter(value)) in {"Ref", "Fn::GetAtt", "Fn::Join"}:
            return self._function(*next(iter(value.items())))
        return {name: self.resolved(each) for name, each in value.items()}

    def _function(self, name: str, given: Any) -> Any:
        if name == "Ref":
            return self.physical_ids.get(given, self.parameters.get(given))
        if name == "Fn::GetAtt":
            return self.attributes[given[0], given[1]]
        return given[0].join(self.resolved(each) for each in given[1])

    def _described(self, StackName: str) -> Any:  # noqa: N803 - as boto3 names it
        if StackName not in {"Portal-Prod", STACK_ID}:
            return refused("ValidationError", "DescribeStacks")
        outputs = [{"OutputKey": name, "OutputValue": value} for name, value in self.outputs.items()]
        parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in self.parameters.items()]
        told = {"StackName": "Portal-Prod", "StackId": STACK_ID, "StackStatus": self.status}
        return {"Stacks": [told | {"Outputs": outputs, "Parameters": parameters}]}

    def _resources(self, StackName: str) -> Any:  # noqa: N803 - as boto3 names it
        assert StackName == "Portal-Prod"
        rows: list[dict[str, Any]] = [
            {"LogicalResourceId": name, "PhysicalResourceId": physical_id, "ResourceStatus": "UPDATE_COMPLETE"}
            for name, physical_id in self.physical_ids.items()
        ]
        for row in rows:
            if row["LogicalResourceId"] in self.waiting:
                status, since = self.waiting[row["LogicalResourceId"]]
                row |= {"ResourceStatus": status, "LastUpdatedTimestamp": datetime.fromtimestamp(since, UTC)}
        return {"StackResourceSummaries": rows}

    # --- whole connectors ---

    def portal(self, **changes: Any) -> str:
        """A connector of kind cognito-user-pool; gives the application's id."""
        properties = self.stage.properties(**changes)
        self.add("Pool", "AWS::Cognito::UserPool", {}, POOL)
        made = self.add("App", contract.APPLICATION, properties)
        self.add("Idp", "AWS::Cognito::UserPoolIdentityProvider", self._identity_provider(), "JumpCloud")
        self.add("Client", "AWS::Cognito::UserPoolClient", self._client(), "client-1")
        join = {"Fn::Join": ["", [f"{DOMAIN}/oauth2/authorize?client_id=", {"Ref": "Client"}]]}
        self.add("Launch", contract.LAUNCH, {"ApplicationId": {"Ref": "App"}, "LoginUrl": join})
        self.add("Access", contract.ACCESS, {"ApplicationId": {"Ref": "App"}, "Groups": ["portal-users"]})
        self.tell("CertificateExpiresAt", {"Fn::GetAtt": ["App", "CertificateExpiresAt"]})
        self.stage.forget_calls()
        return made

    def _identity_provider(self) -> dict[str, Any]:
        return {
            "ProviderName": "JumpCloud",
            "ProviderType": "SAML",
            "UserPoolId": {"Ref": "Pool"},
            "AttributeMapping": {"email": "email", "custom:groups": "memberOf"},
            "ProviderDetails": {"MetadataFile": self._metadata()},
        }

    @staticmethod
    def _client() -> dict[str, Any]:
        return {
            "UserPoolId": {"Ref": "Pool"},
            "ClientName": "web",
            "AllowedOAuthFlowsUserPoolClient": True,
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid", "email"],
            "CallbackURLs": ["https://portal.acme.example/callback"],
            "SupportedIdentityProviders": [{"Ref": "Idp"}],
        }

    @staticmethod
    def _metadata() -> dict[str, Any]:
        parts = assemble(entity_id="|IdpEntityId|", sso_url="|SsoUrl|", certificates=["|Certificate|"]).split("|")
        names = {"IdpEntityId", "SsoUrl", "Certificate"}
        return {"Fn::Join": ["", [{"Fn::GetAtt": ["App", part]} if part in names else part for part in parts]]}

    def console(self) -> str:
        """A connector of kind iam, whose roles are constants; gives the application's id."""
        constants = [{"Name": ROLE, "Value": f"arn:aws:iam::{ACCOUNT}:role/{name},{PROVIDER}"} for name in ("A", "B")]
        properties = self.stage.properties(
            Template="aws",
            SpEntityId="urn:amazon:webservices",
            AcsUrl="https://signin.aws.amazon.com/saml",
            UserAttributes=[{"Name": SESSION_NAME, "Source": "email"}],
            ConstantAttributes=constants,
            SubjectField=None,
            SignAssertion=None,
            SignResponse=None,
            DeclareRedirectEndpoint=None,
            GroupsAttribute=None,
        )
        made = self.add("App", contract.APPLICATION, properties)
        document = {"Name": "JumpCloud", "SamlMetadataDocument": self._metadata()}
        self.add("Provider", "AWS::IAM::SAMLProvider", document, PROVIDER)
        self.add("Access", contract.ACCESS, {"ApplicationId": {"Ref": "App"}, "Groups": ["portal-users"]})
        self.tell("CertificateExpiresAt", {"Fn::GetAtt": ["App", "CertificateExpiresAt"]})
        self.stage.forget_calls()
        return made

    # --- what AWS answers of it ---

    def answer_as_deployed(self) -> None:
        """Let AWS answer of every resource as it was deployed."""
        template = self.template["Resources"]
        if "Idp" in template:
            idp = self.resolved(template["Idp"]["Properties"])
            sso_url = self.attributes["App", "SsoUrl"]
            self.idp = {"ProviderDetails": idp["ProviderDetails"] | {"SSORedirectBindingURI": sso_url}}
            self.client = self.resolved(template["Client"]["Properties"]) | {"AllowedOAuthFlowsUserPoolClient": True}
            self.aws.answers["cognito-idp", "describe_identity_provider"] = lambda **_: {"IdentityProvider": self.idp}
            self.aws.answers["cognito-idp", "describe_user_pool_client"] = lambda **_: {"UserPoolClient": self.client}
            self.authorize(f"urn:amazon:cognito:sp:{POOL}", f"{DOMAIN}/saml2/idpresponse", sso_url)
        if "Provider" in template:
            document = self.resolved(template["Provider"]["Properties"])["SamlMetadataDocument"]
            self.saml_provider = {"SAMLMetadataDocument": document}
            self.aws.answers["iam", "get_saml_provider"] = lambda **_: self.saml_provider
            self.roles = {name: self._role(name) for name in ("A", "B")}
            self.aws.answers["iam", "get_role"] = self._got

    def authorize(self, issuer: str, acs_url: str, address: str) -> None:
        """Let the pool's domain send people to *address* with such a request."""
        xml = (
            '<p:AuthnRequest xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0" '
            f'AssertionConsumerServiceURL="{acs_url}">'
            f'<a:Issuer xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion">{issuer}</a:Issuer></p:AuthnRequest>'
        )
        deflate = zlib.compressobj(wbits=-15)
        text = base64.b64encode(deflate.compress(xml.encode()) + deflate.flush()).decode()
        location = f"{address}?{urlencode({'SAMLRequest': text, 'RelayState': 'r'})}"
        self.web[f"{DOMAIN}/oauth2/authorize?"] = Response(302, {"location": location})

    def _got(self, RoleName: str) -> Any:  # noqa: N803 - as boto3 names it
        return {"Role": self.roles[RoleName]} if RoleName in self.roles else refused("NoSuchEntity", "GetRole")

    @staticmethod
    def _role(name: str) -> dict[str, Any]:
        statement = {
            "Effect": "Allow",
            "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
            "Principal": {"Federated": PROVIDER},
            "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
        }
        return {
            "RoleName": name,
            "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
            "MaxSessionDuration": 3600,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        }

    # --- what is done to it, and the commands ---

    def edit(self, application_id: str, **changes: Any) -> None:
        """Change settings as the console does: the whole application is sent."""
        config = changes.pop("config", {})
        body = self.send("GET", f"/api/applications/{application_id}") | changes
        for key, value in config.items():
            body["config"][key]["value"] = value
        self.send("PUT", f"/api/applications/{application_id}", body)

    def bind(self, application_id: str, group: str, op: str = "add") -> None:
        """Bind or unbind a group."""
        to = {"op": op, "type": "user_group", "id": self.stage.directory.group(group).id}
        self.send("POST", f"/api/v2/applications/{application_id}/associations", to)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """One request of the Admin Portal's."""
        headers = {"x-api-key": EXAMPLE_API_KEY}
        answer = self.stage.transport._client.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """One request: to the directory, or to an address of `web`."""
        for start, response in self.web.items():
            if request.url.startswith(start):
                return response
        return self.stage.transport.exchange(request, deadline)

    def run(self, *arguments: str) -> Result:
        """The command, in this process: it writes nothing, and prints no credential."""
        world = World(
            transport=self,
            client=self.aws.client,
            environment=self.environment,
            sleep=self.stage.time.sleep,
            now=lambda: datetime.fromtimestamp(self.stage.time.now, UTC),
        )
        self.stage.forget_calls()
        result = CliRunner().invoke(main, list(arguments), obj=world)
        assert "Traceback" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert EXAMPLE_API_KEY not in result.output
        assert SECRET_NAME in result.output or "BEGIN" not in result.output
        assert self.stage.writes() == []
        return result

    def drift(self, stack: str = "Portal-Prod") -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """What `drift --format json` finds, and what it cannot know."""
        result = self.run("drift", stack, "--format", "json")
        told = json.loads(result.stdout)
        assert set(told) == {"drift", "unknown"}
        assert result.exit_code == (1 if told["drift"] else 0)
        return told["drift"], told["unknown"]

    def doctor(self) -> dict[str, list[dict[str, Any]]]:
        """What `doctor --format json` finds, by step."""
        result = self.run("doctor", "Portal-Prod", "--format", "json")
        steps = json.loads(result.stdout)["steps"]
        assert result.exit_code == any(each["state"] == "wrong" for each in steps)
        assert all(each["advice"] for each in steps if each["state"] == "wrong")
        found: dict[str, list[dict[str, Any]]] = {}
        for each in steps:
            found.setdefault(each["step"], []).append(each)
        return found

    def not_ok(self) -> dict[str, str]:
        """The steps of `doctor` that are not ok: the state of each."""
        return {step: each["state"] for step, steps in self.doctor().items() for each in steps if each["state"] != "ok"}


@pytest.fixture
def deployed(stage: Stage) -> Deployed:
    """A fresh directory, and an empty stack."""
    return Deployed(stage)
