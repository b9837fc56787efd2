"""The details of one connector as lines of Markdown: what changes and how, its fields, its certificates, all it says.

Not here: the page that they stand in (`markdown.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review.fact_kinds import KINDS
from saml_connectors.review.facts import merged
from saml_connectors.review.markdown_text import Head, code, table
from saml_connectors.review.phrase import Name, Phrase, phrase
from saml_connectors.review.rotation import others, stands
from saml_connectors.review.values import told_field

if TYPE_CHECKING:
    from datetime import datetime

    from saml_connectors.review.certificates import Certificate
    from saml_connectors.review.changes import Change, Compared, Row
    from saml_connectors.review.facts import Fact
    from saml_connectors.review.model import Connector, Part

AREAS = (
    ("Who gets where", frozenset(kind.code for kind in KINDS.values() if kind.is_access)),
    ("App clients", frozenset({"callback-host", "scope", "flow", "auth-flow", "other-provider", "server-scope"})),
    (
        "What is told of people, and to whom",
        frozenset(
            {
                *("released", "session-tag", "access-control", "groups-sent", "constant", "constant-tag"),
                *("kept", "reads", "writes", "instance-attribute"),
            }
        ),
    ),
    (
        "What roles and permission sets may do",
        frozenset({"may", "may-not", "policy", "boundary", "set-may", "set-may-not", "set-policy", "set-boundary"}),
    ),
    (
        "Whom AWS believes",
        frozenset(
            {
                *("trust", "trust-anyhow", "distrust", "watched"),
                *(kind for kind in KINDS if "signer" in kind),
            }
        ),
    ),
)
"""The kinds of facts under the headings that a person looks for."""

LONGEST_VALUE = 400
"""Characters of a field that are shown: more than of a name, so that a difference is seen."""


def sentence(told: Phrase) -> str:
    """A sentence as Markdown, with a capital."""
    written = told.written(code)
    return f"{written[:1].upper()}{written[1:]}"


def details(compared: Compared, now: datetime) -> list[str]:
    """All that is told of a connector that changes."""
    lines = list(_changes(compared.changes))
    lines += _rows(compared.rows, several_stacks=len(compared.connector.templates) > 1)
    if compared.state != "removed":
        if compared.state == "added":
            lines += description(compared.connector)
        lines += certificates(compared.connector, now)
    return lines


def description(connector: Connector) -> list[str]:
    """All that is told of a connector without a base."""
    lines: list[str] = []
    for heading, kinds in AREAS:
        told = [*_stated(fact for fact in connector.facts if fact.kind in kinds)]
        if told:
            lines += [Head(f"**{heading}**"), Head(""), *told, ""]
    for part in connector.of_type(contract.APPLICATION):
        head = f"**{'Tile' if part.what == 'tile' else 'Application'} {code(part.name)} in the directory**"
        lines += [Head(head), Head(""), *table(("field", "value"), _fields(part)), ""]
    return lines


def certificates(connector: Connector, now: datetime) -> list[str]:
    """Which certificates there are, where each rotation stands, and until when they hold."""
    told = [f"- {_certificate(each, now)}" for each in connector.certificates]
    for part in connector.parts:
        if part.signing is not None:
            names: dict[str, Name] = {"signs": part.signing.signs, "others": others(part.signing)}
            told.append(f"- {phrase(f'{{part}} {stands(part.signing)}', part=part.name, **names).written(code)}")
    return [Head("**Certificates**"), Head(""), *told, ""] if told else []


def _changes(changes: Iterable[Change]) -> Iterator[str]:
    for risk, several in groupby(changes, key=lambda each: each.risk):
        yield Head(f"**{risk.told.capitalize()}**")
        yield Head("")
        yield from (f"- {sentence(each.phrase)}" for each in several)
        yield ""


def _rows(rows: Iterable[Row], *, several_stacks: bool) -> Iterator[str]:
    """Every field before and after: of applications by the directory's names, of AWS by CloudFormation's."""
    found = list(rows)
    if not found:
        return
    for is_application in (True, False):
        some = [row for row in found if (row.part.type == contract.APPLICATION) is is_application]
        if some:
            yield Head(f"**{'In the directory' if is_application else 'In AWS'}**")
            yield Head("")
            cells = (
                (_named(row.part, several_stacks=several_stacks), code(row.field), *_before_after(row)) for row in some
            )
            yield from table(("resource", "field", "before", "after"), cells)
            yield ""


def _named(part: Part, *, several_stacks: bool) -> str:
    """A part, with its stack where there are several: a role of one name is in each account."""
    return f"{part.what} {code(part.name)}{f' in {code(part.place.template)}' if several_stacks else ''}"


def _before_after(row: Row) -> tuple[str, str]:
    before, after = ("*none*" if each is None else code(each, LONGEST_VALUE) for each in (row.before, row.after))
    return before, after


def _stated(facts: Iterable[Fact]) -> Iterator[str]:
    yield from (f"- {sentence(told.phrase(told.kind.stated))}" for told in merged(facts))


def _fields(part: Part) -> Iterator[tuple[str, str]]:
    for name, given in told_fields(part).items():
        yield code(name), ", ".join(code(each, LONGEST_VALUE) for each in given)


def told_fields(part: Part) -> dict[str, list[str]]:
    """The fields of a part by what people call them; several values where one is a list."""
    found: dict[str, list[str]] = {}
    for name, given in part.fields.items():
        found.setdefault(told_field(name), []).append(given)
    return found


def _certificate(certificate: Certificate, now: datetime) -> str:
    days = (certificate.ends - now).days
    left = f"{days:,} days left" if days >= 0 else "**it has ended**"
    whose = f"{code(certificate.fingerprint)} (SHA-256) of {code(certificate.subject)}"
    return f"{whose}, until {certificate.ends:%Y-%m-%d}: {left}"
