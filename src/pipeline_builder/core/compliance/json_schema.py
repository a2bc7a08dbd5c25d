"""The JSON Schema of a document of rules, with everything that a condition may name."""

from typing import Any

from pipeline_builder.core.compliance.attributes import KINDS
from pipeline_builder.core.compliance.conditions import MAXIMUM_TESTS
from pipeline_builder.core.compliance.operators import OPERATORS
from pipeline_builder.core.compliance.rules import WrittenSet
from pipeline_builder.core.schema.json_schema import Schema, json_schema

_CONDITION: Schema = {"$ref": "#/$defs/Condition"}


def rules_schema() -> Schema:
    """The schema of a set of rules. An editor that has it offers attributes and operators."""
    schema = json_schema(WrittenSet)
    definitions = schema["$defs"]
    properties = definitions["WrittenRule"]["properties"]
    names = sorted({name for kinds in KINDS.values() for name in kinds})
    looks_at: Schema = {
        "description": "An attribute, with functions around it where wanted: `count(stages)`.",
        "anyOf": [{"enum": names}, {"type": "string", "pattern": r"^\s*\$?[a-z]+\s*\(.+\)\s*$"}],
    }
    operator: Schema = {"enum": list(OPERATORS), "description": "How the value is compared."}
    value: Schema = {"description": "What the operator compares with.", "not": {"type": ["null", "object"]}}
    parts: Schema = {"type": "array", "items": _CONDITION, "minItems": 1, "maxItems": MAXIMUM_TESTS}
    definitions["Condition"] = {
        "description": "One test, or conditions put together.",
        "oneOf": [
            _record({"attribute": looks_at, "operator": operator, "value": value}, ["attribute", "operator"]),
            _record({"all": parts}, ["all"]),
            _record({"any": parts}, ["any"]),
            _record({"not": _CONDITION}, ["not"]),
        ],
    }
    for key in ("when", "then"):
        properties[key] = {**_CONDITION, "description": properties[key]["description"]}
    properties |= {"attribute": looks_at, "operator": operator, "value": value}
    return schema | {"title": "Rules", "$defs": dict(sorted(definitions.items()))}


def _record(properties: dict[str, Any], required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
