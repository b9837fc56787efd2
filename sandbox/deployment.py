"""The stock CDK command line, run against the local AWS as a user would run it against the real one.

Not here: what it deploys.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PROJECT = Path(__file__).parents[1]
ACCOUNT = "000000000000"
"""Account of the local AWS."""

_EVENT = re.compile(
    r"\|\s*(?P<status>[A-Z]+_[A-Z_]+)\s*\|\s*(?P<type>[\w:]+)\s*\|\s*(?P<path>.+?)\s*(?:\((?P<id>\w+)\))?\s*$"
)
_WHAT_TO_KEEP = ("PATH", "LANG", "LC_ALL", "TMPDIR", "HOME")


class DeploymentError(RuntimeError):
    """The CDK command line failed; the text holds the end of what it said."""


@dataclass(frozen=True, slots=True)
class StackEvent:
    """One resource, on its way."""

    status: str
    """As CloudFormation says it: `CREATE_COMPLETE`."""

    resource_type: str
    """As CloudFormation says it: `AWS::Cognito::UserPool`."""

    path: str
    """The construct's path."""


class CdkCommandLine:
    """The CDK command line with the environment of one AWS.

    Args:
        environment: Variables that point it at an AWS.
        folder: Where it puts what it makes: the cloud assembly and outputs.
        account: Id of the account that those variables are for.
    """

    def __init__(self, environment: dict[str, str], folder: Path, account: str = ACCOUNT) -> None:
        tools = f"{Path(sys.executable).parent}{os.pathsep}{PROJECT / 'node_modules' / '.bin'}"
        kept = {name: os.environ[name] for name in _WHAT_TO_KEEP if name in os.environ}
        self._environment = {**kept, **environment, "PATH": f"{tools}{os.pathsep}{kept.get('PATH', '')}"}
        self._assembly = folder / "cdk.out"
        self._outputs = folder / "outputs.json"
        self._region, self._account = environment["AWS_REGION"], account

    def synth(self, context: dict[str, str]) -> None:
        """Synthesize the app into a cloud assembly, with *context* beside that of cdk.json."""
        pairs = [part for name, value in context.items() for part in ("--context", f"{name}={value}")]
        self._run("synth", "--quiet", "--output", str(self._assembly), *pairs)

    def bootstrap(self) -> None:
        """Prepare the account for deployments, as is done once for every account."""
        self._run("bootstrap", "--app", str(self._assembly), f"aws://{self._account}/{self._region}")

    def deploy(
        self, on_event: Callable[[StackEvent], None] | None = None, *, stacks: Sequence[str] = ()
    ) -> dict[str, dict[str, str]]:
        """Deploy stacks of the assembly; gives the outputs by stack.

        Args:
            on_event: Told of every resource.
            stacks: Their names, of which nothing that they depend on is deployed with them.  Default: all.
        """
        self._run(
            "deploy",
            "--app",
            str(self._assembly),
            *(["--exclusively", *stacks] if stacks else ["--all"]),
            "--require-approval=never",
            "--progress=events",
            f"--outputs-file={self._outputs}",
            on_event=on_event,
        )
        outputs: dict[str, dict[str, str]] = json.loads(self._outputs.read_text())
        return outputs

    def stacks(self) -> list[str]:
        """Names of the assembly's stacks, each after those that it depends on."""
        manifest = json.loads((self._assembly / "manifest.json").read_text())
        artifacts: dict[str, dict[str, Any]] = manifest["artifacts"]
        found = {name: each for name, each in artifacts.items() if each["type"] == "aws:cloudformation:stack"}
        ordered = TopologicalSorter(
            {name: [one for one in each.get("dependencies", ()) if one in found] for name, each in found.items()}
        )
        return list(ordered.static_order())

    def destroy(self, on_event: Callable[[StackEvent], None] | None = None) -> None:
        """Delete every stack of the assembly."""
        self._run("destroy", "--app", str(self._assembly), "--all", "--force", "--progress=events", on_event=on_event)

    def _run(self, *arguments: str, on_event: Callable[[StackEvent], None] | None = None) -> None:
        said: list[str] = []
        process = subprocess.Popen(  # noqa: S603 - the project's own pinned command line, no shell
            ["cdk", *arguments, "--no-color", "--no-notices"],  # noqa: S607 - found in node_modules, first on the PATH
            cwd=PROJECT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            assert process.stdout is not None  # it was asked for
            for line in process.stdout:
                said.append(line.rstrip())
                event = parse_event(line)
                if event is not None and on_event is not None:
                    on_event(event)
            code = process.wait()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            raise
        finally:
            if process.stdout is not None:
                process.stdout.close()
        if code:
            raise DeploymentError(f"cdk {arguments[0]} failed with exit code {code}\n{_last(said)}")


def parse_event(line: str) -> StackEvent | None:
    """The resource event in one line of the command line's output, if it is one."""
    found = _EVENT.search(line)
    if found is None:
        return None
    return StackEvent(found["status"], found["type"], found["path"])


def _last(lines: Sequence[str], count: int = 40) -> str:
    return "\n".join(line for line in lines if line.strip()) if len(lines) <= count else "\n".join(lines[-count:])
