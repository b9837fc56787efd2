"""Certificates that AWS trusts: pairs made once, pairs of the author's own, and the copy of the directory's own."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from saml_connectors.provider.jumpcloud import contract
from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from tests.signing_fixtures import Signing

pytest_plugins = ["tests.provider_fixtures", "tests.signing_fixtures"]


def test_a_pair_is_made_and_kept_and_its_certificate_told(signing: Signing) -> None:
    """By the key of the stack; no call to any directory is made; it lasts three years, and begins a day ago."""
    answer = signing.send(contract.SIGNING_CERTIFICATE, "Create", signing.pair())
    assert answer["Status"] == "SUCCESS"
    assert signing.stage.keys.made == [signing.KEY]
    kept = json.loads(signing.stage.keys.kept[signing.SECRET.format("2027")])
    assert set(kept) == {"certificate", "private_key"}
    assert answer["Data"]["Fingerprint"] == signing.fingerprint_of(kept["certificate"])
    assert answer["Data"]["CertificateExpiresAt"][:4] == str(signing.now.year + 3)
    assert answer["Data"]["Certificate"] in "".join(kept["certificate"].split())
    assert len(json.dumps(answer)) < 4096
    assert signing.stage.transport.calls == []


def test_a_retried_create_keeps_the_pair_that_is_there(signing: Signing) -> None:
    """A function that was killed after the pair was kept finds it: the same certificate, and none is made anew."""
    first = signing.make()
    assert signing.make() == first
    assert len(signing.stage.keys.made) == 1


def test_a_create_that_is_killed_before_the_pair_is_kept_leaves_nothing(signing: Signing) -> None:
    """The retry makes another one, and nobody has seen the first."""

    def killed() -> None:
        signing.stage.keys.after_made = None
        raise KeyboardInterrupt

    signing.stage.keys.after_made = killed
    with pytest.raises(KeyboardInterrupt):
        signing.make()
    assert signing.stage.keys.kept == {}
    assert signing.make() == signing.make()


def test_two_functions_at_once_keep_one_pair(signing: Signing) -> None:
    """The second to keep one gets the first's: both tell the same certificate."""
    others: list[str] = []

    def meanwhile() -> None:
        signing.stage.keys.after_made = None
        others.append(signing.make())

    signing.stage.keys.after_made = meanwhile
    assert signing.make() == others[0]
    assert len(signing.stage.keys.made) == 2


def test_an_update_tells_the_same_certificate(signing: Signing) -> None:
    """Another label, another key of the stack: what is kept stays."""
    first = signing.make()
    new = {**signing.pair(), contract.SUBJECT: "Renamed", contract.KEY_ID: f"{signing.KEY}1"}
    answer = signing.send(
        contract.SIGNING_CERTIFICATE, "Update", new, OldResourceProperties=signing.pair(), PhysicalResourceId="x"
    )
    assert answer["Data"]["Fingerprint"] == first


def test_a_delete_asks_nobody(signing: Signing) -> None:
    """The secret goes with the stack; of an application's signing nothing goes at all."""
    signing.stage.keys.kept.clear()
    for kind in (contract.SIGNING_CERTIFICATE, contract.APPLICATION_SIGNING):
        for properties in (signing.pair(), {}):
            assert signing.send(kind, "Delete", properties, PhysicalResourceId="x")["Status"] == "SUCCESS"
    assert signing.stage.transport.calls == []


def test_a_pair_of_ones_own_is_taken(signing: Signing) -> None:
    """PKCS#8, and PKCS#1 as older tools write it, with any line ends."""
    for name, old in (("new", False), ("old", True)):
        key = signing.key_of()
        certificate, private_key = (
            signing.certificate_of(key, signing.now),
            signing.pem_of(key, old=old).replace("\n", "\r\n"),
        )
        text = json.dumps({"certificate": certificate, "private_key": private_key, "note": "from the safe"})
        signing.stage.keys.kept[signing.SECRET.format(name)] = text
        own = {contract.NAME: name, contract.PAIR_SECRET: signing.SECRET.format(name)}
        answer = signing.send(contract.SIGNING_CERTIFICATE, "Create", own)
        assert answer["Status"] == "SUCCESS", answer["Reason"]
        assert answer["Data"]["Fingerprint"] == signing.fingerprint_of(certificate)
    assert signing.stage.keys.made == []


def test_a_pair_of_ones_own_that_is_not_there_is_told(signing: Signing) -> None:
    """None is made in its place."""
    own = {contract.NAME: "2027", contract.PAIR_SECRET: "prod/signing"}
    answer = signing.send(contract.SIGNING_CERTIFICATE, "Create", own)
    assert answer["Status"] == "FAILED"
    assert "secret 'prod/signing' is not there, or has no value yet; store a JSON object" in answer["Reason"]
    assert signing.stage.keys.made == []


@pytest.mark.parametrize(("begins", "days", "told"), [(-400, 300, "ended at"), (2, 300, "begins only at")])
def test_one_whose_time_is_not_now_is_refused_when_it_is_new(
    signing: Signing, begins: int, days: int, told: str
) -> None:
    """One that ended after it came is only told in the log: a change, or its rollback, goes through."""
    signing.own("2027", begins=begins, days=days)
    own = {contract.NAME: "2027", contract.PAIR_SECRET: signing.SECRET.format("2027")}
    answer = signing.send(contract.SIGNING_CERTIFICATE, "Create", own)
    assert answer["Status"] == "FAILED"
    assert told in answer["Reason"]
    another = {**own, contract.PAIR_SECRET: "before"}
    other = "SUCCESS" if told == "ended at" else "FAILED"  # CloudFormation goes back to one that has ended, too
    for old, status in ((another, other), ({}, other), (own, "SUCCESS")):
        ids = {"OldResourceProperties": old, "PhysicalResourceId": "x"}
        assert signing.send(contract.SIGNING_CERTIFICATE, "Update", own, **ids)["Status"] == status
    assert [line for line in signing.stage.log() if line["level"] == "WARNING"]


def test_wrong_properties_are_told_all_at_once(signing: Signing) -> None:
    """And nothing is made."""
    answer = signing.send(contract.SIGNING_CERTIFICATE, "Create", {contract.KEY_ID: signing.KEY})
    assert "3 problems: Name is missing, Secret is missing, Subject is missing" in answer["Reason"]
    wrong = signing.signing("a" * 24, "original") | {contract.TRUSTED_CERTIFICATES: [{"Name": "x", "Fingerprint": "y"}]}
    answer = signing.send(contract.APPLICATION_SIGNING, "Create", wrong)
    assert "TrustedCertificates[0].Fingerprint must be 64 hexadecimal digits, got 'y'" in answer["Reason"]
    assert "SigningCertificate must be one of TrustedCertificates, got 'original'" in answer["Reason"]
    assert signing.stage.keys.made == []


def test_the_original_certificate_is_copied_and_stays_known(signing: Signing) -> None:
    """After another one signs, the directory has it no more, and the copy is told; it has no private key."""
    application_id = signing.created()
    signing.make()
    answer = signing.send(contract.SIGNING_CERTIFICATE, "Create", signing.copy(application_id, "2027"))
    assert answer["Data"]["Fingerprint"] == signing.first
    assert set(json.loads(signing.stage.keys.kept[signing.COPY])) == {"certificate"}
    assert signing.switch(application_id, ("2027", "original"), ("original", "2027"))["Status"] == "SUCCESS"
    for request in ("Create", "Update"):
        ids = {"OldResourceProperties": {}, "PhysicalResourceId": "x"}
        again = signing.send(contract.SIGNING_CERTIFICATE, request, signing.copy(application_id, "2027"), **ids)
        assert again["Data"] == answer["Data"]


def test_an_original_that_was_not_kept_is_told(signing: Signing) -> None:
    """After it was dropped, nothing brings it back."""
    application_id = signing.created()
    signing.make()
    assert signing.switch(application_id, ("2027", "original"), ("original", "2027"))["Status"] == "SUCCESS"
    answer = signing.send(contract.SIGNING_CERTIFICATE, "Create", signing.copy(application_id, "2027"))
    assert answer["Status"] == "FAILED"
    assert "it signs with '2027' already, and its original certificate was not kept" in answer["Reason"]
    assert "leave 'original' out of certificates" in answer["Reason"]


def test_a_certificate_that_was_made_anew_by_hand_is_taken_over(signing: Signing) -> None:
    """Somebody regenerates it in the console; the next change of the list lets AWS trust that one."""
    application_id = signing.created()
    signing.send(contract.SIGNING_CERTIFICATE, "Create", signing.copy(application_id))
    application = signing.stage.directory.applications[application_id]
    other = signing.stage.directory.applications[signing.created(DisplayLabel="Other", Slug="other")]
    application.config["idpCertificate"], application.private_key = other.config["idpCertificate"], other.private_key
    signing.make()
    ids = {"OldResourceProperties": signing.copy(application_id), "PhysicalResourceId": "x"}
    answer = signing.send(contract.SIGNING_CERTIFICATE, "Update", signing.copy(application_id, "2027"), **ids)
    assert answer["Data"]["Fingerprint"] == signing.signs_with(application_id) != signing.first
    assert [line["event"] for line in signing.stage.log() if line["level"] == "WARNING"] == [
        "the certificate is a new one, and is taken over"
    ]


def test_an_application_that_is_gone_or_broken_is_told(signing: Signing) -> None:
    """There is no certificate to copy."""
    signing.created()
    answer = signing.send(contract.SIGNING_CERTIFICATE, "Create", signing.copy("f" * 24))
    assert "there is no such application" in answer["Reason"]
    signing.stage.directory.faults.add(Fault(kind="status", status=403, method="GET", path="/api/applications/.*"))
    answer = signing.send(contract.SIGNING_CERTIFICATE, "Create", signing.copy("f" * 24))
    assert answer["Status"] == "FAILED"
    assert signing.stage.keys.kept == {}


def test_a_certificate_that_the_application_could_not_answer_with_is_refused_in_time(signing: Signing) -> None:
    """Its own answer would hold it, but not the application's after the switch, which tells more: no way out then."""
    key = signing.key_of()
    made = signing.certificate_of(key, signing.now - dt.timedelta(days=1), says="x" * 1_800)
    text = json.dumps({"certificate": made, "private_key": signing.pem_of(key)})
    signing.stage.keys.kept[signing.SECRET.format("2027")] = text
    own = {contract.NAME: "2027", contract.PAIR_SECRET: signing.SECRET.format("2027")}
    answer = signing.send(contract.SIGNING_CERTIFICATE, "Create", own)
    assert answer["Status"] == "FAILED"
    assert "characters in base64, and may have 3,200" in answer["Reason"]
