"""A pipeline as a construct of the AWS CDK: the rendered template in your stack, and typed resources to go on with."""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any, cast

from aws_cdk import Annotations, RemovalPolicy, Stack
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.cloudformation_include import CfnInclude
from constructs import Construct

import pipeline_builder
from pipeline_builder.core.definition.load import LoadedDefinition
from pipeline_builder.core.definition.model import SelfMutation
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.core.planning.model import Plan, Project
from pipeline_builder.core.plugins.lock import Lock, read_lock
from pipeline_builder.kernel import InvalidDefinition, read_file
from pipeline_builder.synth.pipeline import PIPELINE_ID


class StepAbsent(PipelineBuilderError):
    """The pipeline has no such step, or one that is no build (an approval)."""

    code = "step-absent"
    kind = ErrorKind.ABSENT

    def __init__(self, *, stage: str, step: str, known: tuple[str, ...]) -> None:
        self.stage = stage
        self.step = step
        self.known = known
        super().__init__(f"The pipeline builds nothing in '{stage}/{step}'. Its builds are {', '.join(known)}.")


class ParameterAbsent(PipelineBuilderError):
    """A value was given for a parameter that the template does not have."""

    code = "parameter-absent"
    kind = ErrorKind.ABSENT

    def __init__(self, *, name: str, known: tuple[str, ...]) -> None:
        self.name = name
        self.known = known
        has = f"Its parameters are {', '.join(known)}." if known else "It has none."
        super().__init__(f"The template has no parameter '{name}'. {has}")


class RoleFromOutside(PipelineBuilderError):
    """The step runs with a role that the pipeline does not make, so that it is not the pipeline's to extend."""

    code = "role-from-outside"
    kind = ErrorKind.CONFLICT

    def __init__(self, *, stage: str, step: str) -> None:
        self.stage = stage
        self.step = step
        super().__init__(f"'{stage}/{step}' runs with a role given in the definition. Import that role by its ARN.")


class PipelineBuilder(Construct):
    """The resources of one pipeline.

    The template is included by the CDK's own `CfnInclude`. Logical ids and parameters get the construct's path in
    front, so that several pipelines stand in one stack.

    The stack is the app's, and `cdk deploy` updates it. So a pipeline of this construct never updates itself: it would
    put its own template in the place of the app's.

    Attributes:
        template: what was included.
        include: the resources by the logical ids they have in `template`.
        cfn_pipeline: the pipeline, to change any of its properties.
        pipeline: the pipeline, to be told of its executions or to tell others.
        artifact_bucket: the bucket; what is granted on it changes its own policy where that is needed.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definition: str | PathLike[str] | Mapping[str, object] | LoadedDefinition,
        plugins: Iterable[str | PathLike[str]] = (),
        lock: str | PathLike[str] | None = None,
        locked: bool = False,
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        """Put a pipeline into the scope's stack.

        Args:
            scope: what the construct belongs to.
            construct_id: its name there.
            definition: a file, data as a JSON document would hold it, or what `pipeline_builder.load` made of either.
            plugins: folders with plugins of one's own, which are found before the shipped ones.
            lock: file that says which plugins were resolved before.
            locked: use nothing but the lock, and only images pinned by digest.
            parameters: values of template parameters; tokens of the CDK are values too. Those without a value become
                parameters of the stack.

        Raises:
            FileUnreadable: the definition or the lock cannot be read.
            InvalidDefinition: the definition cannot become a pipeline; `diagnostics` say why.
            ParameterAbsent: a value was given for a parameter that the template does not have.
        """
        super().__init__(scope, construct_id)
        loaded = definition if isinstance(definition, LoadedDefinition) else pipeline_builder.load(definition)
        self._plan: Plan = pipeline_builder.plan(
            self._updated_by_the_app(loaded), plugins=plugins, lock=_read_lock(lock), locked=locked
        )
        self._projects: dict[tuple[str, str], codebuild.IProject] = {}
        self._roles: dict[str, iam.IRole] = {}
        self.template = pipeline_builder.render(self._plan)
        self.include = self._included(dict(parameters or {}))
        self.cfn_pipeline = cast("codepipeline.CfnPipeline", self.include.get_resource(PIPELINE_ID))
        self.pipeline = codepipeline.Pipeline.from_pipeline_arn(
            self,
            "ImportedPipeline",
            Stack.of(self).format_arn(service="codepipeline", resource=self.cfn_pipeline.ref),
        )
        self.artifact_bucket = self._artifact_bucket()

    def project(self, stage: str, step: str) -> codebuild.IProject:
        """The project of a step.

        Raises:
            StepAbsent: there is no such build.
        """
        planned = self._step(stage, step)
        if (stage, step) not in self._projects:
            self._projects[stage, step] = codebuild.Project.from_project_name(
                self, f"Imported{planned.id}", self.include.get_resource(planned.id).ref
            )
        return self._projects[stage, step]

    def role(self, stage: str, step: str) -> iam.IRole:
        """The role of a step. What is granted to it becomes a policy beside the planned ones.

        Raises:
            StepAbsent: there is no such build.
            RoleFromOutside: the role is not the pipeline's own.
        """
        planned = self._step(stage, step)
        if planned.role.id is None:
            raise RoleFromOutside(stage=stage, step=step)
        if planned.role.id not in self._roles:
            role = cast("iam.CfnRole", self.include.get_resource(planned.role.id))
            # Put together here, because from `role.attr_arn` the CDK cannot tell path and name apart.
            stack = Stack.of(self)
            path = stack.resolve(role.path)["Fn::Sub"].replace("${AWS::Region}", stack.region)
            arn = f"arn:{stack.partition}:iam::{stack.account}:role{path}{role.ref}"
            self._roles[planned.role.id] = iam.Role.from_role_arn(self, f"Imported{planned.role.id}", arn)
        return self._roles[planned.role.id]

    def _updated_by_the_app(self, loaded: LoadedDefinition) -> LoadedDefinition:
        wanted = loaded.definition.self_mutation
        if wanted is not None and wanted.enabled:
            Annotations.of(self).add_warning_v2(
                "pipeline-builder:self-mutation",
                "Self-mutation, which the definition asks for, would replace this stack; `cdk deploy` updates it.",
            )
        return replace(loaded, definition=replace(loaded.definition, self_mutation=SelfMutation(enabled=False)))

    def _step(self, stage: str, step: str) -> Project:
        for planned in self._plan.projects:
            if (planned.stage, planned.step) == (stage, step):
                return planned
        known = tuple(f"{planned.stage}/{planned.step}" for planned in self._plan.projects)
        raise StepAbsent(stage=stage, step=step, known=known)

    def _included(self, parameters: dict[str, str]) -> CfnInclude:
        for name in parameters:
            if name not in self.template.parameters:
                raise ParameterAbsent(name=name, known=tuple(self.template.parameters))
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "template.json"
            file.write_bytes(self.template.as_json())
            return CfnInclude(
                self, "Template", template_file=str(file), preserve_logical_ids=False, parameters=parameters
            )

    def _artifact_bucket(self) -> s3.IBucket:
        """The bucket as one whose policy can grow: a bucket has one policy, so ours must not stand beside another."""
        store = self._plan.artifact_store
        planned = self.template.resources[f"{store.id}Policy"]
        self.include.node.try_remove_child(planned.id)
        bucket = s3.Bucket.from_cfn_bucket(cast("s3.CfnBucket", self.include.get_resource(store.id)))
        policy = s3.BucketPolicy(self, planned.id, bucket=bucket)
        policy.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        document = cast("Mapping[str, Any]", planned.properties["PolicyDocument"])
        for statement in document["Statement"]:
            policy.document.add_statements(
                iam.PolicyStatement(
                    sid=statement["Sid"],
                    effect=iam.Effect.DENY,
                    principals=[iam.AnyPrincipal()],
                    actions=[statement["Action"]],
                    resources=[bucket.bucket_arn, bucket.arn_for_objects("*")],
                    conditions=statement["Condition"],
                )
            )
        bucket.policy = policy
        return bucket


def _read_lock(path: str | PathLike[str] | None) -> Lock | None:
    if path is None:
        return None
    report = Report()
    lock = read_lock(read_file(path), report, name=fspath(path))
    if lock is None:
        raise InvalidDefinition(report.diagnostics)
    return lock
