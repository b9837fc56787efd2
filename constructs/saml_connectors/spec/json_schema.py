"""The JSON Schema of connector specs, from the same models that judge them.

Not here: rules that a schema cannot tell, such as those between fields; `validate` has them all.
"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from saml_connectors.spec.docstrings import field_descriptions
from saml_connectors.spec.loading import KINDS
from saml_connectors.spec.sourced import Sourced

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(kind: str | None = None) -> dict[str, Any]:
    """The schema of one *kind* of connector.  Default: of all, told apart by `kind`.

    Raises:
        KeyError: *kind* is none of `KINDS`.
    """
    if kind is not None:
        return {"$schema": DIALECT, **KINDS[kind].model_json_schema(mode="validation", schema_generator=_Schema)}
    models: list[tuple[type[Any], JsonSchemaMode]] = [(model, "validation") for model in KINDS.values()]
    references, document = models_json_schema(models, title="Connector spec", schema_generator=_Schema)
    return {
        "$schema": DIALECT,
        **document,
        "description": "One way to sign in: a directory application plus its AWS side.",
        "type": "object",
        "required": ["kind"],
        "oneOf": [references[key] for key in models],
    }


class _Schema(GenerateJsonSchema):
    """Writes what the source says of each field, as editors show it; and what a shorthand allows beside the model."""

    def model_schema(self, schema: Any) -> dict[str, Any]:
        document = super().model_schema(schema)
        model, properties = schema["cls"], document.get("properties", {})
        for name, text in field_descriptions(model).items():
            properties[model.model_fields[name].alias or name]["description"] = text
        if "kind" in properties:
            document["required"] = sorted({*document.get("required", []), "kind"})
        if issubclass(model, Sourced):
            short = {"type": "string", "minLength": 1, "description": "Short for `from`: the directory property."}
            return {"title": document["title"], "anyOf": [short, document]}
        return document

    def dict_schema(self, schema: Any) -> dict[str, Any]:
        """A mapping of names to values; names that have a form are refused where they have not."""
        document = super().dict_schema(schema)
        for pattern, value in document.pop("patternProperties", {}).items():
            document["additionalProperties"] = value
            document["propertyNames"] = {**document.get("propertyNames", {}), "pattern": pattern}
        return document

    def sort(self, value: Any, parent_key: str | None = None) -> Any:
        """Keep the order of the fields: it is the order in which people write them."""
        del parent_key
        return _one_line(value)


def _one_line(value: Any) -> Any:
    """The schema with each description on one line."""
    if isinstance(value, list):
        return [_one_line(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: " ".join(each.split()) if key == "description" and isinstance(each, str) else _one_line(each)
        for key, each in value.items()
    }
