"""What the plugins of the languages ask of a project's own tools."""

import pytest

from tests.catalog.steps import Step

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
