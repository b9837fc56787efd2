"""Claims about `saml-connectors doctor` where things are not settled: a stack that changes or hangs, a local AWS."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from saml_connectors.provider.jumpcloud.transport import HttpsTransport, Response
from tests.deployed_names import DOMAIN, refused

if TYPE_CHECKING:
    from tests.deployed_fixtures import Deployed

pytest_plugins = ["tests.provider_fixtures", "tests.deployed_fixtures"]

SIGN_IN = f"{DOMAIN}/oauth2/authorize?"
LOCAL = "http://127.0.0.1:4566"


def portal(deployed: Deployed) -> str:
    """A connector of kind cognito-user-pool, whose AWS answers as it was deployed."""
    made = deployed.portal()
    deployed.answer_as_deployed()
    return made


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("UPDATE_IN_PROGRESS", "cannot be known"),
        ("IMPORT_IN_PROGRESS", "cannot be known"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "wrong"),
        ("DELETE_IN_PROGRESS", "wrong"),
        ("UPDATE_ROLLBACK_FAILED", "wrong"),
    ],
)
def test_a_stack_that_is_changing_has_the_whole_table_and_says_so_first(
    deployed: Deployed, status: str, state: str
) -> None:
    """What is deployed is looked at all the same; how the change goes is the first step."""
    portal(deployed)
    settled = deployed.doctor()
    deployed.status = status
    found = deployed.doctor()
    assert next(iter(found)) == "stack"
    (step,) = found.pop("stack")
    assert (step["of"], step["state"], status in step["seen"], bool(step["advice"])) == (
        "Portal-Prod",
        state,
        True,
        True,
    )
    assert found == settled


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"])
def test_a_settled_stack_has_no_step_of_its_own(deployed: Deployed, status: str) -> None:
    """Tidying up after a deployment changes nothing that is looked at."""
    portal(deployed)
    deployed.status = status
    assert "stack" not in deployed.doctor()


@pytest.mark.parametrize(("minutes", "state"), [(3, "cannot be known"), (15, "cannot be known"), (16, "wrong")])
def test_a_resource_that_waits_longer_than_a_function_can_run_is_named(
    deployed: Deployed, minutes: int, state: str
) -> None:
    """Its function will not answer any more; until then nobody knows."""
    portal(deployed)
    deployed.status = "UPDATE_IN_PROGRESS"
    since = deployed.stage.time.now - minutes * 60
    deployed.waiting = {"App": ("UPDATE_IN_PROGRESS", since), "Pool": ("UPDATE_IN_PROGRESS", since - 3_600)}
    (step,) = deployed.doctor()["stack"]
    assert f"waiting for Pool ({minutes + 60} min), App ({minutes} min)" in step["seen"]
    assert (step["state"], "the function behind App does not answer" in step["advice"]) == (state, state == "wrong")


def test_a_resource_that_is_being_made_is_not_there_yet(deployed: Deployed) -> None:
    """CloudFormation names it already; nothing is asked about it."""
    portal(deployed)
    deployed.status = "CREATE_IN_PROGRESS"
    deployed.waiting = {"Client": ("CREATE_IN_PROGRESS", deployed.stage.time.now)}
    found = deployed.doctor()
    assert {"app-client", "sign-in"} & {*found} == set()
    assert found["application"][0]["state"] == "ok"


def test_a_stack_of_which_nothing_is_there_yet_has_the_step_alone(deployed: Deployed) -> None:
    """Whether it is a connector's shows only later."""
    deployed.status = "CREATE_IN_PROGRESS"
    assert [*deployed.doctor()] == ["stack"]


def test_a_stack_of_which_nothing_was_deployed_is_still_refused(deployed: Deployed) -> None:
    """There is nothing to look at, nor will there be."""
    portal(deployed)
    deployed.status = "ROLLBACK_COMPLETE"
    assert "[stack-not-deployed]" in deployed.run("doctor", "Portal-Prod").stderr


def _without_the_name(deployed: Deployed, cause: OSError, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the pool's domain be unreachable for *cause*, by the real transport; gives what is asked."""

    def connected(*_: Any, **__: Any) -> Any:
        raise cause

    monkeypatch.setattr(socket, "create_connection", connected)
    real = HttpsTransport()
    asked: list[str] = []
    exchange = deployed.exchange

    def unresolved(request: Any, deadline: Any) -> Any:
        asked.append(request.url)
        if request.url.startswith(DOMAIN):
            return real.exchange(request, deadline)
        return exchange(request, deadline)

    deployed.exchange = unresolved  # type: ignore[method-assign]  # the transport, without that name
    return asked


def test_a_local_aws_is_asked_where_nobody_resolves_the_pool_s_domain(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It serves hosted domains by path; what it asks of the IdP is compared like Cognito's own request."""
    portal(deployed)
    deployed.web[f"{LOCAL}/oauth2/authorize?"] = deployed.web.pop(SIGN_IN)
    asked = _without_the_name(deployed, socket.gaierror(-2, "unknown"), monkeypatch)
    assert deployed.not_ok()["sign-in"] == "wrong"
    deployed.environment["AWS_ENDPOINT_URL"] = f"{LOCAL}/"
    assert deployed.not_ok() == {}
    assert asked[-1].replace(LOCAL, DOMAIN) == asked[-2]
    deployed.authorize("urn:x", f"{DOMAIN}/saml2/idpresponse", "https://sso.example/")
    deployed.web[f"{LOCAL}/oauth2/authorize?"] = deployed.web.pop(SIGN_IN)
    assert deployed.not_ok() == {"request-destination": "wrong", "request-issuer": "wrong"}


@pytest.mark.parametrize(("answers", "told"), [(404, "status 404"), (None, "does not answer for it")])
def test_a_local_aws_without_hosted_domains_makes_sign_in_unknown(
    deployed: Deployed, answers: int | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says nothing of the connector, and why is told."""
    portal(deployed)
    _without_the_name(deployed, socket.gaierror(-2, "unknown"), monkeypatch)
    deployed.environment["AWS_ENDPOINT_URL"] = LOCAL if answers else DOMAIN
    deployed.web[f"{LOCAL}/oauth2/authorize?"] = Response(answers or 200, {})
    (step,) = deployed.doctor()["sign-in"]
    assert (step["state"], told in step["seen"], "AWS_ENDPOINT_URL" in step["seen"]) == ("cannot be known", True, True)


def test_a_domain_that_refuses_the_connection_is_wrong_beside_a_local_aws_too(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name is known, so it is the domain that is meant."""
    portal(deployed)
    deployed.web[f"{LOCAL}/oauth2/authorize?"] = deployed.web[SIGN_IN]
    deployed.environment["AWS_ENDPOINT_URL"] = LOCAL
    asked = _without_the_name(deployed, ConnectionRefusedError(), monkeypatch)
    assert deployed.not_ok()["sign-in"] == "wrong"
    assert not [each for each in asked if each.startswith(LOCAL)]


def test_doctor_does_not_send_people_to_doctor(deployed: Deployed) -> None:
    """Without outputs, AWS is asked by the step `trust`: no row says that it could be."""
    portal(deployed)
    deployed.outputs.clear()
    assert deployed.not_ok() == {}
    deployed.aws.answers["cognito-idp", "describe_identity_provider"] = refused("AccessDenied", "Describe")
    result = deployed.run("doctor", "Portal-Prod")
    assert "saml-connectors doctor" not in result.output
    del deployed.template["Resources"]["Idp"]
    deployed.physical_ids.pop("Idp")
    assert deployed.doctor()["trust"][0]["state"] == "cannot be known"
