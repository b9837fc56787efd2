"""Claims about `saml-connectors adopt`: how an application is named, what is refused and why, what is never printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from saml_connectors.problems import SpecError
from saml_connectors.spec import parse
from tests.handmade_applications import COGNITO, HOST, IAM, IDENTITY_CENTER, PROVIDER, ROLE, rows

if TYPE_CHECKING:
    from tests.adoption_fixtures import Handmade

pytest_plugins = ["tests.provider_fixtures", "tests.adoption_fixtures"]


@pytest.mark.parametrize("by", ["id", "slug", "label"])
def test_an_application_is_named_by_id_slug_or_label(handmade: Handmade, by: str) -> None:
    """The spec is the only thing on stdout, so that it can be sent to a file."""
    made = handmade.make("saml2", COGNITO, displayLabel="Acme portal", ssoUrl="acme")
    result = handmade.adopt({"id": made, "slug": "acme", "label": "Acme portal"}[by])
    assert result.exit_code == 0
    data = yaml.safe_load(result.stdout)
    assert (data["kind"], data["name"], data["application"]["adopt"]) == ("cognito-user-pool", "acme-portal", made)
    assert result.stderr == "cognito-user-pool: 3 to fill in, 1 to know\n"
    assert handmade.stage.writes() == []


def test_what_is_unknown_is_refused_by_name_until_it_is_filled_in(handmade: Handmade) -> None:
    """Each has its field and the code `fill-in`; nothing else is wrong."""
    config = COGNITO | {"databaseAttributes": rows(("x", "y")), "includeGroups": True, "groupsAttributeName": "g"}
    made = handmade.make("saml2", config)
    data = yaml.safe_load(handmade.adopt(made).stdout)
    with pytest.raises(SpecError) as caught:
        parse(data)
    assert {problem.code for problem in caught.value.problems} == {"fill-in"}
    fields = {problem.field.partition('["<')[0] for problem in caught.value.problems}
    assert fields == {
        "directory.credentials",
        "user_pool.provider_name",
        "user_pool.attributes",
        "user_pool.groups.to",
        "app_clients[0].callback_urls[0]",
    }
    assert parse(handmade.adopted(made)).name == "by-hand"


def test_options_are_in_the_spec(handmade: Handmade) -> None:
    """Name, secret and organization need not be filled in then."""
    made = handmade.make("bookmark", ssoUrl="https://acme.example/")
    organization = handmade.stage.live(made)["organization"]
    data = handmade.adopted(made, "--name", "news", "--secret", "keys/news", "--org-id", organization)
    assert (data["name"], data["directory"]["credentials"]) == ("news", "keys/news")
    assert data["directory"]["org_id"] == organization


@pytest.mark.parametrize(
    ("template", "config", "told"),
    [
        ("saml2", {"spEntityId": "https://wiki.example", "acsUrl": "https://wiki.example/acs"}, "[adopt-kind]"),
        ("slack", {}, "looks like none of them"),
        ("amazoncognitouserpools", {}, "must have the SP entity ID of a user pool"),
        ("saml2", COGNITO | {"acsUrl": f"https://{HOST}/saml2/other"}, "must have one ACS URL"),
        ("saml2", COGNITO | {"acsUrl": "https://a_b/saml2/idpresponse"}, "user_pool.domain.existing: must be"),
        ("aws", {}, "must have Role values of a role's ARN"),
        ("aws", IAM | {"constantAttributes": []}, "must send its roles as constant attributes"),
        ("aws", IAM | {"spEntityId": "https://signin.aws.amazon.com/saml"}, "must have the SP entity ID urn:amazon:"),
        ("aws", IAM | {"acsUrl": "https://signin.aws.amazon.com/sso"}, "must have one ACS URL, that of AWS's"),
        ("aws", IAM | {"databaseAttributes": []}, "must carry RoleSessionName once"),
        (
            "aws",
            IAM | {"databaseAttributes": rows((f"{ROLE}RoleSessionName", "displayname"))},
            "[session-name-source]",
        ),
        (
            "aws",
            IAM
            | {
                "constantAttributes": rows(
                    (f"{ROLE}Role", f"{PROVIDER},arn:aws:iam::111122223333:role/Engineer"),
                )
            },
            "in this order",
        ),
        (
            "aws",
            IAM | {"constantAttributes": [*IAM["constantAttributes"], *rows(("a", "1"), ("a", "2"))]},
            'each name once, got "a"',
        ),
        (
            "aws",
            IAM | {"constantAttributes": [*IAM["constantAttributes"], *rows((f"{ROLE}SessionDuration", "90 min"))]},
            "SessionDuration in whole seconds",
        ),
        ("aws-sso", IDENTITY_CENTER | {"acsUrl": "https://acme.example/platform/saml/acs/1"}, "acs_url: must be"),
    ],
)
def test_what_no_connector_could_leave_as_it_is_is_refused(
    handmade: Handmade, template: str, config: dict[str, Any], told: str
) -> None:
    """With the reason, and without half a spec."""
    result = handmade.adopt(handmade.make(template, config))
    assert (result.exit_code, result.stdout) == (1, "")
    assert told in result.stderr


def test_a_deactivated_application_is_refused(handmade: Handmade) -> None:
    """A connector's application signs people in."""
    result = handmade.adopt(handmade.make("saml2", COGNITO, active=False))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "[adopt-inactive]" in result.stderr


def test_one_that_is_not_there_is_told_with_the_nearest(handmade: Handmade) -> None:
    """By label or slug; an id of nothing, too."""
    handmade.make("saml2", COGNITO, displayLabel="Acme portal")
    result = handmade.adopt("Acme portl")
    assert (result.exit_code, result.stdout) == (1, "")
    assert 'did you mean "Acme portal"? [adopt-unknown]' in result.stderr
    assert "[adopt-unknown]" in handmade.adopt("0123456789abcdef01234567").stderr


def test_a_label_that_several_have_is_told_with_their_ids(handmade: Handmade) -> None:
    """None of them is chosen."""
    made = [handmade.make("saml2", COGNITO, displayLabel="AWS", ssoUrl=slug) for slug in ("a", "b")]
    result = handmade.adopt("AWS")
    assert result.exit_code == 1
    assert all(each in result.stderr for each in made)
    assert "[adopt-several]" in result.stderr


def test_a_group_whose_name_several_have_is_left_bound_and_told(handmade: Handmade) -> None:
    """It cannot be chosen by name, so the spec does not name it."""
    handmade.stage.directory.add_group("finance")
    result = handmade.adopt(handmade.make("saml2", COGNITO, groups=("portal-users", "finance")))
    assert yaml.safe_load(result.stdout)["application"]["groups"] == ["portal-users"]
    assert 'group "finance": bound, and stays so' in result.stdout


def test_a_name_in_the_directory_cannot_write_into_the_spec(handmade: Handmade) -> None:
    """A line break in it stays inside the comment and inside the value."""
    label = "Portal\nkind: bookmark"
    result = handmade.adopt(handmade.make("saml2", COGNITO, displayLabel=label))
    if result.exit_code == 0:
        assert yaml.safe_load(result.stdout)["kind"] == "cognito-user-pool"
        assert result.stdout.startswith('# "Portal\\nkind: bookmark"')
    else:
        assert "application.display_label" in result.stderr


@pytest.mark.parametrize(("key", "code"), [("", "directory-credential"), ("0" * 40, "directory-refused")])
def test_without_a_usable_credential_nothing_is_printed(handmade: Handmade, key: str, code: str) -> None:
    """The variable is named, its content is not."""
    from click.testing import CliRunner  # noqa: PLC0415 - the stage's own refuses an empty key in what is printed

    from saml_connectors.cli import main  # noqa: PLC0415 - likewise
    from saml_connectors.provisioning.command import World  # noqa: PLC0415 - likewise

    world = World(transport=handmade.stage.transport, environment={"JUMPCLOUD_API_KEY": key})
    result = CliRunner().invoke(main, ["adopt", "x", "--directory-api-url", "http://127.0.0.1:8500/api"], obj=world)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"[{code}]" in result.stderr
    assert "0" * 40 not in result.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["a", "b"], ["a", "--kind", "slack"], ["a", "--directory-region", "mars"], ["a", "--stack", "b"]]
)
def test_a_misspelt_command_exits_2(handmade: Handmade, arguments: list[str]) -> None:
    """Usage is not a finding."""
    assert handmade.adopt(*arguments).exit_code == 2


def test_a_wrong_option_is_told_as_validate_does(handmade: Handmade) -> None:
    """Before anything is read."""
    result = handmade.adopt("a", "--org-id", "acme")
    assert (result.exit_code, "[organization-id]" in result.stderr) == (1, True)
    assert handmade.stage.transport.calls == []


def test_a_kind_can_be_chosen_and_then_says_what_does_not_fit(handmade: Handmade) -> None:
    """It is not forced upon an application."""
    result = handmade.adopt(handmade.make("saml2", COGNITO), "--kind", "iam")
    assert (result.exit_code, "[adopt-unfit]" in result.stderr) == (1, True)


# --- the spec's own rules -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, set()),
        ({"slug": "Acme_Portal~1"}, set()),
        ({"slug": None}, {"adopt-slug"}),
        ({"adopt": None, "slug": "Acme"}, {"slug"}),
        ({"adopt": "acme"}, {"adopt-id"}),
        ({"on_removal": "delete"}, {"adopt-on-removal"}),
        ({"display_label": "<fill in: the label>"}, {"fill-in"}),
    ],
)
def test_rules_of_an_adopted_application(changes: dict[str, Any], codes: set[str]) -> None:
    """Id and slug go together, and what was made by hand is not removed."""
    application = {"display_label": "A", "groups": ["g"], "slug": "acme", "adopt": "0123456789abcdef01234567"}
    told = {name: value for name, value in (application | changes).items() if value is not None}
    data = {
        "kind": "cognito-user-pool",
        "name": "a",
        "directory": {"credentials": "key"},
        "application": told,
        "user_pool": {"domain": {"prefix": "acme-a"}},
        "app_clients": [{"name": "web", "callback_urls": ["https://a.example/"]}],
    }
    try:
        parse(data)
        found: set[str] = set()
    except SpecError as error:
        found = {problem.code for problem in error.problems}
    assert found == codes
