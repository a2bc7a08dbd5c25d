"""What the plugins of the languages ask of a project's own tools."""

import tomllib
from pathlib import Path

import pytest

from tests.catalog.steps import Step, needs_jq

# --- Node -----------------------------------------------------------------------------------------------------

NODE_TOOLS = ["jest", "eslint", "prettier"]
_NO_TOOL_OF_THE_IMAGE = "exit 9"


@pytest.mark.parametrize("plugin", [*NODE_TOOLS, "nodejs", "nodejs-bundle"])
@pytest.mark.parametrize(
    ("lock", "call"),
    [
        ("package-lock.json", ["npm", "ci", "--no-audit", "--no-fund"]),
        ("yarn.lock", ["yarn", "install", "--frozen-lockfile"]),
        ("pnpm-lock.yaml", ["pnpm", "install", "--frozen-lockfile"]),
    ],
)
def test_a_lock_file_decides_who_installs_and_that_nothing_but_it_is_installed(tmp_path, plugin, lock, call):
    step = Step(plugin, tmp_path).file("package.json", "{}").file(lock).file("dist/index.js")
    for tool in ("npm", "yarn", "pnpm", "node", *NODE_TOOLS):
        step.tool(tool)

    ended = step.run()

    assert ended.code == 0, ended.log
    assert ended.calls[0] == call


@pytest.mark.parametrize("plugin", NODE_TOOLS)
def test_a_project_without_packages_is_checked_with_the_tool_of_the_image(tmp_path, plugin):
    ended = Step(plugin, tmp_path).tool("npm").tool(plugin).run()

    assert ended.code == 0, ended.log
    assert [call[0] for call in ended.calls] == [plugin]


@pytest.mark.parametrize("plugin", NODE_TOOLS)
def test_the_tool_that_a_project_pinned_goes_before_that_of_the_image(tmp_path, plugin):
    step = Step(plugin, tmp_path).tool(plugin, _NO_TOOL_OF_THE_IMAGE)
    step.file(f"node_modules/.bin/{plugin}", "#!/bin/sh\necho own one")

    ended = step.run()

    assert ended.code == 0, ended.log
    assert "own one" in ended.log


@pytest.mark.parametrize("plugin", NODE_TOOLS)
def test_the_tool_that_a_project_pinned_is_found_where_yarn_makes_no_folder_of_modules(tmp_path, plugin):
    step = Step(plugin, tmp_path).file("yarn.lock").file(".pnp.cjs")

    ended = step.tool("yarn").tool(plugin, _NO_TOOL_OF_THE_IMAGE).run()

    assert ended.code == 0, ended.log
    assert ended.calls[-1][:3] == ["yarn", "run", plugin]


# --- Python ---------------------------------------------------------------------------------------------------

PYTHON = ["python", "python-pytest", "mypy"]


def _python(plugin: str, folder: Path) -> Step:
    """A step whose environment holds nothing and whose tools only say what they were asked."""
    step = Step(plugin, folder)
    for tool in ("python", "pip", "uv", "poetry", "pipenv", "mypy"):
        step.tool(tool)
    return step


@pytest.mark.parametrize("plugin", PYTHON)
@pytest.mark.parametrize(
    ("lock", "call"),
    [
        ("uv.lock", ["uv", "sync", "--locked", "--active"]),
        ("poetry.lock", ["poetry", "install", "--no-interaction"]),
        ("Pipfile.lock", ["pipenv", "install", "--deploy", "--dev"]),
        ("requirements.txt", ["pip", "install", "--requirement", "requirements.txt"]),
        ("setup.py", ["pip", "install", "--editable", "."]),
    ],
)
def test_what_a_project_locks_with_installs_it_and_refuses_a_stale_lock(tmp_path, plugin, lock, call):
    ended = _python(plugin, tmp_path).file(lock).run()

    assert ended.code == 0, ended.log
    assert ended.calls[1] == call


@pytest.mark.parametrize("plugin", PYTHON)
def test_the_chosen_installer_goes_before_the_lock_file(tmp_path, plugin):
    ended = _python(plugin, tmp_path).file("uv.lock").file("setup.py").run(PACKAGE_MANAGER="pip")

    assert ended.calls[1] == ["pip", "install", "--editable", "."]


@pytest.mark.parametrize("plugin", PYTHON)
@pytest.mark.parametrize(
    ("pyproject", "installed"),
    [('[project]\nname = "shop"\n', True), ("[build-system]\nrequires = []\n", True), ("[tool.ruff]\n", False)],
)
def test_settings_of_tools_alone_make_no_project_to_install(tmp_path, plugin, pyproject, installed):
    ended = _python(plugin, tmp_path).file("pyproject.toml", pyproject).run()

    assert ended.code == 0, ended.log
    assert (["pip", "install", "--editable", "."] in ended.calls) is installed


@pytest.mark.parametrize("plugin", PYTHON)
def test_the_environment_lies_outside_of_the_sources(tmp_path, plugin):
    ended = _python(plugin, tmp_path).run()

    assert ended.calls[0][:3] == ["python", "-m", "venv"]
    assert not Path(ended.calls[0][3]).is_relative_to(ended.work)


def test_mypy_sees_the_dependencies_of_the_project(tmp_path):
    ended = _python("mypy", tmp_path).run()

    assert ended.calls[-1][:3] == ["mypy", "--python-executable", f"{ended.calls[0][3]}/bin/python"]


# --- Go -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0, 1])
def test_go_tests_are_reported_and_shown_whether_they_pass_or_not(tmp_path, code):
    step = Step("go-test", tmp_path).tool(
        "go", f'if [ "$1" = test ]; then echo "--- the log"; echo mode: set > reports/cover.out; exit {code}; fi'
    )
    step.tool("go-junit-report", "cp reports/go-test.log reports/junit.xml").tool("gocover-cobertura", "cat")

    ended = step.run(GO_PACKAGES="./shop ./price")

    assert ended.code == code
    assert "--- the log" in ended.log
    assert ["go", "test", "-v", "-coverprofile=reports/cover.out", "./shop", "./price"] in ended.calls
    assert "--- the log" in (ended.work / "reports/junit.xml").read_text(encoding="utf-8")
    assert "mode: set" in (ended.work / "reports/coverage.xml").read_text(encoding="utf-8")


def test_go_tests_that_are_not_reported_are_no_success(tmp_path):
    ended = Step("go-test", tmp_path).tool("go").tool("go-junit-report", "exit 3").run()

    assert ended.code == 3


# --- Rust -----------------------------------------------------------------------------------------------------


def test_rust_tests_run_to_the_end_and_are_reported_wherever_cargo_builds(tmp_path):
    step = Step("cargo-test", tmp_path)
    step.tool("cargo", 'for word; do case "$word" in pipeline:*) cp "${word#pipeline:}" settings.toml ;; esac; done')

    ended = step.run()

    assert ended.code == 0, ended.log
    settings = tomllib.loads((ended.work / "settings.toml").read_text(encoding="utf-8"))
    assert settings["profile"]["pipeline"] == {
        "fail-fast": False,
        "junit": {"path": f"{ended.work}/reports/junit.xml"},
    }


# --- Java -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plugin", ["java", "java-corretto"])
@pytest.mark.parametrize(
    ("file", "call"),
    [
        ("pom.xml", ["mvn", "--batch-mode", "--no-transfer-progress", "clean", "verify"]),
        ("build.gradle", ["gradle", "--no-daemon", "clean", "build"]),
        ("build.gradle.kts", ["gradle", "--no-daemon", "clean", "build"]),
        ("settings.gradle", ["gradle", "--no-daemon", "clean", "build"]),
    ],
)
def test_the_files_of_a_project_say_who_builds_it(tmp_path, plugin, file, call):
    ended = Step(plugin, tmp_path).tool("java").tool("mvn").tool("gradle").file(file).run()

    assert ended.code == 0, ended.log
    assert ended.calls[-1] == call


def test_a_project_that_neither_maven_nor_gradle_knows_is_no_success(tmp_path):
    ended = Step("java", tmp_path).tool("java").tool("mvn").tool("gradle").run()

    assert ended.code == 2
    assert "neither pom.xml nor build.gradle" in ended.log


@pytest.mark.parametrize(("file", "wrapper"), [("pom.xml", "mvnw"), ("build.gradle", "gradlew")])
def test_the_wrapper_of_a_project_goes_before_the_tool_of_the_image(tmp_path, file, wrapper):
    ended = Step("java", tmp_path).tool("java").file(file).file(wrapper, "#!/bin/sh\necho own $*\n").run()

    assert ended.code == 0, ended.log
    assert "own --" in ended.log


# --- .NET -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plugin", ["dotnet", pytest.param("dotnet-security-scan", marks=needs_jq)])
@pytest.mark.parametrize(
    ("files", "call"),
    [([], ["dotnet", "restore"]), (["web/packages.lock.json"], ["dotnet", "restore", "--locked-mode"])],
)
def test_a_solution_with_locked_packages_gets_no_others(tmp_path, plugin, files, call):
    step = Step(plugin, tmp_path).tool("dotnet", """if [ "$1" = list ]; then echo '{"projects": []}'; fi""")
    for file in files:
        step.file(file)

    ended = step.run()

    assert ended.code == 0, ended.log
    assert [one for one in ended.calls if one[1] == "restore"] == [call]


def test_projects_that_name_no_logger_are_reported_too_and_each_framework_by_itself(tmp_path):
    ended = Step("dotnet", tmp_path).tool("dotnet").run(CONFIGURATION="Debug")

    assert ended.calls[-1] == [
        *("dotnet", "test", "--no-build", "--configuration", "Debug", "--test-adapter-path", "/opt/junit-logger"),
        *("--logger", f"junit;LogFilePath={ended.work}/reports/{{assembly}}.{{framework}}.junit.xml"),
    ]
