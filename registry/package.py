"""Builds what is registered, the project for `cfn submit` and the zip it sends: `python -m registry.package FOLDER`.

The zip holds what the CloudFormation CLI with its Python plugin would send, and is the same whenever it is built from
the same source.  The handlers need nothing but the standard library and Lambda's own boto3.
"""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from io import BytesIO
from pathlib import Path

FOLDER = Path(__file__).parent
LIBRARY = FOLDER.parent / "constructs" / "saml_connectors"
PARTS = ("provider/jumpcloud", "registry_type")
"""Folders of the library that the handlers are."""

NAME = "samlconnectors-jumpcloud-application"
PACKAGE = "samlconnectors_jumpcloud_application"
SCHEMA = f"{NAME}.json"
FILES = (".rpdk-config", SCHEMA, "resource-role.yaml")
CLI_VERSION = "0.2.41"
"""The CloudFormation CLI whose format the package has: that which the contract tests run with."""

HANDLERS = '''"""The entry point that CloudFormation calls: the library beside it, found wherever this folder is."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from saml_connectors.registry_type.handler import resource  # noqa: E402 - only now it can be found

__all__ = ["resource"]
'''
REQUIREMENTS = "# None: the handlers need the standard library and the boto3 of Lambda's own Python.\n"
_OLDEST = (1980, 1, 1, 0, 0, 0)


def write_project(to: Path) -> None:
    """Write the project that `cfn submit` takes into the folder *to*, which is made anew."""
    if to.exists() and not (to / ".rpdk-config").is_file() and any(to.iterdir()):
        raise FileExistsError(f"building the package: {to} holds something else; name a folder that does not exist")
    shutil.rmtree(to, ignore_errors=True)
    source = to / "src" / PACKAGE
    for part in PARTS:
        shutil.copytree(LIBRARY / part, source / LIBRARY.name / part, ignore=shutil.ignore_patterns("__pycache__"))
    (source / "__init__.py").write_text("")
    (source / "handlers.py").write_text(HANDLERS)
    for name in FILES:
        shutil.copy(FOLDER / name, to)
    shutil.copytree(FOLDER / "inputs", to / "inputs")
    (to / "requirements.txt").write_text(REQUIREMENTS)


def zipped(project: Path) -> bytes:
    """The zip that registers the type, from a *project* that `write_project` wrote."""
    schema = json.loads((project / SCHEMA).read_text())
    configuration = {
        **schema["typeConfiguration"],
        "definitions": schema["definitions"],
        "typeName": schema["typeName"],
    }
    source = project / "src"
    files = {
        "configuration-schema.json": json.dumps(configuration, indent=4).encode(),
        ".rpdk-config": (project / ".rpdk-config").read_bytes(),
        "schema.json": (project / SCHEMA).read_bytes(),
        "ResourceProvider.zip": _zip({str(path.relative_to(source)): path.read_bytes() for path in _files(source)}),
        ".cfn_metadata.json": json.dumps({"plugin-name": "python", "cli-version": CLI_VERSION}).encode(),
    }
    for folder in (project / "inputs", source):
        files |= {str(path.relative_to(project)): path.read_bytes() for path in _files(folder)}
    return _zip(files)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")


def _zip(files: dict[str, bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _OLDEST)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            opened.writestr(entry, content)
    return made.getvalue()


def main() -> int:
    """Build into the folder that the command line names; 0."""
    to = Path(sys.argv[1] if len(sys.argv) > 1 else "build/registry")
    try:
        write_project(to)
    except OSError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a command
        return 1
    package = to / f"{NAME}.zip"
    package.write_bytes(zipped(to))
    print(f"{to} is the project for cfn submit; {package} is what register-type takes")  # noqa: T201 - likewise
    return 0


if __name__ == "__main__":
    sys.exit(main())
