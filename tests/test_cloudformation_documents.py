"""Claims about templates as text: YAML's short forms, and what cannot be read is told in one sentence."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from saml_connectors.cloudformation import read
from saml_connectors.cloudformation.document import MAX_BYTES, MAX_DEPTH, load, parse
from saml_connectors.problems import Problem, SpecError


def problem(path: Path) -> Problem:
    """What is wrong with the file."""
    with pytest.raises(SpecError) as told:
        load(path, path.name)
    (found,) = told.value.problems
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A: !Ref B", {"A": {"Ref": "B"}}),
        ("A: !GetAtt B.C.D", {"A": {"Fn::GetAtt": ["B", "C.D"]}}),
        ("A: !GetAtt [B, C]", {"A": {"Fn::GetAtt": ["B", "C"]}}),
        ("A: !Sub '${B}'", {"A": {"Fn::Sub": "${B}"}}),
        ("A: !Sub ['${B}', {B: !Ref C}]", {"A": {"Fn::Sub": ["${B}", {"B": {"Ref": "C"}}]}}),
        ("A: !Join ['', [x, !Ref B]]", {"A": {"Fn::Join": ["", ["x", {"Ref": "B"}]]}}),
        ("A: !If [C, !Ref 'AWS::NoValue', x]", {"A": {"Fn::If": ["C", {"Ref": "AWS::NoValue"}, "x"]}}),
        ("A: !Condition C", {"A": {"Condition": "C"}}),
        ("A: !Transform {Name: X}", {"A": {"Fn::Transform": {"Name": "X"}}}),
        ("A: ! plain", {"A": "plain"}),
        ("Version: 2012-10-17", {"Version": "2012-10-17"}),
        ("2: a\ntrue: b\nnull: c", {"2": "a", "true": "b", "null": "c"}),
        ("A: !!set {x, y}", {"A": ["x", "y"]}),
        ("A: !!binary YQ==", {"A": "b'a'"}),
        ("{A: [b, c]}", {"A": ["b", "c"]}),
        ('{"A": 1}', {"A": 1}),
    ],
)
def test_yaml_and_json_are_read_as_cloudformation_reads_them(text: str, expected: Any) -> None:
    """Short forms are the functions' names, dates stay texts, and keys are texts as in JSON."""
    found = parse(text)
    assert found == expected
    json.dumps(found)


@pytest.mark.parametrize(
    ("text", "code", "words", "line"),
    [
        (b'{"A": 1', "template-syntax", "must be JSON or YAML, but expecting", 1),
        (b'{\n"A": 1,\n"B" 2}', "template-syntax", "expecting ':' delimiter", 3),
        (b"A: [1", "template-syntax", "must be JSON or YAML, but", 1),
        (b"A: 1\nA: 2", "template-syntax", "key 'A' is there twice", 2),
        (b"A: &x 1\nB: *x", "template-syntax", "aliases are no part of a template", 2),
        (b"A: !!timestamp x", "template-syntax", "must be JSON or YAML", None),
        (b"A: !!int x", "template-syntax", "must be JSON or YAML", None),
        (b"A: !!int ''", "template-syntax", "must be JSON or YAML", None),
        (b"A: !!bool x", "template-syntax", "must be JSON or YAML", None),
        (b"A: !!python/name:os.system x", "template-syntax", "could not determine a constructor", 1),
        (b"? [a]\n: b", "template-syntax", "found unhashable key", 1),
        (b"A: !Ref {[a]: b}", "template-syntax", "found unhashable key", 1),
        (b"\0", "template-syntax", "must be JSON or YAML", None),
        (b"---\nA: 1\n---\nB: 2", "template-syntax", "but found another document", 3),
        (b"- a", "template-syntax", "must be an object, but is list", 1),
        (b"", "template-syntax", "must be an object, but is NoneType", 1),
        (b'"text"', "template-syntax", "must be an object, but is str", 1),
        (b"A: 1\nB: \xff", "template-not-text", "must be UTF-8 text, but byte 8 is not", 2),
        (b"A: " + b"1" * 5000, "template-syntax", "Exceeds the limit", None),
        (b'{"A": ' + b"1" * 5000 + b"}", "template-syntax", "Exceeds the limit", None),
        (b"[" * 20_000, "template-too-deep", f"at most {MAX_DEPTH} deep", None),
        (b'{"A":' * 20_000, "template-too-deep", f"at most {MAX_DEPTH} deep", None),
        (b'{"A":' * 200 + b"1" + b"}" * 200, "template-too-deep", f"at most {MAX_DEPTH} deep", None),
        (b"- " * 20_000, "template-too-deep", f"at most {MAX_DEPTH} deep", None),
        (b"? " * 20_000, "template-too-deep", f"at most {MAX_DEPTH} deep", None),
        (b" " * (MAX_BYTES + 1), "template-too-large", "must be at most 4,194,304 bytes", None),
    ],
)
def test_what_cannot_be_read_is_one_problem(
    text: bytes, code: str, words: str, line: int | None, tmp_path: Path
) -> None:
    """With the line where there is one; no traceback, no crash of the parser, no hang."""
    file = tmp_path / "a.yaml"
    file.write_bytes(text)
    began = time.perf_counter()
    found = problem(file)
    assert time.perf_counter() - began < 5
    assert (found.code, found.line) == (code, line)
    assert words.lower() in found.message.lower()
    assert "\n" not in found.message


def test_a_bomb_of_aliases_is_refused_before_it_grows(tmp_path: Path) -> None:
    """Ten levels of ten aliases stand for ten thousand million texts."""
    lines = ["a0: &a0 x", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 11))]
    file = tmp_path / "bomb.yaml"
    file.write_text("\n".join(lines))
    assert "aliases" in problem(file).message


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    """A name that is not there, a device, a path that no file can have, a link to itself."""
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    paths = [str(tmp_path / "missing.json"), "/dev/zero", "a\0b", "x" * 5000, str(loop)]
    with pytest.raises(SpecError) as told:
        read(paths)
    assert [each.code for each in told.value.problems] == ["template-unreadable"] * len(paths)


def test_a_template_of_a_megabyte_is_read_fast(tmp_path: Path) -> None:
    """The largest that CloudFormation takes: 500 resources, in both languages."""
    resources = {
        f"Role{n}": {"Type": "AWS::IAM::Role", "Properties": {"Description": "x" * 1900, "Path": {"Ref": f"Role{n}"}}}
        for n in range(500)
    }
    text = json.dumps({"Resources": resources}, indent=1)
    file = tmp_path / "large.json"
    file.write_text(text)
    began = time.perf_counter()
    (template,) = read([str(file)]).templates
    assert len(template.resources) == 500
    assert template.line_of("Role499") == text[: text.index('"Role499": {')].count("\n") + 1
    assert time.perf_counter() - began < 1
