"""`python -m sandbox demo` and `python -m sandbox up`."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from rich.console import Console

from sandbox import demo, up
from sandbox.aws.process import LocalAwsError
from sandbox.deployment import DeploymentError
from sandbox.person import PersonError
from sandbox.relying_party.oidc import SignInError

INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    """Run one of the commands; gives the exit code."""
    commands = {"demo": demo.run, "up": up.run}
    if len(arguments) != 1 or arguments[0] not in commands:
        sys.stderr.write(f"usage: python -m sandbox {'|'.join(commands)}\n")
        return 2
    # Ended from outside, it cleans up as it does after Ctrl-C; SIGINT too, which a shell's background jobs ignore.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    console = Console(highlight=False)
    try:
        commands[arguments[0]](console)
    except KeyboardInterrupt:
        console.print("Interrupted; everything was cleaned up.")
        return INTERRUPTED
    except (LocalAwsError, DeploymentError, PersonError, SignInError, OSError) as error:
        console.print(f"[red]✗[/] {type(error).__name__.removesuffix('Error')}:", end=" ")
        console.print(str(error), markup=False)
        return 1
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
