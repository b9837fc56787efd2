"""Claims about docs/problems.md and docs/spec.md: they say what the code says, all of it and nothing else."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from saml_connectors.spec import KINDS
from saml_connectors.spec.docstrings import field_descriptions
from saml_connectors.spec.reference import reference
from saml_connectors.spec.shape import parts_below

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "constructs" / "saml_connectors"
CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
REPORTERS = {"refuse", "_refused", "_problem", "_refuse", "_refusal", "_warning", "_Lapse", "split_url"}
"""Functions, besides `Problem` itself, that take a code: as the first argument, or as the second."""


def literals(value: ast.expr) -> Iterator[str]:
    """The texts that an expression may be."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from literals(value.body)
        yield from literals(value.orelse)


def codes_in(tree: ast.AST) -> Iterator[str]:
    """Every code that a module may report."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="code", value=value) | ast.Assign(targets=[ast.Name(id="code")], value=value):
                values = [value]
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in REPORTERS:
                values = node.args[:2]
            case _:
                values = []
        for value in values:
            yield from (text for text in literals(value) if CODE.fullmatch(text))


def reported() -> set[str]:
    """Every code in the source; the Lambda functions have errors of their own, and docs/rules.md has those of rules."""
    modules = [
        each
        for each in PACKAGE.rglob("*.py")
        if not {"provider", "pre_token"} & set(each.parts)
        and not (each.parent.name == "checks" and each.stem.endswith("_rules"))
    ]
    return {code for module in modules for code in codes_in(ast.parse(module.read_text()))}


def rows() -> list[list[str]]:
    """The cells of each row of docs/problems.md that explains a code."""
    text = (PROJECT / "docs" / "problems.md").read_text()
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line.startswith("| `")
    ]


def test_every_code_in_the_source_is_explained_exactly_once() -> None:
    """Nobody meets a code that the documentation does not know, or reads of one that cannot happen."""
    explained = Counter(row[0].strip("| `") for row in rows())
    assert explained == Counter(reported())


def test_the_search_for_codes_finds_every_way_of_reporting_one() -> None:
    """The guard above sees what it guards: in each form of the source, one code is known to be there."""
    assert {"attribute-source", "group-twice", "kind-unknown", "missing-field", "callback-https", "yaml-merge"} < (
        reported()
    )
    assert {"metadata-not-xml", "metadata-certificate-expired", "logout-target", "metadata-bom", "url"} < reported()
    tree = ast.parse("Problem(code='a-b')\ncode = 'c-d' if x else 'e-f'\nraise refuse('g-h', 'must be')")
    assert list(codes_in(tree)) != []
    assert set(codes_in(tree)) == {"a-b", "c-d", "e-f", "g-h"}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0].strip("| `"))
def test_each_row_has_level_meaning_and_a_way_out(row: list[str]) -> None:
    """A row without one of them helps nobody."""
    _, level, meaning, way_out = row
    assert level in {"error", "warning", "error or warning", "note"}
    assert meaning.endswith((".", ".)"))
    assert way_out.rstrip("| ").endswith(".")


def test_levels_are_those_of_the_source() -> None:
    """What is reported as a warning or as a note somewhere is called one in the table."""
    found: dict[str, set[str]] = {"warning": set(), "note": set()}
    for module in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                given = {each.arg: each.value for each in node.keywords}
                level, code = given.get("level"), given.get("code")
                if isinstance(level, ast.Constant) and isinstance(code, ast.Constant):
                    found[str(level.value)].add(str(code.value))
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_warning":
                found["warning"] |= set(literals(node.args[0]))
    for name, codes in found.items():
        assert codes <= {row[0].strip("| `") for row in rows() if name in row[1]}
    known = {"flow-implicit", "groups-none", "metadata-certificate-weak", "role-without-groups", "permission-set-idle"}
    assert known <= found["warning"]
    assert {"scim-ready", "scim-staged"} <= found["note"]


def test_the_reference_is_what_the_models_say() -> None:
    """docs/spec.md is made, not written: `python -m saml_connectors.spec.reference > docs/spec.md` makes it again."""
    assert (PROJECT / "docs" / "spec.md").read_text() == reference()


def test_the_reference_is_made_by_the_command_that_it_names() -> None:
    """The command in the file's head prints that file."""
    command = [sys.executable, "-m", "saml_connectors.spec.reference"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - the project's own
    assert said.stdout == (PROJECT / "docs" / "spec.md").read_text()


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model, and every model below it."""
    yield model
    for _, below in parts_below(model):
        yield from models(below)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_described(kind: str) -> None:
    """A field without a description would leave editors and the reference empty."""
    for model in models(KINDS[kind]):
        assert set(field_descriptions(model)) == set(model.model_fields), model
        assert all(text.endswith(".") for text in field_descriptions(model).values()), model


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_that_may_be_left_out_says_what_happens_then(kind: str) -> None:
    """A default that is not told is a surprise; one of several that exclude each other has none."""
    one_of_several = {"prefix", "custom", "certificate_arn", "existing", "file", "url", "xml", "from_", "constant"}
    one_of_several |= {"metadata_file", "entity_id", "acs_url", "path"}
    of_the_kind = {"kind", "application", "directory", "opens"}
    for model in models(KINDS[kind]):
        for name, field in model.model_fields.items():
            if not field.is_required() and name not in one_of_several | of_the_kind:
                assert "Default:" in field_descriptions(model)[name], (model, name)


def test_links_in_the_reference_lead_somewhere() -> None:
    """Each link to a section has its section."""
    text = reference()
    anchors = {line[3:].lower().replace(" ", "-") for line in text.splitlines() if line.startswith("## ")}
    links = set(re.findall(r"\]\(#([a-z-]+)\)", text))
    assert links
    assert links <= anchors
