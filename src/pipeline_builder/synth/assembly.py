"""The cloud assembly: a folder that the CDK's own command line reads, as if an app had synthesized it.

    cdk ls --app cdk.out
    cdk diff --app cdk.out
    cdk deploy --app cdk.out --parameters OrgId=acme

The assembly has no assets and names no roles of a bootstrapped account, so `cdk deploy` works with the caller's own
credentials in any account, as long as the template is small enough to be sent along (50 KiB). For a larger one the
CDK puts the template into the bucket that `cdk bootstrap` makes, so the account must have been bootstrapped.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.synth.intrinsics import Json, given
from pipeline_builder.synth.template import Template

SCHEMA_VERSION = "36.0.0"
"""Version of the cloud assembly schema: old, as nothing newer is used, so that old releases of the CDK read it too."""

_MANIFEST = "manifest.json"
_STACK = "aws:cloudformation:stack"
_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_NOT_IN_A_STACK_NAME = re.compile(r"[^A-Za-z0-9-]+")
_STACK_NAME_MAXIMUM = 128


class StackNameRefused(PipelineBuilderError):
    """CloudFormation has no stacks of this name."""

    code = "stack-name-refused"

    def __init__(self, *, name: str) -> None:
        self.name = name
        super().__init__(
            f"'{name}' cannot be a stack's name: a letter first, then at most 127 letters, digits and hyphens."
        )


class NotACloudAssembly(PipelineBuilderError):
    """The folder holds something else, which is not to be overwritten."""

    code = "not-a-cloud-assembly"
    kind = ErrorKind.CONFLICT

    def __init__(self, *, directory: str) -> None:
        self.directory = directory
        super().__init__(f"'{directory}' is neither a cloud assembly nor an empty folder. Name one, or a new folder.")


def stack_name(pipeline: str) -> str:
    """The name of the stack for a pipeline, where nobody gives one."""
    name = _NOT_IN_A_STACK_NAME.sub("-", pipeline).strip("-")
    return (name if name[:1].isalpha() else f"pipeline-{name}")[:_STACK_NAME_MAXIMUM].rstrip("-")


def write_assembly(
    template: Template,
    directory: Path,
    stack: str,
    *,
    parameters: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> Path:
    """Write the assembly of one stack, and what CloudFormation needs to update that stack with it.

    Besides the manifest and `<stack>.template.json` there is `<stack>.configuration.json`, the template configuration
    of CodePipeline's CloudFormation action. Each file is replaced as a whole, and the manifest last: who reads the
    folder meanwhile, or after a crash, finds the old assembly or the new one.

    Args:
        template: the stack's template.
        directory: where to; made if it is not there.
        stack: name of the stack.
        parameters: values that the stack's parameters have now. Those that the template no longer has are left out.
        tags: tags of the stack itself.

    Returns:
        The template's file.

    Raises:
        StackNameRefused: CloudFormation has no stacks of this name.
        NotACloudAssembly: the folder holds something else.
    """
    if not _STACK_NAME.fullmatch(stack):
        raise StackNameRefused(name=stack)
    outdated = _files_of_assembly(directory)
    kept = {name: value for name, value in (parameters or {}).items() if name in template.parameters}
    files = {
        f"{stack}.template.json": template.as_json(),
        f"{stack}.configuration.json": _json({"Parameters": kept, **given({"Tags": dict(tags or {})})}),
        _MANIFEST: _json(_manifest(stack, kept, dict(tags or {}))),
    }
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        replace_file(directory / name, content)
    for name in sorted(outdated - files.keys()):
        (directory / name).unlink(missing_ok=True)
    return directory / f"{stack}.template.json"


def _manifest(stack: str, parameters: Mapping[str, str], tags: Mapping[str, str]) -> Json:
    """Source: the schema of the package cloud-assembly-schema of the CDK."""
    return {
        "version": SCHEMA_VERSION,
        "artifacts": {
            stack: {
                "type": _STACK,
                "environment": "aws://unknown-account/unknown-region",
                "displayName": stack,
                "properties": {
                    "templateFile": f"{stack}.template.json",
                    "stackName": stack,
                    "terminationProtection": False,
                    "validateOnSynth": False,
                    **given({"parameters": parameters, "tags": tags}),
                },
            }
        },
    }


def _files_of_assembly(directory: Path) -> set[str]:
    """The files that the assembly in the folder consists of, as far as they can be ours; none in a new folder."""
    try:
        if not any(directory.iterdir()):
            return set()
        manifest = json.loads((directory / _MANIFEST).read_bytes())
        artifacts = manifest["artifacts"]
        stacks = [name for name, artifact in artifacts.items() if artifact["type"] == _STACK]
    except FileNotFoundError:
        if directory.exists():
            raise NotACloudAssembly(directory=str(directory)) from None
        return set()
    except (NotADirectoryError, ValueError, KeyError, TypeError, AttributeError):
        raise NotACloudAssembly(directory=str(directory)) from None
    own = {f"{name}.{kind}.json" for name in stacks for kind in ("template", "configuration")}
    return {name for name in own if Path(name).name == name}


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole: who reads it meanwhile, or after a crash, finds what was there or what is.

    A pipe or a device is written to: a file in place of /dev/null would be worse than half a one.

    Raises:
        OSError: it cannot be written; names the file, whichever step failed.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace_file(path, content)
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def _replace_file(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _json(value: Json) -> bytes:
    return json.dumps(value, indent=1).encode("ascii") + b"\n"
