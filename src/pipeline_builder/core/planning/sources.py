"""Where the code comes from: source actions, what they may read, and what starts the pipeline when code changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from pipeline_builder.core.definition.model import (
    CodeCommitSource,
    ConnectionSource,
    EcrSource,
    GitHubSource,
    S3Source,
    Source,
    SourceTrigger,
)
from pipeline_builder.core.planning.ids import parameter_name
from pipeline_builder.core.planning.model import (
    OutputArtifact,
    Parameter,
    SourceAction,
    Statement,
    Sub,
    Text,
)
from pipeline_builder.core.planning.permissions import use_connections
from pipeline_builder.core.planning.secrets import secret_resources
from pipeline_builder.core.planning.text import arn, joined

PRIMARY = "Source"
"""Name of the first source: what steps work on unless they say otherwise."""

_CLONE = "CODEBUILD_CLONE_REF"
_ARCHIVE = "CODE_ZIP"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSource:
    """One source with everything it brings along.

    Attributes:
        statements: what the pipeline's role may read.
        clone_statements: what a step's role may read in addition, when it gets a full clone.
        parameter: the connection's ARN, when the definition has none.
        change: pattern of the events by which AWS tells that the source changed, where these start the pipeline.
        connection: the connection's ARN, of a source that has one.
        token: ARN patterns of the secret that CloudFormation itself reads for it.
    """

    name: str
    action: SourceAction
    statements: tuple[Statement, ...]
    clone_statements: tuple[Statement, ...] = ()
    parameter: Parameter | None = None
    change: Mapping[str, object] | None = None
    connection: Text | None = None
    token: tuple[Text, ...] = ()


def plan_source(name: str, source: Source, artifact: str, *, has_triggers: bool) -> PlannedSource:
    """Decide how a source is fetched.

    Args:
        artifact: name of the artifact it puts out.
        has_triggers: the definition says itself which pushes count, so that the source must not start the pipeline too.
    """
    output = OutputArtifact(name=artifact, label=name)
    match source:
        case ConnectionSource():
            return _connection(name, source, output, has_triggers=has_triggers)
        case GitHubSource():
            return _github(name, source, output)
        case CodeCommitSource():
            return _codecommit(name, source, output)
        case S3Source():
            return _s3(name, source, output)
        case EcrSource():
            return _ecr(name, source, output)
        case _:
            assert_never(source)


def _action(
    name: str, provider: str, configuration: Mapping[str, Text], output: OutputArtifact, owner: str = "AWS"
) -> SourceAction:
    return SourceAction(
        name=name,
        owner=owner,
        provider=provider,
        version="1",
        configuration=configuration,
        output=output,
        namespace="SourceVariables" if name == PRIMARY else name,
    )


def _connection(name: str, source: ConnectionSource, output: OutputArtifact, *, has_triggers: bool) -> PlannedSource:
    """Changes are not detected where triggers decide.

    Source: "CodeStarSourceConnection" in the action structure reference.
    """
    parameter = None
    connection: Text | None = source.connection_arn
    if connection is None:
        parameter = Parameter(
            name=parameter_name(name, "ConnectionArn"),
            description=f"ARN of the connection to the repository {source.repo}.",
            allowed_pattern="arn:[a-z0-9-]+:(codeconnections|codestar-connections):[a-z0-9-]+:[0-9]{12}:connection/.+",
        )
        connection = Sub(f"${{{parameter.name}}}")
    detects = source.trigger is SourceTrigger.AUTO and not has_triggers
    configuration: dict[str, Text] = {
        "BranchName": source.branch,
        "ConnectionArn": connection,
        "DetectChanges": _flag(detects),
        "FullRepositoryId": source.repo,
        "OutputArtifactFormat": _format(is_clone=source.code_build_clone_output),
    }
    use = tuple(use_connections([connection]))
    return PlannedSource(
        name=name,
        action=_action(name, "CodeStarSourceConnection", configuration, output),
        statements=use,
        clone_statements=use if source.code_build_clone_output else (),
        parameter=parameter,
        connection=connection,
    )


def _github(name: str, source: GitHubSource, output: OutputArtifact) -> PlannedSource:
    """Source: "GitHub (via OAuth app)" in the action structure reference; CloudFormation fetches the token itself."""
    owner, _, repository = source.repo.partition("/")
    secret = (source.token or "github-token").removeprefix("secretsmanager:")
    configuration: dict[str, Text] = {
        "Branch": source.branch,
        "OAuthToken": Sub(f"{{{{resolve:secretsmanager:{secret}:SecretString:::}}}}"),
        "Owner": owner,
        "PollForSourceChanges": _flag(source.trigger is SourceTrigger.AUTO),
        "Repo": repository,
    }
    return PlannedSource(
        name=name,
        action=_action(name, "GitHub", configuration, output, owner="ThirdParty"),
        statements=(),
        token=secret_resources(secret),
    )


def _codecommit(name: str, source: CodeCommitSource, output: OutputArtifact) -> PlannedSource:
    repository = arn("codecommit", source.repository_name)
    configuration: dict[str, Text] = {
        "BranchName": source.branch,
        "OutputArtifactFormat": _format(is_clone=source.code_build_clone_output),
        "PollForSourceChanges": "false",
        "RepositoryName": source.repository_name,
    }
    fetch = Statement(
        sid=f"Fetch{_sid(name)}",
        actions=(
            "codecommit:CancelUploadArchive",
            "codecommit:GetBranch",
            "codecommit:GetCommit",
            "codecommit:GetRepository",
            "codecommit:GetUploadArchiveStatus",
            "codecommit:UploadArchive",
        ),
        resources=(repository,),
    )
    clone = Statement(sid="CloneSource", actions=("codecommit:GitPull",), resources=(repository,))
    pattern = {
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Repository State Change"],
        "resources": [repository],
        "detail": {
            "event": ["referenceCreated", "referenceUpdated"],
            "referenceType": ["branch"],
            "referenceName": [source.branch],
        },
    }
    return PlannedSource(
        name=name,
        action=_action(name, "CodeCommit", configuration, output),
        statements=(fetch,),
        clone_statements=(clone,) if source.code_build_clone_output else (),
        change=pattern if source.trigger is SourceTrigger.AUTO else None,
    )


def _s3(name: str, source: S3Source, output: OutputArtifact) -> PlannedSource:
    bucket = arn("s3", source.bucket_name, region=False, account=False)
    configuration: dict[str, Text] = {
        "PollForSourceChanges": "false",
        "S3Bucket": source.bucket_name,
        "S3ObjectKey": source.object_key,
    }
    statements = (
        Statement(
            sid=f"Fetch{_sid(name)}",
            actions=("s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion"),
            resources=(joined(bucket, f"/{source.object_key}"),),
        ),
        Statement(
            sid=f"Find{_sid(name)}",
            actions=("s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"),
            resources=(bucket,),
        ),
    )
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [source.bucket_name]}, "object": {"key": [source.object_key]}},
    }
    return PlannedSource(
        name=name,
        action=_action(name, "S3", configuration, output),
        statements=statements,
        change=pattern if source.trigger is SourceTrigger.AUTO else None,
    )


def _ecr(name: str, source: EcrSource, output: OutputArtifact) -> PlannedSource:
    configuration: dict[str, Text] = {"ImageTag": source.image_tag, "RepositoryName": source.repository_name}
    fetch = Statement(
        sid=f"Fetch{_sid(name)}",
        actions=("ecr:DescribeImages",),
        resources=(arn("ecr", f"repository/{source.repository_name}"),),
    )
    pattern = {
        "source": ["aws.ecr"],
        "detail-type": ["ECR Image Action"],
        "detail": {
            "action-type": ["PUSH"],
            "result": ["SUCCESS"],
            "repository-name": [source.repository_name],
            "image-tag": [source.image_tag],
        },
    }
    return PlannedSource(
        name=name,
        action=_action(name, "ECR", configuration, output),
        statements=(fetch,),
        change=pattern if source.trigger is SourceTrigger.AUTO else None,
    )


def _flag(value: bool) -> str:  # noqa: FBT001 -- the value itself
    return "true" if value else "false"


def _format(*, is_clone: bool) -> str:
    return _CLONE if is_clone else _ARCHIVE


def _sid(name: str) -> str:
    return "".join(character for character in name.title() if character.isalnum() and character.isascii())
