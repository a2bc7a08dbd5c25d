"""Letting a pipeline update itself without letting it grow: the fence around self-mutation.

The role by which CloudFormation updates the pipeline's own stack can make roles, and so is the strongest one here. It
may make and change only roles under the pipeline's own IAM path, and only with the boundary; it may change neither
itself nor the boundary, which stand under another path, but for their tags.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pipeline_builder.core.definition.model import Effect
from pipeline_builder.core.planning.ids import own_prefix
from pipeline_builder.core.planning.model import ArtifactStore, LookupFunction, Statement, Sub, Text
from pipeline_builder.core.planning.permissions import (
    PLUGIN_IMAGES,
    bucket_arn,
    hand_over_update_role,
    start_pipeline,
    update_own_stack,
    use_artifact_key,
)
from pipeline_builder.core.planning.text import arn, joined

FENCE = "/pipeline-builder-fence"
"""Beginning of the IAM paths of what no self-mutation may change."""


def role_path(pipeline: str) -> Text:
    """IAM path of every role that self-mutation may make or change, and of no other pipeline's."""
    return _path("/pipeline-builder", pipeline)


def fence_path(pipeline: str) -> Text:
    """IAM path of what self-mutation must never touch: its own role, and the boundary of all others."""
    return _path(FENCE, pipeline)


def _path(beginning: str, pipeline: str) -> Text:
    """With the region: IAM is one for all regions, and another one may hold a pipeline of the same name."""
    return joined(f"{beginning}/", Sub("${AWS::Region}"), f"/{own_prefix(pipeline)}/")


def _below(path: Text, kind: str) -> Text:
    """ARNs of all roles or policies that have the path."""
    return arn("iam", joined(kind, path, "*"), region=False)


def _fenced(pipeline: str) -> tuple[Text, ...]:
    return tuple(_below(fence_path(pipeline), kind) for kind in ("policy", "role"))


_COVERED = frozenset(
    {
        "KeepArtifacts",
        "KeepBuildSpecifications",
        "LocateArtifacts",
        "PullImage",
        "ReadBuildSpecification",
        "ReadInputs",
        "StartProjects",
        "UseCache",
        "WriteLog",
        "WriteOutputs",
        "WriteReports",
    }
)
"""Statements of roles that lie inside the fence whatever they name, because they name what is the pipeline's own."""


def fence(
    store: ArtifactStore,
    pipeline: str,
    secrets_prefix: Text,
    wanted: Iterable[Statement],
    lookup: LookupFunction | None = None,
) -> tuple[Statement, ...]:
    """The permissions boundary of the pipeline's roles.

    Whatever belongs to this pipeline by name is inside, so that steps come and go without a change here. What reaches
    further (`wanted`, from the roles as they are now) is listed exactly: widening it changes the boundary, which
    self-mutation cannot, and so takes a person who deploys. Whatever that is, the fence itself stays out of reach.
    """
    prefix = own_prefix(pipeline)
    inside = [
        Statement(
            sid="OwnLogs",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=_log_groups(prefix, lookup),
        ),
        Statement(
            sid="OwnArtifacts",
            actions=("s3:Get*", "s3:PutObject"),
            resources=(bucket_arn(store), joined(bucket_arn(store), "/*")),
        ),
        *use_artifact_key(store),
        Statement(
            sid="OwnProjects",
            actions=("codebuild:*",),
            resources=(arn("codebuild", f"project/{prefix}-*"), arn("codebuild", f"report-group/{prefix}-*")),
        ),
        Statement(
            sid="OwnSecrets",
            actions=("secretsmanager:GetSecretValue",),
            resources=(joined(arn("secretsmanager", "secret:"), secrets_prefix, "*"),),
        ),
        Statement(
            sid="PullImages",
            actions=("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
            resources=(PLUGIN_IMAGES,),
        ),
        Statement(sid="SignInToRegistry", actions=("ecr:GetAuthorizationToken",), resources=("*",)),
        start_pipeline(pipeline),
        # Whatever may be done to the own stack: the document has few characters, and only the pipeline's role does any.
        replace(update_own_stack(), actions=("cloudformation:*",)),
        Statement(
            sid="LeaveTheFence",
            effect=Effect.DENY,
            actions=("iam:PassRole",),
            is_about_all_but=True,
            resources=_fenced(pipeline),
        ),
        # Named by its path: the role itself names the boundary, and the two cannot wait for each other.
        hand_over_update_role(_below(fence_path(pipeline), "role")),
    ]
    # A statement that was split over several policies carries letters behind its sid.
    covered = tuple(_COVERED | {statement.sid for statement in inside})
    # A denial binds in the step's own role; here it would bind all others.
    granted = (statement for statement in wanted if statement.effect is Effect.ALLOW)
    further = [statement for statement in granted if not statement.sid.startswith(covered)]
    own = joined(arn("secretsmanager", "secret:"), secrets_prefix)
    return (*inside, *_merged(_without_own_secrets(further, own)))


def _without_own_secrets(statements: Iterable[Statement], own: Text) -> Iterator[Statement]:
    for statement in statements:
        resources = tuple(resource for resource in statement.resources if not _begins(resource, own))
        if len(resources) == len(statement.resources):
            yield statement
        elif resources:
            yield replace(statement, resources=resources)


def _begins(text: Text, beginning: Text) -> bool:
    one, other = (value.text if isinstance(value, Sub) else value for value in (text, beginning))
    return one.startswith(other)


def _log_groups(prefix: str, lookup: LookupFunction | None) -> tuple[Text, ...]:
    """The log groups with whatever is in them; IAM sees some of them with an ending of their own."""
    projects = arn("logs", f"log-group:/aws/codebuild/{prefix}-*")
    return (projects,) if lookup is None else (projects, arn("logs", f"log-group:{lookup.log_group.name}*"))


def _merged(statements: Iterable[Statement]) -> list[Statement]:
    """Statements alike but for their resources become one; sids stay unique."""
    alike: dict[object, list[Statement]] = {}
    for statement in statements:
        alike.setdefault((statement.actions, repr(statement.conditions), statement.only_if), []).append(statement)
    return [
        replace(
            group[0],
            sid=f"Further{number}",
            resources=tuple(dict.fromkeys(resource for statement in group for resource in statement.resources)),
        )
        for number, group in enumerate(alike.values(), start=1)
    ]


def renew_own_resources(  # noqa: PLR0913 -- each argument is another part of the stack
    *,
    store: ArtifactStore,
    pipeline: str,
    boundary: Text,
    outside_roles: Sequence[Text],
    connections: Sequence[Text],
    tokens: Sequence[Text],
    vpcs: Sequence[str],
    has_notifications: bool,
    lookup: LookupFunction | None = None,
) -> list[Statement]:
    """What CloudFormation needs to update this pipeline's stack, and no other resource.

    Args:
        outside_roles: ARNs of existing roles that the author names for steps, checks, or the pipeline itself.
        tokens: ARN patterns of secrets that the template has CloudFormation read.
        vpcs: ids of those that steps run in.
    """
    prefix = own_prefix(pipeline)
    role, policy = (_below(role_path(pipeline), kind) for kind in ("role", "policy"))
    bounded = {"StringEquals": {"iam:PermissionsBoundary": (boundary,)}}
    statements = [
        Statement(
            sid="GrantWithinBoundary",
            actions=(
                "iam:AttachRolePolicy",
                "iam:CreateRole",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:PutRolePermissionsBoundary",
                "iam:PutRolePolicy",
            ),
            resources=(role,),
            conditions=bounded,
        ),
        Statement(
            sid="KeepRoles",
            actions=(
                "iam:DeleteRole",
                "iam:GetRole",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:ListRolePolicies",
                "iam:TagRole",
                "iam:UntagRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
                "iam:UpdateRoleDescription",
            ),
            resources=(role,),
        ),
        Statement(
            sid="KeepPolicies",
            actions=(
                "iam:CreatePolicy",
                "iam:CreatePolicyVersion",
                "iam:DeletePolicy",
                "iam:DeletePolicyVersion",
                "iam:GetPolicy",
                "iam:GetPolicyVersion",
                "iam:ListEntitiesForPolicy",
                "iam:ListPolicyVersions",
                "iam:TagPolicy",
                "iam:UntagPolicy",
            ),
            resources=(policy,),
        ),
        # CloudFormation hands the stack's tags on to these too; no condition anywhere looks at a tag.
        Statement(
            sid="TagTheFence",
            actions=("iam:TagPolicy", "iam:TagRole", "iam:UntagPolicy", "iam:UntagRole"),
            resources=_fenced(pipeline),
        ),
        Statement(
            sid="HandOverRoles",
            actions=("iam:PassRole",),
            resources=tuple(dict.fromkeys((role, *outside_roles))),
            conditions={
                "StringEquals": {
                    "iam:PassedToService": (
                        "codebuild.amazonaws.com",
                        "codepipeline.amazonaws.com",
                        "events.amazonaws.com",
                        "lambda.amazonaws.com",
                    )
                }
            },
        ),
        Statement(
            sid="KeepPipeline",
            actions=(
                "codepipeline:CreatePipeline",
                "codepipeline:DeletePipeline",
                "codepipeline:GetPipeline",
                "codepipeline:GetPipelineState",
                "codepipeline:ListTagsForResource",
                "codepipeline:StartPipelineExecution",
                "codepipeline:TagResource",
                "codepipeline:UntagResource",
                "codepipeline:UpdatePipeline",
            ),
            resources=(arn("codepipeline", pipeline), arn("codepipeline", f"{pipeline}/*")),
        ),
        Statement(
            sid="KeepProjects",
            actions=(
                "codebuild:BatchGetProjects",
                "codebuild:CreateProject",
                "codebuild:DeleteProject",
                "codebuild:UpdateProject",
            ),
            resources=(arn("codebuild", f"project/{prefix}-*"),),
        ),
        Statement(
            sid="KeepLogGroups",
            actions=(
                "logs:CreateLogGroup",
                "logs:DeleteLogGroup",
                "logs:DeleteRetentionPolicy",
                "logs:ListTagsForResource",
                "logs:PutRetentionPolicy",
                "logs:TagResource",
                "logs:UntagResource",
            ),
            resources=_log_groups(prefix, lookup),
        ),
        Statement(sid="FindLogGroups", actions=("logs:DescribeLogGroups",), resources=(arn("logs", "log-group:*"),)),
        Statement(
            sid="KeepBucketSettings",
            actions=(
                "s3:DeleteBucketPolicy",
                "s3:GetBucket*",
                "s3:GetEncryptionConfiguration",
                "s3:GetLifecycleConfiguration",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketPolicy",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketTagging",
                "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration",
            ),
            resources=(bucket_arn(store),),
        ),
        Statement(
            sid="KeepRules",
            actions=(
                "events:DeleteRule",
                "events:DescribeRule",
                "events:ListTagsForResource",
                "events:ListTargetsByRule",
                "events:PutRule",
                "events:PutTargets",
                "events:RemoveTargets",
                "events:TagResource",
                "events:UntagResource",
            ),
            resources=(arn("events", f"rule/{prefix}-*"),),
        ),
    ]
    if store.key_id is not None:
        statements.append(
            Statement(
                sid="KeepArtifactKey",
                actions=(
                    "kms:DescribeKey",
                    "kms:EnableKeyRotation",
                    "kms:GetKeyPolicy",
                    "kms:GetKeyRotationStatus",
                    "kms:ListResourceTags",
                    "kms:PutKeyPolicy",
                    "kms:TagResource",
                    "kms:UntagResource",
                    "kms:UpdateKeyDescription",
                ),
                resources=(Sub(f"${{{store.key_id}.Arn}}"),),
            )
        )
    if lookup is not None:
        statements.append(
            Statement(
                sid="KeepPluginLookup",
                actions=(
                    "lambda:CreateFunction",
                    "lambda:DeleteFunction",
                    "lambda:GetFunction",
                    "lambda:GetFunctionCodeSigningConfig",
                    "lambda:GetFunctionConfiguration",
                    "lambda:GetRuntimeManagementConfig",
                    "lambda:InvokeFunction",
                    "lambda:ListTags",
                    "lambda:TagResource",
                    "lambda:UntagResource",
                    "lambda:UpdateFunctionCode",
                    "lambda:UpdateFunctionConfiguration",
                ),
                resources=(arn("lambda", f"function:{lookup.name}"),),
            )
        )
    if connections:
        pass_on = (
            "codeconnections:PassConnection",
            "codestar-connections:PassConnection",
            "codeconnections:UseConnection",
            "codestar-connections:UseConnection",
        )
        statements.append(
            Statement(sid="HandOverConnections", actions=pass_on, resources=tuple(dict.fromkeys(connections)))
        )
    if tokens:
        actions = ("secretsmanager:GetSecretValue",)
        statements.append(Statement(sid="ReadTokens", actions=actions, resources=tuple(dict.fromkeys(tokens))))
    statements += _keep_security_groups(vpcs)
    if has_notifications:
        statements += _keep_notifications(pipeline)
    return statements


def _keep_security_groups(vpcs: Sequence[str]) -> Iterator[Statement]:
    """Source: "Actions, resources, and condition keys for Amazon EC2" in the Service Authorization Reference."""
    if not vpcs:
        return
    groups = arn("ec2", "security-group/*")
    own = tuple(arn("ec2", f"vpc/{vpc}") for vpc in dict.fromkeys(vpcs))
    yield Statement(sid="MakeSecurityGroups", actions=("ec2:CreateSecurityGroup",), resources=(groups, *own))
    yield Statement(
        sid="KeepSecurityGroups",
        actions=(
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:DeleteSecurityGroup",
            "ec2:RevokeSecurityGroupEgress",
        ),
        resources=(groups,),
        conditions={"ArnEquals": {"ec2:Vpc": own}},
    )
    yield Statement(sid="TagSecurityGroups", actions=("ec2:CreateTags", "ec2:DeleteTags"), resources=(groups,))
    yield Statement(
        sid="FindSecurityGroups",
        actions=(
            "ec2:DescribeInstances",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        ),
        resources=("*",),
    )


def _keep_notifications(pipeline: str) -> Iterator[Statement]:
    """Source: "Actions, resources, and condition keys for AWS CodeStar Notifications", same reference."""
    rules = arn("codestar-notifications", "notificationrule/*")
    yield Statement(
        sid="KeepNotifications",
        actions=(
            "codestar-notifications:CreateNotificationRule",
            "codestar-notifications:DeleteNotificationRule",
            "codestar-notifications:DescribeNotificationRule",
            "codestar-notifications:Subscribe",
            "codestar-notifications:Unsubscribe",
            "codestar-notifications:UpdateNotificationRule",
        ),
        resources=(rules,),
        conditions={"ArnEquals": {"codestar-notifications:NotificationsForResource": (arn("codepipeline", pipeline),)}},
    )
    yield Statement(
        sid="TagNotifications",
        actions=("codestar-notifications:TagResource", "codestar-notifications:UntagResource"),
        resources=(rules,),
    )
    yield Statement(
        sid="KeepAlarms",
        actions=(
            "cloudwatch:DeleteAlarms",
            "cloudwatch:DescribeAlarms",
            "cloudwatch:ListTagsForResource",
            "cloudwatch:PutMetricAlarm",
            "cloudwatch:TagResource",
            "cloudwatch:UntagResource",
        ),
        resources=(arn("cloudwatch", f"alarm:{own_prefix(pipeline)}-*"),),
    )
