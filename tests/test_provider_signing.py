"""What an application signs with: switched where AWS trusts it before and after, and refused everywhere else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from saml_connectors.provider.jumpcloud import contract
from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from tests.signing_fixtures import Signing

pytest_plugins = ["tests.provider_fixtures", "tests.signing_fixtures"]

BOTH, NEW_FIRST, NEW = ("original", "2027"), ("2027", "original"), ("2027",)
APPLICATION = "/api/applications/[0-9a-f]{24}"


def test_a_whole_rotation_writes_the_directory_once(signing: Signing) -> None:
    """Three lists one after the other; only the second switches, and everything else of the application stays."""
    application_id = signing.created()
    signing.make()
    before = signing.stage.live(application_id)
    steps: list[tuple[tuple[str, ...], tuple[str, ...]]] = [(BOTH, ()), (NEW_FIRST, BOTH), (NEW, NEW_FIRST)]
    for new, old in steps:
        assert signing.update(application_id, new, old)["Status"] == "SUCCESS"
        answer = signing.switch(application_id, new, old or None)
        assert answer["Status"] == "SUCCESS", answer["Reason"]
        assert answer["Data"] == {"Fingerprint": signing.signs_with(application_id)}
        assert signing.signs_with(application_id) == (signing.first if new == BOTH else signing.named["2027"])
    assert signing.stage.writes() == [("PUT", f"/api/applications/{application_id}")]
    after = signing.stage.live(application_id)
    for body in (before, after):
        body.pop("sso")
        body["config"].pop("idpCertificate")
    assert after == before


@pytest.mark.parametrize("new", [NEW, NEW_FIRST], ids=["alone", "first"])
@pytest.mark.parametrize("old", [(), ("original",)], ids=["no list", "only the original"])
def test_a_phase_that_is_skipped_is_refused_at_the_application(
    signing: Signing, new: tuple[str, ...], old: tuple[str, ...]
) -> None:
    """It is upstream of AWS, so nothing has changed yet; its signing refuses the same by itself."""
    application_id = signing.created()
    signing.make()
    for answer in (signing.update(application_id, new, old), signing.switch(application_id, new, old or None)):
        assert answer["Status"] == "FAILED"
        assert "nobody could sign in" in answer["Reason"]
        assert "in second place" in answer["Reason"]
    assert signing.stage.writes() == []


def test_what_signs_cannot_be_dropped(signing: Signing) -> None:
    """The sentence names it, and what to do."""
    application_id = _rotated(signing)
    signing.make("2028")
    for new in (("original",), ("2028",), ("original", "2028"), ("2028", "original")):
        answer = signing.update(application_id, new, NEW_FIRST)
        assert answer["Status"] == "FAILED"
        assert "it signs with certificate '2027' (" in answer["Reason"]
        assert "keep '2027' in certificates, in second place" in answer["Reason"]
    assert signing.stage.writes() == []


def test_a_list_that_is_left_out_trusts_what_signs(signing: Signing) -> None:
    """Whichever that is: the certificate that is told is the one that signs."""
    application_id = _rotated(signing)
    answer = signing.update(application_id, (), NEW_FIRST)
    assert answer["Status"] == "SUCCESS"
    kept = json.loads(signing.stage.keys.kept[signing.SECRET.format("2027")])["certificate"]
    assert answer["Data"]["Certificate"] in "".join(kept.split())


def test_nothing_switches_back_to_the_original(signing: Signing) -> None:
    """A step back, or a rollback, leaves what signs, which is trusted, and says so in the log."""
    application_id = _rotated(signing)
    assert signing.update(application_id, BOTH, NEW_FIRST)["Status"] == "SUCCESS"
    answer = signing.switch(application_id, BOTH, NEW_FIRST)
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Fingerprint"] == signing.named["2027"]
    assert signing.stage.writes() == []
    warning = next(line for line in signing.stage.log() if line["level"] == "WARNING")
    assert "nothing switches back to the original" in warning["event"]
    assert warning["signs_with"] == "2027"
    assert signing.switch(application_id, NEW_FIRST, BOTH)["Status"] == "SUCCESS"


def test_a_rollback_among_named_ones_switches_back(signing: Signing) -> None:
    """The pair is still there: the update that CloudFormation sends signs with the former one again."""
    application_id = _rotated(signing)
    signing.make("2028")
    forward, back = ("2028", "2027"), ("2027", "2028")
    for new, old, signs in ((forward, back, "2028"), (back, forward, "2027")):
        assert signing.update(application_id, new, old)["Status"] == "SUCCESS"
        assert signing.switch(application_id, new, old)["Status"] == "SUCCESS"
        assert signing.signs_with(application_id) == signing.named[signs]


def test_a_switch_whose_function_was_killed_is_found_done(signing: Signing) -> None:
    """After the write, and before the answer: the retry writes nothing."""
    application_id = signing.created()
    signing.make()

    def killed(method: str, _path: str) -> None:
        if method == "PUT":
            raise KeyboardInterrupt

    signing.stage.transport.after_call = killed
    with pytest.raises(KeyboardInterrupt):
        signing.switch(application_id, NEW_FIRST, BOTH)
    signing.stage.transport.after_call = None
    signing.stage.forget_calls()
    assert signing.signs_with(application_id) == signing.named["2027"]
    assert signing.switch(application_id, NEW_FIRST, BOTH)["Status"] == "SUCCESS"
    assert signing.stage.writes() == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="status", status=503, method="PUT"),
        Fault(kind="status", status=429, method="PUT"),
        Fault(kind="cut", method="PUT"),
        Fault(kind="cut", method="PUT", processed=False),
        Fault(kind="html", method="PUT"),
        Fault(kind="truncated", method="PUT"),
        Fault(kind="no-answer", method="PUT"),
        Fault(kind="status", status=500, method="GET", path=APPLICATION),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.method}-{fault.status}-{fault.processed}",
)
def test_trouble_at_a_switch_ends_with_one_certificate_and_its_key(signing: Signing, fault: Fault) -> None:
    """Sent again, or found done: never a certificate without its private key."""
    application_id = signing.created()
    signing.make()
    signing.stage.directory.faults.add(fault)
    assert signing.switch(application_id, NEW_FIRST, BOTH)["Status"] == "SUCCESS"
    assert signing.signs_with(application_id) == signing.named["2027"]


def test_a_refused_switch_leaves_what_signs(signing: Signing) -> None:
    """The directory says no: the error names it, the old one signs on, and AWS trusts both."""
    application_id = signing.created()
    signing.make()
    signing.stage.directory.faults.add(Fault(kind="status", status=403, method="PUT"))
    answer = signing.switch(application_id, NEW_FIRST, BOTH)
    assert answer["Status"] == "FAILED"
    assert "letting application" in answer["Reason"]
    assert signing.signs_with(application_id) == signing.first


@pytest.mark.parametrize("keeps", ["original", "new"])
def test_a_directory_that_keeps_another_certificate_is_told(
    signing: Signing, keeps: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the write and keeps what it had, or makes one of its own: not what was asked for."""
    application_id = signing.created()
    signing.make()
    application = signing.stage.directory.applications[application_id]
    had = (application.config["idpCertificate"], application.private_key)
    if keeps == "new":
        other = signing.stage.directory.applications[signing.created(DisplayLabel="Other", Slug="other")]
        had = (other.config["idpCertificate"], other.private_key)

    def after(method: str, _path: str) -> None:
        if method == "PUT":
            application.config["idpCertificate"], application.private_key = had

    monkeypatch.setattr(signing.stage.transport, "after_call", after)
    answer = signing.switch(application_id, NEW_FIRST, BOTH)
    assert answer["Status"] == "FAILED"
    assert (
        f"the directory did not keep the certificate: it signs with {signing.signs_with(application_id)}"
        in (answer["Reason"])
    )


def test_a_private_key_that_the_directory_may_not_have_taken_is_told(
    signing: Signing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says when it last took one: a time that stays the same is worth a warning."""
    application_id = signing.created()
    signing.make()
    application = signing.stage.directory.applications[application_id]
    assert application.private_key_updated is not None
    before = application.private_key_updated

    def after(method: str, _path: str) -> None:
        if method == "PUT":
            application.private_key_updated = before

    monkeypatch.setattr(signing.stage.transport, "after_call", after)
    assert signing.switch(application_id, NEW_FIRST, BOTH)["Status"] == "SUCCESS"
    assert [line["event"] for line in signing.stage.log() if line["level"] == "WARNING"] == [
        "the directory does not say that it took the private key: sign in once to see that it did"
    ]


def test_a_secret_that_changed_since_is_refused(signing: Signing) -> None:
    """AWS was told of another certificate than the secret holds by now; nothing is switched."""
    application_id = signing.created()
    told = signing.own("2027")
    now = signing.own("2027")
    signing.named["2027"] = told
    answer = signing.switch(application_id, NEW_FIRST, BOTH)
    assert answer["Status"] == "FAILED"
    assert f"it holds another certificate ({now}) than AWS trusts ({told})" in answer["Reason"]
    signing.stage.keys.kept.clear()
    assert "it has no value yet" in signing.switch(application_id, NEW_FIRST, BOTH)["Reason"]
    assert signing.stage.writes() == []


@pytest.mark.parametrize(("begins", "days", "told"), [(-400, 300, "ended at"), (2, 300, "begins only at")])
def test_nothing_switches_to_one_whose_time_is_not_now(signing: Signing, begins: int, days: int, told: str) -> None:
    """Cognito would refuse every assertion."""
    application_id = signing.created()
    signing.own("2027", begins=begins, days=days)
    answer = signing.switch(application_id, NEW_FIRST, BOTH)
    assert told in answer["Reason"]
    assert signing.stage.writes() == []


def test_an_application_is_made_with_the_first_pair(signing: Signing) -> None:
    """Before anybody sees it; without a first pair the directory's own stays."""
    signing.make()
    application_id = signing.created(*NEW)
    assert signing.signs_with(application_id) == signing.named["2027"]
    assert signing.switch(application_id, NEW)["Status"] == "SUCCESS"
    assert signing.stage.writes() == []
    assert signing.signs_with(signing.created(*BOTH, Slug="other")) not in signing.named.values()


def test_an_application_made_anew_signs_with_the_same_pair(signing: Signing) -> None:
    """Another slug replaces it while certificates are listed: AWS trusts the new one at once, and the way back too."""
    application_id = signing.created()
    signing.make()
    copied = signing.send(contract.SIGNING_CERTIFICATE, "Create", signing.copy(application_id, "2027"))
    assert signing.switch(application_id, NEW_FIRST, BOTH)["Status"] == "SUCCESS"
    old, new = signing.application(*NEW_FIRST), signing.application(*NEW_FIRST, Slug="chosen")
    ids = {"PhysicalResourceId": application_id, "OldResourceProperties": old}
    answer = signing.send(contract.APPLICATION, "Update", new, **ids)
    made = str(answer["PhysicalResourceId"])
    assert made != application_id
    assert signing.signs_with(made) == signing.named["2027"] == signing.signs_with(application_id)
    ids = {"PhysicalResourceId": "x", "OldResourceProperties": signing.copy(application_id, "2027")}
    assert (
        signing.send(contract.SIGNING_CERTIFICATE, "Update", signing.copy(made, "2027"), **ids)["Data"]
        == (copied["Data"])
    )
    assert signing.switch(made, NEW_FIRST, NEW_FIRST)["Status"] == "SUCCESS"
    ids = {"PhysicalResourceId": made, "OldResourceProperties": new}
    back = signing.send(contract.APPLICATION, "Update", old, **ids)
    assert back["PhysicalResourceId"] == application_id
    assert signing.signs_with(application_id) == signing.named["2027"]


def test_a_create_that_was_lost_is_found_with_its_pair(signing: Signing) -> None:
    """The answer to POST never came: one application, which signs with the pair."""
    signing.make()
    signing.stage.directory.faults.add(Fault(kind="cut", method="POST"))
    assert signing.signs_with(signing.created(*NEW)) == signing.named["2027"]
    assert len(signing.stage.directory.applications) == 1


def test_a_create_whose_pair_is_not_taken_leaves_nothing(signing: Signing, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory that ignores certificate and key signs with one that AWS does not trust: the create is undone."""
    signing.make()
    own = signing.stage.directory.new_pair()

    def after(method: str, _path: str) -> None:
        if method in {"POST", "PUT"}:
            for each in signing.stage.directory.applications.values():
                each.config["idpCertificate"], each.private_key = _stored(own.certificate), own.private_key

    monkeypatch.setattr(signing.stage.transport, "after_call", after)
    answer = signing.send(contract.APPLICATION, "Create", signing.application(*NEW))
    assert answer["Status"] == "FAILED"
    assert "the directory did not keep the certificate" in answer["Reason"]
    assert signing.stage.directory.applications == {}


def test_a_create_without_its_pair_makes_nothing(signing: Signing) -> None:
    """The secret is read before the first call that could change anything."""
    signing.named["2027"] = "0" * 64
    answer = signing.send(contract.APPLICATION, "Create", signing.application(*NEW))
    assert answer["Status"] == "FAILED"
    assert "reading the key pair '2027'" in answer["Reason"]
    assert signing.stage.writes() == []


def test_a_certificate_changed_by_hand_is_put_right_or_told(signing: Signing) -> None:
    """Nobody can sign in then: a pair that AWS knows is signed with again; else the way out is named."""
    application_id = _rotated(signing)
    signing.make("2028")
    for new, old, told in (
        (("2027", "2028"), ("2027",), None),
        (("original", "2027"), ("2027", "original"), "it was changed in the directory"),
    ):
        pair = signing.stage.directory.new_pair()
        application = signing.stage.directory.applications[application_id]
        application.config["idpCertificate"], application.private_key = _stored(pair.certificate), pair.private_key
        answer = signing.switch(application_id, new, old)
        assert (answer["Status"] == "SUCCESS") == (told is None)
        assert told is None or told in answer["Reason"]
        assert (signing.signs_with(application_id) == signing.named["2027"]) == (told is None)


def test_a_certificate_made_by_hand_when_it_was_too_late_is_taken_over(signing: Signing) -> None:
    """The one that signed ended, so Cognito takes no list with it: the directory's new one becomes the original."""
    application_id = _rotated(signing)
    signing.update(application_id, NEW, NEW_FIRST)
    pair, now = signing.stage.directory.new_pair(), ("original", "2028")
    application = signing.stage.directory.applications[application_id]
    application.config["idpCertificate"], application.private_key = _stored(pair.certificate), pair.private_key
    signing.make("2028")
    assert signing.update(application_id, now, NEW)["Status"] == "SUCCESS"
    told = signing.send(contract.SIGNING_CERTIFICATE, "Create", signing.copy(application_id, "2028"))
    signing.first = told["Data"]["Fingerprint"]
    assert signing.first == signing.signs_with(application_id)
    assert signing.switch(application_id, now, NEW)["Status"] == "SUCCESS"
    assert signing.switch(application_id, ("2028", "original"), now)["Status"] == "SUCCESS"
    assert signing.signs_with(application_id) == signing.named["2028"]


def test_an_application_that_is_gone_is_told(signing: Signing) -> None:
    """Before its pair is read."""
    signing.first = signing.make()
    assert "there is no such application" in signing.switch("f" * 24, BOTH)["Reason"]


def test_a_listed_certificate_changes_nothing_of_an_update(signing: Signing) -> None:
    """Another description is one write; the pair is not read for it, and not sent."""
    application_id = _rotated(signing)
    signing.stage.keys.kept.clear()
    new = signing.application(*NEW_FIRST, Description="Another")
    ids = {"PhysicalResourceId": application_id, "OldResourceProperties": signing.application(*NEW_FIRST)}
    assert signing.send(contract.APPLICATION, "Update", new, **ids)["Status"] == "SUCCESS"
    assert len(signing.stage.writes()) == 1
    sent = next(body for body in signing.stage.transport.bodies if body)
    assert sent["config"]["idpPrivateKey"]["value"] == ""
    assert signing.signs_with(application_id) == signing.named["2027"]


def _rotated(signing: Signing) -> str:
    """An application that signs with the pair 2027; both are trusted."""
    application_id = signing.created()
    signing.make()
    assert signing.switch(application_id, NEW_FIRST, BOTH)["Status"] == "SUCCESS"
    signing.stage.forget_calls()
    return application_id


def _stored(pem: str) -> Any:
    from sandbox.directory.certificates import encoded  # noqa: PLC0415 - used here alone

    return encoded(pem)
