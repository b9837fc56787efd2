"""What the watch asks of AWS and tells it: metrics of CloudWatch, and the certificate that a user pool signs with.

Called at run time only.  Not here: what is measured (`watching.py`).
"""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

from . import contract
from .errors import WatchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

    from .deadline import Deadline

    class Measurements(Protocol):
        """What the watch needs of AWS; a test has one of its own."""

        def put(self, measured: Sequence[Measurement], deadline: Deadline) -> None:
            """Write metrics."""

        def signing_certificate(self, user_pool_id: str, deadline: Deadline) -> str:
            """The certificate that a user pool signs its requests with now: DER in base64."""


class Measurement(NamedTuple):
    """One value of a metric."""

    metric: str
    value: float
    dimensions: Mapping[str, str]

    def as_datum(self) -> dict[str, Any]:
        """As CloudWatch takes it, with the time at which it takes it."""
        named = [{"Name": name, "Value": value} for name, value in self.dimensions.items()]
        return {"MetricName": self.metric, "Dimensions": named, "Value": self.value}


class AwsMeasurements:
    """CloudWatch and Cognito."""

    def put(self, measured: Sequence[Measurement], deadline: Deadline) -> None:
        """Write metrics.

        Raises:
            WatchError: They were not written.
        """
        doing = f"writing {len(measured)} metrics of namespace {contract.METRICS!r}"
        given = {"Namespace": contract.METRICS, "MetricData": [each.as_datum() for each in measured]}
        _call(doing, deadline, "cloudwatch", "put_metric_data", given)

    def signing_certificate(self, user_pool_id: str, deadline: Deadline) -> str:
        """The certificate that a user pool signs its requests with now: DER in base64.

        Raises:
            WatchError: It is not told.
        """
        doing = f"reading the signing certificate of user pool {user_pool_id!r}"
        answer = _call(doing, deadline, "cognito-idp", "get_signing_certificate", {"UserPoolId": user_pool_id})
        found = answer.get("Certificate")
        if not isinstance(found, str) or not found:
            raise WatchError(doing, "Cognito answered without one", "look at the pool in the Cognito console")
        return found


def _call(doing: str, deadline: Deadline, service: str, operation: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    deadline.require(doing)
    boto3 = import_module("boto3")
    config = import_module("botocore.config").Config
    exceptions = import_module("botocore.exceptions")
    patience = max(1.0, min(10.0, deadline.remaining() / 3))
    settings = config(connect_timeout=patience, read_timeout=patience, retries={"total_max_attempts": 3})
    try:
        answer: Mapping[str, Any] = getattr(boto3.client(service, config=settings), operation)(**given)
    except exceptions.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        action = "".join(part.capitalize() for part in operation.split("_"))
        if code.startswith("AccessDenied"):
            fix = f"allow the function {service}:{action}"
            raise WatchError(doing, f"the function may not do it ({code})", fix) from None
        raise WatchError(doing, f"{service} answered {code or 'an error'}", "it is tried again") from None
    except exceptions.BotoCoreError as error:
        fix = f"check that the function can reach {service} (in a VPC it needs an endpoint or a NAT gateway)"
        raise WatchError(doing, f"{service} did not answer ({type(error).__name__})", fix) from None
    return answer
