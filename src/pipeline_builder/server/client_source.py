"""The source of the client, made from the OpenAPI document: a type for each schema, a method for each operation."""

import keyword
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from pipeline_builder.kit.guard import ORGANIZATION_HEADER
from pipeline_builder.server.app import create_app
from pipeline_builder.server.platform import put_together
from pipeline_builder.server.settings import Settings

_HEAD = '''"""Every operation of the platform's API. Made by `make client`; do not change it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

if TYPE_CHECKING:
    from pipeline_builder.client.connection import Connection
'''

_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}


def client_source(document: Mapping[str, Any]) -> str:
    """The module of the client for an OpenAPI document."""
    parts = [_HEAD]
    schemas = document["components"]["schemas"]
    used = {name for name in schemas if name not in {"HTTPValidationError", "ValidationError"}}
    parts += [_typed_dict(name, schemas[name]) for name in sorted(used)]
    parts.append('class Client:\n    """The operations, over one connection."""\n')
    parts.append("    def __init__(self, connection: Connection) -> None:\n        self.connection = connection\n")
    parts += list(_methods(document["paths"]))
    return "\n\n".join(part.rstrip("\n") for part in parts[:-1]) + "\n\n" + parts[-1].rstrip("\n") + "\n"


def _typed_dict(name: str, schema: Mapping[str, Any]) -> str:
    title = _class(name)
    if "enum" in schema:
        return f"{title} = str"
    required = set(schema.get("required", ()))
    fields = []
    for key, one in schema.get("properties", {}).items():
        kind = _type(one)
        fields.append(f"    {key}: {kind if key in required else f'NotRequired[{kind}]'}")
    says = str(schema.get("description", "A part of a list.")).split("\n\n")[0].replace("\n", " ")
    return "\n".join([f"class {title}(TypedDict):", f'    """{says}"""', "", *fields])


def _methods(paths: Mapping[str, Any]) -> Iterator[str]:
    operations = [
        (operation["operationId"], method, path, operation)
        for path, methods in paths.items()
        for method, operation in methods.items()
    ]
    for name, method, path, operation in sorted(operations):
        yield _method(name, method, path, operation)


def _method(name: str, method: str, path: str, operation: Mapping[str, Any]) -> str:
    parameters = operation.get("parameters", [])
    in_path = [one["name"] for one in parameters if one["in"] == "path"]
    in_query = [one for one in parameters if one["in"] == "query"]
    in_header = [one["name"] for one in parameters if one["in"] == "header" and one["name"] != ORGANIZATION_HEADER]
    body = operation.get("requestBody")
    signature = ["self", *(f"{_argument(one)}: str" for one in in_path)]
    if body is not None:
        signature.append(f"body: {_type(body['content']['application/json']['schema'])}")
    named = [f"{_argument(one['name'])}: {_type(one['schema'])} | None = None" for one in in_query]
    named += [f"{_argument(one)}: str | None = None" for one in in_header]
    if named:
        signature += ["*", *named]
    gives = _gives(operation["responses"])
    call = [f'"{method.upper()}"', _path(path, in_path)]
    if in_query:
        pairs = ", ".join(f'"{one["name"]}": {_argument(one["name"])}' for one in in_query)
        call.append(f"query={{{pairs}}}")
    if body is not None:
        call.append("body=body")
    if in_header:
        pairs = ", ".join(f'"{one}": {_argument(one)}' for one in in_header)
        call.append(f"headers={{{pairs}}}")
    asked = f"self.connection.request({', '.join(call)})"
    lines = [f"    def {name}({', '.join(signature)}) -> {gives}:", f'        """{_sentence(operation)}"""']
    if gives == "None":
        lines.append(f"        {asked}")
    else:
        lines += [f"        answer: {gives} = {asked}", "        return answer"]
    return "\n".join(lines)


def _path(path: str, names: list[str]) -> str:
    for name in names:
        path = path.replace(f"{{{name}}}", f"{{{_argument(name)}}}")
    return f'f"{path}"' if names else f'"{path}"'


def _gives(responses: Mapping[str, Any]) -> str:
    for status, response in responses.items():
        if status.startswith("2"):
            content = response.get("content", {})
            if "application/json" in content:
                return _type(content["application/json"].get("schema", {}))
            return "str" if content else "None"
    return "None"


def _sentence(operation: Mapping[str, Any]) -> str:
    text = str(operation.get("description", operation.get("summary", "")))
    return text.split("\n\n", maxsplit=1)[0].replace("\n", " ").replace('"', "'").strip()


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _class(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        kinds = dict.fromkeys(_type(one) for one in schema["anyOf"])
        return " | ".join(kinds)
    kind = schema.get("type")
    if kind == "null":
        return "None"
    if kind == "array":
        return f"list[{_type(schema.get('items', {}))}]"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"dict[str, {_type(values) if isinstance(values, dict) else 'Any'}]"
    return _PLAIN.get(str(kind), "Any")


def _class(name: str) -> str:
    page = re.fullmatch(r"PageRead_(\w+?)_", name)
    return f"{page[1]}Page" if page else name


def _argument(name: str) -> str:
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()
    return f"{snake}_" if keyword.iskeyword(snake) else snake


def main() -> None:
    """Write the module to the file that is named."""
    platform = put_together(Settings(secret_key=SecretStr("of no platform, only for its document")))
    Path(sys.argv[1]).write_text(client_source(create_app(platform).openapi()), encoding="utf-8")


if __name__ == "__main__":
    main()
