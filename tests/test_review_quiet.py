"""Claims about what a review says nothing of: changes that are none for people who sign in."""

from __future__ import annotations

import copy
from typing import Any

import pytest

pytest_plugins = ["tests.review_fixtures"]


def test_new_code_of_our_functions_is_one_line_and_no_change_for_people(examples: Any, reviewed: Any) -> None:
    """All stacks together."""
    base = examples()
    new = copy.deepcopy(base)
    for template in new.values():
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Function":
                resource["Properties"]["Code"]["S3Key"] = "f" * 64 + ".zip"
    found = reviewed(new, base)
    assert found.is_empty
    assert [note.code for note in found.notes] == ["function-changed"]
    assert found.notes[0].phrase.words.startswith("6 functions behind the directory's resources")


@pytest.mark.parametrize(
    "kind", ["AWS::Logs::LogGroup", "AWS::IAM::Policy", "AWS::CloudWatch::Alarm", "AWS::KMS::Key", "AWS::SNS::Topic"]
)
def test_resources_without_a_part_in_sign_in_are_no_change(examples: Any, reviewed: Any, kind: str) -> None:
    """Logs, alarms, keys and the function's own rights may change without a word."""
    base = examples()
    new = copy.deepcopy(base)
    count = 0
    for template in new.values():
        for resource in template["Resources"].values():
            if resource["Type"] == kind:
                resource["Properties"]["Description"] = "another"
                count += 1
    assert count
    found = reviewed(new, base)
    assert found.is_empty
    assert not found.notes


def test_metadata_paths_versions_and_order_are_no_change(examples: Any, reviewed: Any) -> None:
    """What the CDK writes beside the resources, and the order of everything, mean nothing to people."""
    base = examples()
    new = {}
    for name, template in reversed(copy.deepcopy(base).items()):
        template["Resources"] = dict(reversed(template["Resources"].items()))
        for resource in template["Resources"].values():
            resource["Metadata"] = {"aws:cdk:path": f"elsewhere/{name}", "aws:asset:path": "asset.0"}
            resource["Properties"] = dict(reversed(resource.get("Properties", {}).items()))
        template["Resources"]["CDKMetadata"] = {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:x"}}
        new[name] = template
    assert reviewed(new, base).is_empty
