"""Claims about specs of kind `iam`: sessions, accounts, partitions, and what is there already."""

from __future__ import annotations

import json
import string
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saml_connectors.aws_sign_in import SIGN_IN
from saml_connectors.problems import SpecError
from saml_connectors.spec import Encryption, IamSpec, Role, RoleRule, SamlProvider, Session, load, parse

role_names = st.text(alphabet=f"{string.ascii_letters}{string.digits}_+=.@-", min_size=1, max_size=20)
group_names = st.text(alphabet="abcdefgé &", min_size=1, max_size=8).map(str.strip).filter(bool)
BASE: dict[str, Any] = {
    "kind": "iam",
    "name": "console",
    "directory": {"credentials": "jumpcloud/api-key"},
    "application": {"display_label": "AWS"},
    "roles": {"Engineer": {}},
    "groups": {"Engineer": ["engineers"]},
}


def iam(**changes: Any) -> IamSpec:
    """A right spec with some of its fields changed; those that are None are left out."""
    data = {name: value for name, value in {**BASE, **changes}.items() if value is not None}
    spec = parse(data)
    assert isinstance(spec, IamSpec)
    return spec


def codes(**changes: Any) -> Counter[str]:
    """The codes of what is wrong with a spec that is changed so."""
    with pytest.raises(SpecError) as caught:
        iam(**changes)
    return Counter(problem.code for problem in caught.value.problems)


# --- sessions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("durations", "lasts"),
    [
        ([None], None),
        ([None, None], None),
        ([7200], 7200),
        ([28800, 7200], 7200),
        ([28800, None], 3600),
        ([900, None], 900),
    ],
)
def test_the_shortest_duration_counts_for_all_roles_of_an_application(
    durations: list[int | None], lasts: int | None
) -> None:
    """One that says nothing lasts an hour; AWS refuses a session that is longer than the chosen role allows."""
    roles = {f"Role{number}": Role(session_duration=each) for number, each in enumerate(durations)}
    spec = iam(roles=roles, groups={name: ["all"] for name in roles})
    assert spec.session_duration(tuple(roles)) == lasts
    assert (spec.session_duration(tuple(roles)) or 0) <= min(role.maximum for role in roles.values())


@pytest.mark.parametrize(
    ("role", "longest"),
    [
        (Role(), 3600),
        (Role(session_duration=900), 3600),
        (Role(session_duration=7200), 7200),
        (Role(session_duration=7200, max_session_duration=43200), 43200),
    ],
)
def test_a_role_allows_at_least_what_it_asks_for(role: Role, longest: int) -> None:
    """Its maximum follows from its duration, unless it says more."""
    assert role.maximum == longest


def test_a_text_alone_is_the_property_of_a_session_tag() -> None:
    """`team: department` and `team: {from: department}` are the same."""
    assert iam(session={"tags": {"team": "department"}}) == iam(session={"tags": {"team": {"from": "department"}}})


# --- accounts and partitions ----------------------------------------------------------------------------------------


def test_roles_are_in_all_accounts_or_in_those_that_they_name() -> None:
    """The connector's own account comes first; a role is nowhere else than where the spec says."""
    others = {"ids": ["444455556666"], "organizational_units": ["r-ab12"]}
    roles = {"Engineer": {}, "Builder": {"accounts": ["444455556666"]}, "Billing": {"accounts": ["111122223333"]}}
    spec = iam(aws={"account": "111122223333"}, other_accounts=others, roles=roles)
    assert spec.accounts == ("111122223333", "444455556666")
    assert list(spec.roles_in(spec.own_account)) == ["Engineer", "Billing"]
    assert list(spec.roles_in("444455556666")) == ["Engineer", "Builder"]


def test_an_account_that_is_not_named_is_the_empty_one() -> None:
    """A spec may leave the account to whoever deploys."""
    spec = iam()
    assert (spec.own_account, spec.accounts) == ("", ("",))
    assert list(spec.roles_in("")) == ["Engineer"]


@pytest.mark.parametrize(
    ("changes", "partition", "acs", "audience"),
    [
        ({}, "aws", "https://signin.aws.amazon.com/saml", "urn:amazon:webservices"),
        ({"aws": {"region": "eu-west-1"}}, "aws", "https://signin.aws.amazon.com/saml", "urn:amazon:webservices"),
        (
            {"aws": {"region": "us-gov-west-1"}},
            "aws-us-gov",
            "https://signin.amazonaws-us-gov.com/saml",
            "urn:amazon:webservices:govcloud",
        ),
        ({"partition": "aws-cn"}, "aws-cn", "https://signin.amazonaws.cn/saml", "urn:amazon:webservices:cn-north-1"),
    ],
)
def test_sign_in_is_that_of_the_partition(changes: dict[str, Any], partition: str, acs: str, audience: str) -> None:
    """The region says the partition, the partition host and audience."""
    spec = iam(**changes)
    assert (spec.in_partition, spec.sign_in) == (partition, SIGN_IN[partition])
    assert (spec.sign_in.acs_url(), spec.sign_in.sp_entity_id) == (acs, audience)


def test_endpoints_of_regions_and_of_providers_have_addresses_of_their_own() -> None:
    """A region stands before the host, a provider's UUID at the end of the path."""
    sign_in = SIGN_IN["aws"]
    assert sign_in.acs_url("eu-west-1") == "https://eu-west-1.signin.aws.amazon.com/saml"
    assert sign_in.provider_acs_url("SAMLSP4D4V") == "https://signin.aws.amazon.com/saml/acs/SAMLSP4D4V"
    assert sign_in.provider_acs_url("X", "eu-west-1") == "https://eu-west-1.signin.aws.amazon.com/saml/acs/X"


@pytest.mark.parametrize(
    "page",
    [
        "https://console.aws.amazon.com/",
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards:",
        "https://quicksight.aws.amazon.com",
        "https://appstream2.us-east-1.aws.amazon.com/saml?stack=office&accountId=111122223333",
    ],
)
def test_people_may_arrive_at_every_console_of_aws(page: str) -> None:
    """Services with a console of their own are reached by RelayState too."""
    assert iam(application={"display_label": "AWS", "default_relay_state": page}).sign_in.regional


def test_how_roles_are_carried_decides_how_many_applications_there_are() -> None:
    """Constant attributes need one for each set of roles, attributes of groups one for all."""
    changes: dict[str, Any] = {
        "roles": {"Engineer": {}, "Auditor": {}},
        "groups": {"Engineer": ["a"], "Auditor": ["b"]},
    }
    assert len(iam(**changes).role_sets) == 2
    assert len(iam(**changes, carry_roles="group-attributes").role_sets) == 1


# --- metadata of others, and what is there already -------------------------------------------------------------------


def test_nothing_is_registered_where_the_provider_is_there_already() -> None:
    """Then the spec needs roles only."""
    spec = iam(directory=None, application=None, groups=None, provider={"existing": True})
    assert (spec.role_sets, list(spec.roles)) == ((), ["Engineer"])


def test_neither_directory_nor_metadata_is_told_for_both_fields() -> None:
    """Whoever leaves both out learns of both."""
    assert codes(directory=None, application=None) == {"directory-missing": 2}


def test_a_field_of_a_role_that_is_there_already_is_refused_even_with_its_default() -> None:
    """It would not be carried out, whatever it says; where the role is, and how long it lasts, may be said."""
    for field, value in {"description": "x", "managed_policies": [], "tags": {}, "max_session_duration": 3600}.items():
        assert codes(roles={"Engineer": {"existing": True, field: value}}) == {"role-existing": 1}
    there = iam(roles={"Engineer": {"existing": True, "path": "/people/", "session_duration": 900}})
    made = iam(roles={"Engineer": {"existing": False, "description": "x"}})
    assert [there.roles["Engineer"].existing, made.roles["Engineer"].existing] == [True, False]


def test_parts_fail_by_themselves_in_python() -> None:
    """The class raises the error of `validate`, with the place below the part."""
    policy = {"Statement": {"Effect": "Allow", "Action": "s3", "Resource": "*"}}
    for build, code in (
        (lambda: Role(inline_policies={"p": policy}), "policy-action"),
        (lambda: Role(path="people"), "role-path"),
        (lambda: Session(transitive_tags=("team",)), "transitive-tag-unknown"),
        (lambda: SamlProvider(encryption=Encryption(private_key="saml/key")), "encryption-shared-acs"),
        (lambda: RoleRule(claim="c" * 65, value="x", role="Engineer"), "role-rule-length"),
    ):
        with pytest.raises(SpecError) as caught:
            build()
        assert [problem.code for problem in caught.value.problems] == [code]


# --- one model ------------------------------------------------------------------------------------------------------

policies = st.fixed_dictionaries(
    {
        "Statement": st.fixed_dictionaries(
            {"Effect": st.sampled_from(["Allow", "Deny"]), "Resource": st.just("*")},
            optional={"Condition": st.just({"Bool": {"aws:SecureTransport": True}})},
        ).map(lambda statement: {**statement, "Action": ["s3:Get*"]})
    },
    optional={"Version": st.just("2012-10-17")},
)
roles = st.fixed_dictionaries(
    {},
    optional={
        "path": st.sampled_from(["/", "/people/", "/a/b/"]),
        "description": st.sampled_from(["May read", "Größe"]),
        "managed_policies": st.just(["ReadOnlyAccess"]),
        "inline_policies": st.dictionaries(st.sampled_from(["read", "write"]), policies),
        "session_duration": st.integers(900, 43200),
        "tags": st.dictionaries(st.sampled_from(["Team", "Cost Center"]), st.sampled_from(["", "a b"])),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(role_names, roles, min_size=1, max_size=4), st.booleans(), st.data())
def test_a_right_spec_is_the_same_from_yaml_from_data_and_from_python(
    tmp_path: Path, made: dict[str, Any], carried: bool, draw: st.DataObject
) -> None:
    """A file, plain data, the class itself, and what it writes of itself, give equal specs."""
    if len({name.lower() for name in made}) < len(made) or any(name.startswith("AWSReserved") for name in made):
        return
    groups = {name: draw.draw(st.lists(group_names, min_size=1, max_size=2, unique=True)) for name in made}
    data = {
        **BASE,
        "roles": made,
        "groups": groups,
        "carry_roles": "group-attributes" if carried else "constant-attributes",
    }
    spec = parse(data)
    file = tmp_path / "spec.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    (read,) = load([file]).raise_if_any()
    assert read == spec
    assert IamSpec(**data) == spec
    assert parse(spec.model_dump(mode="json", exclude_unset=True)) == spec
    assert parse(json.loads(spec.model_dump_json(exclude_unset=True))) == spec
