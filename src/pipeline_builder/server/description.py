"""What the API's description (OpenAPI) says beyond what FastAPI finds by itself: what guards, lists and errors read."""

from collections.abc import Iterator
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import BaseRoute

from pipeline_builder.kit.guard import ORGANIZATION_HEADER, Guard, allowed_to, public
from pipeline_builder.kit.idempotency import KEY_HEADER, LONGEST_KEY
from pipeline_builder.kit.problem import Problem
from pipeline_builder.kit.wire import in_query

_SCHEMAS = "#/components/schemas/{model}"

_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "The access token of a session, or a token for a program.",
}

_ORGANIZATION = {
    "name": ORGANIZATION_HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 64},
    "description": "Id or slug of the organization to work in. Default: that of the token.",
}

_KEY = {
    "name": KEY_HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    "description": "Sent again with the same key, the request is answered again and not carried out again.",
}


def describe(document: dict[str, Any], routes: list[BaseRoute]) -> None:
    """Complete the description of these routes."""
    components = document.setdefault("components", {})
    components["securitySchemes"] = {"token": _BEARER}
    schemas = components.setdefault("schemas", {})
    _schema(Problem, schemas, name="Problem")
    for route in routes:
        if not isinstance(route, APIRoute) or not route.include_in_schema:
            continue
        calls = list(_calls(route.dependant))
        for method in route.methods or ():
            _complete(document["paths"][route.path][method.lower()], method, calls, schemas)


def _complete(operation: dict[str, Any], method: str, calls: list[object], schemas: dict[str, Any]) -> None:
    parameters = operation.get("parameters", [])
    for call in calls:
        if isinstance(call, in_query):
            parameters += _parameters(call.model, schemas)
        if isinstance(call, Guard) and call is not public:
            operation["security"] = [{"token": []}]
    if any(isinstance(call, allowed_to) for call in calls):
        parameters.append(_ORGANIZATION)
        if method == "POST":
            parameters.append(_KEY)
    if parameters:
        operation["parameters"] = parameters


def _parameters(model: type[BaseModel], schemas: dict[str, Any]) -> Iterator[dict[str, Any]]:
    schema = _schema(model, schemas)
    for name, one in schema["properties"].items():
        told = {key: value for key, value in one.items() if key not in {"description", "default"} or value is not None}
        description = told.pop("description", "")
        required = name in schema.get("required", ())
        yield {"name": name, "in": "query", "required": required, "schema": told, "description": description}


def _schema(model: type[BaseModel], schemas: dict[str, Any], name: str | None = None) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template=_SCHEMAS)
    schemas.update(schema.pop("$defs", {}))
    if name is not None:
        schemas[name] = schema
    return schema


def _calls(dependant: Dependant) -> Iterator[object]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)
