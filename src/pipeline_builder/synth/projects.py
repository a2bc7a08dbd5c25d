"""One step as a CodeBuild project, its log group, and its place in a network."""

from pipeline_builder.core.planning.model import (
    HAS_REGISTRY_SECRET,
    EnvironmentVariable,
    Image,
    LogGroup,
    Plan,
    Project,
    VariableKind,
    VpcPlacement,
)
from pipeline_builder.synth.build_spec import build_spec
from pipeline_builder.synth.identity import role_arn
from pipeline_builder.synth.intrinsics import Json, completed, get_att, given, ref, text
from pipeline_builder.synth.storage import key_arn
from pipeline_builder.synth.tags import tags
from pipeline_builder.synth.template import Resource

_PLAIN = VariableKind.PLAIN.value

REGISTRY_SECRET = "ImageRegistrySecretArn"  # noqa: S105 -- the name of a parameter
"""Parameter: where they lie."""


def project(project: Project, plan: Plan) -> Resource:
    """A project that takes its source from CodePipeline, and hands its artifacts back to it.

    Source: AWS::CodeBuild::Project in the CloudFormation template reference.
    """
    return Resource(
        id=project.id,
        type="AWS::CodeBuild::Project",
        metadata={"PipelineBuilder": _about(project)},
        properties={
            "Name": project.name,
            "Description": project.description,
            "ServiceRole": role_arn(project.role),
            "Artifacts": {"Type": "CODEPIPELINE"},
            "Source": {"Type": "CODEPIPELINE", "BuildSpec": _build_spec(project)},
            "Environment": given(
                {
                    "Type": project.environment_type,
                    "ComputeType": text(project.compute_type),
                    "Image": text(project.image.uri),
                    "ImagePullCredentialsType": _pull_credentials(project),
                    "RegistryCredential": _registry_credential(project.image),
                    "PrivilegedMode": completed(project.is_privileged),
                    "EnvironmentVariables": [_variable(variable) for variable in project.environment],
                }
            ),
            "TimeoutInMinutes": project.timeout_minutes,
            "QueuedTimeoutInMinutes": project.queued_timeout_minutes,
            "Cache": _cache(project),
            "LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": ref(project.log_group.id)}},
            "EncryptionKey": key_arn(plan.artifact_store),
            "VpcConfig": None if project.network is None else _vpc_config(project.network),
            "Visibility": "PRIVATE",
            "Tags": tags(plan),
        },
    )


def log_group(group: LogGroup, plan: Plan) -> Resource:
    """Where the output of a project goes, and how long it is kept.

    Source: AWS::Logs::LogGroup in the CloudFormation template reference.
    """
    return Resource(
        id=group.id,
        type="AWS::Logs::LogGroup",
        properties={"LogGroupName": group.name, "RetentionInDays": group.retention_days, "Tags": tags(plan)},
    )


def security_group(network: VpcPlacement, plan: Plan) -> Resource:
    """Lets a step reach out, and nothing in.

    Source: AWS::EC2::SecurityGroup in the CloudFormation template reference.
    """
    return Resource(
        id=str(network.own_group),
        type="AWS::EC2::SecurityGroup",
        properties={
            "GroupDescription": f"Steps of the pipeline {plan.name}.",
            "VpcId": network.vpc_id,
            "SecurityGroupEgress": [
                {"CidrIp": "0.0.0.0/0", "IpProtocol": "-1", "Description": "Steps fetch what they build from anywhere."}
            ],
            "Tags": tags(plan),
        },
    )


def needs_registry(project: Project) -> bool:
    """Whether the project's image lies in the registry of plugin images."""
    return project.image.repository is not None


def _about(project: Project) -> Json:
    """What nobody could tell from the project's properties: which step of which plugin it is, and what it leaves."""
    return given(
        {
            "Stage": project.stage,
            "Step": project.step,
            "Plugin": f"{project.plugin.owner}/{project.plugin.name}@{project.plugin.version}",
            "FailureBehavior": project.failure_behavior.value,
            "Evidence": [
                given({"Kind": evidence.kind.value, "Path": evidence.path, "Artifact": evidence.artifact})
                for evidence in project.evidence
            ],
        }
    )


def _build_spec(project: Project) -> Json:
    """The specification itself; with a lookup, the ARN of an object in S3 that holds it."""
    return build_spec(project.build_spec) if project.lookup is None else get_att(project.lookup.id, "BuildSpec")


def _pull_credentials(project: Project) -> Json:
    if project.lookup is not None and project.lookup.binds_image:
        return get_att(project.lookup.id, "ImagePullCredentialsType")
    return "CODEBUILD" if project.image.is_curated else "SERVICE_ROLE"


def _registry_credential(image: Image) -> Json:
    if image.repository is None:
        return None
    credential: Json = {"Credential": ref(REGISTRY_SECRET), "CredentialProvider": "SECRETS_MANAGER"}
    return {"Fn::If": [HAS_REGISTRY_SECRET, credential, ref("AWS::NoValue")]}


def _variable(variable: EnvironmentVariable) -> Json:
    # Most are plain, and asking an enumeration for a value takes longer than all else here.
    kind = _PLAIN if variable.kind is VariableKind.PLAIN else variable.kind.value
    return {"Name": variable.name, "Type": kind, "Value": text(variable.value)}


def _cache(project: Project) -> Json:
    if project.cache_location is not None:
        return {"Type": "S3", "Location": text(project.cache_location)}
    if project.build_spec.cache_paths:
        return {"Type": "LOCAL", "Modes": ["LOCAL_CUSTOM_CACHE"]}
    return {"Type": "NO_CACHE"}


def _vpc_config(network: VpcPlacement) -> Json:
    own = [] if network.own_group is None else [get_att(network.own_group, "GroupId")]
    return {
        "VpcId": network.vpc_id,
        "Subnets": network.subnet_ids,
        "SecurityGroupIds": [*network.security_group_ids, *own],
    }
