"""Every finding that the source can report is explained, and nothing is explained that it cannot report."""

import ast
import re
import tomllib
from functools import cache

import pytest

from tests.architecture.project import ROOT, SOURCE, modules

CODES = tomllib.loads((SOURCE / "core/diagnostics/codes.toml").read_text(encoding="utf-8"))
KEBAB_CASE = re.compile(r"[a-z]+(-[a-z0-9]+)*")


def test_every_code_in_the_source_is_explained():
    written = {(code.value, path) for path, _, code in _findings() if isinstance(code, ast.Constant)}

    assert {f"{code} ({path})" for code, path in written if code not in CODES} == set()


def test_every_explained_code_is_written_somewhere_in_the_source():
    texts = {node.value for module in modules().values() for node in ast.walk(module) if isinstance(node, ast.Constant)}

    assert {code for code in CODES if code not in texts} == set()


def test_a_finding_names_its_code_literally():
    """Whoever searches the source for a code has to find it, so none is put together from parts."""
    named = (ast.Constant, ast.Name, ast.Attribute)

    assert [f"{path}:{call.lineno}" for path, call, code in _findings() if not isinstance(code, named)] == []


def test_a_finding_has_the_severity_that_its_explanation_states():
    wrong = []
    for path, call, code in _findings():
        reported = _severity_of(call, path)
        stated = CODES[code.value]["severity"] if isinstance(code, ast.Constant) and code.value in CODES else None
        if stated and reported and stated != reported:
            wrong.append(f"{path}:{call.lineno} {code.value}: {reported}")

    assert wrong == []


@pytest.mark.parametrize("code", CODES)
def test_the_reference_has_a_heading_for_each_code(code):
    reference = (ROOT / "docs/reference/diagnostics.md").read_text(encoding="utf-8")

    assert re.search(rf"^##+ `?{re.escape(code)}`?$", reference, flags=re.MULTILINE)


@pytest.mark.parametrize("code", CODES)
def test_codes_are_kebab_case(code):
    assert KEBAB_CASE.fullmatch(code)


@cache
def _findings() -> list[tuple[str, ast.Call, ast.expr]]:
    """Every place that makes a finding, with its code: a call of anything of ours that takes a `code`."""
    return [
        (path, node, code)
        for path, module in modules().items()
        if not path.startswith("server/")  # whose codes are of answers to requests
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and (code := _argument(node, "code", path)) is not None
    ]


def _severity_of(call: ast.Call, path: str) -> str | None:
    """What the call says literally, or leaves to the default; None where it is computed, or the callee decides."""
    if "severity" not in _parameters_of_ours().get(_key(call, path), ()):
        return None
    match _argument(call, "severity", path):
        case None:
            return "error"
        case ast.Attribute(value=ast.Name(id="Severity"), attr=name):
            return name.lower()
        case _:
            return None


def _argument(call: ast.Call, name: str, path: str) -> ast.expr | None:
    """The argument of this name, whether it is given by name or by place."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    parameters = _parameters_of_ours().get(_key(call, path), ())
    place = parameters.index(name) if name in parameters else len(call.args)
    return call.args[place] if place < len(call.args) else None


@cache
def _parameters_of_ours() -> dict[tuple[str, str], list[str]]:
    """The parameters of each function and class that takes a `code`; a private one counts in its own module alone."""
    found = {}
    for path, module in modules().items():
        for node in ast.walk(module):
            parameters = _parameters(node)
            if "code" in parameters and node.name != "__init__":
                found[path if node.name.startswith("_") else "", node.name] = parameters
    return found


def _parameters(node: ast.AST) -> list[str]:
    match node:
        case ast.FunctionDef(args=given):
            return [
                one.arg
                for one in [*given.posonlyargs, *given.args, *given.kwonlyargs]
                if one.arg not in {"self", "cls"}
            ]
        case ast.ClassDef(body=body):
            for one in body:
                if isinstance(one, ast.FunctionDef) and one.name == "__init__":
                    return _parameters(one)
            return [
                one.target.id for one in body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
            ]
        case _:
            return []


def _key(call: ast.Call, path: str) -> tuple[str, str]:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return (path if name.startswith("_") else "", name)
        case _:
            return ("", "")
