"""What every test has: no network but this machine's, no credential, and the project's own tools on the PATH."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_socket

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[1]
LOOPBACK = ["127.0.0.1", "::1", "localhost"]

# jsii looks for `node` on the PATH: the one that the virtual environment brings comes first.
os.environ["PATH"] = os.pathsep.join(
    [str(Path(sys.executable).parent), str(PROJECT / "node_modules" / ".bin"), os.environ.get("PATH", "")]
)
for _name in [name for name in os.environ if name.startswith(("AWS_", "CDK_"))]:
    del os.environ[_name]
# The CDK's own validation takes a second a synth; tests/test_gate.py turns it on, as errors.
os.environ["CDK_VALIDATION"] = "false"


@pytest.fixture(autouse=True)
def _this_machine_only() -> Iterator[None]:
    """Whatever a test does, it reaches no other machine."""
    pytest_socket.socket_allow_hosts(LOOPBACK, allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()


@pytest.fixture
def project() -> Path:
    """The project's root folder."""
    return PROJECT


@pytest.fixture
def specs() -> Path:
    """Folder of specs that only tests use."""
    return PROJECT / "tests" / "specs"


@pytest.fixture
def new_app(tmp_path: Path) -> Any:
    """Makes a CDK app with the feature flags of cdk.json."""
    import json  # noqa: PLC0415 - the CDK starts Node, which fast tests must not

    from aws_cdk import App  # noqa: PLC0415 - likewise

    context = json.loads((PROJECT / "cdk.json").read_text())["context"]

    def make(**more: Any) -> App:
        return App(outdir=str(tmp_path / "cdk.out"), context={**context, **more})

    return make
