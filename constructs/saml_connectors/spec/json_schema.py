"""The JSON Schema of connector specs, from the same models that judge them.

Not here: rules that a schema cannot tell, such as those between fields; `validate` has them all.
"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from saml_connectors.spec.loading import KINDS

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
    """Writes descriptions on one line, as editors show them; and what a shorthand allows beside the model."""

    def model_schema(self, schema: Any) -> dict[str, Any]:
        document = super().model_schema(schema)
        if "kind" in document.get("properties", {}):
            document["required"] = sorted({*document.get("required", []), "kind"})
        if document.get("title") == "Attribute":
            text = {"type": "string", "description": "Short for `from`: the directory property."}
            return {"title": "Attribute", "anyOf": [text, document]}
        return document

    def sort(self, value: Any, parent_key: str | None = None) -> Any:
        """Keep the order of the fields: it is the order in which people write them."""
        del parent_key
        return _one_line(value)


def _one_line(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: " ".join(each.split()) if key == "description" and isinstance(each, str) else _one_line(each)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_one_line(each) for each in value]
    return value
