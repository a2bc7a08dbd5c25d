"""What the Dockerfiles of the catalogue stand on and install."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from pipeline_builder import catalog

CATALOG = Path(catalog.__file__).parent
BASES = {path.parent.name: path for path in CATALOG.glob("images/*/Dockerfile")}
DOCKERFILES = [
    pytest.param(path, id=path.parent.name)
    for path in sorted(CATALOG.rglob("Dockerfile"))
    if path.read_text(encoding="utf-8").strip()
]

_FROM = re.compile(r"^FROM (\S+)", re.MULTILINE)
_ARGUMENT = re.compile(r"^ARG (\w+)=(\S+)", re.MULTILINE)
_OUR_BASE = re.compile(r"\$\{REGISTRY\}/library/(base|(?P<name>[a-z-]+)-base):1")
_TAG = re.compile(r"[\w./-]+:(?=\S*\d)[\w.-]+")
_INSTALLED = re.compile(r"(?:(?:npm|corepack) install --global|(?:pip|go|cargo|gem) install)(?P<what>[^\n&]*)")


@pytest.mark.parametrize("path", DOCKERFILES)
def test_an_image_stands_on_a_base_of_ours_or_on_a_tag_that_can_be_replaced_by_a_digest(path):
    text = path.read_text(encoding="utf-8")
    tags = dict(_ARGUMENT.findall(text))

    for image in _FROM.findall(text):
        if ours := _OUR_BASE.fullmatch(image):
            assert (ours["name"] or "base") in BASES
        else:
            assert _TAG.fullmatch(tags[image.removeprefix("${").removesuffix("}")]), image


def test_an_image_from_elsewhere_has_one_version_in_the_whole_catalogue():
    """A checker that is compiled by an older Go cannot read the library of a newer one, for example."""
    tags: defaultdict[str, set[str]] = defaultdict(set)
    for path in CATALOG.rglob("Dockerfile"):
        for _, image in _ARGUMENT.findall(path.read_text(encoding="utf-8")):
            name, _, tag = image.partition(":")
            tags[name].add(tag)

    assert {name: found for name, found in tags.items() if len(found) > 1} == {}


@pytest.mark.parametrize("path", DOCKERFILES)
def test_what_an_image_installs_beside_its_distribution_has_a_version(path):
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")

    for found in _INSTALLED.finditer(text):
        words = found["what"].replace(" --version ", "@").split()
        packages = [word for word in words if not word.startswith(("-", "/"))]
        assert [package for package in packages if not re.search(r"@v?\d|==\d", package)] == []


@pytest.mark.parametrize("path", DOCKERFILES)
def test_a_key_from_elsewhere_is_readable_to_the_package_manager_that_checks_with_it(path):
    """What ADD fetches belongs to root alone otherwise, and apt checks signatures as a user of its own."""
    for line in re.findall(r"^ADD .*https://.*$", path.read_text(encoding="utf-8"), re.MULTILINE):
        assert "--chmod=644" in line


def test_every_base_serves_a_plugin():
    used = {
        ours["name"] or "base"
        for parameter in DOCKERFILES
        for ours in _OUR_BASE.finditer(parameter.values[0].read_text(encoding="utf-8"))
    }

    assert used == set(BASES)
