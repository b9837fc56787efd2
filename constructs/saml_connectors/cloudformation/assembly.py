"""What a path holds: a cloud assembly (`cdk.out`) with its stages and nested stacks, or one template.

Not here: judging it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from saml_connectors.cloudformation import document
from saml_connectors.cloudformation.template import Acknowledgement, Resource, Template
from saml_connectors.problems import Problem, SpecError

MANIFEST = "manifest.json"
_STACK, _STAGE, _ASSETS = "aws:cloudformation:stack", "cdk:cloud-assembly", "cdk:asset-manifest"
_NESTED = "AWS::CloudFormation::Stack"
_ASSET_PATH = "aws:asset:path"
_LOGICAL_ID, _ACKNOWLEDGED = "aws:cdk:logicalId", "aws:cdk:acknowledged-rules"
_UNKNOWN = {"unknown-account", "unknown-region"}
_DEEPEST = 8
_TOO_DEEP = f"must be nested at most {_DEEPEST} deep, and never in itself"
_MOST_RESOURCES = 2_000
_MOST = 2_000
"""Stages and stacks of one assembly; some that name each other many times would never end."""


@dataclass(frozen=True)
class Assembly:
    """The templates of one or more paths, in the order of their names."""

    templates: tuple[Template, ...] = field(default=())

    @cached_property
    def exports(self) -> dict[str, tuple[Template, Any]]:
        """What one stack exports for others: template and value, by the name of the export.

        A name that two stacks export, as in two regions, is left out: which one is meant is not known.
        """
        found: dict[str, tuple[Template, Any]] = {}
        twice: set[str] = set()
        for each in self.templates:
            for name, value in each.exports.items():
                twice |= {name} & found.keys()
                found[name] = (each, value)
        return {name: export for name, export in found.items() if name not in twice}


def read(paths: Sequence[str]) -> Assembly:
    """Read cloud assemblies and templates; what is named twice is read once.

    Raises:
        SpecError: With everything that could not be read: a folder without `manifest.json`, a file that is no
            template, or names files that are not there.
    """
    problems: list[Problem] = []
    templates: dict[str, Template] = {}
    for shown in paths:
        try:
            path = Path(shown)
            found = _Folder(path, shown).templates() if path.is_dir() else [_file(path, shown)]
        except SpecError as error:
            problems += error.problems
        except (OSError, ValueError):  # a path that no file can have
            rule = "must be a folder or file that can be read, but it cannot"
            problems.append(Problem(code="template-unreadable", rule=rule, file=shown))
        else:
            for each in found:
                templates.setdefault(str(Path(each.file).absolute()), each)
    if problems:
        raise SpecError(problems, "the templates")
    return Assembly(tuple(sorted(templates.values(), key=lambda each: (each.name, each.file))))


def read_stacks(files: Sequence[str]) -> Assembly:
    """Read stacks of cloud assemblies by their templates' files, with the stacks nested in them.

    Raises:
        SpecError: A file, or the manifest beside it, cannot be read.
    """
    folders = dict.fromkeys(Path(file).parent for file in files)
    wanted = {Path(file).absolute() for file in files}
    found = [each for folder in folders for each in _Folder(folder, str(folder)).templates(wanted)]
    return Assembly(tuple(sorted(found, key=lambda each: (each.name, each.file))))


def _template(path: Path, shown: str) -> tuple[dict[str, Any], str]:
    """A template's data and text; refused where it has many times the resources that CloudFormation takes."""
    data, text = document.load(path, shown)
    if len(_mapping(data.get("Resources"))) > _MOST_RESOURCES:
        rule = f"must have at most {_MOST_RESOURCES:,} resources; CloudFormation takes 500"
        raise _refused("template-too-large", rule, shown)
    return data, text


def _file(path: Path, shown: str) -> Template:
    data, text = _template(path, shown)
    if not isinstance(data.get("Resources"), dict):
        rule = "must be a CloudFormation template, but has no section Resources"
        raise _refused("template-no-resources", rule, shown, "name a cdk.out folder or a template")
    return Template(data, name=path.name, file=shown, text=text)


class _TooLargeError(SpecError):
    """Ends the reading of an assembly at once: what else is wrong with it could never be told."""


@dataclass(frozen=True)
class _Folder:
    """One folder of an assembly, with the manifest that it has been found to have."""

    path: Path
    shown: str
    """How messages name it."""

    depth: int = 0
    above: tuple[Path, ...] = ()
    """The folders that it is in."""

    taken: Iterator[int] = field(default_factory=lambda: count(1))
    """Counts the stages and stacks of the assembly as a whole."""

    @cached_property
    def artifacts(self) -> dict[str, Mapping[str, Any]]:
        """What the manifest lists, by id."""
        if not (self.path / MANIFEST).is_file():
            rule = f"must be a cloud assembly, but has no {MANIFEST}, which cdk synth writes"
            fix = "run cdk synth and name its output folder, or name templates"
            raise _refused("assembly-no-manifest", rule, self.shown, fix)
        if self.depth > _DEEPEST or self.real in self.above:
            raise _refused("assembly-too-deep", _TOO_DEEP, self.shown)
        found = self.load(MANIFEST)[0].get("artifacts")
        return {name: each for name, each in _mapping(found).items() if isinstance(each, dict)}

    @cached_property
    def files_by_key(self) -> dict[str, Any]:
        """Files of assets by the key under which they are published."""
        found: dict[str, Any] = {}
        for artifact in self.artifacts.values():
            if artifact.get("type") != _ASSETS:
                continue
            manifest, _ = self.load(_mapping(artifact.get("properties")).get("file"))
            for asset in map(_mapping, _mapping(manifest.get("files")).values()):
                for destination in map(_mapping, _mapping(asset.get("destinations")).values()):
                    found[str(destination.get("objectKey"))] = _mapping(asset.get("source")).get("path")
        return found

    def load(self, name: Any) -> tuple[dict[str, Any], str]:
        """A file of the folder, as data and as text."""
        return document.load(self.inside(name), f"{self.shown}/{name}")

    def template(self, name: Any) -> tuple[dict[str, Any], str]:
        """A template of the folder, as data and as text."""
        return _template(self.inside(name), f"{self.shown}/{name}")

    def take(self) -> None:
        """Count one more stage or stack."""
        if next(self.taken) > _MOST:
            rule = f"must hold at most {_MOST:,} stages and stacks, each as often as it is named"
            raise _TooLargeError([Problem(code="assembly-too-large", rule=rule, file=self.shown)], self.shown)

    @cached_property
    def real(self) -> Path:
        """The folder itself, links followed."""
        return self.path.resolve()

    def inside(self, name: Any) -> Path:
        """The path of the file or folder *name*; refused where it leads out of this one."""
        try:
            path = self.path / (name if isinstance(name, str) else "")
            if name and isinstance(name, str) and path.resolve().is_relative_to(self.real):
                return path
        except (ValueError, OSError):
            pass  # no name of a file
        given = name[:80] if isinstance(name, str) else type(name).__name__
        rule = f"must name files inside the assembly, got {given!r}"
        raise _refused("assembly-outside", rule, f"{self.shown}/{MANIFEST}", "run cdk synth again")

    def templates(self, only: set[Path] | None = None) -> list[Template]:
        """All templates, those of stages too; with *only*, those of the stacks with these templates' files."""
        problems: list[Problem] = []
        found: list[Template] = []
        for name, artifact in self.artifacts.items():
            properties = _mapping(artifact.get("properties"))
            try:
                if artifact.get("type") == _STAGE and only is None:
                    self.take()
                    directory = properties.get("directoryName")
                    above = (*self.above, self.real)
                    place = self.inside(directory), f"{self.shown}/{directory}"
                    found += _Folder(*place, self.depth + 1, above, self.taken).templates()
                elif artifact.get("type") == _STACK and (
                    only is None or self.inside(properties.get("templateFile")).absolute() in only
                ):
                    found += self._stack(name, artifact, properties)
            except _TooLargeError:
                raise
            except SpecError as error:
                problems += error.problems
        if problems:
            raise SpecError(problems, self.shown)
        return found

    def _stack(self, artifact_id: str, artifact: Mapping[str, Any], properties: Mapping[str, Any]) -> list[Template]:
        self.take()
        file = properties.get("templateFile")
        data, text = self.template(file)
        stack_name = str(properties.get("stackName") or artifact_id)
        account, region = _environment(artifact.get("environment"))
        display = artifact.get("displayName")
        paths, acknowledged = self._notes(artifact)
        template = Template(
            data,
            name=stack_name if not isinstance(display, str) or "/" not in display else display,
            file=f"{self.shown}/{file}",
            text=text,
            region=region,
            account=account,
            stack_name=stack_name,
            construct_paths=paths,
            acknowledgements=acknowledged,
        )
        return [template, *self._nested(template, 0)]

    def _nested(self, parent: Template, depth: int) -> Iterator[Template]:
        """The nested stacks whose templates the assembly holds."""
        for resource in parent.of_type(_NESTED):
            file = self._nested_file(resource)
            if file is None:
                continue
            if depth >= _DEEPEST:
                raise _refused("assembly-too-deep", _TOO_DEEP, f"{self.shown}/{file}")
            self.take()
            data, text = self.template(file)
            template = Template(
                data,
                name=f"{parent.name}/{resource.logical_id}",
                file=f"{self.shown}/{file}",
                text=text,
                region=parent.region,
                account=parent.account,
                construct_paths=parent.construct_paths,
                acknowledgements=parent.acknowledgements,
            )
            yield template
            yield from self._nested(template, depth + 1)

    def _nested_file(self, resource: Resource) -> Any:
        """The file of a nested stack's template: as the CDK's command line notes it, else by where it is published."""
        noted = resource.metadata.get(_ASSET_PATH)
        if isinstance(noted, str):
            return noted
        last = (resource.parts("TemplateURL") or ("",))[-1]
        key = last.rpartition("/")[2] if isinstance(last, str) else ""
        return self.files_by_key.get(key) if key else None

    def _notes(self, artifact: Mapping[str, Any]) -> tuple[dict[str, str], tuple[Acknowledgement, ...]]:
        """What the CDK notes of a stack's constructs, in the manifest or in a file beside it.

        Their paths by logical id, less the ids that two of them have, each in a nested stack of its own; and the
        rules that were acknowledged.
        """
        further = artifact.get("additionalMetadataFile")
        metadata = _mapping(artifact.get("metadata") if further is None else self.load(further)[0])
        paths: dict[str, str] = {}
        twice: set[str] = set()
        acknowledged: list[Acknowledgement] = []
        for key, entries in metadata.items():
            path = key.strip("/")
            for each in map(_mapping, entries if isinstance(entries, list) else ()):
                data = each.get("data")
                if each.get("type") == _LOGICAL_ID and isinstance(data, str):
                    twice |= {data} & paths.keys()
                    paths[data] = path
                elif each.get("type") == _ACKNOWLEDGED:
                    rules = _mapping(data).items()
                    acknowledged += [Acknowledgement(path, rule, str(reason)) for rule, reason in rules]
        return {name: path for name, path in paths.items() if name not in twice}, tuple(acknowledged)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _environment(environment: Any) -> tuple[str | None, str | None]:
    """Account and region of `aws://account/region`, where they are known."""
    account, _, region = str(environment or "").removeprefix("aws://").partition("/")
    return (None if account in _UNKNOWN else account or None), (None if region in _UNKNOWN else region or None)


def _refused(code: str, rule: str, file: str, fix: str | None = None) -> SpecError:
    return SpecError([Problem(code=code, rule=rule, file=file, fix=fix)], file)
