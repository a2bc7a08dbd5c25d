"""Each command, with good input and bad."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline_builder import __version__
from pipeline_builder.catalog.loader import shipped_rules
from tests.cli.conftest import SAMPLES, Run

BROKEN = """\
project: web
organisation: acme
synth: {source: {repo: acme/web}, plugin: cdk-synt}
stages:
  - stageName: Test
    steps: [{plugin: jest, failureBehaviour: warn}]
"""

SMALL = "{project: web, organization: acme, synth: {source: {repo: acme/web}, plugin: cdk-synth}, stages: [%s]}"


def a_definition(folder: Path, *stages: str, name: str = "pipeline.yaml") -> Path:
    path = folder / name
    path.write_text(SMALL % ", ".join(stages), encoding="utf-8")
    return path


def a_plugin(folder: Path, name: str, command: str = "echo done") -> Path:
    place = folder / name
    place.mkdir(parents=True)
    spec = {"name": name, "version": "2.0.0", "description": "Ours.", "commands": [command]}
    (place / "plugin-spec.yaml").write_text(yaml.safe_dump(spec), encoding="utf-8")
    (place / "config.yaml").write_text("buildType: metadata_only\n", encoding="utf-8")
    return folder


# --- check


def test_check_is_content_with_every_sample(run: Run) -> None:
    done = run("check", *sorted(SAMPLES.iterdir()))
    assert done.returncode == 0
    assert done.stdout == ""
    assert "definitions are fine" in done.stderr


def test_check_tells_everything_that_is_wrong_with_line_column_and_what_was_meant(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    done = run("check", "broken.yaml")
    assert done.returncode == 1
    assert "broken.yaml:2:1: error unknown-key" in done.stderr
    assert "Did you mean 'organization'?" in done.stderr
    assert "broken.yaml:6:28: error unknown-key" in done.stderr
    assert "Did you mean 'failureBehavior'?" in done.stderr


def test_check_names_the_nearest_plugin(run: Run, tmp_path: Path) -> None:
    definition = a_definition(tmp_path, "{stageName: Test, steps: [{plugin: jset}]}")
    done = run("check", definition)
    assert done.returncode == 1
    assert "unknown-plugin" in done.stderr
    assert "jest" in done.stderr


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_check_writes_findings_as_data(run: Run, tmp_path: Path, form: str) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    done = run("check", "broken.yaml", "--format", form)
    assert done.returncode == 1
    codes = [one["code"] for one in yaml.safe_load(done.stdout)["findings"]]
    assert codes.count("unknown-key") == 2
    assert done.stderr == ""


def test_check_writes_sarif(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    log = json.loads(run("check", "broken.yaml", "-f", "sarif").stdout)
    assert log["version"] == "2.1.0"
    assert {one["ruleId"] for one in log["runs"][0]["results"]} >= {"unknown-key", "missing-key"}


def test_with_strict_a_warning_is_enough_to_fail(run: Run, first: Path) -> None:
    assert run("check", first).returncode == 0
    assert run("check", "--strict", first).returncode == 1


def test_a_file_that_is_not_there_is_said_so(run: Run) -> None:
    done = run("check", "absent.yaml")
    assert done.returncode == 3
    assert done.stderr == "error: 'absent.yaml' cannot be read: No such file or directory.\n"


def test_what_cannot_be_read_hides_no_findings_of_other_files(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    done = run("check", "one.yaml", "broken.yaml", "two.yaml")
    assert done.returncode == 3
    assert "broken.yaml:2:1: error unknown-key" in done.stderr
    assert {line for line in done.stderr.splitlines() if line.startswith("error: ")} == {
        f"error: '{name}' cannot be read: No such file or directory." for name in ("one.yaml", "two.yaml")
    }


# --- synth


def test_synth_writes_a_cloud_assembly(run: Run, first: Path, tmp_path: Path) -> None:
    done = run("synth", first, "-o", "out")
    assert done.returncode == 0
    assert done.stdout == ""
    template = json.loads((tmp_path / "out/main-pipeline.template.json").read_text(encoding="utf-8"))
    assert "AWS::CodePipeline::Pipeline" in {one["Type"] for one in template["Resources"].values()}
    assert (tmp_path / "out/manifest.json").is_file()


def test_synth_can_print_the_template_alone(run: Run, first: Path, tmp_path: Path) -> None:
    done = run("synth", first, "--template")
    assert json.loads(done.stdout)["Resources"]
    assert not list(tmp_path.iterdir())


def test_synth_is_the_same_bytes_whatever_is_around(run: Run, first: Path) -> None:
    outputs = {
        run("synth", first, "--template", env=env).stdout
        for env in (
            {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
            {"PYTHONHASHSEED": "2", "TZ": "America/Lima", "LC_ALL": "C.UTF-8"},
        )
    }
    assert len(outputs) == 1


def test_in_its_pipeline_synth_keeps_the_name_and_the_parameters_of_the_stack(
    run: Run, first: Path, tmp_path: Path
) -> None:
    values = {"OrgId": "acme", "SourceConnectionArn": "arn:x", "Gone": "no longer a parameter"}
    done = run("synth", first, env={"PIPELINE_STACK_NAME": "Prod", "PIPELINE_STACK_PARAMETERS": json.dumps(values)})
    assert done.returncode == 0
    configuration = json.loads((tmp_path / "cdk.out/Prod.configuration.json").read_text(encoding="utf-8"))
    assert configuration["Parameters"] == {"OrgId": "acme", "SourceConnectionArn": "arn:x"}


@pytest.mark.parametrize("text", ["{", "[]", '{"A": 1}'])
def test_unreadable_parameters_of_the_stack_are_refused(run: Run, first: Path, text: str) -> None:
    done = run("synth", first, env={"PIPELINE_STACK_PARAMETERS": text})
    assert done.returncode == 1
    assert "PIPELINE_STACK_PARAMETERS must hold a JSON object" in done.stderr


def test_synth_touches_no_folder_that_holds_something_else(run: Run, first: Path, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work/thesis.txt").write_text("do not lose me", encoding="utf-8")
    done = run("synth", first, "-o", "work")
    assert done.returncode == 4
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["thesis.txt"]


def test_a_definition_with_errors_writes_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    assert run("synth", "broken.yaml").returncode == 1
    assert not (tmp_path / "cdk.out").exists()


def test_ones_own_plugins_go_before_the_shipped_ones(run: Run, tmp_path: Path) -> None:
    folder = a_plugin(tmp_path / "own", "jest", "echo ours")
    definition = a_definition(tmp_path, "{stageName: Test, steps: [{plugin: jest}]}")
    done = run("synth", definition, "--template", "--plugins", folder)
    assert "echo ours" in done.stdout


def test_a_folder_of_plugins_that_is_not_there_is_said_so(run: Run, first: Path) -> None:
    done = run("check", first, "--plugins", "absent")
    assert done.returncode == 3
    assert "absent" in done.stderr


def test_a_definition_may_come_in_by_stdin(run: Run, first: Path) -> None:
    done = run("synth", "-", "--template", stdin=first.read_text(encoding="utf-8"))
    assert json.loads(done.stdout)["Resources"]


@pytest.mark.parametrize("arguments", [("synth", "-o", "/proc/none"), ("lock", "-o", "/proc/none/pipeline.lock")])
def test_a_place_that_cannot_be_written_is_said_so(run: Run, first: Path, arguments: tuple[str, ...]) -> None:
    done = run(arguments[0], first, *arguments[1:])
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].endswith("cannot be written: No such file or directory.")


@pytest.mark.parametrize("content", [b"\x80\x81", b"", b"[]", b"5", b"project: {{ x }}", b"\xef\xbb\xbf{}"])
def test_nothing_that_is_read_ends_in_a_traceback(run: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "we ird $(x).yaml").write_bytes(content)
    done = run("check", "we ird $(x).yaml")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "error" in done.stderr


# --- plan


def test_the_lock_beside_a_definition_is_used_unless_told_otherwise(run: Run, first: Path, tmp_path: Path) -> None:
    file = tmp_path / "pipeline.json"
    file.write_bytes(first.read_bytes())
    assert run("lock", file).returncode == 0
    assert run("check", file).returncode == 0
    (tmp_path / "pipeline.lock").write_text("garbage")
    assert run("check", file).returncode == 1
    assert run("check", file, "--no-lock").returncode == 0
    assert run("lock", file).returncode == 0
    assert run("check", file).returncode == 0


def test_a_template_on_stdout_goes_into_no_folder(run: Run, first: Path) -> None:
    done = run("synth", first, "--template", "-o", "out")
    assert done.returncode == 2
    assert "--template writes to stdout" in done.stderr


def test_plan_tells_stages_and_order(run: Run) -> None:
    done = run("plan", SAMPLES / "go.yaml")
    assert "stage Deploy" in done.stdout
    assert "2. approve  waits for a person" in done.stdout


def test_plan_tells_where_a_step_runs_what_goes_in_and_out_and_whose_role_it_has(run: Run, tmp_path: Path) -> None:
    steps = [
        {"plugin": "jest", "name": "unit", "secrets": {"TOKEN": "acme/token"}, "outputDirectory": "out"},
        {"plugin": "shell", "commands": "true", "inputArtifact": "unit", "role": "arn:aws:iam::111122223333:role/r"},
    ]
    file = tmp_path / "pipeline.json"
    synth = {"source": {"repo": "a/b"}, "plugin": "cdk-synth"}
    stages = [{"stageName": "Test", "steps": steps}]
    file.write_text(json.dumps({"project": "web", "organization": "acme", "synth": synth, "stages": stages}))

    told = [line.strip() for line in run("plan", file).stdout.splitlines()]

    assert "image ${ImageRegistry}/system/jest:1.0.0" in told
    unit = next(
        line for line in told if line.startswith("reads Source; hands on Test/unit; secrets TOKEN; role TestUnit")
    )
    assert unit.endswith("Role")
    assert "reads Test/unit; role arn:aws:iam::111122223333:role/r" in told


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_plan_writes_every_decision_as_data(run: Run, first: Path, form: str) -> None:
    plan = yaml.safe_load(run("plan", first, "-f", form).stdout)
    assert plan["name"] == "main-pipeline"
    assert [stage["name"] for stage in plan["stages"]] == [
        "Source",
        "Synth",
        "SelfMutation",
        "Test",
        "Security",
        "Deploy",
    ]
    assert plan["stages"][0]["actions"][0]["kind"] == "SourceAction"


# --- lock


def test_a_locked_definition_synthesizes_without_the_plugins(run: Run, tmp_path: Path) -> None:
    folder = a_plugin(tmp_path / "own", "greet")
    synth = "{project: web, organization: acme, synth: {source: {repo: acme/web}, plugin: greet}, selfMutation: false}"
    definition = tmp_path / "pipeline.yaml"
    definition.write_text(synth, encoding="utf-8")
    assert run("lock", definition, "-p", folder).returncode == 0
    before = run("synth", definition, "--template", "-p", folder)
    locked = run("synth", definition, "--template", "--locked")
    assert locked.returncode == 0
    assert locked.stdout == before.stdout


def test_locked_refuses_images_without_a_digest(run: Run, first: Path, tmp_path: Path) -> None:
    assert run("lock", first, "-o", tmp_path / "pipeline.lock").returncode == 0
    done = run("synth", first, "--lock", "pipeline.lock", "--locked")
    assert done.returncode == 1
    assert "image-not-pinned" in done.stderr


def test_locked_without_a_lock_says_which_file_is_missing(run: Run, tmp_path: Path) -> None:
    done = run("check", a_definition(tmp_path), "--locked")
    assert done.returncode == 3
    assert "pipeline.lock" in done.stderr


def test_synth_warns_of_what_the_update_of_the_pipeline_would_do_otherwise(run: Run, tmp_path: Path) -> None:
    steps = "{stageName: Test, steps: [{plugin: greet}]}"
    folder = a_plugin(tmp_path / "own", "greet")
    file = a_definition(tmp_path, steps, name="other.yaml")
    for options in ([], ["--template"]):
        done = run("synth", file, "--plugins", folder, *options)
        assert done.returncode == 0
        assert (
            "other.yaml:1:43: warning updates-from-another-file: The pipeline updates itself from 'pip" in done.stderr
        )
        assert "warning updates-without-plugins: The pipeline updates itself without the folder that" in done.stderr
        assert "2 warnings\n" in done.stderr

    inputs = "plugin: cdk-synth, inputs: {definition: other.yaml, plugins: own}"
    file.write_text(file.read_text(encoding="utf-8").replace("plugin: cdk-synth", inputs), encoding="utf-8")
    assert "warning" not in run("synth", file, "--plugins", folder).stderr


def test_a_link_to_a_definition_has_the_name_of_the_link(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").symlink_to(a_definition(tmp_path, name="shared.yaml"))
    assert "warning" not in run("synth", "pipeline.yaml").stderr
    assert "updates-from-another-file" in run("synth", "shared.yaml").stderr


def test_check_tells_that_a_template_would_be_too_large(run: Run, tmp_path: Path) -> None:
    """Scripts alone stay below the limit here, and what is around them does not."""
    command = "echo " + "x" * 9_500
    steps = ", ".join(f"{{plugin: shell, name: s{number}, commands: {command}}}" for number in range(50))
    stages = [f"{{stageName: S{number}, steps: [{steps}]}}" for number in range(2)]
    file = a_definition(tmp_path, *stages)
    for name in ("check", "plan", "synth"):
        done = run(name, file)
        assert (name, done.returncode) == (name, 1)
        assert "limit-exceeded" in done.stderr
        assert "AWS allows at most 1048576 (template-size)" in done.stderr


# --- diff


def test_diff_says_that_nothing_changes(run: Run, first: Path) -> None:
    done = run("diff", first, first, "--exit-code")
    assert (done.returncode, done.stdout) == (0, "Nothing changes.\n")


def test_diff_tells_what_changes_in_words(run: Run, tmp_path: Path) -> None:
    old = a_definition(tmp_path, "{stageName: Test, steps: [{plugin: jest}]}", name="old.yaml")
    new = a_definition(
        tmp_path,
        "{stageName: Test, steps: [{plugin: jest, preCommands: [echo hello], computeType: LARGE}, {plugin: eslint}]}",
        "{stageName: Scan, steps: [{plugin: snyk-nodejs}]}",
        name="new.yaml",
    )
    done = run("diff", old, new, "--exit-code")
    assert done.returncode == 1
    assert "step: Step 'eslint' of stage 'Test' is added." in done.stdout
    assert "stage: Stage 'Scan' is added, with 'snyk-nodejs'." in done.stdout
    assert re.search(r"^    \+ +echo hello$", done.stdout, re.MULTILINE)
    assert "ComputeType" in done.stdout
    assert "may now secretsmanager:GetSecretValue on" in done.stdout


@pytest.mark.parametrize("resources", [[], {}, {"A": 1}, {"A": {"Type": "AWS::SNS::Topic", "Properties": []}}])
def test_diff_refuses_what_only_looks_like_a_template(run: Run, first: Path, tmp_path: Path, resources: object) -> None:
    (tmp_path / "old.json").write_text(json.dumps({"Resources": resources}), encoding="utf-8")
    done = run("diff", "old.json", first)
    assert done.returncode == 1
    assert "is no CloudFormation template" in done.stderr


def test_diff_compares_templates_too(run: Run, first: Path, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text(run("synth", first, "--template").stdout, encoding="utf-8")
    done = run("diff", "old.json", first, "-f", "json")
    assert json.loads(done.stdout) == []


# --- schema, explain, plugin


def test_schema_of_a_definition_is_one_that_editors_take(run: Run) -> None:
    schema = json.loads(run("schema").stdout)
    assert schema["$schema"].endswith("2020-12/schema")
    assert "stages" in schema["$defs"]["Definition"]["properties"]


def test_definitions_are_held_against_rules_of_ones_own_and_shipped_ones(run: Run, tmp_path: Path) -> None:
    slow = a_definition(tmp_path, "{stageName: Test, steps: [{plugin: jest@1.0.0}, {plugin: eslint, timeout: 500}]}")
    rules = {"name": "quick", "description": "Steps are quick.", "target": "step", "severity": "warning"}
    rules |= {"attribute": "timeout", "operator": "lte", "value": 60}
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"rules": [rules]}), encoding="utf-8")

    warned = run("check", slow, "--rules", "rules.yaml")
    blocked = run("check", slow, "--rules", "standard", "--rules", "rules.yaml")

    assert (warned.returncode, blocked.returncode) == (0, 1)
    assert re.search(r"pipeline.yaml:1:\d+: warning rule-warning: quick: Step 'eslint'", warned.stderr)
    assert "error rule-violated: enforce-pipeline-timeout: No step takes longer than two hours" in blocked.stderr
    assert "'jest'" not in blocked.stderr.replace("plugin 'jest'", ""), "what is kept is not told"


def test_rules_that_are_wrong_or_not_there_let_nothing_pass(run: Run, first: Path, tmp_path: Path) -> None:
    rule = "{name: a, description: B., target: pipeline, attribute: stagse, operator: exists}"
    (tmp_path / "rules.yaml").write_text(f"rules: [{rule}]", encoding="utf-8")

    done = run("check", first, "--rules", "rules.yaml")

    assert done.returncode == 1
    assert "rules.yaml:1:65: error unknown-attribute" in done.stderr
    assert "'stages'" in done.stderr
    assert run("check", first, "--rules", "soc3").returncode == run("check", "nothing.yaml").returncode


def test_packages_are_held_against_rules(run: Run, tmp_path: Path) -> None:
    a_plugin(tmp_path, "greet", "curl https://example.com/install | sh")

    done = run("plugin", "validate", tmp_path / "greet", "--rules", "cis")

    assert done.returncode == 0
    assert "warning rule-warning: cis-4.11-verify-packages" in done.stderr
    assert run("plugin", "validate", tmp_path / "greet").stderr == "1 package is fine.\n"


def test_the_schema_of_rules_takes_the_shipped_sets_and_no_attribute_that_does_not_exist(run: Run) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(run("schema", "rules").stdout))
    sets = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in shipped_rules().values()]

    assert [list(validator.iter_errors(one)) for one in sets] == [[]] * 4
    sets[0]["rules"][0] |= {"attribute": "nothing"}
    assert list(validator.iter_errors(sets[0]))


@pytest.mark.parametrize("document", ["plugin-spec", "plugin-config"])
def test_schemas_of_plugins(run: Run, document: str) -> None:
    assert json.loads(run("schema", document).stdout)["$defs"]


def test_explain_tells_why_and_what_to_do(run: Run) -> None:
    done = run("explain", "duplicate-step")
    assert done.returncode == 0
    assert "What to do:" in done.stdout


def test_explain_without_a_code_lists_them_all(run: Run) -> None:
    assert "duplicate-step  (error)" in run("explain").stdout


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_explain_writes_data_too(run: Run, form: str) -> None:
    one = yaml.safe_load(run("explain", "unknown-plugin", "-f", form).stdout)
    assert one["severity"] == "error"
    assert one in yaml.safe_load(run("explain", "-f", form).stdout)


def test_explain_helps_with_a_slip(run: Run) -> None:
    done = run("explain", "duplicate-stp")
    assert done.returncode == 3
    assert "Did you mean 'duplicate-step'?" in done.stderr


def test_plugins_are_listed_by_category(run: Run) -> None:
    done = run("plugin", "list", "--category", "testing", "-f", "json")
    assert {one["category"] for one in json.loads(done.stdout)} == {"testing"}
    assert "jest" in run("plugin", "list").stdout


def test_a_plugin_is_shown_with_its_inputs_and_an_example(run: Run) -> None:
    done = run("plugin", "show", "jest")
    assert "packageManager: string of auto | npm | yarn | pnpm" in done.stdout
    assert "- plugin: {name: jest, version: ^1.0.0}" in done.stdout
    assert json.loads(run("plugin", "show", "snyk-nodejs", "-f", "json").stdout)["secrets"][0]["name"] == "SNYK_TOKEN"


def test_an_unknown_plugin_is_said_so(run: Run) -> None:
    done = run("plugin", "show", "jset")
    assert done.returncode == 3
    assert "unknown-plugin" in done.stderr
    assert run("plugin", "show", "jest@99").returncode == 3
    assert run("plugin", "show", "jest@x y").returncode == 1


@pytest.mark.parametrize("folder", ["own", "own/greet"])
def test_a_folder_of_plugins_may_be_a_plugin_itself(run: Run, tmp_path: Path, folder: str) -> None:
    a_plugin(tmp_path / "own", "greet")
    assert run("plugin", "show", "greet", "--plugins", folder).stdout.startswith("greet 2.0.0")


def test_ones_own_plugin_is_validated(run: Run, tmp_path: Path) -> None:
    folder = a_plugin(tmp_path / "own", "greet")
    assert run("plugin", "validate", folder / "greet").returncode == 0
    (folder / "greet/plugin-spec.yaml").write_text("name: Greet\nversion: one\n", encoding="utf-8")
    done = run("plugin", "validate", folder / "greet")
    assert done.returncode == 1
    assert "plugin-spec.yaml:2:10" in done.stderr


# --- manners


@pytest.mark.parametrize("name", [b"a\xff.json", b"new\nline.json", b"escape\x1b[31m.json"])
@pytest.mark.parametrize("command", ["check", "plan", "synth"])
def test_files_may_be_called_anything(run: Run, first: Path, tmp_path: Path, name: bytes, command: str) -> None:
    file = tmp_path / os.fsdecode(name)
    file.write_bytes(first.read_bytes())
    done = run(command, file, env={"LC_ALL": "C"})
    assert done.returncode == 0
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("name", ["", "a b", "1"])
def test_a_name_that_no_stack_may_have_is_wrong_usage(run: Run, first: Path, tmp_path: Path, name: str) -> None:
    done = run("synth", first, "--stack-name", name)
    assert done.returncode == 2
    assert f"'{name}' cannot be a stack's name" in done.stderr
    assert not (tmp_path / "cdk.out").exists()


def test_help_loads_nothing_of_the_kernel() -> None:
    code = "import sys, contextlib, pipeline_builder.cli.main as m\nsys.argv = ['pipeline-manager', '--help']\n"
    code += "with contextlib.suppress(SystemExit): m.main()\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if name.startswith("pipeline_builder.")}
    assert {name for name in loaded if not name.startswith("pipeline_builder.cli")} <= {
        "pipeline_builder.core",
        "pipeline_builder.core.errors",
    }


def test_wrong_usage_is_two(run: Run) -> None:
    assert run("frobnicate").returncode == 2
    assert run("synth").returncode == 2
    assert run("check").returncode == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_get_a_completion_script(run: Run, shell: str) -> None:
    assert "_PIPELINE_MANAGER_COMPLETE" in run("completion", shell).stdout


def test_the_version_is_said(run: Run) -> None:
    assert run("--version").stdout == f"{__version__}\n"


def test_nothing_is_coloured_where_nobody_watches(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    assert "\x1b" not in run("check", "broken.yaml").stderr


def test_the_demo_synthesizes_every_sample(run: Run, tmp_path: Path) -> None:
    done = run("demo", "-o", "out")
    assert done.returncode == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {path.stem for path in SAMPLES.iterdir()}
    assert "main-pipeline" in done.stdout
