"""Reading, changing, removing and listing by the registry type: drift where something differs, and only there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.registry_fixtures import Registry

pytest_plugins = ["tests.provider_fixtures", "tests.registry_fixtures"]

SSO_URL = "https://sso.jumpcloud.com/saml2/portal"


def by_hand(registry: Registry, **settings: Any) -> None:
    """Somebody changes settings in the directory's console."""
    (application,) = registry.stage.directory.applications.values()
    application.config.update(settings)


def test_nothing_differs_where_nothing_has_changed(registry: Registry) -> None:
    """What drift detection compares is equal to the template, property for property; and an update writes nothing."""
    given = registry.properties()
    registry.created(given)
    found = registry.read()["resourceModel"]
    assert {name: found[name] for name in given} == given
    registry.stage.forget_calls()
    answer = registry.update(given, given)
    assert answer["resourceModel"] == found
    assert registry.stage.writes() == []


def test_a_managed_setting_that_was_changed_by_hand_is_drift_and_is_put_right(registry: Registry) -> None:
    """The read tells it, as it is; the next update writes it back, and nothing else."""
    given = registry.properties()
    model = registry.created(given)
    by_hand(registry, acsUrl="https://elsewhere.example.com/acs")
    drifted = registry.read()["resourceModel"]
    differing = {name for name in drifted if drifted[name] != model[name]}
    assert differing == {"AcsUrl"}
    assert registry.update(given, given)["resourceModel"] == model


def test_a_setting_that_the_schema_does_not_name_is_no_drift_and_survives_an_update(registry: Registry) -> None:
    """A Login URL belongs to somebody else: it is neither told nor touched, and the certificate stays."""
    model = registry.created()
    by_hand(registry, idpInitUrl="https://portal.example.com/login")
    assert registry.read()["resourceModel"] == model
    changed = registry.properties(DisplayLabel="Other")
    after = registry.update(changed, registry.properties())["resourceModel"]
    assert after == model | {"DisplayLabel": "Other"}
    assert registry.only["config"]["idpInitUrl"]["value"] == "https://portal.example.com/login"


def test_an_application_that_was_switched_off_by_hand_is_drift(registry: Registry) -> None:
    """`Active` tells it, and the next update switches it on again."""
    given = registry.properties(Active=True)
    registry.created(given)
    (application,) = registry.stage.directory.applications.values()
    application.active = False
    assert registry.read()["resourceModel"]["Active"] is False
    assert registry.update(given, given)["resourceModel"]["Active"] is True


def test_another_order_or_form_of_the_same_is_told_as_it_was_given(registry: Registry) -> None:
    """Rows in another order, and an ACS URL that the directory keeps as a list of one, mean the same."""
    given = registry.properties()
    registry.created(given)
    by_hand(registry, acsUrl='[{"index":"0","isDefault":"true","url":"%s"}]' % given["AcsUrl"])  # noqa: UP031 - JSON
    turned = given | {"UserAttributes": given["UserAttributes"][::-1]}
    answer = registry.update(turned, given)
    assert answer["resourceModel"]["UserAttributes"] == turned["UserAttributes"]
    assert registry.read()["resourceModel"]["AcsUrl"] == given["AcsUrl"]
    assert registry.stage.writes() == []  # the create's calls were forgotten


def test_a_property_that_is_left_out_again_goes_back(registry: Registry) -> None:
    """What the template managed before is reset to the template's default, not left behind."""
    given = registry.properties(NameIdFormat="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", Visible=False)
    given |= {"IdpEntityId": "urn:example:portal"}
    registry.created(given)
    gone = {"NameIdFormat", "Visible", "GroupsAttribute", "Tags", "Description", "IdpEntityId"}
    after = registry.update({name: given[name] for name in given if name not in gone}, given)["resourceModel"]
    assert after["NameIdFormat"].endswith("nameid-format:unspecified")
    assert (after["Visible"], after["Tags"], after["IdpEntityId"]) == (True, [], SSO_URL)
    assert not {"GroupsAttribute", "Description"} & after.keys()
    assert registry.only["description"] == ""


def test_an_imported_application_keeps_what_its_template_does_not_say(registry: Registry) -> None:
    """Made by hand, hidden, with an entity ID and groups of its own: an update of the label changes the label."""
    registry.created(registry.properties(IdpEntityId="JumpCloud", Visible=False))
    before = registry.read()["resourceModel"]
    imported = {name: before[name] for name in ("SsoUrl", "Template", "DisplayLabel")}
    after = registry.update(imported | {"DisplayLabel": "Other"}, imported)["resourceModel"]
    assert after == before | {"DisplayLabel": "Other"}


@pytest.mark.parametrize(
    ("change", "told"),
    [({"Template": "saml2"}, "Template"), ({"SsoUrl": "https://sso.jumpcloud.com/saml2/other"}, "SsoUrl")],
)
def test_what_makes_it_another_application_cannot_be_changed(
    registry: Registry, change: dict[str, str], told: str
) -> None:
    """Refused by name with NotUpdatable, and nothing is written."""
    model = registry.created()
    new = registry.properties(**change, ApplicationId=model["ApplicationId"])
    answer = registry.update(new, registry.properties())
    assert answer["errorCode"] == ("NotUpdatable" if told == "Template" else "NotFound")
    assert told == "SsoUrl" or told in answer["message"]
    assert registry.stage.writes() == []


@pytest.mark.parametrize("action", ["READ", "UPDATE", "DELETE"])
def test_what_is_not_there_is_not_found(registry: Registry, action: str) -> None:
    """By either identifier, with a sentence, and without a write."""
    registry.created(registry.properties(SsoUrl="https://sso.jumpcloud.com/saml2/another"))
    for properties in (
        registry.properties(),
        registry.properties(ApplicationId="0" * 24),
        {"ApplicationId": "nonsense"},
    ):
        answer = registry.send(registry.event(action, properties, registry.properties()))
        assert (answer["status"], answer["errorCode"]) == ("FAILED", "NotFound")
        assert "has no SAML application" in answer["message"]
    assert registry.stage.writes() == []


@pytest.mark.parametrize("action", ["READ", "UPDATE", "DELETE"])
def test_an_application_of_the_same_sso_url_but_another_id_is_somebody_elses(registry: Registry, action: str) -> None:
    """Ours was removed by hand and somebody made another in its place: it is not read, changed or removed as ours."""
    ours = registry.created()
    registry.stage.directory.applications.clear()
    theirs = registry.created()
    answer = registry.send(registry.event(action, ours, ours))
    assert answer["errorCode"] == "NotFound"
    assert registry.only["_id"] == theirs["ApplicationId"]


def test_a_bookmark_is_none_of_this_types_applications(registry: Registry) -> None:
    """Its URL is what it opens, and names nothing: neither read, nor listed, nor made."""
    made = registry.stage.created(registry.stage.bookmark(BookmarkUrl=SSO_URL))
    assert registry.read()["errorCode"] == "NotFound"
    assert registry.delete({"ApplicationId": made["PhysicalResourceId"]})["errorCode"] == "NotFound"
    assert registry.list_page()["resourceModels"] == []
    assert registry.create(registry.properties(Template="bookmark"))["errorCode"] == "InvalidRequest"


def test_several_of_one_sso_url_are_not_guessed_among(registry: Registry) -> None:
    """The directory allows it: the answer names both, and by its id each can be had."""
    first = registry.created()
    twin = registry.stage.created(registry.stage.properties(DisplayLabel="Twin"))["PhysicalResourceId"]
    registry.stage.directory.applications[twin].sso_url = SSO_URL
    answer = registry.delete({"SsoUrl": SSO_URL})
    assert answer["errorCode"] == "ResourceConflict"
    assert first["ApplicationId"] in answer["message"]
    assert twin in answer["message"]
    assert registry.delete({"SsoUrl": SSO_URL, "ApplicationId": twin})["status"] == "SUCCESS"
    assert registry.only["_id"] == first["ApplicationId"]


def test_of_two_removals_that_cross_both_find_it_gone(registry: Registry) -> None:
    """It was there when each looked, and is not when each is done; a third one does not find it."""
    model = registry.created()
    crossing: list[dict[str, Any]] = []

    def cross(method: str, _path: str) -> None:
        if method == "DELETE" and not crossing:
            crossing.append({})
            crossing[0] = registry.delete(model)

    registry.stage.transport.before_call = cross
    assert registry.delete(model)["status"] == crossing[0]["status"] == "SUCCESS"
    assert registry.delete(model)["errorCode"] == "NotFound"


def test_an_update_that_a_removal_overtakes_is_not_found_and_makes_nothing(registry: Registry) -> None:
    """Removed between read and write: a registry's update never brings another into being."""
    model = registry.created()

    def remove(method: str, _path: str) -> None:
        if method == "PUT":
            registry.stage.directory.applications.clear()

    registry.stage.transport.before_call = remove
    answer = registry.update(registry.properties(DisplayLabel="Other"), model)
    assert answer["errorCode"] == "NotFound"
    assert not registry.stage.directory.applications


def test_a_list_tells_every_application_once_a_page_at_a_time(registry: Registry) -> None:
    """Of 205 applications none is missed, none told twice, and each page asks the directory once."""
    registry.created()
    (first,) = registry.stage.directory.applications.values()
    for number in range(204):
        more = type(first)(**{name: getattr(first, name) for name in first.__dataclass_fields__})
        more.id, more.sso_url = f"{number:024x}", f"https://sso.jumpcloud.com/saml2/more-{number}"
        registry.stage.directory.applications[more.id] = more
    found, token, pages = [], None, 0
    while pages == 0 or token is not None:
        answer = registry.list_page(token)
        found += [model["SsoUrl"] for model in answer["resourceModels"]]
        token, pages = answer.get("nextToken"), pages + 1
    assert sorted(found) == sorted({live.sso_url for live in registry.stage.directory.applications.values()})
    assert (len(found), pages) == (205, 3)
    assert registry.stage.transport.calls.count(("GET", "/api/applications")) == pages


@pytest.mark.parametrize("token", ["-1", "next", "٣", "9" * 30])
def test_a_token_that_no_list_gave_is_refused(registry: Registry, token: str) -> None:
    """A damaged one asks the directory for nothing."""
    assert registry.list_page(token)["errorCode"] == "InvalidRequest"
    assert registry.stage.transport.calls == []


def test_what_a_template_does_not_have_is_told_as_it_is_taken_to_be(registry: Registry) -> None:
    """Else a template that says so would always differ: the directory has no such setting to read."""
    given = {"SsoUrl": SSO_URL, "Template": "aws-sso", "DisplayLabel": "AWS", "SignAssertion": True}
    given |= {"DeclareRedirectEndpoint": True, "SignatureAlgorithm": "RSA-SHA256"}
    registry.created(given)
    found = registry.read()["resourceModel"]
    assert {name: found[name] for name in given} == given
