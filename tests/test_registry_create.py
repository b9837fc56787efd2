"""Creating by the registry type: under the SSO URL that was chosen, this request's own, or nothing at all."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from tests.registry_fixtures import Registry

pytest_plugins = ["tests.provider_fixtures", "tests.registry_fixtures"]

SSO_URL = "https://sso.jumpcloud.com/saml2/portal"

POST = ("POST", "/api/applications")


class KilledError(BaseException):
    """Nothing in the function can catch it."""


def kill(registry: Registry, moment: str, wanted: str) -> None:
    """Kill the function just before, or just after, a call of this method."""

    def raise_it(method: str, _path: str) -> None:
        if method == wanted:
            raise KilledError

    setattr(registry.stage.transport, f"{moment}_call", raise_it)


def let_live(registry: Registry) -> None:
    """Kill nothing any more."""
    registry.stage.transport.before_call = registry.stage.transport.after_call = None


def test_the_model_of_a_create_is_what_was_asked_for_and_what_the_directory_added(registry: Registry) -> None:
    """Every property comes back as given, beside id, certificate and what was left to the directory."""
    given = registry.properties()
    model = registry.created(given)
    assert {name: model[name] for name in given} == given
    assert model["ApplicationId"] == registry.only["_id"]
    assert model["IdpEntityId"] == SSO_URL
    assert (model["Visible"], model["Active"], model["SignAssertion"]) == (True, True, True)
    assert model["Certificate"].startswith("MII")
    assert model["CertificateExpiresAt"].endswith("Z")
    assert not [name for name in model if "Private" in name]


def test_an_import_reads_by_the_sso_url_alone_what_the_create_answered(registry: Registry) -> None:
    """Import and drift detection know no more than an identifier: either of the two gives the whole model."""
    model = registry.created()
    assert registry.read()["resourceModel"] == model
    assert registry.read(ApplicationId=model["ApplicationId"])["resourceModel"] == model


def test_the_directory_keeps_what_was_asked_for(registry: Registry) -> None:
    """Settings, groups and tags are where the directory keeps them, and the mark of the request is gone."""
    registry.created()
    live = registry.only
    assert live["description"] == "The customer portal [stage=prod]"
    assert live["active"] is True
    assert live["config"]["groupsAttributeName"]["value"] == "memberOf"
    assert [row["name"] for row in live["config"]["databaseAttributes"]["value"]] == ["email", "given"]


def test_an_application_without_a_description_has_none_in_the_end(registry: Registry) -> None:
    """The mark is written over even where no description is asked for."""
    model = registry.created(registry.properties(Description=None, Tags=None))
    assert registry.only["description"] == ""
    assert "Description" not in model


@pytest.mark.parametrize("age", [60, 3600])
def test_an_application_that_is_there_is_never_taken_over_by_a_create(registry: Registry, age: int) -> None:
    """Not even one that is equal in every field and was made a minute ago: that is what an import is for."""
    registry.created()
    registry.stage.time.now += age
    before = registry.only
    answer = registry.create()
    assert (answer["status"], answer["errorCode"]) == ("FAILED", "AlreadyExists")
    assert "import" in answer["message"]
    assert "resourceModel" not in answer
    assert registry.only == before
    assert registry.stage.writes() == []


@pytest.mark.parametrize(("moment", "call"), [("after", "POST"), ("before", "PUT")])
def test_a_killed_create_that_is_run_again_finds_what_it_made(registry: Registry, moment: str, call: str) -> None:
    """The same token comes again: by its mark the application is found, and finished, not doubled."""
    event = registry.event("CREATE", registry.properties())
    kill(registry, moment, call)
    with pytest.raises(KilledError):
        registry.send(event)
    assert registry.only["description"].startswith("Being made by CloudFormation")
    let_live(registry)
    registry.stage.forget_calls()
    answer = registry.send(event)
    assert answer["status"] == "SUCCESS"
    assert registry.only["description"] == "The customer portal [stage=prod]"
    assert POST not in registry.stage.transport.calls


def test_what_another_request_left_half_made_is_not_taken_over(registry: Registry) -> None:
    """Its mark is another one: somebody may still be at it."""
    kill(registry, "after", "POST")
    with pytest.raises(KilledError):
        registry.create()
    let_live(registry)
    before = registry.only
    assert registry.create()["errorCode"] == "AlreadyExists"
    assert registry.only == before


@pytest.mark.parametrize("fault", ["cut", "truncated"])
def test_a_lost_answer_to_post_is_found_by_its_mark(registry: Registry, fault: Any) -> None:
    """It was carried out, nobody heard: one POST goes out, and its application is the answer."""
    registry.stage.directory.faults.add(Fault(kind=fault, method="POST"))
    assert registry.create()["status"] == "SUCCESS"
    assert registry.stage.transport.calls.count(POST) == 1
    assert registry.only["ssoUrl"] == SSO_URL


@pytest.mark.parametrize("skip", range(9))
def test_a_refused_call_leaves_nothing_behind(registry: Registry, skip: int) -> None:
    """Whatever call is refused, the create fails with AccessDenied and has undone what it did, or was done already."""
    registry.stage.directory.faults.add(Fault(kind="status", status=403, skip=skip))
    answer = registry.create()
    if answer["status"] == "SUCCESS":
        assert skip == 8, answer
        return
    assert answer["errorCode"] == "AccessDenied"
    assert skip == 7 or not registry.stage.directory.applications


@pytest.mark.parametrize("moment", ["before", "after"])
def test_of_two_creates_that_cross_the_first_to_be_made_stays(registry: Registry, moment: str) -> None:
    """A whole create of the same SSO URL runs just before, or just after, the POST of another."""
    crossing: list[dict[str, Any]] = []

    def cross(method: str, _path: str) -> None:
        if method == "POST" and not crossing:
            crossing.append({})
            crossing[0] = registry.create()

    setattr(registry.stage.transport, f"{moment}_call", cross)
    answers = {"first": registry.create(), "second": crossing[0]}
    winner = "second" if moment == "before" else "first"
    assert answers.pop(winner)["resourceModel"]["ApplicationId"] == registry.only["_id"]
    (loser,) = answers.values()
    assert loser["errorCode"] == "AlreadyExists"


def test_of_two_creates_at_once_exactly_one_succeeds(registry: Registry) -> None:
    """Both have sent their POST before either looks: the directory takes both, and one removes its own again."""
    both_posted = threading.Barrier(2, timeout=20)

    def wait(method: str, _path: str) -> None:
        if method == "POST":
            both_posted.wait()

    registry.stage.transport.after_call = wait
    events = [registry.event("CREATE", registry.properties()) for _ in range(2)]
    answers: list[dict[str, Any]] = []
    threads = [threading.Thread(target=lambda event=event: answers.append(registry.send(event))) for event in events]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.get("errorCode", "none") for answer in answers) == ["AlreadyExists", "none"]
    (made,) = [answer["resourceModel"] for answer in answers if "resourceModel" in answer]
    assert made["ApplicationId"] == registry.only["_id"]


def test_an_sso_url_of_another_host_is_refused_and_undone(registry: Registry) -> None:
    """The directory decides where people sign in: where that is elsewhere, the answer says where."""
    answer = registry.create(registry.properties(SsoUrl="https://sso.example.com/saml2/portal"))
    assert answer["errorCode"] == "InvalidRequest"
    assert SSO_URL in answer["message"]
    assert not registry.stage.directory.applications


def test_an_sso_url_of_another_host_is_refused_before_a_call_where_the_host_is_known(registry: Registry) -> None:
    """In JumpCloud's first region it is: nothing is posted."""
    registry.configuration["Directory"]["ApiUrl"] = "https://console.jumpcloud.com/api"
    answer = registry.create(registry.properties(SsoUrl="https://sso.example.com/saml2/portal"))
    assert answer["errorCode"] == "InvalidRequest"
    assert POST not in registry.stage.transport.calls


def test_what_a_killed_create_made_is_undone_where_the_next_try_fails(registry: Registry) -> None:
    """CloudFormation believes of a failed create that nothing is there: so it is."""
    event = registry.event("CREATE", registry.properties())
    kill(registry, "after", "POST")
    with pytest.raises(KilledError):
        registry.send(event)
    let_live(registry)
    registry.stage.directory.faults.add(Fault(kind="status", status=400, method="PUT"))
    assert registry.send(event)["status"] == "FAILED"
    assert not registry.stage.directory.applications


def test_what_another_made_meanwhile_is_not_taken_for_what_came_of_a_lost_post(registry: Registry) -> None:
    """The POST was lost and never done; the equal application that has appeared is another request's."""
    crossing: list[dict[str, Any]] = []

    def cross(method: str, _path: str) -> None:
        if method == "POST" and not crossing:
            crossing.append({})
            crossing[0] = registry.create()
            registry.stage.directory.faults.add(Fault(kind="status", status=503, method="POST"))

    registry.stage.transport.before_call = cross
    answer = registry.create()
    assert answer["errorCode"] == "AlreadyExists"
    assert registry.only["_id"] == crossing[0]["resourceModel"]["ApplicationId"]
