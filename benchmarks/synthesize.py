"""One measurement of construct and synth, in the process it is started in: `python -m benchmarks.synthesize`.

Prints one line of JSON.  Not here: how often it is run, and what follows from it (`synthesis.py`).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import clock
from benchmarks.workload import SPECS, numbers_by_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aws_cdk import Stack

_CDK_JSON = Path(__file__).parent.parent / "cdk.json"


def measure(kind: str, side: str, connectors: int, outdir: str, *, count_calls: bool = False) -> dict[str, Any]:
    """Build and synthesize *connectors* of *kind* as *side* does it; seconds, or the calls to the CDK's Node process.

    The clock starts when everything is imported and the specs are read: both are measured by themselves.

    Args:
        kind: Kind of the connectors.
        side: `library` or `by-hand`.
        connectors: How many.
        outdir: Where the cloud assembly goes.
        count_calls: Count calls, which costs time.  Default: only measure.
    """
    from aws_cdk import App, Stack  # noqa: PLC0415 - the modules of this package start without Node

    fill = _by_hand(kind) if side == "by-hand" else _library(kind, connectors)
    calls = _count_calls() if count_calls else None
    processes = clock.started_processes()
    began = clock.read(processes)
    app = App(outdir=outdir, analytics_reporting=False, context=json.loads(_CDK_JSON.read_text("utf-8"))["context"])
    for index, numbers in enumerate(numbers_by_stack(connectors)):
        fill(Stack(app, f"connectors-{index}"), numbers)
    app.synth()
    seconds = clock.read(processes).since(began)
    return {"wall": seconds.wall, "processor": seconds.processor, "calls": calls}


def _by_hand(kind: str) -> Callable[[Stack, Iterable[int]], None]:
    """What fills a stack by hand, with everything imported that it needs."""
    if kind == "iam":
        from benchmarks import by_hand_iam  # noqa: PLC0415 - as above

        return by_hand_iam.fill
    from benchmarks import by_hand  # noqa: PLC0415 - as above

    return by_hand.fill


def _library(kind: str, connectors: int) -> Callable[[Stack, Iterable[int]], None]:
    """What fills a stack with the library's connectors, with everything imported and read that it needs."""
    from saml_connectors.cognito import CognitoConnector  # noqa: PLC0415 - as above
    from saml_connectors.iam import IamConnector  # noqa: PLC0415 - as above
    from saml_connectors.spec import CognitoUserPoolSpec, parse  # noqa: PLC0415 - as above
    from saml_connectors.spec.iam import IamSpec  # noqa: PLC0415 - as above

    specs = [parse(SPECS[kind](number)) for number in range(connectors)]

    def fill(stack: Stack, numbers: Iterable[int]) -> None:
        for number in numbers:
            spec = specs[number]
            if isinstance(spec, IamSpec):
                IamConnector(stack, spec.name, spec=spec)
            else:
                assert isinstance(spec, CognitoUserPoolSpec)  # the workload has these kinds only
                CognitoConnector(stack, spec.name, spec=spec)

    return fill


def _count_calls() -> Counter[str]:
    """Counts from now on what Python asks of the CDK's Node process, by kind of request and what it names."""
    import jsii  # noqa: PLC0415 - it starts Node

    provider: Any = jsii.kernel.provider
    connection = provider._process  # noqa: SLF001 - jsii has no other place that all requests pass
    counts: Counter[str] = Counter()
    send = connection.send

    def counting(request: Any, response_type: Any) -> Any:
        what = getattr(request, "fqn", "").rsplit(".", 1)[-1]
        member = getattr(request, "method", "") or getattr(request, "property", "")
        counts[" ".join(part for part in (type(request).__name__, what, member) if part)] += 1
        return send(request, response_type)

    connection.send = counting
    return counts


if __name__ == "__main__":
    _, chosen_kind, chosen_side, number, folder, *more = sys.argv
    print(json.dumps(measure(chosen_kind, chosen_side, int(number), folder, count_calls="--count" in more)))
