"""What has to hold of who may do what in a deployed pipeline. Each rule yields whatever does not hold."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product

import botocore.session

from tests.permissions.evaluator import ANY, Context, Role
from tests.permissions.folding import ACCOUNT, PSEUDO, arn
from tests.permissions.steps import IN_FORCE, Deployed, Request, Step

_ADMINISTRATOR = arn("iam", "role/administrator", region="")
_FURTHER_IDENTITIES = (
    _ADMINISTRATOR,
    arn("iam", "policy/administrator", region=""),
    arn("iam", "role/pipeline-builder/other-pipeline/made-stack-role", region=""),
    arn("iam", "user/administrator", region=""),
)
_SERVICES = ("cloudformation", "codebuild", "codepipeline", "ec2", "events", "lambda")
_STARTING = ("codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild")
_CARRYING = ("s3:GetObject", "s3:PutObject")
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
_USING_KEYS = ("kms:CreateGrant", "kms:Decrypt", "kms:PutKeyPolicy")
_SPECIFICATIONS = "plugin-build-specifications"
_CACHES = "kept-between-executions"


@cache
def operations(service: str) -> tuple[str, ...]:
    """Every action of a service that is an operation of its API; `iam:PassRole` is none."""
    names = botocore.session.get_session().get_service_model(service).operation_names
    return (*(f"{service}:{name}" for name in names), *(("iam:PassRole",) if service == "iam" else ()))


def identities(pipeline: Deployed) -> list[str]:
    """Roles and policies, of the template and others."""
    return [*pipeline.account.roles, *pipeline.policies, *_FURTHER_IDENTITIES]


def to(service: str) -> Context:
    """Context of a role that is handed to a service."""
    return {"iam:PassedToService": f"{service}.amazonaws.com"}


# --- the steps -------------------------------------------------------------------------------------------------------


def lacking(pipeline: Deployed) -> Iterator[str]:
    """Every step can do its work, and the pipeline can start every step and hand artifacts on."""
    for step in pipeline.steps:
        if step.role is not None:
            yield from _not_allowed(pipeline, step.role, step.needs)
            yield from (f"{step.name} cannot join {one}" for one in step.subnets if not _joins(pipeline, step, one))
    if pipeline.role is not None:
        yield from _not_allowed(pipeline, pipeline.role, product(_STARTING, (step.arn for step in pipeline.steps)))
        yield from _not_allowed(pipeline, pipeline.role, product(_CARRYING, pipeline.objects.values()))


def reaching_others(pipeline: Deployed) -> Iterator[str]:
    """No role reaches a step's secrets, inputs, outputs, cache, log or reports, unless it needs the same itself."""
    private: frozenset[Request] = frozenset().union(*(step.private for step in pipeline.steps))
    own = {step.role: step.private for step in pipeline.steps}
    for role in pipeline.account.roles.values():
        if role is not pipeline.role:
            yield from _allowed(pipeline, role, private - own.get(role, frozenset()))
    subnets = {subnet for step in pipeline.steps for subnet in step.subnets}
    for step in pipeline.steps:
        others = subnets.difference(step.subnets)
        yield from (f"{step.name} may join {one}" for one in others if _joins(pipeline, step, one))


def _joins(pipeline: Deployed, step: Step, subnet: str) -> bool:
    request = ("ec2:CreateNetworkInterfacePermission", arn("ec2", "network-interface/eni-1"))
    context = {"ec2:AuthorizedService": "codebuild.amazonaws.com", "ec2:Subnet": subnet}
    return step.role is not None and pipeline.may(step.role, request, context)


def escalating(pipeline: Deployed) -> Iterator[str]:
    """No role but the two that are there for it touches roles, steps, the pipeline, its stack or its bucket."""
    secrets = {place for step in pipeline.steps for _, place in step.secrets()}
    never: set[Request] = {
        *_every("iam", identities(pipeline)),
        *_every("sts", identities(pipeline)),
        *_every("codebuild", [step.arn for step in pipeline.steps]),
        *_every("codepipeline", [pipeline.arn, f"{pipeline.arn}/Stage", f"{pipeline.arn}/Stage/action"]),
        *_every("cloudformation", [PSEUDO["AWS::StackId"]]),
        *_every("events", [arn("events", f"rule/{one['Name']}") for one in pipeline.properties("AWS::Events::Rule")]),
        *_every(
            "lambda",
            [arn("lambda", f"function:{one['FunctionName']}") for one in pipeline.properties("AWS::Lambda::Function")],
        ),
        *(one for one in _every("secretsmanager", secrets) if one[0] != "secretsmanager:GetSecretValue"),
        *product(_CHANGING_THE_BUCKET, (pipeline.bucket, f"{pipeline.bucket}/any/object")),
        *(("s3:PutObject", place) for step in pipeline.steps for _, place in step.needs if _SPECIFICATIONS in place),
        *product(_USING_KEYS, [arn("kms", "key/of-secrets")]),
    }
    for role in pipeline.account.roles.values():
        if pipeline.services[role.arn] not in {"codepipeline", "cloudformation"}:
            yield from _allowed(pipeline, role, never)


# --- the pipeline ----------------------------------------------------------------------------------------------------


def pipeline_reaching_further(pipeline: Deployed) -> Iterator[str]:
    """The pipeline's role starts no other project, keeps no other objects, reads no secret, and hands over one role."""
    if pipeline.role is None:
        return
    projects = [step.arn for step in pipeline.steps]
    others = [arn("codebuild", f"project/{name}") for name in (f"{pipeline.name}-other", "other")]
    folders = [f"{pipeline.bucket}/{folder}/name/object" for folder in ("other", _CACHES, _SPECIFICATIONS)]
    handing_over = ("iam:PassRole", pipeline.update_role_arn or "")
    never: set[Request] = {
        *product(_STARTING, [*others, *(f"{project}-other" for project in projects)]),
        *(one for one in _every("codebuild", projects) if one[0] not in _STARTING),
        *product(_CARRYING, folders),
        *(secret for step in pipeline.steps for secret in step.secrets()),
        *_every("iam", identities(pipeline)),
        *_every("sts", identities(pipeline)),
        *_every("codepipeline", [pipeline.arn]),
    }
    yield from _allowed(pipeline, pipeline.role, never - {handing_over})
    for service in set(_SERVICES) - {"cloudformation"}:
        if pipeline.may(pipeline.role, handing_over, to(service)):
            yield f"the pipeline hands {handing_over[1]} to {service}"


# --- trust -----------------------------------------------------------------------------------------------------------


def trusting(pipeline: Deployed) -> Iterator[str]:
    """Each role is assumed by the one service that works with it, for nobody but whom it was made for."""
    projects = {step.role: step.arn for step in pipeline.steps if step.role is not None}
    for role in pipeline.account.roles.values():
        service = pipeline.services[role.arn]
        if {one for one in _SERVICES if role.can_be_assumed_by("Service", f"{one}.amazonaws.com")} != {service}:
            yield f"{role.arn} is assumed by others than {service}"
        if {kind for statement in role.trust for kind, _ in statement.principals} != {"Service"}:
            yield f"{role.arn} trusts more than services"
        if service not in {"codebuild", "codepipeline", "events"}:
            continue  # Lambda and CloudFormation say nothing of what they act for
        own = projects.get(role, pipeline.arn)
        if not _assumes(role, service, own, ACCOUNT):
            yield f"{role.arn} is not assumed for {own}"
        if _assumes(role, service, own, "000000000000"):
            yield f"{role.arn} is assumed for another account"
        for other in {*projects.values(), pipeline.arn, f"{pipeline.arn}-other"} - {own}:
            if service != "events" and _assumes(role, service, other, ACCOUNT):
                yield f"{role.arn} is assumed for {other}"


def _assumes(role: Role, service: str, resource: str, account: str) -> bool:
    context = {"aws:SourceArn": resource, "aws:SourceAccount": account}
    return role.can_be_assumed_by("Service", f"{service}.amazonaws.com", context)


# --- requests --------------------------------------------------------------------------------------------------------


def _every(service: str, resources: Iterable[str]) -> Iterator[Request]:
    return product(operations(service), resources)


def _allowed(pipeline: Deployed, role: Role, requests: Iterable[Request]) -> Iterator[str]:
    for request in requests:
        if pipeline.may(role, request, ANY) and not _is_there_for(pipeline, role, request):
            yield f"{role.arn} may {request[0]} {request[1]}"


def _not_allowed(pipeline: Deployed, role: Role, requests: Iterable[Request]) -> Iterator[str]:
    for request in requests:
        if not pipeline.may(role, request, IN_FORCE):
            yield f"{role.arn} may not {request[0]} {request[1]}"


def _is_there_for(pipeline: Deployed, role: Role, request: Request) -> bool:
    """Whether a role that is no step's exists to do this: starting, handing on connections, writing specifications."""
    action, resource = request
    match pipeline.services[role.arn]:
        case "events":
            return request == ("codepipeline:StartPipelineExecution", pipeline.arn)
        case "cloudformation":
            return action == "codeconnections:UseConnection"
        case "lambda":
            return action in _CARRYING and resource.startswith(f"{pipeline.bucket}/{_SPECIFICATIONS}/")
        case _:
            return False
