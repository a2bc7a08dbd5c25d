"""`lookup: deploy` from end to end: the function as it stands in the template, with servers in the place of the others.

The platform and CloudFormation are real HTTP servers on this machine; S3 and Secrets Manager are a few lines behind the
interface of boto3 that the function uses.
"""

import hashlib
import io
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import yaml
from botocore.exceptions import ClientError, EndpointConnectionError
from cfnlint.api import ManualArgs, lint

import pipeline_builder
from pipeline_builder.catalog.loader import shipped_catalog
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.synth import lookup, render
from tests.synth.service_models import faults

DIGEST = "sha256:" + "0123456789abcdef" * 4
BUCKET = "arn:aws-cn:s3:::acme-artifacts"
TOKEN = "the-token-of-the-platform"


def a_definition(*steps, **changes):
    """A pipeline that takes its plugins at deployment."""
    return {
        "project": "web",
        "organization": "acme",
        "orgId": "acme",
        "lookup": "deploy",
        "vars": {"team": "blue"},
        "synth": {"source": {"type": "connection", "options": {"repo": "acme/web"}}, "plugin": "cdk-synth"},
        "stages": [{"stageName": "Test", "steps": list(steps)}],
        **changes,
    }


def a_plugin(name="scan", **changes):
    """What the platform tells of a plugin."""
    return {
        "name": name,
        "version": "2.1.0",
        "owner": "system",
        "digest": DIGEST,
        "computeType": "MEDIUM",
        "commands": ["echo scanned"],
        **changes,
    }


def resources(*steps, **changes):
    """The resources of the template, by id."""
    made = render(pipeline_builder.plan(pipeline_builder.load(a_definition(*steps, **changes))))
    return json.loads(made.as_json())["Resources"]


def the_lookup(template):
    """Id and properties of the only step's custom resource."""
    (found,) = [(name, one["Properties"]) for name, one in template.items() if one["Type"] == "Custom::PluginLookup"]
    return found


# --- the others ------------------------------------------------------------------------------------------------------


class Server(ThreadingHTTPServer):
    """Answers by what stands in `answers`, the last of them for ever; remembers what it was sent."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = [(200, b"")]
        self.requests = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_):
        """A client that hangs up is what some tests are about."""

    def tells(self, plugin, status=200):
        self.answers = [(status, json.dumps({"plugin": plugin}).encode())]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server = self.server
        server.requests.append(SimpleNamespace(path=self.path, headers=self.headers, body=body, method=self.command))
        status, answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        if callable(answer):
            answer = answer()
        if status is None:
            self.connection.close()
            return
        self.send_response(status)
        if status in {302, 307}:
            self.send_header("Location", f"{server.url}/elsewhere")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_PUT = do_POST  # noqa: N815 -- the name that http.server looks for

    def log_message(self, *_):
        pass


class Aws(ModuleType):
    """What the function calls of boto3."""

    def __init__(self):
        super().__init__("boto3")
        self.objects = {}
        self.secret = TOKEN
        self.fault = None

    def client(self, service, config):
        assert config.connect_timeout < 10
        return {"s3": self, "secretsmanager": self}[service]

    def get_secret_value(self, SecretId):  # noqa: N803 -- the name that boto3 has
        assert SecretId == "arn:of:the:token"
        if self.fault:
            raise self.fault
        return {"SecretString": self.secret}

    def put_object(self, Bucket, Key, Body, ContentType):  # noqa: N803 -- the same
        assert (Bucket, ContentType) == ("acme-artifacts", "application/json")
        self.objects[Key] = Body

    def get_object(self, Bucket, Key):  # noqa: N803 -- the same
        assert Bucket == "acme-artifacts"
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}


@pytest.fixture
def platform():
    with Server() as server:
        yield server
        server.shutdown()


@pytest.fixture
def cloudformation():
    with Server() as server:
        yield server
        server.shutdown()


@pytest.fixture
def aws(monkeypatch):
    made = Aws()
    monkeypatch.setitem(sys.modules, "boto3", made)
    return made


@pytest.fixture(params=["as in the template", "as a module"])
def function(request, aws, platform, monkeypatch):
    """The function's module, its environment around it."""
    monkeypatch.setenv("PLATFORM_URL", f"{platform.url}/")
    monkeypatch.setenv("PLATFORM_TOKEN_SECRET_ARN", "arn:of:the:token")
    monkeypatch.setenv("ARTIFACT_BUCKET_ARN", BUCKET)
    monkeypatch.setenv("IMAGE_REGISTRY", "registry.example.com")
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    if request.param == "as a module":
        sys.modules.pop("pipeline_builder.synth.lookup_handler", None)
        from pipeline_builder.synth import lookup_handler as module  # noqa: PLC0415 -- when boto3 is there

        module.boto3 = aws
    else:
        module = ModuleType("index")
        monkeypatch.setitem(sys.modules, "index", module)
        code = resources({"plugin": "scan"})["PluginLookup"]["Properties"]["Code"]["ZipFile"]
        exec(compile(code, "index.py", "exec"), vars(module))  # noqa: S102 -- that is what Lambda does
    module.waits = waits
    return module


@pytest.fixture
def deploy(function, cloudformation):
    """Let CloudFormation ask for a step; gives what it is answered."""

    def ask(step=None, *, kind="Create", template=None, **properties):
        name, found = the_lookup(template or resources(step or {"plugin": "scan"}))
        completed = {key: value for key, value in found.items() if isinstance(value, str)}
        event = {
            "RequestType": kind,
            "ResponseURL": f"{cloudformation.url}/signed?for=this",
            "StackId": "arn:aws:cloudformation:eu-west-1:012345678901:stack/web/1",
            "RequestId": "one",
            "ResourceType": "Custom::PluginLookup",
            "LogicalResourceId": name,
            "ResourceProperties": {**completed, "RegistryCredential": "false", **properties},
        }
        function.handler(event, None)
        (sent,) = [cloudformation.requests.pop()]
        assert (sent.method, sent.path, sent.headers["Content-Type"]) == ("PUT", "/signed?for=this", "")
        assert len(sent.body) < 4096
        assert TOKEN.encode() not in sent.body
        answer = json.loads(sent.body)
        assert {key: answer[key] for key in ("StackId", "RequestId", "LogicalResourceId")} == {
            key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")
        }
        return answer

    return ask


def specification(answer, aws):
    """The build specification that the project would read."""
    where = answer["Data"]["BuildSpec"]
    assert where.startswith(f"{BUCKET}/")
    return yaml.safe_load(aws.objects[where.removeprefix(f"{BUCKET}/")])


pytestmark = pytest.mark.loopback


# --- what it binds ---------------------------------------------------------------------------------------------------


def test_the_platform_is_asked_with_the_token_for_name_range_and_with_what_expressions_may_name(deploy, platform):
    platform.tells(a_plugin())

    deploy({"plugin": "scan@^2", "env": {"LEVEL": "high"}, "inputs": {"failOn": "low"}, "metadata": {"REGION": "eu"}})

    (asked,) = platform.requests
    sent = json.loads(asked.body)
    assert asked.path == "/api/plugins/lookup"
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
    assert sent["filter"] == {"name": "scan", "version": "^2"}
    assert sent["context"]["vars"] == {"team": "blue"}
    assert sent["context"]["metadata"] == {"REGION": "eu"}
    assert sent["context"]["pipeline"]["organization"] == "acme"
    assert sent["context"]["inputs"] == {"failOn": "low"}
    assert sent["context"]["env"]["LEVEL"] == "high"


@pytest.mark.parametrize("wrapped", [False, True])
def test_image_compute_and_commands_are_the_platforms(deploy, platform, aws, wrapped):
    told = {"plugin": a_plugin(env={"MODE": "fast"}, installCommands=["echo installed"], privileged=True)}
    platform.answers = [(200, json.dumps({"success": True, "data": told} if wrapped else told).encode())]

    answer = deploy()

    assert answer["Status"] == "SUCCESS"
    assert answer["Data"] == {
        "Image": f"registry.example.com/system/scan@{DIGEST}",
        "ImagePullCredentialsType": "SERVICE_ROLE",
        "ComputeType": "BUILD_GENERAL1_MEDIUM",
        "PrivilegedMode": "true",
        "BuildSpec": answer["Data"]["BuildSpec"],
        "Version": "2.1.0",
    }
    made = specification(answer, aws)
    assert made["version"] == 0.2
    assert made["env"] == {"shell": "/bin/sh", "variables": {"MODE": "fast"}}
    assert "echo installed" in made["phases"]["build"]["commands"][0]


def test_commands_longer_than_an_answer_may_be_arrive_whole(deploy, platform, aws):
    long = [f"echo {number} {'x' * 900}" for number in range(200)]
    platform.tells(a_plugin(commands=long))

    made = specification(deploy(), aws)

    assert all(command in made["phases"]["build"]["commands"][0] for command in long)


def test_the_build_specification_is_named_by_its_content_in_the_steps_own_folder(deploy, platform, aws):
    platform.tells(a_plugin())
    name, _ = the_lookup(resources({"plugin": "scan"}))

    key = deploy()["Data"]["BuildSpec"].removeprefix(f"{BUCKET}/")

    folder, _, file = key.rpartition("/")
    assert folder == f"plugin-build-specifications/{name}"
    assert file == hashlib.sha256(aws.objects[key]).hexdigest() + ".json"


def test_inputs_reach_the_variables_that_the_platform_names(deploy, platform, aws):
    declared = {"failOn": {"env": "THRESHOLD"}, "outFormat": {"default": "text"}, "quiet": {}}
    platform.tells(a_plugin(inputs=declared, env={"THRESHOLD": "none"}))

    made = specification(deploy({"plugin": "scan", "inputs": {"failOn": "high"}}), aws)

    assert made["env"]["variables"] == {"THRESHOLD": "high", "OUT_FORMAT": "text", "QUIET": ""}


@pytest.mark.parametrize(
    ("told", "image", "credentials"),
    [
        ({}, "aws/codebuild/standard:7.0", "CODEBUILD"),
        ({"image": "public.ecr.aws/docker/library/node:22"}, "public.ecr.aws/docker/library/node:22", "SERVICE_ROLE"),
    ],
)
def test_a_plugin_without_an_image_of_its_own_runs_in_a_public_one(deploy, platform, told, image, credentials):
    platform.tells(a_plugin(buildType="metadata_only", digest=None, **told))

    data = deploy()["Data"]

    assert (data["Image"], data["ImagePullCredentialsType"]) == (image, credentials)


# --- again, and not at all -------------------------------------------------------------------------------------------


def test_the_same_question_gets_the_same_answer_though_the_platform_is_away(deploy, platform):
    platform.tells(a_plugin())
    first = deploy()
    platform.answers = [(503, b"")]

    again = deploy(kind="Update")

    assert again == first
    assert len(platform.requests) == 1


@pytest.mark.parametrize("change", [{"PluginsAsOf": "2026-02-01"}, {"Function": "another"}])
def test_a_new_date_or_function_asks_again(deploy, platform, change):
    platform.tells(a_plugin())
    first = deploy()
    platform.tells(a_plugin(version="2.2.0"))

    again = deploy(kind="Update", **change)

    assert again["Data"]["Version"] == "2.2.0"
    assert again["PhysicalResourceId"] == first["PhysicalResourceId"]


def test_a_step_that_comes_back_is_asked_for_anew(deploy, platform):
    platform.tells(a_plugin())
    deploy()
    platform.tells(a_plugin(version="2.2.0"))

    assert deploy()["Data"]["Version"] == "2.2.0"


def test_a_step_that_goes_takes_nothing_with_it(deploy, platform, aws):
    platform.tells(a_plugin())
    deploy()
    kept = dict(aws.objects)

    answer = deploy(kind="Delete")

    assert answer["Status"] == "SUCCESS"
    assert aws.objects == kept
    assert len(platform.requests) == 1


def test_what_passes_is_tried_again_a_little_later(deploy, platform, function):
    told = json.dumps({"plugin": a_plugin()}).encode()
    platform.answers = [(500, b"oh"), (429, b""), (200, told)]

    assert deploy()["Status"] == "SUCCESS"
    assert function.waits == [1, 2]


# --- failures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "reason", "asked"),
    [
        ([(404, b"")], "Asked for plugin 'scan', the platform answers 404 (Not Found).", 1),
        ([(401, b"")], "Asked for plugin 'scan', the platform answers 401 (Unauthorized).", 1),
        ([(302, b"")], "Asked for plugin 'scan', the platform answers 302 (Found).", 1),
        ([(307, b"")], "Asked for plugin 'scan', the platform answers 307 (Temporary Redirect).", 1),
        ([(500, b"")], "Asked for plugin 'scan', the platform answers 500 (Internal Server Error).", 3),
        ([(None, b"")], "Asked for plugin 'scan', the platform breaks the connection (RemoteDisconnected).", 3),
        ([(200, b"<html>")], "The platform's answer holds no plugin.", 1),
        ([(200, b"[1]")], "The platform's answer holds no plugin.", 1),
        ([(200, b'{"data": {"plugin": null}}')], "The platform's answer holds no plugin.", 1),
        ([(200, b"[" * 100_000)], "The platform's answer holds no plugin.", 1),
        ([(200, b" " * 2_097_153)], "Asked for plugin 'scan', the platform answers with more than 2097152 bytes.", 1),
    ],
)
def test_what_the_platform_does_wrong_is_told(deploy, platform, answers, reason, asked):
    platform.answers = answers

    answer = deploy()

    assert (answer["Status"], answer["Reason"]) == ("FAILED", reason)
    assert len(platform.requests) == asked


def test_a_platform_that_does_not_answer_is_waited_for_only_so_long(deploy, platform, function, monkeypatch):
    answered = threading.Event()
    platform.answers = [(None, lambda: answered.wait(10))]
    monkeypatch.setattr(function, "_SECONDS_PER_TRY", 0.3)

    reason = deploy()["Reason"]
    answered.set()

    assert reason == "Asked for plugin 'scan', the platform does not answer within 0.3 seconds."


def test_a_platform_that_cannot_be_reached_is_told(deploy, monkeypatch):
    monkeypatch.setenv("PLATFORM_URL", "http://127.0.0.1:1")

    assert deploy()["Reason"].startswith("Asked for plugin 'scan', the platform cannot be reached (")


WRONG = {
    "The platform answers with another plugin than 'scan'.": a_plugin("scanner"),
    "The platform's plugin 'scan' has no semantic version.": a_plugin(version="latest"),
    "Plugin 'scan' is an approval, which must be known while synthesizing.": a_plugin(pluginType="ManualApprovalStep"),
    "The platform's plugin 'scan' 2.1.0 has a `commands` that is not a list of texts.": a_plugin(commands=[1]),
    "The platform's plugin 'scan' 2.1.0 has a `installCommands` that is not a list of texts.": a_plugin(
        installCommands="x"
    ),
    "The platform's plugin 'scan' 2.1.0 has a `env` that is not a map of texts.": a_plugin(env={"A": 1}),
    "The platform's plugin 'scan' 2.1.0 has a `inputs` that is not a map of inputs.": a_plugin(inputs={"a": "b"}),
    "The platform's plugin 'scan' 2.1.0 has a `secrets` that is not a list of secrets.": a_plugin(secrets=["A"]),
    "The platform's plugin 'scan' 2.1.0 has a `privileged` that is not true or false.": a_plugin(privileged="no"),
    "The platform's plugin 'scan' 2.1.0 sets a variable whose name CodeBuild does not take.": a_plugin(
        env={"CODEBUILD_X": ""}
    ),
    "The platform's plugin 'scan' 2.1.0 sets WORKDIR, by which files are found: give WORKDIR in the step's `env`.": (
        a_plugin(env={"WORKDIR": "app"})
    ),
    "The platform's plugin 'scan' 2.1.0 still has a template expression.": a_plugin(commands=["echo {{ vars.team }}"]),
    "The platform's plugin 'scan' 2.1.0 has a dynamic reference of CloudFormation.": a_plugin(
        env={"A": "{{resolve:ssm:x}}"}
    ),
    "The platform's plugin 'scan' 2.1.0 has no commands.": a_plugin(commands=[]),
    "The platform's plugin 'scan' 2.1.0 needs the secret TOKEN: name it under the step's `secrets`.": a_plugin(
        secrets=[{"name": "TOKEN"}, {"name": "OTHER", "required": False}]
    ),
    "Plugin 'scan' 2.1.0 needs the input 'level'.": a_plugin(inputs={"level": {"required": True}}),
    "The platform's plugin 'scan' 2.1.0 has no digest of its image.": a_plugin(digest="latest"),
    "The platform's plugin 'scan' 2.1.0 does not say in whose namespace its image lies.": a_plugin(owner="../x"),
    "The platform's plugin 'scan' 2.1.0 names no image that can be.": a_plugin(buildType="metadata_only", image="a b"),
}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes the certificate")
def test_a_platform_that_cannot_prove_who_it_is_gets_no_token(deploy, platform, monkeypatch, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    platform.socket = context.wrap_socket(platform.socket, server_side=True)
    monkeypatch.setenv("PLATFORM_URL", f"https://localhost:{platform.server_port}")

    reason = deploy()["Reason"]

    assert "CERTIFICATE_VERIFY_FAILED" in reason
    assert platform.requests == []


def test_an_unknown_compute_type_is_told_with_those_there_are(deploy, platform):
    platform.tells(a_plugin(computeType=[]))

    assert deploy()["Reason"].endswith("that is not one of SMALL, MEDIUM, LARGE, X_LARGE, X2_LARGE.")


@pytest.mark.parametrize(("reason", "plugin"), WRONG.items(), ids=WRONG)
def test_a_plugin_that_cannot_be_bound_fails_with_the_reason(deploy, platform, aws, reason, plugin):
    platform.tells(plugin)

    answer = deploy()

    assert (answer["Status"], answer["Reason"]) == ("FAILED", reason)
    assert aws.objects == {}


def test_a_secret_that_the_step_names_is_enough(deploy, platform):
    platform.tells(a_plugin(secrets=[{"name": "TOKEN"}]))

    assert deploy({"plugin": "scan", "secrets": {"TOKEN": "my-secret"}})["Status"] == "SUCCESS"


def test_another_version_than_the_exact_one_is_refused(deploy, platform):
    platform.tells(a_plugin())

    reason = deploy({"plugin": "scan@1.0.0"})["Reason"]

    assert reason == "The platform answers with version 2.1.0 of plugin 'scan' instead of 1.0.0."


def test_braces_of_other_tools_are_no_expressions(deploy, platform):
    platform.tells(
        a_plugin(commands=["docker ps --format '{{.Names}}'", "echo ${{ vars.x }}", "echo {{ environment }}"])
    )

    assert deploy()["Status"] == "SUCCESS"


def test_a_public_image_does_not_go_with_the_credentials_of_the_registry(deploy, platform):
    platform.tells(a_plugin(buildType="metadata_only"))

    reason = deploy(RegistryCredential="true")["Reason"]

    assert reason == "Plugin 'scan' 2.1.0 has no image of its own, which must be known while synthesizing."


def test_an_image_that_was_not_foreseen_is_refused(deploy, platform, tmp_path):
    folder = tmp_path / "scan"
    folder.mkdir()
    (folder / "plugin-spec.yaml").write_text("name: scan\nversion: 1.0.0\ncommands: [date]\n")
    (folder / "config.yaml").write_text("buildType: metadata_only\n")
    made = pipeline_builder.plan(pipeline_builder.load(a_definition({"plugin": "scan"})), plugins=[tmp_path])
    platform.tells(a_plugin())

    reason = deploy(template=json.loads(render(made).as_json())["Resources"])["Reason"]

    assert reason == "Plugin 'scan' 2.1.0 now has an image of its own, which must be known while synthesizing."


@pytest.mark.parametrize("secret", [f" {TOKEN}\n", json.dumps({"token": TOKEN}), json.dumps({"password": TOKEN})])
def test_the_token_is_read_from_text_and_from_json(deploy, platform, aws, secret):
    aws.secret = secret
    platform.tells(a_plugin())

    assert deploy()["Status"] == "SUCCESS"
    assert platform.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("secret", ["", "{}", '{"token": 7}', f"{TOKEN}\r\nX-Evil: 1"])
def test_a_secret_without_a_token_is_told_without_its_text(deploy, aws, secret):
    aws.secret = secret

    assert deploy()["Reason"] == "The secret of PlatformTokenSecretArn holds no token."


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "x"}}, "GetSecretValue"),
            "AWS refuses GetSecretValue: AccessDenied.",
        ),
        (EndpointConnectionError(endpoint_url="x"), "AWS cannot be called: EndpointConnectionError."),
        (ValueError(TOKEN), "The lookup function failed: ValueError; see its log."),
    ],
)
def test_what_fails_at_aws_or_unforeseen_is_answered_too(deploy, aws, capsys, fault, reason):
    aws.fault = fault

    answer = deploy()

    assert (answer["Status"], answer["Reason"]) == ("FAILED", reason)
    assert TOKEN not in "".join(capsys.readouterr())


def test_the_log_tells_how_it_ended(deploy, platform, capsys):
    platform.answers = [(404, b"")]

    name = deploy()["LogicalResourceId"]

    assert f"FAILED {name} Asked for plugin 'scan'" in capsys.readouterr().out


# --- the same as pinned ----------------------------------------------------------------------------------------------


def run(build_spec, folder, environment):
    """What CodeBuild would do with the build specification; tools on the path only say how they were called."""
    folder.mkdir()
    variables = build_spec["env"].get("variables", {}) | environment
    (command,) = build_spec["phases"]["build"]["commands"]
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env={"PATH": f"{folder.parent}/bin:{os.environ['PATH']}", "TMPDIR": str(folder), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if "pipeline-step" not in str(path))
    return done.returncode, done.stdout, done.stderr, files


def plain(project):
    """The variables that the project itself gives."""
    found = project["Environment"]["EnvironmentVariables"]
    return {one["Name"]: one["Value"] for one in found if one["Type"] == "PLAINTEXT"}


@pytest.mark.parametrize(
    "step",
    [
        {"plugin": "ruff"},
        {"plugin": "jest", "env": {"EXTRA": "it's"}, "preCommands": ["echo $EXTRA"], "postCommands": "echo after"},
        {"plugin": "jest", "failureBehavior": "warn", "commands": ["cd /", "false"], "exports": ["VERSION"]},
        {"plugin": "mypy", "installCommands": ["exit 3"], "failureBehavior": "ignore", "outputDirectory": "out"},
    ],
)
def test_a_step_does_the_same_as_one_that_was_pinned(deploy, platform, aws, tmp_path, step):
    (tmp_path / "bin").mkdir()
    for tool in ("ruff", "npx", "npm", "node", "jest", "mypy", "pip", "python", "python3", "uv"):
        (tmp_path / "bin" / tool).write_text(f'#!/bin/sh\necho "{tool} $*" "$CI"\n')
        (tmp_path / "bin" / tool).chmod(0o755)
    (plugin,) = shipped_catalog().versions_of(step["plugin"], Report())
    spec = plugin.spec
    pinned = resources(step, lookup="synth")
    bound = resources(step)
    (project_id,) = [
        name for name in bound if bound[name]["Type"] == "AWS::CodeBuild::Project" and not name.startswith("Synth")
    ]
    inputs = {name: {"env": one.env, "default": one.default} for name, one in spec.inputs.items()}
    texts = {"env": dict(spec.env), "commands": list(spec.commands), "installCommands": list(spec.install_commands)}
    platform.tells(a_plugin(spec.name, version=spec.version, inputs=inputs, **texts))

    made = specification(deploy(step, template=bound), aws)

    expected = yaml.safe_load(pinned[project_id]["Properties"]["Source"]["BuildSpec"])
    assert {key: made.get(key) for key in ("version", "reports", "artifacts", "cache")} == {
        key: expected.get(key) for key in ("version", "reports", "artifacts", "cache")
    }
    assert made["phases"] == expected["phases"]
    once = run(expected, tmp_path / "pinned", plain(pinned[project_id]["Properties"]))
    again = run(made, tmp_path / "bound", plain(bound[project_id]["Properties"]))
    assert once == again
    assert made["env"].get("variables", {}) | plain(bound[project_id]["Properties"]) == plain(
        pinned[project_id]["Properties"]
    )


# --- the template ----------------------------------------------------------------------------------------------------


def test_the_project_takes_what_the_lookup_answers():
    template = resources({"plugin": "scan"})
    name, _ = the_lookup(template)
    project = template[name.removesuffix("Lookup") + "Project"]["Properties"]

    assert project["Source"]["BuildSpec"] == {"Fn::GetAtt": [name, "BuildSpec"]}
    assert {key: project["Environment"][key] for key in ("Image", "ComputeType", "PrivilegedMode")} == {
        key: {"Fn::GetAtt": [name, key]} for key in ("Image", "ComputeType", "PrivilegedMode")
    }


def test_only_the_authors_steps_ask_and_approvals_do_not():
    template = resources({"plugin": "jest"}, {"plugin": "manual-approval"}, {"plugin": "ruff"})

    kinds = [one["Type"] for one in template.values()]

    assert kinds.count("Custom::PluginLookup") == 2
    assert kinds.count("AWS::Lambda::Function") == 1


def test_the_function_is_small_and_stands_whole_in_the_template():
    code = resources({"plugin": "scan"})["PluginLookup"]["Properties"]["Code"]["ZipFile"]

    assert code == lookup.function_code()
    assert "import pipeline_builder" not in code
    assert "from pipeline_builder" not in code
    assert len(code.encode()) < 32_768


def test_a_credential_of_the_registry_is_asked_about_only_where_the_image_may_lie_there():
    image = {"aws:cdk:codebuild:buildenvironment:buildimage": "public.ecr.aws/docker/library/node:22"}

    _, asks = the_lookup(resources({"plugin": "scan"}))
    _, knows = the_lookup(resources({"plugin": "scan", "metadata": image}))

    assert asks["RegistryCredential"] == {"Fn::If": ["HasImageRegistrySecret", "true", "false"]}
    assert "RegistryCredential" not in knows


def test_linter_and_service_models_find_nothing():
    steps = [{"plugin": "jest"}, {"plugin": "scan"}, {"plugin": "manual-approval"}]
    made = render(pipeline_builder.plan(pipeline_builder.load(a_definition(*steps, artifacts={"ownKey": True}))))

    assert [str(found) for found in lint(made.as_json().decode(), config=ManualArgs())] == []
    assert faults(json.loads(made.as_json())) == []


def test_build_specifications_never_expire():
    bucket = resources({"plugin": "scan"})["ArtifactBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]

    assert [rule["Prefix"] for rule in bucket] == ["acme-web-pipeline/", "kept-between-executions/"]


@pytest.mark.parametrize("seed", ["0", "7"])
def test_the_same_definition_gives_the_same_bytes_in_any_process(seed, tmp_path):
    definition = tmp_path / "d.json"
    definition.write_text(
        json.dumps(a_definition({"plugin": "jest"}, {"plugin": "scan", "inputs": {"b": "1", "a": "2"}}))
    )
    program = (
        "import sys, pipeline_builder as p;sys.stdout.buffer.write(p.render(p.plan(p.load(sys.argv[1]))).as_json())"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, definition],
        env={"PYTHONPATH": str(Path(pipeline_builder.__file__).parents[1]), "PYTHONHASHSEED": seed, "LC_ALL": "C"},
        check=True,
        capture_output=True,
    )

    assert done.stdout == render(pipeline_builder.plan(pipeline_builder.load(definition))).as_json()
