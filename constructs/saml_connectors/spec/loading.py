"""Files and plain data as connector specs: every problem of every file at once.

Not here: the rules, which the specs own; and printing, which is the command line's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from saml_connectors.problems import Problem, SpecError, raise_if_any
from saml_connectors.spec.advice import consider
from saml_connectors.spec.bookmark import BookmarkSpec
from saml_connectors.spec.cognito import CognitoUserPoolSpec
from saml_connectors.spec.connector import ConnectorSpec
from saml_connectors.spec.directory import Directory
from saml_connectors.spec.findings import shown, visible
from saml_connectors.spec.iam import IamSpec
from saml_connectors.spec.identity_center import IdentityCenterSpec
from saml_connectors.spec.judging import judge
from saml_connectors.spec.source import MAX_BYTES, Source, read_yaml, too_long
from saml_connectors.spec.together import Claimant, check_together
from saml_connectors.spec.way_out import meant as meant_by

KINDS: dict[str, type[ConnectorSpec]] = {
    "cognito-user-pool": CognitoUserPoolSpec,
    "iam": IamSpec,
    "identity-center": IdentityCenterSpec,
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
    sources: list[Source] = []
    claimants: list[Claimant] = []
    for file in _files(paths, loaded):
        source = _read(file)
        sources.append(source)
        claimant = _claimant(source, Path(file).parent, now)
        if claimant is not None:
            claimants.append(claimant)
    for claimant, location, problem in check_together(claimants, complete=len(claimants) == len(sources)):
        claimant.source.problems.append(claimant.source.locate(location, problem))
    loaded.files = len(sources)
    for source in sources:
        loaded.problems.extend(sorted(source.problems, key=lambda problem: problem.line or 0))
    loaded.specs = [claimant.spec for claimant in claimants if not _errors(claimant.source)]
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
    source = Source(file="", data=data)
    claimant = _claimant(source, folder, now)
    name = source.data.get("name") if isinstance(source.data, Mapping) else None
    raise_if_any(source.problems, f"spec {shown(name)}" if isinstance(name, str) else "the spec")
    assert claimant is not None  # without an error there is a spec
    return claimant.spec


def _files(paths: Iterable[str | Path], loaded: Loaded) -> Iterator[str]:
    """Each file once, however it is named; what is wrong with a folder goes to *loaded*."""
    seen: set[Path] = set()
    for path in map(Path, paths):
        for file in _files_of(path, loaded):
            if (real := Path(file).absolute()) not in seen:
                seen.add(real)
                yield file


def _files_of(path: Path, loaded: Loaded) -> list[str]:
    try:
        if not path.is_dir():
            return [str(path)]
        found = sorted(str(each) for each in path.iterdir() if each.suffix in SUFFIXES and not each.is_dir())
    except OSError as error:
        rule = f"must be a file or folder that can be read, but {_cause(error)}"
        loaded.problems.append(Problem(code="file-unreadable", file=str(path), rule=rule))
        return []
    if not found:
        loaded.problems.append(
            Problem(code="no-specs", file=str(path), rule="must hold a file that ends in .yaml or .yml")
        )
    return found


def _read(file: str) -> Source:
    try:
        with Path(file).open("rb") as stream:
            octets = stream.read(MAX_BYTES + 1)
        return read_yaml(octets.decode("utf-8-sig"), file) if len(octets) <= MAX_BYTES else too_long(file)
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        rule = f"must be UTF-8 text, but byte {error.start} is not"
        return Source(file, problems=[Problem(code="file-encoding", file=file, line=line, rule=rule)])
    except (OSError, ValueError) as error:
        rule = f"must be a file that can be read, but {_cause(error)}"
        return Source(file, problems=[Problem(code="file-unreadable", file=file, rule=rule)])


def _cause(error: Exception) -> str:
    return visible((getattr(error, "strerror", None) or "it cannot").lower())


def _errors(source: Source) -> bool:
    return any(problem.level == "error" for problem in source.problems)


def _claimant(source: Source, folder: Path | None, now: datetime | None) -> Claimant | None:
    """The spec in *source*, mended where it has errors, or nothing where it is none; problems go to the source."""
    if source.problems and source.data is None:
        return None
    if not isinstance(source.data, Mapping):
        rule = "must be a mapping of fields to values"
        source.problems.append(source.locate((), Problem(code="wrong-type", rule=rule, given=shown(source.data))))
        return None
    kind = _kind_of(source)
    if kind is None:
        return None
    judged = judge(KINDS[kind], {**source.data, "kind": kind}, folder)
    source.problems.extend(source.locate(location, problem) for location, problem in judged.problems)
    if judged.spec is None:
        return None
    if not judged.problems:
        source.problems.extend(source.locate(location, problem) for location, problem in consider(judged.spec, now))
    return Claimant(judged.spec, source, tuple(judged.broken))


def _kind_of(source: Source) -> str | None:
    """The kind of the spec; where it is misspelt, the one that was probably meant."""
    kind = source.data.get("kind")
    if isinstance(kind, str) and kind in KINDS:
        return kind
    meant = meant_by(kind, list(KINDS)) if isinstance(kind, str) else None
    problem = Problem(
        code="kind-unknown" if "kind" in source.data else "missing-field",
        field="kind",
        rule=f"must be one of {', '.join(KINDS)}",
        given=shown(kind) if "kind" in source.data else None,
        fix=f"did you mean {meant}?" if meant else None,
    )
    source.problems.append(source.locate(("kind",), problem))
    return meant


def with_directory_api(spec: ConnectorSpec, api_url: str) -> ConnectorSpec:
    """The same spec for a directory that speaks JumpCloud's API at *api_url*, such as the sandbox's.

    Raises:
        SpecError: *api_url* is not the base of an API.
    """
    if (
        not isinstance(spec, CognitoUserPoolSpec | IamSpec | IdentityCenterSpec | BookmarkSpec)
        or spec.directory is None
    ):
        return spec
    try:
        parts = urlsplit(api_url)
    except ValueError:
        problem = Problem(code="api-url", rule="must be the base of the v1 API", given=shown(api_url))
        raise SpecError([problem], "the directory's API") from None
    addresses = {"api_url": api_url, "token_url": f"{parts.scheme}://{parts.netloc}/oauth2/token"}
    directory = Directory(**{**dict(spec.directory), **addresses})
    return spec.model_copy(update={"directory": directory})
