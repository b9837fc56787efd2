"""What people install: the wheel holds the library, both functions' code, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_wheel_holds_the_library_and_the_code_of_both_functions(project: Path, tmp_path: Path) -> None:
    """Built from a copy, without a network: every module is in it, no test, no bytecode, and never `constructs/`."""
    source = tmp_path / "source"
    no_bytecode = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(project / "constructs", source / "constructs", ignore=no_bytecode)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(project / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    done = subprocess.run([*command, "-w", str(tmp_path), str(source)], capture_output=True, text=True, check=False)  # noqa: S603 - our own package
    assert done.returncode == 0, done.stderr
    wheel = next(tmp_path.glob("*.whl"))
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    root = source / "constructs"
    modules = {str(path.relative_to(root)) for path in root.rglob("*.py")}
    assert packed == modules | {"saml_connectors/py.typed"}
    assert "saml_connectors/provider/jumpcloud/handler.py" in packed
