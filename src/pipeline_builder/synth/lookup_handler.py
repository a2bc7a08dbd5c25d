"""Binds a step to its plugin while CloudFormation deploys: the function behind `Custom::PluginLookup`.

Nothing in the package imports this. The source of this module, behind that of `core.planning.script`, stands in the
template and runs in AWS Lambda. It asks the platform for the plugin, puts the step's build specification into the
artifact bucket, and answers with what the project refers to. An answer never holds a secret, and is always given.

Source: "Custom resource request and response objects" in the CloudFormation user guide.
"""

import hashlib
import http.client
import json
import os
import re
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pipeline_builder.core.planning.script import ShellStep, step_script

_TRIES = 3
_SECONDS_PER_TRY = 20
_MAXIMUM_ANSWER = 2 * 1024 * 1024
_MAXIMUM_REASON = 1000
_TRANSIENT = (429, 500, 502, 503, 504)

_DEFAULT_IMAGE = "aws/codebuild/standard:7.0"
_COMPUTE = {
    "SMALL": "BUILD_GENERAL1_SMALL",
    "MEDIUM": "BUILD_GENERAL1_MEDIUM",
    "LARGE": "BUILD_GENERAL1_LARGE",
    "X_LARGE": "BUILD_GENERAL1_XLARGE",
    "X2_LARGE": "BUILD_GENERAL1_2XLARGE",
}
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_OWNER = re.compile(r"[a-z0-9][a-zA-Z0-9_-]{0,127}")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,400}")
_VARIABLE = re.compile(r"(?!CODEBUILD_)[A-Za-z_][A-Za-z0-9_]{0,254}")
_WORD_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
_EXPRESSION = re.compile(r"(?<![${])\{\{[ \t]*(vars|metadata|pipeline|env|inputs|plugin|secrets)[ \t]*[.|}]")

Json = Any
"""What JSON can say."""


class LookupFailed(Exception):
    """The step cannot be bound. The message is a sentence for whoever deploys."""


def handler(event: Mapping[str, Json], _context: object) -> None:
    """Answer CloudFormation, whatever happens."""
    answer = {
        "Status": "SUCCESS",
        "PhysicalResourceId": f"plugin-lookup-{event['LogicalResourceId']}",
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    try:
        # What a step was bound to stays behind: it goes with the bucket, and an older execution may still need it.
        if event["RequestType"] != "Delete":
            answer["Data"] = _bound(event)
    except LookupFailed as failure:
        answer |= {"Status": "FAILED", "Reason": str(failure)[:_MAXIMUM_REASON]}
    except (BotoCoreError, ClientError) as error:
        answer |= {"Status": "FAILED", "Reason": _told(error)}
    except Exception as error:  # noqa: BLE001 -- without an answer the stack waits for its time-out
        # The message of an unforeseen error may quote anything, so only its kind and place are shown.
        traceback.print_tb(error.__traceback__)
        answer |= {"Status": "FAILED", "Reason": f"The lookup function failed: {type(error).__name__}; see its log."}
    print(answer["Status"], event["LogicalResourceId"], answer.get("Reason", ""))  # noqa: T201 -- the function's log
    _send(event["ResponseURL"], json.dumps(answer).encode())


def _bound(event: Mapping[str, Json]) -> dict[str, str]:
    """The attributes of the custom resource.

    The same question gets the same answer again, without the platform: a stack that is rolled back asks what it asked
    before, and must not fail because somebody else is away.
    """
    properties = event["ResourceProperties"]
    question = hashlib.sha256(json.dumps(properties, sort_keys=True).encode()).hexdigest()
    remembered = f"{properties['Folder']}/answers/{question}.json"
    if event["RequestType"] == "Update" and (earlier := _read(remembered)):
        return dict(json.loads(earlier))
    step = json.loads(properties["Step"])
    plugin = _checked(_asked(step), step)
    specification = _specification(plugin, step)
    key = f"{properties['Folder']}/{hashlib.sha256(specification).hexdigest()}.json"
    attributes = {
        **_image(plugin, step, properties),
        "ComputeType": _COMPUTE[plugin["computeType"]],
        "PrivilegedMode": "true" if plugin["privileged"] else "false",
        "BuildSpec": f"{os.environ['ARTIFACT_BUCKET_ARN']}/{key}",
        "Version": plugin["version"],
    }
    _write(key, specification)
    _write(remembered, json.dumps(attributes, sort_keys=True).encode())
    return attributes


# --- the platform ----------------------------------------------------------------------------------------------------


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token is for the platform alone, so nobody sends it elsewhere."""

    def redirect_request(self, *_: object) -> None:
        return None


def _asked(step: Mapping[str, Json]) -> dict[str, Json]:
    """The platform's plugin for this step, as it came."""
    pipeline = step["context"]["pipeline"]
    context = {**step["context"], "metadata": pipeline["metadata"], "vars": pipeline["vars"]}
    filters = {"name": step["plugin"], "version": step["version"]}
    request = urllib.request.Request(  # noqa: S310 -- the template takes no address but one of https
        f"{os.environ['PLATFORM_URL'].rstrip('/')}/api/plugins/lookup",
        data=json.dumps({"filter": filters, "context": context}).encode(),
        headers={
            "Authorization": f"Bearer {_token()}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        },
        method="POST",
    )
    body = _sent(request, f"Asked for plugin '{step['plugin']}', the platform")
    try:
        answer = json.loads(body)
        data = answer.get("data") or answer
        plugin = data["plugin"]
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        plugin = None
    if not isinstance(plugin, dict):
        _fail("The platform's answer holds no plugin.")
    return plugin


def _sent(request: urllib.request.Request, to: str) -> bytes:
    """The answer to a request, tried again where that may help."""
    reason = ""
    for number in range(_TRIES):
        if number:
            time.sleep(2 ** (number - 1))
        try:
            with urllib.request.build_opener(_NoRedirects).open(request, timeout=_SECONDS_PER_TRY) as response:
                body: bytes = response.read(_MAXIMUM_ANSWER + 1)
        except urllib.error.HTTPError as error:
            error.close()
            reason = f"answers {error.code} ({error.reason})"
            if error.code not in _TRANSIENT:
                break
        except urllib.error.URLError as error:
            reason = f"cannot be reached ({error.reason})"
        except TimeoutError:
            reason = f"does not answer within {_SECONDS_PER_TRY} seconds"
        except (OSError, http.client.HTTPException) as error:
            reason = f"breaks the connection ({type(error).__name__})"
        else:
            if len(body) <= _MAXIMUM_ANSWER:
                return body
            reason = f"answers with more than {_MAXIMUM_ANSWER} bytes"
            break
    return _fail(f"{to} {reason}.")


def _token() -> str:
    """The secret as it is, or from `token` or `password` where it is JSON."""
    text = _client("secretsmanager").get_secret_value(SecretId=os.environ["PLATFORM_TOKEN_SECRET_ARN"])["SecretString"]
    try:
        held = json.loads(text)
    except ValueError:
        held = None
    token = (held.get("token") or held.get("password")) if isinstance(held, dict) else text.strip()
    if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]+", token):
        _fail("The secret of PlatformTokenSecretArn holds no token.")
    return token


# --- what the platform answered --------------------------------------------------------------------------------------


def _checked(plugin: Mapping[str, Json], step: Mapping[str, Json]) -> dict[str, Json]:
    """The plugin with its defaults, when it can be what this step asked for."""
    name, wanted = step["plugin"], step["version"]
    if plugin.get("name") != name:
        _fail(f"The platform answers with another plugin than '{name}'.")
    version = plugin.get("version")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        _fail(f"The platform's plugin '{name}' has no semantic version.")
    if _VERSION.fullmatch(wanted) and version != wanted:
        _fail(f"The platform answers with version {version} of plugin '{name}' instead of {wanted}.")
    if plugin.get("pluginType") == "ManualApprovalStep":
        _fail(f"Plugin '{name}' is an approval, which must be known while synthesizing.")
    whole = {
        "buildType": "build_image",
        "computeType": "SMALL",
        "privileged": False,
        "commands": [],
        "installCommands": [],
        "env": {},
        "inputs": {},
        "secrets": [],
        **{key: value for key, value in plugin.items() if value is not None},
    }
    for wrong in _wrong(whole, step):
        _fail(f"The platform's plugin '{name}' {version} {wrong}.")
    return whole


def _wrong(plugin: Mapping[str, Json], step: Mapping[str, Json]) -> Iterator[str]:
    """What is not as it must be, in an order in which the later can rely on the earlier."""
    for key, (is_right, form) in _FORMS.items():
        if not is_right(plugin[key]):
            yield f"has a `{key}` that is not {form}"
    variables = _variables(plugin, step)
    if not all(map(_VARIABLE.fullmatch, variables)):
        yield "sets a variable whose name CodeBuild does not take"
    if "WORKDIR" in variables and "WORKDIR" not in step["context"]["env"]:
        yield "sets WORKDIR, by which files are found: give WORKDIR in the step's `env`"
    texts = [*plugin["commands"], *plugin["installCommands"], *variables.values()]
    if any(map(_EXPRESSION.search, texts)):
        yield "still has a template expression"
    if any("{{resolve:" in text for text in texts):
        yield "has a dynamic reference of CloudFormation"
    if not plugin["commands"] and None in step["build"]:
        yield "has no commands"
    required = [secret.get("name") for secret in plugin["secrets"] if secret.get("required", True)]
    for name in required:
        if name not in step["secrets"]:
            yield f"needs the secret {name}: name it under the step's `secrets`"


def _are(kind: type) -> Callable[[Json], bool]:
    return lambda values: isinstance(values, list) and all(isinstance(value, kind) for value in values)


def _have(kind: type) -> Callable[[Json], bool]:
    return lambda values: isinstance(values, dict) and all(isinstance(value, kind) for value in values.values())


_FORMS: dict[str, tuple[Callable[[Json], bool], str]] = {
    "commands": (_are(str), "a list of texts"),
    "installCommands": (_are(str), "a list of texts"),
    "env": (_have(str), "a map of texts"),
    "inputs": (_have(dict), "a map of inputs"),
    "secrets": (_are(dict), "a list of secrets"),
    "computeType": (lambda value: isinstance(value, str) and value in _COMPUTE, f"one of {', '.join(_COMPUTE)}"),
    "privileged": (lambda value: isinstance(value, bool), "true or false"),
}


def _variables(plugin: Mapping[str, Json], step: Mapping[str, Json]) -> dict[str, str]:
    """The plugin's variables, those of its inputs among them. What the author sets stands in the project, and wins."""
    given = step["context"]["inputs"]
    carried = {}
    for name, declared in plugin["inputs"].items():
        variable = declared.get("env") or _WORD_BOUNDARY.sub("_", name).upper()
        value = given.get(name, declared.get("default"))
        if value is None and declared.get("required") and variable not in step["context"]["env"]:
            _fail(f"Plugin '{plugin['name']}' {plugin['version']} needs the input '{name}'.")
        carried[variable] = "" if value is None else str(value)
    return {**plugin["env"], **carried}


def _image(plugin: Mapping[str, Json], step: Mapping[str, Json], properties: Mapping[str, Json]) -> dict[str, str]:
    """The image by digest, from the registry that the template names; or a public one, where the plugin has none."""
    name, version = plugin["name"], plugin["version"]
    if plugin["buildType"] == "metadata_only":
        image = plugin.get("image") or _DEFAULT_IMAGE
        if not isinstance(image, str) or not _IMAGE.fullmatch(image):
            _fail(f"The platform's plugin '{name}' {version} names no image that can be.")
        if properties.get("RegistryCredential") == "true":
            _fail(f"Plugin '{name}' {version} has no image of its own, which must be known while synthesizing.")
        credentials = "CODEBUILD" if image.startswith("aws/codebuild/") else "SERVICE_ROLE"
        return {"Image": image, "ImagePullCredentialsType": credentials}
    if not step["hasImage"]:
        _fail(f"Plugin '{name}' {version} now has an image of its own, which must be known while synthesizing.")
    owner, digest = plugin.get("owner"), plugin.get("digest")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        _fail(f"The platform's plugin '{name}' {version} has no digest of its image.")
    if not isinstance(owner, str) or not _OWNER.fullmatch(owner):
        _fail(f"The platform's plugin '{name}' {version} does not say in whose namespace its image lies.")
    registry = os.environ["IMAGE_REGISTRY"]
    return {"Image": f"{registry}/{owner}/{name}@{digest}", "ImagePullCredentialsType": "SERVICE_ROLE"}


def _specification(plugin: Mapping[str, Json], step: Mapping[str, Json]) -> bytes:
    """The build specification, as JSON: a subset of YAML."""
    script = ShellStep(
        **step["script"],
        install=_filled(step["install"], plugin["installCommands"]),
        build=_filled(step["build"], plugin["commands"]),
    )
    known = step["specification"]
    whole = {
        **known,
        "env": {**known["env"], "variables": _variables(plugin, step)},
        "phases": {"build": {"commands": [step_script(script)]}},
    }
    if not whole["env"]["variables"]:
        del whole["env"]["variables"]
    return json.dumps(whole, sort_keys=True, indent=1).encode()


def _filled(commands: list[str | None], own: list[str]) -> list[str]:
    """The author's commands, with the plugin's where theirs go."""
    return [text for command in commands for text in (own if command is None else [command])]


# --- AWS -------------------------------------------------------------------------------------------------------------


def _client(service: str) -> Json:
    return boto3.client(service, config=Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 3}))


def _bucket() -> str:
    return os.environ["ARTIFACT_BUCKET_ARN"].rpartition(":")[2]


def _read(key: str) -> bytes | None:
    try:
        content: bytes = _client("s3").get_object(Bucket=_bucket(), Key=key)["Body"].read()
    except ClientError:
        return None  # not there: without the right to list the bucket, S3 calls that forbidden
    return content


def _write(key: str, content: bytes) -> None:
    _client("s3").put_object(Bucket=_bucket(), Key=key, Body=content, ContentType="application/json")


def _told(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ClientError):
        return f"AWS refuses {error.operation_name}: {error.response['Error']['Code']}."
    return f"AWS cannot be called: {type(error).__name__}."


def _send(url: str, body: bytes) -> None:
    """Tell CloudFormation. The address is signed for a request without a content type."""
    request = urllib.request.Request(url, data=body, headers={"Content-Type": ""}, method="PUT")  # noqa: S310 -- CloudFormation's
    _sent(request, "CloudFormation")


def _fail(sentence: str) -> NoReturn:
    raise LookupFailed(sentence)
