"""What holds the platform's tenants apart stands where it can be seen: guards, scopes, SQL, and who meets whom."""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute, Route

from pipeline_builder.kit.guard import Guard, public
from pipeline_builder.kit.permissions import Permission
from pipeline_builder.server.app import create_app
from pipeline_builder.server.observation import Figures
from pipeline_builder.server.platform import put_together
from pipeline_builder.server.settings import Settings
from tests.architecture.project import ROOT, modules
from tests.platform.matrix.table import guards

HERE = Path(__file__).parent
ALLOWED = tomllib.loads((HERE / "platform.toml").read_text())
PLATFORM = ("kit/", "domains/", "server/", "adapters/")

STATEMENT = re.compile(
    r"\s*(select\b|insert into\b|update [a-z_]+ (\w+ )?set\b|delete from\b|with [a-z]+ as\b|truncate |drop |grant |"
    r"alter (table|role|policy)|create (table|index|database|role|policy|function|trigger)|set local|listen |notify |"
    r"begin\b|commit\b|rollback\b|savepoint |release savepoint|lock table)",
)
TRANSACTION = re.compile(r"\s*(begin|commit|rollback|savepoint|release savepoint)\b")

STOREYS = ({"contract"}, {"repository"}, set(), {"endpoints"}, {"wiring"})
"""The modules of a domain, the lowest first. The third storey is everything that has no other name."""


# --- routes ---


@pytest.fixture(scope="module")
def app() -> FastAPI:
    settings = Settings(
        database_url="postgresql://nobody@localhost/nothing", secret_key="a secret that is of no use to anybody"
    )
    return create_app(put_together(settings))


def test_every_route_has_a_guard_or_is_public_for_a_reason(app: FastAPI):
    open_to_all = {name for name, guarding in _guarded(app) if not guarding - {public}}

    assert open_to_all - _public() == set(), "Depend on `allowed_to(…)`, or say why not in public_routes.txt."
    assert _public() - open_to_all == set(), "Take these out of public_routes.txt."


def test_a_public_route_says_so_in_the_code(app: FastAPI):
    """Not by having forgotten its guard: what the domains serve depends on `public` or on a guard."""
    assert [name for name, guarding in _guarded(app) if not guarding and name.startswith(("POST", "PUT", "D"))] == []
    assert [name for name, guarding in _guarded(app) if not guarding and "/api/" in name] == [
        "GET /api/openapi.json",
        "GET /api/docs",
    ]


def test_no_route_asks_for_two_permissions_of_which_one_would_be_forgotten(app: FastAPI):
    assert [name for name, guarding in _guarded(app) if len(guarding) > 1] == []


def _guarded(app: FastAPI) -> Iterator[tuple[str, set[Guard]]]:
    for route in _routes(app.routes):
        guarding = set(guards(route.dependant)) if isinstance(route, APIRoute) else set()
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield f"{method} {route.path}", guarding


def _routes(routes: list[BaseRoute]) -> Iterator[Route]:
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from _routes(included.routes)
        elif isinstance(route, Route):
            yield route
        else:
            pytest.fail(f"{route} is neither a route nor a router: say here how its guard is found.")


def _public() -> set[str]:
    lines = (HERE / "public_routes.txt").read_text().splitlines()
    entries = [line.partition(": ") for line in lines if line and not line.startswith("#")]
    assert all(reason for _, _, reason in entries)
    return {name for name, _, _ in entries}


# --- SQL, scopes ---


def test_statements_stand_in_repositories_and_migrations_and_where_a_reason_is_given():
    found = {place for place, _ in _statements() if not re.search(r"repository\.py:|/migrations/", place)}

    assert found == ALLOWED["sql"].keys()


def test_transactions_begin_and_end_in_one_module():
    assert {place.partition(":")[0] for place, text in _statements() if TRANSACTION.match(text)} == {"kit/database.py"}


@pytest.mark.parametrize("name", [name for name in ALLOWED if name not in {"sql", "upwards"}])
def test_scopes_are_made_where_a_reason_is_given(name: str):
    """A scope is a permission that was checked. Whoever makes one elsewhere has checked nothing."""
    assert {place for place, called in _calls() if called == name} == ALLOWED[name].keys()


def test_whether_row_level_security_is_off_is_said_nowhere_else():
    """The settings that policies read are made by the kit and by the way into an organization."""
    setting = re.compile(r"set_config\(|set local|app\.(platform|org_id|user_id|parent_id)")
    places = {place for place, text in _texts() if setting.search(text) and "/migrations/" not in place}

    assert {place.partition(":")[0] for place in places} == {"kit/scope.py"}


def _statements() -> Iterator[tuple[str, str]]:
    return ((place, text) for place, text in _texts() if STATEMENT.match(text))


def _texts() -> Iterator[tuple[str, str]]:
    """Every text in the code that is no docstring, by where it stands: `kit/scope.py:as_platform`."""
    for place, node in _nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield place, node.value


def _calls() -> Iterator[tuple[str, str]]:
    for place, node in _nodes():
        if isinstance(node, ast.Call):
            yield place, getattr(node.func, "id", getattr(node.func, "attr", ""))


def _nodes() -> Iterator[tuple[str, ast.AST]]:
    for path, module in modules().items():
        if path.startswith(PLATFORM):
            yield from _within(module, path, ())


def _within(node: ast.AST, path: str, names: tuple[str, ...]) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        names = (*names, node.name)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    yield f"{path}:{'.'.join(names)}", node
    for child in ast.iter_child_nodes(node):
        yield from _within(child, path, names)


# --- who meets whom ---


def test_domains_meet_by_their_contracts():
    found = {
        f"{path} imports {name}"
        for path, domain, _ in _modules_of_domains()
        for name in _imported(path)
        if name.startswith("pipeline_builder.domains.")
        and name.split(".")[2] != domain
        and name.split(".")[3:] not in ([], ["contract"])
    }

    assert found == set()


def test_domains_stand_on_the_kit_and_the_kernel_alone():
    below = {"catalog", "core", "domains", "kernel", "kit", "synth"}

    assert {
        f"{path} imports {name}"
        for path, _, _ in _modules_of_domains()
        for name in _imported(path)
        if name.startswith("pipeline_builder.") and name.split(".")[1] not in below
    } == set()


def test_within_a_domain_modules_import_downwards():
    found = {
        f"{path} imports {name.split('.')[3]}"
        for path, domain, stem in _modules_of_domains()
        for name in _imported(path)
        if name.startswith(f"pipeline_builder.domains.{domain}.") and _storey(name.split(".")[3]) > _storey(stem)
    }

    assert found == ALLOWED["upwards"].keys()


def _storey(module: str) -> int:
    name = module.rpartition("_")[2]
    return next((storey for storey, names in enumerate(STOREYS) if name in names), 2)


def _modules_of_domains() -> Iterator[tuple[str, str, str]]:
    for path in modules():
        parts = Path(path).parts
        if parts[0] == "domains" and len(parts) > 2:
            yield path, parts[1], parts[2].removesuffix(".py")


def _imported(path: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(modules()[path]):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_every_exception_has_a_reason():
    lists: Mapping[str, Mapping[str, str]] = ALLOWED

    assert [(name, place) for name, places in lists.items() for place, reason in places.items() if not reason] == []


# --- what the reference says ---


def test_every_error_permission_setting_and_figure_stands_in_the_reference():
    errors = {statement.value.value for statement in _codes()}
    registry = CollectorRegistry()
    Figures(registry)

    assert {code for code in errors if f"\n## {code}\n" not in _page("problems")} == set()
    assert {one.value for one in Permission if f"\n| `{one}` |" not in _page("permissions")} == set()
    assert {name for name in Settings.model_fields if f"\n| `{name.upper()}`" not in _page("settings")} == set()
    assert {one.name for one in registry.collect() if f"\n| `{one.name}" not in _page("metrics")} == set()
    assert len(errors) > 50


def _codes() -> Iterator[ast.Assign]:
    """Where an error states its code: `code = "not-found"` in a class that also states its kind."""
    for path, module in modules().items():
        for node in ast.walk(module):
            if path.startswith((*PLATFORM, "core/", "cli/", "catalog/")) and isinstance(node, ast.ClassDef):
                stated = {one.targets[0].id: one for one in node.body if _is_constant(one)}
                if {"code", "kind"} <= {*stated, *_names(node)} and "code" in stated:
                    yield stated["code"]


def _is_constant(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Constant)
    )


def _names(node: ast.ClassDef) -> set[str]:
    targets = [one.targets[0] for one in node.body if isinstance(one, ast.Assign)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _page(name: str) -> str:
    return (ROOT / "docs" / "reference" / f"{name}.md").read_text(encoding="utf-8")
