"""Files and plain data as connector specs: every problem of every file at once.

Not here: the rules, which the specs own; and printing, which is the command line's.
"""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from saml_connectors import metadata
from saml_connectors.problems import Problem, raise_if_any
from saml_connectors.spec.bookmark import BookmarkSpec
from saml_connectors.spec.cognito import CognitoUserPoolSpec
from saml_connectors.spec.connector import ConnectorSpec
from saml_connectors.spec.directory import Directory
from saml_connectors.spec.findings import (
    Located,
    Location,
    below,
    example_at,
    field_path,
    find_tokens,
    located_problems,
    parse_path,
    shown,
)
from saml_connectors.spec.model import RULES_LATER, SpecModel
from saml_connectors.spec.source import Source, read_yaml
from saml_connectors.spec.together import check_together

KINDS: dict[str, type[ConnectorSpec]] = {
    "cognito-user-pool": CognitoUserPoolSpec,
    "bookmark": BookmarkSpec,
}
"""Every kind of connector and the model of its spec."""

SUFFIXES = (".yaml", ".yml")


@dataclass(slots=True)
class Loaded:
    """What came out of reading specs: those that are right, and all that is wrong or worth knowing."""

    specs: list[ConnectorSpec] = field(default_factory=list)
    """Specs without errors, in the order of the files."""

    problems: list[Problem] = field(default_factory=list)
    """All problems of all files: by file, then by line."""

    files: int = 0
    """How many files were read."""

    def raise_if_any(self) -> list[ConnectorSpec]:
        """The specs; raises `SpecError` with all problems where one of them is an error."""
        raise_if_any(self.problems, f"{self.files} spec{'' if self.files == 1 else 's'}")
        return self.specs


def load(paths: Iterable[str | Path], *, now: datetime | None = None) -> Loaded:
    """Read connector specs from files, and from the YAML files of folders.

    Args:
        paths: Files and folders.  A folder's files are read in the order of their names, its sub-folders are not.
        now: The time that certificates are judged by.  Default: validity dates are not judged, so that the same
            input always gives the same answer.
    """
    loaded = Loaded()
    sources: list[tuple[Source, ConnectorSpec]] = []
    for path in paths:
        for file in _files(Path(path), loaded):
            loaded.files += 1
            source = _read(file)
            spec = _spec_of(source, Path(file).parent, now)
            loaded.problems.extend(source.problems)
            if spec is not None:
                sources.append((source, spec))
    for index, location, problem in check_together([spec for _, spec in sources]):
        loaded.problems.append(sources[index][0].locate(location, problem))
    loaded.specs = [spec for _, spec in sources]
    order: dict[str | None, int] = {}
    for problem in loaded.problems:
        order.setdefault(problem.file, len(order))
    loaded.problems.sort(key=lambda problem: (order[problem.file], problem.line or 0))
    return loaded


def load_one(path: str | Path, *, now: datetime | None = None) -> ConnectorSpec:
    """The connector spec in one file.

    Raises:
        SpecError: the file has problems; the error lists all of them.
    """
    return load([path], now=now).raise_if_any()[0]


def parse(data: Mapping[str, Any], *, folder: Path | None = None, now: datetime | None = None) -> ConnectorSpec:
    """The connector spec in plain data, as from YAML or JSON.

    Args:
        data: The fields, with `kind` first among them.
        folder: What file names in the spec are relative to.  Default: the current folder.
        now: As in `load`.

    Raises:
        SpecError: the data has problems; the error lists all of them.
    """
    source = Source(file="", data=dict(data))
    spec = _spec_of(source, folder, now)
    raise_if_any([problem.at(file="") for problem in source.problems], f"spec {shown(data.get('name'))}")
    assert spec is not None  # without an error there is a spec
    return spec


def _files(path: Path, loaded: Loaded) -> list[str]:
    if path.is_dir():
        found = sorted(str(each) for each in path.iterdir() if each.suffix in SUFFIXES and each.is_file())
        if not found:
            loaded.problems.append(
                Problem(code="no-specs", file=str(path), rule="must hold a file that ends in .yaml or .yml")
            )
        return found
    return [str(path)]


def _read(file: str) -> Source:
    try:
        text = Path(file).read_text(encoding="utf-8-sig")
    except OSError as error:
        rule = f"must be a file that can be read, but {(error.strerror or 'it cannot').lower()}"
        return Source(file, problems=[Problem(code="file-unreadable", file=file, rule=rule)])
    except UnicodeDecodeError as error:
        rule = f"must be UTF-8 text, but byte {error.start} is not"
        return Source(file, problems=[Problem(code="file-encoding", file=file, rule=rule)])
    return read_yaml(text, file)


def _spec_of(source: Source, folder: Path | None, now: datetime | None) -> ConnectorSpec | None:
    """The spec in *source*, or nothing where it has errors; problems go to the source."""
    if source.problems and source.data is None:
        return None
    if not isinstance(source.data, Mapping):
        rule = "must be a mapping of fields to values"
        source.problems.append(
            Problem(code="wrong-type", file=source.file, line=1, rule=rule, given=shown(source.data))
        )
        return None
    model = _model_of(source)
    if model is None:
        return None
    found, spec = _validate(model, source.data, folder)
    if spec is not None:
        found.extend(_consider(spec, now))
    source.problems.extend(source.locate(location, problem) for location, problem in found)
    if any(problem.level == "error" for problem in source.problems):
        return None
    return spec


def _model_of(source: Source) -> type[ConnectorSpec] | None:
    kind = source.data.get("kind")
    model = KINDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        code = "missing-field" if "kind" not in source.data else "kind-unknown"
        close = difflib.get_close_matches(str(kind), KINDS, n=1)
        source.problems.append(
            Problem(
                code=code,
                file=source.file,
                line=source.line_of(("kind",)),
                field="kind",
                rule=f"must be one of {', '.join(KINDS)}",
                given=None if "kind" not in source.data else shown(kind),
                fix=f"did you mean {close[0]}?" if close else None,
            )
        )
    return model


def _validate(
    model: type[ConnectorSpec], data: Mapping[str, Any], folder: Path | None
) -> tuple[list[Located], ConnectorSpec | None]:
    """All problems, those of single fields and those between fields, and the spec where there is none."""
    context = {"folder": folder, RULES_LATER: True}
    found = find_tokens(data)
    broken = [location for location, _ in found]
    try:
        spec = model.model_validate(_mended(data, broken, model), context=context)
    except ValidationError as error:
        found.extend(located_problems(error, data, model))
        broken = [location for location, _ in found]
        # Rules between fields are judged where the fields are right.  So that they are told at once all the same, each
        # wrong value is replaced by an example, and what then concerns a replaced one is not told.
        try:
            spec = model.model_validate(_mended(data, broken, model), context=context)
        except ValidationError:
            return found, None
    replaced = [field_path(location) for location in broken]
    rules = _rules_of(spec, ())
    found.extend(each for each in rules if not any(_same_branch(each[1].field, path) for path in replaced))
    return found, (spec if not found else None)


def _rules_of(part: object, location: Location) -> list[Located]:
    """What the rules of *part*, and of all parts in it, find."""
    found: list[Located] = []
    if isinstance(part, SpecModel):
        found.extend(((*location, *parse_path(problem.field)), below(location, problem)) for problem in part.rules())
        for name_, field_ in type(part).model_fields.items():
            found.extend(_rules_of(getattr(part, name_), (*location, field_.alias or name_)))
    elif isinstance(part, Mapping):
        for key, value in part.items():
            found.extend(_rules_of(value, (*location, key)))
    elif isinstance(part, tuple):
        for index, value in enumerate(part):
            found.extend(_rules_of(value, (*location, index)))
    return found


def _same_branch(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _mended(data: Mapping[str, Any], locations: Sequence[Location], model: type[ConnectorSpec]) -> Any:
    """*data* with an example in the place of each wrong value, or without it where the field has no example."""
    mended = copy.deepcopy(dict(data)) if locations else data
    for location in locations:
        here: Any = mended
        try:
            for part in location[:-1]:
                here = here[part]
            example = example_at(location, model)
            if example is not None:
                here[location[-1]] = copy.deepcopy(example)
            elif isinstance(here, dict):
                here.pop(location[-1], None)
        except (KeyError, IndexError, TypeError):
            continue
    return mended


def _consider(spec: ConnectorSpec, now: datetime | None) -> list[Located]:
    """What is worth saying of a spec that is right in itself: its metadata document, and warnings."""
    found: list[Located] = []
    if isinstance(spec, CognitoUserPoolSpec):
        if spec.metadata is not None:
            found.extend(_metadata_problems(spec, now))
        for index, client in enumerate(spec.app_clients):
            if "implicit" in client.flows:
                rule = "shows tokens to the browser's history and to every script of the page"
                problem = Problem(
                    code="flow-implicit",
                    level="warning",
                    field=f"app_clients[{index}].flows",
                    rule=rule,
                    fix="use code with PKCE",
                )
                found.append((("app_clients", index, "flows"), problem))
    application = getattr(spec, "application", None)
    if application is not None and not application.groups:
        problem = Problem(
            code="groups-none",
            level="warning",
            field="application.groups",
            rule="names no group, so nobody sees the application",
            fix="name the groups whose members may use it",
        )
        found.append((("application", "groups"), problem))
    return found


def _metadata_problems(spec: CognitoUserPoolSpec, now: datetime | None) -> list[Located]:
    source = spec.metadata
    assert source is not None  # the caller has looked
    if source.url is not None:
        return []  # read by Cognito at deployment, not here
    place = "file" if source.file is not None else "xml"
    try:
        document: str | bytes = Path(source.file).read_bytes() if source.file is not None else source.xml or ""
    except OSError as error:
        rule = f"must be a file that can be read, but {(error.strerror or 'it cannot').lower()}"
        problem = Problem(code="metadata-unreadable", field="metadata.file", rule=rule, given=shown(source.file))
        return [(("metadata", "file"), problem)]
    return [
        (("metadata", place), problem.at(field=f"metadata.{place}"))
        for problem in metadata.check(document, now=now, service="cognito")
    ]


def with_directory_api(spec: ConnectorSpec, api_url: str) -> ConnectorSpec:
    """The same spec for a directory that speaks JumpCloud's API at *api_url*, such as the sandbox's.

    Raises:
        SpecError: *api_url* is not the base of an API.
    """
    if not isinstance(spec, CognitoUserPoolSpec | BookmarkSpec) or spec.directory is None:
        return spec
    addresses = {"api_url": api_url, "token_url": f"{_origin(api_url)}/oauth2/token"}
    directory = Directory(**{**dict(spec.directory), **addresses})
    return spec.model_copy(update={"directory": directory})


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
