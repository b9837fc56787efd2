"""Claims about what is too large in kind `iam`: the estimate is never below what a directory really sends."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from saml_connectors.aws_sign_in import ROLE, ROLE_SESSION_NAME, SOURCE_IDENTITY, TRANSITIVE_TAG_KEYS, principal_tag
from saml_connectors.problems import SpecError
from saml_connectors.spec import IamSpec, parse
from saml_connectors.spec.iam_size_rules import MAX_ASSERTION, MAX_LOGIN, response_size, trust_policy_size
from sandbox.directory.certificates import KeyPool, SigningPair, self_signed
from sandbox.directory.saml_response import build_response

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def pair() -> SigningPair:
    """The largest key and certificate that a directory makes, made for this run."""
    return self_signed(KeyPool(4096).take(), organization="Acme Corporation, Department of Everything", now=NOW)


def many_roles(count: int, **changes: Any) -> dict[str, Any]:
    """The data of a spec with *count* roles, all of them for one group."""
    names = [f"Engineer-of-department-{number}" for number in range(count)]
    return {
        "kind": "iam",
        "name": "console",
        "directory": {"credentials": "jumpcloud/api-key"},
        "application": {"display_label": "AWS", "sign": "both"},
        "roles": {name: {"path": "/people/"} for name in names},
        "groups": {name: ["everybody"] for name in names},
        **changes,
    }


def iam(count: int, **changes: Any) -> IamSpec:
    """The spec."""
    spec = parse(many_roles(count, **changes))
    assert isinstance(spec, IamSpec)
    return spec


def really_sent(spec: IamSpec, pair: SigningPair) -> int:
    """Characters of the response that the emulated directory signs for somebody with all roles."""
    arn = f"arn:{spec.in_partition}:iam::"
    values = [
        f"{arn}{account or '111122223333'}:role{role.path}{name},"
        f"{arn}{account or '111122223333'}:saml-provider/{spec.provider.name}"
        for account in spec.accounts
        for name, role in spec.roles_in(account).items()
    ]
    tags = [(principal_tag(key), [tag.constant or "x" * 256]) for key, tag in spec.session.tags.items()]
    attributes: list[tuple[str, list[str]]] = [
        (ROLE, values),
        (ROLE_SESSION_NAME, ["a" * 52 + "@example.com"]),
        (SOURCE_IDENTITY, ["a" * 52 + "@example.com"]),
        (TRANSITIVE_TAG_KEYS, list(spec.session.transitive_tags)),
        *tags,
        *((name, ["Engineering & Design"]) for name in spec.attributes),
    ]
    xml = build_response(
        issuer="https://sso.jumpcloud.com/saml2/acme-console-with-a-long-slug-of-its-own-3f2b8c1d",
        audience=spec.sign_in.sp_entity_id,
        acs_url=spec.sign_in.provider_acs_url("SAMLSP" + "X" * 58, "ap-southeast-2"),
        name_id="a" * 52 + "@example.com",
        certificate=pair.certificate,
        private_key=pair.private_key,
        now=NOW,
        attributes=[(name, each) for name, each in attributes if each],
        sign_response=True,
    )
    return len(base64.b64encode(xml.encode()))


TAGS = {f"Department:{number}": {"constant": "x" * 256} if number % 2 else "department" for number in range(50)}
ACCOUNTS = {"ids": [f"{number:012}" for number in range(40)], "organizational_units": ["r-ab12"]}


@pytest.mark.parametrize(
    ("count", "changes"),
    [
        (1, {}),
        (100, {}),
        (1, {"session": {"tags": TAGS, "transitive_tags": list(TAGS)}}),
        (5, {"aws": {"account": "111122223333"}, "other_accounts": ACCOUNTS}),
        (3, {"attributes": {f"https://acme.example/claims/{number}": "department" for number in range(60)}}),
        (2, {"provider": {"name": "P" * 128}, "partition": "aws-us-gov"}),
    ],
    ids=["one", "many", "tags", "accounts", "attributes", "long-names"],
)
def test_the_estimate_is_never_below_what_is_sent(count: int, changes: dict[str, Any], pair: SigningPair) -> None:
    """A spec that passes is not refused at sign-in; and the estimate is no more than 35,000 characters above."""
    spec = iam(count, **changes)
    estimate, real = response_size(spec, tuple(spec.roles)), really_sent(spec, pair)
    assert real <= estimate <= real + 35_000


def most(**changes: Any) -> int:
    """The largest number of roles that a spec may have."""
    low, high = 1, 2_000
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if refused(middle, **changes) else (middle, high)
    return low


def refused(count: int, **changes: Any) -> bool:
    """Whether a spec with so many roles is refused for that."""
    try:
        iam(count, **changes)
    except SpecError as error:
        return [problem.code for problem in error.problems] == ["role-values-size"]
    return False


@pytest.mark.parametrize(("changes", "longest"), [({}, MAX_ASSERTION), ({"identity_pool": {}}, MAX_LOGIN)])
def test_a_response_is_refused_from_the_limit_on(changes: dict[str, Any], longest: int, pair: SigningPair) -> None:
    """An identity pool takes half of what STS takes; what is allowed does fit, and leaves little room."""
    count = most(**changes)
    spec = iam(count, **changes)
    assert 0.7 * longest < really_sent(spec, pair) <= longest
    assert response_size(spec, tuple(spec.roles)) <= longest


def test_only_roles_of_one_group_are_counted_together() -> None:
    """Many roles of many groups are no long response, however they are carried."""
    data = many_roles(1_000, carry_roles="group-attributes")
    data["groups"] = {name: [f"group-{number}"] for number, name in enumerate(data["roles"])}
    assert isinstance(parse(data), IamSpec)


def test_ten_sets_of_roles_are_allowed_and_eleven_are_not() -> None:
    """A provider trusts ten applications; attributes of groups need one alone."""
    for count, carry, too_many in ((10, "constant", False), (11, "constant", True), (11, "group", False)):
        data = many_roles(count, carry_roles=f"{carry}-attributes")
        data["groups"] = {name: [f"group-{number}"] for number, name in enumerate(data["roles"])}
        if too_many:
            with pytest.raises(SpecError, match="role-sets-many"):
                parse(data)
        else:
            parse(data)


def test_a_trust_policy_grows_with_endpoints_and_with_an_identity_pool() -> None:
    """Two kinds of address, and a statement of its own for the pool; none where no role is made."""
    regions = ["global", "eu-west-1", "us-east-1"]
    plain = trust_policy_size(iam(1))
    more = trust_policy_size(iam(1, sign_in_regions=regions))
    own = trust_policy_size(iam(1, sign_in_regions=regions, provider={"acs": "provider"}))
    pool = trust_policy_size(iam(1, identity_pool={}))
    assert 200 < plain < min(more, pool)
    assert more < own
    assert trust_policy_size(iam(1, roles={"A": {"existing": True}}, groups={"A": ["a"]})) == 0
