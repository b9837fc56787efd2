"""The emulated directory's answers, judged by the descriptions in JumpCloud's own SDK, where those lie beside the repo.

Three known drifts are allowed for: null stands where a string belongs, `options` hold strings (the SDK says numbers),
and templates have parts that applications do not.
"""

from __future__ import annotations

import copy
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft4Validator  # type: ignore[import-untyped] # the project has no stubs for it

from sandbox.directory.app import create_app
from sandbox.directory.in_process import in_process_client
from sandbox.directory.state import Directory

if TYPE_CHECKING:
    import httpx

CONTRACTS = Path(__file__).parents[2] / "shared" / "contracts"

pytestmark = pytest.mark.skipif(
    not CONTRACTS.is_dir(), reason="JumpCloud's SDK descriptions are not at ../shared/contracts"
)


def loosened(node: Any) -> Any:
    """A schema in which null may stand for anything that has a type or a set of values."""
    if isinstance(node, list):
        return [loosened(part) for part in node]
    if not isinstance(node, dict):
        return node
    schema = {key: loosened(value) for key, value in node.items()}
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    if isinstance(schema.get("enum"), list):
        schema["enum"] = [*schema["enum"], None]
    return schema


def validator(version: str, schema: dict[str, Any]) -> Draft4Validator:
    """A judge of *schema*, which may point into the description of *version*."""
    described = json.loads((CONTRACTS / f"JumpCloud.SDK.{version}.json").read_text(encoding="utf-8"))
    definitions = copy.deepcopy(described["definitions"])
    if version == "V1":
        for entry in definitions["application"]["properties"]["config"]["properties"].values():
            if "options" in entry["properties"]:
                entry["properties"]["options"]["items"]["properties"]["value"] = {"type": "string"}
        for entry in definitions["applicationtemplate"]["properties"]["config"]["properties"].values():
            entry.get("properties", {}).pop("options", None)
    return Draft4Validator(schema | {"definitions": loosened(definitions)})


def response_schema(version: str, path: str, method: str, status: int) -> dict[str, Any]:
    """The schema that the description gives for one answer; empty where it gives none."""
    described = json.loads((CONTRACTS / f"JumpCloud.SDK.{version}.json").read_text(encoding="utf-8"))
    answers = described["paths"][path][method]["responses"]
    assert str(status) in answers, f"{method} {path} does not answer {status} in the description"
    schema: dict[str, Any] = loosened(answers[str(status)].get("schema", {}))
    return schema


@pytest.fixture
def directory() -> Directory:
    """The example directory."""
    return Directory.example()


@pytest.fixture
def client(directory: Directory) -> httpx.Client:
    """An administrator."""
    client = in_process_client(create_app(directory))
    client.headers["x-api-key"] = "sandbox-api-key"
    return client


def judge(answer: httpx.Response, version: str, path: str) -> Any:
    """Hold an answer against its description; its JSON."""
    schema = response_schema(version, path, answer.request.method.lower(), answer.status_code)
    if answer.status_code == 204:
        assert answer.content == b""
        return None
    document = answer.json()
    problems = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in validator(version, schema).iter_errors(document)
    ]
    assert problems == []
    return document


def test_the_judge_notices_a_wrong_answer() -> None:
    """An application without a name, and one with a number for a label, are found out."""
    schema = {"$ref": "#/definitions/application"}
    good = {"name": "saml2", "ssoUrl": "x", "config": {}}
    assert validator("V1", schema).is_valid(good)
    assert not validator("V1", schema).is_valid({"ssoUrl": "x", "config": {}})
    assert not validator("V1", schema).is_valid(good | {"displayLabel": 5})


@pytest.mark.parametrize("template", ["amazoncognitouserpools", "aws", "aws-sso", "saml2", "slack", "bookmark"])
def test_applications_are_answered_as_described(client: httpx.Client, template: str) -> None:
    """Create, read, list, replace and delete answer what the description says."""
    body = {"active": True, "name": template, "displayLabel": "x", "ssoUrl": "https://a.example/x", "config": {}}
    one, all_of_them = "/applications/{id}", "/applications"
    document = judge(client.post("/api/applications", json=body), "V1", all_of_them)
    path = f"/api/applications/{document['_id']}"
    judge(client.get(path), "V1", one)
    judge(client.get("/api/applications"), "V1", all_of_them)
    judge(client.put(path, json=document), "V1", one)
    judge(client.delete(path), "V1", one)
    if template != "bookmark":
        assert datetime.fromisoformat(document["sso"]["idpCertExpirationAt"]).tzinfo is not None


def test_config_has_no_key_that_jumpcloud_does_not_know(client: httpx.Client) -> None:
    """Every key of every template is one of the description's."""
    described = json.loads((CONTRACTS / "JumpCloud.SDK.V1.json").read_text(encoding="utf-8"))["definitions"]
    known = set(described["application"]["properties"]["config"]["properties"])
    known |= set(described["applicationtemplate"]["properties"]["config"]["properties"])
    for template in client.get("/api/application-templates?limit=100").json()["results"]:
        assert set(template["config"]) <= known


def test_templates_and_organizations_are_answered_as_described(client: httpx.Client) -> None:
    """The catalogue and the organization."""
    templates = judge(client.get("/api/application-templates"), "V1", "/application-templates")
    path = f"/api/application-templates/{templates['results'][0]['_id']}"
    judge(client.get(path), "V1", "/application-templates/{id}")
    judge(client.get("/api/organizations"), "V1", "/organizations")


def test_groups_and_associations_are_answered_as_described(client: httpx.Client, directory: Directory) -> None:
    """Groups, edges and traversals, from both sides."""
    body = {"name": "bookmark", "ssoUrl": "https://a.example", "config": {}}
    application, group = client.post("/api/applications", json=body).json()["_id"], directory.group("portal-users").id
    made = judge(client.post("/api/v2/usergroups", json={"name": "new"}), "V2", "/usergroups")
    judge(client.get("/api/v2/usergroups"), "V2", "/usergroups")
    for method in ("GET", "PUT", "DELETE"):
        answer = client.request(method, f"/api/v2/usergroups/{made['id']}", json={"name": "newer"})
        judge(answer, "V2", "/usergroups/{id}")
    edges = "/applications/{application_id}/associations"
    change = {"op": "add", "type": "user_group", "id": group}
    judge(client.post(f"/api/v2/applications/{application}/associations", json=change), "V2", edges)
    judge(client.get(f"/api/v2/applications/{application}/associations?targets=user_group"), "V2", edges)
    for kind in ("usergroups", "users"):
        found = judge(
            client.get(f"/api/v2/applications/{application}/{kind}"), "V2", f"/applications/{{application_id}}/{kind}"
        )
        assert found != []
    edges = "/usergroups/{group_id}/associations"
    judge(client.get(f"/api/v2/usergroups/{group}/associations?targets=application"), "V2", edges)
    change = {"op": "remove", "type": "application", "id": application}
    judge(client.post(f"/api/v2/usergroups/{group}/associations", json=change), "V2", edges)
    judge(client.get(f"/api/v2/usergroups/{group}/applications"), "V2", "/usergroups/{group_id}/applications")
