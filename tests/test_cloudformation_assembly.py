"""Claims about cloud assemblies: stages, nested stacks, notes of the CDK; and folders that are none, or lead out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from saml_connectors.cloudformation import read
from saml_connectors.cloudformation.assembly import read_stacks
from saml_connectors.problems import SpecError

ROLE = {"Type": "AWS::IAM::Role", "Properties": {}}


def write(path: Path, data: Any) -> Path:
    """*data* as JSON in *path*, whose folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data))
    return path


def stack(file: str, **more: Any) -> dict[str, Any]:
    """The manifest's entry of a stack."""
    given = {"templateFile": file, **more.pop("properties", {})}
    return {"type": "aws:cloudformation:stack", "properties": given, **more}


def manifest(folder: Path, **artifacts: Any) -> Path:
    """An assembly with these artifacts."""
    write(folder / "manifest.json", {"version": "55.0.0", "artifacts": artifacts})
    return folder


def codes(*paths: Path) -> list[str]:
    """Codes of what is wrong with the paths."""
    with pytest.raises(SpecError) as told:
        read([str(path) for path in paths])
    assert all("\n" not in problem.message for problem in told.value.problems)
    return [problem.code for problem in told.value.problems]


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """Two stacks, one of them in a stage, with a nested stack that is noted in the way of `app.synth()`."""
    stage = tmp_path / "assembly-Prod"
    child = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": {"Fn::Sub": "https://s3/${B}/h4.json"}},
    }
    write(tmp_path / "One.template.json", {"Resources": {"Role": ROLE}})
    write(stage / "Two.template.json", {"Resources": {"Child": child}})
    write(stage / "Child.nested.template.json", {"Resources": {"Role": ROLE}})
    asset = {"source": {"path": "Child.nested.template.json"}, "destinations": {"here": {"objectKey": "h4.json"}}}
    write(stage / "Two.assets.json", {"files": {"h4": asset}})
    notes = {
        "/Prod/Two/R/Resource": [{"type": "aws:cdk:logicalId", "data": "Role"}],
        "/Prod/Two": [{"type": "aws:cdk:acknowledged-rules", "data": {"saml-connectors::a-b": "because"}}, "?"],
    }
    write(stage / "Two.metadata.json", notes)
    two = stack("Two.template.json", displayName="Prod/Two", additionalMetadataFile="Two.metadata.json")
    assets = {"type": "cdk:asset-manifest", "properties": {"file": "Two.assets.json"}}
    manifest(stage, **{"ProdTwo": two, "ProdTwo.assets": assets})
    one = stack("One.template.json", environment="aws://111122223333/eu-west-1", displayName="One")
    return manifest(
        tmp_path,
        One=one,
        Prod={"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}},
        Tree={"type": "cdk:tree", "properties": {"file": "tree.json"}},
    )


def test_every_stack_is_found_with_what_is_known_of_it(assembly: Path) -> None:
    """Stages, nested stacks, accounts and regions, paths of constructs and acknowledgements, in the order of names."""
    found = read([str(assembly)]).templates
    assert [(each.name, each.account, each.region) for each in found] == [
        ("One", "111122223333", "eu-west-1"),
        ("Prod/Two", None, None),
        ("Prod/Two/Child", None, None),
    ]
    nested = found[2]
    assert nested.file == f"{assembly}/assembly-Prod/Child.nested.template.json"
    assert nested.resources["Role"].path == "Prod/Two/R/Resource"
    assert nested.acknowledgements == (("Prod/Two", "saml-connectors::a-b", "because"),)
    assert found[0].resources["Role"].path == "Role"


def test_what_is_named_twice_is_read_once(assembly: Path) -> None:
    """A folder, the same folder, and a template in it."""
    paths = [str(assembly), f"{assembly}/", f"{assembly}/One.template.json"]
    assert len(read(paths).templates) == 3


def test_a_template_alone_needs_no_assembly(assembly: Path) -> None:
    """It is called by its file's name."""
    (found,) = read([f"{assembly}/One.template.json"]).templates
    assert (found.name, found.stack_name) == ("One.template.json", None)


def test_stacks_are_found_by_their_files(assembly: Path) -> None:
    """With what the manifest beside them says, and the stacks nested in them; no others."""
    found = read_stacks([f"{assembly}/assembly-Prod/Two.template.json"]).templates
    assert [each.name for each in found] == ["Prod/Two", "Prod/Two/Child"]
    (one,) = read_stacks([f"{assembly}/One.template.json"]).templates
    assert (one.name, one.region) == ("One", "eu-west-1")


def test_a_name_of_two_constructs_is_nobody_s(tmp_path: Path) -> None:
    """In two nested stacks, the same logical id stands for two constructs: neither is guessed."""
    notes = {f"/One/{name}/R": [{"type": "aws:cdk:logicalId", "data": "Role"}] for name in ("A", "B")}
    write(tmp_path / "One.json", {"Resources": {"Role": ROLE}})
    (found,) = read([str(manifest(tmp_path, One=stack("One.json", metadata=notes)))]).templates
    assert found.resources["Role"].path == "Role"


def test_a_folder_that_is_no_assembly_is_refused(tmp_path: Path) -> None:
    """With what to do."""
    with pytest.raises(SpecError, match=r"has no manifest\.json, which cdk synth writes; run cdk synth"):
        read([str(tmp_path)])


@pytest.mark.parametrize(
    "artifact",
    [
        {"type": "aws:cloudformation:stack"},
        {"type": "aws:cloudformation:stack", "properties": []},
        stack(""),
        stack("../outside.json"),
        stack("/etc/passwd"),
        stack("link.json"),
        stack("a\0b"),
        {"type": "aws:cloudformation:stack", "properties": {"templateFile": ["a"]}},
        {"type": "cdk:cloud-assembly", "properties": {"directoryName": ".."}},
        {"type": "cdk:cloud-assembly", "properties": {"directoryName": 3}},
    ],
)
def test_nothing_outside_an_assembly_is_read(artifact: Any, tmp_path: Path) -> None:
    """Neither by a path, nor by a link, nor by what is no name."""
    write(tmp_path / "outside.json", {"Resources": {"Role": ROLE}})
    inside = manifest(tmp_path / "cdk.out", It=artifact)
    (inside / "link.json").symlink_to(tmp_path / "outside.json")
    assert codes(inside) == ["assembly-outside"]


def test_nested_stacks_and_notes_lead_nowhere_else_either(tmp_path: Path) -> None:
    """A template's own metadata is no more trusted than the manifest."""
    child = {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": "../x.json"}}
    write(tmp_path / "a" / "One.json", {"Resources": {"Child": child}})
    assert codes(manifest(tmp_path / "a", One=stack("One.json"))) == ["assembly-outside"]
    write(tmp_path / "b" / "One.json", {"Resources": {}})
    noted = stack("One.json", additionalMetadataFile="../x.json")
    assert codes(manifest(tmp_path / "b", One=noted)) == ["assembly-outside"]


def test_an_assembly_in_itself_ends(tmp_path: Path) -> None:
    """A stage that names its own folder, and a nested stack that is its own parent."""
    own = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}
    assert codes(manifest(tmp_path / "a", It=own)) == ["assembly-too-deep"]
    child = {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": "One.json"}}
    write(tmp_path / "b" / "One.json", {"Resources": {"Child": child}})
    assert codes(manifest(tmp_path / "b", One=stack("One.json"))) == ["assembly-too-deep"]
    many = {f"It{number}": own for number in range(10)}
    assert set(codes(manifest(tmp_path / "c", **many))) == {"assembly-too-deep"}


def test_stages_and_stacks_that_name_each_other_many_times_end(tmp_path: Path) -> None:
    """Eight levels of ten would be a hundred million templates: the reading ends, with that one problem."""
    folder = tmp_path / "a"
    for level in range(8):
        stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "next"}}
        manifest(folder / "/".join(["next"] * level), **{f"S{number}": stage for number in range(10)})
    assert codes(folder) == ["assembly-too-large"]
    for level in range(8):
        child = {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": f"{level + 1}.json"}}
        write(tmp_path / "b" / f"{level}.json", {"Resources": {f"C{number}": child for number in range(10)}})
    write(tmp_path / "b" / "8.json", {"Resources": {}})
    assert codes(manifest(tmp_path / "b", One=stack("0.json"), Two=stack("0.json"))) == ["assembly-too-large"]


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """Broken templates of one assembly, a file that is no template, and one that is not there."""
    (tmp_path / "a.json").write_text("{")
    folder = manifest(tmp_path, A=stack("a.json"), B=stack("b.json"), C=3, D={"type": 3})
    other = write(tmp_path / "other.json", {"Parameters": {}})
    found = codes(folder, other, tmp_path / "missing")
    assert found == ["template-syntax", "template-unreadable", "template-no-resources", "template-unreadable"]


def test_a_template_of_thousands_of_resources_is_refused(tmp_path: Path) -> None:
    """CloudFormation takes 500: alone, as a stack and as a nested one."""
    large = {"Resources": {f"Role{number}": ROLE for number in range(2_001)}}
    child = {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": "large.json"}}
    file = write(tmp_path / "large.json", large)
    write(tmp_path / "parent.json", {"Resources": {"Child": child}})
    folder = manifest(tmp_path, One=stack("large.json"), Two=stack("parent.json"))
    assert codes(file, folder) == ["template-too-large"] * 3
    del large["Resources"]["Role0"]
    assert len(read([str(write(file, large))]).templates) == 1


@pytest.mark.parametrize("text", ["[]", "{", '{"artifacts": []}', '{"artifacts": {"a": {"type": "x"}}}', "{}"])
def test_a_strange_manifest_is_told_or_empty(text: str, tmp_path: Path) -> None:
    """It never fails otherwise."""
    (tmp_path / "manifest.json").write_text(text)
    if text in {"[]", "{"}:
        assert codes(tmp_path) == ["template-syntax"]
    else:
        assert read([str(tmp_path)]).templates == ()
