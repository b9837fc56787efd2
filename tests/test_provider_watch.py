"""The watch in the provider: what an event makes it look at, measure and tell, and that it never writes."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.stub import Stubber  # type: ignore[import-untyped]

from saml_connectors.provider.jumpcloud import contract, drift, handler, watching
from saml_connectors.provider.jumpcloud.deadline import Deadline
from saml_connectors.provider.jumpcloud.errors import WatchError
from saml_connectors.provider.jumpcloud.measurements import AwsMeasurements, Measurement
from sandbox.directory.faults import Fault
from sandbox.directory.state import EXAMPLE_API_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures", "tests.signing_fixtures"]

DAYS = ("DaysUntilExpiry", {"Connector": "portal", "What": "idp-certificate"})
DRIFT = ("DriftedFields", {"Connector": "portal"})
POOL_ID = "eu-central-1_AbCdEf123"


class Taken:
    """CloudWatch and Cognito: what was measured, and the certificate of every pool."""

    def __init__(self, certificate: str = "") -> None:
        self.values: list[tuple[str, dict[str, str], float]] = []
        self.certificate = certificate
        self.refuses = False

    def put(self, measured: Sequence[Measurement], deadline: Deadline) -> None:
        """Take metrics."""
        deadline.require("putting")
        if self.refuses:
            raise WatchError("writing metrics", "the function may not do it", "allow it")
        self.values += [(each.metric, dict(each.dimensions), each.value) for each in measured]

    def signing_certificate(self, user_pool_id: str, deadline: Deadline) -> str:
        """The pool's certificate."""
        deadline.require("reading")
        assert user_pool_id == POOL_ID
        if not self.certificate:
            raise WatchError("reading the pool's certificate", "no such pool", "look there")
        return self.certificate

    def of(self, metric: str, dimensions: dict[str, str]) -> list[float]:
        """The values of one metric."""
        return [value for name, named, value in self.values if (name, named) == (metric, dimensions)]


def _row(kind: str, properties: dict[str, Any], physical_id: str, trusted: str | None = None) -> dict[str, Any]:
    row = {
        "ResourceType": kind,
        "LogicalId": "PortalApplication5F3A" if kind == contract.APPLICATION else kind.rpartition("::")[2],
        "PhysicalId": physical_id,
        "Properties": properties,
    }
    return row | ({"Trusted": trusted} if trusted else {})


def _event(stage: Stage, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    stack_id = stage.event("Create", None)["StackId"]
    listed = {"Resources": list(rows)} if rows else {}
    return {"Watch": {"Connector": "portal", "StackId": stack_id, **listed, **more}}


def _watch(stage: Stage, event: dict[str, Any], taken: Taken | None = None) -> Taken:
    """Look, and see that nothing was written, and nobody answered."""
    stage.forget_calls()
    world, taken, answers = stage.world, taken or Taken(), len(stage.box.requests)
    world.measurements = taken
    try:
        watching.watch(event, None, world)
    finally:
        assert stage.writes() == []
        assert len(stage.box.requests) == answers
    return taken


@pytest.fixture
def portal(stage: Stage) -> dict[str, Any]:
    """An application that was deployed, as the rule names it."""
    made = stage.created()
    return _row(contract.APPLICATION, stage.properties(), made["PhysicalResourceId"], made["Data"]["Certificate"])


def test_an_application_as_deployed_measures_its_days_and_no_drift(stage: Stage, portal: dict[str, Any]) -> None:
    """The end of the certificate is read from the certificate itself; 0 is a value, never silence."""
    taken = _watch(stage, _event(stage, portal))
    certificate = stage.live(portal["PhysicalId"])["sso"]["idpCertExpirationAt"]
    (days,) = taken.of(*DAYS)
    assert certificate
    assert 1000 < days < 4000
    assert taken.of(*DRIFT) == [0.0]
    assert stage.log()[-1]["event"] == "watched"
    assert EXAMPLE_API_KEY not in "".join(stage.lines)


def test_days_are_counted_whole_and_fall_below_zero(stage: Stage, portal: dict[str, Any]) -> None:
    """The same certificate later."""
    (before,) = _watch(stage, _event(stage, portal)).of(*DAYS)
    stage.time.now += 10 * 86_400
    assert _watch(stage, _event(stage, portal)).of(*DAYS) == [before - 10]
    stage.time.now += (before + 5) * 86_400
    assert _watch(stage, _event(stage, portal)).of(*DAYS)[0] < 0


def test_what_differs_is_counted_and_told_field_by_field(stage: Stage, portal: dict[str, Any]) -> None:
    """Over all resources of the event; the log has both values, and the certificate as a fingerprint."""
    application = stage.directory.applications[portal["PhysicalId"]]
    application.display_label = "Old portal"
    pair = stage.directory.new_pair()
    application.config["idpCertificate"] = base64.b64encode(pair.certificate.encode()).decode()
    named = {contract.DIRECTORY: stage.directory_property(), contract.APPLICATION_ID: portal["PhysicalId"]}
    access = _row(contract.ACCESS, {**named, contract.GROUPS: ["portal-users"]}, f"{portal['PhysicalId']}/access")
    taken = _watch(stage, _event(stage, portal, access))
    assert taken.of(*DRIFT) == [3.0]
    told = {line["field"]: line for line in stage.log() if line["event"] == "drift"}
    assert set(told) == {"displayLabel", "config.idpCertificate", "groups['portal-users']"}
    assert (told["displayLabel"]["desired"], told["displayLabel"]["live"]) == ("'Portal'", "'Old portal'")
    assert told["displayLabel"]["connector"] == "portal"
    assert "CERTIFICATE" not in "".join(line for line in stage.lines if '"drift"' in line)


def test_an_application_that_is_gone_is_drift_without_days(stage: Stage, portal: dict[str, Any]) -> None:
    """Silence about its certificate is an alarm of its own."""
    stage.directory.remove_application(portal["PhysicalId"])
    taken = _watch(stage, _event(stage, portal))
    assert taken.of(*DRIFT) == [1.0]
    assert taken.of(*DAYS) == []


def test_what_cannot_be_looked_at_fails_the_function_and_the_rest_is_measured(
    stage: Stage, portal: dict[str, Any]
) -> None:
    """Properties that are wrong; then no count of zero is told, because it is not known."""
    broken = _row(contract.LAUNCH, {contract.DIRECTORY: stage.directory_property()}, "x/launch")
    taken = Taken()
    with pytest.raises(WatchError, match=r"watching connector 'portal': .*ApplicationId is missing"):
        _watch(stage, _event(stage, broken, portal), taken)
    assert taken.of(*DAYS)
    assert taken.of(*DRIFT) == []
    stage.directory.applications[portal["PhysicalId"]].active = False
    with pytest.raises(WatchError):
        _watch(stage, _event(stage, broken, portal), taken)
    assert taken.of(*DRIFT) == [1.0]


@pytest.mark.parametrize("status", [401, 500])
def test_a_directory_that_cannot_be_asked_fails_the_function(stage: Stage, portal: dict[str, Any], status: int) -> None:
    """With the provider's own sentence, and without the credential; nothing is measured."""
    stage.directory.faults.add(Fault(kind="status", status=status, count=None))
    taken = Taken()
    with pytest.raises(WatchError, match="watching connector 'portal': reading application") as caught:
        _watch(stage, _event(stage, portal), taken)
    assert EXAMPLE_API_KEY not in str(caught.value)
    assert taken.values == []


def test_what_was_measured_is_written_when_the_time_is_over(stage: Stage, portal: dict[str, Any]) -> None:
    """A directory that hangs takes the time of the next question, not that of the metrics."""
    stage.directory.faults.add(Fault(kind="no-answer", path=".*/associations", count=None))
    named = {contract.DIRECTORY: stage.directory_property(), contract.APPLICATION_ID: portal["PhysicalId"]}
    access = _row(contract.ACCESS, {**named, contract.GROUPS: ["portal-users"]}, "x/access")
    began, taken = stage.time.now, Taken()
    with pytest.raises(WatchError, match="listing the groups bound to application"):
        _watch(stage, _event(stage, portal, access), taken)
    assert stage.time.now - began <= watching.LONGEST_SECONDS
    assert taken.of(*DAYS)


def test_an_unexpected_error_hides_neither_itself_nor_what_else_is_watched(
    stage: Stage, portal: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told by its kind, with a traceback in the log that no secret is in."""
    real = drift.compare

    def compare(resource: Any, session: Any) -> Any:
        found = real(resource, session)
        if resource.type == contract.ACCESS:
            raise TypeError(EXAMPLE_API_KEY)
        return found

    monkeypatch.setattr(drift, "compare", compare)
    named = {contract.DIRECTORY: stage.directory_property(), contract.APPLICATION_ID: portal["PhysicalId"]}
    access = _row(contract.ACCESS, {**named, contract.GROUPS: []}, "x/access")
    taken = Taken()
    with pytest.raises(WatchError, match="unexpected TypeError at Custom::JumpCloudApplicationAccess"):
        _watch(stage, _event(stage, access, portal), taken)
    assert taken.of(*DAYS)
    (line,) = [line for line in stage.log() if line["event"] == "unexpected"]
    assert "TypeError: [hidden]" in line["traceback"]


def test_metrics_that_are_not_written_fail_the_function(stage: Stage, portal: dict[str, Any]) -> None:
    """And the log still has what was seen."""
    taken = Taken()
    taken.refuses = True
    with pytest.raises(WatchError, match="writing metrics: the function may not do it; allow it"):
        _watch(stage, _event(stage, portal), taken)
    assert stage.log()[-1]["measured"]


def test_a_pin_is_stale_once_the_pool_has_another_certificate(stage: Stage) -> None:
    """Compared as certificates, in whatever form they are written; and the pool's own is measured."""
    pool, other = (stage.directory.new_pair().certificate for _ in range(2))
    for pinned, stale in ((pool, 0.0), (other, 1.0)):
        asked = {"UserPool": {"UserPoolId": POOL_ID, "SpCertificate": pinned}}
        line = "".join(pool.splitlines()[1:-1])
        taken = _watch(stage, _event(stage, **asked), Taken(line))
        assert taken.of("StalePin", {"Connector": "portal"}) == [stale]
        assert taken.of("DaysUntilExpiry", {"Connector": "portal", "What": "sp-certificate"})
        assert taken.of(*DRIFT) == []
    assert [line["event"] for line in stage.log() if line["level"] == "WARNING"] == ["stale pin"]


@pytest.mark.parametrize(("certificate", "told"), [("", "no such pool"), ("AAAA", "cannot be used")])
def test_a_pool_whose_certificate_cannot_be_read_fails_the_function(stage: Stage, certificate: str, told: str) -> None:
    """Never a pin that only seems fresh."""
    asked = {"UserPool": {"UserPoolId": POOL_ID, "SpCertificate": stage.directory.new_pair().certificate}}
    taken = Taken(certificate)
    with pytest.raises(WatchError, match=told):
        _watch(stage, _event(stage, **asked), taken)
    assert taken.of("StalePin", {"Connector": "portal"}) != [0.0]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, "Watch.Connector is missing; Watch.StackId is missing; it names nothing to look at"),
        ({"Connector": "portal", "StackId": "s"}, "it names nothing to look at"),
        ({"Connector": "portal", "StackId": "s", "Resources": "all"}, r"Watch.Resources\[0\] is damaged"),
        ({"Connector": "portal", "StackId": "s", "Resources": [{"ResourceType": "x"}]}, r"Resources\[0\] is damaged"),
        ({"Connector": "portal", "StackId": "s", "UserPool": {"UserPoolId": "x"}}, "Watch.UserPool is damaged"),
    ],
)
def test_a_damaged_event_is_refused_with_what_is_wrong(stage: Stage, given: Any, told: str) -> None:
    """Nobody is asked anything."""
    with pytest.raises(WatchError, match=told):
        _watch(stage, {"Watch": given})
    assert stage.transport.calls == []


def test_the_handler_tells_a_watch_from_what_cloudformation_sends(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the place for the answer, whatever else is in an event."""
    asked: list[Any] = []
    answered: list[Any] = []
    monkeypatch.setattr(watching, "watch", lambda event, _context, _world: asked.append(event))
    monkeypatch.setattr(handler, "respond", lambda event, _context, _world: answered.append(event))
    watch: dict[str, Any] = {"Watch": {}}
    custom = {**stage.event("Delete", {}), "Watch": {}}
    for event in (watch, custom, {}, None, "x"):
        handler.handle(event, None)
    assert asked == [watch]
    assert answered == [custom, {}, None, "x"]


def _stubbed(monkeypatch: pytest.MonkeyPatch, service: str) -> Stubber:
    client = boto3.client(service, "eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")
    monkeypatch.setattr(boto3, "client", lambda name, **_more: client if name == service else None)
    return Stubber(client)


def test_metrics_go_to_the_namespace_that_the_role_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through boto3's own model; a refusal names the missing permission."""
    measured = [Measurement("DriftedFields", 2.0, {"Connector": "portal"})]
    datum = {"MetricName": "DriftedFields", "Dimensions": [{"Name": "Connector", "Value": "portal"}], "Value": 2.0}
    with _stubbed(monkeypatch, "cloudwatch") as stub:
        stub.add_response("put_metric_data", {}, {"Namespace": "SamlConnectors", "MetricData": [datum]})
        AwsMeasurements().put(measured, Deadline(10))
        stub.add_client_error("put_metric_data", "AccessDenied")
        with pytest.raises(WatchError, match=r"may not do it \(AccessDenied\); allow the function cloudwatch:PutMetri"):
            AwsMeasurements().put(measured, Deadline(10))
        stub.assert_no_pending_responses()


def test_the_pools_certificate_is_read_as_cognito_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal and an empty answer are errors."""
    with _stubbed(monkeypatch, "cognito-idp") as stub:
        stub.add_response("get_signing_certificate", {"Certificate": "MIIC"}, {"UserPoolId": POOL_ID})
        assert AwsMeasurements().signing_certificate(POOL_ID, Deadline(10)) == "MIIC"
        stub.add_response("get_signing_certificate", {})
        with pytest.raises(WatchError, match="Cognito answered without one"):
            AwsMeasurements().signing_certificate(POOL_ID, Deadline(10))
        stub.add_client_error("get_signing_certificate", "AccessDeniedException")
        with pytest.raises(WatchError, match="allow the function cognito-idp:GetSigningCertificate"):
            AwsMeasurements().signing_certificate(POOL_ID, Deadline(10))
        stub.add_client_error("get_signing_certificate", "InternalErrorException")
        with pytest.raises(WatchError, match="cognito-idp answered InternalErrorException"):
            AwsMeasurements().signing_certificate(POOL_ID, Deadline(10))
