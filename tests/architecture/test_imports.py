"""What the layers of import-linter cannot say: the kernel needs nothing but Python, and costs nothing to import."""

import ast
import json
import subprocess
import sys

import pytest

from tests.architecture.project import modules

KERNEL = ("core/", "synth/")
MAY_BE_IMPORTED = sys.stdlib_module_names | {"pipeline_builder", "re2", "yaml"}

FOREIGN = frozenset(
    {
        *("aws_cdk", "boto3", "botocore", "constructs", "jsii"),
        *("click", "rich", "typer"),
        *("asyncpg", "fastapi", "pydantic", "sqlalchemy", "starlette", "uvicorn"),
    },
)


LAMBDA = "synth/lookup_handler.py"
"""Runs in AWS Lambda, from the template; the kernel only reads its text."""


@pytest.mark.parametrize("path", [path for path in modules() if path.startswith(KERNEL) and path != LAMBDA])
def test_a_module_of_the_kernel_imports_python_and_pyyaml_alone(path):
    assert {name.partition(".")[0] for name in _imported(modules()[path])} <= MAY_BE_IMPORTED


def test_importing_the_library_loads_no_web_aws_or_terminal_package():
    loaded = _modules_after(
        "import pipeline_builder; pipeline_builder.load, pipeline_builder.plan, pipeline_builder.render"
    )

    assert loaded & FOREIGN == set()
    assert "pipeline_builder" in loaded


def test_importing_the_library_loads_nothing_that_is_slow_and_not_needed():
    loaded = _modules_after("import pipeline_builder")

    assert loaded & {"asyncio", "http", "importlib.metadata", "multiprocessing", "socket", "sqlite3", "ssl"} == set()


def test_no_module_imports_what_runs_in_lambda():
    assert {
        path for path, module in modules().items() if any("lookup_handler" in name for name in _imported(module))
    } == set()


def _imported(module: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
    return names


def _modules_after(statement: str) -> set[str]:
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(shown.stdout))
