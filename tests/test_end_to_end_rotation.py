"""Certificates rotated on the sandbox while people sign in all the time, in Cognito and in IAM: no sign-in fails.

What these tests prove, they prove of our configuration and of an emulator with our own checks; not of AWS or JumpCloud.
The first deployment is made by the stock CDK command line, the phases by the API of CloudFormation, which is faster.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml
from aws_cdk import App
from lxml import etree

from saml_connectors.spec import load, with_directory_api
from sandbox.directory.certificates import decoded_certificate
from sandbox.directory.faults import Fault
from sandbox.directory.state import EXAMPLE_PASSWORD
from sandbox.person import Person, PersonError
from sandbox.relying_party.oidc import SignInError, begin, complete
from sandbox.session import Sandbox
from stacks.assembly import add_stacks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sandbox.directory.applications import Application

pytestmark = pytest.mark.e2e

POOL, ROLES = "saml-connector-pool", "saml-connector-roles"
CALLBACK = "http://localhost:8400/callback"
PROVIDER = "arn:aws:iam::000000000000:saml-provider/JumpCloud"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
LEAST_SIGN_INS = 20
"""In each of the two services: fewer would prove little."""

AWS = {"account": "000000000000", "region": "us-east-1"}
DIRECTORY = {"credentials": "jumpcloud/api-key"}
SPECS: list[dict[str, Any]] = [
    {
        "kind": "cognito-user-pool",
        "name": "pool",
        "aws": AWS,
        "directory": DIRECTORY,
        "application": {"display_label": "Pool", "groups": ["portal-users"]},
        "user_pool": {
            "domain": {"prefix": "acme-rotated"},
            "attributes": {"email": {"from": "email"}},
            "removal_policy": "destroy",
        },
        "app_clients": [{"name": "web", "callback_urls": [CALLBACK]}],
    },
    {
        "kind": "iam",
        "name": "roles",
        "aws": AWS,
        "directory": DIRECTORY,
        "application": {"display_label": "Roles"},
        "roles": {"Auditor": {"managed_policies": ["ReadOnlyAccess"]}},
        "groups": {"Auditor": ["portal-users"]},
    },
]


class Watched(Person):
    """Somebody who notes which certificate each assertion was signed with."""

    def __init__(self, seen: list[str]) -> None:
        super().__init__("grace@example.com", EXAMPLE_PASSWORD)
        self._seen = seen

    def _post(self, response: httpx.Response, form: Any, more: dict[str, str]) -> httpx.Response:
        if "SAMLResponse" in form.fields:
            root = etree.fromstring(base64.b64decode(form.fields["SAMLResponse"]))
            told = {"".join((each.text or "").split()) for each in root.iter(f"{DS}X509Certificate")}
            self._seen += [hashlib.sha256(base64.b64decode(each)).hexdigest() for each in told]
        return super()._post(response, form, more)


class SigningIn(threading.Thread):
    """Signs somebody in again and again."""

    def __init__(self, sign_in: Callable[[list[str]], None]) -> None:
        super().__init__(daemon=True)
        self.attempted = 0
        self.failures: list[str] = []
        self.certificates: list[str] = []
        self._sign_in = sign_in
        self._over = threading.Event()

    def run(self) -> None:
        """Sign in until it is over."""
        while not self._over.is_set():
            self.attempted += 1
            try:
                self._sign_in(self.certificates)
            except Exception as error:  # noqa: BLE001 - whatever it is, that sign-in failed
                self.failures.append(f"{time.monotonic():.1f} {type(error).__name__}: {error}")

    def end(self) -> None:
        """Let the last one end."""
        self._over.set()
        self.join(30)


class Rotation:
    """The sandbox with both connectors deployed, and what is done to them."""

    def __init__(self, sandbox: Sandbox, folder: Path, make_app: Callable[[Path], App]) -> None:
        self.sandbox = sandbox
        self._folder = folder
        self._make_app = make_app
        self._made = 0
        self.original: dict[str, tuple[str, str | None]] = {}
        """What the applications signed with at first: certificate and private key, which only the emulator tells."""

    def synth(self, certificates: Sequence[str] | None, groups: Sequence[str] = ("portal-users",)) -> Path:
        """The assembly of both connectors in a phase; *groups* see the pool's tile."""
        self._made += 1
        folder = self._folder / str(self._made)
        folder.mkdir()
        for spec in SPECS:
            listed = {} if certificates is None else {"certificates": list(certificates)}
            seen_by = {"groups": list(groups)} if spec["kind"] != "iam" else {}
            application = {**spec["application"], **seen_by, **listed}
            (folder / f"{spec['name']}.yaml").write_text(yaml.safe_dump({**spec, "application": application}))
        app = self._make_app(folder / "cdk.out")
        api_url = f"{self.sandbox.directory_url}/api"
        add_stacks(app, [with_directory_api(spec, api_url) for spec in load([folder]).raise_if_any()])
        app.synth()
        return folder / "cdk.out"

    def deploy(
        self, certificates: Sequence[str] | None, groups: Sequence[str] = ("portal-users",), *stacks: str
    ) -> dict[str, str]:
        """Deploy a phase; gives how it ended, by stack."""
        assembly, client = self.synth(certificates, groups), self.sandbox.aws.client("cloudformation")
        for stack in stacks or (POOL, ROLES):
            template = (assembly / f"{stack}.template.json").read_text()
            client.update_stack(
                StackName=stack,
                TemplateBody=json.dumps(json.loads(template)),
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            )
        return {stack: self._end(client, stack) for stack in stacks or (POOL, ROLES)}

    def _end(self, client: Any, stack: str) -> str:
        for _ in range(600):
            status = str(client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
            if not status.endswith("IN_PROGRESS"):
                return status
            time.sleep(0.1)
        raise AssertionError(f"{stack} is {status}")

    def reason(self, stack: str) -> str:
        """Why the last deployment of *stack* failed."""
        events = self.sandbox.aws.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
        failed = [each for each in events if each["ResourceStatus"].endswith("FAILED")]
        return str(max(failed, key=lambda each: each["Timestamp"])["ResourceStatusReason"])

    def application(self, label: str) -> Application:
        """The application whose label this is."""
        (found,) = [each for each in self.sandbox.directory.applications.values() if each.display_label == label]
        return found

    def signs_with(self, label: str) -> str:
        """Fingerprint of what an application signs with."""
        return _fingerprint(str(self.application(label).config["idpCertificate"]))

    def trusted(self, stack: str) -> list[str]:
        """Fingerprints of what AWS trusts, sorted."""
        if stack == ROLES:
            document = self.sandbox.aws.client("iam").get_saml_provider(SAMLProviderArn=PROVIDER)
            text = str(document["SAMLMetadataDocument"])
        else:
            described = self.sandbox.aws.client("cognito-idp").describe_identity_provider(
                UserPoolId=self.outputs(POOL)["UserPoolId"], ProviderName="JumpCloud"
            )
            text = str(described["IdentityProvider"]["ProviderDetails"]["MetadataFile"])
        found = etree.fromstring(text.encode()).iter(f"{DS}X509Certificate")
        return sorted(hashlib.sha256(base64.b64decode(each.text or "")).hexdigest() for each in found)

    def outputs(self, stack: str) -> dict[str, str]:
        """Outputs of a stack, as they are now."""
        (told,) = self.sandbox.aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in told["Outputs"]}

    def writes(self, since: int) -> list[str]:
        """Requests that changed an application, since so many were made."""
        made = self.sandbox.directory.requests[since:]
        return [each.method for each in made if each.method != "GET" and each.path.startswith("/api/applications")]

    def sign_in_to_pool(self, seen: list[str]) -> None:
        """Sign in through the user pool."""
        settings = self.sandbox.settings(POOL, "Web", CALLBACK)
        request = begin(settings)
        with closing(Watched(seen)) as person, httpx.Client(timeout=30, trust_env=False) as http:
            complete(settings, http, request, person.open(request.url, until=CALLBACK))

    def sign_in_to_role(self, seen: list[str]) -> None:
        """Sign in to the console in a role."""
        tile = f"{self.sandbox.directory_url}/launch/{self.application('Roles').id}"
        with closing(Watched(seen)) as person:
            assert person.sign_in_to_aws(tile).role_arn.endswith(":role/Auditor")


def _fingerprint(stored: str) -> str:
    certificate = decoded_certificate(stored)
    assert certificate is not None
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - used here alone

    return certificate.fingerprint(hashes.SHA256()).hex()


@pytest.fixture(scope="module")
def rotation(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Rotation]:
    """Both connectors deployed, without a word of certificates; the tests below follow one after the other."""
    context = json.loads((request.config.rootpath / "cdk.json").read_text())["context"]
    with Sandbox(key_size=2048) as sandbox:
        made = Rotation(
            sandbox, tmp_path_factory.mktemp("rotation"), lambda folder: App(outdir=str(folder), context=context)
        )
        made.synth(None).rename(sandbox.folder / "cdk.out")
        sandbox.cdk.bootstrap()
        sandbox.outputs = sandbox.cdk.deploy()
        for stack, label in ((POOL, "Pool"), (ROLES, "Roles")):
            application = made.application(label)
            made.original[stack] = (application.config["idpCertificate"], application.private_key)
        yield made


@pytest.fixture(scope="module", autouse=True)
def people(rotation: Rotation) -> Iterator[dict[str, SigningIn]]:
    """Somebody signs in through the pool, and somebody to a role, during everything that is tested here."""
    found = {POOL: SigningIn(rotation.sign_in_to_pool), ROLES: SigningIn(rotation.sign_in_to_role)}
    for each in found.values():
        each.start()
    yield found
    for each in found.values():
        each.end()


@pytest.fixture(autouse=True)
def _nobody_is_turned_away(people: dict[str, SigningIn]) -> Iterator[None]:
    """During each test, people went on signing in in both ways, and none failed."""
    before = {stack: each.attempted for stack, each in people.items()}
    yield
    assert {stack: each.failures for stack, each in people.items()} == {POOL: [], ROLES: []}
    assert all(each.attempted > before[stack] for stack, each in people.items() if each.is_alive())


def test_a_phase_that_is_skipped_is_refused_before_anything_changes(rotation: Rotation) -> None:
    """To sign with a certificate that AWS does not trust yet: the application says no, and AWS is not even asked."""
    seen, trusted = len(rotation.sandbox.directory.requests), {one: rotation.trusted(one) for one in (POOL, ROLES)}
    for stack, certificates in ((POOL, ["2027"]), (ROLES, ["2027", "original"])):
        assert rotation.deploy(certificates, ("portal-users",), stack) == {stack: "UPDATE_ROLLBACK_COMPLETE"}
        assert "in second place" in rotation.reason(stack)
    assert rotation.writes(seen) == []
    assert {one: rotation.trusted(one) for one in (POOL, ROLES)} == trusted
    assert [rotation.signs_with("Pool")] == trusted[POOL]


def test_the_first_phase_can_fail_half_way(rotation: Rotation) -> None:
    """AWS trusts both for a moment, then the old one alone again; the directory is not touched."""
    seen, trusted = len(rotation.sandbox.directory.requests), rotation.trusted(POOL)
    assert _with_a_failure_at_the_end(rotation, ["original", "2027"]) == {POOL: "UPDATE_ROLLBACK_COMPLETE"}
    assert rotation.writes(seen) == []
    assert rotation.trusted(POOL) == trusted


def test_in_the_first_phase_aws_trusts_both(rotation: Rotation) -> None:
    """A key pair is made for each connector; nothing is written in the directory, and outputs tell both ends."""
    seen, old = len(rotation.sandbox.directory.requests), {one: rotation.trusted(one) for one in (POOL, ROLES)}
    assert rotation.deploy(["original", "2027"]) == dict.fromkeys((POOL, ROLES), "UPDATE_COMPLETE")
    assert rotation.writes(seen) == []
    for stack, label in ((POOL, "Pool"), (ROLES, "Roles")):
        outputs = rotation.outputs(stack)
        both = [outputs["CertificateOriginalFingerprint"], outputs["Certificate2027Fingerprint"]]
        assert rotation.trusted(stack) == sorted(both)
        assert both[0] in old[stack]
        assert rotation.signs_with(label) == both[0]
        assert outputs["Certificate2027ExpiresAt"] < outputs["CertificateOriginalExpiresAt"]


def test_the_second_phase_can_fail_half_way(rotation: Rotation) -> None:
    """The directory signs with the new one, which nothing takes back; AWS trusts it, so people sign in."""
    before = rotation.trusted(POOL)
    assert _with_a_failure_at_the_end(rotation, ["2027", "original"]) == {POOL: "UPDATE_ROLLBACK_COMPLETE"}
    assert rotation.trusted(POOL) == before
    assert rotation.signs_with("Pool") == rotation.outputs(POOL)["Certificate2027Fingerprint"]


def test_in_the_second_phase_the_directory_signs_with_the_new_one(
    rotation: Rotation, people: dict[str, SigningIn]
) -> None:
    """One write for the one that signed with the old one, none to AWS; the assertions show it."""
    seen, trusted = len(rotation.sandbox.directory.requests), {one: rotation.trusted(one) for one in (POOL, ROLES)}
    assert rotation.deploy(["2027", "original"]) == dict.fromkeys((POOL, ROLES), "UPDATE_COMPLETE")
    assert rotation.writes(seen) == ["PUT"]
    assert {one: rotation.trusted(one) for one in (POOL, ROLES)} == trusted
    for stack, label in ((POOL, "Pool"), (ROLES, "Roles")):
        new = rotation.outputs(stack)["Certificate2027Fingerprint"]
        assert rotation.signs_with(label) == new
        _wait_until(partial(_signed_last, people[stack], new))
        assert list(dict.fromkeys(people[stack].certificates)) == [
            rotation.outputs(stack)["CertificateOriginalFingerprint"],
            new,
        ]


def test_a_step_back_changes_nothing_that_people_notice(rotation: Rotation) -> None:
    """Nothing signs with the original again; AWS trusts what signs, and forward is one deployment again."""
    new = rotation.signs_with("Roles")
    for certificates in (["original", "2027"], ["2027", "original"]):
        assert rotation.deploy(certificates, ("portal-users",), ROLES) == {ROLES: "UPDATE_COMPLETE"}
        assert rotation.signs_with("Roles") == new
        assert len(rotation.trusted(ROLES)) == 2


def test_the_certificate_that_signs_cannot_be_dropped(rotation: Rotation) -> None:
    """To trust the old one alone while the new one signs is refused before AWS is asked."""
    trusted = rotation.trusted(POOL)
    assert rotation.deploy(["original"], ("portal-users",), POOL) == {POOL: "UPDATE_ROLLBACK_COMPLETE"}
    assert "would not trust any more" in rotation.reason(POOL)
    assert rotation.trusted(POOL) == trusted


def test_the_third_phase_can_fail_half_way(rotation: Rotation) -> None:
    """AWS trusts the new one alone for a moment, then both again."""
    before = rotation.trusted(POOL)
    assert _with_a_failure_at_the_end(rotation, ["2027"]) == {POOL: "UPDATE_ROLLBACK_COMPLETE"}
    assert rotation.trusted(POOL) == before


def test_in_the_third_phase_the_old_one_is_trusted_no_more(rotation: Rotation, people: dict[str, SigningIn]) -> None:
    """AWS refuses an assertion that is signed with the old certificate, whoever made it."""
    applications = {stack: rotation.application(label) for stack, label in ((POOL, "Pool"), (ROLES, "Roles"))}
    assert rotation.deploy(["2027"]) == dict.fromkeys((POOL, ROLES), "UPDATE_COMPLETE")
    for stack in (POOL, ROLES):
        assert rotation.trusted(stack) == [rotation.outputs(stack)["Certificate2027Fingerprint"]]
    _wait_until(lambda: all(each.attempted > LEAST_SIGN_INS for each in people.values()))
    for each in people.values():
        each.end()
    for stack, application in applications.items():
        application.config["idpCertificate"], application.private_key = rotation.original[stack]
        sign_in = rotation.sign_in_to_pool if stack == POOL else rotation.sign_in_to_role
        seen: list[str] = []
        with pytest.raises((PersonError, SignInError)):
            sign_in(seen)
        assert seen == [people[stack].certificates[0]]


def test_hundreds_of_sign_ins_and_not_one_failed(
    people: dict[str, SigningIn], record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """The sum of it, for docs/benchmarks.md."""
    for stack, each in people.items():
        record_property(stack, f"{each.attempted} sign-ins, {len(each.failures)} failed")
        with capsys.disabled():
            print(f"\n{stack}: {each.attempted} sign-ins during the rotation, {len(each.failures)} failed")  # noqa: T201
        assert each.attempted > LEAST_SIGN_INS
        assert each.failures == []


def test_no_private_key_left_the_secrets(rotation: Rotation) -> None:
    """Not in a template, an event, an output or a log of the function."""
    secrets, logs = rotation.sandbox.aws.client("secretsmanager"), rotation.sandbox.aws.client("logs")
    kept = [
        secrets.get_secret_value(SecretId=each["ARN"])["SecretString"]
        for each in secrets.list_secrets()["SecretList"]
        if "Key pair" in each.get("Description", "")
    ]
    assert len(kept) == 2
    keys = [json.loads(each)["private_key"].splitlines() for each in kept]
    lines = [
        line for key in keys for line in key[len(key) * 2 // 5 :] if len(line) == 64
    ]  # it begins with the public key
    said = [json.dumps(rotation.outputs(stack)) for stack in (POOL, ROLES)]
    cloudformation = rotation.sandbox.aws.client("cloudformation")
    for stack in (POOL, ROLES):
        said.append(json.dumps(cloudformation.describe_stack_events(StackName=stack), default=str))
        said.append(json.dumps(cloudformation.get_template(StackName=stack)["TemplateBody"], default=str))
    groups = [each["logGroupName"] for each in logs.describe_log_groups()["logGroups"]]
    for group in groups:
        events = logs.filter_log_events(logGroupName=group)["events"]
        said += [each["message"] for each in events]
    assert any("switched" in each for each in said)
    everything = "\n".join(said)
    assert not [line for line in lines if line in everything]


def _with_a_failure_at_the_end(rotation: Rotation, certificates: Sequence[str]) -> dict[str, str]:
    """Deploy a phase to the pool, with a further group that the directory then refuses to bind."""
    rotation.sandbox.directory.faults.add(
        Fault(kind="status", status=403, method="POST", path="/api/v2/applications/.*/associations")
    )
    ended = rotation.deploy(certificates, ("portal-users", "portal-admins"), POOL)
    assert rotation.sandbox.directory.faults.pending() == []
    return ended


def _signed_last(person: SigningIn, certificate: str) -> bool:
    return person.certificates[-1] == certificate


def _wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
