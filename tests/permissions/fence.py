"""What has to hold of the role by which a pipeline updates itself, and of the boundary around what it makes.

Each rule yields whatever does not hold.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from tests.permissions.evaluator import ANY, Context, Role, Statement
from tests.permissions.folding import PSEUDO, arn
from tests.permissions.isolation import identities, operations, to
from tests.permissions.steps import IN_FORCE, Deployed, Request

_GRANTING = ("iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy")
_KEEPING = ("iam:DeleteRole", "iam:GetRole", "iam:TagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole")
_KEEPING_POLICIES = ("iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion")
_KEEPING_THE_BUCKET = ("s3:PutBucketPolicy", "s3:PutLifecycleConfiguration")
_TAGGING = ("iam:TagPolicy", "iam:TagRole", "iam:UntagPolicy", "iam:UntagRole")
"""CloudFormation hands the tags of a stack on to all that is in it."""
_USERS = ("codebuild", "codepipeline", "events", "lambda")
"""Services that work with the roles of a pipeline."""

RENEWING: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = {
    "AWS::CloudWatch::Alarm": ("AlarmName", "cloudwatch", "alarm:", ("DeleteAlarms", "PutMetricAlarm")),
    "AWS::CodeBuild::Project": ("Name", "codebuild", "project/", ("CreateProject", "DeleteProject", "UpdateProject")),
    "AWS::CodePipeline::Pipeline": ("Name", "codepipeline", "", ("GetPipeline", "UpdatePipeline")),
    "AWS::Events::Rule": ("Name", "events", "rule/", ("DeleteRule", "PutRule", "PutTargets", "RemoveTargets")),
    "AWS::Lambda::Function": ("FunctionName", "lambda", "function:", ("InvokeFunction", "UpdateFunctionCode")),
    "AWS::Logs::LogGroup": ("LogGroupName", "logs", "log-group:", ("CreateLogGroup", "PutRetentionPolicy")),
}
"""By type: where its name stands, how its ARN begins, and what CloudFormation calls to make, change and delete it."""


@dataclass(frozen=True, slots=True)
class Fence:
    """A pipeline that updates itself by a role of its own.

    Attributes:
        update: that role.
        boundary: ARN of the boundary of all other roles.
        inside: ARNs of those.
        policies: ARNs of the policies that were split off from those.
    """

    pipeline: Deployed
    update: Role
    boundary: str
    inside: tuple[str, ...]
    policies: tuple[str, ...]

    @classmethod
    def of(cls, pipeline: Deployed) -> "Fence":
        """The fence of a pipeline; it is an error where there is none."""
        update = pipeline.account.roles[pipeline.update_role_arn or "none"]
        others = [role for role in pipeline.account.roles.values() if role is not update]
        (boundary,) = {role.boundary_arn for role in others}
        assert boundary in pipeline.policies
        policies = tuple(policy for policy in pipeline.policies if policy != boundary)
        return cls(pipeline, update, boundary, tuple(role.arn for role in others), policies)

    def may(self, requests: Iterable[Request], context: Context, *, role: Role | None = None) -> Iterator[Request]:
        """Which of these the update role may do, or another one."""
        return (one for one in requests if self.pipeline.may(role or self.update, one, context))


def reaching_out(fence: Fence) -> Iterator[str]:
    """It makes no role without the boundary, and but for tags touches neither that, nor itself, nor anybody else."""
    outside = set(identities(fence.pipeline)) - {*fence.inside, *fence.policies}
    tagging = set(product(_TAGGING, (fence.update.arn, fence.boundary)))
    never = [
        *(set(product((*operations("iam"), *operations("sts")), outside)) - tagging),
        *product(("iam:DeleteRolePermissionsBoundary", *operations("sts")), fence.inside),
    ]
    yield from _sentences("may", fence.may(never, ANY))
    granting = list(product(_GRANTING, fence.inside))
    yield from _sentences("may, without a boundary,", fence.may(granting, {}))
    other = {"iam:PermissionsBoundary": arn("iam", "policy/administrator", region="")}
    yield from _sentences("may, with another boundary,", fence.may(granting, other))
    for service in ("cloudformation", "ec2", "ecs-tasks"):
        yield from _sentences(f"may, to {service},", fence.may(product(["iam:PassRole"], fence.inside), to(service)))


def failing_to_renew(fence: Fence) -> Iterator[str]:
    """It can make, change and delete what the template is made of."""
    wanted = {
        *_calls(fence.pipeline),
        *product(_KEEPING_THE_BUCKET, [fence.pipeline.bucket]),
        *product(_KEEPING_POLICIES, fence.policies),
        *product(_KEEPING, fence.inside),
        *product(_TAGGING, (fence.update.arn, fence.boundary)),
    }
    yield from _sentences("may not", wanted - set(fence.may(wanted, IN_FORCE)))
    granting = set(product(_GRANTING, fence.inside))
    bounded = {"iam:PermissionsBoundary": fence.boundary}
    yield from _sentences("may not, with the boundary,", granting - set(fence.may(granting, bounded)))
    for name in fence.pipeline.services.keys() - fence.pipeline.account.roles.keys():
        user, passing = fence.pipeline.services[name], {("iam:PassRole", name)}
        yield from _sentences(f"may not, to {user},", passing - set(fence.may(passing, to(user))))
    for name in fence.inside:
        role = fence.pipeline.account.roles[name]
        (user,) = (one for one in _USERS if role.can_be_assumed_by("Service", f"{one}.amazonaws.com"))
        passing = {("iam:PassRole", name)}
        yield from _sentences(f"may not, to {user},", passing - set(fence.may(passing, to(user))))


def growing_inside(fence: Fence) -> Iterator[str]:
    """Whoever has every permission, and the boundary, still reaches nothing that is not this pipeline's own."""
    everything = Statement.of({"Effect": "Allow", "Action": "*", "Resource": "*"})
    strongest = replace(fence.pipeline.account.roles[fence.inside[0]], policies=(everything,))
    handing_over = ("iam:PassRole", fence.update.arn)
    never = {*product((*operations("iam"), *operations("sts")), identities(fence.pipeline)), *_OF_OTHERS}
    yield from _sentences("lets", fence.may(never - {handing_over}, ANY, role=strongest))
    for service in (*_USERS, "ec2"):
        yield from _sentences(f"lets, to {service},", fence.may([handing_over], to(service), role=strongest))


def _calls(pipeline: Deployed) -> Iterator[Request]:
    for resource in pipeline.resources.values():
        if resource["Type"] in RENEWING:
            key, service, beginning, verbs = RENEWING[resource["Type"]]
            where = arn(service, beginning + resource["Properties"][key])
            yield from ((f"{service}:{verb}", where) for verb in verbs)


def _sentences(verb: str, requests: Iterable[Request]) -> Iterator[str]:
    return (f"{verb} {action} {resource}" for action, resource in requests)


_OF_OTHERS: tuple[Request, ...] = (
    ("cloudformation:UpdateStack", PSEUDO["AWS::StackId"].replace(PSEUDO["AWS::StackName"], "other-stack")),
    ("codebuild:StartBuild", arn("codebuild", "project/other-0a1b2c3d-Test-jest")),
    ("codebuild:UpdateProject", arn("codebuild", "project/other-0a1b2c3d-Test-jest")),
    ("codepipeline:PutApprovalResult", arn("codepipeline", "other/Deploy/approval")),
    ("codepipeline:StartPipelineExecution", arn("codepipeline", "other")),
    ("events:PutTargets", arn("events", "rule/other")),
    ("kms:Decrypt", arn("kms", "key/other")),
    ("lambda:UpdateFunctionCode", arn("lambda", "function:other")),
    ("logs:PutLogEvents", arn("logs", "log-group:/aws/codebuild/other:log-stream:any")),
    ("s3:GetObject", "arn:aws:s3:::other/object"),
    ("s3:PutObject", "arn:aws:s3:::other/object"),
    ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:other-Ab1Cd2")),
    ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:pipeline-builder/other/TOKEN-Ab1Cd2")),
    ("secretsmanager:PutSecretValue", arn("secretsmanager", "secret:other-Ab1Cd2")),
    ("ssm:GetParameters", arn("ssm", "parameter/other")),
)
