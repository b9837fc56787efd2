"""Looking an application up that another stack registered: what is handed back, and what stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

LOOKUP: dict[str, Any] = {"ResourceType": "Custom::JumpCloudApplicationLookup", "LogicalResourceId": "Lookup"}


def _properties(stage: Stage, slug: str = "portal", **more: str) -> dict[str, Any]:
    return {"Directory": stage.directory_property(), "Slug": slug, **more}


@pytest.mark.parametrize("template", [None, "amazoncognitouserpools"])
def test_a_lookup_hands_back_what_the_application_itself_does(stage: Stage, template: str | None) -> None:
    """The same five attributes, by reading alone."""
    made = stage.created(stage.properties(Slug="portal"))
    properties = _properties(stage) | ({"Template": template} if template else {})
    answer = stage.create(properties, **LOOKUP)
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"] == made["Data"]
    assert answer["Data"].keys() == {"ApplicationId", "SsoUrl", "IdpEntityId", "Certificate", "CertificateExpiresAt"}
    assert answer["PhysicalResourceId"] == f"{made['PhysicalResourceId']}/lookup"
    assert stage.writes() == []


def test_an_update_looks_again(stage: Stage) -> None:
    """Another application behind the slug is another physical id, with its own certificate."""
    first = stage.created(stage.properties(Slug="portal"))
    looked = stage.created(_properties(stage), **LOOKUP)["PhysicalResourceId"]
    stage.directory.remove_application(first["PhysicalResourceId"])
    second = stage.created(stage.properties(Slug="portal"))
    answer = stage.update(looked, _properties(stage), _properties(stage), **LOOKUP)
    assert answer["Data"] == second["Data"]
    assert answer["PhysicalResourceId"] == f"{second['PhysicalResourceId']}/lookup" != looked
    assert stage.writes() == []


def test_deleting_a_lookup_makes_no_call(stage: Stage) -> None:
    """Not even the secret is read, and no property is needed."""
    made = stage.created(stage.properties(Slug="portal"))["PhysicalResourceId"]
    stage.secrets.clear()
    for physical_id in (f"{made}/lookup", "Portal-Lookup-1ABC", "nothing-made-1"):
        assert stage.delete(physical_id, {}, **LOOKUP)["Status"] == "SUCCESS"
    assert stage.transport.calls == []
    assert stage.labels() == ["Portal"]


def test_an_application_that_is_not_there_is_told_with_the_way_out(stage: Stage) -> None:
    """Whichever stack registers it goes first."""
    answer = stage.create(_properties(stage), **LOOKUP)
    assert answer["Status"] == "FAILED"
    assert "looking up the application with the slug 'portal': there is none;" in answer["Reason"]
    assert "deploy the stack that registers it first" in answer["Reason"]
    assert "the region and the organization" in answer["Reason"]
    assert answer["PhysicalResourceId"].startswith("nothing-made-")


def test_an_application_of_another_template_is_not_the_one_but_is_named(stage: Stage) -> None:
    """Its slug alone does not make it an Identity Center application."""
    made = stage.created(stage.properties(Slug="portal"))["PhysicalResourceId"]
    answer = stage.create(_properties(stage, Template="aws-sso"), **LOOKUP)
    assert "there is none made from template 'aws-sso'" in answer["Reason"]
    assert f"there is application 'Portal' ({made}) from 'amazoncognitouserpools'" in answer["Reason"]


def test_several_applications_with_the_slug_are_named(stage: Stage) -> None:
    """JumpCloud does not refuse them; a template may tell them apart."""
    first = stage.created(stage.properties(Slug="portal"))["PhysicalResourceId"]
    second = stage.created(stage.properties(Slug="other", Template="saml2"), LogicalResourceId="Other")
    twin = stage.directory.applications[second["PhysicalResourceId"]]
    twin.sso_url = stage.directory.applications[first].sso_url
    answer = stage.create(_properties(stage), **LOOKUP)
    assert "there are 2: " in answer["Reason"]
    assert first in answer["Reason"]
    assert twin.id in answer["Reason"]
    assert stage.create(_properties(stage, Template="saml2"), **LOOKUP)["Data"]["ApplicationId"] == twin.id


def test_a_bookmark_is_never_the_one(stage: Stage) -> None:
    """The end of the address that it opens is no slug."""
    stage.created(stage.bookmark(BookmarkUrl="https://example.com/portal"))
    assert "'portal': there is none;" in stage.create(_properties(stage), **LOOKUP)["Reason"]


def test_an_application_that_metadata_cannot_be_built_from_is_told(stage: Stage) -> None:
    """It is not this resource's to put right."""
    made = stage.created(stage.properties(Slug="portal"))["PhysicalResourceId"]
    stage.directory.applications[made].config["idpCertificate"] = ""
    answer = stage.create(_properties(stage), **LOOKUP)
    assert "cannot be used: its IdP certificate cannot be used: there is none" in answer["Reason"]
    assert stage.writes() == []


def test_an_application_that_goes_while_it_is_read_is_told(stage: Stage) -> None:
    """It was in the list, and is not there any more."""
    made = stage.created(stage.properties(Slug="portal"))["PhysicalResourceId"]

    def remove(_method: str, _path: str) -> None:
        stage.directory.applications.pop(made, None)

    stage.transport.after_call = remove
    assert "was removed in the directory at the same time" in stage.create(_properties(stage), **LOOKUP)["Reason"]


def test_an_inactive_application_is_handed_back_with_a_warning(stage: Stage) -> None:
    """The stack that registers it may switch it on later."""
    made = stage.created(stage.properties(Slug="portal"))["PhysicalResourceId"]
    stage.directory.applications[made].active = False
    assert stage.create(_properties(stage), **LOOKUP)["Status"] == "SUCCESS"
    assert [line["application"] for line in stage.log() if line["level"] == "WARNING"] == [made]


@pytest.mark.parametrize(("slug", "told"), [("", "Slug is missing"), ("a/b", "Slug must be 1 to 63 letters")])
def test_a_malformed_slug_is_told_before_any_call(stage: Stage, slug: str, told: str) -> None:
    """It is the only thing that is looked for."""
    assert told in stage.create(_properties(stage, slug), **LOOKUP)["Reason"]
    assert stage.transport.calls == []
