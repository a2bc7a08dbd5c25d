"""From a plan to a template. Nothing is decided here: see `core.planning` for why a resource is as it is."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from pipeline_builder.core.planning.model import HAS_REGISTRY_SECRET, Parameter, Plan
from pipeline_builder.synth import events, identity, lookup, projects, storage
from pipeline_builder.synth.intrinsics import Json, given, ref, text
from pipeline_builder.synth.pipeline import PIPELINE_ARN, PIPELINE_ID, pipeline
from pipeline_builder.synth.template import Resource, Template

_Part = TypeVar("_Part")


def render(plan: Plan) -> Template:
    """The template of a plan: the same plan gives the same template, to the byte."""
    resources = [resource for kind in _KINDS for resource in kind(plan)]
    return Template(
        description=f"Pipeline {plan.name} of the project {plan.project} of {plan.organization}.",
        parameters={parameter.name: _parameter(parameter) for parameter in plan.parameters},
        conditions=_conditions(plan),
        resources={resource.id: resource for resource in resources},
        outputs=_outputs(plan),
    )


def _every(
    parts: Callable[[Plan], Iterable[_Part]], make: Callable[[_Part, Plan], Resource]
) -> Callable[[Plan], Iterator[Resource]]:
    """A kind of resource: which parts of the plan need one, and how it is made of such a part."""
    return lambda plan: (make(part, plan) for part in parts(plan))


_KINDS = (
    _every(lambda plan: [plan], pipeline),
    _every(lambda plan: [plan.artifact_store], storage.artifact_bucket),
    _every(lambda plan: [plan.artifact_store], storage.artifact_bucket_policy),
    _every(lambda plan: [plan.artifact_store] if plan.artifact_store.key_id else [], storage.artifact_key),
    _every(lambda plan: plan.projects, projects.project),
    _every(lambda plan: [one.log_group for one in plan.projects], projects.log_group),
    _every(
        lambda plan: [one.network for one in plan.projects if one.network and one.network.own_group],
        projects.security_group,
    ),
    _every(lambda plan: [plan.lookup_function] if plan.lookup_function else [], lookup.lookup_function),
    _every(lambda plan: [plan.lookup_function] if plan.lookup_function else [], lookup.function_log_group),
    _every(lookup.asking, lookup.plugin_lookup),
    _every(lambda plan: plan.roles, identity.role),
    _every(
        lambda plan: [(one, policy) for one in plan.roles for policy in one.policies if policy.is_managed],
        identity.managed_policy,
    ),
    _every(lambda plan: [plan.boundary] if plan.boundary else [], identity.boundary),
    _every(lambda plan: plan.start_rules, events.start_rule),
    _every(lambda plan: [plan.execution_events] if plan.execution_events else [], events.execution_events),
    _every(lambda plan: [plan.notification_rule] if plan.notification_rule else [], events.notification_rule),
    _every(lambda plan: [plan.failure_alarm] if plan.failure_alarm else [], events.failure_alarm),
)
"""Which resources a plan needs, in the order in which the template has them."""

_IS_PUBLIC_PARTITION = "IsPublicPartition"
"""Condition: the console is where the link says. The other partitions have theirs under domains of their own."""


def _parameter(parameter: Parameter) -> Json:
    return given(
        {
            "Type": "String",
            "Description": parameter.description,
            "AllowedPattern": parameter.allowed_pattern,
        }
    ) | ({} if parameter.default is None else {"Default": parameter.default})


def _conditions(plan: Plan) -> dict[str, Json]:
    conditions: dict[str, Json] = {_IS_PUBLIC_PARTITION: {"Fn::Equals": [ref("AWS::Partition"), "aws"]}}
    if any(projects.needs_registry(one) for one in plan.projects):
        conditions[HAS_REGISTRY_SECRET] = {"Fn::Not": [{"Fn::Equals": [ref(projects.REGISTRY_SECRET), ""]}]}
    return conditions


def _outputs(plan: Plan) -> dict[str, Json]:
    return {
        "PipelineName": {"Description": "Name of the pipeline.", "Value": ref(PIPELINE_ID)},
        "PipelineArn": {"Description": "ARN of the pipeline.", "Value": text(PIPELINE_ARN)},
        "PipelineUrl": {
            "Description": "The pipeline in the console.",
            "Condition": _IS_PUBLIC_PARTITION,
            "Value": {"Fn::Sub": _CONSOLE},
        },
        "ArtifactBucketName": {"Description": "Bucket of the artifacts.", "Value": ref(plan.artifact_store.id)},
    }


_CONSOLE = (
    "https://${AWS::Region}.console.aws.amazon.com/codesuite/codepipeline/pipelines/"
    f"${{{PIPELINE_ID}}}/view?region=${{AWS::Region}}"
)
