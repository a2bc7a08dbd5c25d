"""Where the steps of shipped plugins keep what need not be fetched again: one folder, whoever runs them."""

import re
import shlex
from pathlib import Path, PurePosixPath

import pytest

from pipeline_builder import catalog
from pipeline_builder.catalog.loader import shipped_catalog
from pipeline_builder.core.diagnostics import Report

CATALOG = Path(catalog.__file__).parent
CACHE = PurePosixPath("/var/cache/pipeline")
SPECS = {plugin.spec.name: plugin.spec for plugin in shipped_catalog().everything(Report())}
DOCKERFILES = {path.parent.name: path for path in CATALOG.glob("plugins/*/*/Dockerfile") if path.read_bytes().strip()}
BASES = {path.parent.name: path for path in CATALOG.glob("images/*/Dockerfile")}
FROM_ELSEWHERE = [name for name, path in BASES.items() if "{REGISTRY}" not in path.read_text(encoding="utf-8")]

_OURS = re.compile(r"\$\{REGISTRY\}/library/(?:(?P<name>[a-z-]+)-)?base:1")
_FOLDER = re.compile(rf"{CACHE}/[\w./-]+")
_FILLS_CACHES = re.compile(r"(npm|go|cargo) install|dotnet (add|restore)")
_HOME_FOLDER = re.compile(r"(?<![\w./-])(/(root|home)\b|~/|\$\{?HOME\b)")


def instructions(dockerfile: Path) -> list[str]:
    """What makes the image itself: the last stage, each instruction in one line."""
    lines = dockerfile.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    start = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    return lines[start:]


def environment(dockerfile: Path) -> dict[str, str]:
    """The variables of an image, with those of the images of ours that it stands on."""
    stands_on, *others = instructions(dockerfile)
    below = _OURS.search(stands_on)
    own = [pair for line in others if line.startswith("ENV ") for pair in shlex.split(line)[1:]]
    return (environment(BASES[below["name"] or "base"]) if below else {}) | dict(pair.split("=", 1) for pair in own)


def folders(name: str) -> set[PurePosixPath]:
    """Where the variables of a step send its tools."""
    variables = (environment(DOCKERFILES[name]) if name in DOCKERFILES else {}) | SPECS[name].env
    return {PurePosixPath(found) for value in variables.values() for found in _FOLDER.findall(value)}


def kept(name: str) -> set[PurePosixPath]:
    """The folders that a step keeps, but those of its own workspace."""
    paths = {PurePosixPath(path.removesuffix("/**/*")) for path in SPECS[name].cache}
    return {path for path in paths if path.is_absolute()}


@pytest.mark.parametrize("name", [name for name in SPECS if kept(name)])
def test_what_is_kept_is_where_a_variable_of_the_image_sends_the_tool(name: str) -> None:
    """Kept elsewhere, it would be uploaded empty after each execution, and everything fetched again."""
    sent = folders(name)

    assert [path for path in kept(name) if not any(path.is_relative_to(folder) for folder in sent)] == []


def test_every_folder_that_an_image_sends_its_tools_to_is_kept_by_a_step() -> None:
    sent = {folder for name in SPECS for folder in folders(name)}
    together = {path for name in SPECS for path in kept(name)}

    assert sent
    assert {
        folder
        for folder in sent
        if not any(folder.is_relative_to(path) or path.is_relative_to(folder) for path in together)
    } == set()


@pytest.mark.parametrize("name", FROM_ELSEWHERE)
def test_everybody_may_write_what_is_kept(name: str) -> None:
    """A container need not run as the superuser."""
    assert f"mkdir -p -m 1777 {CACHE}" in "\n".join(instructions(BASES[name]))


@pytest.mark.parametrize("path", [*BASES.values(), *DOCKERFILES.values()], ids=lambda path: path.parent.name)
def test_an_installation_leaves_no_folder_behind_that_only_its_user_may_write(path: Path) -> None:
    for line in instructions(path):
        if line.startswith("RUN ") and _FILLS_CACHES.search(line):
            assert re.search(rf"&& rm -rf [\w/ ]*{CACHE}/\*$", line), line


def test_nothing_of_the_catalogue_names_a_home_folder() -> None:
    """Which folder that is depends on the user, and a tool may take it from elsewhere than from HOME."""
    texts = {
        path: path.read_text(encoding="utf-8")
        for path in CATALOG.rglob("*")
        if path.suffix in {"", ".yaml"} and path.is_file()
    }

    assert texts.keys() >= set(BASES.values()) | set(DOCKERFILES.values())
    assert [str(path) for path, text in texts.items() if _HOME_FOLDER.search(text)] == []
