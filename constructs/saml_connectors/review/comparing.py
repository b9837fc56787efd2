"""What is different between two readings: who gains and loses what, what is replaced, every field before and after.

Not here: which connector is which (`pairing.py`), and what replaces (`replacing.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review import pairing
from saml_connectors.review.changes import Change, Compared, Row, State, Way
from saml_connectors.review.consequences import consequences, credentials_sent
from saml_connectors.review.fact_kinds import KINDS
from saml_connectors.review.facts import Fact, Told, merged
from saml_connectors.review.grouping import ASSIGNMENT, OF_STORE, POOL
from saml_connectors.review.model import Connector, Link, Node, Part, Reading
from saml_connectors.review.phrase import counted, phrase
from saml_connectors.review.reading_cognito import CLIENT
from saml_connectors.review.replacing import instead, replaced
from saml_connectors.review.risk import Risk
from saml_connectors.review.rotation import rotated
from saml_connectors.review.staying import is_in, with_staying
from saml_connectors.review.values import told_field

if TYPE_CHECKING:
    from saml_connectors.review.model import Place

_RENAMED = {"application": contract.APPLICATION, "client": CLIENT}
"""Names in facts that are those of parts which keep their identity under another name."""

_QUIET_TYPES = {
    ASSIGNMENT,
    *OF_STORE,
    contract.SIGNING_CERTIFICATE,
}
"""Types whose coming and going facts, or the phase of a rotation, tell already."""

_QUIET_FACTS = {"constant"}
"""What is described, and of which a comparison shows the fields alone."""

_TELLING = {"policy", "may", "set-policy", "set-may", "callback-host"}
"""What is as grave for a role, permission set or app client that is new as for one that was there."""

_TRUSTS = {"trust", "trust-anyhow"}


def compare(base: Reading, new: Reading) -> list[Compared]:
    """Every connector, before and after: those that change first, the gravest first, then by name."""
    pairs, added, removed = pairing.connectors(base.connectors, new.connectors)
    found = [_compared(before, after, base_side=base, new_side=new) for before, after in pairs]
    found += [_added(each) for each in added]
    found += [_removed(each, new) for each in removed]
    return sorted(found, key=lambda each: (each.state == "same", each.risk, each.connector.name, each.connector.kind))


def notes(base: Reading, new: Reading) -> list[Change]:
    """What concerns no single connector: the code of functions."""
    found = []
    other_code, other_settings = [], []
    for place in sorted(new.functions.keys() & base.functions.keys()):
        before, after = base.functions[place], new.functions[place]
        if before.code != after.code:
            other_code.append(place.template)
        if before.settings != after.settings:
            other_settings.append(place.template)
    for stacks, what in ((other_code, "other code"), (other_settings, "another run time, handler or environment")):
        if stacks:
            functions = f"{counted(len(stacks), 'function')} behind the directory's resources, or of sign-in,"
            words = f"{functions} {'has' if len(stacks) == 1 else 'have'} {what}, in {{stacks}}"
            told = phrase(words, stacks=tuple(sorted(set(stacks))))
            found.append(Change(Risk.CHANGED, "function-changed", told, "other", None))
    return found


def _compared(base: Connector, new: Connector, *, base_side: Reading, new_side: Reading) -> Compared:
    base, new = with_staying(base, new, base_side), with_staying(new, base, new_side)
    pairs = pairing.parts(base, new)
    changes: list[Change] = []
    rows: list[Row] = []
    for before, after in (*pairs.same, *pairs.instead):
        fields = list(_rows(before, after))
        rows += fields
        changes += consequences(before, after, base, new) if fields else ()
        if (before, after) in pairs.instead:
            found = [instead(before, after, new)]
        else:
            found = list(replaced(before, after, fields, new))
        if not any(change.code == "application-replaced" for change in found):  # a new one begins with its own
            found += rotated(before, after)
        changes += found
    changes += [_part_added(part, base_side) for part in pairs.added if part.type not in _QUIET_TYPES]
    changes += [_part_removed(part, new_side) for part in pairs.removed if part.type not in _QUIET_TYPES]
    changes += credentials_sent(base, new)
    names = _renames([*pairs.same, *pairs.instead])
    before_facts = {_renamed(fact, names): place for fact, place in base.facts.items()}
    fresh = {part.place for part in pairs.added}
    gained = [fact for fact in new.facts if fact not in before_facts and fact.kind not in _QUIET_FACTS]
    lost = [fact for fact in before_facts if fact not in new.facts and fact.kind not in _QUIET_FACTS]
    changes += _gained(gained, before_facts, new, fresh)
    changes += _lost(lost, before_facts, base, new, pairs.removed)
    state: State = "changed" if changes or rows else "same"
    links = frozenset(_renamed_link(link, names) for link in base.links)
    return Compared(state, new, base, _in_order(changes), tuple(rows), links)


def _rows(before: Part, after: Part) -> Iterator[Row]:
    """The fields that differ; of a list, one row for each item, or one for all where one item takes another's place."""
    if after.says_what(before):
        return
    names = sorted(before.fields.keys() | after.fields.keys())
    different = [name for name in names if before.fields.get(name) != after.fields.get(name)]
    for field, several in groupby(different, key=told_field):
        found = [(before.fields.get(name), after.fields.get(name)) for name in several]
        old, new = ([each[side] for each in found if each[side] is not None] for side in (0, 1))
        if len(old) == len(new) == 1:
            found = [(old[0], new[0])]
        yield from (Row(after, field, *each) for each in found)


def _gained(facts: list[Fact], before: Mapping[Fact, Place], new: Connector, fresh: set[Place]) -> Iterator[Change]:
    together = {_of_trust(fact) for fact in before if fact.kind in _TRUSTS}
    for risk, several in _by_risk(facts, lambda fact: _risk_of_gain(fact, new.facts[fact] in fresh, together)).items():
        for told in merged(several):
            part = new.by_place.get(new.facts[told.facts[0]])
            yield _change(risk, "added", told, "gains", part)


def _risk_of_gain(fact: Fact, is_fresh: bool, known_trusts: set[tuple[str, ...]]) -> Risk:
    kind = KINDS[fact.kind]
    if fact.kind in _TRUSTS and not is_fresh and _of_trust(fact) not in known_trusts:
        return Risk.WIDENED
    return Risk.CHANGED if is_fresh and not (kind.is_access or fact.kind in _TELLING) else kind.added_risk


def _lost(
    facts: list[Fact], before: Mapping[Fact, Place], base: Connector, new: Connector, removed: list[Part]
) -> Iterator[Change]:
    gone = {part.place for part in removed}
    together = {_of_trust(fact) for fact in new.facts if fact.kind in _TRUSTS}
    worth = [fact for fact in facts if KINDS[fact.kind].is_access or before[fact] not in gone]
    for risk, several in _by_risk(worth, lambda fact: _risk_of_loss(fact, together)).items():
        for told in merged(several):
            place = before[told.facts[0]]
            yield _change(risk, "removed", told, "loses", new.by_place.get(place) or base.by_place.get(place))


def _change(risk: Risk, end: str, told: Told, way: Way, part: Part | None) -> Change:
    words = told.kind.added if end == "added" else told.kind.removed
    return Change(risk, f"{told.kind.code}-{end}", told.phrase(words), way if told.kind.is_access else "other", part)


def _risk_of_loss(fact: Fact, known_trusts: set[tuple[str, ...]]) -> Risk:
    if fact.kind in _TRUSTS and _of_trust(fact) not in known_trusts:
        return Risk.REMOVED
    return KINDS[fact.kind].removed_risk


def _of_trust(fact: Fact) -> tuple[str, ...]:
    """Role, account, principal and action, whatever the condition."""
    return fact.names[:4]


def _by_risk(facts: Iterable[Fact], risk: Callable[[Fact], Risk]) -> dict[Risk, list[Fact]]:
    found: dict[Risk, list[Fact]] = {}
    for fact in facts:
        found.setdefault(risk(fact), []).append(fact)
    return found


def _renames(pairs: Iterable[tuple[Part, Part]]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {name: {} for name in _RENAMED}
    for before, after in pairs:
        for name, kind in _RENAMED.items():
            if after.type == kind and before.name != after.name:
                found[name][before.name] = after.name
    return found


def _renamed(fact: Fact, names: Mapping[str, Mapping[str, str]]) -> Fact:
    """The fact with the names that its parts have now."""
    slots = KINDS[fact.kind].names
    return Fact(
        fact.kind, tuple(names.get(slot, {}).get(one, one) for slot, one in zip(slots, fact.names, strict=True))
    )


def _renamed_link(link: Link, names: Mapping[str, Mapping[str, str]]) -> Link:
    """The link between what its ends are called now."""
    ends = [
        Node(node.kind, names["application"].get(node.name, node.name)) if node.kind == "application" else node
        for node in link
    ]
    return Link(*ends)


def _part_added(part: Part, base: Reading) -> Change:
    words = f"{part.what} {{part}}, which was there, belongs to it now" if is_in(part, base) else _new(part)
    if part.fields.get(contract.ADOPT):
        words += ", made by hand, is taken over as it is: its first deployment writes nothing"
    return Change(Risk.CHANGED, "part-added", phrase(words, part=part.name), "other", part)


def _new(part: Part) -> str:
    return f"New: {part.what} {{part}}"


def _part_removed(part: Part, new: Reading) -> Change:
    stays = f"{part.what} {{part}} stays in its template, but nobody signs in to it by this connector any more"
    words = stays if is_in(part, new) else _gone(part)
    return Change(Risk.REMOVED, "part-removed", phrase(words, part=part.name), "other", part)


def _gone(part: Part) -> str:
    """What becomes of a part that leaves."""
    if part.type == contract.APPLICATION:
        if part.fields.get(contract.ADOPT):
            return "the application {part} is given up: it was made by hand, and stays in the directory as it is"
        if part.fields.get(contract.ON_REMOVAL) == contract.ON_REMOVAL_DEACTIVATE:
            return (
                "the application {part} is taken away: it stays in the directory, inactive, and nobody signs in by it"
            )
        return f"{'the tile' if part.what == 'tile' else 'the application'} {{part}} is deleted from the directory"
    if part.type == POOL and not part.stays:
        return "user pool {part} is deleted, with all its users"
    if part.stays:
        return f"{part.what} {{part}} leaves its stack, and stays in AWS"
    return f"{part.what} {{part}} is deleted"


def _added(connector: Connector) -> Compared:
    told = phrase(f"New connector {{name}} of kind {connector.kind}", name=connector.name)
    changes = [Change(Risk.CHANGED, "connector-added", told, "other", next(iter(connector.parts), None))]
    facts = [fact for fact in connector.facts if KINDS[fact.kind].is_access]
    changes += _gained(facts, {}, connector, set())
    return Compared("added", connector, None, _in_order(changes))


def _removed(connector: Connector, new: Reading) -> Compared:
    left = [name for name in connector.templates if name not in new.templates]
    words, names = f"connector {{name}} of kind {connector.kind} is removed", {"name": connector.name}
    if left:
        words += "; nothing happens before somebody deletes what is no longer in the app: {stacks}"
    told = phrase(words, **names, stacks=tuple(left)) if left else phrase(words, **names)
    changes = [Change(Risk.REMOVED, "connector-removed", told, "loses", next(iter(connector.parts), None))]
    if not left:
        changes += [_part_removed(part, new) for part in connector.parts if part.type in {contract.APPLICATION, POOL}]
    facts = [fact for fact in connector.facts if KINDS[fact.kind].is_access]
    changes += _lost(facts, connector.facts, connector, connector, list(connector.parts))
    return Compared("removed", connector, connector, _in_order(changes))


def _in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda each: (each.risk, each.way == "other", each.code, each.phrase.plain())))
