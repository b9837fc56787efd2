"""Claims about whatever somebody may write: no input raises, hangs, leaks a secret, or is judged in two ways."""

from __future__ import annotations

import copy
import string
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saml_connectors.cli import main
from saml_connectors.problems import SpecError
from saml_connectors.spec import KINDS, CognitoUserPoolSpec, load, parse
from saml_connectors.spec.docstrings import field_descriptions
from saml_connectors.spec.loading import Loaded
from saml_connectors.spec.source import read_yaml

SPECS = Path(__file__).parent / "specs"
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def good(file: Path) -> dict[str, Any]:
    """A right spec as data; a file that it names is found wherever the data goes."""
    data: dict[str, Any] = read_yaml(file.read_text(), file.name).data
    told = data.get("service_provider", {})
    if "metadata_file" in told:
        told["metadata_file"] = str(file.parent / told["metadata_file"])
    return data


GOOD: list[dict[str, Any]] = [
    good(file) for file in [*sorted(SPECS.glob("*.yaml")), *sorted((SPECS.parents[1] / "connectors").glob("*.yaml"))]
]
FIELDS = sorted(
    {name for model in KINDS.values() for name in field_descriptions(model)}
    | {"prefix", "custom", "from", "constant", "credentials", "region", "flows", "scopes", "groups", "file", "<<", ""}
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["cognito-user-pool", "bookmark", "${Token[T.1]}", "https://[", "http://a b", "\ud800", "a" * 5000]
    )
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


def places(data: Any, location: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in plain data."""
    if location:
        yield location
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from places(value, (*location, key))


def changed(data: dict[str, Any], location: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy of *data* with *value* at *location*."""
    result: dict[str, Any] = copy.deepcopy(data)
    here: Any = result
    for part in location[:-1]:
        here = here[part]
    here[location[-1]] = value
    return result


@st.composite
def almost_good(draw: st.DrawFn) -> dict[str, Any]:
    """A right spec with up to three places overwritten by anything."""
    data: dict[str, Any] = draw(st.sampled_from(GOOD))
    for _ in range(draw(st.integers(1, 3))):
        data = changed(data, draw(st.sampled_from(list(places(data)))), draw(anything))
    return data


def judged(data: Any) -> list[str]:
    """What `parse` says of *data*: nothing where it is right."""
    try:
        parse(data)
    except SpecError as error:
        return [str(problem) for problem in error.problems]
    return []


def loaded(text: str | bytes) -> Loaded:
    """What `load` makes of a file that holds *text*."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "spec.yaml"
        file.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
        found = load([file])
    assert all(problem.file == str(file) and (problem.line or 1) >= 1 for problem in found.problems)
    return found


# --- nothing raises -------------------------------------------------------------------------------------------------


@quick
@given(anything)
def test_any_data_gives_problems_and_never_raises(data: Any) -> None:
    """`parse` answers with a `SpecError`, or with a spec; a sentence fits on one line."""
    assert all(problem.isprintable() for problem in judged(data))


@settings(quick, max_examples=200)
@given(almost_good())
def test_an_almost_good_spec_gives_problems_and_never_raises(data: dict[str, Any]) -> None:
    """Near the rules, where most code is, nothing raises either, and the answer is the same each time."""
    first = judged(data)
    assert first == judged(data)
    assert len(set(first)) == len(first)


@quick
@given(st.text(alphabet=string.printable + "\x00\x85\u2028\ufeff\ud800é", max_size=60) | st.binary(max_size=60))
def test_any_text_gives_problems_and_never_raises(text: str | bytes) -> None:
    """Whatever stands in the file."""
    assert not loaded(text).specs


@quick
@given(st.lists(st.sampled_from([*"-?:,[]{}#&*!|>'\"%@`\n \t", "a", "<<", "&a ", "*a", "!!", "---\n", "kind: "])))
def test_any_row_of_marks_gives_problems_and_never_raises(marks: list[str]) -> None:
    """The same, near YAML's own rules."""
    assert not loaded("".join(marks)).specs


@quick
@given(almost_good())
def test_a_file_and_its_data_are_judged_alike(data: dict[str, Any]) -> None:
    """What is written to YAML and read again has the problems that the data has."""
    text = yaml.safe_dump(data, allow_unicode=False)
    source = read_yaml(text, "spec.yaml")
    if source.problems:  # a lone surrogate or a merge, which YAML itself refuses
        assert all(problem.code in {"yaml-syntax", "yaml-merge"} for problem in source.problems)
        return
    from_file = [
        f"{problem.field}: {problem.message}"
        for problem in loaded(text).problems
        if problem.level == "error" and problem.code != "link-broken"  # between files, of which there is one here
    ]
    in_data: list[str] = []
    try:
        parse(source.data)
    except SpecError as error:
        in_data = [f"{problem.field}: {problem.message}" for problem in error.problems]
    assert sorted(from_file) == sorted(in_data)


# --- nothing hangs --------------------------------------------------------------------------------------------------


def bomb(levels: int) -> str:
    """A few lines that stand for nine to the power of *levels* values."""
    rows = ["l0: &l0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(rows)


HURTING: list[tuple[str | bytes, str]] = [
    (bomb(9), "spec-too-large"),
    ("a: &a [*a]", "spec-too-large"),
    ("[" * 100_000, "spec-too-large"),
    ("{a: " * 100_000, "spec-too-large"),
    ("- " * 100_000, "spec-too-large"),
    ("? " * 100_000, "spec-too-large"),
    ("\n".join(" " * n + "a:" for n in range(600)), "spec-too-large"),
    ("[" + "[], " * 60_000 + "]", "spec-too-large"),
    ("a" * 1_000_001, "file-too-large"),
    ("a" * 2000 + ": 1", "yaml-syntax"),
    ("a:\n\t- b", "yaml-syntax"),
    ("a: \x00", "yaml-syntax"),
    ("a: b\nc: \x07", "yaml-syntax"),
    ("kind: bookmark\n<<: {name: a}", "yaml-merge"),
    ("kind: bookmark\n? " + "k" * 100_000 + "\n: 1", "unknown-field"),
    ("kind: bookmark\nname: " + "9" * 5000, "yaml-tag"),
    ("kind: bookmark\nname: !!int x", "yaml-tag"),
    ("kind: bookmark\nname: !!set {a, b}", "yaml-tag"),
    ("kind: bookmark\nname: 2026-11-21", "connector-name"),
    ("kind: bookmark\nname: .inf", "wrong-type"),
    ("kind: bookmark\nname: *unknown", "yaml-syntax"),
    ("%YAML 9.9\n---\nkind: bookmark", "yaml-syntax"),
    ("", "file-empty"),
    ("# only this", "file-empty"),
    ("null", "wrong-type"),
    (b"\xff\xfek\x00i\x00n\x00d\x00", "file-encoding"),
    (b"kind: bookmark\nname: \xe9", "file-encoding"),
]


@pytest.mark.parametrize("parser", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize(("text", "code"), HURTING)
def test_a_text_made_to_hurt_gives_one_answer_at_once(
    text: str | bytes, code: str, parser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bombs, depth, length and what only YAML knows: each has its code, by either of the two parsers."""
    monkeypatch.setattr("saml_connectors.spec.source._Loader", getattr(yaml, parser))
    assert code in [problem.code for problem in loaded(text).problems]


def test_thousands_of_wrong_values_are_all_told() -> None:
    """No bound on how many problems a file may have, and rules are judged beside as many wrong values."""
    groups = "".join(f"    - {n if n % 2 else f'group-{n % 15_000}'}\n" for n in range(20_000))
    text = f"kind: bookmark\nname: a\nurl: https://a.example/\napplication:\n  display_label: a\n  groups:\n{groups}"
    codes = [problem.code for problem in loaded(text).problems]
    assert codes.count("wrong-type") == 10_000
    assert codes.count("group-twice") == 2_500


def test_data_without_an_end_is_refused() -> None:
    """In Python a list can hold itself, and nest deeper than Python's own stack."""
    circle: dict[str, Any] = {"kind": "bookmark"}
    circle["name"] = circle
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    wide: Any = []
    for _ in range(39):
        wide = [wide, wide]
    for data in (circle, {"kind": "bookmark", "name": deep}, {"kind": "bookmark", "name": wide}):
        with pytest.raises(SpecError) as caught:
            parse(data)
        assert [problem.code for problem in caught.value.problems] == ["spec-too-large"]
    with pytest.raises(SpecError, match="spec-too-large"):
        CognitoUserPoolSpec(**circle)


@pytest.mark.parametrize(
    "data", [None, 5, "kind", [], {}, {1: 2}, {"kind": "bookmark", ("a",): 1}, {"kind": b"bookmark"}]
)
def test_what_is_no_mapping_of_fields_is_refused(data: Any) -> None:
    """With a problem, not with an exception of another kind."""
    assert judged(data)


# --- nothing leaks --------------------------------------------------------------------------------------------------

hexadecimal = st.text(alphabet="0123456789abcdef", min_size=40, max_size=40)
secret_like = st.sampled_from(
    ["api_key", "apiKey", "key", "password", "client_secret", "token", "credential", "secrets"]
)


@quick
@given(hexadecimal, st.sampled_from(GOOD[:3]), st.data())
def test_a_planted_key_is_in_no_output(key: str, data: dict[str, Any], source: st.DataObject) -> None:
    """As the credential, in any form, or in a field of its own anywhere: the message does not repeat it."""
    # Mappings whose names are the author's own: a tag may be called key.
    free = {"constant_attributes", "scopes", "attributes", "tags", "principal_tags", "Bool", "StringLike"}
    inner = [place for place in places(data) if isinstance(_at(data, place), dict) and place[-1] not in free]
    values = [key, [key], {"api_key": key}, f" {key}", f"{key}\n", f"Bearer {key}", f'{{"api_key": "{key}"}}']
    value = source.draw(st.sampled_from(values))
    if source.draw(st.booleans()):
        planted = changed(data, ("directory", "credentials"), value)
    else:
        place = source.draw(st.sampled_from(inner))
        planted = changed(data, (*place, source.draw(secret_like)), value)
    assert not any(key in problem for problem in judged(planted))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "spec.yaml"
        file.write_text(yaml.safe_dump(planted))
        for form in ("text", "json"):
            result = CliRunner().invoke(main, ["validate", "--format", form, str(file)])
            assert result.exit_code == 1
            assert key not in result.output


@quick
@given(almost_good(), hexadecimal)
def test_a_key_in_any_field_is_in_no_output(data: dict[str, Any], key: str) -> None:
    """Wherever a value of that form stands, messages call it text that looks like a credential."""
    for place in list(places(data))[:12]:
        assert not any(key in problem for problem in judged(changed(data, place, key)))


def _at(data: Any, place: tuple[Any, ...]) -> Any:
    for part in place:
        data = data[part]
    return data
