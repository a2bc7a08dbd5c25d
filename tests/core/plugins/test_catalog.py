"""Catalogs: one behaviour, wherever the plugins lie."""

from pathlib import Path

import pytest

from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.errors import ErrorKind
from pipeline_builder.core.plugins import folder_catalog
from pipeline_builder.core.plugins.catalog import InMemoryCatalog, LayeredCatalog
from pipeline_builder.core.plugins.folder_catalog import FolderCatalog, PluginFolderUnreadable
from tests.core.plugins.factories import a_plugin
from tests.core.plugins.packages import a_package, write_folder, zipped


def a_spec(name, version="1.0.0", aliases=""):
    return f"name: {name}\nversion: {version}\n{f'aliases: [{aliases}]' if aliases else ''}\ncommands: x\n"


def in_memory(_tmp_path, plugins):
    return InMemoryCatalog(a_plugin(name, version, aliases=aliases) for name, version, aliases in plugins)


def in_folders(tmp_path, plugins):
    for number, (name, version, aliases) in enumerate(plugins):
        files = a_package(spec=a_spec(name, version, ", ".join(aliases)))
        place = tmp_path / f"category-{number % 2}" / f"folder-{number}" if number % 3 else tmp_path / f"{number}"
        write_folder(place, files)
    return FolderCatalog(tmp_path, "system")


def in_zips(tmp_path, plugins):
    for number, (name, version, aliases) in enumerate(plugins):
        content = zipped(a_package(spec=a_spec(name, version, ", ".join(aliases))))
        write_folder(tmp_path, {f"{number}.zip" if number % 2 else f"some/{number}.ZIP": content})
    return FolderCatalog(tmp_path, "system")


def in_layers(tmp_path, plugins):
    plugins = list(plugins)
    return LayeredCatalog(in_memory(tmp_path, plugins[:2]), in_memory(tmp_path, plugins[2:]))


PLUGINS = [
    ("go", "1.0.0", ()),
    ("golangci-lint", "1.0.0", ("golint", "lint")),
    ("go", "1.1.0", ()),
    ("lint", "3.0.0", ()),
    ("go-test", "2.0.0", ("gotest",)),
]


@pytest.fixture(params=[in_memory, in_folders, in_zips, in_layers])
def catalog(request, tmp_path):
    return request.param(tmp_path, PLUGINS)


def versions(catalog, name):
    report = Report()
    found = sorted((plugin.spec.name, plugin.spec.version) for plugin in catalog.versions_of(name, report))
    assert list(report) == []
    return found


def test_all_versions_of_the_whole_name_are_found(catalog):
    assert versions(catalog, "go") == [("go", "1.0.0"), ("go", "1.1.0")]
    assert versions(catalog, "go-test") == [("go-test", "2.0.0")]


@pytest.mark.parametrize("name", ["g", "GO", "go-", "golang", "", "*", "../go"])
def test_a_part_of_a_name_or_another_spelling_finds_nothing(catalog, name):
    assert versions(catalog, name) == []


def test_an_alias_finds_its_plugin(catalog):
    assert versions(catalog, "gotest") == [("go-test", "2.0.0")]
    assert versions(catalog, "golint") == [("golangci-lint", "1.0.0")]


def test_all_names_are_known(catalog):
    assert set(catalog.names()) == {"go", "golangci-lint", "golint", "lint", "go-test", "gotest"}


def test_everything_there_is_can_be_listed(catalog):
    report = Report()

    assert {(one.spec.name, one.spec.version) for one in catalog.everything(report)} == {one[:2] for one in PLUGINS}
    assert list(report) == []


@pytest.mark.parametrize("make", [in_memory, in_folders, in_zips])
def test_under_one_owner_a_name_goes_before_an_alias(tmp_path, make):
    assert versions(make(tmp_path, PLUGINS), "lint") == [("lint", "3.0.0")]


def test_the_nearer_layer_comes_first():
    catalog = LayeredCatalog(
        InMemoryCatalog([a_plugin("go", "1.0.0", owner="own")]), InMemoryCatalog([a_plugin("go", "2.0.0")])
    )

    assert [plugin.owner for plugin in catalog.versions_of("go", Report())] == ["own", "system"]


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(PluginFolderUnreadable) as raised:
        FolderCatalog(tmp_path / "no", "own")

    assert (raised.value.kind, raised.value.data) == (
        ErrorKind.ABSENT,
        {"folder": str(tmp_path / "no"), "reason": "it is not there"},
    )


def test_a_folder_that_goes_away_is_named(tmp_path):
    catalog = FolderCatalog(tmp_path, "own")
    tmp_path.rmdir()

    with pytest.raises(PluginFolderUnreadable, match="No such file or directory"):
        catalog.names()


def test_a_name_that_no_folder_can_have_is_said_so():
    with pytest.raises(PluginFolderUnreadable, match="File name too long"):
        FolderCatalog(Path("x" * 300), "own")


def test_what_cannot_be_read_in_a_folder_is_named_with_the_folder(tmp_path):
    (tmp_path / "loop").symlink_to("loop")

    with pytest.raises(PluginFolderUnreadable, match="Too many levels of symbolic links") as raised:
        FolderCatalog(tmp_path, "own").names()

    assert raised.value.folder == str(tmp_path)
    assert str(tmp_path / "loop") in raised.value.reason


def test_plugins_of_a_folder_belong_to_its_owner(tmp_path):
    write_folder(tmp_path / "jest", a_package())

    (plugin,) = FolderCatalog(tmp_path, "own").versions_of("jest", Report())

    assert (plugin.owner, plugin.digest) == ("own", None)


def test_only_what_is_asked_for_is_parsed(tmp_path, monkeypatch):
    for name in ("jest", "mypy", "ruff"):
        write_folder(tmp_path / "testing" / name, a_package(spec=a_spec(name)))
    parsed = []
    original = folder_catalog.read_folder

    def read_folder(place, report):
        parsed.append(place.name)
        return original(place, report)

    monkeypatch.setattr(folder_catalog, "read_folder", read_folder)

    for is_named_by_folder in (False, True):
        catalog = FolderCatalog(tmp_path, "system", is_named_by_folder=is_named_by_folder)
        catalog.versions_of("mypy", Report())
        catalog.versions_of("mypy", Report())
        catalog.versions_of("nothing", Report())

    assert parsed == ["mypy", "mypy"]


def test_where_folders_are_named_by_plugins_nothing_else_is_opened(tmp_path):
    write_folder(tmp_path / "testing" / "jest", a_package(spec=a_spec("jest")))
    write_folder(tmp_path / "testing" / "mypy", {"plugin-spec.yaml": b"\xff not even text"})

    report = Report()
    found = FolderCatalog(tmp_path, "system", is_named_by_folder=True).versions_of("jest", report)

    assert [plugin.spec.name for plugin in found] == ["jest"]
    assert list(report) == []


def test_where_folders_are_named_by_plugins_aliases_are_found_too(tmp_path):
    write_folder(tmp_path / "testing" / "jest", a_package(spec=a_spec("jest", aliases="nodejs-jest")))

    catalog = FolderCatalog(tmp_path, "system", is_named_by_folder=True)

    assert versions(catalog, "nodejs-jest") == [("jest", "1.0.0")]


@pytest.mark.parametrize(
    "spec",
    [
        "{name: jest, version: 1.0.0, commands: x}",
        'name: "jest"\nversion: 1.0.0\ncommands: x\n',
        "version: 1.0.0\r\ncommands: x\r\nname: jest\r\n",
    ],
)
def test_a_name_is_found_however_it_is_written(tmp_path, spec):
    write_folder(tmp_path / "anything", a_package(spec=spec))

    assert versions(FolderCatalog(tmp_path, "own"), "jest") == [("jest", "1.0.0")]


def test_a_specification_that_stands_elsewhere_is_found(tmp_path):
    files = a_package(spec=None, config="pluginSpec: a/b.yaml\n", **{"a/b.yaml": a_spec("jest")})
    write_folder(tmp_path / "x", files)

    assert versions(FolderCatalog(tmp_path, "own"), "jest") == [("jest", "1.0.0")]


@pytest.mark.parametrize(
    "files", [{"plugin-spec.yaml": "name: jest\nversion: oops\n"}, {"config.yaml": "buildType: metadata_only\n"}]
)
def test_a_broken_package_tells_its_faults_when_it_is_asked_for(tmp_path, files):
    write_folder(tmp_path / "jest", files)
    catalog = FolderCatalog(tmp_path, "own")

    silent, loud = Report(), Report()

    assert catalog.versions_of("mypy", silent) == ()
    assert catalog.versions_of("jest", loud) == ()
    assert list(silent) == []
    assert loud.has_errors
    assert all(one.file.startswith(str(tmp_path / "jest")) for one in loud)


def test_a_broken_zip_tells_its_faults_under_its_own_name(tmp_path):
    write_folder(tmp_path, {"jest.zip": b"no"})
    report = Report()

    assert FolderCatalog(tmp_path, "own").versions_of("jest", report) == ()
    assert [one.code for one in report] == ["unusable-package"]


def test_one_version_in_two_places_is_a_fault(tmp_path):
    write_folder(tmp_path, {"jest.zip": zipped(a_package(spec=a_spec("jest")))})
    write_folder(tmp_path / "jest", a_package(spec=a_spec("jest")))
    report = Report()

    found = FolderCatalog(tmp_path, "own").versions_of("jest", report)
    (finding,) = report

    assert len(found) == 1
    assert (finding.code, finding.file) == ("duplicate-version", str(tmp_path / "jest.zip"))
    assert str(tmp_path / "jest") in finding.message


def test_hidden_folders_and_deeper_ones_hold_no_plugins(tmp_path):
    write_folder(tmp_path / ".git" / "jest", a_package(spec=a_spec("jest")))
    write_folder(tmp_path / "a" / "b" / "jest", a_package(spec=a_spec("jest")))
    write_folder(tmp_path, {"readme.txt": "jest", "b/c.txt": "x"})

    assert list(FolderCatalog(tmp_path, "own").names()) == []
