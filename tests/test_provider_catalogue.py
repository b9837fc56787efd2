"""Applications from catalogue templates: what they come with is cleared, and what they lack is told or tolerated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]

ROLE = "https://aws.amazon.com/SAML/Attributes/Role"
SESSION = "https://aws.amazon.com/SAML/Attributes/RoleSessionName"


def _aws(stage: Stage, **changes: Any) -> dict[str, Any]:
    return stage.properties(Template="aws", GroupsAttribute=None, UserAttributes=None, **changes)


def _identity_center(stage: Stage, **changes: Any) -> dict[str, Any]:
    given = {"SignatureAlgorithm": "RSA-SHA256", "SubjectField": None, "GroupsAttribute": None} | changes
    return stage.properties(Template="aws-sso", **given)


def _rows(stage: Stage, application_id: str, key: str) -> list[tuple[str, str]]:
    return [(row["name"], row["value"]) for row in stage.live(application_id)["config"][key]["value"]]


def test_an_empty_list_of_constants_clears_what_the_template_came_with(stage: Stage) -> None:
    """On create; left out, they stay."""
    made = stage.create(_aws(stage, ConstantAttributes=[]))
    assert _rows(stage, made["PhysicalResourceId"], "constantAttributes") == []
    untouched = stage.create(_aws(stage), LogicalResourceId="Other")["PhysicalResourceId"]
    assert ROLE in dict(_rows(stage, untouched, "constantAttributes"))


def test_an_empty_list_of_constants_clears_on_update_too(stage: Stage) -> None:
    """One write; the same list again writes nothing."""
    old, new = _aws(stage), _aws(stage, ConstantAttributes=[])
    made = stage.created(old)["PhysicalResourceId"]
    assert stage.update(made, new, old)["Status"] == "SUCCESS"
    assert _rows(stage, made, "constantAttributes") == []
    assert len(stage.writes()) == 1
    stage.forget_calls()
    stage.update(made, new, new)
    assert stage.writes() == []


def test_several_rows_may_have_one_name(stage: Stage) -> None:
    """A role each, mapped and constant; one more of them is one write, another order is none."""
    users = [{"Name": ROLE, "Source": "roleAdmin"}, {"Name": ROLE, "Source": "roleReader"}]
    constants = [{"Name": ROLE, "Value": "arn:a,arn:p"}, {"Name": ROLE, "Value": "arn:b,arn:p"}]
    old = _aws(stage, ConstantAttributes=constants) | {"UserAttributes": users}
    made = stage.created(old)["PhysicalResourceId"]
    assert _rows(stage, made, "databaseAttributes") == [(ROLE, "roleAdmin"), (ROLE, "roleReader")]
    assert _rows(stage, made, "constantAttributes") == [(ROLE, "arn:a,arn:p"), (ROLE, "arn:b,arn:p")]
    turned = old | {"UserAttributes": users[::-1], "ConstantAttributes": constants[::-1]}
    stage.update(made, turned, old)
    assert stage.writes() == []
    more = old | {
        "UserAttributes": [*users, {"Name": ROLE, "Source": "roleAudit"}, {"Name": SESSION, "Source": "email"}]
    }
    assert stage.update(made, more, old)["Status"] == "SUCCESS"
    assert [value for name, value in _rows(stage, made, "databaseAttributes") if name == ROLE] == [
        "roleAdmin",
        "roleReader",
        "roleAudit",
    ]


def test_settings_that_a_template_need_not_have_are_taken_to_be_so_and_logged(stage: Stage) -> None:
    """The template for Identity Center lacks all three; the application works, and a no-op update is one."""
    properties = _identity_center(stage)
    answer = stage.create(properties)
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    noted = [line["settings"] for line in stage.log() if line["level"] == "WARNING"]
    assert noted == [["declareRedirectEndpoint", "signAssertion", "signatureAlgorithm"]]
    assert not set(noted[0]) & stage.live(answer["PhysicalResourceId"])["config"].keys()
    stage.forget_calls()
    made = answer["PhysicalResourceId"]
    assert stage.update(made, properties, properties)["Data"] == answer["Data"]
    assert stage.writes() == []
    changed = _identity_center(stage, DisplayLabel="Other", SignatureAlgorithm=None, SignAssertion=None)
    assert stage.update(made, changed, properties)["Status"] == "SUCCESS"
    assert len(stage.writes()) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"SignResponse": "true"}, "no setting signResponse"),
        ({"SignatureAlgorithm": "RSA-SHA512"}, "no setting signatureAlgorithm"),
        ({"SubjectField": "email"}, "no setting subjectField"),
    ],
)
def test_any_other_setting_that_a_template_lacks_is_refused(stage: Stage, change: dict[str, str], told: str) -> None:
    """Nobody would know that it is not so."""
    answer = stage.create(_identity_center(stage, **change))
    assert told in answer["Reason"]
    assert "use `template: saml2`, which has every setting" in answer["Reason"]
    assert stage.writes() == []
