"""What a review compares: single facts about who may sign in where, and as what.

Not here: which kinds there are (`fact_kinds.py`), and finding facts in templates (`reading_*.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from saml_connectors.review.fact_kinds import KINDS, ORDER, Kind
from saml_connectors.review.phrase import Name, Phrase


class Fact(NamedTuple):
    """Something that a template says."""

    kind: str
    names: tuple[str, ...]
    """As its kind orders them."""


def of(code: str, **names: str) -> Fact:
    """A fact of the kind *code*."""
    return Fact(code, tuple(names[name] for name in KINDS[code].names))


class Told(NamedTuple):
    """Facts that are told in one sentence."""

    kind: Kind
    names: dict[str, Name]
    facts: tuple[Fact, ...]

    def phrase(self, words: str) -> Phrase:
        """The sentence of *words*, which are some of its kind."""
        return Phrase(words, tuple(self.names.items()))


def merged(facts: Iterable[Fact]) -> list[Told]:
    """The facts with those told together that can be: kinds in their order, names sorted."""
    together: dict[tuple[str, tuple[str, ...]], list[Fact]] = {}
    for fact in sorted(facts, key=lambda each: (ORDER[each.kind], each.names)):
        place = _merged_at(fact)
        rest = (*fact.names[:place], "", *fact.names[place + 1 :])
        together.setdefault((fact.kind, rest), []).append(fact)
    found = []
    for (code, rest), several in together.items():
        kind = KINDS[code]
        names: dict[str, Name] = dict(zip(kind.names, rest, strict=True))
        names[kind.merged] = tuple(fact.names[_merged_at(fact)] for fact in several)
        found.append(Told(kind, names, tuple(several)))
    return found


def _merged_at(fact: Fact) -> int:
    kind = KINDS[fact.kind]
    return kind.names.index(kind.merged)
