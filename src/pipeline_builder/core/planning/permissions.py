"""What each role may do, statement by statement.

A step's role reads exactly its input artifacts and its secrets and writes exactly its output, its log and its reports.
CodePipeline cuts names in object keys (`ids.PIPELINE_KEY_CHARACTERS`), so statements are written over the cut keys.

Source of the actions: the service authorization reference, and "CodeBuild service role", "CodePipeline service role",
"VPC support" in the user guides of CodeBuild and CodePipeline.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from pipeline_builder.core.definition.model import Permission
from pipeline_builder.core.planning.ids import ARTIFACT_KEY_CHARACTERS, PIPELINE_KEY_CHARACTERS
from pipeline_builder.core.planning.model import (
    HAS_REGISTRY_SECRET,
    ArtifactStore,
    Image,
    LogGroup,
    Report,
    Statement,
    Sub,
    Text,
    VariableKind,
    VpcPlacement,
)
from pipeline_builder.core.planning.secrets import BoundSecret
from pipeline_builder.core.planning.text import arn, joined

_READ_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion")
_shared = lru_cache(maxsize=256)
"""For what many steps of a pipeline may do alike."""

_USE_CONNECTION = ("codeconnections:UseConnection", "codestar-connections:UseConnection")


# --- artifacts -------------------------------------------------------------------------------------------------------


def artifact_objects(store: ArtifactStore, pipeline: str, artifact: str) -> Text:
    """ARN pattern of an artifact's objects, with the names cut as CodePipeline cuts them."""
    keys = f"/{pipeline[:PIPELINE_KEY_CHARACTERS]}/{artifact[:ARTIFACT_KEY_CHARACTERS]}/*"
    return joined(bucket_arn(store), keys)


def bucket_arn(store: ArtifactStore) -> Sub:
    """ARN of the artifact bucket."""
    return Sub(f"${{{store.id}.Arn}}")


@_shared
def read_artifacts(store: ArtifactStore, pipeline: str, names: tuple[str, ...]) -> tuple[Statement, ...]:
    """Reading exactly these artifacts."""
    if not names:
        return ()
    resources = tuple(artifact_objects(store, pipeline, name) for name in names)
    return (Statement(sid="ReadInputs", actions=_READ_OBJECTS, resources=resources),)


def write_artifacts(store: ArtifactStore, pipeline: str, names: Sequence[str]) -> list[Statement]:
    """Writing exactly these artifacts."""
    if not names:
        return []
    resources = tuple(artifact_objects(store, pipeline, name) for name in names)
    return [Statement(sid="WriteOutputs", actions=("s3:PutObject",), resources=resources)]


@_shared
def locate_artifacts(store: ArtifactStore) -> Statement:
    """Asking where the bucket is and whose, before anything is read from it or written to it."""
    return Statement(
        sid="LocateArtifacts",
        actions=("s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"),
        resources=(bucket_arn(store),),
    )


@_shared
def use_artifact_key(store: ArtifactStore) -> tuple[Statement, ...]:
    """Using the key of the artifacts, where it is not the account's default one."""
    key = store.key_arn or (Sub(f"${{{store.key_id}.Arn}}") if store.key_id else None)
    if key is None:
        return ()
    actions = (
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    )
    return (Statement(sid="UseArtifactKey", actions=actions, resources=(key,)),)


def use_cache(location: Text) -> Statement:
    """The project's own corner of the artifact bucket. `location` is `<bucket>/<prefix>`."""
    objects = joined(arn("s3", location, region=False, account=False), "/*")
    return Statement(sid="UseCache", actions=(*_READ_OBJECTS, "s3:PutObject"), resources=(objects,))


# --- steps -----------------------------------------------------------------------------------------------------------


def write_log(group: LogGroup) -> Statement:
    """Writing to one log group, which exists already."""
    resource = arn("logs", f"log-group:{group.name}:*")
    return Statement(sid="WriteLog", actions=("logs:CreateLogStream", "logs:PutLogEvents"), resources=(resource,))


def write_reports(project: str, reports: Iterable[Report]) -> list[Statement]:
    """Reporting test results, coverage and findings: CodeBuild calls report groups after project and report."""
    groups = tuple(arn("codebuild", f"report-group/{project}-{report.name}") for report in reports)
    if not groups:
        return []
    actions = (
        "codebuild:BatchPutCodeCoverages",
        "codebuild:BatchPutTestCases",
        "codebuild:CreateReport",
        "codebuild:CreateReportGroup",
        "codebuild:UpdateReport",
    )
    return [Statement(sid="WriteReports", actions=actions, resources=groups)]


def read_secrets(secrets: Iterable[BoundSecret]) -> list[Statement]:
    """One statement for secrets and one for parameters; nothing else of either is readable."""
    readable: dict[VariableKind, dict[Text, None]] = {VariableKind.SECRET: {}, VariableKind.PARAMETER: {}}
    for secret in secrets:
        readable[secret.variable.kind].update(dict.fromkeys(secret.resources))
    sorts = (
        (VariableKind.SECRET, "ReadSecrets", "secretsmanager:GetSecretValue"),
        (VariableKind.PARAMETER, "ReadParameters", "ssm:GetParameters"),
    )
    return [
        Statement(sid=sid, actions=(action,), resources=tuple(readable[kind]))
        for kind, sid, action in sorts
        if readable[kind]
    ]


_IN_ECR = re.compile(
    r"(?P<account>[0-9]{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<name>[a-z0-9._/-]+)([:@].*)?"
)


PLUGIN_IMAGES = Sub("arn:${AWS::Partition}:ecr:*:*:repository/*")
"""Wherever the registry is: the parameter ImageRegistry says so, and its own policy decides for other accounts."""


@_shared
def pull_image(image: Image) -> tuple[Statement, ...]:
    """An image that the author names in ECR is pulled by the step's role; other images of theirs are public.

    Plugin images come from the registry of the parameter ImageRegistry.

    When that is ECR, the step's own role pulls. For any other, CodeBuild signs in with the secret of the parameter
    ImageRegistrySecretArn, read by the step's role too: it should be good for pulling and nothing else.
    """
    actions = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
    if image.repository is None:
        given = _IN_ECR.fullmatch(image.uri) if isinstance(image.uri, str) else None
        if given is None:
            return ()
        place = Sub(f"arn:${{AWS::Partition}}:ecr:{given['region']}:{given['account']}:repository/{given['name']}")
        return (
            Statement(sid="PullGivenImage", actions=actions, resources=(place,)),
            Statement(sid="SignInToRegistry", actions=("ecr:GetAuthorizationToken",), resources=("*",)),
        )
    return (
        Statement(sid="PullImage", actions=actions, resources=(joined(PLUGIN_IMAGES, image.repository),)),
        Statement(sid="SignInToRegistry", actions=("ecr:GetAuthorizationToken",), resources=("*",)),
        Statement(
            sid="SignInWithSecret",
            actions=("secretsmanager:GetSecretValue",),
            resources=(Sub("${ImageRegistrySecretArn}"),),
            only_if=HAS_REGISTRY_SECRET,
        ),
    )


def attach_to_network(network: VpcPlacement) -> list[Statement]:
    """EC2 takes no narrower resource for most of these.

    Source: "Allow CodeBuild access to AWS services required to create a VPC network interface".
    """
    read = (
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
    )
    change = ("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface")
    subnets = tuple(arn("ec2", f"subnet/{subnet}") for subnet in network.subnet_ids)
    return [
        Statement(sid="AttachToNetwork", actions=tuple(sorted(read + change)), resources=("*",)),
        Statement(
            sid="LendNetworkInterface",
            actions=("ec2:CreateNetworkInterfacePermission",),
            resources=(arn("ec2", "network-interface/*"),),
            conditions={
                "StringEquals": {"ec2:AuthorizedService": ("codebuild.amazonaws.com",)},
                "ArnEquals": {"ec2:Subnet": subnets},
            },
        ),
    ]


def use_connections(connections: Sequence[Text]) -> list[Statement]:
    """Fetching code by connections."""
    if not connections:
        return []
    return [Statement(sid="UseConnection", actions=_USE_CONNECTION, resources=tuple(dict.fromkeys(connections)))]


def asked_for(permissions: Iterable[Permission]) -> list[Statement]:
    """What the plugin and the author ask for; `${AWS::…}` in resources and conditions is the deploying account's."""
    return [
        Statement(
            sid=f"Asked{number}",
            actions=permission.actions,
            resources=tuple(own_account(resource) for resource in permission.resources),
            effect=permission.effect,
            conditions=_conditions(permission),
        )
        for number, permission in enumerate(permissions, start=1)
    ]


def _conditions(permission: Permission) -> dict[str, dict[str, tuple[Text, ...]]]:
    found: dict[str, dict[str, tuple[Text, ...]]] = {}
    for operator, keys in permission.conditions.items():
        if isinstance(keys, dict):
            found[operator] = {key: tuple(own_account(text) for text in _texts(value)) for key, value in keys.items()}
    return found


def _texts(value: object) -> list[str]:
    if isinstance(value, tuple | list):
        return [text for item in value for text in _texts(item)]
    return [str(value).lower() if isinstance(value, bool) else str(value)]


_PSEUDO = ("AWS::Partition", "AWS::Region", "AWS::AccountId", "AWS::URLSuffix", "AWS::StackName")


def own_account(text: str) -> Text:
    """Literal text in which only the pseudo parameters of CloudFormation are completed."""
    escaped = text.replace("${", "${!")
    for name in _PSEUDO:
        escaped = escaped.replace(f"${{!{name}}}", f"${{{name}}}")
    return Sub(escaped) if any(f"${{{name}}}" in escaped for name in _PSEUDO) else text


# --- the pipeline itself ---------------------------------------------------------------------------------------------


def start_projects(projects: Sequence[str]) -> list[Statement]:
    """Starting exactly these projects, and following them."""
    if not projects:
        return []
    actions = ("codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild")
    resources = tuple(arn("codebuild", f"project/{name}") for name in projects)
    return [Statement(sid="StartProjects", actions=actions, resources=resources)]


def keep_artifacts(store: ArtifactStore, pipeline: str) -> Statement:
    """Passing artifacts on between the actions of this pipeline."""
    resource = joined(bucket_arn(store), f"/{pipeline[:PIPELINE_KEY_CHARACTERS]}/*")
    return Statement(sid="KeepArtifacts", actions=(*_READ_OBJECTS, "s3:PutObject"), resources=(resource,))


def ask_for_approval(topics: Sequence[Text]) -> list[Statement]:
    """Telling topics that somebody is asked."""
    if not topics:
        return []
    return [Statement(sid="AskForApproval", actions=("sns:Publish",), resources=tuple(dict.fromkeys(topics)))]


def update_own_stack() -> Statement:
    """What a CloudFormation action of the mode CREATE_UPDATE calls, on no other stack than the pipeline's own."""
    actions = (
        "cloudformation:CreateStack",
        "cloudformation:DescribeStackEvents",
        "cloudformation:DescribeStackResource",
        "cloudformation:DescribeStackResources",
        "cloudformation:DescribeStacks",
        "cloudformation:GetStackPolicy",
        "cloudformation:GetTemplate",
        "cloudformation:GetTemplateSummary",
        "cloudformation:SetStackPolicy",
        "cloudformation:TagResource",
        "cloudformation:UntagResource",
        "cloudformation:UpdateStack",
        "cloudformation:ValidateTemplate",
    )
    return Statement(sid="UpdateOwnStack", actions=actions, resources=(Sub("${AWS::StackId}"),))


def hand_over_update_role(role: Text) -> Statement:
    """Letting CloudFormation act by this role, and nobody else."""
    return Statement(
        sid="HandOverUpdateRole",
        actions=("iam:PassRole",),
        resources=(role,),
        conditions={"StringEquals": {"iam:PassedToService": ("cloudformation.amazonaws.com",)}},
    )


def start_pipeline(pipeline: str) -> Statement:
    """Starting this pipeline."""
    return Statement(
        sid="StartPipeline",
        actions=("codepipeline:StartPipelineExecution",),
        resources=(arn("codepipeline", pipeline),),
    )
