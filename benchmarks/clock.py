"""What time is taken from: seconds on the wall, and processor seconds of this process and all that it started.

On a machine that does other things as well, processor seconds still tell two programs apart.  Python waits while the
CDK's Node works and Node while Python does, so on an idle machine their sum is about the time on the wall.
"""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

_PROC = Path("/proc")
_NANOSECONDS = 1_000_000_000
_PARENT = 1
"""Place of the parent's id in `/proc/<pid>/stat`, counted after the name, which is in parentheses."""


class Reading(NamedTuple):
    """A point in time, or the time between two."""

    wall: float
    processor: float

    def since(self, earlier: Reading) -> Reading:
        """The seconds from *earlier* to here."""
        return Reading(self.wall - earlier.wall, self.processor - earlier.processor)


def read(started: list[int]) -> Reading:
    """The time now: on the wall, and what this process and those of the ids in *started* have used of the processor."""
    return Reading(perf_counter(), process_time() + sum(_used_by(process) for process in started))


def started_processes() -> list[int]:
    """The ids of all processes that this one started, and that those started."""
    parents = {}
    for folder in _PROC.iterdir():
        if folder.name.isdecimal():
            try:
                parents[int(folder.name)] = int(
                    (folder / "stat").read_text("utf-8").rpartition(")")[2].split()[_PARENT]
                )
            except OSError:
                continue  # it has ended meanwhile
    family = [os.getpid()]
    for process in family:
        family.extend(child for child, parent in parents.items() if parent == process)
    return family[1:]


def _used_by(process: int) -> float:
    """Processor seconds of another process's threads.

    `/proc/<pid>/stat` has them too, but counts ticks of a hundredth of a second, and Node answers in less.
    """
    threads = (_PROC / str(process) / "task").iterdir()
    return sum(int((thread / "schedstat").read_text("utf-8").split()[0]) for thread in threads) / _NANOSECONDS
