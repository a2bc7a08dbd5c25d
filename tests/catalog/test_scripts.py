"""What shipped plugins do: scripts that every POSIX shell takes, that read what is declared, and that really gate."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_builder.catalog.loader import shipped_catalog
from pipeline_builder.core.definition.model import FailureBehavior
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.planning.script import ShellStep, step_script
from pipeline_builder.core.plugins.inputs import variable_of
from pipeline_builder.core.plugins.model import Plugin, PluginType

PLUGINS = {plugin.spec.name: plugin for plugin in shipped_catalog().everything(Report())}
STEPS = {name: one for name, one in PLUGINS.items() if one.spec.plugin_type is not PluginType.MANUAL_APPROVAL}

SHELLS = [
    pytest.param(command, id=command[0])
    for command in (["sh"], ["dash"], ["bash", "--posix"], ["busybox", "sh"])
    if shutil.which(command[0])
]

SHELLCHECK = str(Path(sys.executable).with_name("shellcheck"))

_SET_BY_OTHERS = re.compile(r"(AWS|CODEBUILD|PIPELINE)_[A-Z_]+|PWD|HOME|PATH|TMPDIR|WORKDIR")
_READ = re.compile(r"\$\{?([A-Z][A-Z0-9_]+)")
_SET = re.compile(r"(?:^|[\s;(])(?:export )?([A-Z][A-Z0-9_]+)=", re.MULTILINE)


def commands_of(plugin: Plugin) -> list[str]:
    return [*plugin.spec.install_commands, *plugin.spec.commands]


def script_of(plugin: Plugin) -> str:
    """All commands as one script: one shell reads them in this order."""
    return "#!/bin/sh\n" + "\n".join(commands_of(plugin)) + "\n"


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", STEPS)
def test_every_shell_reads_the_commands(name: str, shell: list[str]) -> None:
    for command in commands_of(STEPS[name]):
        parsed = subprocess.run([*shell, "-n"], input=command, text=True, capture_output=True, check=False)
        assert parsed.returncode == 0, parsed.stderr


@pytest.mark.parametrize("policy", list(FailureBehavior))
@pytest.mark.parametrize("name", STEPS)
def test_the_step_is_a_script_under_every_policy(name: str, policy: FailureBehavior) -> None:
    spec = STEPS[name].spec
    step = ShellStep(name=name, failure_behavior=policy, install=spec.install_commands, build=spec.commands)
    parsed = subprocess.run(["sh", "-n"], input=step_script(step), text=True, capture_output=True, check=False)
    assert parsed.returncode == 0, parsed.stderr


@pytest.mark.parametrize("name", STEPS)
def test_shellcheck_finds_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.sh"
    path.write_text(script_of(STEPS[name]), encoding="utf-8")
    # SC1091 would have it follow files that exist only in the step's workspace.
    checked = subprocess.run(
        [SHELLCHECK, "--shell=sh", "--exclude=SC1091", str(path)], text=True, capture_output=True, check=False
    )
    assert checked.stdout == ""
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("name", STEPS)
def test_shellcheck_finds_nothing_in_the_whole_step(name: str, tmp_path: Path) -> None:
    spec = STEPS[name].spec
    policy = FailureBehavior.FAIL
    step = ShellStep(name=name, failure_behavior=policy, install=spec.install_commands, build=spec.commands)
    path = tmp_path / f"{name}.sh"
    path.write_text("#!/bin/sh\n" + step_script(step), encoding="utf-8")
    checked = subprocess.run(
        [SHELLCHECK, "--shell=sh", "--exclude=SC1090,SC1091", str(path)], text=True, capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", STEPS)
def test_every_input_is_read(name: str) -> None:
    """By the script, or by the tool itself, and then the description says so."""
    spec = STEPS[name].spec
    read = set(_READ.findall(script_of(STEPS[name])))
    unread = {
        key
        for key, declared in spec.inputs.items()
        if variable_of(key, declared) not in read and "itself" not in declared.description
    }
    assert unread == set()


@pytest.mark.parametrize("name", STEPS)
def test_every_variable_that_is_read_is_declared(name: str) -> None:
    spec = STEPS[name].spec
    script = script_of(STEPS[name])
    declared = {variable_of(key, one) for key, one in spec.inputs.items()} | set(spec.env)
    declared |= {secret.name for secret in spec.secrets} | set(_SET.findall(script))
    undeclared = {one for one in _READ.findall(script) if one not in declared and not _SET_BY_OTHERS.fullmatch(one)}
    assert undeclared == set()


@pytest.mark.parametrize("name", STEPS)
def test_no_secret_stands_on_a_command_line(name: str) -> None:
    """Whoever may list processes reads command lines; a shell's own `printf` and `[` start no process."""
    script = script_of(STEPS[name])
    for secret in PLUGINS[name].spec.secrets:
        for line in script.splitlines():
            if re.search(rf"\$\{{?{secret.name}", line):
                assert re.match(r"\s*(printf|if \[|elif \[|text=)", line), line


@pytest.mark.parametrize("name", PLUGINS)
def test_a_stranger_is_told_what_the_plugin_does_and_what_makes_it_fail(name: str) -> None:
    description = PLUGINS[name].spec.description or ""
    assert len(description) > 60
    assert description.endswith(".")


@pytest.mark.parametrize("name", PLUGINS)
def test_nothing_is_piped_from_the_network_into_a_shell(name: str) -> None:
    folder = next(Path(place) for place in shipped_catalog().places if Path(place).name == name)
    text = script_of(PLUGINS[name]) + "".join(path.read_text(encoding="utf-8") for path in folder.glob("Dockerfile"))
    assert not re.search(r"(curl|wget)[^\n|]*\|\s*(ba)?sh\b", text)


# --- run with tools that only say what they were asked -----------------------------------------------------------

_FAKE = """\
#!/bin/sh
echo "$0 $*" >> "$CALLS"
case " $FAILING " in *" ${0##*/} "*) exit 7 ;; esac
"""


def run_with_fakes(plugin: Plugin, folder: Path, *, failing: str = "", **env: str) -> tuple[int, str, str]:
    """Run the step in an empty project; every tool it names does nothing, but those that fail."""
    tools = folder / "tools"
    tools.mkdir()
    for tool in sorted(TOOLS[plugin.spec.name]):
        (tools / tool).write_text(_FAKE, encoding="utf-8")
        (tools / tool).chmod(0o755)
    work = folder / "work"
    work.mkdir()
    for name, content in FILES.get(plugin.spec.name, {}).items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(content, encoding="utf-8")
    calls = folder / "calls"
    calls.touch()
    inputs = {variable_of(key, one): one.default or "given" for key, one in plugin.spec.inputs.items()}
    inputs = {key: "" if "{{" in value else value for key, value in inputs.items()}
    secrets = {secret.name: "secret-value" for secret in plugin.spec.secrets if secret.required}
    step = ShellStep(
        name=plugin.spec.name,
        failure_behavior=FailureBehavior.FAIL,
        install=plugin.spec.install_commands,
        build=plugin.spec.commands,
    )
    done = subprocess.run(
        ["sh", "-c", step_script(step)],
        cwd=work,
        env={
            "PATH": f"{tools}:/usr/bin:/bin",
            "TMPDIR": str(folder),
            "CALLS": str(calls),
            "FAILING": failing,
            "AWS_REGION": "eu-west-1",
            "PIPELINE_NAME": "web",
            "PIPELINE_STAGE": "Test",
            "HOME": str(folder),
            **plugin.spec.env,
            **inputs,
            **secrets,
            **env,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, calls.read_text(encoding="utf-8")


TOOLS = {
    "cargo-test": {"cargo"},
    "cdk-deploy": {"cdk", "npm"},
    "cdk-synth": {"pipeline-manager"},
    "cloudformation": {"aws", "cfn-lint"},
    "dotnet": {"dotnet"},
    "eslint": {"npm", "eslint"},
    "git-secrets": {"gitleaks"},
    "go": {"go"},
    "go-compile": {"go"},
    "golangci-lint": {"go", "golangci-lint"},
    "gosec": {"go", "gosec"},
    "govulncheck": {"go", "govulncheck"},
    "java": {"java", "mvn"},
    "java-corretto": {"java", "mvn"},
    "jest": {"npm", "jest"},
    "mypy": {"mypy", "python"},
    "prettier": {"prettier"},
    "bandit": {"bandit"},
    "brakeman": {"brakeman"},
    "ruff": {"ruff"},
    "ruby": {"bundle"},
    "rust": {"cargo"},
    "semgrep": {"semgrep"},
    "slack-notify": {"curl"},
    "snyk-nodejs": {"npm", "snyk"},
    "terraform": {"terraform"},
    "trivy": {"trivy"},
    "trivy-nodejs": {"trivy"},
}
"""The tools that a step starts, and that are not in every image."""

FILES = {
    "java": {"pom.xml": "<project/>"},
    "java-corretto": {"pom.xml": "<project/>"},
    "ruby": {"spec/a_spec.rb": ""},
    "trivy-nodejs": {"package-lock.json": "{}"},
}
"""What a project must have so that the step has something to do."""

DECIDING = {name: tools - {"npm", "go", "java"} or tools for name, tools in TOOLS.items()}


@pytest.mark.parametrize("name", TOOLS)
def test_with_default_inputs_the_step_succeeds_when_its_tools_do(name: str, tmp_path: Path) -> None:
    code, log, calls = run_with_fakes(PLUGINS[name], tmp_path)
    assert code == 0, log
    assert calls


@pytest.mark.parametrize(("name", "tool"), [(name, tool) for name, tools in DECIDING.items() for tool in sorted(tools)])
def test_the_step_fails_when_its_tool_does(name: str, tool: str, tmp_path: Path) -> None:
    inputs = {"CFN_ACTION": "deploy", "CFN_STACK_NAME": "web"} if name == "cloudformation" else {}
    code, log, _ = run_with_fakes(PLUGINS[name], tmp_path, failing=tool, **inputs)
    assert code != 0, log


def test_every_step_is_tried_with_fakes_or_with_the_real_form_of_its_reports() -> None:
    converting = {"bundler-audit", "cargo-audit", "dotnet-security-scan", "npm-audit"}
    needing_more = {"docker-build", "go-test", "nodejs", "nodejs-bundle", "python", "python-pytest", "shell"}
    assert set(STEPS) - set(TOOLS) == converting | needing_more
