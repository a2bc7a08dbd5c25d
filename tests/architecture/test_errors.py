"""Errors have codes that never change, so no two may share one."""

import ast
import re
from collections import defaultdict

from tests.architecture.project import modules

KEBAB_CASE = re.compile(r"[a-z]+(-[a-z0-9]+)*")


def test_each_error_states_a_code_of_its_own():
    owners = defaultdict(list)
    for name, code in _errors():
        owners[code].append(name)

    assert {code: names for code, names in owners.items() if len(names) > 1} == {}


def test_codes_of_errors_are_kebab_case():
    assert [code for _, code in _errors() if not KEBAB_CASE.fullmatch(code)] == []


def test_each_error_states_its_code_itself():
    """An inherited code would make two different things look the same. What others are made of is never raised."""
    classes = _error_classes()
    bases = {_name(base) for node in classes for base in node.bases}
    silent = [node.name for node in classes if _code_of(node) is None and node.name not in bases]

    assert silent == []


def _errors() -> list[tuple[str, str]]:
    return [(node.name, code) for node in _error_classes() if (code := _code_of(node)) is not None]


def _error_classes() -> list[ast.ClassDef]:
    """Subclasses of our base, found by name through every module; an error defined in a function would be missed."""
    found, known = {}, {"PipelineBuilderError"}
    classes = [node for module in modules().values() for node in ast.walk(module) if isinstance(node, ast.ClassDef)]
    while fresh := [node for node in classes if node.name not in found and known & set(map(_name, node.bases))]:
        found |= {node.name: node for node in fresh}
        known |= found.keys()
    return list(found.values())


def _name(base: ast.expr) -> str:
    return base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""


def _code_of(node: ast.ClassDef) -> str | None:
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(code))):
                return code
            case ast.AnnAssign(target=ast.Name(id="code"), value=ast.Constant(value=str(code))):
                return code
    return None
