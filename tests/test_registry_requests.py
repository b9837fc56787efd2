"""What bad input gets from the registry type: a clear answer with CloudFormation's own code, and nothing changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from saml_connectors.provider.jumpcloud import errors
from saml_connectors.registry_type import handler, problems, tags
from saml_connectors.registry_type.request import TYPE_NAME
from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.registry_fixtures import Registry

pytest_plugins = ["tests.provider_fixtures", "tests.registry_fixtures"]

SSO_URL = "https://sso.jumpcloud.com/saml2/portal"
SECRET_NAME = "directory-key"
SHAPES = ["action", "requestData", "resourceProperties", "bearerToken", "typeConfiguration", "callerCredentials"]
ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.sampled_from(["CREATE", "READ", "LIST"]) | some.text(),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(some.sampled_from(SHAPES) | some.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=12,
)

DAMAGED: dict[str, Any] = {
    "no object": "CREATE",
    "nothing": {},
    "another action": {"action": "DESTROY"},
    "no request data": {"requestData": None},
    "no properties": {"requestData": {"resourceProperties": None}},
    "properties are a list": {"requestData": {"resourceProperties": []}},
    "previous properties are a text": {"requestData": {"resourceProperties": {}, "previousResourceProperties": "x"}},
    "another type": {"resourceType": "AWS::S3::Bucket"},
    "no token": {"bearerToken": ""},
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_request_is_answered_and_changes_nothing(registry: Registry, damage: str) -> None:
    """Whatever it is, it gets InvalidRequest and a sentence, without a call to the directory."""
    change = DAMAGED[damage]
    event = registry.event("CREATE", registry.properties())
    answer = registry.send(event | change if isinstance(change, dict) and change else change)
    assert (answer["status"], answer["errorCode"]) == ("FAILED", "InvalidRequest")
    assert answer["message"].startswith("reading the request: ")
    assert registry.stage.transport.calls == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # nothing is made on the stage
@given(event=ANYTHING)
def test_no_request_whatsoever_raises(registry: Registry, event: Any) -> None:
    """Any JSON is answered with FAILED and a code that CloudFormation knows."""
    answer = registry.send(event)
    assert answer["status"] == "FAILED"
    assert answer["errorCode"] in {"InvalidRequest", "InvalidTypeConfiguration"}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown": ({"AssumedRole": "x", "Lable": "y"}, "AssumedRole is no property"),
    "no SSO URL": ({"SsoUrl": None}, "SsoUrl is missing"),
    "an SSO URL that is none": ({"SsoUrl": "portal"}, "SsoUrl must be an absolute https address"),
    "an SSO URL with a query": ({"SsoUrl": f"{SSO_URL}?x=1"}, "SsoUrl must be"),
    "an SSO URL that ends in a slash": ({"SsoUrl": f"{SSO_URL}/"}, "SsoUrl must be"),
    "an SSO URL that is a number": ({"SsoUrl": 7}, "SsoUrl must be"),
    "no template": ({"Template": None}, "Template is missing"),
    "a bookmark": ({"Template": "bookmark"}, "must not be 'bookmark'"),
    "inactive": ({"Active": False}, "Active must be true"),
    "rows that are none": ({"UserAttributes": ["email"]}, "UserAttributes[0]"),
    "a certificate that is none": ({"SpCertificate": "MIIBroken"}, "SpCertificate is no certificate"),
    "tags that are none": ({"Tags": {"stage": "prod"}}, "Tags must be a list"),
    "the same tag twice": ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "'a' more than once"),
    "more than the description holds": ({"Tags": [{"Key": "k", "Value": "v" * 250}]}, "keeps 256"),
    "a description that looks like tags": ({"Description": "Portal [a=b]"}, "must not end in [key=value]"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_properties_are_told_before_the_directory_is_asked(registry: Registry, wrong: str) -> None:
    """Unknown ones too, by name: what the schema does not have is not silently left out."""
    change, told = WRONG[wrong]
    answer = registry.create(registry.properties(**change))
    assert answer["errorCode"] == "InvalidRequest"
    assert told in answer["message"]
    assert registry.stage.transport.calls == []


def test_unknown_properties_never_stand_in_the_way_of_a_read_or_a_removal(registry: Registry) -> None:
    """A stack may hold properties of an older or a newer version of the type: it can still be looked at and removed."""
    model = registry.created() | {"FromAnotherVersion": "x"}
    assert registry.send(registry.event("READ", model))["status"] == "SUCCESS"
    assert registry.update(registry.properties(), model)["status"] == "SUCCESS"
    assert registry.delete(model)["status"] == "SUCCESS"


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "401": ({"kind": "status", "status": 401}, "InvalidCredentials"),
    "403": ({"kind": "status", "status": 403}, "AccessDenied"),
    "redirect to the login page": ({"kind": "redirect"}, "InvalidCredentials"),
    "400": ({"kind": "status", "status": 400}, "InvalidRequest"),
    "429": ({"kind": "status", "status": 429}, "Throttling"),
    "429 with a long wait": ({"kind": "status", "status": 429, "retry_after": "600"}, "Throttling"),
    "503": ({"kind": "status", "status": 503}, "ServiceInternalError"),
    "web page": ({"kind": "html", "status": 200}, "ServiceInternalError"),
    "no answer": ({"kind": "no-answer"}, "ServiceInternalError"),
}


@pytest.mark.parametrize("action", ["READ", "LIST", "UPDATE", "DELETE", "CREATE"])
@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_the_directory_has_its_code_in_time(registry: Registry, fault: str, action: str) -> None:
    """So CloudFormation tries again what passes, gives up on what does not, and has an answer within its minute."""
    fields, code = FAULTS[fault]
    if action != "CREATE":
        registry.created()
    registry.stage.directory.faults.add(Fault(count=None, **fields))
    began = registry.stage.time.now
    answer = registry.send(registry.event(action, registry.properties(), registry.properties()))
    assert registry.stage.time.now - began < (30 if action in {"READ", "LIST"} else 60)
    assert (answer["status"], answer["errorCode"]) == ("FAILED", code)
    assert "; " in answer["message"]
    assert "resourceModel" not in answer


@pytest.mark.parametrize(
    "configuration",
    [{}, {"Directory": None}, {"Directory": {"ApiUrl": "console.jumpcloud.com", "CredentialsSecret": "x"}}],
)
def test_a_type_that_is_not_configured_says_how_to_do_it(registry: Registry, configuration: dict[str, Any]) -> None:
    """Its own code, the names of what is missing, and the command."""
    registry.configuration = configuration
    for action in ("CREATE", "READ", "LIST"):
        answer = registry.send(registry.event(action, registry.properties()))
        assert answer["errorCode"] == "InvalidTypeConfiguration"
        assert "set-type-configuration" in answer["message"]


def test_a_secret_that_holds_no_credential_is_told_without_its_content(registry: Registry) -> None:
    """The sentence names the secret, never what is in it."""
    registry.stage.secrets[SECRET_NAME] = '{"password": "hunter2-hunter2"}'
    answer = registry.create()
    assert answer["errorCode"] == "InvalidCredentials"
    assert SECRET_NAME in answer["message"]
    assert "hunter2" not in answer["message"] + "".join(registry.stage.lines)


def test_what_nobody_expected_is_an_internal_failure_that_names_the_request(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback is answered; it is in the log."""
    empty: dict[str, Any] = {}
    work: dict[str, Callable[..., Any]] = {"READ": lambda *_: empty["missing"]}
    monkeypatch.setattr(handler, "_WORK", work)
    answer = registry.read()
    assert answer["errorCode"] == "InternalFailure"
    assert "lambda-request-1" in answer["message"]
    assert "Traceback" not in answer["message"]
    assert any("Traceback" in line for line in registry.stage.lines)


def test_a_secret_in_an_error_that_nobody_expected_is_hidden(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where a library puts the caller's credentials into its message: not in the answer, not in either log."""

    def read(*_: Any) -> Any:
        raise LookupError(" ".join(registry.caller_secrets))

    monkeypatch.setattr(handler, "_WORK", {"READ": read})
    assert registry.read()["errorCode"] == "InternalFailure"
    assert any("LookupError: [hidden] [hidden] [hidden]" in line for line in registry.stage.lines)


def test_the_log_is_delivered_to_whoever_deploys_and_tells_no_secret(registry: Registry) -> None:
    """The function runs in another account: the same JSON lines go to the log group that CloudFormation names."""
    registry.create()
    registry.read()
    (streams,) = registry.logs.groups.values()
    ((name, lines),) = streams.items()
    assert name.endswith("/Portal")
    assert ":" not in name
    assert [line + "\n" for line in lines] == registry.stage.lines
    assert json.loads(lines[0])["type"] == TYPE_NAME
    assert registry.logs.identities[0]["aws_secret_access_key"] == registry.caller_secrets[2]


def test_a_log_that_cannot_be_delivered_fails_nothing(registry: Registry) -> None:
    """The request has its answer, and the function's own log says what is missing in the other."""
    registry.logs.broken = True
    assert registry.create()["status"] == "SUCCESS"
    assert json.loads(registry.stage.lines[-1])["cause"] == "OSError"


def test_the_secret_is_read_as_whoever_deploys(monkeypatch: pytest.MonkeyPatch, registry: Registry) -> None:
    """The entry point hands the caller's credentials and region over: the function's own account has no secret."""
    seen: list[Any] = []

    def read(name: str, _deadline: Any, **more: Any) -> str:
        seen.append((name, more["identity"]))
        raise LookupError

    monkeypatch.setattr(handler, "read_secret", read)
    event = registry.event("READ", {"SsoUrl": SSO_URL})
    del event["requestData"]["providerCredentials"]
    assert handler.resource(event, None)["errorCode"] == "InternalFailure"
    identity = {
        "aws_access_key_id": "AKIACALLER",
        "aws_secret_access_key": registry.caller_secrets[0],
        "aws_session_token": registry.caller_secrets[1],
        "region_name": "eu-central-1",
    }
    assert seen == [(SECRET_NAME, identity)]


@given(
    text=some.text(max_size=40),
    tagged=some.dictionaries(some.text(min_size=1, max_size=8), some.text(max_size=12), max_size=4),
)
def test_tags_are_read_back_as_they_were_written(text: str, tagged: dict[str, str]) -> None:
    """Whatever is in a description, key or value; but a description must not end like tags itself."""
    if tags.split(text)[1]:
        assert tags.joined(text, {}) == text
        return
    assert tags.split(tags.joined(text, tagged)) == (text, tagged)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Unreachable("a", "b", "c"), "NetworkFailure"),
        (errors.DeadlineExceeded("a"), "NetworkFailure"),
        (errors.GroupError("a", "b", "c"), "InvalidRequest"),
        (errors.ApplicationError("a", "b", "c"), "GeneralServiceException"),
        (errors.Conflict("a", "b", "c", status=409), "ResourceConflict"),
        (ValueError("a"), "InternalFailure"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_every_error_of_the_core_has_a_code(error: Exception, code: str) -> None:
    """Those that no request above brings about, too."""
    assert problems.code_of(error) == code


def test_no_error_of_the_core_is_forgotten() -> None:
    """A new kind of error must say which code it is: without one it would look like a bug here."""
    kinds = [errors.ProviderError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    vague = {errors.ProviderError, errors.DirectoryError, errors.Refused}  # never raised as such; told by its status
    core = errors.__name__.rpartition(".")[0]
    vague |= {errors.WatchError}  # the watch's, which the registry type has not
    own = [kind for kind in kinds if kind.__module__.startswith(core) and kind not in vague]
    assert len(own) > 10
    assert not [kind for kind in own if problems.code_of(kind.__new__(kind)) == "InternalFailure"]
