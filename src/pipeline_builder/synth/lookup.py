"""Binding plugins while CloudFormation deploys: the function, its log group, and what each step asks it.

The function's code stands in the template: two modules of this package as they are, one behind the other.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline_builder.core.planning import script
from pipeline_builder.core.planning.lookup import question_text
from pipeline_builder.core.planning.model import HAS_REGISTRY_SECRET, LookupFunction, Plan, PluginLookup, Project
from pipeline_builder.synth.build_spec import build_spec
from pipeline_builder.synth.identity import role_arn
from pipeline_builder.synth.intrinsics import Json, get_att, given, ref
from pipeline_builder.synth.projects import log_group, needs_registry
from pipeline_builder.synth.tags import tags
from pipeline_builder.synth.template import Resource

_RUNTIME = "python3.13"
_MEMORY_MEGABYTES = 256
_TIMEOUT_SECONDS = 300
_SERVICE_TIMEOUT_SECONDS = 600
"""After this long CloudFormation waits no more for an answer; without it, for an hour."""

_OWN_IMPORT = "from pipeline_builder.core.planning.script import ShellStep, step_script\n"


@cache
def function_code() -> str:
    """The source of the function: that of the step's script, and behind it that of the handler, which uses it."""
    handler = Path(__file__).with_name("lookup_handler.py").read_text(encoding="utf-8")
    return f"{Path(script.__file__).read_text(encoding='utf-8')}\n\n{handler.replace(_OWN_IMPORT, '')}"


def lookup_function(function: LookupFunction, plan: Plan) -> Resource:
    """The function that asks the platform.

    Source: AWS::Lambda::Function in the CloudFormation template reference.
    """
    return Resource(
        id=function.id,
        type="AWS::Lambda::Function",
        properties={
            "FunctionName": function.name,
            "Description": f"Binds the plugins of the pipeline {plan.name} while CloudFormation deploys."[:256],
            "Runtime": _RUNTIME,
            "Architectures": ["arm64"],
            "Handler": "index.handler",
            "Code": {"ZipFile": function_code()},
            "Role": role_arn(function.role),
            "MemorySize": _MEMORY_MEGABYTES,
            "Timeout": _TIMEOUT_SECONDS,
            "LoggingConfig": {"LogGroup": ref(function.log_group.id)},
            "Environment": {
                "Variables": {
                    "ARTIFACT_BUCKET_ARN": get_att(plan.artifact_store.id, "Arn"),
                    "IMAGE_REGISTRY": ref("ImageRegistry"),
                    "PLATFORM_TOKEN_SECRET_ARN": ref("PlatformTokenSecretArn"),
                    "PLATFORM_URL": ref("PlatformUrl"),
                }
            },
            "Tags": tags(plan),
        },
    )


def function_log_group(function: LookupFunction, plan: Plan) -> Resource:
    """Where the function's output goes."""
    return log_group(function.log_group, plan)


@dataclass(frozen=True, slots=True)
class Asking:
    """A project with what it asks, and the function it asks."""

    project: Project
    lookup: PluginLookup
    function: LookupFunction


def asking(plan: Plan) -> list[Asking]:
    """Every project that asks."""
    function = plan.lookup_function
    return [Asking(one, one.lookup, function) for one in plan.projects if one.lookup and function]


def plugin_lookup(asking: Asking, _plan: Plan) -> Resource:
    """What one step asks. Another question, another function or another `PluginsAsOf` asks again.

    Source: AWS::CloudFormation::CustomResource in the CloudFormation template reference.
    """
    question = {**asking.lookup.question, "specification": _specification(asking.project)}
    credential: Json = {"Fn::If": [HAS_REGISTRY_SECRET, "true", "false"]} if needs_registry(asking.project) else None
    return Resource(
        id=asking.lookup.id,
        type="Custom::PluginLookup",
        properties=given(
            {
                "ServiceToken": get_att(asking.function.id, "Arn"),
                "ServiceTimeout": _SERVICE_TIMEOUT_SECONDS,
                "Folder": asking.lookup.folder,
                "Step": question_text(question),
                "RegistryCredential": credential,
                "Registry": ref("ImageRegistry"),
                "Function": hashlib.sha256(function_code().encode()).hexdigest()[:16],
                "PluginsAsOf": ref("PluginsAsOf"),
            }
        ),
    )


def _specification(project: Project) -> dict[str, object]:
    """All of the build specification but its phases, as data, from the one function that knows its form."""
    import yaml  # noqa: PLC0415 -- only where a lookup is rendered

    whole = yaml.safe_load(build_spec(project.build_spec))
    return {name: part for name, part in whole.items() if name != "phases"}
