"""What a watch asks the provider and the meter: every resource once, in inputs that EventBridge takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from saml_connectors import metadata
from saml_connectors.problems import SpecError
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.watch import handler as meter
from saml_connectors.watched_resources import LONGEST_INPUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.watch_fixtures import Watched

pytestmark = pytest.mark.synth
pytest_plugins = ["tests.watch_fixtures"]

END = "2030-01-01T00:00:00Z"
"""What each certificate's end becomes."""

LOOKED_AT = {("DaysUntilExpiry", "idp-certificate"), ("DriftedFields", ""), ("Errors", "")}


@pytest.mark.parametrize("kind", ["pool", "roles"])
def test_every_resource_in_the_directory_is_looked_at_once(
    watched_stack: Callable[..., Watched], kinds: Any, kind: str
) -> None:
    """Regularly and after each deployment alike, with what it was deployed with; the provider reads all of it."""
    spec = getattr(kinds, kind)
    made = watched_stack(spec)
    looked = [each for asked in made.looks() for each in asked.resources]
    defined = {name: each for name, each in made.resources.items() if each["Type"].startswith("Custom::JumpCloud")}
    assert sorted(each.logical_id for each in looked) == sorted(defined)
    for each in looked:
        given = defined[each.logical_id]["Properties"]
        assert each.type == defined[each.logical_id]["Type"]
        assert each.properties.keys() == given.keys() - {
            "ServiceToken",
            "ServiceTimeout",
            "RequiredGroups",
            "OnRemoval",
        }
        assert (each.trusted is not None) == (each.type == contract.APPLICATION)
    assert made.inputs(scheduled=False) == made.inputs()
    assert made.alarms() == LOOKED_AT
    assert {each.connector for each in made.looks()} == {spec["name"]}


def test_a_pinned_certificate_is_compared_with_the_pools(
    watched_stack: Callable[..., Watched], kinds: Any, certificate: Callable[[int], str]
) -> None:
    """By a right to read that of this pool alone; without a pin there is neither question nor right."""
    pem = f"-----BEGIN CERTIFICATE-----\n{certificate(3650)}\n-----END CERTIFICATE-----"
    made = watched_stack(kinds.pool, application={**kinds.pool["application"], "sp_certificate": pem})
    (asked,) = [each for each in made.looks() if each.user_pool_id]
    assert asked.pinned == pem
    assert made.alarms() == LOOKED_AT | {("StalePin", ""), ("DaysUntilExpiry", "sp-certificate")}
    (statement,) = made.statements("ReadSpCertificate")
    assert statement["Action"] == "cognito-idp:GetSigningCertificate"
    (pool,) = [name for name, each in made.resources.items() if each["Type"] == "AWS::Cognito::UserPool"]
    assert statement["Resource"] == {"Fn::GetAtt": [pool, "Arn"]}
    plain = watched_stack(kinds.pool)
    assert plain.statements("ReadSpCertificate") == []
    assert not [each for each in plain.looks() if each.user_pool_id]


def test_what_the_spec_says_of_ends_is_measured(watched_stack: Callable[..., Watched], kinds: Any) -> None:
    """The credential by its day, each named certificate by its own end; shared ones once."""
    credential = {"credentials": "jumpcloud/api-key", "credentials_expire": "2027-11-22"}
    listed = {"display_label": "Console", "certificates": ["2027", "original"]}
    made = watched_stack(kinds.roles, directory=credential, application=listed)
    ends = sorted((item["What"], item["ExpiresAt"]) for item in made.items())
    assert ends == [
        ("certificate-2027", END),
        ("certificate-original", END),
        ("certificate-original", END),  # each of the two applications has one of its own
        ("credential", "2027-11-22"),
    ]
    measured = {("DaysUntilExpiry", item["What"]) for item in made.items()}
    assert made.alarms() == LOOKED_AT | measured
    for each in made.inputs():
        if "Items" in each:
            assert meter.read(json.loads(each))[1] == []
    assert {item["Connector"] for item in made.items()} == {"console"}


@pytest.mark.parametrize("place", ["file", "xml"])
def test_certificates_of_given_metadata_are_measured(
    watched_stack: Callable[..., Watched], kinds: Any, certificate: Callable[[int], str], tmp_path: Any, place: str
) -> None:
    """Each of them; nobody looks at a directory, and no provider is defined."""
    document = metadata.assemble(
        entity_id="https://idp.example.com",
        sso_url="https://idp.example.com/sso",
        certificates=[certificate(100), certificate(2000)],
    )
    (tmp_path / "idp.xml").write_text(document)
    source = {"file": str(tmp_path / "idp.xml")} if place == "file" else {"xml": document}
    made = watched_stack(kinds.pool, directory=None, application=None, metadata=source)
    assert [(item["What"], item["ExpiresAt"]) for item in made.items()] == [
        ("idp-certificate", "2027-03-02T00:00:00Z"),
        ("idp-certificate", "2032-05-14T00:00:00Z"),
    ]
    assert made.looks() == []
    assert made.alarms() == {("DaysUntilExpiry", "idp-certificate"), ("Errors", "")}
    (alarm,) = [each for each in made.of("AWS::CloudWatch::Alarm") if each["MetricName"] == "DaysUntilExpiry"]
    assert "on 2027-03-02" in alarm["AlarmDescription"]
    assert alarm["Period"] == 24 * 3600


@pytest.mark.parametrize(("carried", "count"), [("group-attributes", 160), ("constant-attributes", 220)])
def test_what_does_not_fit_is_looked_at_in_parts(
    watched_stack: Callable[..., Watched], kinds: Any, carried: str, count: int
) -> None:
    """Five targets a rule, 8,192 characters a target; each row is looked at once, and how many there are in all."""
    roles: dict[str, Any] = {f"Role{number:03}": {} for number in range(count)}
    made = watched_stack(kinds.roles, roles=roles, groups={name: ["everybody"] for name in roles}, carry_roles=carried)
    assert all(len(each) <= LONGEST_INPUT for each in made.inputs())
    assert len(made.inputs()) > 5
    assert max(len(rule["Targets"]) for rule in made.rules()) == 5
    looked = [each for asked in made.looks() for each in asked.resources]
    for kind, keys in (
        (contract.GROUP_ATTRIBUTES, ["Attributes"]),
        (contract.APPLICATION, ["UserAttributes", "ConstantAttributes"]),
    ):
        rows: dict[str, list[str]] = {}
        given: dict[str, list[str]] = {}
        for each in (one for one in looked if one.type == kind):
            for key in keys:
                rows.setdefault(key, []).extend(map(json.dumps, each.properties.get(key, [])))
        for one in made.resources.values():
            for key in keys if one["Type"] == kind else ():
                given[key] = one["Properties"].get(key, [])
        assert {key: len(set(found)) for key, found in rows.items()} == {key: len(all_) for key, all_ in given.items()}
        assert all(len(found) == len(set(found)) for found in rows.values())
    parts = [each for each in looked if each.part is not None]
    assert sum(each.part or 0 for each in parts) == sum(
        len(each.properties.get("UserAttributes", [])) + len(each.properties.get("ConstantAttributes", []))
        for each in parts
    )
    (whole,) = [each for each in looked if each.type == contract.APPLICATION and each.part is None]
    assert whole.trusted is not None


def test_an_application_that_cannot_be_handed_over_is_refused_by_its_path(
    watched_stack: Callable[..., Watched], kinds: Any
) -> None:
    """With what to do; the same without a watch is none of its business."""
    with pytest.raises(
        SpecError, match=r"to say how saml-connector-console/Connector/Application/.* \[watch-input-size"
    ):
        watched_stack(kinds.roles, application={"display_label": "A" * 9_000})
    assert watched_stack(kinds.roles, application={"display_label": "A" * 9_000}, watch=None).rules() == []
