"""Claims about the ways out that `validate` offers: what to write instead, and what is probably meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click import Command, Group
from click.testing import CliRunner

from saml_connectors.cli import main
from saml_connectors.spec import load
from saml_connectors.spec.attribute import Attribute
from saml_connectors.spec.docstrings import field_descriptions
from saml_connectors.spec.person_property import BUILT_IN, misspelt_as

GOOD = """\
kind: cognito-user-pool
name: portal
directory: {credentials: jumpcloud/api-key, region: us}
application: {display_label: Portal, groups: [people]}
user_pool:
  domain: {prefix: acme-portal}
  groups: {}
app_clients:
  - name: web
    callback_urls: ["https://portal.example.com/callback"]
"""
TOKEN = "".join(f"{number:02x}" for number in range(20))
"""A text of the form of an API key."""


def messages(folder: Path, *changes: tuple[str, str]) -> list[str]:
    """What is told of the good spec after *changes* of its text."""
    text = GOOD
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    file = folder / "portal.yaml"
    file.write_text(text)
    return [
        f"{problem.field}: {problem.level}: {problem.message} [{problem.code}]" for problem in load([file]).problems
    ]


def written(field: str, message: str) -> str:
    """The spec's text that *message* says to write for *field*, with the field's name before it."""
    found = re.search(r"; write (.+) \[wrong-type\]$", message)
    assert found
    return found[1] if found[1].startswith(f"{field}: ") else f"{field}: {found[1]}"


@pytest.mark.parametrize(
    ("old", "new", "way_out"),
    [
        ("domain: {prefix: acme-portal}", "domain: acme-portal", "write domain: {prefix: acme-portal}"),
        ("groups: [people]", "groups: people", "write [people]"),
        ("groups: [people]", "groups: 'people, all staff'", "write [people, all staff]"),
        ("groups: [people]", "groups: 'no'", 'write ["no"]'),
        ("groups: {}", "groups: true", "write {} for the defaults"),
        ("groups: {}", "groups: true\nwatch: {expire: true}", "write {} for the defaults"),
        (
            "directory: {credentials: jumpcloud/api-key, region: us}",
            "directory: jumpcloud/api-key",
            "write directory: {credentials: jumpcloud/api-key}",
        ),
        (
            'callback_urls: ["https://portal.example.com/callback"]',
            "callback_urls: https://portal.example.com/callback",
            'write ["https://portal.example.com/callback"]',
        ),
    ],
)
def test_a_value_of_a_wrong_type_is_told_as_it_should_be_written(
    old: str, new: str, way_out: str, tmp_path: Path
) -> None:
    """A text where a list or a mapping belongs is written out as one, and `true` where `{}` is right."""
    (message,) = [each for each in messages(tmp_path, (old, new)) if "[wrong-type]" in each]
    assert f"; {way_out} [wrong-type]" in message


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("domain", "domain: {prefix: acme-portal}", "domain: acme-portal"),
        ("groups", "groups: [people]", "groups: 'yes'"),
        ("groups", "groups: {}", "groups: true"),
    ],
)
def test_what_is_told_to_be_written_is_right(field: str, old: str, new: str, tmp_path: Path) -> None:
    """A way out that is taken to the letter ends the problem."""
    (message,) = messages(tmp_path, (old, new))
    assert messages(tmp_path, (old, written(field, message.replace("{} for the defaults", "{}")))) == []


def test_false_where_a_mapping_belongs_is_told_to_be_left_out(tmp_path: Path) -> None:
    """Nothing is switched off by a mapping of defaults."""
    (message,) = messages(tmp_path, ("groups: {}", "groups: false"))
    assert message.endswith("got false; leave the field out [wrong-type]")


def test_no_way_out_is_offered_where_none_fits(tmp_path: Path) -> None:
    """A text that no field of the mapping takes, and `true` where fields must be given, are not made up into one."""
    (text,) = messages(tmp_path, ("domain: {prefix: acme-portal}", "domain: Acme_Portal!"))
    assert text.endswith('got "Acme_Portal!" [wrong-type]')
    (true,) = messages(tmp_path, ("application: {display_label: Portal, groups: [people]}", "application: true"))
    assert true.endswith("got true [wrong-type]")


def test_what_may_be_a_credential_is_not_written_out(tmp_path: Path) -> None:
    """The key instead of the mapping that names its secret: told, and not repeated."""
    told = messages(tmp_path, ("directory: {credentials: jumpcloud/api-key, region: us}", f"directory: {TOKEN}"))
    assert any("[wrong-type]" in each for each in told)
    assert not any(TOKEN in each for each in told)


def test_a_field_is_known_by_a_part_of_its_name(tmp_path: Path) -> None:
    """`label` is suggested to be `display_label`; as that is less than sure, all fields are named too."""
    told = " ".join(messages(tmp_path, ("display_label: Portal", "label: Portal")))
    assert "did you mean display_label? the fields here are display_label, description" in told


def test_a_kind_is_known_by_a_part_of_its_name(tmp_path: Path) -> None:
    """`cognito` is suggested to be `cognito-user-pool`, and the rest is judged as that."""
    (message,) = messages(tmp_path, ("kind: cognito-user-pool", "kind: cognito"))
    assert message.endswith('got "cognito"; did you mean cognito-user-pool? [kind-unknown]')


def test_a_region_of_aws_as_the_directorys_is_explained(tmp_path: Path) -> None:
    """The two are different things with one name; any other word gets no such explanation."""
    (message,) = messages(tmp_path, ("region: us", "region: us-east-1"))
    assert message.endswith("; it is the directory's data centre; AWS's region is aws.region [not-a-choice]")
    (other,) = messages(tmp_path, ("region: us", "region: asia"))
    assert "aws.region" not in other


@pytest.mark.parametrize(
    ("old", "new", "way_out"),
    [
        ("  groups: {}", "\tgroups: {}", "indent with spaces: here is a tab"),
        ("name: portal", "name: portal\n  more: fields", "look at the colon in column 7: is the line indented too far"),
        ("display_label: Portal", "display_label: '@'\n  , description: @all", "quotes that begins in column 18"),
        ("  groups: {}", " groups: {}", "is the line indented as those that belong with it are?"),
    ],
)
def test_a_mistake_of_yaml_is_told_with_its_likely_cause(old: str, new: str, way_out: str, tmp_path: Path) -> None:
    """Tab, indentation, a colon or a mark in a text without quotes: the parser's own words say none of it."""
    (message,) = messages(tmp_path, (old, new))
    assert way_out in message
    assert "[yaml-syntax]" in message


@pytest.mark.parametrize(
    ("old", "new", "place", "close"),
    [
        ("groups: {}", "attributes: {given_name: firstnam}", "user_pool.attributes.given_name", "firstname"),
        ("groups: {}", "attributes: {email: {from: emial}}", "user_pool.attributes.email", "email"),
        ("groups: [people]", "groups: [people], name_id: {from: usrname}", "application.name_id", "username"),
    ],
)
def test_a_property_that_is_probably_misspelt_is_warned_of(
    old: str, new: str, place: str, close: str, tmp_path: Path
) -> None:
    """People would sign in without the value; it is a warning, as a custom attribute may have that name."""
    (message,) = messages(tmp_path, (old, new))
    assert message.startswith(f"{place}: warning: ")
    assert message.endswith(f"; did you mean {close}? [source-unknown]")


@pytest.mark.parametrize("name", [*BUILT_IN, "firstName", "team", "badgeNumber", "employeeNumber", "x"])
def test_no_other_property_is_warned_of(name: str) -> None:
    """Neither one that everybody has, nor a custom attribute that is near to none of them."""
    assert misspelt_as(name) is None


def test_attributes_of_another_idp_are_not_the_directorys() -> None:
    """What their IdP calls an attribute may be anything, also almost a property of the directory."""
    from saml_connectors.spec.advice import consider  # noqa: PLC0415 - what is judged here alone
    from saml_connectors.spec.loading import parse  # noqa: PLC0415 - likewise

    spec = parse(
        {
            "kind": "cognito-user-pool",
            "name": "portal",
            "metadata": {"url": "https://idp.example.com/metadata"},
            "user_pool": {"domain": {"prefix": "acme"}, "attributes": {"email": {"from": "emial"}}},
            "app_clients": [{"name": "web", "callback_urls": ["https://portal.example.com/callback"]}],
        }
    )
    assert list(consider(spec, None)) == []


def test_the_reference_names_every_property() -> None:
    """Who writes a spec finds the names in docs/spec.md, which is made of this description."""
    described = field_descriptions(Attribute)["from_"]
    assert [name for name in BUILT_IN if f"`{name}`" not in described] == []


def test_the_summary_tells_that_rules_wait_for_a_right_type(tmp_path: Path) -> None:
    """Only then: with other errors, rules between fields are judged at once."""
    messages(tmp_path, ("groups: {}", "groups: true"))
    said = CliRunner().invoke(main, ["validate", str(tmp_path)])
    later = "rules between fields of a wrong type and others are judged once these are mended"
    assert said.stderr == f"1 spec: 1 error, 0 warnings; {later}\n"
    messages(tmp_path, ("display_label: Portal", "label: Portal"))
    assert CliRunner().invoke(main, ["validate", str(tmp_path)]).stderr == "1 spec: 2 errors, 0 warnings\n"


def commands(group: Group) -> list[tuple[str, Command]]:
    """Every command, also of groups in the group."""
    return [
        inner
        for name, one in group.commands.items()
        for inner in (
            [(f"{name} {below}", each) for below, each in commands(one)] if isinstance(one, Group) else [(name, one)]
        )
    ]


@pytest.mark.parametrize("name", [name for name, _ in commands(main)])
def test_every_command_tells_exit_code_2_in_the_same_words(name: str) -> None:
    """A pipeline tells wrong arguments from wrong input."""
    text = " ".join(CliRunner().invoke(main, [*name.split(), "--help"]).stdout.split())
    assert "2 where the arguments are wrong" in text
