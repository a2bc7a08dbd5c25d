"""The tree works on anybody's machine: it names no registry and no place of the one it was written on."""

import json
import re

import pytest

from tests.architecture.project import ROOT, texts

REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com|proxy\.golang\.org"
    r"|static\.crates\.io|deb\.debian\.org|/opt/(?:pypi|wheels)",
)
HOME_FOLDERS = re.compile(r"(?<![\w.*/-])/(?:root\b|home/\w|Users/\w|work/|tmp/h\b)")
LOCKS = ("requirements/dev.txt", "requirements/run.txt")
REQUIREMENT = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==\S+")


def test_no_file_names_a_package_registry():
    assert [name for name, text in texts() if REGISTRIES.search(text)] == []


def test_no_file_names_a_folder_that_only_some_machines_have():
    """Whoever runs it elsewhere, or in a container as another user, has no such folder or may not write it."""
    here = str(ROOT)

    assert [name for name, text in texts() if here in text or HOME_FOLDERS.search(text)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_python_package_is_pinned_and_hashed(lock):
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8").strip())

    assert entries
    assert [entry for entry in entries if not (REQUIREMENT.match(entry) and "--hash=sha256:" in entry)] == []


def test_the_image_of_pipeline_manager_gets_what_was_tested():
    tested, installed = (
        {entry.group() for entry in re.finditer(REQUIREMENT.pattern, (ROOT / lock).read_text("utf-8"), re.MULTILINE)}
        for lock in LOCKS
    )

    assert installed < tested


def test_every_locked_node_package_is_hashed_and_names_no_place():
    packages = json.loads((ROOT / "tests/cdk_cli/package-lock.json").read_text(encoding="utf-8"))["packages"]
    installed = {name: package for name, package in packages.items() if name}

    assert installed
    assert [name for name, package in installed.items() if "integrity" not in package or "resolved" in package] == []


def test_there_is_no_lock_that_names_hosts():
    """uv.lock and poetry.lock write the address of every file."""
    assert [name for name, _ in texts() if name.rpartition("/")[2] in {"uv.lock", "poetry.lock", "Pipfile.lock"}] == []
