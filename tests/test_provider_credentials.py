"""The credential: which forms the secret may have, and what is said when it cannot be read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3  # type: ignore[import-untyped] # it has no type hints
import pytest
from botocore.exceptions import ConnectTimeoutError  # type: ignore[import-untyped] # it has no type hints
from botocore.stub import Stubber  # type: ignore[import-untyped] # it has no type hints

from saml_connectors.provider.jumpcloud.credentials import ApiKey, ServiceAccount, parse, read_secret
from saml_connectors.provider.jumpcloud.deadline import Deadline
from saml_connectors.provider.jumpcloud.desired import DirectoryRef
from saml_connectors.provider.jumpcloud.errors import CredentialError, DeadlineExceeded
from saml_connectors.provider.jumpcloud.journal import Redactor
from saml_connectors.provisioning.directory_sign_in import sign_in_to
from saml_connectors.provisioning.trouble import Trouble
from sandbox.directory.faults import Fault
from sandbox.directory.state import EXAMPLE_API_KEY, EXAMPLE_CLIENT_ID, EXAMPLE_CLIENT_SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

ACCOUNT = {"client_id": "id-1", "client_secret": "s3cret-value"}


@pytest.mark.parametrize("text", ["jca_abc", "  jca_abc\n", '{"api_key": "jca_abc"}', '{"api_key": " jca_abc "}'])
def test_an_api_key_is_plain_text_or_a_json_object(text: str) -> None:
    """Space around it does not count."""
    credential = parse(text, "name", Redactor())
    assert isinstance(credential, ApiKey)
    assert credential.headers(None) == {"x-api-key": "jca_abc"}
    assert credential.headers("o" * 24) == {"x-api-key": "jca_abc", "x-org-id": "o" * 24}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the secret is empty"),
        (" \n ", "the secret is empty"),
        ("s3cret-value\nsecond", "more than one line"),
        ("s3cret-value with space", "a space"),
        ("s3cret-välue", "outside ASCII"),
        ('{"api_key": "s3cret-value"', "begins like a JSON object but is none"),
        ('{"key": "s3cret-value"}', "neither api_key nor client_id and client_secret"),
        ('{"client_id": "s3cret-value"}', "has client_id"),
        ('{"api_key": "s3cret-value", "client_secret": "x"}', "has api_key and client_secret"),
        ('{"api_key": ""}', "neither api_key"),
    ],
)
def test_anything_else_is_refused_without_repeating_any_of_it(text: str, told: str) -> None:
    """The sentence names the secret and the forms that it may have."""
    with pytest.raises(CredentialError) as caught:
        parse(text, "prod/key", Redactor())
    assert told in str(caught.value)
    assert "'prod/key'" in str(caught.value)
    assert "store the API key as plain text" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_no_repr_shows_a_credential() -> None:
    """Nor does a redacted text."""
    redactor = Redactor()
    for text in ("s3cret-value", json.dumps(ACCOUNT)):
        assert "s3cret" not in repr(parse(text, "name", redactor))
    assert isinstance(parse(json.dumps(ACCOUNT), "name", redactor), ServiceAccount)
    assert redactor.clean("a s3cret-value b") == "a [hidden] b"


def test_the_organization_header_goes_with_an_api_key_only(stage: Stage) -> None:
    """A multi-tenant key needs it; a token names its organization itself."""
    stage.secrets["directory-key"] = "multi-tenant-key"
    stage.directory.add_api_key("multi-tenant-key", multi_tenant=True)
    refused = stage.create()
    assert "x-org-id is required" in refused["Reason"]
    directory = stage.directory_property(OrgId=stage.directory.organization.id)
    assert stage.create(stage.properties(Directory=directory))["Status"] == "SUCCESS"


def test_credentials_are_read_at_run_time(stage: Stage) -> None:
    """Each invocation reads the secret anew: a rotated key is used at once."""
    made = stage.created()["PhysicalResourceId"]
    stage.directory.api_keys.clear()
    stage.directory.add_api_key("rotated-key")
    refused = stage.update(made, stage.properties(DisplayLabel="2"), stage.properties())
    assert "the credential is wrong, expired, or of another region" in refused["Reason"]
    stage.secrets["directory-key"] = "rotated-key"
    assert stage.update(made, stage.properties(DisplayLabel="2"), stage.properties())["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (None, "check client_id and client_secret"),
        (Fault(kind="html", status=200, path="/oauth2/token", count=None), "a web page instead of JSON"),
        (Fault(kind="redirect", path="/oauth2/token", count=None), "check client_id and client_secret"),
    ],
)
def test_a_service_account_that_cannot_sign_in_says_so(stage: Stage, fault: Fault | None, told: str) -> None:
    """Nothing else is tried, and nothing was made."""
    stage.secrets["directory-key"] = json.dumps(ACCOUNT)
    if fault:
        stage.directory.faults.add(fault)
    answer = stage.create()
    assert answer["Status"] == "FAILED"
    assert "signing in as the service account" in answer["Reason"]
    assert told in answer["Reason"]
    assert "s3cret-value" not in "".join([answer["Reason"], *stage.lines])


def test_one_directory_is_signed_in_to_once_in_an_invocation(stage: Stage) -> None:
    """Also where both the new and the old properties need it."""
    a, b = stage.properties(), stage.properties(Template="saml2")
    made = stage.created(a)["PhysicalResourceId"]
    stage.secrets["directory-key"] = '{"client_id": "sandbox-client", "client_secret": "sandbox-client-secret"}'
    assert stage.update(made, a, b)["Status"] == "SUCCESS"
    assert stage.transport.calls.count(("POST", "/oauth2/token")) == 1


def test_a_service_account_needs_a_token_url(stage: Stage) -> None:
    """Only then; an API key does not."""
    directory = stage.directory_property()
    del directory["TokenUrl"]
    stage.created(stage.properties(Directory=directory))
    stage.secrets["directory-key"] = json.dumps(ACCOUNT)
    assert "the directory has no TokenUrl" in stage.create(stage.properties(Directory=directory))["Reason"]


@pytest.fixture
def secrets_manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Stubber, dict[str, Any]]]:
    """A Secrets Manager that answers what a test says; the second part is how its client was made."""
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "y"}
    client = boto3.client("secretsmanager", region_name="eu-central-1", **keys)
    asked: dict[str, Any] = {}

    def make(name: str, **how: Any) -> Any:
        asked.update(how, name=name)
        return client

    monkeypatch.setattr(boto3, "client", make)
    with Stubber(client) as stubber:
        yield stubber, asked


@pytest.mark.parametrize(
    ("secret", "region"),
    [("directory-key", None), ("arn:aws:secretsmanager:us-east-1:123456789012:secret:key-AbCdEf", "us-east-1")],
)
def test_a_secret_is_read_by_name_or_by_arn(
    secrets_manager: tuple[Stubber, dict[str, Any]], secret: str, region: str | None
) -> None:
    """An ARN names its region."""
    stubber, asked = secrets_manager
    stubber.add_response("get_secret_value", {"SecretString": "jca_abc"}, {"SecretId": secret})
    assert read_secret(secret, Deadline(60)) == "jca_abc"
    assert (asked["name"], asked["region_name"]) == ("secretsmanager", region)
    assert asked["config"].read_timeout <= 10


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("ResourceNotFoundException", "there is no such secret, or it has no value yet"),
        ("AccessDeniedException", "may not read it (AccessDeniedException); allow the function secretsmanager"),
        ("DecryptionFailure", "kms:Decrypt"),
        ("InvalidRequestException", "marked for deletion"),
        ("InternalServiceError", "answered InternalServiceError"),
    ],
)
def test_a_secret_that_cannot_be_read_says_why(
    secrets_manager: tuple[Stubber, dict[str, Any]], code: str, told: str
) -> None:
    """And what to do."""
    stubber, _ = secrets_manager
    for _ in range(5 if code == "AccessDeniedException" else 1):
        stubber.add_client_error("get_secret_value", code)
    with pytest.raises(CredentialError) as caught:
        read_secret("directory-key", Deadline(60), sleep=lambda _: None)
    stubber.assert_no_pending_responses()
    assert told in str(caught.value)
    assert str(caught.value).startswith("reading the secret 'directory-key': ")


def test_a_right_that_was_just_given_is_waited_for(secrets_manager: tuple[Stubber, dict[str, Any]]) -> None:
    """IAM takes some seconds to make a policy known, and the deployment that makes it needs it at once."""
    stubber, _ = secrets_manager
    waited: list[float] = []
    stubber.add_client_error("get_secret_value", "AccessDeniedException")
    stubber.add_client_error("get_secret_value", "AccessDeniedException")
    stubber.add_response("get_secret_value", {"SecretString": "jca_abc"}, {"SecretId": "directory-key"})
    assert read_secret("directory-key", Deadline(60), sleep=waited.append) == "jca_abc"
    assert waited == [2.0, 4.0]


def test_a_right_is_not_waited_for_past_the_deadline(secrets_manager: tuple[Stubber, dict[str, Any]]) -> None:
    """The time that is left belongs to the answer."""
    stubber, _ = secrets_manager
    waited: list[float] = []
    stubber.add_client_error("get_secret_value", "AccessDeniedException")
    with pytest.raises(CredentialError, match="may not read it"):
        read_secret("directory-key", Deadline(1), sleep=waited.append)
    assert not waited


def test_a_binary_secret_is_refused(secrets_manager: tuple[Stubber, dict[str, Any]]) -> None:
    """A credential is text."""
    secrets_manager[0].add_response("get_secret_value", {"SecretBinary": b"x"})
    with pytest.raises(CredentialError, match="the secret is binary"):
        read_secret("directory-key", Deadline(60))


def test_secrets_manager_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a VPC without an endpoint; and without time left it is not asked at all."""

    class Silent:
        """A client whose calls never reach anything."""

        def get_secret_value(self, **_: Any) -> Any:
            raise ConnectTimeoutError(endpoint_url="https://secretsmanager")

    monkeypatch.setattr(boto3, "client", lambda *_, **__: Silent())
    with pytest.raises(CredentialError, match="did not answer \\(ConnectTimeoutError\\)"):
        read_secret("directory-key", Deadline(60))
    with pytest.raises(DeadlineExceeded):
        read_secret("directory-key", Deadline(0))


@pytest.mark.parametrize("account", [False, True], ids=["API key", "service account"])
def test_a_credential_that_names_its_hosts_is_sent_to_no_other(stage: Stage, account: bool) -> None:
    """Whoever calls the function with another address gets an error that names it, and nothing goes there."""
    held = {"client_id": EXAMPLE_CLIENT_ID, "client_secret": EXAMPLE_CLIENT_SECRET} if account else {}
    held = held or {"api_key": EXAMPLE_API_KEY}
    stage.secrets["directory-key"] = json.dumps({**held, "hosts": ["127.0.0.1:8500"]})
    moved = "TokenUrl" if account else "ApiUrl"
    away = stage.properties(Directory=stage.directory_property(**{moved: "https://attacker.example/api"}))
    answer = stage.create(away)
    assert answer["Status"] == "FAILED"
    assert "may be sent to 127.0.0.1:8500, not to attacker.example" in answer["Reason"]
    assert stage.transport.calls == []
    assert stage.create()["Status"] == "SUCCESS"


@pytest.mark.parametrize("hosts", ["127.0.0.1:8500", [1], {}, [None]])
def test_hosts_that_are_no_list_of_hosts_are_refused(stage: Stage, hosts: object) -> None:
    """Rather than taken for no restriction."""
    stage.secrets["directory-key"] = json.dumps({"api_key": EXAMPLE_API_KEY, "hosts": hosts})
    assert "its hosts is no list of hosts" in stage.create()["Reason"]
    assert stage.transport.calls == []


def test_a_credential_for_no_host_at_all_is_sent_nowhere(stage: Stage) -> None:
    """An empty list is a restriction too."""
    stage.secrets["directory-key"] = json.dumps({"api_key": EXAMPLE_API_KEY, "hosts": []})
    assert "may be sent to no host" in stage.create()["Reason"]
    assert stage.transport.calls == []


def test_a_command_is_held_to_the_hosts_too(stage: Stage) -> None:
    """Who runs `drift` or `doctor` reads the same secret."""
    ref = DirectoryRef("https://attacker.example/api", "directory-key", None, None)
    text = json.dumps({"api_key": EXAMPLE_API_KEY, "hosts": ["console.jumpcloud.com"]})
    with pytest.raises(Trouble, match=r"not to attacker\.example"):
        sign_in_to(ref, text, stage.transport, stage.time.sleep)
    assert stage.transport.calls == []
