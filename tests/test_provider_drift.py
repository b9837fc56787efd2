"""Drift of one resource: each edit in the console is found by its field, and nothing is written to find it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.provider.jumpcloud.drift import Comparison, Resource, compare
from saml_connectors.provider.jumpcloud.errors import CredentialError, PropertyError
from saml_connectors.provider.jumpcloud.invocation import Invocation
from saml_connectors.provider.jumpcloud.journal import Journal, Redactor

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage
    from tests.signing_fixtures import Signing

pytest_plugins = ["tests.provider_fixtures", "tests.signing_fixtures"]

LAUNCH: dict[str, Any] = {"ResourceType": contract.LAUNCH, "LogicalResourceId": "Launch"}
LOGIN_URL = "https://acme.auth.eu-central-1.amazoncognito.com/oauth2/authorize?client_id=abc"
NOBODY = "0123456789abcdef01234567"


def _compared(
    stage: Stage,
    kind: str,
    properties: dict[str, Any],
    physical_id: str = "",
    trusted: str | None = None,
    *,
    part: int | None = None,
) -> Comparison:
    """Compare, and see that nothing was written."""
    stage.forget_calls()
    stack_id = str(stage.event("Create", None)["StackId"])
    resource = Resource(kind, properties, stack_id, "PortalApplication5F3A", physical_id, trusted, part)
    with Invocation(stage.world, 60.0, Journal(Redactor(), stage.lines.append)) as session:
        found = compare(resource, session)
    assert stage.writes() == []
    return found


def _differing(*given: Any, **more: Any) -> dict[str, tuple[str, str]]:
    return {each.field: (each.desired, each.live) for each in _compared(*given, **more).differences}


def _regenerate(stage: Stage, application_id: str) -> None:
    application = stage.directory.applications[application_id]
    pair = stage.directory.new_pair()
    application.config["idpCertificate"] = base64.b64encode(pair.certificate.encode()).decode()
    application.private_key = pair.private_key


def test_an_application_as_deployed_has_no_drift(stage: Stage) -> None:
    """Neither has one where something was set by hand that the properties do not manage."""
    made = stage.created()
    physical_id = made["PhysicalResourceId"]
    stage.directory.applications[physical_id].config["idpInitUrl"] = "https://by-hand.example.com"
    trusted = made["Data"]["Certificate"]
    found = _compared(stage, contract.APPLICATION, stage.properties(), physical_id, trusted)
    assert found.differences == ()
    assert found.application is not None
    assert found.application.id == physical_id


@pytest.mark.parametrize(
    ("key", "value", "field", "told"),
    [
        ("acsUrl", "https://evil.example.com/acs", "config.acsUrl", ("'https://acme.auth", "'https://evil.example")),
        ("signAssertion", False, "config.signAssertion", ("true", "false")),
        ("spEntityId", "", "config.spEntityId", ("'urn:amazon", "empty")),
        ("idpEntityId", "JumpCloud", "config.idpEntityId", ("'http", "'JumpCloud'")),
        (
            "constantAttributes",
            [{"name": "Role", "value": "a"}, {"name": "Role", "value": "c"}, {"name": "api token", "value": "s3cret"}],
            "config.constantAttributes['Role']",
            ("'a', 'b'", "'a', 'c'"),
        ),
        (
            "constantAttributes",
            [{"name": "Role", "value": "a"}, {"name": "Role", "value": "b"}, {"name": "api token", "value": "s3cret"}],
            "config.constantAttributes['api token']",
            ("none", "[hidden]"),
        ),
    ],
)
def test_each_setting_that_was_edited_is_told_with_both_values(
    stage: Stage, key: str, value: Any, field: str, told: tuple[str, str]
) -> None:
    """By its path, SAML attributes each by its name; a secret is hidden."""
    rows = [{"Name": "Role", "Value": "a"}, {"Name": "Role", "Value": "b"}]
    properties = stage.properties(ConstantAttributes=rows)
    made = stage.created(properties)["PhysicalResourceId"]
    stage.directory.applications[made].config[key] = value
    found = _differing(stage, contract.APPLICATION, properties, made)
    assert found[field][0].startswith(told[0])
    assert found[field][1].startswith(told[1])
    assert "s3cret" not in str(found)


def test_an_application_out_of_use_or_renamed_is_drift(stage: Stage) -> None:
    """What stands outside its settings is compared as well."""
    made = stage.created()["PhysicalResourceId"]
    application = stage.directory.applications[made]
    application.active, application.display_label = False, "Old portal"
    assert _differing(stage, contract.APPLICATION, stage.properties(), made) == {
        "active": ("true", "false"),
        "displayLabel": ("'Portal'", "'Old portal'"),
    }


def test_an_application_that_is_gone_is_drift_of_all_that_belongs_to_it(stage: Stage) -> None:
    """Application, launch, access and lookup each tell one difference."""
    named = {contract.DIRECTORY: stage.directory_property(), contract.APPLICATION_ID: NOBODY}
    gone = {"application": ("there", "not there")}
    assert _differing(stage, contract.APPLICATION, stage.properties(), NOBODY) == gone
    assert _differing(stage, contract.LAUNCH, {**named, contract.LOGIN_URL: LOGIN_URL}) == gone
    assert _differing(stage, contract.ACCESS, {**named, contract.GROUPS: ["portal-users"]}) == gone
    assert _differing(stage, contract.LOOKUP, {**named, contract.SLUG: "portal"}) == gone


def test_a_new_certificate_is_drift_where_it_is_known_what_aws_was_given(stage: Stage) -> None:
    """Told as fingerprints: nobody can sign in.  Where it is not known, nothing is said; a lookup tells the same."""
    properties = stage.properties(Slug="portal")
    made = stage.created(properties)
    physical_id, trusted = made["PhysicalResourceId"], made["Data"]["Certificate"]
    _regenerate(stage, physical_id)
    found = _differing(stage, contract.APPLICATION, properties, physical_id, trusted)
    assert list(found) == ["config.idpCertificate"]
    given, live = found["config.idpCertificate"]
    assert len(given) == 64
    assert live.endswith(", not what AWS was given")
    assert _differing(stage, contract.APPLICATION, properties, physical_id) == {}
    lookup = {contract.DIRECTORY: stage.directory_property(), contract.SLUG: "portal"}
    assert _differing(stage, contract.LOOKUP, lookup, trusted=trusted) == found


def test_a_launch_that_opens_something_else_is_drift(stage: Stage) -> None:
    """Only what the launch says is compared."""
    made = stage.created()["PhysicalResourceId"]
    properties = {
        contract.DIRECTORY: stage.directory_property(),
        contract.APPLICATION_ID: made,
        contract.LOGIN_URL: LOGIN_URL,
    }
    stage.created(properties, **LAUNCH)
    assert _differing(stage, contract.LAUNCH, properties) == {}
    stage.directory.applications[made].config["idpInitUrl"] = ""
    assert _differing(stage, contract.LAUNCH, properties) == {"config.idpInitUrl": (repr(LOGIN_URL), "empty")}


def test_a_group_that_was_unbound_or_removed_is_drift_and_one_bound_by_hand_is_none(stage: Stage) -> None:
    """Each group is a field of its own."""
    made = stage.created()["PhysicalResourceId"]
    groups = ["portal-users", "portal-admins", "finance"]
    properties = {
        contract.DIRECTORY: stage.directory_property(),
        contract.APPLICATION_ID: made,
        contract.GROUPS: groups,
    }
    stage.created(properties, ResourceType=contract.ACCESS, LogicalResourceId="Access")
    by_hand = stage.directory.add_group("by-hand")
    stage.directory.associations[made, "user_group", by_hand.id] = {}
    assert _differing(stage, contract.ACCESS, properties) == {}
    stage.directory.associations.pop((made, "user_group", stage.directory.group("portal-admins").id))
    stage.directory.remove_group(stage.directory.group("finance").id)
    assert _differing(stage, contract.ACCESS, properties) == {
        "groups['portal-admins']": ("bound", "not bound"),
        "groups['finance']": ("bound", "no group of this name"),
    }


def test_attributes_of_groups_are_compared_one_by_one(stage: Stage) -> None:
    """Changed, removed, on a group that is gone, and on one that became dynamic."""
    rows = [
        ("portal-users", "awsRole1", "r1"),
        ("portal-users", "awsRole2", "r2"),
        ("portal-admins", "awsRole1", "r1"),
        ("finance", "awsRole1", "r1"),
    ]
    properties = stage.group_attributes(*rows)
    stage.created(properties, ResourceType=contract.GROUP_ATTRIBUTES, LogicalResourceId="Attributes")
    assert _differing(stage, contract.GROUP_ATTRIBUTES, properties) == {}
    users = stage.directory.group("portal-users")
    users.attributes["awsRole1"] = "other"
    del users.attributes["awsRole2"]
    stage.directory.group("portal-admins").membership_method = "DYNAMIC_AUTOMATED"
    stage.directory.remove_group(stage.directory.group("finance").id)
    assert _differing(stage, contract.GROUP_ATTRIBUTES, properties) == {
        "groups['portal-users'].attributes['awsRole1']": ("'r1'", "'other'"),
        "groups['portal-users'].attributes['awsRole2']": ("'r2'", "empty"),
        "groups['portal-admins'].membershipMethod": ("static", "dynamic"),
        "groups['finance']": ("there", "no group of this name"),
    }


def test_an_application_that_signs_with_another_certificate_of_its_list_is_drift_by_name(signing: Signing) -> None:
    """Its signing tells which; one that no list names is told as not trusted, and the application says it once."""
    stage = signing.stage
    made = signing.created("original")
    signing.make("2027")
    listed = signing.signing(made, "original", "2027")
    assert _differing(stage, contract.APPLICATION_SIGNING, listed) == {}
    turned = signing.signing(made, "2027", "original")
    found = _differing(stage, contract.APPLICATION_SIGNING, turned)["config.idpCertificate"]
    assert found == (f"'2027' ({signing.named['2027']})", f"'original' ({signing.first})")
    _regenerate(stage, made)
    assert _differing(stage, contract.APPLICATION_SIGNING, listed)["config.idpCertificate"][1].endswith(
        ", not trusted by AWS"
    )
    application = signing.application("original", "2027")
    assert _differing(stage, contract.APPLICATION, application, made, trusted="AAAA") == {}
    assert _differing(stage, contract.SIGNING_CERTIFICATE, signing.pair()) == {}


def test_parts_of_a_list_find_together_what_the_whole_finds(stage: Stage) -> None:
    """What is missing by its value, what is too much by the number; an application that is gone is told elsewhere."""
    values = ["a", "b", "c", "d"]
    rows = [{"Name": "Role", "Value": value} for value in values]
    made = stage.created(stage.properties(ConstantAttributes=rows))["PhysicalResourceId"]
    parts = ((rows[:2], 4), (rows[2:], 0))

    def found(physical_id: str = made) -> list[tuple[str, str, str]]:
        differing: list[tuple[str, str, str]] = []
        for some, total in parts:
            given = {contract.DIRECTORY: stage.directory_property(), contract.CONSTANT_ATTRIBUTES: some}
            differing += _compared(stage, contract.APPLICATION, given, physical_id, part=total).differences
        return differing

    def live(*now: str) -> None:
        config = stage.directory.applications[made].config
        config["constantAttributes"] = [{"name": "Role", "value": value} for value in now]

    assert found() == []
    live("a", "b", "c")
    assert found() == [
        ("config.constantAttributes", "4 rows", "3 rows"),
        ("config.constantAttributes['Role']", "'d'", "not there"),
    ]
    live("a", "b", "c", "evil")
    assert found() == [("config.constantAttributes['Role']", "'d'", "not there")]
    live(*values, "evil")
    assert found() == [("config.constantAttributes", "4 rows", "5 rows")]
    assert found(NOBODY) == []


def test_what_cannot_be_compared_is_an_error(stage: Stage) -> None:
    """A type that is not known, properties that are wrong, and a credential that cannot be used."""
    made = stage.created()["PhysicalResourceId"]
    with pytest.raises(PropertyError, match=r"'Custom::Other' is not known; compare Custom::JumpCloudApplication"):
        _compared(stage, "Custom::Other", {})
    with pytest.raises(PropertyError, match="DisplayLabel is missing"):
        _compared(stage, contract.APPLICATION, stage.properties(DisplayLabel=None), made)
    stage.secrets["directory-key"] = ""
    with pytest.raises(CredentialError):
        _compared(stage, contract.APPLICATION, stage.properties(), made)
