"""Claims about `check --format sarif`: a whole SARIF 2.1.0 log that code scanning takes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it brings no types
import pytest
from click.testing import CliRunner

from saml_connectors import __version__
from saml_connectors.checks import Finding
from saml_connectors.checks.rules import RULES
from saml_connectors.checks.sarif import FINGERPRINT, sarif
from saml_connectors.cli import main

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _list(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


_MESSAGE = _object(["text"], text=_TEXT, markdown=_TEXT)
_BAG = {"type": "object", "properties": {"tags": _list({"type": "string"}, uniqueItems=True)}}
_RULE = _object(
    ["id", "name", "shortDescription", "help", "defaultConfiguration"],
    id=_TEXT,
    name={**_TEXT, "pattern": "^[A-Z][A-Za-z0-9]*$"},
    shortDescription=_MESSAGE,
    fullDescription=_MESSAGE,
    help=_MESSAGE,
    helpUri={**_TEXT, "pattern": r"^https://[^\s]+$"},
    defaultConfiguration=_object(["level"], level=_LEVEL),
    properties=_BAG,
)
_LOCATION = _object(
    [],
    physicalLocation=_object(
        ["artifactLocation", "region"],
        artifactLocation=_object(["uri"], uri={**_TEXT, "pattern": r"^[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+$"}),
        region=_object(["startLine"], startLine={"type": "integer", "minimum": 1}),
    ),
    logicalLocations=_list(
        _object(["name", "kind"], name=_TEXT, fullyQualifiedName=_TEXT, decoratedName=_TEXT, kind=_TEXT)
    ),
)
_RESULT = _object(
    ["ruleId", "ruleIndex", "level", "message", "partialFingerprints"],
    ruleId=_TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=_LEVEL,
    message=_MESSAGE,
    locations=_list(_LOCATION, minItems=1),
    partialFingerprints={"type": "object", "additionalProperties": _TEXT},
    suppressions=_list(
        _object(
            ["kind"],
            kind={"enum": ["inSource", "external"]},
            status={"enum": ["accepted", "underReview", "rejected"]},
            justification=_TEXT,
        ),
        minItems=1,
    ),
    properties=_BAG,
)
_DRIVER = _object(
    ["name", "version", "semanticVersion", "rules"],
    name=_TEXT,
    version=_TEXT,
    semanticVersion={**_TEXT, "pattern": r"^\d+\.\d+\.\d+"},
    rules=_list(_RULE, uniqueItems=True),
)
_RUN = _object(
    ["tool", "results"],
    tool=_object(["driver"], driver=_DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=_list(_RESULT),
)
SCHEMA = _object(
    ["version", "runs"],
    **{"$schema": {**_TEXT, "pattern": "sarif-schema-2.1.0.json$"}},
    version={"const": "2.1.0"},
    runs=_list(_RUN, minItems=1, maxItems=1),
)
"""The part of SARIF 2.1.0 that a log of ours may have, stricter than the standard: no other property, no empty text."""

FINDING = Finding(
    code=RULES[0].code,
    level="error",
    template="portal",
    file="cdk.out/portal.template.json",
    line=7,
    resource="Idp1234",
    construct="portal/Idp/Resource",
    path="Properties.ProviderDetails",
    message="is wrong",
    fix="mend it",
    source="a page",
)


def log(*findings: Finding) -> dict[str, Any]:
    """The one run of a log, held against the schema."""
    document = json.loads(json.dumps(sarif(findings, version=__version__)))
    jsonschema.validate(document, SCHEMA)
    run: dict[str, Any] = document["runs"][0]
    return run


def test_every_rule_is_described_with_its_help() -> None:
    """Also where nothing is found, so that code scanning can close what was."""
    run = log()
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in RULES]
    assert run["results"] == []
    for described, rule in zip(rules, RULES, strict=True):
        assert described["defaultConfiguration"]["level"] == rule.level
        assert rule.why in described["help"]["text"]
        assert rule.source in described["help"]["markdown"]
        assert ("helpUri" in described) == rule.source.startswith("https://")


def test_a_result_says_what_and_where() -> None:
    """File and line, the resource and its construct, and the rule by its place in the list."""
    run = log(FINDING)
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == FINDING.code
    assert (result["level"], result["message"]["text"]) == ("error", "is wrong; mend it")
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "cdk.out/portal.template.json"},
                "region": {"startLine": 7},
            },
            "logicalLocations": [
                {
                    "name": "Idp1234",
                    "fullyQualifiedName": "portal/Idp1234",
                    "kind": "resource",
                    "decoratedName": "portal/Idp/Resource",
                }
            ],
        }
    ]


def test_the_fingerprint_is_that_of_the_mistake_and_its_place() -> None:
    """Not of the line, nor of a sentence that tells the days that are left; two at one place are told apart."""

    def of(*findings: Finding) -> list[str]:
        return [each["partialFingerprints"][FINGERPRINT] for each in log(*findings)["results"]]

    (first,) = of(FINDING)
    assert of(replace(FINDING, line=99, message="ends in 3 days", file="other/a.json")) == [first]
    changes: list[dict[str, Any]] = [{"path": "Properties"}, {"construct": "portal/Other"}, {"template": "other"}]
    for change in changes:
        assert of(replace(FINDING, **change)) != [first]
    assert len(set(of(FINDING, FINDING, replace(FINDING, code=RULES[1].code)))) == 3


def test_suppressed_results_are_marked_with_their_reason() -> None:
    """In the template itself, or from elsewhere."""
    for place, kind in ((FINDING.file, "inSource"), ("suppressions.yaml", "external")):
        (result,) = log(replace(FINDING, suppressed="as agreed", suppressed_in=place))["results"]
        assert result["suppressions"] == [{"kind": kind, "status": "accepted", "justification": "as agreed"}]
    assert "suppressions" not in log(FINDING)["results"][0]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a b/ü%.json", "a%20b/%C3%BC%25.json"),
        ("/builds/a b.json", "file:///builds/a%20b.json"),
        ("./cdk.out/a.json", "cdk.out/a.json"),
        ("../a.json", "../a.json"),
    ],
)
def test_files_are_uris(file: str, uri: str) -> None:
    """As they were named, so that they fit the repository they are in."""
    (result,) = log(replace(FINDING, file=file, line=None))["results"]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": uri},
        "region": {"startLine": 1},
    }


def test_the_command_prints_a_valid_log(tmp_path: Path) -> None:
    """With what the rules find, what cannot be read, and what is suppressed."""
    file = tmp_path / "a.yaml"
    document = "{Type: AWS::IAM::SAMLProvider, Properties: {Name: 'a b', SamlMetadataDocument: !Ref D}}"
    file.write_text(f"Resources:\n  One: {document}\n  Two: {document}\nParameters: {{D: {{Type: String}}}}\n")
    entry = tmp_path / "suppressions.yaml"
    entry.write_text(
        "- {code: saml-provider-name, reason: as agreed, resource: One}\n"
        "- {code: metadata-doctype, reason: x}\n- {code: x, reason: x}\n"
    )
    arguments = ["check", "--format", "sarif", "--suppressions", str(entry), str(file)]
    said = CliRunner().invoke(main, arguments)
    document = json.loads(said.stdout)
    jsonschema.validate(document, SCHEMA)
    results = document["runs"][0]["results"]
    found = [(each["ruleId"], each["level"], "suppressions" in each) for each in results]
    assert set(found) >= {
        ("saml-provider-name", "error", True),
        ("saml-provider-name", "error", False),
        ("suppression-unused", "note", False),
        ("suppression-code-unknown", "error", False),
    }
    rules = document["runs"][0]["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in results)
    (tmp_path / "b.json").write_text("{")
    said = CliRunner().invoke(main, ["check", "--format", "sarif", str(tmp_path / "b.json")])
    jsonschema.validate(json.loads(said.stdout), SCHEMA)
    assert said.exit_code == 1
