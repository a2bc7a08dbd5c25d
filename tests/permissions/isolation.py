"""What has to hold of who may do what in a deployed pipeline. Each function yields whatever does not hold."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product

import botocore.session

from tests.permissions.evaluator import ANY, Role
from tests.permissions.folding import ACCOUNT, PSEUDO, arn
from tests.permissions.steps import IN_FORCE, Deployed, Request

_STRANGER = arn("iam", "role/administrator", region="")
_SERVICES = ("cloudformation", "codebuild", "codepipeline", "ec2", "events", "lambda")


@cache
def operations(service: str) -> tuple[str, ...]:
    """Every action of a service that is an operation of its API; `iam:PassRole` is none."""
    names = botocore.session.get_session().get_service_model(service).operation_names
    return (*(f"{service}:{name}" for name in names), *(("iam:PassRole",) if service == "iam" else ()))


def lacking(pipeline: Deployed) -> Iterator[str]:
    """Every step can do its work, and the pipeline can start every step and hand artifacts on."""
    for step in pipeline.steps:
        if step.role is not None:
            yield from _not_allowed(pipeline, step.role, step.needs)
            for subnet in step.subnets:
                context = {"ec2:AuthorizedService": "codebuild.amazonaws.com", "ec2:Subnet": subnet}
                permission = ("ec2:CreateNetworkInterfacePermission", arn("ec2", "network-interface/eni-1"))
                if not pipeline.may(step.role, permission, context):
                    yield f"{step.role.arn} cannot join {subnet}"
    if pipeline.role is not None:
        yield from _not_allowed(pipeline, pipeline.role, product(_STARTING, (step.arn for step in pipeline.steps)))
        objects = product(("s3:GetObject", "s3:PutObject"), pipeline.objects.values())
        yield from _not_allowed(pipeline, pipeline.role, objects)


_STARTING = ("codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild")


def reaching_others(pipeline: Deployed) -> Iterator[str]:
    """No role reaches a step's secrets, inputs, outputs, cache, log or reports, unless it needs the same itself."""
    needed = {step.role: step.private for step in pipeline.steps}
    private = frozenset().union(*(step.private for step in pipeline.steps))
    for role in pipeline.account.roles.values():
        if role is not pipeline.role:
            others = private - needed.get(role, set())
            yield from _allowed(pipeline, role, others)
    for step, other in product(pipeline.steps, repeat=2):
        for subnet in set(other.subnets) - set(step.subnets):
            permission = ("ec2:CreateNetworkInterfacePermission", arn("ec2", "network-interface/eni-1"))
            context = {"ec2:AuthorizedService": "codebuild.amazonaws.com", "ec2:Subnet": subnet}
            if step.role is not None and pipeline.may(step.role, permission, context):
                yield f"{step.role.arn} may join {subnet}"


def _belongs_to(pipeline: Deployed, role: Role, request: Request) -> bool:
    """Whether this is what a role is there for that is no step's: handing connections on, writing specifications."""
    action, resource = request
    return (role.arn == update_role_arn(pipeline) and action == "codeconnections:UseConnection") or (
        _service_of(pipeline, role) == "lambda" and resource.startswith(f"{pipeline.bucket}/{_SPECIFICATIONS}/")
    )


_SPECIFICATIONS = "plugin-build-specifications"


def escalating(pipeline: Deployed) -> Iterator[str]:
    """No step's role, and neither that of a rule or of the lookup, touches roles, steps, the pipeline or its stack."""
    secrets = {place for step in pipeline.steps for _, place in step.secrets()}
    whole = [*_every("iam", identities(pipeline)), *_every("sts", identities(pipeline))]
    whole += _every("codebuild", (step.arn for step in pipeline.steps))
    whole += _every("codepipeline", (f"{pipeline.arn}/Stage/action", f"{pipeline.arn}/Stage"))
    whole += _every("cloudformation", (PSEUDO["AWS::StackId"],))
    whole += _every("events", (arn("events", f"rule/{one}") for one in _names(pipeline, "AWS::Events::Rule")))
    whole += _every("lambda", (arn("lambda", f"function:{one}") for one in _functions(pipeline)))
    whole += [one for one in _every("secretsmanager", secrets) if one[0] != "secretsmanager:GetSecretValue"]
    whole += product(_CHANGING_THE_BUCKET, (pipeline.bucket, f"{pipeline.bucket}/any/object"))
    whole += [("s3:PutObject", place) for step in pipeline.steps for _, place in step.needs if _SPECIFICATIONS in place]
    whole += product(("kms:Decrypt", "kms:CreateGrant", "kms:PutKeyPolicy"), (arn("kms", "key/of-secrets"),))
    starting = {("codepipeline:StartPipelineExecution", pipeline.arn)}
    strong = {pipeline.role and pipeline.role.arn, update_role_arn(pipeline)}
    starters = {
        target.get("RoleArn") for rule in _properties(pipeline, "AWS::Events::Rule") for target in rule["Targets"]
    }
    of_pipeline = set(_every("codepipeline", (pipeline.arn,)))
    for role in pipeline.account.roles.values():
        if role.arn not in strong:
            wanted = [*whole, *(of_pipeline - (starting if role.arn in starters else set()))]
            yield from _allowed(pipeline, role, wanted)


_CHANGING_THE_BUCKET = (
    "s3:DeleteBucketPolicy",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:ListBucket",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutObject",
    "s3:PutReplicationConfiguration",
)


def pipeline_reaching_further(pipeline: Deployed) -> Iterator[str]:
    """The pipeline's role starts no other project, keeps no other objects, reads no secret, and hands over one role."""
    if pipeline.role is None:
        return
    projects = [arn("codebuild", f"project/{name}") for name in (f"{pipeline.name}-other", "other")]
    projects += [f"{step.arn}-other" for step in pipeline.steps]
    folders = [f"{pipeline.bucket}/{folder}/name/object" for folder in ("other", "cache", _SPECIFICATIONS)]
    wanted = [
        *product(_STARTING, projects),
        *product(("s3:GetObject", "s3:PutObject"), folders),
        *(secret for step in pipeline.steps for secret in step.secrets()),
        *(one for one in _every("iam", identities(pipeline)) if one != ("iam:PassRole", update_role_arn(pipeline))),
        *_every("sts", identities(pipeline)),
        *(one for one in _every("codebuild", (step.arn for step in pipeline.steps)) if one[0] not in _STARTING),
        *_every("codepipeline", (pipeline.arn,)),
    ]
    yield from _allowed(pipeline, pipeline.role, wanted)
    if (update := update_role_arn(pipeline)) is not None:
        for service in set(_SERVICES) - {"cloudformation"}:
            context = {"iam:PassedToService": f"{service}.amazonaws.com"}
            if pipeline.may(pipeline.role, ("iam:PassRole", update), context):
                yield f"{pipeline.role.arn} hands {update} to {service}"


def trusting(pipeline: Deployed) -> Iterator[str]:
    """Each role is assumed by the one service that works with it, for nobody but whom it was made for."""
    projects = {step.role.arn: step.arn for step in pipeline.steps if step.role is not None}
    for role in pipeline.account.roles.values():
        services = {one for one in _SERVICES if role.can_be_assumed_by("Service", f"{one}.amazonaws.com")}
        if services != {_service_of(pipeline, role)}:
            yield f"{role.arn} is assumed by {services}"
        if {kind for statement in role.trust for kind, _ in statement.principals} != {"Service"}:
            yield f"{role.arn} trusts more than services"
        if role.can_be_assumed_by("AWS", _STRANGER) or role.can_be_assumed_by("AWS", f"arn:aws:iam::{ACCOUNT}:root"):
            yield f"{role.arn} is assumed by other roles"
    resources = [("codebuild", project) for project in projects.values()] + [("codepipeline", pipeline.arn)]
    for role in pipeline.account.roles.values():
        service = _service_of(pipeline, role)
        for kind, resource in resources:
            is_own = resource == projects.get(role.arn) or (role is pipeline.role and resource == pipeline.arn)
            if service == kind and _assumes(role, service, resource, ACCOUNT) is not is_own:
                yield f"{role.arn} is {'not ' if is_own else ''}assumed for {resource}"
        if service in {"codebuild", "codepipeline", "events"}:
            own = projects.get(role.arn, pipeline.arn)
            if _assumes(role, service, own, "000000000000"):
                yield f"{role.arn} is assumed for another account"


def _assumes(role: Role, service: str, resource: str, account: str) -> bool:
    context = {"aws:SourceArn": resource, "aws:SourceAccount": account}
    return role.can_be_assumed_by("Service", f"{service}.amazonaws.com", context)


def _service_of(pipeline: Deployed, role: Role) -> str:
    """Which service works with a role, by where the template names it."""
    if role.arn in {one["RoleArn"] for one in _properties(pipeline, "AWS::CodePipeline::Pipeline")}:
        return "codepipeline"
    if role.arn in {one["ServiceRole"] for one in _properties(pipeline, "AWS::CodeBuild::Project")}:
        return "codebuild"
    if role.arn in {one["Role"] for one in _properties(pipeline, "AWS::Lambda::Function")}:
        return "lambda"
    return "cloudformation" if role.arn == update_role_arn(pipeline) else "events"


def update_role_arn(pipeline: Deployed) -> str | None:
    """The role by which the pipeline updates its own stack."""
    (properties,) = _properties(pipeline, "AWS::CodePipeline::Pipeline")
    for stage in properties["Stages"]:
        for action in stage["Actions"]:
            if action["ActionTypeId"]["Provider"] == "CloudFormation":
                return str(action["Configuration"]["RoleArn"])
    return None


def identities(pipeline: Deployed) -> list[str]:
    """Roles and policies, of the template and others."""
    return [*pipeline.account.roles, *pipeline.policies, _STRANGER, *_FURTHER_IDENTITIES]


_FURTHER_IDENTITIES = (
    arn("iam", "policy/administrator", region=""),
    arn("iam", "role/pipeline-builder/other-pipeline/made-stack-role", region=""),
    arn("iam", "user/administrator", region=""),
)


def _every(service: str, resources: Iterable[str]) -> list[Request]:
    return list(product(operations(service), resources))


def _properties(pipeline: Deployed, kind: str) -> list[dict]:
    return [one["Properties"] for one in pipeline.resources.values() if one["Type"] == kind]


def _names(pipeline: Deployed, kind: str) -> list[str]:
    return [one["Name"] for one in _properties(pipeline, kind)]


def _functions(pipeline: Deployed) -> list[str]:
    return [one["FunctionName"] for one in _properties(pipeline, "AWS::Lambda::Function")]


def _allowed(pipeline: Deployed, role: Role, requests: Iterable[Request]) -> Iterator[str]:
    for request in requests:
        if pipeline.may(role, request, ANY) and not _belongs_to(pipeline, role, request):
            yield f"{role.arn} may {request[0]} {request[1]}"


def _not_allowed(pipeline: Deployed, role: Role, requests: Iterable[Request]) -> Iterator[str]:
    for request in requests:
        if not pipeline.may(role, request, IN_FORCE):
            yield f"{role.arn} may not {request[0]} {request[1]}"
