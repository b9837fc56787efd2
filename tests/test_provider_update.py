"""Updating an application in place: no-op, named fields, what was set by hand, what is not managed any more."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]


def test_a_no_op_writes_nothing(stage: Stage) -> None:
    """Another secret, another way of removal: one read, no write, the same answer."""
    old = stage.properties()
    made = stage.created(old)
    stage.secrets["other-key"] = stage.secrets["directory-key"]
    new = stage.properties(Directory=stage.directory_property(CredentialsSecret="other-key"), OnRemoval="deactivate")
    answer = stage.update(made["PhysicalResourceId"], new, old)
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"] == made["Data"]
    assert stage.transport.calls == [("GET", f"/api/applications/{made['PhysicalResourceId']}")]
    assert stage.log()[-2]["plan"] == "none"


def test_the_same_attributes_in_another_order_are_a_no_op(stage: Stage) -> None:
    """Rows of attributes have no order."""
    old = stage.properties()
    made = stage.created(old)["PhysicalResourceId"]
    stage.update(made, stage.properties(UserAttributes=list(reversed(old["UserAttributes"]))), old)
    assert stage.writes() == []


def test_read_merge_write_keeps_what_put_would_reset(stage: Stage) -> None:
    """One changed field is one PUT; certificate, key and everything set by hand beside it stay."""
    old = stage.properties()
    made = stage.created(old)
    application = stage.directory.applications[made["PhysicalResourceId"]]
    application.color, application.config["defaultTargetUrl"], application.beta = "#005466", "https://by.hand", True
    before = copy.deepcopy(application.document())
    key = application.private_key
    answer = stage.update(application.id, stage.properties(DisplayLabel="Portal 2"), old)
    assert answer["Status"] == "SUCCESS"
    assert stage.writes() == [("PUT", f"/api/applications/{application.id}")]
    assert len(stage.transport.calls) == 3
    assert application.document() == before | {"displayLabel": "Portal 2"}
    assert application.private_key == key
    assert answer["Data"] == made["Data"]
    assert stage.log()[-2]["plan"] == "update"
    assert stage.log()[-2]["fields"] == ["displayLabel"]


@pytest.mark.parametrize(
    ("name", "value", "path", "expected"),
    [
        ("Description", "Other", "description", "Other"),
        ("Visible", "false", "sso.hidden", True),
        ("SpEntityId", "urn:amazon:cognito:sp:eu-central-1_Other", "spEntityId", None),
        ("SignResponse", "true", "signResponse", True),
        ("SubjectField", "username", "subjectField", "username"),
        ("IdpEntityId", "urn:example:idp", "idpEntityId", "urn:example:idp"),
        ("GroupsAttribute", "groups", "groupsAttributeName", "groups"),
    ],
)
def test_any_one_changed_property_is_one_write(
    stage: Stage, name: str, value: str, path: str, expected: object
) -> None:
    """The write changes that one field, and the application stays the same one."""
    old = stage.properties()
    made = stage.created(old)["PhysicalResourceId"]
    answer = stage.update(made, stage.properties(**{name: value}), old)
    assert answer["PhysicalResourceId"] == made
    assert len(stage.writes()) == 1
    live = stage.live(made)
    found = {"description": live["description"], "sso.hidden": live["sso"]["hidden"]}.get(path)
    found = live["config"][path]["value"] if found is None else found
    assert found == (value if expected is None else expected)


def test_what_is_not_managed_any_more_is_reset(stage: Stage) -> None:
    """Left out after it was set: text empties, groups stop, settings go back to the template's default."""
    old = stage.properties(NameIdFormat="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", SignResponse="true")
    made = stage.created(old)["PhysicalResourceId"]
    new = stage.properties(
        Description=None, GroupsAttribute=None, UserAttributes=None, SignResponse=None, SpEntityId=None
    )
    assert stage.update(made, new, old)["Status"] == "SUCCESS"
    live = stage.live(made)
    value = {key: entry.get("value") for key, entry in live["config"].items()}
    assert live["description"] == ""
    assert value["includeGroups"] is False
    assert value["databaseAttributes"] == []
    assert value["signResponse"] is False
    assert value["overrideNameIdFormat"] == "urn:oasis:names:tc:SAML:1.0:nameid-format:unspecified"
    assert value["spEntityId"] == "urn:amazon:cognito:sp:YOUR_USER_POOL_ID"


def test_a_chosen_entity_id_that_is_left_out_becomes_the_sso_url(stage: Stage) -> None:
    """The IdP entity ID is always managed: its default is unique."""
    old = stage.properties(IdpEntityId="urn:example:idp")
    made = stage.created(old)["PhysicalResourceId"]
    answer = stage.update(made, stage.properties(), old)
    assert answer["Data"]["IdpEntityId"] == answer["Data"]["SsoUrl"]


def test_an_application_that_was_removed_in_the_console_is_made_anew(stage: Stage) -> None:
    """The update answers a new physical id; CloudFormation's delete of the old one then finds nothing, and succeeds."""
    properties = stage.properties()
    gone = stage.created(properties)["PhysicalResourceId"]
    stage.directory.remove_application(gone)
    answer = stage.update(gone, stage.properties(DisplayLabel="Portal 2"), properties)
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] != gone
    assert stage.labels() == ["Portal 2"]
    assert stage.delete(gone, properties)["Status"] == "SUCCESS"
    assert stage.labels() == ["Portal 2"]


def test_an_application_switched_off_in_the_console_is_switched_on_by_the_next_change(stage: Stage) -> None:
    """Being active is managed."""
    properties = stage.properties()
    made = stage.created(properties)["PhysicalResourceId"]
    stage.directory.applications[made].active = False
    assert stage.update(made, stage.properties(OnRemoval="deactivate"), properties)["Status"] == "SUCCESS"
    assert stage.live(made)["active"] is True


def test_a_certificate_that_changes_under_an_update_fails_it(stage: Stage) -> None:
    """Sign-in is broken then, and the failure says so instead of hiding it."""
    properties = stage.properties()
    made = stage.created(properties)["PhysicalResourceId"]
    other = stage.created(stage.properties(), LogicalResourceId="Other")["Data"]["Certificate"]

    def renew(method: str, _path: str) -> None:
        if method == "PUT":
            stage.directory.applications[made].config["idpCertificate"] = other

    stage.transport.after_call = renew
    answer = stage.update(made, stage.properties(DisplayLabel="Portal 2"), properties)
    assert answer["Status"] == "FAILED"
    assert "its IdP certificate changed" in answer["Reason"]
    assert answer["PhysicalResourceId"] == made


def test_a_field_that_the_directory_does_not_keep_fails_the_update(stage: Stage) -> None:
    """Every write is read back."""
    properties = stage.properties()
    made = stage.created(properties)["PhysicalResourceId"]

    def forget(method: str, _path: str) -> None:
        if method == "PUT":
            stage.directory.applications[made].display_label = "Portal"

    stage.transport.after_call = forget
    answer = stage.update(made, stage.properties(DisplayLabel="Portal 2"), properties)
    assert answer["Status"] == "FAILED"
    assert "did not keep displayLabel" in answer["Reason"]


@pytest.mark.parametrize("kind", ["cut", "truncated"])
def test_a_lost_answer_to_put_is_repeated(stage: Stage, kind: str) -> None:
    """PUT of the same whole body twice is the same as once."""
    properties = stage.properties()
    made = stage.created(properties)["PhysicalResourceId"]
    stage.directory.faults.add(Fault(kind=kind, method="PUT"))  # type: ignore[arg-type] # one of the kinds
    assert stage.update(made, stage.properties(DisplayLabel="Portal 2"), properties)["Status"] == "SUCCESS"
    assert stage.labels() == ["Portal 2"]


def test_groups_are_checked_again_only_when_they_change(stage: Stage) -> None:
    """A group that was removed meanwhile does not stand in the way of another change; a new name is checked."""
    properties = stage.properties()
    made = stage.created(properties)["PhysicalResourceId"]
    stage.directory.remove_group(stage.directory.group("portal-users").id)
    assert stage.update(made, stage.properties(DisplayLabel="2"), properties)["Status"] == "SUCCESS"
    stage.forget_calls()
    answer = stage.update(made, stage.properties(DisplayLabel="3", RequiredGroups=["nobody"]), properties)
    assert answer["Status"] == "FAILED"
    assert stage.writes() == []


def test_an_sp_certificate_is_stored_as_the_directory_stores_certificates(stage: Stage) -> None:
    """PEM in, base64 of PEM in the directory; the same certificate in another form is a no-op."""
    made = stage.created(stage.properties(), LogicalResourceId="Other")
    der = made["Data"]["Certificate"]
    pem = f"-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n"
    old = stage.properties(SpCertificate=pem)
    application = stage.created(old)["PhysicalResourceId"]
    assert not stage.live(application)["config"]["spCertificate"]["value"].startswith("-----")
    stage.update(application, stage.properties(SpCertificate=der), old)
    assert stage.writes() == []
