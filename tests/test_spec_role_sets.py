"""Claims about role sets: from the one map of groups, who sees which application, and which roles it offers."""

from __future__ import annotations

import re
import string
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from saml_connectors.spec.role_sets import attribute_name, one_for_all, role_sets

role_names = st.text(alphabet=f"{string.ascii_letters}{string.digits}_+=,.@-", min_size=1, max_size=64)
few_roles = st.sampled_from(["Engineer", "Auditor", "Read.Only", "engineer_2", "Admin"])
few_groups = st.sampled_from(["engineers", "auditors", "Team A, B & C", "é", "leads"])
group_maps = st.dictionaries(few_roles, st.lists(few_groups, max_size=4, unique=True), max_size=5)


@given(group_maps)
def test_nobody_is_offered_a_role_of_another_group(groups: dict[str, list[str]]) -> None:
    """What a group sees is exactly what the map gives it, however roles and groups cross."""
    for each in role_sets(groups):
        for group in each.groups:
            assert [role for role, names in groups.items() if group in names] == list(each.roles)


@given(group_maps)
def test_every_group_is_in_exactly_one_set_and_no_two_sets_are_alike(groups: dict[str, list[str]]) -> None:
    """Nobody is forgotten, and nobody has two tiles for the same thing; a set's key tells it from the others."""
    sets = role_sets(groups)
    named = {name for names in groups.values() for name in names}
    assert Counter(name for each in sets for name in each.groups) == Counter(named)
    assert len({each.roles for each in sets}) == len({each.key for each in sets}) == len(sets)
    assert all(each.roles and each.groups for each in sets)


@given(group_maps)
def test_the_order_of_sets_roles_and_groups_is_that_of_the_map(groups: dict[str, list[str]]) -> None:
    """The same map gives the same applications in the same order, so that nothing is replaced by chance."""
    sets, order = role_sets(groups), list(groups)
    named = list(dict.fromkeys(name for names in groups.values() for name in names))
    assert role_sets(dict(groups)) == sets
    assert [each.key for each in sets] == [name for name in named if name in {each.key for each in sets}]
    for each in sets:
        assert list(each.roles) == sorted(each.roles, key=order.index)
        assert list(each.groups) == sorted(each.groups, key=named.index)


def test_a_further_role_or_group_leaves_the_keys_of_sets() -> None:
    """The key decides on construct ids: what is added at the end replaces no application that is there."""
    before = {"Engineer": ["engineers"], "Auditor": ["auditors", "engineers"]}
    after = {"Engineer": ["engineers", "leads"], "Auditor": ["auditors", "engineers", "leads"], "New": ["auditors"]}
    assert (
        [each.key for each in role_sets(before)] == [each.key for each in role_sets(after)] == ["engineers", "auditors"]
    )


@given(group_maps)
def test_one_for_all_has_each_group_and_each_role_that_a_group_may_assume(groups: dict[str, list[str]]) -> None:
    """Where groups carry their roles there is one application, and none where there is no group."""
    sets = one_for_all(groups)
    assert len(sets) == any(groups.values())
    for each in sets:
        assert Counter(each.groups) == Counter({name for names in groups.values() for name in names})
        assert list(each.roles) == [role for role, names in groups.items() if names]


accounts = st.sampled_from(["", "111122223333", "444455556666"])


@given(st.sets(st.tuples(st.from_regex(r"[a-z][a-z0-9-]{0,62}", fullmatch=True), role_names, accounts), max_size=8))
def test_names_of_directory_attributes_are_short_plain_and_distinct(carried: set[tuple[str, str, str]]) -> None:
    """JumpCloud takes letters and digits, fewer than 32; roles of different connectors and accounts never share one."""
    names = [attribute_name(*each) for each in carried]
    assert all(re.fullmatch(r"aws[A-Za-z0-9]{8,28}", name) for name in names)
    assert len(set(names)) == len(carried)


def test_the_name_of_a_directory_attribute_stays() -> None:
    """Groups carry it: another name would be another attribute."""
    assert attribute_name("console", "Engineer", "") == "awsEngineer70e33ea3"
