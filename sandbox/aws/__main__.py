"""`python -m sandbox.aws`: the local AWS in the foreground, on this machine only.  Tests have `process.LocalAws`."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import NoReturn

from sandbox.aws.environment import server_environment, stray_variables

PROJECT = Path(__file__).resolve().parents[2]
"""Where `sandbox` is importable from, whatever the working directory was."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.aws", description="A strict local AWS on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=4566, help="port on 127.0.0.1 (default: 4566)")
    parser.add_argument("--state-dir", type=Path, help="folder for its files (default: a new one, removed at the end)")
    parser.add_argument("--region", default="us-east-1", help="region of whoever names none (default: us-east-1)")
    parser.add_argument("--check", action="store_true", help="only say whether the installed emulator fits, and end")
    parser.add_argument("--tied", action="store_true", help=argparse.SUPPRESS)  # end when standard input does
    parser.add_argument("--remove-orphaned", action="store_true", help=argparse.SUPPRESS)  # --state-dir, when so ended
    parser.add_argument("--clean", action="store_true", help=argparse.SUPPRESS)  # set by the second start, below
    parser.add_argument("--remove-state-dir", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _start_again_clean(arguments: argparse.Namespace, state_dir: Path, environment: dict[str, str]) -> NoReturn:
    """Become the same program in the clean environment: Lambda functions inherit all that the server has."""
    command = [sys.executable, "-m", "sandbox.aws", "--clean", "--port", str(arguments.port)]
    command += ["--state-dir", str(state_dir), "--region", arguments.region]
    command += ["--check"] * arguments.check + ["--tied"] * arguments.tied
    command += ["--remove-orphaned"] * arguments.remove_orphaned
    command += ["--remove-state-dir"] * (arguments.remove_state_dir or arguments.state_dir is None)
    os.chdir(PROJECT)
    sys.stdout.flush()
    os.execve(sys.executable, command, environment)  # noqa: S606 - this very program, no shell


def _end_with_standard_input(folder: Path | None) -> None:
    """End the whole process group, Lambda functions too, when whoever started it is gone, however that came.

    Args:
        folder: What to remove then.  Default: nothing.
    """

    def watch() -> None:
        while os.read(0, 1024):
            pass
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        os.killpg(os.getpgid(0), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True, name="end-with-standard-input").start()


def main() -> int:
    """Serve until interrupted."""
    arguments = _arguments()
    state_dir = arguments.state_dir
    state_dir = Path(tempfile.mkdtemp(prefix="sandbox-aws-")) if state_dir is None else state_dir.resolve()
    environment = server_environment(state_dir=state_dir, port=arguments.port, region=arguments.region)
    if not arguments.clean and stray_variables(os.environ, environment):
        _start_again_clean(arguments, state_dir, environment)
    for folder in ("tmp", "state", "s3"):
        (state_dir / folder).mkdir(parents=True, exist_ok=True)
    if arguments.tied:
        _end_with_standard_input(state_dir if arguments.remove_orphaned else None)
    try:
        # Imported here, not above: importing it reads the environment.
        from sandbox.aws import server  # noqa: PLC0415 - see above

        if arguments.check:
            server.strict_application()
        else:
            server.run(arguments.port)
    except (OSError, RuntimeError) as error:
        sys.stderr.write(f"starting the local AWS on port {arguments.port}: {error}\n")
        return 1
    finally:
        if arguments.remove_state_dir:
            shutil.rmtree(state_dir, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
