"""ZIPs from strangers: what is wrong with one is said at once, and nothing of it is used."""

import io
import stat
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_builder.core.plugins import archive
from pipeline_builder.core.plugins.archive import MAXIMUM_DEPTH, MAXIMUM_NAME_LENGTH, SHOWN_FAULTS, ArchiveFiles
from pipeline_builder.core.plugins.files import MAXIMUM_ENTRIES, MAXIMUM_TEXT_BYTES, UnusablePackage


def a_zip(*entries, compression=zipfile.ZIP_DEFLATED):
    """A ZIP of (name or ZipInfo, content) pairs, exactly as given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as made:
        for name, content in entries:
            made.writestr(name, content)
    return buffer.getvalue()


def entry(name, *, mode=stat.S_IFREG | 0o644):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def faults_of(content):
    with pytest.raises(UnusablePackage) as raised, ArchiveFiles(content):
        pass
    return raised.value.faults


def test_files_are_listed_by_name_and_read_without_touching_the_disk(tmp_path):
    content = a_zip(("b/c.txt", "two"), ("b/", ""), ("a.txt", "one"))

    with ArchiveFiles(content) as files:
        assert files.names() == ["a.txt", "b/c.txt"]
        assert files.read("b/c.txt") == b"two"

    assert list(tmp_path.iterdir()) == []


def test_a_zip_can_be_read_from_a_file(tmp_path):
    path = tmp_path / "plugin.zip"
    path.write_bytes(a_zip(("a.txt", "one")))

    with ArchiveFiles(path) as files:
        assert files.read("a.txt") == b"one"


def test_a_zip_that_is_not_there_is_unusable(tmp_path):
    assert faults_of(tmp_path / "no.zip") == ("The ZIP cannot be read: No such file or directory.",)


@pytest.mark.parametrize(
    "name",
    ["../a", "a/../../b", "/etc/passwd", "a//b", "./a", "a/./b", "..", "C:/a", "a\\..\\b", "a\x01b", "a\nb"],
)
def test_a_name_that_leads_out_of_the_package_is_refused(name):
    (fault,) = faults_of(a_zip((name, "x")))

    assert "has a name that could lead out of the package" in fault
    assert fault.isprintable()


def test_a_name_behind_a_null_byte_is_refused():
    content = a_zip(("abc", "x")).replace(b"abc", b"a\0c")

    (fault,) = faults_of(content)

    assert fault == "'a?c' in the ZIP has a name that could lead out of the package."


@pytest.mark.parametrize(
    ("mode", "fault"),
    [
        (stat.S_IFLNK | 0o777, "'a' in the ZIP is a link; a package holds the files themselves."),
        (stat.S_IFIFO | 0o644, "'a' in the ZIP is neither a file nor a folder."),
        (stat.S_IFCHR | 0o644, "'a' in the ZIP is neither a file nor a folder."),
    ],
)
def test_only_files_and_folders_are_taken(mode, fault):
    assert faults_of(a_zip((entry("a", mode=mode), "/etc/passwd"))) == (fault,)


@pytest.mark.parametrize(
    ("first", "second"),
    [("a.txt", "A.txt"), ("dir/Straße", "dir/STRASSE"), ("caf\u00e9", "cafe\u0301"), ("a/", "a"), ("a", "A/")],
)
def test_names_that_some_systems_take_for_one_are_refused(first, second):
    (fault,) = faults_of(a_zip((first, ""), (second, "")))

    assert fault == f"'{second}' and '{first}' in the ZIP would be one file on some systems."


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused():
    assert faults_of(a_zip(("a", "1"), ("a", "2"))) == ("'a' and 'a' in the ZIP would be one file on some systems.",)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_folder_may_be_listed_twice():
    with ArchiveFiles(a_zip(("a/", ""), ("a/", ""), ("a/b", ""))) as files:
        assert files.names() == ["a/b"]


def test_a_file_below_a_file_is_refused():
    assert faults_of(a_zip(("a", ""), ("a/b/c", ""))) == ("'a/b/c' in the ZIP lies below 'a', which is a file.",)


def test_an_encrypted_file_is_refused():
    content = bytearray(a_zip(("a", "x")))
    content[content.index(b"PK\x01\x02") + 8] |= 1

    assert faults_of(bytes(content)) == ("'a' in the ZIP is encrypted.",)


def test_only_what_is_stored_or_deflated_is_taken():
    assert faults_of(a_zip(("a", "x" * 100), compression=zipfile.ZIP_BZIP2)) == (
        "'a' in the ZIP is packed in a way other than deflate.",
    )


def test_a_file_that_unpacks_to_far_more_is_refused():
    (fault,) = faults_of(a_zip(("zeros", b"\0" * (2 * 2**20))))

    assert fault == "'zeros' in the ZIP would unpack to more than 200 times its size."


def test_a_small_file_may_be_packed_well():
    with ArchiveFiles(a_zip(("zeros", b"\0" * 2**20))) as files:
        assert len(files.read("zeros")) == 2**20


def test_more_text_than_allowed_is_not_read():
    content = a_zip(("spec", b"\0" * (MAXIMUM_TEXT_BYTES + 1)), compression=zipfile.ZIP_STORED)

    with ArchiveFiles(content) as files, pytest.raises(UnusablePackage, match="'spec' is larger than 1 MiB"):
        files.read("spec")


def test_too_many_entries_are_refused():
    assert faults_of(a_zip(*((str(number), "") for number in range(MAXIMUM_ENTRIES + 1)))) == (
        "The ZIP has 10001 entries; at most 10000 are allowed.",
    )


def test_a_huge_directory_is_not_even_read():
    content = a_zip(*((f"{number:0500}", "") for number in range(5000)))

    assert faults_of(content) == ("The directory of the ZIP is larger than 2 MiB.",)


def test_too_large_a_zip_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "MAXIMUM_BYTES", 10)

    assert "The ZIP is larger than 0 GiB." in faults_of(a_zip(("a", "x")))


def test_sizes_that_add_up_to_too_much_are_refused():
    content = bytearray(a_zip(*((str(number), "x") for number in range(5)), compression=zipfile.ZIP_STORED))
    at = 0
    for _ in range(5):
        at = content.index(b"PK\x01\x02", at + 1)
        content[at + 20 : at + 28] = struct.pack("<LL", 2**31, 2**31)

    assert faults_of(bytes(content)) == (
        "The ZIP would unpack to more than 8 GiB.",
        "Entries of the ZIP overlap: together they claim more bytes than it has.",
    )


def test_a_folder_holds_nothing_itself():
    content = a_zip(("a-", "x")).replace(b"a-", b"a/")

    assert faults_of(content) == ("'a/' in the ZIP is a folder with content of its own.",)


def test_a_long_or_deep_name_is_refused():
    assert faults_of(a_zip(("a" * (MAXIMUM_NAME_LENGTH + 1), ""))) == (
        f"'{'a' * 100}…' in the ZIP has a name of more than 512 characters.",
    )
    assert faults_of(a_zip(("a/" * (MAXIMUM_DEPTH + 1) + "b", ""))) == (
        f"'{'a/' * 33}b' in the ZIP lies more than 32 folders deep.",
    )


def test_of_very_many_faults_the_first_ones_are_told():
    assert len(faults_of(a_zip(*((f"../{number}", "") for number in range(1000))))) == SHOWN_FAULTS


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all", b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_zip_is_unusable(content):
    (fault,) = faults_of(content)

    assert fault.startswith("This is not a ZIP that can be read: ")


def test_a_damaged_file_is_named():
    content = a_zip(("a.txt", "hello"), compression=zipfile.ZIP_STORED).replace(b"hello", b"jello")

    with (
        ArchiveFiles(content) as files,
        pytest.raises(UnusablePackage, match=r"'a\.txt' in the ZIP is damaged: Bad CRC"),
    ):
        files.read("a.txt")


@given(st.data())
def test_any_bytes_are_a_package_or_unusable(data):
    content = bytearray(a_zip(("plugin-spec.yaml", "name: a\n" * 9), ("b/", ""), ("b/c", "x")))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    faults = ()
    try:
        with ArchiveFiles(bytes(content)) as files:
            for name in files.names():
                files.read(name)
    except UnusablePackage as error:
        faults = error.faults

    assert all(fault.isprintable() for fault in faults)
