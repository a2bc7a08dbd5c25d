import errno
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_builder.synth import render
from pipeline_builder.synth.assembly import (
    NotACloudAssembly,
    StackNameRefused,
    replace_file,
    stack_name,
    write_assembly,
)
from tests.factories.plans import a_plan, plan_with_everything


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


@pytest.fixture
def assembly(tmp_path):
    directory = tmp_path / "deep" / "cdk.out"
    write_assembly(render(plan_with_everything()), directory, "web", parameters={"OrgId": "acme"}, tags={"team": "a"})
    return directory


def test_an_assembly_names_its_template(assembly):
    manifest = json.loads((assembly / "manifest.json").read_bytes())

    assert manifest["artifacts"]["web"]["type"] == "aws:cloudformation:stack"
    assert manifest["artifacts"]["web"]["environment"] == "aws://unknown-account/unknown-region"
    assert manifest["artifacts"]["web"]["properties"] == {
        "templateFile": "web.template.json",
        "stackName": "web",
        "terminationProtection": False,
        "validateOnSynth": False,
        "parameters": {"OrgId": "acme"},
        "tags": {"team": "a"},
    }
    assert (assembly / "web.template.json").read_bytes() == render(plan_with_everything()).as_json()


def test_the_template_configuration_keeps_the_values_of_parameters_that_still_exist(tmp_path):
    values = {"OrgId": "acme", "Removed": "x"}

    write_assembly(render(plan_with_everything()), tmp_path, "web", parameters=values)

    assert json.loads((tmp_path / "web.configuration.json").read_bytes()) == {"Parameters": {"OrgId": "acme"}}


def test_where_the_template_lies_is_told(tmp_path):
    assert write_assembly(render(a_plan()), tmp_path, "web") == tmp_path / "web.template.json"


def test_the_same_input_gives_the_same_bytes(assembly):
    before = files(assembly)

    write_assembly(render(plan_with_everything()), assembly, "web", parameters={"OrgId": "acme"}, tags={"team": "a"})

    assert files(assembly) == before


def test_a_renamed_stack_leaves_nothing_of_the_old_name(assembly):
    write_assembly(render(a_plan()), assembly, "shop")

    assert sorted(files(assembly)) == ["manifest.json", "shop.configuration.json", "shop.template.json"]


def test_what_others_put_into_an_assembly_stays(assembly):
    (assembly / "tree.json").write_text("{}")

    write_assembly(render(a_plan()), assembly, "shop")

    assert "tree.json" in files(assembly)


@pytest.mark.parametrize(
    "manifest",
    [
        None,
        "not json",
        "[]",
        "{}",
        '{"artifacts": []}',
        '{"artifacts": {"a": {}}}',
        '{"artifacts": {"a": "b"}}',
        b"\xff",
    ],
)
def test_a_folder_with_other_things_is_left_alone(tmp_path, manifest):
    (tmp_path / "thesis.txt").write_text("three years of work")
    if manifest is not None:
        (tmp_path / "manifest.json").write_bytes(manifest if isinstance(manifest, bytes) else manifest.encode())
    before = files(tmp_path)

    with pytest.raises(NotACloudAssembly) as refused:
        write_assembly(render(a_plan()), tmp_path, "web")

    assert refused.value.data == {"directory": str(tmp_path)}
    assert files(tmp_path) == before


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "cdk.out").write_text("a file")

    with pytest.raises(NotACloudAssembly):
        write_assembly(render(a_plan()), tmp_path / "cdk.out", "web")


def test_a_manifest_cannot_make_us_delete_files_elsewhere(tmp_path):
    precious = tmp_path / "precious.template.json"
    precious.write_text("{}")
    directory = tmp_path / "cdk.out"
    directory.mkdir()
    stack = {"type": "aws:cloudformation:stack"}
    (directory / "manifest.json").write_text(json.dumps({"artifacts": {"../precious": stack}}))

    write_assembly(render(a_plan()), directory, "web")

    assert precious.exists()


def test_a_crash_leaves_the_old_assembly_readable(assembly, monkeypatch):
    before = files(assembly)
    replace_file = Path.replace

    def fail_on_manifest(self, target):
        if Path(target).name == "manifest.json":
            raise OSError(errno.ENOSPC, "disk full")
        return replace_file(self, target)

    monkeypatch.setattr(Path, "replace", fail_on_manifest)
    with pytest.raises(OSError, match="disk full"):
        write_assembly(render(a_plan()), assembly, "shop")

    after = files(assembly)
    assert {name: after[name] for name in before} == before
    assert not [name for name in after if name.startswith(".")]


@pytest.mark.parametrize("name", ["", "1web", "web_shop", "-web", "a" * 129, "../web", "web\n"])
def test_a_name_that_cloudformation_refuses_is_refused(tmp_path, name):
    with pytest.raises(StackNameRefused) as refused:
        write_assembly(render(a_plan()), tmp_path / "cdk.out", name)

    assert refused.value.data == {"name": name}
    assert not (tmp_path / "cdk.out").exists()


@pytest.mark.parametrize(
    ("pipeline", "expected"),
    [("acme_corp-web-pipeline", "acme-corp-web-pipeline"), ("2048", "pipeline-2048"), ("...", "pipeline")],
)
def test_the_stack_is_called_after_the_pipeline(pipeline, expected):
    assert stack_name(pipeline) == expected


@given(st.text())
def test_any_pipeline_has_a_stack_name_that_cloudformation_takes(tmp_path_factory, pipeline):
    write_assembly(render(a_plan()), tmp_path_factory.mktemp("cdk.out"), stack_name(pipeline))


def test_a_device_is_written_to_and_not_replaced(tmp_path):
    """By a link, so that a fault harms the link alone."""
    device = tmp_path / "device"
    device.symlink_to("/dev/null")

    replace_file(device, b"anything")

    assert device.is_symlink()


@pytest.mark.parametrize("name", ["no/file", "folder", "full"])
def test_a_file_that_cannot_be_written_is_named_as_it_was_given(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "full").symlink_to("/dev/full")

    with pytest.raises(OSError, match=r".") as raised:
        replace_file(tmp_path / name, b"anything")

    assert (raised.value.filename, raised.value.filename2) == (str(tmp_path / name), None)
    assert {path.name for path in tmp_path.iterdir()} == {"folder", "full"}
