"""Long random histories: deployments, replacements, rollbacks, deletions, people in the console, and faults.

The gate plays the same histories each time; `SAML_CONNECTORS_HISTORIES=<number>` plays that many others, at random
(`make histories`).
Not here: CloudFormation's own rules (`stack_history.py`), and what must be (`history_expectations.py`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from sandbox.directory.certificates import encoded
from tests.directory_holdings import keep, put_back
from tests.history_expectations import GROUPS, Expectations
from tests.stack_history import Disturbance, History, Spec
from tests.troubles import DEATHS, SURVIVED, TROUBLES, at, since

if TYPE_CHECKING:
    from tests.directory_holdings import Kept
    from tests.trouble_fixtures import TroubledStage

pytest_plugins = ["tests.provider_fixtures", "tests.trouble_fixtures"]

OPERATIONS_IN_THE_GATE = 10_000
HISTORIES_IN_THE_GATE, STEPS = 220, 40
BY_HAND_GROUP = "finance"
TEMPLATES = ("amazoncognitouserpools", "saml2")

_texts = st.sampled_from(["A", "B", "C"])
_rows = st.lists(
    st.tuples(st.sampled_from(GROUPS), st.sampled_from(["role", "other"]), _texts),
    unique_by=lambda row: row[:2],
    max_size=3,
).map(tuple)
_groups = st.lists(st.sampled_from(GROUPS), unique=True).map(tuple)
_changes = st.fixed_dictionaries(
    {},
    optional={
        "label": _texts,
        "description": st.none() | _texts,
        "template": st.sampled_from(TEMPLATES),
        "slug": st.sampled_from([None, "chosen"]),
        "acs": _texts.map(lambda text: f"https://{text}.example/acs"),
        "roles": st.lists(_texts, unique=True, max_size=2).map(tuple),
        "on_removal": st.sampled_from(["delete", "deactivate"]),
        "login": st.none() | _texts.map(lambda text: f"https://{text}.example/login"),
        "relay_state": st.none() | _texts.map(lambda text: f"https://{text}.example/"),
        "groups": st.none() | _groups,
        "rows": st.none() | _rows,
    },
)


@st.composite
def _disturbances(draw: st.DrawFn) -> tuple[str, Disturbance]:
    """One trouble, once or from some call on; or a death, for good or not."""
    position = draw(st.integers(0, 8))
    if draw(st.integers(0, 3)) == 0:
        death = draw(st.sampled_from(sorted(DEATHS)))
        for_good = draw(st.booleans())
        return ("for good" if for_good else "survived", Disturbance(at(position, DEATHS[death]), for_good))
    name = draw(st.sampled_from(sorted(TROUBLES)))
    if draw(st.booleans()):
        return ("survived" if name in SURVIVED else "may fail", Disturbance(at(position, TROUBLES[name])))
    return ("may fail", Disturbance(since(position, TROUBLES[name])))


_troubles = st.lists(st.none() | _disturbances(), max_size=6)


class Histories(Expectations, RuleBasedStateMachine):
    """One stack, one directory, some people."""

    empty: Kept
    operations = 0
    outcomes: dict[str, int]

    def __init__(self) -> None:
        super().__init__()
        put_back(self.stage.directory, self.empty)
        self.stage.lines.clear()
        self.stage.box.requests.clear()
        self.stage.troubled.calls.clear()
        self.stage.troubled.bodies.clear()
        self.history = History(self.stage)
        self.number = 0
        self.unsure: set[tuple[str, str]] = set()
        self.seen = self.documents()

    # --- CloudFormation ---

    @rule(changes=_changes, troubles=_troubles)
    def deploy(self, changes: dict[str, Any], troubles: list[tuple[str, Disturbance] | None]) -> None:
        """Another spec, or the first."""
        self._deploy(self._spec(changes), troubles)

    @precondition(lambda self: self.history.spec is not None)
    @rule(troubles=_troubles)
    def tear_down(self, troubles: list[tuple[str, Disturbance] | None]) -> None:
        """The stack is deleted."""
        self._deploy(None, troubles)

    def _spec(self, changes: dict[str, Any]) -> Spec:
        before = self.history.spec or Spec()
        wanted = before._replace(**changes)
        self.number += 1
        if wanted.slug == "chosen" or (wanted.slug and wanted.template != before.template):
            # Another slug each time: a kept one cannot be replaced into, and an application that is only deactivated
            # keeps the one it has.
            wanted = wanted._replace(slug=f"chosen-{self.number}")
        if self._is_gone():
            wanted = wanted._replace(label=f"{wanted.label} made anew {self.number}")
        return wanted

    def _is_gone(self) -> bool:
        """Whether somebody has deleted the application in the console."""
        made = self.history.application_id
        return made is not None and made not in self.stage.directory.applications

    def _deploy(self, spec: Spec | None, troubles: list[tuple[str, Disturbance] | None]) -> None:
        before, was = self.history.spec, self.history.application_id
        slugs = {each.slug for each in (before, spec) if each}
        proves = slugs <= {None}
        # Without an answer, a chosen slug proves nothing: what is left then stays, and is told in the log.
        usable = [each if each is None or proves or each[0] != "for good" else None for each in troubles]
        began = self.history.events
        deployed = self.history.deploy(spec, [each[1] if each else None for each in usable])
        type(self).operations += max(1, self.history.events - began)
        kind = "delete" if spec is None else "create" if before is None else "update"
        outcome = f"{kind} {'done' if deployed.done else 'rolled back'}"
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        if all(each is None or each[0] == "survived" for each in usable):
            assert deployed.done, deployed.failed
        self.judge(before, spec, was, deployed)

    # --- people ---

    @precondition(lambda self: self._is_there())
    @rule(what=st.sampled_from(["color", "beta", "name id format"]), text=_texts)
    def set_what_is_not_managed(self, what: str, text: str) -> None:
        """A field that is in no spec."""
        live = self._live()
        if what == "color":
            live.color = {"A": "#202D38", "B": "#005466", "C": None}[text]
        elif what == "name id format" and "overrideNameIdFormat" in live.config:
            live.config["overrideNameIdFormat"] = f"urn:{text}"
        else:
            live.beta = not live.beta
        self._edited()

    @precondition(lambda self: self._is_there() and self.history.spec.slug is None)
    @rule(what=st.sampled_from(["label", "description", "active", "acs", "login"]), text=_texts)
    def set_what_is_managed(self, what: str, text: str) -> None:
        """A field of the spec, or one that it may have later."""
        live = self._live()
        if what == "label":
            live.display_label = f"by hand {text}"
        elif what == "description":
            live.description = f"by hand {text}"
        elif what == "active":
            live.active = text == "A"
        else:
            live.config["acsUrl" if what == "acs" else "idpInitUrl"] = f"https://by-hand.example/{text}"
        self._edited()

    @precondition(lambda self: self._is_there())
    @rule()
    def regenerate_the_certificate(self) -> None:
        """In the console, with a new key."""
        live = self._live()
        pair = self.stage.directory.new_pair()
        live.config["idpCertificate"], live.private_key = encoded(pair.certificate), pair.private_key
        self._edited()

    @precondition(lambda self: self._is_there())
    @rule(group=st.sampled_from((*GROUPS, BY_HAND_GROUP)), bind=st.booleans())
    def bind_or_unbind(self, group: str, *, bind: bool) -> None:
        """A group; those of the spec are only unbound, and CloudFormation does not notice."""
        directory, application_id = self.stage.directory, self._live().id
        edge = (application_id, "user_group", directory.group(group).id)
        if bind and group == BY_HAND_GROUP:
            directory.associations[edge] = {}
        else:
            directory.associations.pop(edge, None)
        if group != BY_HAND_GROUP:
            self.unsure.add((application_id, group))
        self._edited()

    @precondition(lambda self: self._is_there())
    @rule()
    def delete_the_application(self) -> None:
        """In the console; the next deployment changes it, and so makes it anew."""
        self.stage.directory.remove_application(self._live().id)
        self._edited()

    @rule(group=st.sampled_from(GROUPS), text=_texts)
    def change_a_group(self, group: str, text: str) -> None:
        """What others keep on it."""
        found = self.stage.directory.group(group)
        found.description, found.attributes = f"by hand {text}", {**found.attributes, "byHand": text}
        self._edited()

    @rule(seconds=st.sampled_from([60, 3600, 90_000]))
    def let_time_pass(self, seconds: int) -> None:
        """So much that nothing is recent any more, or not."""
        self.stage.time.now += seconds
        self._edited()

    def _is_there(self) -> bool:
        return self.history.application_id in self.stage.directory.applications

    def _live(self) -> Any:
        return self.stage.directory.applications[str(self.history.application_id)]

    def _edited(self) -> None:
        type(self).operations += 1
        self.seen = self.documents()


def _play(stage: TroubledStage, histories: int, *, at_random: bool) -> type[Histories]:
    class Played(Histories):
        """These histories."""

    Played.stage, Played.empty, Played.outcomes = stage, keep(stage.directory), {}
    run_state_machine_as_test(
        Played,
        settings=settings(
            max_examples=histories,
            stateful_step_count=STEPS,
            derandomize=not at_random,
            deadline=None,
            database=None,
            print_blob=at_random,
            phases=[Phase.generate, Phase.shrink] if at_random else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    return Played


def test_after_ten_thousand_operations_the_directory_holds_what_cloudformation_believes(
    troubled: TroubledStage,
) -> None:
    """Each time the same ones; and all ways to end have been gone often."""
    played = _play(troubled, HISTORIES_IN_THE_GATE, at_random=False)
    assert played.operations >= OPERATIONS_IN_THE_GATE
    for outcome in ("create done", "create rolled back", "update done", "update rolled back", "delete done"):
        assert played.outcomes[outcome] >= 50, played.outcomes


@pytest.mark.skipif(not os.environ.get("SAML_CONNECTORS_HISTORIES"), reason="asked for by SAML_CONNECTORS_HISTORIES")
def test_as_many_histories_at_random_as_are_asked_for_end_as_well(troubled: TroubledStage) -> None:
    """For a night, or before a release: others each time."""
    _play(troubled, int(os.environ["SAML_CONNECTORS_HISTORIES"]), at_random=True)
