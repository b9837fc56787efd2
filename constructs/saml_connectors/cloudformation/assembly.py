"""What a path holds: a cloud assembly (`cdk.out`) with its stages and nested stacks, or one template.

Not here: judging it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saml_connectors.cloudformation import document
from saml_connectors.cloudformation.template import Template
from saml_connectors.problems import Problem, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MANIFEST = "manifest.json"
_STACK, _STAGE = "aws:cloudformation:stack", "cdk:cloud-assembly"
_NESTED = "AWS::CloudFormation::Stack"
_ASSET_PATH = "aws:asset:path"
_UNKNOWN = {"unknown-account", "unknown-region"}
_DEEPEST = 8


@dataclass(frozen=True)
class Assembly:
    """The templates of one or more paths, in the order of their names."""

    templates: tuple[Template, ...] = field(default=())

    @cached_property
    def exports(self) -> dict[str, tuple[Template, Any]]:
        """What one stack exports for others: template and value, by the name of the export."""
        return {name: (each, value) for each in self.templates for name, value in each.exports.items()}


def read(paths: Sequence[str]) -> Assembly:
    """Read cloud assemblies and templates.

    Raises:
        SpecError: With everything that could not be read: a folder without `manifest.json`, a file that is no
            template, or names files that are not there.
    """
    problems: list[Problem] = []
    templates: list[Template] = []
    for shown in paths:
        path = Path(shown)
        try:
            found = _folder(path, shown, 0) if path.is_dir() else [_file(path, shown)]
            templates += found
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems, "the templates")
    return Assembly(tuple(sorted(templates, key=lambda each: (each.name, each.file))))


def _file(path: Path, shown: str) -> Template:
    data, text = document.load(path, shown)
    if not isinstance(data.get("Resources"), dict):
        rule = "must be a CloudFormation template: it has a section Resources"
        raise _refused("template-no-resources", rule, shown, "none", "name a cdk.out folder or a template")
    return Template(data, name=path.name, file=shown, text=text)


def _folder(folder: Path, shown: str, depth: int) -> list[Template]:
    manifest_path = folder / MANIFEST
    if not manifest_path.is_file():
        rule = f"must be a cloud assembly: a folder with {MANIFEST}, which cdk synth writes"
        raise _refused("assembly-no-manifest", rule, shown, "none there", "run cdk synth, and name its output folder")
    if depth > _DEEPEST:
        raise _refused("assembly-too-deep", f"must be nested at most {_DEEPEST} deep", shown, "more", None)
    manifest, _ = document.load(manifest_path, f"{shown}/{MANIFEST}")
    artifacts = manifest.get("artifacts")
    problems: list[Problem] = []
    found: list[Template] = []
    for artifact_id, artifact in artifacts.items() if isinstance(artifacts, dict) else ():
        if not isinstance(artifact, dict):
            continue
        try:
            found += _artifact(folder, shown, str(artifact_id), artifact, depth)
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems, shown)
    return found


def _artifact(folder: Path, shown: str, artifact_id: str, artifact: Mapping[str, Any], depth: int) -> list[Template]:
    given = artifact.get("properties")
    properties = given if isinstance(given, dict) else {}
    if artifact.get("type") == _STAGE:
        name = str(properties.get("directoryName", ""))
        return _folder(_inside(folder, name, shown), f"{shown}/{name}", depth + 1)
    if artifact.get("type") != _STACK:
        return []
    name = str(properties.get("templateFile", ""))
    data, text = document.load(_inside(folder, name, shown), f"{shown}/{name}")
    stack_name = str(properties.get("stackName") or artifact_id)
    account, region = _environment(artifact.get("environment"))
    display = artifact.get("displayName")
    template = Template(
        data,
        name=stack_name if not isinstance(display, str) or "/" not in display else display,
        file=f"{shown}/{name}",
        text=text,
        region=region,
        account=account,
        stack_name=stack_name,
    )
    return [template, *_nested(folder, shown, template, 0)]


def _nested(folder: Path, shown: str, parent: Template, depth: int) -> Iterator[Template]:
    """The nested stacks whose templates the assembly holds."""
    for resource in parent.of_type(_NESTED):
        name = resource.metadata.get(_ASSET_PATH)
        if not isinstance(name, str) or depth > _DEEPEST:
            continue
        data, text = document.load(_inside(folder, name, shown), f"{shown}/{name}")
        template = Template(
            data,
            name=f"{parent.name}/{resource.logical_id}",
            file=f"{shown}/{name}",
            text=text,
            region=parent.region,
            account=parent.account,
        )
        yield template
        yield from _nested(folder, shown, template, depth + 1)


def _inside(folder: Path, name: str, shown: str) -> Path:
    """The file *name* of an assembly; refused where it leads out of it."""
    path = folder / name
    if not name or not path.resolve().is_relative_to(folder.resolve()):
        raise _refused("assembly-outside", "must name files inside the assembly", f"{shown}/{MANIFEST}", name, None)
    return path


def _environment(environment: Any) -> tuple[str | None, str | None]:
    """Account and region of `aws://account/region`, where they are known."""
    account, _, region = str(environment or "").removeprefix("aws://").partition("/")
    return (None if account in _UNKNOWN else account or None), (None if region in _UNKNOWN else region or None)


def _refused(code: str, rule: str, file: str, given: str | None, fix: str | None) -> SpecError:
    return SpecError([Problem(code=code, rule=rule, given=given, file=file, fix=fix)], file)
