"""What a directory holds, as plain data that can be kept, put back, and compared with what it should be.

Not here: who changes it.
"""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sandbox.directory.applications import Application
    from sandbox.directory.people import Group
    from sandbox.directory.state import Directory, Edge


class Kept(NamedTuple):
    """A copy of all that the provider may change; what is inside of it as bytes, which cost least to copy again."""

    applications: dict[str, Application]
    inside: bytes


def keep(directory: Directory) -> Kept:
    """A copy of what *directory* holds."""
    applications = {key: replace(each) for key, each in directory.applications.items()}
    configs = {key: (each.config, each.database_attributes) for key, each in applications.items()}
    return Kept(applications, pickle.dumps((configs, directory.groups, directory.associations)))


def put_back(directory: Directory, kept: Kept) -> None:
    """Let *directory* hold what was kept, and nothing else."""
    inside: tuple[dict[str, tuple[dict[str, Any], list[Any]]], dict[str, Group], dict[Edge, dict[str, Any]]]
    inside = pickle.loads(kept.inside)  # noqa: S301 - written by `keep`, in this process
    configs, directory.groups, directory.associations = inside
    directory.applications = {
        key: replace(each, config=configs[key][0], database_attributes=configs[key][1])
        for key, each in kept.applications.items()
    }
    directory.requests.clear()


def holdings(directory: Directory, known: Kept) -> dict[str, Any]:
    """Everything that it holds, to be compared with `==`.

    Applications that are not among the *known* ones are told by their order, and of their certificate only that there
    is one with its key: everything else of them, and all of the known ones, by every field.
    """
    names = {key: key for key in known.applications}
    fresh = sorted(directory.applications.keys() - names.keys())
    names |= {key: f"new application {number}" for number, key in enumerate(fresh)}
    applications = {}
    for key, application in directory.applications.items():
        document = application.document()
        # When they were made is told of certificate and key beside what they are, which is compared.
        document["sso"] = {key: value for key, value in document["sso"].items() if not key.endswith("UpdatedAt")}
        told = {"fields": document, "has private key": application.private_key is not None}
        if key not in known.applications:
            has_certificate = bool(document["config"].get("idpCertificate", {}).get("value"))
            told = _without_its_birth(document) | {"has pair": has_certificate and told["has private key"]}
        applications[names[key]] = told
    return {
        "applications": applications,
        "groups": {key: group.document() for key, group in directory.groups.items()},
        "associations": {(names.get(edge[0], edge[0]), *edge[1:]): value for edge, value in _edges(directory)},
    }


def _edges(directory: Directory) -> list[tuple[Edge, dict[str, Any]]]:
    return sorted(directory.associations.items(), key=lambda item: item[0])


def _without_its_birth(document: dict[str, Any]) -> dict[str, Any]:
    """What does not follow from id, time and key pair."""
    kept = {key: value for key, value in document.items() if key not in {"_id", "id", "created", "sso", "config"}}
    config = {key: entry for key, entry in document["config"].items() if key != "idpCertificate"}
    sso = {key: value for key, value in document["sso"].items() if not key.startswith("idp")}
    return {**kept, "config": config, "sso": sso}


def unlike(found: Any, wanted: Any, path: str = "") -> list[str]:
    """Where the two differ, one line each: for a sentence that a person can read."""
    if found == wanted:
        return []
    if isinstance(found, dict) and isinstance(wanted, dict):
        return [
            line
            for key in sorted(found.keys() | wanted.keys(), key=str)
            for line in unlike(found.get(key, "(missing)"), wanted.get(key, "(missing)"), f"{path}/{key}")
        ]
    if found in (None, "") and wanted in (None, ""):  # the directory tells a setting that was never set either way
        return []
    return [f"{path}: {str(found)[:200]} should be {str(wanted)[:200]}"]
