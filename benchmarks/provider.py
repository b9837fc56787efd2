"""The Lambda function behind the custom resources: its size, its start, and what it asks of the directory.

Not here: how the calls are counted (`provider_calls.py`), and what a call costs over a network.
"""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

import saml_connectors
from benchmarks import provider_calls, provider_iam
from benchmarks.clock import Reading
from benchmarks.processes import Ended, in_turns, middle, middle_ratio, python, run
from benchmarks.results import Result, at_most, of_changes

ASSET = Path(saml_connectors.__file__).parent / "provider"
MAX_ASSET_KB = 200
MAX_IMPORT_MS = 60
ROUNDS = 15
ANCHOR = "http.client, ssl, json, logging"

_BYTECODE = shutil.ignore_patterns("__pycache__", "*.pyc")
_OTHERS = "import jumpcloud.handler; print(*(name for name in sys.modules if name.partition('.')[0] != 'jumpcloud'))"
_LOADED = "import jumpcloud.handler; print(sorted({'boto3', 'botocore'} & sys.modules.keys()))"


def results(*, rounds: int = ROUNDS) -> list[Result]:
    """Measure; takes about twenty seconds.

    Args:
        rounds: How often each start is measured.
    """
    return [_size(), *_starts(rounds), *_calls(), *provider_iam.results(rounds)]


def asset_bytes(asset: Path = ASSET) -> int:
    """Size of *asset* as the CDK packs it: zipped, without bytecode."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for path in sorted(asset.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                archive.write(path, path.relative_to(asset))
    return len(packed.getvalue())


def _size() -> Result:
    files = sum(1 for _ in ASSET.rglob("*.py"))
    return at_most("asset, zipped", asset_bytes() / 1024, MAX_ASSET_KB, "KB", digits=0, note=f"{files} files")


def _starts(rounds: int) -> list[Result]:
    with TemporaryDirectory() as folder:
        shutil.copytree(ASSET, f"{folder}/asset", ignore=_BYTECODE)
        shutil.copytree(ASSET, f"{folder}/compiled", ignore=_BYTECODE)
        run(python("-m", "compileall", "-q", f"{folder}/compiled"))

        def start(code: str, asset: str = "asset") -> Ended:
            # -B: nothing is written beside the asset, as in Lambda; -S -E: only the interpreter and the asset.
            at_asset = f"import sys; sys.path.insert(0, {f'{folder}/{asset}'!r}); {code}"
            return run(python("-S", "-E", "-B", "-c", at_asset))

        others = start(_OTHERS).output.split()
        taken = in_turns(
            rounds,
            {
                "bare": lambda: start("pass").seconds,
                "handler": lambda: start("import jumpcloud.handler").seconds,
                "compiled": lambda: start("import jumpcloud.handler", "compiled").seconds,
                # os first: its parts cannot be imported before it.
                "others": lambda: start(f"[__import__(name) for name in {['os', *others]}]").seconds,
                "anchor": lambda: start(f"import {ANCHOR}").seconds,
            },
            progress="provider, start",
        )
        loaded = start(_LOADED).output.strip()
    more = {name: [_less(each, bare) for each, bare in zip(taken[name], taken["bare"], strict=True)] for name in taken}
    handler, compiled = middle(more["handler"]), middle(more["compiled"])
    return [
        at_most(
            "handler's import, from source",
            handler.processor * 1000,
            MAX_IMPORT_MS,
            "ms",
            digits=0,
            note=f"on the wall {handler.wall * 1000:.0f} ms",
        ),
        Result(
            what="handler's import, from bytecode",
            found=f"{compiled.processor * 1000:.0f} ms (on the wall {compiled.wall * 1000:.0f} ms)",
        ),
        Result(
            what="the standard library's modules in it",
            found=f"{middle(more['others']).processor * 1000:.0f} ms, from bytecode as always",
        ),
        Result(
            what=f"from source, to importing {ANCHOR}",
            found=f"{middle_ratio(more['handler'], more['anchor']).processor:.2f} x "
            f"({middle(more['anchor']).processor * 1000:.0f} ms)",
        ),
        Result(
            what="from bytecode, to the same",
            found=f"{middle_ratio(more['compiled'], more['anchor']).processor:.2f} x",
        ),
        Result(
            what="handler's import loads boto3",
            target="no",
            found="no" if loaded == "[]" else loaded,
            met=loaded == "[]",
        ),
    ]


def _less(reading: Reading, bare: Reading) -> Reading:
    return Reading(reading.wall - bare.wall, reading.processor - bare.processor)


def _calls() -> list[Result]:
    changes = provider_calls.count(provider_calls.Provider())
    found = of_changes(changes)
    for what in dict.fromkeys(change.what for change in changes):
        total = provider_calls.Calls(0, 0)
        for change in changes:
            if change.what == what:
                total = total.more(change.calls)
        found.append(Result(what=f"whole connector: {what}", found=str(total)))
    return found
