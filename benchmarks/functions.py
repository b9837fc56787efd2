"""Each Lambda function that the library defines: its cold start and its memory, in a process of its own.

Start is the import of the handler, from source as it is deployed and from bytecode; memory is the largest that the
process ever was, as a ratio to a bare interpreter.  boto3 is no part of it: the functions import it when they call AWS.
Not here: what the provider asks of the directory (`provider.py`).
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import saml_connectors
from benchmarks.processes import in_turns, middle, python, run
from benchmarks.results import Result

if TYPE_CHECKING:
    from benchmarks.processes import Ended

PACKAGE = Path(saml_connectors.__file__).parent
FUNCTIONS = {
    "provider": ("provider", "jumpcloud.handler"),
    "identity store": ("provider", "identity_store.handler"),
    "watch": ("watch", "handler"),
    "pre-token trigger": ("pre_token", "handler"),
}
"""By name: the folder that is deployed, and the module that Lambda imports."""

ROUNDS = 9
_BYTECODE = shutil.ignore_patterns("__pycache__", "*.pyc")
# The kernel's own account of this process: what getrusage tells begins with the size of whoever started it.
_MEMORY = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"


def results(*, rounds: int = ROUNDS) -> list[Result]:
    """Measure; takes about fifteen seconds.

    Args:
        rounds: How often each start is measured.
    """
    found = []
    with TemporaryDirectory() as folder:
        for number, (name, (asset, module)) in enumerate(FUNCTIONS.items()):
            source, compiled = f"{folder}/{number}-source", f"{folder}/{number}-compiled"
            for place in (source, compiled):
                shutil.copytree(PACKAGE / asset, place, ignore=_BYTECODE)
            run(python("-m", "compileall", "-q", compiled))
            found.append(_measured(name, module, source, compiled, rounds))
    return found


def _start(code: str, asset: str = "") -> Ended:
    """-B: nothing is written beside the asset, as in Lambda; -S -E: only the interpreter and the asset."""
    return run(python("-S", "-E", "-B", "-c", f"import sys; sys.path.insert(0, {asset!r}); {code}; {_MEMORY}"))


def _measured(name: str, module: str, source: str, compiled: str, rounds: int) -> Result:
    taken = in_turns(
        rounds,
        {
            "bare": lambda: _start("pass"),
            "source": lambda: _start(f"import {module}", source),
            "compiled": lambda: _start(f"import {module}", compiled),
        },
        progress=f"functions, {name}",
    )
    seconds = {kind: middle([each.seconds for each in ended]).processor for kind, ended in taken.items()}
    memory = {kind: sorted(int(each.output) for each in ended)[rounds // 2] for kind, ended in taken.items()}
    return Result(
        what=f"{name}: cold start, memory",
        found=f"{(seconds['source'] - seconds['bare']) * 1000:.0f} ms from source, "
        f"{(seconds['compiled'] - seconds['bare']) * 1000:.0f} ms from bytecode; "
        f"{memory['source'] / 1024:.0f} MiB, {memory['source'] / memory['bare']:.2f} x of a bare interpreter",
    )
