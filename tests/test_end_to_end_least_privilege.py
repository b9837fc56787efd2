"""The rights of every function on the sandbox, which enforces IAM: with them the work is done, with one less it is not.

Each statement of each deployed role loses one action on one resource at a time; the function that needs it must then
fail and say which right is missing.  What these tests prove, they prove of an emulator of AWS, not of AWS.
"""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3  # type: ignore[import-untyped] # it has no type hints
import pytest
import yaml
from aws_cdk import App, Stack
from botocore.config import Config  # type: ignore[import-untyped] # it has no type hints

from saml_connectors.identity_store_group import IdentityStoreGroup
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.spec import load, with_directory_api
from sandbox.directory.state import EXAMPLE_API_KEY
from sandbox.identity_center_console import IdentityCenterConsole
from sandbox.session import SECRET_NAME, Sandbox
from stacks.assembly import add_stacks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

POOL, FINDER = "saml-connector-pool", "finder"
ACCOUNT, REGION = "000000000000", "us-east-1"
GROUP = "engineers"
FUNCTION_SECONDS = 60
SHORT_SECONDS = 3
"""Time of a function while a right is missing: one that was given a moment ago is waited for, up to half a minute."""

NOT_ENFORCED = {
    "logs:CreateLogStream": "the sandbox writes a function's log itself, not as the function",
    "logs:PutLogEvents": "the sandbox writes a function's log itself, not as the function",
    "kms:Decrypt": "the sandbox's Secrets Manager encrypts nothing, so it asks no key",
    "kms:GenerateDataKey": "the sandbox's Secrets Manager encrypts nothing, so it asks no key",
}
"""Actions whose absence the sandbox does not notice, and why: for these only AWS's documentation speaks."""


def _spec(pinned: str) -> dict[str, Any]:
    """A connector that has every function and every right that one stack can have."""
    return {
        "kind": "cognito-user-pool",
        "name": "pool",
        "aws": {"account": ACCOUNT, "region": REGION},
        "directory": {"credentials": SECRET_NAME, "credentials_expire": "2099-01-01"},
        "application": {
            "display_label": "Pool",
            "groups": ["portal-users"],
            "slug": "least-privilege",
            "certificates": ["original", "2027"],
            "sp_certificate": pinned,
        },
        "user_pool": {
            "domain": {"prefix": "acme-least"},
            "attributes": {"email": {"from": "email"}},
            "groups": {"to": "cognito:groups"},
            "removal_policy": "destroy",
        },
        "app_clients": [{"name": "web", "callback_urls": ["http://localhost:8400/callback"]}],
        "watch": {},
    }


class Right(NamedTuple):
    """One action on one resource, in one statement of one policy of a role."""

    role: str
    policy: str
    statement: int
    sid: str
    action: str
    resource: str


class Answers(ThreadingHTTPServer):
    """Where the functions of custom resources deliver their answers."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Answer)

    @property
    def url(self) -> str:
        """The address of the answers."""
        return f"http://127.0.0.1:{self.server_address[1]}/answer"


class _Answer(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        """Take one answer."""
        assert isinstance(self.server, Answers)
        self.server.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the standard library's
        """Say nothing."""


class Deployed:
    """Both stacks deployed, their functions, and what is sent to these."""

    def __init__(self, sandbox: Sandbox, answers: Answers, store_id: str) -> None:
        self.sandbox, self.answers, self.store_id = sandbox, answers, store_id
        self.client = cache(sandbox.aws.client)
        self.resources = cache(self._resources)
        self.sent = 0
        described = [
            (each, self.client("lambda").get_function_configuration(FunctionName=each["PhysicalResourceId"]))
            for stack in (POOL, FINDER)
            for each in self.resources(stack, "AWS::Lambda::Function")
        ]
        self.functions = {_called(told["Description"]): told["FunctionArn"] for _, told in described}
        self.roles = {told["Role"].rpartition("/")[2]: _called(told["Description"]) for _, told in described}

    def _resources(self, stack: str, kind: str) -> list[dict[str, Any]]:
        """The resources of a type in a stack."""
        told = self.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
        return [each for each in told if each["ResourceType"] == kind]

    def rights(self) -> list[Right]:
        """Every right of every role."""
        iam, found = self.client("iam"), list[Right]()
        for role in self.roles:
            assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
                for number, statement in enumerate(self.document(role, policy)["Statement"]):
                    for action in _list(statement["Action"]):
                        found += [
                            Right(role, policy, number, statement.get("Sid", ""), action, resource)
                            for resource in _list(statement["Resource"])
                        ]
        return found

    def document(self, role: str, policy: str) -> dict[str, Any]:
        """A policy as it is now."""
        told: dict[str, Any] = self.client("iam").get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        return told

    @contextmanager
    def without(self, right: Right) -> Iterator[None]:
        """Take one right away: the rest of its statement stays."""
        whole = self.document(right.role, right.policy)
        statements = [dict(each) for each in whole["Statement"]]
        cut = statements.pop(right.statement)
        for action in _list(cut["Action"]):
            resources = [one for one in _list(cut["Resource"]) if (action, one) != (right.action, right.resource)]
            statements += [{**cut, "Action": action, "Resource": resources}] if resources else []
        # A policy has to say something: what no function asks for stands for nothing.
        nothing = {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "arn:aws:s3:::nothing"}
        named = {"RoleName": right.role, "PolicyName": right.policy}
        iam = self.client("iam")
        iam.put_role_policy(
            **named, PolicyDocument=json.dumps({**whole, "Statement": _without_sids(statements) or [nothing]})
        )
        try:
            yield
        finally:
            iam.put_role_policy(**named, PolicyDocument=json.dumps(whole))

    def run(self, function: str, event: dict[str, Any]) -> str:
        """Hand an event to a function; gives what it says where it fails, else nothing."""
        answer = self.client("lambda").invoke(FunctionName=self.functions[function], Payload=json.dumps(event).encode())
        told: str = answer["Payload"].read().decode()
        if "FunctionError" in answer:
            return told
        if "ResponseURL" in event:
            said = self.answers.told.pop()
            return "" if said["Status"] == "SUCCESS" else str(said["Reason"])
        return ""

    def event(self, resource_type: str, properties: dict[str, Any]) -> dict[str, Any]:
        """What CloudFormation sends for a create."""
        self.sent += 1
        return {
            "RequestType": "Create",
            "ResponseURL": self.answers.url,
            "StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{POOL}/0f2c3a10-8f5e-11f0-a1b2-0a1b2c3d4e5f",
            "RequestId": f"request-{self.sent}",
            "ResourceType": resource_type,
            "LogicalResourceId": "Asked",
            "ResourceProperties": properties,
        }

    @property
    def directory(self) -> dict[str, str]:
        """The property that names the directory."""
        return {contract.API_URL: f"{self.sandbox.directory_url}/api", contract.CREDENTIALS_SECRET: SECRET_NAME}

    def kept(self, part: str) -> str:
        """ARN of the secret of the stack whose id in the template has *part*."""
        (found,) = [
            each for each in self.resources(POOL, "AWS::SecretsManager::Secret") if part in each["LogicalResourceId"]
        ]
        return str(found["PhysicalResourceId"])

    def set(self, seconds: int) -> None:
        """How long the functions may run."""
        for arn in self.functions.values():
            self.client("lambda").update_function_configuration(FunctionName=arn, Timeout=seconds)

    # --- the work of each function ---

    def look_up(self) -> str:
        """The provider reads the credential, and an application."""
        properties = {contract.DIRECTORY: self.directory, contract.SLUG: "least-privilege"}
        return self.run("provider", self.event(contract.LOOKUP, properties))

    def tell_pair(self) -> str:
        """The provider reads a key pair, and makes one where there is none."""
        (key,) = self.resources(POOL, "AWS::KMS::Key")[:1]
        arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key['PhysicalResourceId'].rpartition('/')[2]}"
        properties = {
            contract.NAME: "2027",
            contract.PAIR_SECRET: self.kept("KeyPair"),
            contract.KEY_ID: arn,
            contract.SUBJECT: "Pool",
        }
        return self.run("provider", self.event(contract.SIGNING_CERTIFICATE, properties))

    def tell_copy(self) -> str:
        """The provider reads the copy of the original certificate, and keeps it where it is not there."""
        properties = {
            contract.DIRECTORY: self.directory,
            contract.NAME: contract.ORIGINAL,
            contract.APPLICATION_ID: self.sandbox.outputs[POOL]["ApplicationId"],
            contract.PAIR_SECRET: self.kept("Copy"),
        }
        return self.run("provider", self.event(contract.SIGNING_CERTIFICATE, properties))

    def look(self) -> str:
        """The provider looks at everything that the rules of the watch send it."""
        return self._sent_by_rules("provider", contract.WATCH)

    def measure(self) -> str:
        """The meter measures what the rules send it."""
        return self._sent_by_rules("meter", "Items")

    def _sent_by_rules(self, function: str, key: str) -> str:
        events, sent = self.client("events"), 0
        for rule in events.list_rules()["Rules"]:
            for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
                if "ScheduleExpression" in rule and key in json.loads(target["Input"]):
                    assert target["Arn"] == self.functions[function]
                    said = self.run(function, json.loads(target["Input"]))
                    if said:
                        return said
                    sent += 1
        assert sent
        return ""

    def find_group(self) -> str:
        """The finder asks for a group."""
        properties = {"IdentityStoreId": self.store_id, "DisplayName": GROUP, "WaitSeconds": "0"}
        return self.run("finder", self.event("Custom::IdentityStoreGroup", properties))

    def put_groups(self) -> str:
        """The trigger puts groups into a token."""
        event = {
            "version": "1",
            "userName": "JumpCloud_ada",
            "request": {"userAttributes": {}, "groupConfiguration": {}},
            "response": {},
        }
        return self.run("trigger", event)

    def work_of(self, right: Right) -> Callable[[], str]:
        """The work that needs a right; where the right is for what is not there yet, that is taken away first."""
        function = self.roles[right.role]
        if function != "provider":
            return {"meter": self.measure, "finder": self.find_group, "trigger": self.put_groups}[function]
        if right.sid in {"WriteMetrics", "ReadSpCertificate"}:
            return self.look
        if right.sid in {"ReadCredential", "WriteLog"}:
            return self.look_up
        is_copy = self.kept("Copy") in right.resource
        work = self.tell_copy if is_copy else self.tell_pair
        if right.action in {"secretsmanager:PutSecretValue", "kms:GenerateDataKeyPair"}:
            return lambda: self._with_nothing_in(self.kept("Copy" if is_copy else "KeyPair"), work)
        return work

    def _with_nothing_in(self, secret: str, work: Callable[[], str]) -> str:
        # boto3 itself refuses an empty text, which is the nearest to a secret that nobody has filled yet.
        environment = self.sandbox.aws.environment()
        secrets = boto3.client(
            "secretsmanager",
            endpoint_url=self.sandbox.aws.endpoint_url,
            region_name=REGION,
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            config=Config(parameter_validation=False),
        )
        was = secrets.get_secret_value(SecretId=secret)["SecretString"]
        secrets.put_secret_value(SecretId=secret, SecretString="")
        try:
            return work()
        finally:
            secrets.put_secret_value(SecretId=secret, SecretString=was)


def _called(description: str) -> str:
    """What a function is called here, by its description."""
    names = {"Registers": "provider", "Measures": "meter", "Looks up": "finder", "Puts": "trigger"}
    return next(name for word, name in names.items() if description.startswith(word))


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _without_sids(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in each.items() if name != "Sid"} for each in statements]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Deployed]:
    """All four functions with their roles, deployed by the stock command line: that alone used most rights."""
    context = json.loads((request.config.rootpath / "cdk.json").read_text())["context"]
    folder: Path = tmp_path_factory.mktemp("least")
    with Sandbox(key_size=2048) as sandbox, Answers() as answers:
        threading.Thread(target=answers.serve_forever, daemon=True).start()
        instance = IdentityCenterConsole(sandbox.aws.endpoint_url, region=REGION).enable()
        store = instance.identity_store_id
        sandbox.aws.client("identitystore").create_group(IdentityStoreId=store, DisplayName=GROUP)
        (folder / "pool.yaml").write_text(yaml.safe_dump(_spec(sandbox.directory.new_pair().certificate.strip())))
        app = App(outdir=str(sandbox.folder / "cdk.out"), context=context)
        api_url = f"{sandbox.directory_url}/api"
        add_stacks(app, [with_directory_api(spec, api_url) for spec in load([folder]).raise_if_any()])
        finder = Stack(app, FINDER)
        IdentityStoreGroup(finder, "Group", identity_store_id=store, display_name=GROUP)
        app.synth()
        sandbox.cdk.bootstrap()
        sandbox.outputs = sandbox.cdk.deploy()
        yield Deployed(sandbox, answers, store)
        answers.shutdown()


WORKS = ("look_up", "tell_pair", "tell_copy", "look", "measure", "find_group", "put_groups")


def test_with_the_rights_as_deployed_every_function_does_its_work(deployed: Deployed) -> None:
    """What the deployment did not prove already: the provider, its watch, the meter, the finder and the trigger."""
    assert {work: getattr(deployed, work)() for work in WORKS} == dict.fromkeys(WORKS, "")


def test_with_one_right_less_the_function_fails_and_names_it(deployed: Deployed) -> None:
    """Each action on each resource in turn; what the sandbox does not notice is in the list above, and nothing else."""
    deployed.set(SHORT_SECONDS)
    unnoticed, silent = set[str](), list[str]()
    rights = deployed.rights()
    for right in rights:
        work = deployed.work_of(right)
        with deployed.without(right):
            said = work()
        if not said:
            unnoticed.add(right.action)
        elif not re.search(rf"\(AccessDenied\w*\); allow (the function )?{right.action}\b", said):
            silent.append(f"{right.action} on {right.resource}: {said}")
    assert silent == []
    assert unnoticed == set(NOT_ENFORCED)
    assert {right.action for right in rights} == set(NOT_ENFORCED) | {
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "kms:GenerateDataKeyPair",
        "cloudwatch:PutMetricData",
        "cognito-idp:GetSigningCertificate",
        "identitystore:GetGroupId",
    }


def test_the_condition_on_metrics_holds(deployed: Deployed) -> None:
    """With another namespace in it, neither the provider nor the meter may write theirs."""
    for right in [each for each in deployed.rights() if each.sid == "WriteMetrics"]:
        whole = deployed.document(right.role, right.policy)
        text = json.dumps(whole)
        assert text.count('"SamlConnectors"') == 1
        named = {"RoleName": right.role, "PolicyName": right.policy}
        iam = deployed.client("iam")
        iam.put_role_policy(**named, PolicyDocument=text.replace('"SamlConnectors"', '"Elsewhere"'))
        said = deployed.work_of(right)()
        iam.put_role_policy(**named, PolicyDocument=text)
        assert "allow the function cloudwatch:PutMetricData" in said


def test_with_all_rights_back_everything_works_again(deployed: Deployed) -> None:
    """So it was the one right that was missing each time."""
    deployed.set(FUNCTION_SECONDS)
    assert {work: getattr(deployed, work)() for work in WORKS} == dict.fromkeys(WORKS, "")


def test_every_write_of_all_this_is_in_the_log(deployed: Deployed) -> None:
    """The audit reaches CloudWatch, as many writes as the directory has noted, and nowhere the credential."""
    noted = [each for each in deployed.sandbox.directory.requests if each.method != "GET"]
    logs, lines = deployed.client("logs"), list[dict[str, Any]]()
    for group in logs.describe_log_groups()["logGroups"]:
        for each in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]:
            assert EXAMPLE_API_KEY not in each["message"]
            if '"directory write"' in each["message"]:
                lines.append(json.loads(each["message"]))
    told = [(line["method"], line["path"], line["status"]) for line in lines]
    assert sorted(told) == sorted((each.method, each.path, each.status) for each in noted)
    assert {line["result"] for line in lines} == {"done"}
    assert all(f":stack/{POOL}/" in line["stack"] and line["changes"] for line in lines)
