"""What comes after a failure: each of these once left something behind, or took away too much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from saml_connectors.provider.jumpcloud import contract, reply
from saml_connectors.provider.jumpcloud.session import Event
from sandbox.directory.certificates import encoded
from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage
    from tests.signing_fixtures import Signing

pytest_plugins = ["tests.provider_fixtures", "tests.signing_fixtures"]

LAUNCH: dict[str, Any] = {"ResourceType": "Custom::JumpCloudApplicationLaunch", "LogicalResourceId": "Launch"}
ACCESS: dict[str, Any] = {"ResourceType": "Custom::JumpCloudApplicationAccess", "LogicalResourceId": "Access"}
MADE_UP = "Portal-Prod-Launch-1QX4Z9T0ABCDE"
LOGIN = "https://portal.example/login"


def _of(stage: Stage, application: str, **more: Any) -> dict[str, Any]:
    return {"Directory": stage.directory_property(), "ApplicationId": application, **more}


def _opens(stage: Stage, application: str) -> Any:
    return stage.live(application)["config"]["idpInitUrl"]["value"]


def test_a_launch_whose_create_never_answered_is_cleared_under_the_id_that_cloudformation_made_up(stage: Stage) -> None:
    """Known by its value; another one stays."""
    made = stage.created()["PhysicalResourceId"]
    given = _of(stage, made, LoginUrl=LOGIN, DefaultRelayState="https://portal.example/")
    stage.created(given, **LAUNCH)
    stage.directory.applications[made].config["defaultTargetUrl"] = "https://by-hand.example/"
    assert stage.delete(MADE_UP, given, **LAUNCH)["Status"] == "SUCCESS"
    assert not _opens(stage, made)
    assert stage.live(made)["config"]["defaultTargetUrl"]["value"] == "https://by-hand.example/"


def test_an_access_whose_create_never_answered_is_unbound_under_the_id_that_cloudformation_made_up(
    stage: Stage,
) -> None:
    """Nobody sees an application by chance."""
    made = stage.created()["PhysicalResourceId"]
    given = _of(stage, made, Groups=["portal-users"])
    stage.created(given, **ACCESS)
    assert stage.delete(MADE_UP, given, **ACCESS)["Status"] == "SUCCESS"
    assert stage.directory.associations == {}


@pytest.mark.parametrize(
    ("about", "more", "suffix"),
    [(LAUNCH, {"LoginUrl": LOGIN}, "/launch"), (ACCESS, {"Groups": ["finance"]}, "/access")],
)
def test_what_could_not_move_to_another_application_leaves_nothing_there(
    stage: Stage, about: dict[str, Any], more: dict[str, Any], suffix: str
) -> None:
    """CloudFormation moves it back with the id that it never gave up; what it had set there is cleared."""
    first = stage.created()["PhysicalResourceId"]
    second = stage.created(LogicalResourceId="Second")["PhysicalResourceId"]
    old, new = _of(stage, first, **more), _of(stage, second, **more)
    stage.created(old, **about)
    before = (_opens(stage, second), [edge for edge in stage.directory.associations if edge[0] == second])
    stage.created(new, **about)  # what the failed update has written there
    assert stage.update(first + suffix, old, new, **about)["PhysicalResourceId"] == first + suffix
    left = (_opens(stage, second) or "", [edge for edge in stage.directory.associations if edge[0] == second])
    assert left == (before[0] or "", before[1])


def test_a_rollback_removes_what_a_failed_replacement_left_under_a_chosen_slug(stage: Stage) -> None:
    """Equal in every field and made a moment ago: the evidence that suffices to find it again."""
    old, new = stage.properties(), stage.properties(Slug="other")
    first = stage.created(old)["PhysicalResourceId"]
    stage.directory.faults.add(Fault(kind="status", status=503, skip=5, count=None))
    assert stage.update(first, new, old)["Status"] == "FAILED"
    stage.directory.faults.clear()
    assert len(stage.directory.applications) == 2
    assert stage.update(first, old, new)["PhysicalResourceId"] == first
    assert list(stage.directory.applications) == [first]


def test_a_rollback_to_an_application_that_is_gone_leaves_one_and_not_two(stage: Stage) -> None:
    """It was deleted in the console; what was to replace it failed, could not be cleaned up, and is removed now."""
    old, new = stage.properties(), stage.properties(Template="saml2")
    first = stage.created(old)["PhysicalResourceId"]
    stage.directory.remove_application(first)
    stage.directory.faults.add(Fault(kind="status", status=503, skip=6, count=None))
    assert stage.update(first, new, old)["Status"] == "FAILED"
    stage.directory.faults.clear()
    assert len(stage.directory.applications) == 1
    answer = stage.update(first, old, new)
    assert answer["Status"] == "SUCCESS"
    assert list(stage.directory.applications) == [answer["PhysicalResourceId"]]


def test_a_rollback_keeps_a_description_by_hand_that_the_failed_update_never_wrote(stage: Stage) -> None:
    """It was in no spec before; the update that would have set it failed at its first call."""
    old, new = stage.properties(Description=None), stage.properties(Description="ours")
    made = stage.created(old)["PhysicalResourceId"]
    stage.directory.applications[made].description = "by hand"
    stage.directory.faults.add(Fault(kind="status", status=403))
    assert stage.update(made, new, old)["Status"] == "FAILED"
    assert stage.update(made, old, new)["Status"] == "SUCCESS"
    assert stage.live(made)["description"] == "by hand"


def test_a_failed_create_puts_an_application_that_was_only_deactivated_out_of_use_again(stage: Stage) -> None:
    """It is older than the create that was about to take it up, so it is not deleted; nor does it stay active."""
    given = stage.properties(OnRemoval="deactivate")
    made = stage.created(given)["PhysicalResourceId"]
    stage.delete(made, given)
    stage.time.now += 24 * 3600
    stage.directory.faults.add(Fault(kind="status", status=403, skip=5, count=None))
    failed = stage.create(given)
    assert failed["Status"] == "FAILED"
    stage.directory.faults.clear()
    assert stage.live(made)["active"] is True
    assert stage.delete(failed["PhysicalResourceId"], given)["Status"] == "SUCCESS"
    assert stage.live(made)["active"] is False


OTHER = {"LogicalResourceId": "Other"}


def _by_hand(stage: Stage, properties: dict[str, Any]) -> str:
    """Id of one that nobody's stack made, half a year before."""
    made = str(stage.created(properties, **OTHER)["PhysicalResourceId"])
    stage.time.now += 180 * 24 * 3600
    return made


def test_a_rollback_of_an_adoption_finds_the_own_one_under_its_chosen_slug(stage: Stage) -> None:
    """Adopting fails at what the tile opens, as a first deployment may: the own application is years old by then."""
    hers = _by_hand(stage, stage.properties(Slug="hers"))
    old = stage.properties(Slug="portal")
    own = stage.created(old)["PhysicalResourceId"]
    stage.time.now += 180 * 24 * 3600
    new = stage.properties(Slug="hers", Adopt=hers, OnRemoval=None)
    assert stage.update(own, new, old)["PhysicalResourceId"] == hers
    before = dict(stage.live(hers)), dict(stage.live(own))
    answer = stage.update(hers, old, new)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", own)
    assert stage.delete(hers, new)["Status"] == "SUCCESS"
    assert (stage.live(hers), stage.live(own)) == before


def test_a_rollback_of_an_adoption_lets_a_bookmark_by_hand_go_that_opens_the_same(stage: Stage) -> None:
    """Its URL is the same of necessity: it is neither written nor taken for the own one, which a delete removes."""
    hers = _by_hand(stage, stage.bookmark(DisplayLabel="AWS"))
    old, new = stage.bookmark(), stage.bookmark(Adopt=hers, DisplayLabel="AWS")
    own = stage.created(old)["PhysicalResourceId"]
    stage.time.now += 180 * 24 * 3600
    assert stage.update(own, new, old)["PhysicalResourceId"] == hers
    assert stage.update(hers, old, new)["PhysicalResourceId"] == own
    assert stage.delete(hers, new)["Status"] == stage.delete(own, old)["Status"] == "SUCCESS"
    assert stage.labels() == ["AWS"]
    assert stage.writes() == [("DELETE", f"/api/applications/{own}")]


def test_a_rollback_after_a_certificate_was_changed_by_hand_is_not_refused(signing: Signing) -> None:
    """Nobody can sign in before or after: the deployment goes through, or back, and a pair that AWS trusts signs."""
    application_id = signing.created()
    signing.make()
    signing.make("2028")
    assert signing.switch(application_id, ("2027", "original"), ("original", "2027"))["Status"] == "SUCCESS"
    pair = signing.stage.directory.new_pair()
    application = signing.stage.directory.applications[application_id]
    application.config["idpCertificate"], application.private_key = encoded(pair.certificate), pair.private_key
    for new, old in ((("2028",), ("2027",)), (("2027",), ("2028",))):
        assert signing.update(application_id, new, old)["Status"] == "SUCCESS"
    assert signing.switch(application_id, ("2028",), ("2027",))["Status"] == "SUCCESS"
    assert signing.signs_with(application_id) == signing.named["2028"]


def test_a_rollback_to_a_certificate_that_has_ended_leaves_what_signs(signing: Signing) -> None:
    """IAM looks at no dates, so a rotation may come late; nothing switches back, AWS trusts both, and the log tells."""
    application_id = signing.created()
    signing.own("2027", days=100)
    assert signing.switch(application_id, ("2027", "original"), ("original", "2027"))["Status"] == "SUCCESS"
    signing.make("2028")
    signing.stage.time.now += 200 * 24 * 3600
    for new, old in ((("2028", "2027"), ("2027", "2028")), (("2027", "2028"), ("2028", "2027"))):
        assert signing.update(application_id, new, old)["Status"] == "SUCCESS"
        answer = signing.switch(application_id, new, old)
        assert answer["Status"] == "SUCCESS", answer["Reason"]
        assert answer["Data"][contract.FINGERPRINT] == signing.signs_with(application_id) == signing.named["2028"]
    warning = next(line for line in signing.stage.log() if line["level"] == "WARNING")
    assert warning["cause"].startswith("its certificate ended at")
    assert warning["signs_with"] == "2028"


def test_a_rollback_to_a_secret_whose_certificate_has_ended_is_not_refused(signing: Signing) -> None:
    """Another secret under the same name is refused at the application, and CloudFormation sends the former one."""
    application_id = signing.created()
    first = signing.own("2027", days=100)
    assert signing.switch(application_id, ("2027", "original"), ("original", "2027"))["Status"] == "SUCCESS"
    signing.stage.time.now += 200 * 24 * 3600
    signing.own("2030")
    old, new = ({contract.NAME: "2027", contract.PAIR_SECRET: signing.SECRET.format(of)} for of in ("2027", "2030"))
    ids = {"PhysicalResourceId": "signing-certificate/2027"}
    for wanted, was in ((new, old), (old, new)):
        answer = signing.send(contract.SIGNING_CERTIFICATE, "Update", wanted, **ids, OldResourceProperties=was)
        assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert answer["Data"][contract.FINGERPRINT] == first


@pytest.mark.parametrize("lost", ["ended", "gone"])
def test_a_rollback_of_a_replacement_needs_no_pair_where_the_former_one_signs_with_it(
    signing: Signing, lost: str
) -> None:
    """It has ended, or its secret was thrown away once the directory had it: nothing has to be switched."""
    signing.own("2027", days=100)
    signing.own("2028", days=1000)
    application_id = signing.created("2027")
    old, new = signing.application("2027"), signing.application("2028", Slug="chosen")
    if lost == "ended":
        signing.stage.time.now += 200 * 24 * 3600
    else:
        del signing.stage.keys.kept[signing.SECRET.format("2027")]
    ids = {"PhysicalResourceId": application_id, "OldResourceProperties": old}
    made = signing.send(contract.APPLICATION, "Update", new, **ids)["PhysicalResourceId"]
    assert made != application_id
    ids = {"PhysicalResourceId": made, "OldResourceProperties": new}
    back = signing.send(contract.APPLICATION, "Update", old, **ids)
    assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", application_id)
    assert signing.signs_with(application_id) == signing.named["2027"]
    signing.stage.directory.remove_application(application_id)
    assert signing.send(contract.APPLICATION, "Update", old, **ids)["Status"] == "FAILED"


def test_ids_of_a_damaged_event_do_not_make_an_answer_too_long() -> None:
    """They are repeated in it."""
    event = Event.read(dict.fromkeys(("StackId", "RequestId", "LogicalResourceId"), "x" * 5000))
    assert len(reply.encode(event, reply.FAILED, "y" * 5000, reason="z" * 5000)) <= 4096
