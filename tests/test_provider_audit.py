"""Claims about the audit: every write to the directory is one line: what, from what to what, and what came of it.

Not here: what is written (`test_provider_*.py` of each resource), and the operations (`lifecycle_operations.py`).
"""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import secrets
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saml_connectors.provider import jumpcloud
from saml_connectors.provider.jumpcloud import audit, certificate, contract
from sandbox.directory.state import EXAMPLE_CLIENT_ID
from tests.lifecycle_operations import OPERATIONS
from tests.operation_play import play, scene
from tests.stated_operations import Operation
from tests.troubles import DEATHS, TROUBLES, at

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage
    from tests.signing_fixtures import Signing
    from tests.trouble_fixtures import TroubledStage

pytest_plugins = ["tests.provider_fixtures", "tests.trouble_fixtures", "tests.signing_fixtures"]

ACCESS = {"ResourceType": contract.ACCESS, "LogicalResourceId": "PortalAccess"}
ATTRIBUTES = {"ResourceType": contract.GROUP_ATTRIBUTES, "LogicalResourceId": "Roles"}
LONGEST_LINE = 256 * 1024
"""What CloudWatch takes of one line, in bytes."""


def writes_of(stage: Stage, event: str = audit.ENDED) -> list[dict[str, Any]]:
    """The lines of writes."""
    return [line for line in stage.log() if line["event"] == event]


def came_in(stage: Stage) -> list[tuple[str, str, int | None]]:
    """The writes that came in, as the directory itself has noted them."""
    found = [(each.method, each.path, each.status) for each in stage.directory.requests]
    return [each for each in found if each[0] != "GET" and not each[1].startswith("/oauth2/")]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_the_lines_of_writes_are_the_writes_that_the_directory_has_noted(
    troubled: TroubledStage, operation: Operation
) -> None:
    """In the same order, none more and none less; each says who asked."""
    begun = scene(troubled, operation)
    play(troubled, operation, begun.prepared, None)
    lines = writes_of(troubled)
    assert [(line["method"], line["path"], line["status"]) for line in lines] == came_in(troubled)
    assert [line["write"] for line in writes_of(troubled, audit.BEGINS)] == [line["write"] for line in lines]
    for line in lines:
        assert (line["stack"], line["resource"]) == (
            begun_event(troubled)["StackId"],
            operation.about["LogicalResourceId"],
        )
        assert line["request"] == "lambda-request-1"
        assert line["type"] == operation.resource_type
        assert line["changes"]
        assert "?" not in line["path"]
        assert line["result"] == audit.DONE


def begun_event(stage: Stage) -> dict[str, Any]:
    """What every event of the stage has."""
    return stage.event("Create", {})


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize(
    "trouble", ["429", "403", "500 after it was done", "cut after it was done", "connection refused", *DEATHS]
)
def test_under_trouble_no_attempt_is_missing_and_no_result_is_better_than_it_was(
    troubled: TroubledStage, operation: Operation, trouble: str
) -> None:
    """Every attempt is counted; what was carried out is `done` or `unknown`, and what is `done` was carried out."""
    for position in range(scene(troubled, operation).calls):
        begun = scene(troubled, operation)
        play(troubled, operation, begun.prepared, at(position, (TROUBLES | DEATHS)[trouble]))
        lines = writes_of(troubled)
        attempted = Counter[tuple[str, str]]()
        for line in lines:
            attempted[line["method"], line["path"]] += line["attempts"]
        sent = Counter((method, path_of(url)) for method, url in troubled.calls if method != "GET")
        assert attempted == sent, position
        carried_out = Counter((method, path) for method, path, status in came_in(troubled) if status in range(200, 300))
        for key in attempted:
            results = [line["result"] for line in lines if (line["method"], line["path"]) == key]
            assert results.count(audit.DONE) <= carried_out[key]
            if carried_out[key]:
                assert {audit.DONE, audit.UNKNOWN} & set(results), position


def path_of(url: str) -> str:
    """A URL's path."""
    return "/" + url.split("/", 3)[3]


def test_a_changed_field_is_told_with_what_it_was_and_what_it_becomes(stage: Stage) -> None:
    """Nothing else of the application is, although all of it is sent."""
    old = stage.properties()
    made = stage.created(old)["PhysicalResourceId"]
    stage.lines.clear()
    new = old | {contract.DISPLAY_LABEL: "Shop", contract.VISIBLE: "false"}
    stage.update(made, new, old)
    (line,) = writes_of(stage)
    assert line["changes"] == [
        {"field": "displayLabel", "before": "Portal", "after": "Shop"},
        {"field": "sso.hidden", "before": False, "after": True},
    ]
    assert (line["result"], line["attempts"], line["status"]) == ("done", 1, 200)
    (begins,) = writes_of(stage, audit.BEGINS)
    assert begins["fields"] == ["displayLabel", "sso.hidden"]


def test_a_create_tells_what_was_sent_and_which_id_came_of_it(stage: Stage) -> None:
    """Before it there was nothing."""
    made = stage.created()["PhysicalResourceId"]
    line = writes_of(stage)[0]
    assert (line["method"], line["made"]) == ("POST", made)
    assert all(change["before"] is None for change in line["changes"])
    assert {"field": "displayLabel", "before": None, "after": "Portal"} in line["changes"]


def test_a_delete_tells_all_that_was_deleted(stage: Stage) -> None:
    """Even though nobody read it before: the directory's answer is the last that is known of it."""
    properties = stage.properties()
    made = stage.created(properties)["PhysicalResourceId"]
    live = stage.live(made)
    stage.lines.clear()
    stage.delete(made, properties)
    (line,) = writes_of(stage)
    told = {change["field"]: change["before"] for change in line["changes"]}
    assert (told["displayLabel"], told["ssoUrl"], told["_id"]) == ("Portal", live["ssoUrl"], made)
    der = base64.b64decode(certificate.one_line(live["config"]["idpCertificate"]["value"]))
    assert told["config.idpCertificate"] == f"sha256:{hashlib.sha256(der).hexdigest()}"
    assert all(change["after"] is None for change in line["changes"])


def test_a_delete_whose_answer_is_lost_says_that_what_was_there_is_not_known(troubled: TroubledStage) -> None:
    """It may have been done, and nothing is made up."""
    operation = next(each for each in OPERATIONS if each.name == "application delete")
    begun = scene(troubled, operation)
    play(troubled, operation, begun.prepared, at(0, TROUBLES["cut after it was done"]))
    (line,) = writes_of(troubled)
    assert (line["result"], line["attempts"], line["before"]) == ("unknown", 2, "not known")
    assert line["level"] == "WARNING"


def test_a_group_that_is_bound_or_unbound_is_named(stage: Stage) -> None:
    """By id, and by name in what was done."""
    made = stage.created()["PhysicalResourceId"]
    old = {"Directory": stage.directory_property(), "ApplicationId": made, "Groups": ["portal-users"]}
    answer = stage.create(old, **ACCESS)
    stage.delete(answer["PhysicalResourceId"], old, **ACCESS)
    group = stage.directory.group("portal-users").id
    bound, unbound = (line for line in writes_of(stage) if line["path"].endswith("/associations"))
    assert bound["changes"] == [{"field": "user_group", "before": None, "after": group}]
    assert unbound["changes"] == [{"field": "user_group", "before": group, "after": None}]
    assert bound["doing"] == f"binding group 'portal-users' for application {made}"


def test_of_a_list_each_row_that_comes_or_goes_is_a_change(stage: Stage) -> None:
    """What stays is not repeated."""
    role = "https://aws.amazon.com/SAML/Attributes/Role"
    rows = [{"Name": role, "Value": f"role-{number}"} for number in range(3)]
    old = stage.properties(ConstantAttributes=rows[:2])
    made = stage.created(old)["PhysicalResourceId"]
    stage.lines.clear()
    stage.update(made, stage.properties(ConstantAttributes=rows[1:]), old)
    (line,) = writes_of(stage)
    field = "config.constantAttributes"
    assert line["changes"] == [
        {"field": field, "before": f"{role} = role-0", "after": None},
        {"field": field, "before": None, "after": f"{role} = role-2"},
    ]


def test_of_a_group_only_what_is_changed_is_told(rich: Stage) -> None:
    """All of it is sent back; what others keep there stays out of the log."""
    rich.create(rich.group_attributes(("portal-users", "role", "a"), ("portal-users", "apiToken", "t0k")), **ATTRIBUTES)
    (line,) = writes_of(rich)
    assert line["changes"] == [
        {"field": "attributes.apiToken", "before": None, "after": "[hidden]"},
        {"field": "attributes.role", "before": None, "after": "a"},
    ]
    assert not any("Tunnel-Type" in text or "t0k" in text for text in rich.lines)


def test_a_certificate_is_told_by_its_fingerprint_and_a_private_key_not_at_all(signing: Signing) -> None:
    """The switch to another pair changes both."""
    stage = signing.stage
    operation = next(each for each in OPERATIONS if each.name == "signing update")
    prepared = operation.prepare(stage)
    stage.lines.clear()
    assert prepared.before is not None
    assert prepared.after is not None
    stage.update(prepared.before.physical_id, prepared.after, prepared.before.properties, **operation.about)
    (line,) = writes_of(stage)
    told = {change["field"]: change for change in line["changes"]}
    prints = [row["Fingerprint"] for row in prepared.after[contract.TRUSTED_CERTIFICATES]]
    assert told["config.idpCertificate"] == {
        "field": "config.idpCertificate",
        "before": f"sha256:{prints[0]}",
        "after": f"sha256:{prints[1]}",
    }
    assert told["config.idpPrivateKey"]["after"] == "[hidden]"


def test_no_line_of_any_operation_holds_a_generated_secret(
    troubled: TroubledStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """API key, client secret, token, private keys line by line and as they are sent, the answer's address."""
    client_secret, api_key = secrets.token_urlsafe(30), secrets.token_hex(20)
    troubled.directory.service_accounts[EXAMPLE_CLIENT_ID] = client_secret
    troubled.directory.add_api_key(api_key)
    account = json.dumps({"client_id": EXAMPLE_CLIENT_ID, "client_secret": client_secret})
    issued: list[str] = []
    issue = troubled.directory.issue_token

    def noted(client_id: str, client_secret: str) -> str | None:
        issued.append(issue(client_id, client_secret) or "")
        return issued[-1]

    monkeypatch.setattr(troubled.directory, "issue_token", noted)
    known = dict(troubled.secrets)
    lines: list[str] = []
    writes = 0
    try:
        for operation in OPERATIONS:
            begun = scene(troubled, operation)
            for credential in (api_key, account):
                for name in known:
                    troubled.secrets[name] = credential
                begun = scene(troubled, operation)
                play(troubled, operation, begun.prepared, None)
                writes += len(writes_of(troubled))
                lines += troubled.lines
    finally:
        troubled.secrets.update(known)
    keys = {each.private_key for each in troubled.directory.applications.values() if each.private_key}
    keys |= {json.loads(text)["private_key"] for text in troubled.keys.kept.values() if "private_key" in text}
    parts = {part for key in keys for part in key.splitlines() if len(part) > 11 and "-----" not in part}
    parts |= {base64.b64encode(key.encode()).decode()[:60] for key in keys}
    assert writes > len(OPERATIONS)
    assert issued
    assert parts
    for secret in {client_secret, api_key, "abc123signature", *issued, *parts}:
        assert not any(secret in line for line in lines), secret[:4]


@pytest.mark.parametrize("text", ["x" * 90_000, "\U0001f511" * 90_000, '"\\' * 45_000])
def test_a_line_stays_below_what_cloudwatch_takes_and_says_what_it_leaves_out(text: str) -> None:
    """However much changes: values are cut, changes are counted."""
    before = {f"{number}-{text[:300]}": text for number in range(2_000)}
    found = list(audit.changes({"attributes": before}, {}))
    told, more = audit.fitting(found)
    assert len(told) + more == 2_000
    assert told
    assert more
    line = json.dumps({"changes": told, "more": more})
    assert len(line.encode()) < LONGEST_LINE * 3 / 4
    assert json.loads(line)["more"] == more


def test_the_longest_application_is_still_one_readable_line(stage: Stage) -> None:
    """With hundreds of attributes, whose names and values are as long as can be."""
    rows = [{"Name": f"attribute-{number}" + "n" * 200, "Value": "\N{KEY}" * 900} for number in range(400)]
    stage.create(stage.properties(ConstantAttributes=rows))
    line = max(stage.lines, key=len)
    assert json.loads(line)["event"] == audit.ENDED
    assert json.loads(line)["more"] > 0
    assert len(line.encode()) < LONGEST_LINE


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS = st.dictionaries(
    st.sampled_from(["displayLabel", "config", "sso", "attributes", "name", "logo"]),
    VALUES | st.dictionaries(st.sampled_from(["a", "b", "constantAttributes"]), VALUES),
)


@given(DOCUMENTS, DOCUMENTS)
def test_changes_are_the_same_forth_and_back_and_none_where_nothing_differs(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    """Whatever a directory answers."""
    assert list(audit.changes(one, one)) == []
    forth = [(change["field"], change["before"], change["after"]) for change in audit.changes(one, other)]
    back = [(change["field"], change["after"], change["before"]) for change in audit.changes(other, one)]
    assert sorted(map(repr, forth)) == sorted(map(repr, back))


@given(st.sampled_from(["clientSecret", "apiKey", "scimToken", "idpPrivateKey", "password"]), st.text(min_size=1))
def test_what_is_called_a_secret_is_hidden_wherever_it_stands(name: str, text: str) -> None:
    """As a setting, in a row, in an object inside of an object."""
    secret = f"<{text}>"
    document = {
        "config": {name: {"value": secret}, "constantAttributes": {"value": [{"name": name, "value": secret}]}},
        "attributes": {"deep": {"list": [{name: secret}]}, name: secret},
        name: secret,
    }
    told = [str(change["after"]) for change in audit.changes({}, document)]
    assert len([each for each in told if "[hidden]" in each]) == len(told) == 5
    assert not any(secret in each or json.dumps(secret)[1:-1] in each for each in told)


def test_every_call_of_the_provider_to_the_directory_passes_the_audit() -> None:
    """Only its client, and the sign-in of a service account, make calls at all."""
    callers = set()
    for module in Path(jumpcloud.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "call":
                callers.add(module.name)
    assert callers == {"credentials.py", "directory.py"}
