"""The commands that start the platform and speak to it, as a person types them, from `up` to Ctrl-C."""

import json
import re
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyotp
import pytest

import pipeline_builder
from pipeline_builder.client.connection import Connection
from pipeline_builder.client.operations import Client
from tests.platform.processes import PROGRAM, Done, Started, environment, up

SAMPLE = Path(pipeline_builder.__file__).parent / "catalog/samples/first.json"


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with TemporaryDirectory(prefix="pb-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def platform_url(data: Path) -> Iterator[Started]:
    with up(data) as started:
        yield started


Run = Callable[..., Done]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def run(platform_url: Started, home: Path) -> Run:
    """The program, signed in as the one who runs the platform, in the sample organization."""

    def command(*arguments: str | Path, stdin: str | None = None, **environ: str) -> Done:
        return subprocess.run(
            [*PROGRAM, *map(str, arguments)],
            env=environment(home, **environ), cwd=home, input=stdin, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip

    assert platform_url.password is not None
    done = command("login", platform_url.url, "--email", "admin@localhost", stdin=platform_url.password + "\n")
    assert done.returncode == 0, done.stderr
    assert command("org", "use", "sample").returncode == 0
    return command


def data_of(done: Done) -> object:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def definition(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A definition that the sample organization does not have yet."""
    content = json.loads(SAMPLE.read_text())
    content.pop("orgId", None)
    content["pipelineName"] = content["project"] = re.sub(r"\W+", "-", request.node.name)[:40]
    path = tmp_path / "pipeline.json"
    path.write_text(json.dumps(content))
    return path


# --- starting and stopping ---


def test_a_person_can_sign_in_by_what_the_first_start_says(run: Run):
    names = [one["name"] for one in data_of(run("org", "list", "--format", "json"))]

    assert "Sample" in names
    assert data_of(run("pipeline", "list", "--format", "json"))


def test_the_credentials_are_nobody_elses(run: Run, home: Path):
    assert run("org", "list").returncode == 0
    kept = home / ".config/pipeline-builder/credentials.json"

    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_ctrl_c_stops_all_of_it_and_the_next_start_goes_on_with_the_data():
    with TemporaryDirectory(prefix="pb-") as folder:
        Path(folder).chmod(0o755)
        with up(Path(folder)) as first:
            assert first.password
            assert first.interrupt() in {0, 130}
        with up(Path(folder)) as second:
            assert second.password is None, "nobody gets another password"
            login = [*PROGRAM, "login", second.url, "--email", "admin@localhost"]
            done = subprocess.run(
                login, env=environment(Path(folder) / "home"), input=first.password, capture_output=True, text=True,
                check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            assert second.interrupt() in {0, 130}
        assert not list(Path(folder).rglob("postmaster.pid"))


def test_a_port_that_is_taken_is_told(platform_url: Started, tmp_path: Path):
    port = platform_url.url.rpartition(":")[2]
    environ = environment(tmp_path, DATA_DIR=str(tmp_path / "data"))
    tmp_path.chmod(0o755)

    done = subprocess.run(
        [*PROGRAM, "up", "--port", port], env=environ, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode not in {0, 2}
    assert port in done.stderr
    assert "Traceback" not in done.stderr


# --- pipelines ---


def test_a_pipeline_goes_from_a_file_to_a_template(run: Run, definition: Path):
    made = data_of(run("pipeline", "create", definition, "--message", "First", "--format", "json"))

    template = run("pipeline", "show", made["name"], "--as", "template")
    assert "AWS::CodePipeline::Pipeline" in template.stdout
    assert json.loads(run("pipeline", "show", made["name"]).stdout) == json.loads(definition.read_text())

    definition.write_text(definition.read_text().replace("{", '{"description": "Changed",', 1))
    changed = data_of(run("pipeline", "update", made["name"], definition, "-m", "Second", "--format", "json"))
    assert changed["revision"] == 2
    history = data_of(run("pipeline", "history", made["name"], "--format", "json"))
    assert [one["message"] for one in history] == ["Second", "First"]

    assert run("pipeline", "delete", made["name"]).returncode == 0
    assert run("pipeline", "show", made["name"]).returncode == 3
    assert run("pipeline", "restore", made["id"]).returncode == 0
    assert run("pipeline", "show", made["name"], "--as", "lock").returncode == 0


def test_everything_that_is_wrong_with_a_definition_is_told_line_by_line(run: Run, definition: Path):
    definition.write_text('{\n  "project": "x",\n  "synth": {},\n  "nothing": 1\n}\n')

    done = run("pipeline", "create", definition)

    assert done.returncode == 1
    assert done.stdout == ""
    assert re.search(r"^4:\d+: error: .*nothing.* \[unknown-key\]$", done.stderr, re.MULTILINE), done.stderr


def test_two_pipelines_of_one_name_are_refused(run: Run, definition: Path):
    assert run("pipeline", "create", definition).returncode == 0
    assert run("pipeline", "create", definition).returncode == 4


# --- tokens, and the ends of things ---


def test_a_program_does_what_its_token_may(run: Run, platform_url: Started):
    done = run("token", "create", "ci", "--permission", "pipelines:read")
    token = done.stdout.strip()
    assert token.startswith("pbp_")
    assert token not in done.stderr
    environ = {"PIPELINE_BUILDER_URL": platform_url.url, "PIPELINE_BUILDER_TOKEN": token}

    assert run("pipeline", "list", **environ).returncode == 0
    refused = run("audit", **environ)
    assert refused.returncode == 5
    assert "audit:read" in refused.stderr

    (listed,) = [one for one in data_of(run("token", "list", "--format", "json")) if one["name"] == "ci"]
    assert run("token", "revoke", listed["id"]).returncode == 0
    assert run("pipeline", "list", **environ).returncode == 5


@pytest.mark.loopback
def test_a_second_factor_is_asked_for_after_the_password(run: Run, platform_url: Started, tmp_path: Path):
    """Through the client as a library, as a program of somebody else would use it."""
    connection = Connection(platform_url.url)
    client = Client(connection)
    email, password = "second@example.com", "correct horse battery staple"
    person = client.register({"email": email, "name": "Second", "password": password, "organization": "Second"})
    connection.renew(person["accessToken"])
    secret = pyotp.TOTP(client.begin_second_factor()["secret"])
    codes = client.confirm_second_factor({"code": secret.now()})["recoveryCodes"]
    connection.close()
    home = {"HOME": str(tmp_path)}

    without = run("login", platform_url.url, "--email", email, stdin=f"{password}\n", **home)
    with_it = run("login", platform_url.url, "--email", email, stdin=f"{password}\n{codes[0]}\n", **home)

    assert (without.returncode, with_it.returncode) == (1, 0), without.stderr
    assert run("org", "list", **home).returncode == 0
    assert password not in with_it.stderr + with_it.stdout


def test_who_is_not_signed_in_is_told_how(run: Run, tmp_path: Path):
    done = run("quota", HOME=str(tmp_path))

    assert done.returncode == 5
    assert "pipeline-manager login URL" in done.stderr


def test_a_platform_that_does_not_answer_is_named(run: Run):
    done = run("quota", PIPELINE_BUILDER_URL="http://127.0.0.1:1", PIPELINE_BUILDER_TOKEN="pbp_x")

    assert done.returncode == 7
    assert "http://127.0.0.1:1" in done.stderr


def test_a_rule_is_created_from_a_document_and_counts(run: Run, definition: Path, tmp_path: Path):
    rule = tmp_path / "rule.yaml"
    rule.write_text(
        "name: short-names\ndescription: Projects have short names.\ntarget: pipeline\nseverity: error\n"
        "attribute: length(project)\noperator: lt\nvalue: 5\n"
    )
    made = data_of(run("rule", "create", rule, "--format", "json"))

    refused = run("pipeline", "create", definition)

    assert refused.returncode == 5
    assert "[short-names]" in refused.stderr
    assert any(one["name"] == "short-names" for one in data_of(run("rule", "list", "--format", "json"))), made


def test_a_plugin_is_published_from_its_folder(run: Run, tmp_path: Path):
    folder = tmp_path / "greet"
    folder.mkdir()
    (folder / "plugin-spec.yaml").write_text(
        "name: greet\nversion: 1.0.0\ndescription: Says hello.\ncommands: [echo hello]\n"
    )
    (folder / "config.yaml").write_text("buildType: metadata_only\n")

    made = data_of(run("plugin", "publish", folder, "--format", "json"))
    (folder / "plugin-spec.yaml").write_text("name: greet\nversion: 1.0.0\ndescription: Another.\ncommands: [x]\n")

    assert made["name"] == "greet"
    assert run("plugin", "publish", folder).returncode == 4


def test_limits_members_and_the_trail_are_shown(run: Run):
    assert "pipelines" in run("quota").stdout
    assert "admin@localhost" in run("org", "members").stdout
    assert run("org", "invite", "somebody@example.com", "--role", "viewer").returncode == 0
    assert "invitations.sent" in run("audit").stdout
