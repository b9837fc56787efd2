"""The whole of adoption in process: an application made by hand, the command, a synth, the provider; not one write."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.spec.source import read_yaml
from tests.handmade_applications import CLAIM, COGNITO, HOST, IAM, IDENTITY_CENTER, PROVIDER, ROLE, SIGN_IN, rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.adoption_fixtures import Handmade

pytest_plugins = ["tests.provider_fixtures", "tests.adoption_fixtures", "tests.iam_fixtures"]
pytestmark = pytest.mark.synth


def taken_over(handmade: Handmade, application_id: str, *arguments: str) -> dict[str, Any]:
    """Adopt, synthesize and deploy; hold that nothing was written, and give the spec's data."""
    before = copy.deepcopy(handmade.stage.live(application_id))
    bound = copy.deepcopy(handmade.stage.directory.associations)
    data = handmade.adopted(application_id, *arguments)
    answers = handmade.deploy(data)
    assert [answer["Reason"] for answer in answers.values() if answer["Status"] != "SUCCESS"] == []
    assert answers[contract.APPLICATION]["PhysicalResourceId"] == application_id
    assert handmade.stage.writes() == []
    assert [entry["plan"] for entry in handmade.stage.log() if entry["event"] == "done"] == [
        "adopt" if kind == contract.APPLICATION else "none" for kind in answers
    ]
    assert handmade.stage.live(application_id) == before
    assert handmade.stage.directory.associations == bound
    return data


FORMS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("as-the-console-begins", "amazoncognitouserpools", COGNITO, {}),
    (
        "cognito-in-full",
        "amazoncognitouserpools",
        COGNITO
        | {
            "databaseAttributes": rows(("email", "email"), (CLAIM, "email"), ("team", "department")),
            "constantAttributes": rows(("tenant", "acme")),
            "includeGroups": True,
            "groupsAttributeName": "memberOf",
            "overrideNameIdFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            "subjectField": "username",
            "signResponse": True,
            "declareRedirectEndpoint": True,
            "idpInitUrl": SIGN_IN,
        },
        {"description": "Orders\nand invoices", "sso": {"type": "saml", "hidden": True}},
    ),
    ("cognito-from-saml2", "saml2", COGNITO | {"signAssertion": False, "signResponse": True}, {"ssoUrl": "Portal_1"}),
    (
        "cognito-from-the-idp",
        "amazoncognitouserpools",
        COGNITO
        | {
            "defaultTargetUrl": "identity_provider=JC&client_id=4f5c2&redirect_uri=https%3A%2F%2Fa.example%2Fcb"
            "&response_type=code&scope=openid"
        },
        {},
    ),
    (
        "transient",
        "saml2",
        COGNITO | {"overrideNameIdFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"},
        {},
    ),
    (
        "white-space-around",
        "saml2",
        COGNITO
        | {
            "subjectField": " email",
            "includeGroups": True,
            "groupsAttributeName": "groups ",
            "defaultTargetUrl": " a",
            "constantAttributes": rows(("a ", "1")),
            "databaseAttributes": rows((" email", "email")),
            "idpInitUrl": SIGN_IN.replace("openid", "nonsense").replace("https%3A", "ftp%3A"),
        },
        {},
    ),
    ("nothing-signed", "saml2", COGNITO | {"signAssertion": False, "idpInitUrl": "javascript:alert(1)"}, {}),
    (
        "rows-that-no-map-holds",
        "saml2",
        COGNITO
        | {
            "databaseAttributes": rows(("email", "email"), ("email", "alternateEmail")),
            "constantAttributes": rows(("a", "1"), ("a", "2")),
            "acsUrl": f'[{{"index":"0","isDefault":"true","url":"https://{HOST}/saml2/idpresponse"}}]',
        },
        {},
    ),
    ("iam", "aws", IAM, {}),
    (
        "iam-in-full",
        "saml2",
        {
            "spEntityId": "urn:amazon:webservices",
            "acsUrl": "https://eu-west-1.signin.aws.amazon.com/saml",
            "includeGroups": True,
            "groupsAttributeName": "memberOf",
            "defaultTargetUrl": "https://console.aws.amazon.com/s3/",
            "idpInitUrl": "https://signin.aws.amazon.com/",
            "constantAttributes": rows(
                (f"{ROLE}Role", f"arn:aws:iam::111122223333:role/people/Engineer,{PROVIDER}"),
                (f"{ROLE}Role", f"arn:aws:iam::111122223333:role/Auditor,{PROVIDER}"),
                (
                    f"{ROLE}Role",
                    "arn:aws:iam::222233334444:role/Auditor,arn:aws:iam::222233334444:saml-provider/JumpCloud",
                ),
                (f"{ROLE}SessionDuration", "28800"),
                (f"{ROLE}PrincipalTag:Site", "Bern"),
                (f"{ROLE}TransitiveTagKeys", "Site"),
                ("colour", "blue"),
            ),
            "databaseAttributes": rows(
                (f"{ROLE}RoleSessionName", "username"),
                (f"{ROLE}SourceIdentity", "email"),
                (f"{ROLE}PrincipalTag:Department", "department"),
                ("costs", "costCenter"),
            ),
        },
        {},
    ),
    ("identity-center", "aws-sso", IDENTITY_CENTER, {}),
    (
        "identity-center-in-full",
        "aws-sso",
        IDENTITY_CENTER
        | {
            "databaseAttributes": rows((f"{ROLE}AccessControl:CostCenter", "costCenter")),
            "idpEntityId": "urn:acme:idp",
        },
        {},
    ),
    ("identity-center-mixed", "saml2", IDENTITY_CENTER | {"databaseAttributes": rows(("mail", "email"))}, {}),
    ("bookmark", "bookmark", {}, {"ssoUrl": "https://acme.example/?a=1&b=2"}),
]


@pytest.mark.parametrize(("template", "config", "more"), [each[1:] for each in FORMS], ids=[each[0] for each in FORMS])
@pytest.mark.parametrize("groups", [("portal-users",), ("portal-admins", "portal-users")])
def test_the_first_deployment_writes_nothing(
    handmade: Handmade, template: str, config: dict[str, Any], more: dict[str, Any], groups: tuple[str, ...]
) -> None:
    """Whatever form it was made in: the plan is empty, no call writes, and not a byte of it changes."""
    taken_over(handmade, handmade.make(template, config, groups=groups, **more))


@pytest.mark.parametrize(
    ("template", "config"), [("saml2", COGNITO), ("aws-sso", IDENTITY_CENTER), ("bookmark", {})], ids=str
)
def test_one_that_nobody_sees_is_taken_over_too(handmade: Handmade, template: str, config: dict[str, Any]) -> None:
    """Without groups nothing is bound."""
    url = {"ssoUrl": "https://acme.example/"} if template == "bookmark" else {}
    taken_over(handmade, handmade.make(template, config, groups=(), **url))


def test_the_certificate_of_the_service_provider_is_taken_over(handmade: Handmade) -> None:
    """In whichever form it is kept."""
    made = handmade.make("amazoncognitouserpools", COGNITO)
    certificate = handmade.stage.live(made)["config"]["idpCertificate"]["value"]
    handmade.edit(made, config={"spCertificate": certificate})
    data = taken_over(handmade, made)
    assert data["application"]["sp_certificate"].startswith("-----BEGIN CERTIFICATE-----")


def test_what_the_login_url_tells_is_not_asked_for(handmade: Handmade) -> None:
    """Name of the IdP, callback URL and scopes stand in it; the tile goes on opening the old app client."""
    made = handmade.make("amazoncognitouserpools", COGNITO | {"idpInitUrl": SIGN_IN})
    data = taken_over(handmade, made, "--secret", "jumpcloud/api-key")
    assert data["user_pool"]["provider_name"] == "JumpCloud"
    assert data["app_clients"] == [
        {
            "name": "web",
            "callback_urls": ["https://portal.acme.example/callback"],
            "scopes": ["openid", "email"],
            "login_url": SIGN_IN,
        }
    ]


names = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=20)
attribute_rows = st.lists(st.tuples(names, names), max_size=4).map(lambda pairs: rows(*pairs))
flags = st.booleans()
cognito_settings = st.fixed_dictionaries(
    {},
    optional={
        "databaseAttributes": attribute_rows,
        "constantAttributes": attribute_rows,
        "includeGroups": flags,
        "groupsAttributeName": names | st.just("memberOf"),
        "signAssertion": flags,
        "signResponse": flags,
        "declareRedirectEndpoint": flags,
        "subjectField": st.sampled_from(["email", "username", "", " email"]) | names,
        "overrideNameIdFormat": names
        | st.sampled_from(
            [
                "urn:oasis:names:tc:SAML:1.0:nameid-format:unspecified",
                "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
                "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
                "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
            ]
        ),
        "idpInitUrl": st.sampled_from([SIGN_IN, "https://portal.example.com/login", "nowhere", ""]) | names,
        "defaultTargetUrl": names,
        "idpEntityId": st.sampled_from(["JumpCloud", "urn:acme:idp"]),
    },
)


portal_settings = st.fixed_dictionaries(
    {
        "displayLabel": st.just("Portal") | names,
        "description": st.text(st.characters(codec="utf-8"), max_size=40),
        "sso": flags.map(lambda hidden: {"type": "saml", "hidden": hidden}),
        "ssoUrl": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,40}", fullmatch=True),
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(template=st.sampled_from(["amazoncognitouserpools", "saml2"]), config=cognito_settings, portal=portal_settings)
def test_any_settings_are_taken_over_without_a_write_or_refused_with_a_reason(
    new_handmade: Callable[[], Handmade], template: str, config: dict[str, Any], portal: dict[str, Any]
) -> None:
    """Only a label that no spec can have is refused; all other settings are taken over, or left as found."""
    handmade = new_handmade()
    made = handmade.make(template, COGNITO | config, **portal)
    result = handmade.adopt(made)
    if result.exit_code:
        assert "application.display_label" in result.stderr, result.stderr
        assert result.stdout == ""
        return
    assert read_yaml(result.stdout, "a").data == yaml.safe_load(result.stdout)
    taken_over(handmade, made)


def test_a_field_that_is_changed_later_is_one_write(handmade: Handmade) -> None:
    """After the first deployment it is like any other: one PUT, and the certificate stays."""
    made = handmade.make("amazoncognitouserpools", COGNITO | {"databaseAttributes": rows(("email", "email"))})
    data = taken_over(handmade, made)
    certificate = handmade.stage.live(made)["config"]["idpCertificate"]["value"]
    old = handmade.answers[contract.APPLICATION]
    new = old["Properties"] | {contract.DISPLAY_LABEL: "Portal"}
    answer = handmade.stage.update(made, new, old["Properties"], **old["More"])
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", made)
    assert [method for method, _ in handmade.stage.writes()] == ["PUT"]
    live = handmade.stage.live(made)
    assert (live["displayLabel"], live["config"]["idpCertificate"]["value"]) == ("Portal", certificate)
    assert data["application"]["adopt"] == made


def test_deleting_the_stack_leaves_everything_as_it_is(handmade: Handmade) -> None:
    """Neither application nor binding nor Login URL is touched: not one call is made."""
    made = handmade.make("amazoncognitouserpools", COGNITO | {"idpInitUrl": SIGN_IN})
    taken_over(handmade, made)
    handmade.stage.forget_calls()
    assert [answer["Status"] for answer in handmade.delete()] == ["SUCCESS"] * 3
    assert handmade.stage.transport.calls == []


def test_an_edit_between_the_command_and_the_deployment_is_told(handmade: Handmade) -> None:
    """Every field that differs, with what is there and what is wanted; the rollback then changes nothing."""
    made = handmade.make("amazoncognitouserpools", COGNITO | {"databaseAttributes": rows(("email", "email"))})
    data = handmade.adopted(made)
    handmade.edit(
        made,
        displayLabel="Renamed",
        config={"signResponse": True, "databaseAttributes": rows(("email", "email"), ("x", "y"))},
    )
    before = handmade.stage.live(made)
    handmade.deploy(data)
    answer = handmade.answers[contract.APPLICATION]
    assert answer["Status"] == "FAILED"
    for told in (
        "displayLabel is 'Renamed', wanted is 'By hand'",
        "config.signResponse is true, wanted is false",
        "config.databaseAttributes has 'x' = 'y', which is not wanted",
        "second deployment",
    ):
        assert told in answer["Reason"]
    handmade.delete()
    assert handmade.stage.writes() == []
    assert handmade.stage.live(made) == before


def test_what_the_aws_side_imported_keeps_is_not_deleted_with_the_stack(handmade: Handmade) -> None:
    """IdP and SAML provider stay where an application that was made by hand is left in place, too."""
    for template, config, kind in (
        ("amazoncognitouserpools", COGNITO, "AWS::Cognito::UserPoolIdentityProvider"),
        ("aws", IAM, "AWS::IAM::SAMLProvider"),
    ):
        data = handmade.adopted(handmade.make(template, config, ssoUrl=template))
        policies = handmade.policies(handmade.spec(data), kind)
        assert policies == ["RetainExceptOnCreate"]
        ordinary = copy.deepcopy(data)
        del ordinary["application"]["adopt"]
        assert handmade.policies(handmade.spec(ordinary), kind) in (["Delete"], [None])


@pytest.mark.parametrize(
    ("template", "config", "kind"),
    [
        ("amazoncognitouserpools", COGNITO, "AWS::Cognito::UserPoolIdentityProvider"),
        ("amazoncognitouserpools", COGNITO, "AWS::Cognito::UserPoolClient"),
        ("aws", IAM, "AWS::IAM::SAMLProvider"),
    ],
)
def test_what_was_imported_with_metadata_is_the_same_resource_when_the_application_is_adopted(  # noqa: PLR0917 - fixtures
    handmade: Handmade, template: str, config: dict[str, Any], kind: str, foreign_metadata: str, tmp_path: Path
) -> None:
    """docs/adopt.md's way: `cdk import` with the metadata as a file first, then the application instead of the file."""
    data = handmade.adopted(handmade.make(template, config))
    (tmp_path / "idp.xml").write_text(foreign_metadata)
    names = {"directory", "application", "groups", "session"}
    alone = {name: value for name, value in data.items() if name not in names}
    alone["metadata"] = {"file": str(tmp_path / "idp.xml")}
    before, after = (
        [name for name, each in handmade.template(handmade.spec(spec)) if each["Type"] == kind]
        for spec in (alone, data)
    )
    assert len(before) == 1
    assert before == after
