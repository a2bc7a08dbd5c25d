"""A package as a folder."""

import os
import stat

import pytest

from pipeline_builder.core.plugins import files
from pipeline_builder.core.plugins.files import MAXIMUM_TEXT_BYTES, FolderFiles, UnusablePackage


def test_files_are_listed_with_their_folders_and_sorted(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b").write_text("two")
    (tmp_path / "a").write_text("one")
    (tmp_path / "sub-z").write_text("")

    package = FolderFiles(tmp_path)

    assert package.names() == ["a", "sub-z", "sub/b"]
    assert package.read("sub/b") == b"two"


def test_links_and_devices_are_refused_together(tmp_path):
    (tmp_path / "link").symlink_to("/etc/hostname")
    (tmp_path / "out").symlink_to("/", target_is_directory=True)
    os.mkfifo(tmp_path / "pipe", stat.S_IRUSR)

    with pytest.raises(UnusablePackage) as raised:
        FolderFiles(tmp_path).names()

    assert raised.value.faults == (
        "'link' is a link; a package holds the files themselves.",
        "'out' is a link; a package holds the files themselves.",
        "'pipe' is neither a file nor a folder.",
    )
    assert raised.value.data == {"faults": raised.value.faults}


def test_a_folder_with_too_many_entries_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAXIMUM_ENTRIES", 2)
    for name in "abc":
        (tmp_path / name).write_text("")

    with pytest.raises(UnusablePackage, match="more than 2 entries"):
        FolderFiles(tmp_path).names()


def test_a_folder_or_file_that_cannot_be_read_is_named(tmp_path):
    package = FolderFiles(tmp_path / "no")

    with pytest.raises(UnusablePackage, match="The folder 'no' cannot be read: No such file or directory"):
        package.names()
    with pytest.raises(UnusablePackage, match="'a' cannot be read: No such file or directory"):
        package.read("a")


def test_more_text_than_allowed_is_not_read(tmp_path):
    (tmp_path / "a").write_bytes(b" " * (MAXIMUM_TEXT_BYTES + 1))

    with pytest.raises(UnusablePackage, match="'a' is larger than 1 MiB"):
        FolderFiles(tmp_path).read("a")
